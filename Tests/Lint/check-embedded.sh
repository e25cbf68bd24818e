#!/usr/bin/env bash
# check-embedded.sh [FOLDER]: fails when a module of the edge does not compile as Embedded Swift for
# wasm32, or when redirector.wasm or redirects.wasm asks its host for anything. FOLDER (.edge) keeps
# what did not change.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-.edge}
Functions/Edge/build.sh "$folder"
# An import section has number 2 and comes before all code.
python3 - "$folder"/redirector.wasm "$folder"/redirects.wasm <<'END'
import sys

for path in sys.argv[1:]:
    data, offset = open(path, "rb").read(), 8
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
            sys.exit(f"check-embedded: {path} imports something; runtime.c is to have it")
        offset += length
END
echo "check-embedded: the modules of the edge compile for wasm32, and import nothing"
