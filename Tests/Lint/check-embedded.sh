#!/usr/bin/env bash
# check-embedded.sh [FOLDER]: fails when a module of the edge does not compile as Embedded Swift for wasm32, or
# when redirector.wasm asks its host for anything. FOLDER (.edge) keeps what did not change.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-.edge}
Functions/Edge/build.sh "$folder"
# An import section has number 2 and comes before all code.
python3 - "$folder/redirector.wasm" <<'END'
import sys

data, offset = open(sys.argv[1], "rb").read(), 8
while offset < len(data):
    section, length, shift = data[offset], 0, 0
    offset += 1
    while True:
        byte = data[offset]
        offset += 1
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    if section == 2:
        sys.exit("check-embedded: redirector.wasm imports something; runtime.c is to have it")
    offset += length
END
echo "check-embedded: the modules of the edge compile for wasm32, and import nothing"
