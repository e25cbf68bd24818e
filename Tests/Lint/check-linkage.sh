#!/usr/bin/env bash
# check-linkage.sh FOLDER: fails when the redirector, or any module that it is made of, uses
# Foundation, or when the redirector links the runtimes of Swift's tasks or regular expressions. The
# first would triple its size and its start; the others, which a single ContinuousClock or
# firstRange(of:) brings, add a fifth of its size. FOLDER is .build/release.
set -euo pipefail
folder=${1:?usage: check-linkage.sh FOLDER}
status=0

# The object files of the modules, among those that the linker was given.
objects=$(tr -d "'" <"$folder/redirector.product/Objects.LinkFileList")

# A module that imports Foundation asks the linker for it in this section, used or not.
for object in $objects; do
    if readelf --string-dump=.swift1_autolink_entries "$object" 2>/dev/null | grep Foundation >/dev/null; then
        echo "check-linkage: $object asks for Foundation"
        status=1
    fi
    if nm "$object" 2>/dev/null | grep -E '\$s10Foundation|\$s20FoundationEssentials' >/dev/null; then
        echo "check-linkage: $object uses Foundation"
        status=1
    fi
done
if readelf --dynamic "$folder/redirector" | grep -E 'NEEDED.*Foundation'; then status=1; fi
if nm "$folder/redirector" | grep -E '\$s10Foundation|\$s20FoundationEssentials'; then status=1; fi

# Objects of the toolchain's archives, and the objects of ours that ask for them.
# Not grep -q: it ends before nm, whose failure would count.
if nm "$folder/redirector" | grep -E ' [tT] (swift_task_|_dispatch_|\$s17_StringProcessing)' >/dev/null
then
    echo "check-linkage: the redirector links the runtime of tasks or of regular expressions for:"
    # shellcheck disable=SC2086 # one word for each object
    nm -A --undefined-only $objects | grep -E '17_StringProcessing|(Continuous|Suspending)ClockV|swift_task_'
    status=1
fi

if [ $status = 0 ]; then
    echo "check-linkage: the redirector is free of Foundation, tasks and regular expressions"
fi
exit $status
