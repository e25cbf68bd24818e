#!/bin/bash
# What a HEAD costs over distance: the checker beside other ways, as a table.
#
#   Tests/Benchmarks/checker-bench.sh [--full | --many]
#
# Two network namespaces with a round trip of 20 or 100 ms between them, without loss and with 1 %;
# in one of them nginx (1,000 answers per connection) and Apache (100) with their default limits, in
# the other one after the other: the checker, one question at a time on one connection, `curl
# --parallel` with HTTP/1.1 and with HTTP/2. Then 60 mirrors at once, 10 to 305 ms away. About 6
# minutes. --full: whole mirrors of 149,000 entries at 100 ms over at most 4 connections, and one by
# rsync. --many: the 60 mirrors with 149,000 entries each, at RATE questions a second and mirror
# (250, the default of the checker), which takes 149,000 / RATE seconds, and the farthest alone for
# comparison: 22 minutes; ALONE=0 leaves that out.
#
# Needs root, curl, nginx, apache2, rsync, openssl, python3 and release builds of checker and
# leader. The distance is made by `tc netem` or, where the kernel lacks it, by the program that
# DELAY_LINE names:
#   DELAY_LINE NAMESPACE-A NAMESPACE-B ONE-WAY-MICROSECONDS MBIT LOST-PER-MILLION
# which joins them as 10.88.0.1 and 10.88.0.2, prints "up", and goes on until SIGTERM.
#
# CPU is that of the client alone, user and system, start and storage included. "Asked again" is
# what the server answered beyond one answer a question: sentinels, and what a lost connection had
# answered.
set -eu
bin=$(realpath "${BIN:-.build/release}")
entries=${ENTRIES:-12000} mode=${1:-}
case $mode in --full | --many) entries=149000 ;; esac
# Each mirror takes some sockets of its proxy and of the checker.
ulimit -n 8192
lacking=
[ "$(id -u)" = 0 ] || lacking="$lacking root"
for program in ip curl nginx apache2 rsync openssl python3 "$bin/checker" "$bin/leader"; do
    PATH=$PATH:/usr/sbin command -v "$program" > /dev/null || lacking="$lacking $program"
done
PATH=$PATH:/usr/sbin:/sbin
near=checker-near-$$ far=checker-far-$$ line=
work=$(mktemp -d "${TMPDIR:-/tmp}/checker-bench.XXXXXX")

