#!/bin/bash
# What a HEAD costs on loopback, without distance: CPU and memory of one or several builds of the
# checker, in turns, as a table.
#
#   Tests/Benchmarks/checker-cost.sh [DIRECTORY...]
#
# Each directory has a checker and a leader (default .build/release). The mirror is one nginx that
# has everything: ENTRIES paths (115,457), half of them links. Each of ROUNDS (7) turns checks them
# from nothing with each build; CPU is user and system, start and storage included, the median and
# the least of the turns; memory is the median of the peaks. With strace, one more turn counts the
# system calls. Other load disturbs the system's part most, so compare builds within one call.
#
# Needs nginx and python3.
set -eu
entries=${ENTRIES:-115457} rounds=${ROUNDS:-7} port=${PORT:-8171}
[ $# -gt 0 ] || set -- .build/release
PATH=$PATH:/usr/sbin:/sbin
for program in nginx python3; do
    command -v "$program" > /dev/null || {
        echo "checker-cost: cannot be run here, for lack of: $program" >&2
        exit 1
    }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/checker-cost.XXXXXX")
finish() {
    kill "$(cat "$work/nginx.pid" 2> /dev/null)" 2> /dev/null || true
    rm -rf "$work"
}
trap finish EXIT

python3 "${0%/*}/make-hashed-tree.py" "$work/tree" "$entries"
chmod -R a+rX "$work"
cat > "$work/nginx.conf" << CONFIGURATION
worker_processes 1; pid $work/nginx.pid; error_log $work/error.log;
events { worker_connections 1024; }
http {
    access_log off; root $work/tree; autoindex on;
    client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;
    uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
    server { listen 127.0.0.1:$port; }
}
CONFIGURATION
nginx -c "$work/nginx.conf" -e "$work/error.log"
cat > "$work/mirrors.xml" << MIRRORS
<mirrors><mirrorgroup region="Europe" country="DE" countryname="Germany"><mirror>
<name>one</name><uri protocol="http" ipv4="y" ipv6="n">http://127.0.0.1:$port/</uri>
</mirror></mirrorgroup></mirrors>
MIRRORS

export CHECK_RATE=0 CHECK_PIPELINE=1 LOG_LEVEL=error
cat > "$work/measure.py" << 'PYTHON'
import json, os, resource, shutil, statistics, subprocess, sys
work, rounds, builds = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
names = [chr(65 + place) for place in range(len(builds))]
costs = {name: [] for name in names}

def check(build, store, prefix=()):
    for part in ("checks", "health.json", "health"):
        path = f"{store}/{part}"
        shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.remove(path)
    command = [*prefix, f"{build}/checker"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=os.environ | {"STORAGE_URL": f"file://{store}"})
    child.stdin.write(b'{"mode":"check","budgetSeconds":200}')
    child.stdin.close()
    line = json.loads(child.stdout.read())["accessPoints"][0]
    use = os.wait4(child.pid, 0)[2]
    return line["asked"], line["present"], use

for name, build in zip(names, builds):
    store = f"{work}/store-{name}"
    os.mkdir(store)
    done = subprocess.run([f"{build}/leader"], capture_output=True,
        input=json.dumps({"tree": f"{work}/tree", "mirrors": f"file://{work}/mirrors.xml"}).encode(),
        env=os.environ | {"STORAGE_URL": f"file://{store}"})
    if done.returncode: sys.exit(done.stderr.decode())
for turn in range(rounds):
    for name, build in zip(names, builds):
        costs[name].append(check(build, f"{work}/store-{name}"))
print("| build | HEADs, wrong | CPU µs a HEAD: median (user + system), least | memory |")
print("|---|---|---|---|")
for name, build in zip(names, builds):
    asked, present, _ = costs[name][0]
    def micros(part): return [part(use) * 1e6 / asked for asked, _, use in costs[name]]
    both = micros(lambda use: use.ru_utime + use.ru_stime)
    print(f"| {name} {build} | {asked}, {asked - present} | {statistics.median(both):.2f} "
        f"({statistics.median(micros(lambda use: use.ru_utime)):.2f} + "
        f"{statistics.median(micros(lambda use: use.ru_stime)):.2f}), {min(both):.2f} "
        f"| {statistics.median(use.ru_maxrss for _, _, use in costs[name]) / 1024:.1f} MiB |")
if shutil.which("strace"):
    for name, build in zip(names, builds):
        prefix = ("strace", "-f", "-c", "-o", f"{work}/calls")
        asked, _, _ = check(build, f"{work}/store-{name}", prefix)
        rows = [line.split() for line in open(f"{work}/calls")]
        calls = [(int(row[3]), row[-1]) for row in rows if len(row) > 4 and row[3].isdigit()]
        calls = sorted((call for call in calls if call[1] != "total"), reverse=True)
        print(f"{name}: system calls for {asked} HEADs: {sum(count for count, _ in calls)}:",
            ", ".join(f"{call} {count}" for count, call in calls[:8]))
PYTHON
python3 "$work/measure.py" "$work" "$rounds" "$@"
