#!/bin/sh
# Makes the roots of the container images: everything that an image holds beside the watchdog.
#
#   stage.sh BINARIES STAGE FUNCTION…
#
# STAGE/FUNCTION gets the program without its symbols, the programs that it calls, the shared
# libraries of all of them, the certificates of the authorities that libcurl verifies with, and a
# user. The same inputs give the same bytes, names, modes and times: those of SOURCE_DATE_EPOCH.
set -eu

binaries=$1
stage=$2
shift 2
epoch=${SOURCE_DATE_EPOCH:-0}
authorities=/etc/ssl/certs/ca-certificates.crt

# The programs of a function, its own first.
programs() {
    case $1 in
    leader | checker) echo "$binaries/$1 $(command -v rsync)" ;;
    # It calls storage for what is in buckets.
    redirector) echo "$binaries/redirector $binaries/storage" ;;
    *) echo "$binaries/$1" ;;
    esac
}

# The files of the shared libraries of a program; none of a static one. Fails where one is missing
# here, since the function would not start.
libraries() {
    list=$(ldd "$1" 2>/dev/null) || list=
    missing=$(echo "$list" | sed -n 's/^[[:space:]]*\(.*\) => not found.*/\1/p')
    if [ -n "$missing" ]; then
        echo "stage.sh: $1 needs what this machine lacks: $(echo $missing)" >&2
        return 1
    fi
    echo "$list" | sed -nE 's,^.* => (/[^ ]+) .*,\1,p; s,^[[:space:]]*(/[^ ]+) .*,\1,p'
}

command -v rsync >/dev/null || { echo "stage.sh: rsync is not installed" >&2; exit 1; }
[ -r $authorities ] || { echo "stage.sh: ca-certificates is not installed" >&2; exit 1; }

for function in "$@"; do
    root=$stage/$function
    rm -rf "$root"
    mkdir -p "$root/usr/local/bin" "$root/etc/ssl/certs" "$root/tmp" \
        "$root/var/lib/redirector" "$root/var/openfaas/secrets"
    for program in $(programs "$function"); do
        target=$root/usr/local/bin/$(basename "$program")
        strip -o "$target" "$program"
        # Not in the loop's own line, where a failure would go unseen.
        needed=$(libraries "$program")
        for library in $needed; do
            mkdir -p "$root$(dirname "$library")"
            cp -L "$library" "$root$library"
        done
    done
    cp -L $authorities "$root$authorities"
    echo "nonroot:x:12000:12000:nonroot:/tmp:/sbin/nologin" >"$root/etc/passwd"
    echo "nonroot:x:12000:" >"$root/etc/group"
    find "$root" -type d -exec chmod 755 {} +
    find "$root" -type f -exec chmod 644 {} +
    chmod 755 "$root"/usr/local/bin/*
    find "$root" -type f -name '*.so*' -exec chmod 755 {} +
    chmod 1777 "$root/tmp"
    find "$root" -depth -exec touch --no-dereference --date="@$epoch" {} +
    echo "$function $(du -sk --apparent-size "$root" | cut -f1) KiB"
done
