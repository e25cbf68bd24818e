#!/usr/bin/env bash
# check-linkage.sh FOLDER: fails when the redirector, or any module that it is made of, uses
# Foundation. Foundation would triple its size and its start; FOLDER is .build/release.
set -euo pipefail
folder=${1:?usage: check-linkage.sh FOLDER}
status=0

# The object files of the modules, among those that the linker was given.
objects=$(tr -d "'" <"$folder/redirector.product/Objects.LinkFileList")

# A module that imports Foundation asks the linker for it in this section, used or not.
for object in $objects; do
    if readelf --string-dump=.swift1_autolink_entries "$object" 2>/dev/null | grep -q Foundation; then
        echo "check-linkage: $object asks for Foundation"
        status=1
    fi
    if nm "$object" 2>/dev/null | grep -qE '\$s10Foundation|\$s20FoundationEssentials'; then
        echo "check-linkage: $object uses Foundation"
        status=1
    fi
done
if readelf --dynamic "$folder/redirector" | grep -E 'NEEDED.*Foundation'; then status=1; fi
if nm "$folder/redirector" | grep -m 1 -E '\$s10Foundation|\$s20FoundationEssentials'; then status=1; fi

if [ $status = 0 ]; then echo "check-linkage: the redirector is free of Foundation"; fi
exit $status