finish() {
    [ -z "$line" ] || kill "$line" 2> /dev/null || true
    for pid in "$work"/*.pid; do kill "$(cat "$pid" 2> /dev/null)" 2> /dev/null || true; done
    wait
    ip netns del "$near" 2> /dev/null || true
    ip netns del "$far" 2> /dev/null || true
    rm -rf "$work"
}
trap finish EXIT

if [ -z "${DELAY_LINE:-}" ] && [ -z "$lacking" ]; then
    ip netns add "$near"
    ip -n "$near" link set lo up
    ip netns exec "$near" tc qdisc add dev lo root netem delay 1ms 2> /dev/null ||
        lacking="$lacking sch_netem-or-DELAY_LINE"
    ip netns del "$near"
fi
if [ -n "$lacking" ]; then
    echo "checker-bench: cannot be run here, for lack of:$lacking" >&2
    exit 1
fi

# The mirror: distfiles by hash and as many links, as Gentoo's; sparse, of all lengths.
python3 "${0%/*}/make-hashed-tree.py" "$work/tree" "$entries"
(cd "$work/tree" && find distfiles -type l | head -1000) > "$work/sample"

# Far away: the servers, which read everything once, so that no disk is measured.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=10.88.0.2 \
    -addext subjectAltName=IP:10.88.0.2,DNS:localhost \
    -keyout "$work/key" -out "$work/certificate" 2> /dev/null
cat "$work/certificate" /etc/ssl/certs/ca-certificates.crt > "$work/authorities" 2> /dev/null || true
ip netns add "$near"
ip netns add "$far"
for place in "$near" "$far"; do ip -n "$place" link set lo up; done
chmod -R a+rX "$work"
cat > "$work/nginx.conf" << CONFIGURATION
worker_processes 1; pid $work/nginx.pid; error_log $work/error.log;
events { worker_connections 4096; }
http {
    log_format brief '\$msec'; access_log $work/nginx.log brief buffer=64k flush=1s;
    client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;
    uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
    ssl_certificate $work/certificate; ssl_certificate_key $work/key;
    root $work/tree; autoindex on;
    server { listen 80; }
    server { listen 443 ssl http2; }
    server { listen 8000; keepalive_requests 1000000; }
}
CONFIGURATION
modules=$(dirname "$(find /usr/lib -name mod_mpm_event.so | head -1)")
cat > "$work/apache.conf" << CONFIGURATION
ServerName 10.88.0.2
PidFile $work/apache.pid
ErrorLog $work/error.log
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule dir_module $modules/mod_dir.so
LoadModule autoindex_module $modules/mod_autoindex.so
LoadModule ssl_module $modules/mod_ssl.so
LoadModule http2_module $modules/mod_http2.so
Listen 8080
Listen 8443
LogFormat "%{sec}t" brief
CustomLog $work/apache.log brief
DocumentRoot $work/tree
<Directory $work/tree>
    Options +Indexes +FollowSymLinks
    Require all granted
</Directory>
<VirtualHost *:8443>
    SSLEngine on
    Protocols h2 http/1.1
    SSLCertificateFile $work/certificate
    SSLCertificateKeyFile $work/key
</VirtualHost>
CONFIGURATION
cat > "$work/rsyncd.conf" << CONFIGURATION
pid file = $work/rsync.pid
use chroot = no
reverse lookup = no
[gentoo]
path = $work/tree
CONFIGURATION
ip netns exec "$far" nginx -c "$work/nginx.conf" -e "$work/error.log"
ip netns exec "$far" apache2 -f "$work/apache.conf"
ip netns exec "$far" rsync --daemon --config "$work/rsyncd.conf"
find -L "$work/tree" -type f -printf '%s\n' > /dev/null

# A catalog of the tree, and one of a sixteenth, with the same mirrors: one for each way, and many.
urls="http://10.88.0.2/ https://10.88.0.2/ http://10.88.0.2:8000/ http://10.88.0.2:8080/
    https://10.88.0.2:8443/ rsync://10.88.0.2/gentoo/"
{
    echo '<mirrors>'
    for url in $urls $(seq -f 'http://127.0.1.%g:7000/' 60); do
        echo '<mirrorgroup region="Europe" country="DE" countryname="Germany"><mirror>'
        echo "<name>$url</name><uri protocol=\"${url%%:*}\" ipv4=\"y\" ipv6=\"n\">$url</uri>"
        echo '</mirror></mirrorgroup>'
    done
    echo '</mirrors>'
} > "$work/mirrors.xml"
mkdir "$work/part" "$work/store" "$work/part-store"
(cd "$work/tree" && cp --archive --parents distfiles/[0-9a-f]0 "$work/part")
export STORAGE_URL="file://$work/store" CHECK_CA_FILE="$work/authorities" CHECK_RATE=0
# publish TREE STORE
publish() {
    echo "{\"tree\":\"$1\",\"mirrors\":\"file://$work/mirrors.xml\"}" |
        STORAGE_URL="file://$2" "$bin/leader" > "$work/leader" 2>&1 ||
        { cat "$work/leader" >&2; exit 1; }
}
publish "$work/tree" "$work/store"
publish "$work/part" "$work/part-store"

# distance ROUND-TRIP-MILLISECONDS LOST-PER-CENT
distance() {
    if [ -n "${DELAY_LINE:-}" ]; then
        [ -z "$line" ] || { kill "$line"; wait "$line" 2> /dev/null || true; }
        coproc LINE { exec "$DELAY_LINE" "$near" "$far" $(($1 * 500)) 0 $(($2 * 10000)); }
        line=$LINE_PID
        read -r _ <&"${LINE[0]}"
    else
        ip link del w0 2> /dev/null || true
        ip -n "$near" link del w0 2> /dev/null || true
        ip link add w0 netns "$near" type veth peer name w0 netns "$far"
        ip -n "$near" address add 10.88.0.1/24 dev w0
        ip -n "$far" address add 10.88.0.2/24 dev w0
        for place in "$near" "$far"; do
            ip -n "$place" link set w0 up
            ip netns exec "$place" tc qdisc add dev w0 root netem limit 100000 \
                delay $(($1 * 500))us loss "$2"%
        done
    fi
}

# timed COMMAND…: runs it near; sets wall and cpu, in seconds.
timed() {
    TIMEFORMAT='%R %U %S'
    { time ip netns exec "$near" "$@" > "$work/out" 2> "$work/errors"; } 2> "$work/time" || true
    read -r wall user system < "$work/time"
    cpu=$(echo "$user $system" | awk '{ print $1 + $2 }')
}

# number KEY: of the first line of a checker's result that has it behind the access points' list.
number() { sed 's/.*"accessPoints":\[//' "$work/out" | grep -o "\"$1\":[0-9.]*" | head -1 | cut -d: -f2; }

answered() { cat "$work/nginx.log" "$work/apache.log" 2> /dev/null | wc -l; }

# row LABEL ASKED WRONG ANSWERED
row() {
    awk -v label="$1" -v asked="$2" -v wrong="$3" -v answered="$4" -v wall="$wall" -v cpu="$cpu" 'BEGIN {
        more = answered == "" ? "" : sprintf("%.1f %%", (answered - asked) * 100 / (asked ? asked : 1))
        printf "| %s | %.0f | %.1f s | %.1f | %s | %s |\n", label, asked / wall, wall,
            cpu * 1e6 / (asked ? asked : 1), more, wrong }'
}

# id URL: of the access points whose URLs begin so, each in quotes.
id() { grep -B1 -F "\"url\": \"$1" "$work/store/mirrors.json" | sed -n 's/.*"id": \("[^"]*"\).*/\1/p'; }

# check LABEL URL [NAME=VALUE…]: one run over the access point with that URL, from nothing.
check() {
    label=$1 url=$2
    shift 2
    id=$(id "$url")
    rm -rf "$work/store/checks" "$work/store/health.json"
    before=$(answered)
    timed env "$@" "$bin/checker" <<< "{\"mode\":\"check\",\"accessPoints\":[$id],\"budgetSeconds\":${budget:-200}}"
    # nginx writes its log a second later, Apache when a connection is through.
    sleep 1.5
    asked=$(number asked) present=$(number present)
    after=$(answered)
    [ "${url%%:*}" != rsync ] || after=$((before + asked))
    row "$label" "${asked:-0}" "$((${asked:-0} - ${present:-0}))" $((after - before))
}

# crawl LABEL URL ARGUMENT…: a sample by curl.
crawl() {
    label=$1 url=$2
    shift 2
    sed "s|^|url = \"$url|; s|\$|\"|" "$work/sample" > "$work/urls"
    timed timeout 60 curl --silent --head --cacert "$work/certificate" --write-out '%{stderr}%{http_code}\n' \
        "$@" --config "$work/urls"
    # Beside its progress.
    grep '^[0-9][0-9][0-9]$' "$work/errors" > "$work/statuses" || true
    row "$label" "$(wc -l < "$work/statuses")" "$(grep -vc 200 "$work/statuses" || true)" ""
}

heading() {
    echo "| $1 | HEADs/s | wall | CPU µs a HEAD | asked again | wrong |"
    echo '|---|---|---|---|---|---|'
}

# 60 mirrors on loopback addresses, each behind a proxy that holds bytes back.
cat > "$work/proxies.py" << 'PYTHON'
import asyncio, sys
async def carry(reader, writer, seconds):
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536): loop.call_later(seconds, writer.write, data)
    loop.call_later(seconds, writer.close)
