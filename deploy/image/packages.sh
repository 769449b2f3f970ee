#!/usr/bin/env bash
# packages.sh ARCHITECTURE: installs what build.sh needs to compile for an architecture (amd64, arm64), by apt. As root, in a fresh Debian.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tools/install.sh
. tools/install.sh

target=${1:?usage: packages.sh ARCHITECTURE}
host=$(dpkg --print-architecture)
export DEBIAN_FRONTEND=noninteractive
packages=(g++)
if [[ $target != "$host" ]]; then
  dpkg --add-architecture "$target"
  packages=("crossbuild-essential-$target")
fi
apt-get update -q
for package in $(packages_of "$(release_of_machine)" build); do
  case $package in
    g++ | ccache | pkg-config | catch2* | libbenchmark-dev) ;;  # of the tests and of daily work only
    # A package of headers alone is the same for all architectures, and has no name for one.
    *-dev) if apt-cache show "$package:$target" >/dev/null 2>&1; then packages+=("$package:$target"); else packages+=("$package"); fi ;;
    *) packages+=("$package") ;;
  esac
done
apt-get install -q -y --no-install-recommends "${packages[@]}"
