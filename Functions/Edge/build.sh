#!/usr/bin/env bash
# build.sh FOLDER: the redirector's own modules as Embedded Swift for wasm32, and of them
# redirector.wasm and, without pages, redirects.wasm.
#
# A module is compiled again where its sources or those of a module before it changed. The list
# below is what runs at the edge; what a module has beside it is named there, with the reason.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:?usage: build.sh FOLDER}
mkdir -p "$folder"
folder=$(realpath "$folder")
resources=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")
tools="$resources/bin"
command -v wasm-ld >/dev/null || PATH="$tools:$PATH"

flags=(
    -target wasm32-unknown-none-wasm -swift-version 6 -package-name redirector
    -wmo -parse-as-library -Osize -strict-memory-safety -warnings-as-errors
    # Code is made when all modules are together, which leaves out what none of them calls.
    -lto=llvm-full
    -enable-experimental-feature Embedded -enable-experimental-feature Lifetimes
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility
    # There is no C library that would have its guard.
    -Xfrontend -disable-stack-protector
)

# sources FOLDER [NAME…]: the Swift files in and below FOLDER but for those named.
sources() {
    local folder=$1 without=()
    shift
    for name in "$@"; do without+=(-not -name "$name"); done
    find "$folder" -name '*.swift' "${without[@]}" | LC_ALL=C sort
}

compiler=$(swiftc --version 2>/dev/null)
# The state of the module before, which each includes: what it is made of includes all before it.
previous=
objects=()
includes=(-I "$folder")
# module NAME FILE…: compiles the module of these files.
module() {
    local name=$1
    shift
    objects+=("$folder/$name.o")
    # Of their contents and the compiler: a checkout has other times.
    local state
    state=$( (printf '%s\n' "$previous" "$compiler" "${flags[@]}" "$@"; cat "$@") | sha256sum)
    previous=$state
    if [ -f "$folder/$name.o" ] && [ "$(cat "$folder/$name.state" 2>/dev/null)" = "$state" ]
    then
        return
    fi
    swiftc "${flags[@]}" "${includes[@]}" -module-name "$name" \
        -emit-module -emit-module-path "$folder/$name.swiftmodule" -c "$@" -o "$folder/$name.o"
    echo "$state" >"$folder/$name.state"
    echo "edge: $name compiles for wasm32"
}

module Bytes $(sources Shared/Foundation/Bytes)
module Time $(sources Shared/Foundation/Time)
# PrivateURL conforms to CustomReflectable, which Embedded Swift lacks; only the servers' settings use it.
module URLs $(sources Shared/Foundation/URLs PrivateURL.swift)
module JSON $(sources Shared/Foundation/JSON JSONFields+Errors.swift) \
    $(sources Functions/Edge/Embedded/JSON)
# The distance takes sines; the Builder alone asks for it.
module Mirrors $(sources Shared/Values/Mirrors GeoLocation+Distance.swift)
# Errors without the figures, which are half of the text, and checksums without C.
module RegionMapFormat $(sources Shared/Formats/RegionMapFormat/Reader) \
    $(sources Functions/Edge/Embedded/RegionMapFormat)
# The CDN knows where clients are.
module AddressDatabases $(sources Functions/Edge/Embedded/AddressDatabases)
module HolderFormat $(sources Shared/Formats/HolderFormat/Reader)
module FileDetailsFormat $(sources Shared/Formats/FileDetailsFormat PathTableWriter.swift \
    FileDetailsWriter.swift FolderNamesWriter.swift)
module HealthFormat $(sources Shared/Formats/HealthFormat/Reader) \
    Shared/Formats/HealthFormat/{HealthError+Description,HealthWords}.swift
# Without what writes health and what another server calls; and what a process of many threads
# counts and remembers is replaced by Functions/Edge/Embedded: its locks and arrays of atomics do
# not exist there. So is what the CDN does better: it logs requests, and knows countries.
module Redirection $(sources Functions/Edge/Embedded/Redirection) $(
    sources Shared/Roles/Redirector/Redirection HealthReport+Health.swift CGIRequest.swift \
        Metrics.swift LatencyHistogram.swift RetryTable.swift FallbackWatch.swift RequestLog.swift
)
module Pages $(sources Shared/Roles/Redirector/Pages)

version=$(sed -n 's/.*static let version = \("[^"]*"\).*/\1/p' Shared/Runtime/FunctionRuntime/Function.swift)
echo "let version = $version" >"$folder/Version.swift"
clang --target=wasm32-unknown-unknown -std=c11 -Oz -Wall -Wextra -Werror -ffreestanding -fno-builtin -nostdlib \
    -mbulk-memory -flto=full -c Functions/Edge/runtime.c -o "$folder/runtime.o"
shared=("${objects[@]}")

# core NAME PAGES: links NAME.wasm, whose pages are those of Functions/Edge/PAGES.
core() {
    local shared_folder=$folder
    local folder=$shared_folder/$2 wasm=$shared_folder/$1.wasm
    mkdir -p "$folder"
    objects=()
    module Edge Functions/Edge/*.swift Functions/Edge/"$2"/*.swift "$shared_folder/Version.swift"
    wasm-ld --no-entry --gc-sections --strip-all --export-memory -z stack-size=131072 \
        $(grep -oh '@c(edge_[a-z_]*)' Functions/Edge/Exports.swift | sed 's/@c(\(.*\))/--export=\1/') \
        "${shared[@]}" "${objects[@]}" "$shared_folder/runtime.o" -o "$wasm"
    # Binaryen's optimizer takes another 8 %. By itself the build does without: the same sources
    # make the same bytes wherever the compiler is the same.
    if [ -n "${WASM_OPT:-}" ]; then
        "$WASM_OPT" -Oz --enable-bulk-memory --enable-sign-ext --enable-mutable-globals --enable-multivalue \
            --enable-nontrapping-float-to-int --enable-reference-types "$wasm" -o "$wasm"
    fi
    printf 'edge: %s has %s bytes, %s compressed\n' "$1.wasm" "$(stat -c %s "$wasm")" "$(gzip -9 <"$wasm" | wc -c)"
}
core redirector Pages
# For those who need no pages, Metalinks and mirror lists: what asks for one gets the file's
# redirect.
core redirects RedirectsOnly