async def serve(number):
    seconds = number * 0.0025 + 0.0025
    async def take(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("10.88.0.2", 80)
        await asyncio.gather(carry(reader, far_writer, seconds), carry(far_reader, writer, seconds))
    await asyncio.start_server(take, f"127.0.1.{number}", 7000)
async def main():
    for number in range(1, 61): await serve(number)
    print("up", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
PYTHON
begin_proxies() {
    distance 1 0
    ip netns exec "$near" python3 "$work/proxies.py" > "$work/proxies" 2>&1 &
    echo $! > "$work/proxies.pid"
    until grep -q up "$work/proxies"; do sleep 0.1; done
}

# many STORE RATE BUDGET IDS…: a run over each list of mirrors.
many() {
    begin_proxies
    export STORAGE_URL="file://$1" CHECK_RATE=$2
    budget=$3
    shift 3
    for list in "$@"; do
        timed python3 -c 'import json, os, resource, subprocess, sys
done = subprocess.run(sys.argv[1], input=sys.argv[2].encode(), stdout=subprocess.PIPE)
lines = json.loads(done.stdout)["accessPoints"]
asked, present = (sum(line[key] for line in lines) for key in ("asked", "present"))
left = sum(line["left"] for line in lines)
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(len(lines), "mirrors at", os.environ["CHECK_RATE"], "a second each:", asked, "HEADs,",
    asked - present, "wrong,", left, "left,", use.ru_maxrss // 1024, "MiB,",
    round((use.ru_utime + use.ru_stime) * 1e6 / asked, 1), "µs of CPU a HEAD", end="")' \
            "$bin/checker" "{\"mode\":\"check\",\"accessPoints\":[$list],\"budgetSeconds\":$budget}"
        echo "$(cat "$work/out"), $wall s"
        rm -r "${STORAGE_URL#file://}/checks"
    done
}
ids=$(id http://127.0.1. | paste -sd,)

if [ "$mode" = --many ]; then
    rate=${RATE:-250}
    alone=${ids##*,}
    [ "${ALONE:-1}" = 1 ] || alone=
    many "$work/store" "$rate" $((200 + 2 * entries / rate)) $alone "$ids"
    exit
fi

if [ "$mode" = --full ]; then
    distance 100 0
    heading '149,000 entries, 100 ms, 4 connections'
    check 'nginx, http' http://10.88.0.2/
    check 'nginx, https' https://10.88.0.2/
    check 'Apache, http' http://10.88.0.2:8080/
    check 'rsync' rsync://10.88.0.2/gentoo/
    exit
fi

for loss in 0 1; do
    for trip in 20 100; do
        distance "$trip" "$loss"
        for server in nginx:http://10.88.0.2/ nginx:https://10.88.0.2/ \
            Apache:http://10.88.0.2:8080/ Apache:https://10.88.0.2:8443/; do
            url=${server#*:}
            heading "${server%%:*}, ${url%%:*}, $trip ms, $loss % lost"
            check 'checker' "$url"
            budget=4 check 'one by one' "$url" CHECK_PIPELINE=0 CHECK_CONNECTIONS=1
            crawl 'curl --parallel, 32 connections' "$url" --http1.1 --parallel --parallel-max 32
            [ "${url%%:*}" = http ] ||
                crawl 'curl, HTTP/2' "$url" --http2 --parallel --parallel-max 100
            echo
        done
    done
done

# Where the server does not end connections: the rate of the best second against depth / round trip.
distance 100 0
heading 'nginx without a limit, http, 100 ms, 1 connection'
: > "$work/nginx.log"
check 'checker' http://10.88.0.2:8000/ CHECK_CONNECTIONS=1
awk '{ count[int($1)]++ } END { for (second in count) if (count[second] > best) best = count[second]
    printf "best second: %d HEADs, %.0f %% of 256 / 100 ms\n\n", best, best / 25.60 }' "$work/nginx.log"

many "$work/part-store" 100 200 "${ids##*,}" "$ids"
