#!/usr/bin/env bash
# The whole product on this machine: installs what is missing, builds, starts a gateway on loopback with throw-away data, sends
# sample studies as two townships would, and opens the viewer on the reading list.
#
#   samples/demo.sh [--headless]
#
#   --headless   no display needed: walks the whole road by itself under Xvfb (read, report, sign, delivery), a line a step; leaves
#                pictures, the report's PDF and SR in build/demo/; exits 0 only when the township's receiver has the signed report
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. samples/setup.sh

headless=no
case "${1:-}" in
  "") ;;
  --headless) headless=yes ;;
  -h|--help) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
  *) echo "samples/demo.sh: unknown option '$1' (see --help)" >&2; exit 2 ;;
esac
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || headless=yes

# What the environment may hold must not reach the programs: a proxy, another language, a DICOM dictionary.
export LC_ALL=C.UTF-8 TCP_NODELAY=1
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
step() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }

step "packages"
qianli_install demo
step "build (release)"
targets=(qianli-gateway qianli-pdf-pages qianli-viewer qianli-samples)
[ "$headless" = no ] || targets+=(qianli-road-driver)
qianli_build release "${targets[@]}" | tail -1
programs=$PWD/build/release/bin
results=$PWD/build/demo
rm -rf "$results"
mkdir -p "$results"

