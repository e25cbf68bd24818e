#!/bin/sh
# Makes the zips of AWS Lambda of the roots that stage.sh made, and the edge's of its module and
# hosts.
#
#   pack.sh STAGE EDGE ZIPS
#
# ZIPS/FUNCTION.zip has the programs, their libraries and the dynamic linker in lib/, so that
# nothing depends on what Amazon Linux has: its glibc is older than most builds'. ZIPS/edge.zip has
# the module, the handler and config.json, of the variables below. The same inputs give the same
# bytes.
set -eu

stage=$1
edge=$2
zips=$3
here=$(dirname "$0")
epoch=${SOURCE_DATE_EPOCH:-315532800}
mkdir -p "$zips"

zip_of() {
    # Names in order, times of the commit, no owners.
    python3 "$here/zip.py" "$epoch" "$1" "$2"
    echo "$(basename "$2") $(($(stat -c %s "$2") / 1024)) KiB"
}

for root in "$stage"/*/; do
    function=$(basename "$root")
    folder=$zips/$function
    rm -rf "$folder"
    mkdir -p "$folder/bin" "$folder/lib"
    cp "$root"usr/local/bin/* "$folder/bin/"
    find "$root" -name '*.so*' -exec cp {} "$folder/lib/" \;
    cp "$root"etc/ssl/certs/ca-certificates.crt "$folder/"
    loader=$(cd "$folder/lib" && ls ld-linux-*.so.* 2>/dev/null || true)
    # A static program, which Lambda starts without a shell before it; it calls what lies beside it
    # for the blobs of buckets. The others look for theirs in PATH.
    programs=$folder/bin
    [ "$function" != redirector ] || programs=$folder
    # What is called by name: a script in its place finds its libraries, too.
    for program in rsync storage; do
        [ "$program" != "$function" ] && [ -e "$folder/bin/$program" ] || continue
        mv "$folder/bin/$program" "$folder/lib/$program"
        # shellcheck disable=SC2016
        {
            echo '#!/bin/sh'
            [ "$programs" = "$folder" ] && echo 'root=$(dirname "$0")' || echo 'root=$(dirname "$0")/..'
            echo 'export CA_FILE="${CA_FILE:-$root/ca-certificates.crt}"'
            echo "exec \"\$root/lib/$loader\" --library-path \"\$root/lib\" \"\$root/lib/$program\" \"\$@\""
        } >"$programs/$program"
        chmod 755 "$programs/$program"
    done
    if [ "$function" = redirector ]; then
        mv "$folder/bin/redirector" "$folder/bootstrap"
        rm -r "${folder:?}/bin"
    else
        # What its events are for.
        arguments=
        [ "$function" != storage ] || arguments=' clean --days 2'
        # shellcheck disable=SC2016
        {
            echo '#!/bin/sh'
            echo '# Lambda starts this; the program asks for events by itself.'
            echo 'root=${LAMBDA_TASK_ROOT:-$(dirname "$0")}'
            echo 'export PATH="$root/bin:$PATH" CA_FILE="${CA_FILE:-$root/ca-certificates.crt}"'
            echo 'export CHECK_CA_FILE="${CHECK_CA_FILE:-$root/ca-certificates.crt}"'
            echo "exec \"\$root/lib/$loader\" --library-path \"\$root/lib\" \"\$root/bin/$function\"$arguments"
        } >"$folder/bootstrap"
        chmod 755 "$folder"/bin/*
    fi
    chmod 755 "$folder/bootstrap" "$folder"/lib/*
    zip_of "$folder" "$zips/$function.zip"
done

folder=$zips/edge
rm -rf "$folder"
mkdir -p "$folder"
cp "$edge/redirector.wasm" "$here"/../../Functions/Edge/host/*.mjs "$folder/"
rm -f "$folder/fetch.mjs"
FALLBACK_URL=${FALLBACK_URL:-} python3 - >"$folder/config.json" <<'END'
import json
import os
import sys

names = ["FALLBACK_URL", "REGION", "DEFAULT_REGION", "REDIRECT_STATUS", "REDIRECT_MAX_AGE", "MAX_LINKS", "FARTHEST_KM",
         "STATUS_URL", "HEALTH_MAX_AGE_SECONDS", "MAP_REFRESH_SECONDS", "STATE_URL"]
config = {name: os.environ[name] for name in names if os.environ.get(name)}
def refuse(name, expected):
    sys.exit(f"pack.sh: {name}: expected {expected}, found {config[name]!r}")


for name in ["FALLBACK_URL", "STATE_URL"]:
    if name in config and not config[name].startswith(("https://", "http://")):
        refuse(name, "a URL, https://…/")
if not config.get("MAP_REFRESH_SECONDS", "1").isdigit():
    refuse("MAP_REFRESH_SECONDS", "a number of seconds")
if "STATE_URL" in config and not config["STATE_URL"].endswith("/"):
    config["STATE_URL"] += "/"
config.setdefault("REGION", "auto")
config.setdefault("DEFAULT_REGION", "europe")
if "FALLBACK_URL" not in config:
    sys.stderr.write("pack.sh: FALLBACK_URL is not set: the edge's zip sends nobody anywhere yet\n")
json.dump(config, sys.stdout, indent=2, sort_keys=True)
END
zip_of "$folder" "$zips/edge.zip"
