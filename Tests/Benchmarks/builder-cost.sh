#!/bin/bash
# What building all maps costs: CPU and memory of one or several builds of the builder, in turns, as a table.
#
#   Tests/Benchmarks/builder-cost.sh STORE=DIRECTORY...
#
# STORE is a folder with a catalog, mirrors and fresh proofs for the builder in DIRECTORY, such as
# `state-bench prepare 150000 460 STORE` of the same version makes: check states of an older version cost the
# time to convert them, until the checker has written them again. The state-bench of 0.1.0 writes proofs of
# 2026-11-22, which count for 14 days: set its MadeStore.now to the present first.
# Each of ROUNDS (5) turns gives each builder a copy of its store, and builds all maps twice: first without
# earlier maps, then with those of the first time. CPU is user and system, memory the peak, both as medians of
# the turns.
set -eu
rounds=${ROUNDS:-5}
: "${1:?usage: builder-cost.sh STORE=DIRECTORY...}"
work=$(mktemp -d "${TMPDIR:-/tmp}/builder-cost.XXXXXX")
trap 'rm -rf "$work"' EXIT

cat > "$work/measure.py" << 'PYTHON'
import json, os, shutil, statistics, subprocess, sys
work, rounds, builds = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
uses = {(build, run): [] for build in builds for run in ("first", "next")}
results = {}

def build_maps(build, store):
    child = subprocess.Popen([f"{build.partition('=')[2]}/builder"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=os.environ | {"STORAGE_URL": f"file://{store}", "LOG_LEVEL": "error"})
    result = child.stdout.read()
    _, status, use = os.wait4(child.pid, 0)
    if status: sys.exit(f"builder-cost: {build} failed: {result.decode()}")
    return use

for _ in range(rounds):
    for build in builds:
        store = f"{work}/store"
        shutil.copytree(build.partition("=")[0], store)
        for run in ("first", "next"): uses[build, run].append(build_maps(build, store))
        maps = [f"{store}/maps/{name}" for name in os.listdir(f"{store}/maps") if name.endswith(".map")]
        results[build] = f"{len(maps)}, {sum(map(os.path.getsize, maps))}"
        shutil.rmtree(store)
print("| store=builder | maps | CPU s: median (user + system), least | memory | result: maps, bytes |")
print("|---|---|---|---|---|")
for (build, run), taken in uses.items():
    def seconds(value): return [value(use) for use in taken]
    both = seconds(lambda use: use.ru_utime + use.ru_stime)
    print(f"| {build} | {run} | {statistics.median(both):.2f} "
        f"({statistics.median(seconds(lambda use: use.ru_utime)):.2f} + "
        f"{statistics.median(seconds(lambda use: use.ru_stime)):.2f}), {min(both):.2f} "
        f"| {statistics.median(seconds(lambda use: use.ru_maxrss)) / 1024:.1f} MiB | {results[build]} |")
PYTHON
python3 "$work/measure.py" "$work" "$rounds" "$@"
