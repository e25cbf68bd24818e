#!/bin/sh
# The parts of a release that are no images.
#
#   release.sh check-tag TAG VERSION       fails unless TAG is vVERSION, and CHANGELOG.md has that section and
#                                          nothing that is unreleased
#   release.sh notes VERSION               prints what CHANGELOG.md says of VERSION
#   release.sh tarball BINARIES OUTPUT VERSION
#                                          the programs with their installer, for machines of this kind
#   release.sh checksums OUTPUT            OUTPUT/SHA256SUMS of everything else there
#   release.sh watchdog FILE               OpenFaaS's classic watchdog, checked against its own sum
#   release.sh publish OUTPUT TAG VERSION  a GitHub release with all of OUTPUT, by gh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
watchdog_version=0.3.9

fail() {
    echo "release.sh: $*" >&2
    exit 1
}

architecture() {
    case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
    esac
}

notes() {
    awk -v heading="## $1" '
        $0 == heading || index($0, heading ",") == 1 || index($0, heading " ") == 1 { found = 1; next }
        found && /^## / { exit }
        found { print }' "$root/CHANGELOG.md" | sed '/./,$!d'
}

command=${1:-}
[ $# -gt 0 ] && shift
case $command in
check-tag)
    [ "$1" = "v$2" ] || fail "the tag is \"$1\", and Function.version says that it is v$2"
    [ -n "$(notes "$2")" ] || fail "CHANGELOG.md has no section \"## $2\""
    [ -z "$(notes Unreleased)" ] || fail "CHANGELOG.md has text below \"## Unreleased\": move it to \"## $2\""
    ;;
notes)
    text=$(notes "$1")
    [ -n "$text" ] || fail "CHANGELOG.md has no section \"## $1\""
    echo "$text"
    ;;
tarball)
    name=redirector-$3-linux-$(architecture)
    work=$2/$name
    rm -rf "$work"
    mkdir -p "$work/bin" "$work/docs"
    for function in leader checker builder redirector storage status mirrors; do
        strip --strip-unneeded -o "$work/bin/$function" "$1/$function"
    done
    cp -R "$root/Deployment" "$work/"
    cp "$root"/docs/*.md "$root"/docs/*.json "$root"/docs/*.yaml "$root"/docs/*.svg "$work/docs/"
    cp "$root/README.md" "$root/CHANGELOG.md" "$root/LICENSE" "$root/template.yaml" "$work/"
    find "$work" -exec chmod go=u-w {} +
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}" \
        -C "$2" -cf - "$name" | gzip --best --no-name >"$2/$name.tar.gz"
    rm -rf "$work"
    echo "$2/$name.tar.gz"
    ;;
checksums)
    cd "$1"
    rm -f SHA256SUMS
    sums=$(find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum)
    echo "$sums" | tee SHA256SUMS
    ;;
watchdog)
    mkdir -p "$(dirname "$1")"
    name=fwatchdog-$(architecture)
    [ "$name" = fwatchdog-amd64 ] || [ "$name" = fwatchdog-arm64 ] || fail "there is no $name"
    place=https://github.com/openfaas/classic-watchdog/releases/download/$watchdog_version
    curl -fsSLo "$1" "$place/$name"
    expected=$(curl -fsSL "$place/$name.sha256" | cut -d ' ' -f 1)
    actual=$(sha256sum "$1" | cut -d ' ' -f 1)
    [ "$expected" = "$actual" ] || fail "$name has the sum $actual, expected $expected"
    chmod 755 "$1"
    ;;
publish)
    notes "$3" >"$1/../.release-notes"
    (cd "$1" && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs gh release create "$2" \
        --title "Redirector $3" --notes-file ../.release-notes --verify-tag)
    ;;
*)
    sed -n '3,12s/^# \{0,3\}//p' "$0" >&2
    exit 2
    ;;
esac
