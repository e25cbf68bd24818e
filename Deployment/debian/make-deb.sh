#!/bin/sh
# Makes the Debian package out of the release binaries, with dpkg-deb alone.
#
#   make-deb.sh BINARIES OUTPUT VERSION
#
# The libraries that it depends on are those that the programs ask for, by dpkg-shlibdeps' way: the
# packages that own them. COMPRESSION is xz's level (6). The same inputs give the same bytes: those
# of SOURCE_DATE_EPOCH.
set -eu

binaries=$1
output=$2
version=$3
here=$(cd "$(dirname "$0")" && pwd)
source_root=$(cd "$here/../.." && pwd)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0}
export SOURCE_DATE_EPOCH
architecture=$(dpkg --print-architecture)
root=$output/redirector_${version}_$architecture
rm -rf "$root"
umask 022

STRIP="strip --strip-unneeded" "$here/../install.sh" "$binaries" /usr "$root"

# What the programs are linked against belongs to these packages.
depends=$(for program in "$root"/usr/lib/redirector/*; do
    readelf --dynamic "$program" 2>/dev/null | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'
done | sort -u | while read -r library; do
    path=$(ldconfig -p | awk -v name="$library" '$1 == name { print $NF; exit }')
    real=$(readlink -f "${path:?no $library on this machine}")
    owner=$(dpkg --search "$path" "$real" "/usr$real" "${real#/usr}" 2>/dev/null |
        sed -n 's/:.*//p' | head -n 1)
    echo "${owner:?$library belongs to no package}"
done | sort -u)
libc=$(dpkg-query --show --showformat '${Version}' libc6)

mkdir -p "$root/DEBIAN" "$root/usr/share/doc/redirector" "$root/usr/share/lintian/overrides" \
    "$root/usr/share/man/man8"
for function in redirector redirector-leader redirector-checker redirector-builder redirector-storage \
    redirector-status mirrors; do
    name=${function#redirector-}
    {
        echo ".TH $(echo "$function" | tr a-z A-Z) 8"
        echo ".SH NAME"
        case $name in
        redirector) echo "redirector \\- send every download to a mirror that has the file" ;;
        leader) echo "redirector-leader \\- publish the tree that mirrors carry, and their list" ;;
        checker) echo "redirector-checker \\- compare mirrors with the catalog" ;;
        builder) echo "redirector-builder \\- make the maps that redirector answers from" ;;
        status) echo "redirector-status \\- make the pages about the mirrors" ;;
        mirrors) echo "mirrors \\- what operators ask about the mirrors of a redirector" ;;
        storage) echo "redirector-storage \\- show, check, copy and clean the state" ;;
        esac
        echo ".SH DESCRIPTION"
        echo ".nf"
        "$binaries/$name" --help | sed 's/\\/\\\\/g; s/-/\\-/g; s/^\([.'"'"']\)/\\\&\1/'
        echo ".fi"
    } | gzip --best --no-name >"$root/usr/share/man/man8/$function.8.gz"
done
gzip --best --no-name --stdout "$source_root/CHANGELOG.md" \
    >"$root/usr/share/doc/redirector/NEWS.gz"
gzip --best --no-name >"$root/usr/share/doc/redirector/changelog.gz" <<CHANGES
redirector ($version) unstable; urgency=medium

  * What is new stands in NEWS.gz.

 -- Redirector maintainers <maintainers@redirector.invalid>  $(date -R -u -d "@$SOURCE_DATE_EPOCH")
CHANGES
{
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo
    echo "Files: *"
    echo "Copyright: 2026 the Redirector authors"
    echo "License: MIT"
    sed '1,/^Copyright/d; /^$/s/^$/./; s/^/ /' "$source_root/LICENSE" | sed '1{/^ \.$/d}'
    echo
    echo "Files: usr/lib/redirector/*"
    echo "Copyright: 2014-2026 Apple Inc. and the Swift project authors"
    echo "License: Apache-2.0"
    echo "Comment: the Swift runtime is linked in, with the Runtime Library Exception of its licence;"
    echo " see /usr/share/common-licenses/Apache-2.0."
} >"$root/usr/share/doc/redirector/copyright"
cat >"$root/usr/share/lintian/overrides/redirector" <<'OVERRIDES'
# The Swift runtime has no shared library in Debian; it starts in less than 4 ms this way.
redirector: statically-linked-binary [usr/lib/redirector/redirector]
# What ICU, which the XML reader brings, was built with.
redirector: embedded-library *
OVERRIDES
cat >"$root/DEBIAN/control" <<CONTROL
Package: redirector
Version: $version
Architecture: $architecture
Maintainer: Redirector maintainers <maintainers@redirector.invalid>
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f1)
Depends: $(for package in $depends; do
    if [ "$package" = libc6 ]; then echo "libc6 (>= ${libc%%-*})"; else echo "$package"; fi
done | paste -sd, | sed 's/,/, /g'), ca-certificates, rsync
Recommends: systemd
Section: net
Priority: optional
Description: send downloads to near mirrors that really have the file
 Redirector asks volunteer mirrors which files of a tree they have, makes one
 compact map for each region of the world, and answers each request with a
 redirect to a near mirror that has the file. What no mirror has leads to a
 fallback host.
 .
 This package runs all of it on one machine, by timers and a socket of systemd.
CONTROL
echo /etc/redirector/redirector.conf >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
    if command -v systemd-sysusers >/dev/null; then
        systemd-sysusers redirector.conf
        systemd-tmpfiles --create redirector.conf || true
    elif ! getent passwd redirector >/dev/null; then
        useradd --system --home-dir /var/lib/redirector --shell /usr/sbin/nologin redirector
    fi
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        # A new version answers from the next request on; the socket stays open meanwhile.
        deb-systemd-invoke try-restart redirector.service
    fi
fi
POSTINST
cat >"$root/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop redirector.socket redirector.service redirector-leader.timer \
        redirector-probe.timer redirector-checker.timer redirector-builder.timer redirector-status.timer \
        redirector-housekeeping.timer
fi
PRERM
cat >"$root/DEBIAN/postrm" <<'POSTRM'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
if [ "$1" = purge ]; then
    # What was learnt stays in /var/lib/redirector, and so do keys.
    rm -rf /var/cache/redirector
    rmdir --ignore-fail-on-non-empty /etc/redirector/secrets /etc/redirector 2>/dev/null || true
fi
POSTRM
chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm" "$root/DEBIAN/postrm"
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) \
    >"$root/DEBIAN/md5sums"
find "$root" -depth -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb "-z${COMPRESSION:-6}" --root-owner-group --build "$root" "$output" >/dev/null
rm -rf "$root"
echo "$output/redirector_${version}_$architecture.deb"
