#!/bin/sh
# The instructions of an answer to a client whose place is known, against one known by its country
# alone.
#
#   Tests/Benchmarks/answer-bench-instructions.sh
#
# Needs valgrind and a release build of answer-bench and redirector-fixture (`make bench` makes
# them). What a start takes is taken off: each figure is the difference of a long and a short run,
# over the requests between them.
set -eu
build=${BUILD:-.build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
"$build/redirector-fixture" "$work/store" >&2

# The instructions of a run of 20 times $1 requests of client $2.
total() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$build/answer-bench" \
        "$work/store/maps/bench.map" "$1" "$2" 2>&1 >/dev/null | awk '/Collected/ { print $4 }'
}

# The instructions of one request of client $1.
each() { echo $((($(total 110 "$1") - $(total 10 "$1")) / 2000)); }

country=$(each country) place=$(each place)
awk -v c="$country" -v p="$place" \
    'BEGIN { printf "country: %d instructions, place: %d, ratio: %.2f\n", c, p, p / c }'
