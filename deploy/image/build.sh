#!/usr/bin/env bash
# build.sh ARCHITECTURE FOLDER: compiles snaptrail for an architecture (amd64, arm64) and makes the image's root file system in FOLDER.
# After packages.sh. SOURCE_DATE_EPOCH dates the files.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

target=${1:?usage: build.sh ARCHITECTURE FOLDER}
root=${2:?usage: build.sh ARCHITECTURE FOLDER}
case $target in
  amd64) triplet=x86_64-linux-gnu processor=x86_64 ;;
  arm64) triplet=aarch64-linux-gnu processor=aarch64 ;;
  *) echo "build.sh: unknown architecture $target: amd64 or arm64" >&2; exit 2 ;;
esac
arguments=(-DCMAKE_CXX_COMPILER="$triplet-g++" -DCMAKE_CXX_COMPILER_LAUNCHER="${COMPILER_LAUNCHER:-}" -DBUILD_TESTING=OFF
  -DSNAPTRAIL_BENCH=OFF)
if [[ $target != "$(dpkg --print-architecture)" ]]; then
  # Debian keeps every architecture's libraries in a folder of its own: no sysroot is needed.
  arguments+=(-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$processor" -DCMAKE_LIBRARY_ARCHITECTURE="$triplet")
fi
build=build/image-$target
cmake --preset release -B "$build" "${arguments[@]}"
cmake --build "$build" --target snaptrail ${JOBS:+-j"$JOBS"}
python3 deploy/image/assemble.py --binary "$build/snaptrail" --triplet "$triplet" --architecture "$target" "$root"
