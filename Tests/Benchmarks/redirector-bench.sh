#!/bin/sh
# The Redirector against nginx `return 302`, on this machine, in one run, taking turns.
#
#   Tests/Benchmarks/redirector-bench.sh [ROUNDS [SECONDS]]
#
# Needs wrk and nginx, and a release build (`make bench` makes it). Both servers are pinned to one
# core and wrk to another. wrk itself is the limit at 100,000 requests a second and more: compare
# the CPU microseconds per request of the servers (utime and stime of /proc/PID/stat), not the
# rates. Each number of the table is the median of the rounds; a ratio is the median of the rounds'
# ratios, and below 1 the Redirector takes less. The rounds themselves go to standard error.
set -eu
rounds=${1:-5} seconds=${2:-2}
build=${BUILD:-.build/release}
work=$(mktemp -d)
path=/distfiles/4c/package-name-76-1.2.3.tar.xz
redirector= nginx=
trap 'kill $redirector $nginx 2>/dev/null || true; wait; rm -rf "$work"' EXIT INT TERM

# What is shipped is stripped (Deployment/images/stage.sh): a program with all its symbols takes
# longer to start.
strip -o "$work/redirector" "$build/redirector"
"$build/redirector-fixture" "$work/store"
export STORAGE_URL="file://$work/store" REGION=bench FALLBACK_URL=https://fallback.example.org/
export LISTEN=127.0.0.1 PORT=18082 DRAIN_SECONDS=0 LOG_LEVEL=error

# A Location as long as the Redirector's.
cat > "$work/nginx.conf" <<EOF
worker_processes 1; daemon off; pid $work/pid; error_log $work/error.log;
events { worker_connections 20000; }
http {
    access_log off; keepalive_requests 1000000000;
    client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;
    uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
    server {
        listen 127.0.0.1:18081;
        location / { return 302 http://mirror1.university.example.org/pub/gentoo\$uri; }
    }
}
EOF
cat > "$work/pipeline.lua" <<EOF
init = function() local r = {} for i = 1, 16 do r[i] = wrk.format("GET", "$path") end
    batch = table.concat(r) end
request = function() return batch end
EOF

# Prints the median of the numbers on standard input.
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# The median over the rounds of column $3 of `results`, of server $1 under load $2.
column() { awk -v s="$1" -v l="$2" -v c="$3" '$1 == s && $2 == l { print $c }' "$work/results" | median; }

# The median over the rounds of the ratio of column $2 under load $1.
ratio() {
    awk -v l="$1" -v c="$2" '$2 == l && $1 == "redirector" { own = $c }
        $2 == l && $1 == "nginx" && $c > 0 { printf "%.2f\n", own / $c }' "$work/results" | median
}

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

# measure SERVER LOAD PID PORT WRK-ARGUMENT…
measure() {
    server=$1 load=$2 pid=$3 port=$4
    shift 4
    before=$(ticks "$pid")
    taskset -c 1 wrk -t1 "-d${seconds}s" --latency "$@" "http://127.0.0.1:$port$path" > "$work/wrk"
    after=$(ticks "$pid")
    awk -v server="$server" -v load="$load" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '
        function microseconds(text) {
            if (text ~ /us$/) return text + 0
            if (text ~ /ms$/) return text * 1000
            return text * 1000000
        }
        /requests in/ { n = $1 } /Requests\/sec/ { rate = $2 } / 50%/ { p50 = microseconds($2) }
        / 99%/ { p99 = microseconds($2) } /Non-2xx|Socket errors/ { problem = problem $0 }
        END { print server, load, rate, ticks * 1000000 / hz / n, p50, p99, problem }' "$work/wrk" |
        tee -a "$work/results" >&2
}

taskset -c 0 "$work/redirector" & redirector=$!
taskset -c 0 nginx -c "$work/nginx.conf" -e "$work/error.log" & nginx=$!
sleep 1
worker=$(pgrep -P $nginx)
loads="keep-alive one-connection pipelined new-connections"
for round in $(seq "$rounds"); do
    for load in $loads; do
        for server in redirector nginx; do
            pid=$redirector port=18082
            [ $server = redirector ] || pid=$worker port=18081
            case $load in
            keep-alive) measure $server $load "$pid" $port -c32 ;;
            one-connection) measure $server $load "$pid" $port -c1 ;;
            pipelined) measure $server $load "$pid" $port -c32 -s "$work/pipeline.lua" ;;
            new-connections) measure $server $load "$pid" $port -c32 -H "Connection: close" ;;
            esac
        done
    done
done
resident=$(awk '/VmHWM/ { print $2 }' /proc/$redirector/status)
nginx_resident=$(awk '/VmHWM/ { print $2 }' "/proc/$worker/status")
kill $redirector $nginx
wait
redirector= nginx=

printf 'int main(void) { return 0; }\n' > "$work/hello.c"
cc -O2 -o "$work/hello" "$work/hello.c"
# start SERVER LOAD ARGUMENT…: notes the median of start-bench, in milliseconds.
start() {
    server=$1 load=$2
    shift 2
    "$build/start-bench" "$@" | awk -v s="$server" -v l="$load" '
        { for (i = 1; i < NF; i++) if ($i == "median") print s, l, 0, $(i + 1), 0, 0 }' |
        tee -a "$work/results" >&2
}
for round in $(seq "$rounds"); do
    start redirector first-302 serve 20 18082 "$work/redirector"
    start nginx first-302 serve 20 18081 nginx -c "$work/nginx.conf" -e "$work/error.log" \
        -g "master_process off;"
    GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET PATH_INFO=$path \
        start redirector one-shot exit 100 "$work/redirector"
    start hello one-shot exit 100 "$work/hello"
done

size() { stat -L -c %s "$@" | awk '{ n += $1 } END { printf "%.1f", n / 1048576 }'; }
libraries=$(ldd "$work/redirector" 2>&1 | awk '$3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }')

echo
printf '%-16s %14s %14s %6s   %s\n' "CPU a request" "redirector" "nginx" "ratio" \
    "p50 and p99, redirector : nginx, us"
for load in $loads; do
    printf '%-16s %11.2f us %11.2f us %6.2f   %s : %s, %s : %s\n' $load \
        "$(column redirector $load 4)" "$(column nginx $load 4)" "$(ratio $load 4)" \
        "$(column redirector $load 5)" "$(column nginx $load 5)" \
        "$(column redirector $load 6)" "$(column nginx $load 6)"
done
printf '%-16s %11.2f ms %11.2f ms %6.2f\n' "exec to 302" \
    "$(column redirector first-302 4)" "$(column nginx first-302 4)" "$(ratio first-302 4)"
printf '%-16s %11.2f ms %11.2f ms   %+.2f ms; the other column is a dynamic C hello\n' \
    "one shot, CGI" "$(column redirector one-shot 4)" "$(column hello one-shot 4)" \
    "$(awk '$2 == "one-shot" && $1 == "redirector" { own = $4 }
        $1 == "hello" { print own - $4 }' "$work/results" | median)"
printf '%-16s %11d kB %11d kB\n' "resident, most" "$resident" "$nginx_resident"
if [ -n "$libraries" ]; then
    # shellcheck disable=SC2086 # one word for each library
    closure="$(echo "$libraries" | wc -l) shared libraries, $(size $libraries) MB"
else
    closure="no shared library"
fi
printf '%-16s %11s MB, %s\n' "stripped" "$(size "$work/redirector")" "$closure"
"$build/answer-bench" "$work/store/maps/bench.map"
"$build/page-bench" "$work/store"
Tests/Benchmarks/page-clients.py "$work/redirector" "$work/store"
