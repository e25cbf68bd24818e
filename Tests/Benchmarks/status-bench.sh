#!/bin/bash
# What the pages cost at the size of Gentoo's mirrors: all anew, with nothing changed, and the
# questions of an incident. FILES and POINTS choose another size. The figures are in
# docs/performance.md.
set -eu
bin=${BIN:-.build/release}
files=${FILES:-152430}
points=${POINTS:-446}
work=$(mktemp -d "${TMPDIR:-/tmp}/status-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
export STORAGE_URL="file://$work/storage" MAXIMUM_AGE_DAYS=365 LOG_LEVEL=error
mkdir "$work/storage"
"$bin/state-bench" prepare "$files" "$points" "$work/storage"
"$bin/state-bench" build 7 "$work/storage" >/dev/null

# The wall clock, the processor and the memory of a command, and how many pages it says that it
# wrote.
measure() {
    local name=$1
    shift
    python3 - "$name" "$@" <<'MEASURE'
import json, resource, subprocess, sys, time
start = time.time()
run = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
seconds = time.time() - start
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
written = json.loads(run.stdout)["written"] if sys.argv[2].endswith("/status") else ""
print(f"| {sys.argv[1]} | {seconds:.2f} s | {usage.ru_utime + usage.ru_stime:.2f} s "
      f"| {usage.ru_maxrss >> 10} MiB | {written} | {run.returncode} |")
MEASURE
}

echo "$files files, $points access points; load $(cut -d' ' -f1-3 /proc/loadavg)"
echo
echo '| what | time | CPU | memory | pages written | status |'
echo '|---|---|---|---|---|---|'
measure 'mirrors list, nothing remembered' "$bin/mirrors" list
measure 'status, all anew' "$bin/status"
measure 'status, nothing changed' "$bin/status"
touch "$work/storage/checks/mirror1.example.org-https.state"
measure 'status, a mirror checked' "$bin/status"
for number in 1 2 3 4 5 6 7 8 9 10; do touch "$work/storage/checks/mirror$number.example.org-https.state"; done
measure 'status, ten mirrors checked' "$bin/status"
measure 'mirrors doctor' "$bin/mirrors" doctor
measure 'mirrors --down' "$bin/mirrors" --down
measure 'mirrors list' "$bin/mirrors" list
measure 'mirrors show' "$bin/mirrors" show mirror0.example.org
measure 'mirrors why ID PATH' "$bin/mirrors" why mirror0.example.org distfiles/0/some-package-name-1.0.tar.xz
measure 'mirrors missing' "$bin/mirrors" missing mirror0.example.org --all
measure 'mirrors events' "$bin/mirrors" events --since 14:00
echo
echo '| file | bytes | gzip |'
echo '|---|---|---|'
for path in "$work"/storage/history/*; do
    echo "| history/${path##*/} | $(wc -c <"$path") | |"
done
for file in index.html status.json metrics.prom m/mirror0.example.org.html m/mirror1.example.org.html \
    coverage.html; do
    path=$work/storage/status/$file
    echo "| $file | $(wc -c <"$path") | $(gzip -9 -c "$path" | wc -c) |"
done
