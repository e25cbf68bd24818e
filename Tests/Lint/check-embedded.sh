#!/usr/bin/env bash
# check-embedded.sh: fails when the readers of the region map and of health do not compile as Embedded
# Swift, which is what carries them to the edge: no imports but each other, no existentials, no allocation
# behind one's back.
set -euo pipefail
cd "$(dirname "$0")/../.."
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

# compile MODULE: its reader, after those that it imports.
compile() {
    swiftc -O -wmo -parse-as-library -swift-version 6 -package-name redirector \
        -enable-experimental-feature Embedded -enable-experimental-feature Lifetimes \
        -strict-memory-safety -module-name "$1" -I "$output" \
        -emit-module -emit-module-path "$output/$1.swiftmodule" \
        -c Shared/Formats/"$1"/Reader/*.swift -o "$output/$1.o"
    echo "check-embedded: the reader of $1 compiles as Embedded Swift"
}
compile RegionMapFormat
compile HealthFormat