# Only what we started is stopped, by its number.
started=()
work=$(mktemp -d "${TMPDIR:-/tmp}/qianli-demo-XXXXXX")
finish() {
  local status=$? pid
  if [ "$status" -ne 0 ] && [ -s "$work/gateway.log" ]; then
    cp "$work"/*.log "$results/" 2>/dev/null || true
    echo "the last lines of the gateway's log (all logs are in build/demo/):" >&2
    tail -15 "$work/gateway.log" >&2
  fi
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Ports that nobody listens on; each only once.
given=" "
free_port() {
  local port
  for _ in $(seq 200); do
    port=$((20000 + RANDOM % 20000))
    case "$given" in *" $port "*) continue ;; esac
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      given+="$port "
      picked=$port
      return
    fi
  done
  die "no free port"
}
free_port; dicom=$picked
free_port; http=$picked
free_port; township=$picked

wait_for() { # wait_for SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || die "$what did not happen in time"
    sleep 0.2
  done
}

cat > "$work/gateway.toml" <<TOML
data = "data"
[dicom]
port = $dicom
quiet_time = "2 s"
[http]
port = $http
[delivery]
first_retry = "2 s"
[reading]
hospital = "万峰县人民医院影像诊断中心"
[[site]]
id = "puzi"
name = "普子乡卫生院"
callers = [{ ae_title = "PUZI_CT", address = "127.0.0.1" }]
charset = "GB18030"
deliver = ["PUZI_PACS"]
[[site]]
id = "sunjia"
name = "孙家镇卫生院"
callers = [{ ae_title = "SUNJIA_DR", address = "127.0.0.1" }]
charset = "GB18030"
deliver = ["PUZI_PACS"]
[[station]]
ae_title = "*"
address = "127.0.0.1"
[[peer]]
ae_title = "PUZI_PACS"
host = "127.0.0.1"
port = $township
TOML
gateway() { "$programs/qianli-gateway" --config "$work/gateway.toml" "$@"; }

step "the township's receiver (storescp, port $township)"
mkdir "$work/received"
storescp -aet PUZI_PACS -od "$work/received" --fork --unique-filenames "$township" > "$work/storescp.log" 2>&1 &
started+=($!)

step "the gateway (DICOM port $dicom, HTTP port $http)"
password=$(od -An -N9 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" | gateway user add wangmin --role radiologist --display-name 王敏
"$programs/qianli-gateway" serve --config "$work/gateway.toml" > "$work/gateway.out" 2> "$work/gateway.log" &
started+=($!)
gateway_pid=$!
is_ready() { kill -0 "$gateway_pid" 2>/dev/null || die "the gateway ended"; grep -q '^ready' "$work/gateway.out"; }
wait_for 30 "the gateway's start" is_ready

step "sample studies of invented patients"
seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
today=$(date +%Y%m%d)
"$programs/qianli-samples" make "$work/puzi" --ct 3 --seed "$seed" --date "$today" | tee "$work/puzi.txt" | sed 's/^/          /'
"$programs/qianli-samples" make "$work/sunjia" --dx 2 --us 1 --ecg 1 --seed "$((seed + 1))" --date "$today" --institution 孙家镇卫生院 |
  tee "$work/sunjia.txt" | sed 's/^/          /'
patient=$(head -1 "$work/puzi.txt" | cut -f5)

step "two townships send at the same time"
"$programs/qianli-samples" site "$work/puzi" --to "QIANLI@127.0.0.1:$dicom" --as PUZI_CT > "$work/puzi-site.log" 2>&1 &
puzi=$!
"$programs/qianli-samples" site "$work/sunjia" --to "QIANLI@127.0.0.1:$dicom" --as SUNJIA_DR > "$work/sunjia-site.log" 2>&1 || die "$(cat "$work/sunjia-site.log")"
wait "$puzi" || die "$(cat "$work/puzi-site.log")"
sed 's/^/          /' "$work/puzi-site.log" "$work/sunjia-site.log"
is_listed() { [ "$(gateway reading list --state ready --json | grep -c '"studyUid"')" -eq "$(cat "$work/puzi.txt" "$work/sunjia.txt" | wc -l)" ]; }
wait_for 60 "the reading list" is_listed
gateway reading list | sed 's/^/          /'

# The viewer's own files (drafts, signing key) are thrown away with everything else.
export XDG_DATA_HOME=$work/viewer XDG_CONFIG_HOME=$work/viewer XDG_CACHE_HOME=$work/viewer
if [ "$headless" = no ]; then
  step "the viewer: sign in as wangmin with the password $password"
  "$programs/qianli-viewer" --gateway "http://127.0.0.1:$http" --user wangmin
  exit 0
fi

step "the road: $patient"
mkdir "$work/viewer"
printf '%s\n%s\n' "$password" "271828" |
  xvfb-run -a -s "-screen 0 1920x1080x24" "$programs/qianli-road-driver" --gateway "http://127.0.0.1:$http" --user wangmin \
    --patient "$patient" --pictures "$results" --mpr --size 1600x900 \
    --findings "右侧基底节区见团片状高密度影，大小约4.2 cm×2.6 cm×3.2 cm，CT值约67 HU，边界清楚，周围见低密度水肿带。
右侧侧脑室受压变窄，中线结构向左移位约4 mm。脑沟、脑池未见明显增宽。颅骨骨质未见异常。" \
    --impression "1. 右侧基底节区脑出血，出血量约18 ml。
2. 中线结构轻度左移。" \
    --recommendation "请结合临床，24小时内复查头颅CT。" 2>&1 | sed 's/^/          /'

step "what the township has"
reports=("$work"/received/*)
sr='' pdf=''
for file in "${reports[@]}"; do
  case "$(dcmdump +P SOPClassUID -s "$file" 2>/dev/null)" in
    *BasicTextSR*) sr=$file ;;
    *EncapsulatedPDF*) pdf=$file ;;
  esac
done
[ -n "$sr" ] && [ -n "$pdf" ] || die "the receiver has no SR and PDF (it has ${#reports[@]} files)"
cp "$sr" "$results/report-sr.dcm"
cp "$pdf" "$results/report-pdf.dcm"
dcm2pdf -q "$results/report-pdf.dcm" "$results/report.pdf"
dsrdump -q +Pl "$results/report-sr.dcm" > "$results/report-sr.txt" 2>/dev/null
pdftotext -layout "$results/report.pdf" "$results/report.txt"
tr -d ' \n\f' < "$results/report.txt" | grep -qF "$patient" || die "the PDF's text does not hold the name $patient"
gateway report verify "$results/report-sr.dcm" "$results/report-pdf.dcm" | sed 's/^/          /'
gateway report list | sed 's/^/          /'
gateway queue list | sed 's/^/          /'
step "done: $patient's signed report is back in the township; pictures, PDF and SR are in build/demo/"
