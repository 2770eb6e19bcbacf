#!/usr/bin/env bash
# The pictures of the viewer's windows in docs/pictures: starts a gateway on loopback with throw-away data and invented patients, and
# brings the viewer's own window into each state, under Xvfb.
#
#   samples/pictures.sh [DIR]
#
#   DIR   where to, instead of docs/pictures
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. samples/setup.sh
case "${1:-}" in
  -h|--help) sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
esac
pictures=$(realpath -m "${1:-docs/pictures}")
export LC_ALL=C.UTF-8 TCP_NODELAY=1
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
die() { printf 'pictures: %s\n' "$*" >&2; exit 1; }

qianli_install demo
command -v convert >/dev/null || die "imagemagick is missing"
qianli_build release qianli-gateway qianli-pdf-pages qianli-samples qianli-picture-driver | tail -1
programs=$PWD/build/release/bin
work=$(mktemp -d "${TMPDIR:-/tmp}/qianli-pictures-XXXXXX")
gateway_pid=''
finish() {
  local status=$?
  [ -z "$gateway_pid" ] || kill -KILL "$gateway_pid" 2>/dev/null || true
  [ "$status" -eq 0 ] || cat "$work"/driver.log >&2 || true
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM
mkdir "$work/raw"

free_port() {
  for _ in $(seq 200); do
    picked=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$picked") 2>/dev/null || return 0
  done
  die "no free port"
}
free_port; dicom=$picked
free_port; http=$picked
cat > "$work/gateway.toml" <<TOML
data = "data"
[dicom]
port = $dicom
quiet_time = "1 s"
[http]
port = $http
[reading]
hospital = "万峰县人民医院影像诊断中心"
[[site]]
id = "puzi"
name = "普子乡卫生院"
callers = [{ ae_title = "PUZI_CT", address = "127.0.0.1" }]
charset = "GB18030"
[[site]]
id = "sunjia"
name = "孙家镇卫生院"
callers = [{ ae_title = "SUNJIA_DR", address = "127.0.0.1" }]
charset = "GB18030"
[[station]]
ae_title = "*"
address = "127.0.0.1"
TOML
gateway() { "$programs/qianli-gateway" --config "$work/gateway.toml" "$@"; }
printf 'a-long-secret\n' | gateway user add wangmin --role radiologist --display-name 王敏
start_gateway() {
  "$programs/qianli-gateway" serve --config "$work/gateway.toml" > "$work/gateway.out" 2>> "$work/gateway.log" &
  gateway_pid=$!
  for _ in $(seq 150); do
    ! grep -q '^ready' "$work/gateway.out" || return 0
    sleep 0.2
  done
  die "the gateway did not start"
}
stop_gateway() {
  kill -KILL "$gateway_pid" 2>/dev/null || true
  wait "$gateway_pid" 2>/dev/null || true
}
# take WHAT LABEL WxH SCALE
take() {
  printf 'a-long-secret\n271828\n' |
    XDG_DATA_HOME=$work/viewer XDG_CONFIG_HOME=$work/viewer XDG_CACHE_HOME=$work/viewer QT_SCALE_FACTOR=$4 \
    xvfb-run -a -s "-screen 0 2560x1440x24" "$programs/qianli-picture-driver" --gateway "http://127.0.0.1:$http" \
      --gateway-pid "$gateway_pid" --user wangmin --patient "${patient:-}" --pictures "$work/raw" --what "$1" --label "$2" --size "$3" \
      2> "$work/driver.log" || die "$(cat "$work/driver.log")"
}

mkdir "$work/viewer"
start_gateway
take empty 1366x768 1366x768 1

today=$(date +%Y%m%d)
year=${today:0:4}
"$programs/qianli-samples" make "$work/puzi" --ct 3 --seed 20261122 --date "$today" > "$work/puzi.txt"
"$programs/qianli-samples" make "$work/sunjia" --dx 4 --us 1 --seed 20261123 --date "$today" --institution 孙家镇卫生院 > "$work/sunjia.txt"
patient=$(head -1 "$work/puzi.txt" | cut -f5)
# As a day goes: they arrive within minutes, and no clock is wrong.
minutes=1
for study in "$work"/puzi/* "$work"/sunjia/*; do
  made=$(date -d "$minutes minutes ago" '+%Y%m%d %H%M%S')
  times=()
  for which in 20 21 22 23; do times+=(-m "0008,00$which=${made% *}" -m "0008,003${which#2}=${made#* }"); done
  dcmodify -q -nb -imt "${times[@]}" "$study"/*.dcm
  minutes=$((minutes + 1))
done
# The same patient's head at the beginning of the year: other pictures of a study of its own.
"$programs/qianli-samples" make "$work/earlier" --ct 1 --seed 20261122 --date "${year}0101" > "$work/earlier.txt"
dcmodify -q -nb -gin -m "0020,000D=2.25.2026010101" -m "0020,000E=2.25.2026010102" -m "0020,0052=2.25.2026010103" "$work"/earlier/*/*.dcm
send() { "$programs/qianli-samples" site "$1" --to "QIANLI@127.0.0.1:$dicom" --as "$2" > "$work/site.log" 2>&1 || die "$(cat "$work/site.log")"; }
send "$work/earlier" PUZI_CT
send "$work/sunjia" SUNJIA_DR
send "$work/puzi" PUZI_CT
for _ in $(seq 150); do
  [ "$(gateway reading list --state ready --json | grep -c '"studyUid"')" -lt 9 ] || break
  sleep 0.2
done
take sizes 1366x768 1366x768 1
take sizes 1366x768-150 911x512 1.5
take sizes 1920x1080 1920x1080 1
take sizes 2560x1440-150 1706x960 1.5
take comparison - 1920x1080 1
take failures - 1366x768 1
stop_gateway
start_gateway
take list-failed - 1366x768 1

mkdir -p "$pictures"
for picture in "$work"/raw/*.png; do
  convert "$picture" -strip -dither None -colors 96 -define png:compression-level=9 "PNG8:$pictures/$(basename "$picture")"
done
du -sh "$pictures"
