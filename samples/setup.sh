# Sourced by tests/run.sh and samples/demo.sh: installs what is missing and builds. Defines qianli_install and qianli_build.
#
# Everything comes from Debian 12. As root, or where sudo needs no password, missing packages are installed; as an ordinary user
# with the packages present nothing has to be done. Services that a package starts by itself are stopped again when it was we who
# installed the package.

qianli_packages_build="build-essential cmake ninja-build ccache pkg-config qt6-base-dev qt6-tools-dev qt6-tools-dev-tools
  qt6-l10n-tools libgl1-mesa-dev libegl-dev libdcmtk-dev libopenjp2-7-dev libopenjph-dev libsqlite3-dev libssl-dev
  libboost-dev nlohmann-json3-dev libspdlog-dev libfmt-dev libtomlplusplus-dev libcli11-dev catch2 libicu-dev libexpected-dev
  libseccomp-dev libxxhash-dev libqrencode-dev libpoppler-cpp-dev zlib1g-dev libgl1-mesa-dri fonts-wqy-zenhei fonts-noto-cjk
  fonts-hanazono unicode-data bzip2"
qianli_packages_demo="$qianli_packages_build xvfb xauth dcmtk poppler-utils"
qianli_packages_test="$qianli_packages_demo imagemagick sqlite3 curl dicom3tools libgdcm-tools orthanc strace openssl python3 nodejs npm libxml2-utils"
qianli_packages_tidy="$qianli_packages_build clang-tidy-16"
qianli_packages_fuzz="$qianli_packages_build clang-14 libclang-rt-14-dev"

# qianli_missing PACKAGE... : those that are not installed, one a line.
qianli_missing() {
  local package
  for package in "$@"; do
    # Node's own packages bring npm along and conflict with Debian's.
    if [ "$package" = npm ] && command -v npm >/dev/null; then continue; fi
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || echo "$package"
  done
}

# qianli_install build|demo|test|tidy|fuzz : installs the packages of that purpose that are missing; says so when it may not.
qianli_install() {
  local list missing as_root=()
  case "$1" in
    build) list=$qianli_packages_build ;;
    demo) list=$qianli_packages_demo ;;
    test) list=$qianli_packages_test ;;
    tidy) list=$qianli_packages_tidy ;;
    fuzz) list=$qianli_packages_fuzz ;;
    *) echo "qianli_install: no purpose '$1'; there are build, demo, test, tidy and fuzz" >&2; return 2 ;;
  esac
  # shellcheck disable=SC2086
  missing=$(qianli_missing $list)
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo)
    else
      echo "These packages are missing and only root may install them: $(echo $missing)" >&2
      return 1
    fi
  fi
  echo "installing: $(echo $missing)"
  # "${as_root[@]}" before env: sudo drops variables that are set in front of it.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq || echo "apt-get update failed; going on with the lists there are" >&2
  # shellcheck disable=SC2086
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 $missing >/dev/null || return 1
  # Debian's orthanc starts a service on 4242 and 8042; we want the program, not the service.
  if grep -qx orthanc <<<"$missing"; then
    if [ -d /run/systemd/system ]; then
      "${as_root[@]}" systemctl disable --now orthanc >/dev/null 2>&1 || true
    else
      "${as_root[@]}" service orthanc stop >/dev/null 2>&1 || true
    fi
  fi
  # shellcheck disable=SC2086
  missing=$(qianli_missing $list)
  [ -z "$missing" ] || { echo "still missing after the installation: $(echo $missing)" >&2; return 1; }
}

# qianli_build PRESET [TARGET...] : configures and builds into build/PRESET.
qianli_build() {
  local preset=$1 jobs memory
  shift
  # One compiler of ours may need a gigabyte (precompiled headers of Qt, JSON): fewer jobs on a small machine.
  jobs=$(nproc)
  memory=$(awk '/MemAvailable/ { print int($2 / 1000000) }' /proc/meminfo)
  if [ "$memory" -lt "$jobs" ]; then jobs=$((memory > 1 ? memory : 1)); fi
  cmake --preset "$preset" >/dev/null || return 1
  local target=()
  [ $# -eq 0 ] || target=(--target "$@")
  cmake --build --preset "$preset" -j "$jobs" "${target[@]}"
}
