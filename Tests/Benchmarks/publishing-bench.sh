#!/bin/bash
# What publishing costs by the number of entries, as tables: make bench runs it up to 10^6 entries,
# and SIZES="10000 150000 1000000 10000000" up to 10^7, which takes some minutes and 1 GB of disk.
# What is published is a plain listing, because 10^7 inodes are more than most disks have left;
# walks are of real trees, of WALK_SIZES. Cold figures need root, who may drop the caches. Digests
# are of one file of HASH_MEBIBYTES.
set -eu
bench=${BIN:-.build/release}/publishing-bench
work=$(mktemp -d "${TMPDIR:-/tmp}/publishing-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo '| entries | listing | first | unchanged | + 1,000 | load | peak memory |'
echo '|---|---|---|---|---|---|---|'
for size in ${SIZES:-10000 150000 1000000}; do
    rm -rf "$work/storage"
    mkdir "$work/storage"
    "$bench" publish "$size" "$work/storage"
done
rm -rf "$work/storage"
echo
echo '| entries | walk warm | find warm | ratio | walk cold | find cold | ratio | peak memory |'
echo '|---|---|---|---|---|---|---|---|'
for size in ${WALK_SIZES:-10000 150000 1000000}; do
    "$bench" make "$size" "$work/tree"
    "$bench" walk "$size" "$work/tree"
    rm -rf "$work/tree"
done
echo
echo '| digest | here | coreutils | ratio |'
echo '|---|---|---|---|'
"$bench" hash "${HASH_MEBIBYTES:-1024}" "$work" 2>/dev/null
