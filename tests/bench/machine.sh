#!/usr/bin/env bash
# machine.sh: the machine and the versions, as docs/performance.md names them beside figures.
set -u
version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || echo absent; }
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
folder=${BENCH_DIR:-.}
echo "- date: $(date -u +%F), commit $(git describe --always --dirty 2>/dev/null || echo unknown)"
echo "- processor: $(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo), $(nproc) cores, $(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)"
echo "- kernel: $(uname -r); file system: $(df --output=fstype "$folder" | tail -1) on $(df --output=source "$folder" | tail -1), $(df -h --output=avail "$folder" | tail -1 | tr -d ' ') free"
echo "- compiler: $(c++ -dumpfullversion 2>/dev/null), release preset; SQLite $(version libsqlite3-0), DCMTK $(version libdcmtk17), Orthanc $(version orthanc)"
echo "- load before: $(cut -d' ' -f1-3 /proc/loadavg)"
