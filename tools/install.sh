# shellcheck shell=bash
# Sourced by ./dev: installs what a command needs, by apt, on Debian 12 and 13 and Ubuntu 24.04. Nothing is touched,
# and no network is used, if all is there already.

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
die() { printf './dev: %s\n' "$*" >&2; exit 1; }

# Names of the packages of a set (build, tsan, go, e2e, browser, bench, lint) on this release.
packages_of() {
  local release=$1
  case $2 in
    build)
      echo g++ cmake ninja-build ccache pkg-config python3 ca-certificates \
        libssl-dev zlib1g-dev libsqlite3-dev libyaml-cpp-dev libspdlog-dev libfmt-dev \
        prometheus-cpp-dev libcli11-dev libbenchmark-dev
      case $release in
        # Boost 1.74 and Catch2 2 are what these names mean on Debian 12: too old.
        debian:12) echo libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev catch2/bookworm-backports ;;
        debian:13 | ubuntu:24.04) echo libboost1.83-dev libboost-json1.83-dev libboost-url1.83-dev catch2 ;;
        *) echo libboost-dev libboost-json-dev libboost-url-dev catch2 ;;
      esac ;;
    tsan)
      case $release in
        debian:12) echo clang libclang-rt-14-dev ;;
        ubuntu:24.04) echo clang libclang-rt-18-dev ;;
        *) echo clang libclang-rt-dev ;;
      esac ;;
    go)
      case $release in
        debian:12) echo golang-go/bookworm-backports golang-src/bookworm-backports ;;
        *) echo golang-go ;;
      esac ;;
    e2e) echo openssl python3-yaml python3-venv ;;
    # Where somebody has installed Node.js from elsewhere, Debian's npm conflicts with it, and is not needed.
    browser)
      echo chromium
      command -v node npm >/dev/null || echo nodejs npm ;;
    bench) echo curl ;;
    lint) echo python3-venv git ;;
  esac
}

# This machine's release as "debian:12"; newer ones keep their own name and get the unversioned packages.
release_of_machine() {
  [[ -r /etc/os-release ]] || die "no /etc/os-release: only Debian 12 or later and Ubuntu 24.04 or later are known here"
  (. /etc/os-release && echo "${ID:-unknown}:${VERSION_ID:-testing}")
}

# A package is there if dpkg says so, and from backports only if it is not the release's own older one.
is_installed() {
  local name=${1%%/*} state version
  state=$(dpkg-query -W -f='${db:Status-Status} ${Version}' "$name" 2>/dev/null) || return 1
  [[ ${state%% *} == installed ]] || return 1
  [[ $1 != catch2/* ]] && return 0
  version=${state#* }
  dpkg --compare-versions "$version" ge 3
}

as_root() {
  if ((EUID == 0)); then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

# URI, release and component of every package index that apt is configured for and has fetched.
apt_targets() {
  # shellcheck disable=SC2016  # apt expands these names itself
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null
}

# Adds the suite bookworm-backports from the very place where this machine gets its bookworm.
add_backports() {
  apt_targets | grep -q ' bookworm-backports main$' && return
  apt_targets | grep -q ' bookworm main$' || as_root apt-get update -q
  apt_targets | grep -q ' bookworm-backports main$' && return
  local uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  uri=$(apt_targets | awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
  [[ -n $uri ]] || die "apt has no suite bookworm: add Debian's main archive to /etc/apt/sources.list.d, then try again"
  say "adding the suite bookworm-backports (for Catch2 3) to apt's sources"
  {
    printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\n' "$uri"
    [[ ! -r $keyring ]] || printf 'Signed-By: %s\n' "$keyring"
  } | as_root tee /etc/apt/sources.list.d/snaptrail-backports.sources >/dev/null
  as_root apt-get update -q
}

# require SET…: installs the packages of these sets that are missing.
require() {
  [[ ${SNAPTRAIL_SKIP_INSTALL:-} != 1 ]] || return 0
  local release set package missing=()
  release=$(release_of_machine)
  command -v apt-get dpkg-query >/dev/null ||
    die "this machine has no apt. Install the counterparts of these packages, then set SNAPTRAIL_SKIP_INSTALL=1:" \
      "$(for set in "$@"; do packages_of debian:13 "$set"; done | tr '\n' ' ')"
  for set in "$@"; do
    for package in $(packages_of "$release" "$set"); do
      is_installed "$package" || missing+=("$package")
    done
  done
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || command -v sudo >/dev/null ||
    die "missing packages, and neither root nor sudo to install them. As root: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  [[ ${missing[*]} != */bookworm-backports* ]] || add_backports
  # Lists may be absent (a fresh image) or older than the archive: fetch them only then.
  install_packages "${missing[@]}" || {
    as_root apt-get update -q
    install_packages "${missing[@]}" || die "apt could not install ${missing[*]}: see its messages above"
  }
}

install_packages() { as_root apt-get install -q -y --no-install-recommends "$@" >&2; }

# Go 1.21 or later, which fetches the toolchain that the tests' modules name by itself.
require_go() {
  local version
  if command -v go >/dev/null; then
    version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || true)
    [[ $version =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21)) && return
    say "go ${version:-of unknown version} is too old (1.21 is needed)"
  fi
  require go
}

# Chromium, and the modules that drive it, as test/browser/package-lock.json pins them, in .cache/browser.
require_browser() {
  require browser
  local directory=.cache/browser lock=test/browser/package-lock.json
  if ! cmp -s "$lock" "$directory/package-lock.json" || [[ ! -d $directory/node_modules ]]; then
    [[ ${SNAPTRAIL_SKIP_INSTALL:-} != 1 || -d $directory/node_modules ]] ||
      die "no $directory/node_modules: run npm ci there with the package.json and package-lock.json of test/browser"
    say "installing the modules of the browser's tests into $directory"
    mkdir -p "$directory"
    cp test/browser/package.json test/browser/.npmrc "$directory/"
    (cd "$directory" && rm -rf node_modules && cp "$OLDPWD/$lock" . && npm ci --no-progress >&2)
  fi
}

# Asks the API what its OpenAPI document allows, and what it doesn't.
require_schemathesis() {
  local directory=.cache/schemathesis version=4.32.5
  [[ $("$directory/bin/schemathesis" --version 2>/dev/null) != *$version* ]] || return 0
  [[ ${SNAPTRAIL_SKIP_INSTALL:-} != 1 ]] || die "no $directory: make a Python environment there with schemathesis $version"
  say "installing schemathesis $version into $directory"
  python3 -m venv "$directory"
  "$directory/bin/pip" install -q --disable-pip-version-check "schemathesis==$version"
}

# prometheus and promtool, which check our metrics, alerts and dashboards. Only the programs are taken out of the
# distribution's package prometheus: installing that would start a server on this machine.
require_prometheus() {
  local directory=.cache/promtool
  PATH=$PWD/$directory/usr/bin:$PATH
  command -v promtool >/dev/null && command -v prometheus >/dev/null && return
  [[ ${SNAPTRAIL_SKIP_INSTALL:-} != 1 ]] || die "no prometheus or no promtool on the PATH"
  say "fetching the programs of the package prometheus into $directory"
  apt-cache show prometheus >/dev/null 2>&1 || as_root apt-get update -q
  mkdir -p "$directory"
  (cd "$directory" && rm -f ./*.deb && apt-get download -q prometheus && dpkg-deb -x ./*.deb . && rm -f ./*.deb)
  local program
  for program in promtool prometheus; do
    command -v $program >/dev/null || die "the package prometheus holds no $program"
  done
}
