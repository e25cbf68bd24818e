#!/usr/bin/env bash
# check-embedded.sh: fails when the reader of the region map does not compile as Embedded Swift, which
# is what carries it to the edge: no imports, no existentials, no allocation behind one's back.
set -euo pipefail
cd "$(dirname "$0")/../.."
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

swiftc -O -wmo -parse-as-library -swift-version 6 -package-name redirector \
    -enable-experimental-feature Embedded -enable-experimental-feature Lifetimes \
    -strict-memory-safety -module-name RegionMapFormat \
    -c Shared/Formats/RegionMapFormat/Reader/*.swift -o "$output/reader.o"
echo "check-embedded: the reader of the region map compiles as Embedded Swift"
