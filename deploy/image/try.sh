#!/usr/bin/env bash
# try.sh ROOT [ARCHITECTURE]: runs the Dockerfile's steps without a container engine, in a Debian made by
# `debootstrap --variant=minbase trixie ROOT`, then starts the result and says how large it is. As root; ROOT is changed: a fresh one
# for each architecture, since some -dev packages of two of them do not go together.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

root=$(readlink -f "${1:?usage: try.sh ROOT [ARCHITECTURE]}")
target=${2:-$(dpkg --print-architecture)}
in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" JOBS="${JOBS:-}" COMPILER_LAUNCHER="${COMPILER_LAUNCHER:-}" "$@"; }

mountpoint -q "$root/proc" || { mount -t proc proc "$root/proc"; trap 'umount "$root/proc"' EXIT; }
mkdir -p "$root/src"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -c --ignore-failed-read | tar -x -C "$root/src"
rm -rf "$root/image-$target"
in_root /src/deploy/image/packages.sh "$target"
in_root /src/deploy/image/build.sh "$target" "/image-$target"

image=$root/image-$target
archive=$(mktemp)
tar -C "$image" --sort=name --owner=0 --group=0 --numeric-owner -cz . >"$archive"
printf '%s: %s files, %s KiB, compressed %s KiB\n' "$target" "$(find "$image" -type f | wc -l)" \
  "$(du -sk --apparent-size "$image" | cut -f1)" "$(($(stat -c %s "$archive") / 1024))"
rm -f "$archive"
if [[ $target == "$(dpkg --print-architecture)" ]]; then
  # As OpenShift starts it: a UID that nobody knows, group 0, a root that can't be written.
  unshare --mount bash -c '
    set -e
    mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"
    chroot --userspec=1000660000:0 "$1" /usr/bin/snaptrail --version' _ "$image"
fi
