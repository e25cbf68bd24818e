#!/bin/bash
# What catalog and check states cost by the number of files, and building all maps of them: time,
# memory, size. SIZES="10000 10000000" chooses others. BUILDS are files:access points:regions; the
# store of 10,000,000 files and 60 access points needs a gigabyte and takes some minutes to make.
set -eu
bench=${BIN:-.build/release}/state-bench
work=$(mktemp -d "${TMPDIR:-/tmp}/state-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo '| what | files | bytes a file | load | + 1,000 and encode |'
echo '|---|---|---|---|---|'
for size in ${SIZES:-10000 150000 1000000}; do "$bench" states "$size"; done
echo
echo '| what | files | CPU |'
echo '|---|---|---|'
for size in ${SIZES:-10000 150000 1000000}; do "$bench" visits "$size"; done
echo
echo '| paths | access points in the first map | regions | builder | peak memory | its bytes a path |'
echo '|---|---|---|---|---|---|'
for build in ${BUILDS:-10000:460:7 150000:460:7 1000000:60:1}; do
    IFS=: read -r files points regions <<<"$build"
    mkdir "$work/storage"
    "$bench" prepare "$files" "$points" "$work/storage"
    "$bench" build "$regions" "$work/storage"
    rm -rf "$work/storage"
done
