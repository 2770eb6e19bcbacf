#!/usr/bin/env bash
# Measures the gateway beside its peers, on demand; what it prints goes to docs/performance.md.
#
#   tests/bench/run.sh [TEST...]
#   tests/bench/run.sh soak [MINUTES]
#
# TEST is one of ours (idle-and-active drain growth flushes restart profile soak ten-million) or of the shared bench, which has the peers and the data:
# beside-limit (ours), quick (unless another is given), full, limits, ct, dx, retrieve, find:N[xK]. That bench is looked for at
# $QIANLI_BENCH or ../shared/bench; where it is not, its tests are left out with a notice. Folder for data and stores:
# $BENCH_DIR, otherwise build/bench. More options: call the scripts beside this one, --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
case "${1-}" in -h | --help) sed -n '2,10p' tests/bench/run.sh | sed 's/^# \{0,1\}//'; exit 0 ;; esac
[ $# -gt 0 ] || set -- quick
export BENCH_DIR=${BENCH_DIR:-$PWD/build/bench} PYTHONDONTWRITEBYTECODE=1
shared=${QIANLI_BENCH:-../shared/bench}
if [ -f "$shared/bench.py" ]; then QIANLI_BENCH=$(cd "$shared" && pwd); export QIANLI_BENCH; else unset QIANLI_BENCH; fi
export BENCH_OURS_CMD="'$PWD/tests/bench/gateway-wrapper' {port} {aet} {store} {move_aet} {move_port}"
export BENCH_OURS_DURABLE="file, directory entry and receipt synced"

shared_bench() {
  if [ -z "${QIANLI_BENCH-}" ]; then
    echo "tests/bench/run.sh: no bench at $shared (QIANLI_BENCH names another place); left out: $1" >&2
    return 0
  fi
  case "$1" in
    beside-limit) tests/bench/beside-limit ;;
    *) python3 "$QIANLI_BENCH/bench.py" "$1" --out "$BENCH_DIR/results-${1//:/-}" ;;
  esac
}

[ -x build/release/bin/qianli-gateway ] && [ -x build/release/bin/qianli-bench ] || {
  cmake --preset release >/dev/null
  cmake --build --preset release --target qianli-gateway qianli-pdf-pages qianli-bench
}
mkdir -p "$BENCH_DIR"
tests/bench/machine.sh
export BENCH_KEEP=yes # deleting slows down what follows: all of it at the end
trap 'rm -rf "$BENCH_DIR"/run-*' EXIT
status=0
while [ $# -gt 0 ]; do
  test=$1
  shift
  echo "== $test"
  case "$test" in
    profile) tests/bench/profile ;;
    soak)
      minutes=10
      case "${1-}" in '' | *[!0-9]*) ;; *) minutes=$1; shift ;; esac
      tests/bench/soak --minutes "$minutes" >"$BENCH_DIR/soak.json" || status=1 ;;
    ten-million)
      cmake --build --preset release --target population_index
      tests/bench/ten-million >"$BENCH_DIR/ten-million.json" || status=1 ;;
    idle-and-active | drain | growth | flushes | restart) "tests/bench/$test" >"$BENCH_DIR/$test.json" ;;
    *) shared_bench "$test" ;;
  esac
done
exit $status
