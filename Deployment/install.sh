#!/bin/sh
# Installs the functions on one machine: programs, settings, units of systemd.
#
#   install.sh BINARIES PREFIX [DESTDIR]
#
# PREFIX/lib/redirector gets the programs; PREFIX/bin has redirector and mirrors, and the others as
# redirector-NAME, since "leader" or "storage" could be anybody's. Everything lands below DESTDIR,
# as packages want it. A file of settings that is there stays as it is.
set -eu

binaries=$1
prefix=$2
root=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
lib=$prefix/lib/redirector
doc=$prefix/share/doc/redirector
# Packages install below /usr, and their units where the distribution has them.
if [ "$prefix" = /usr ]; then system=/usr/lib; else system=/etc; fi

for function in leader checker builder redirector storage status mirrors; do
    [ -x "$binaries/$function" ] || { echo "install.sh: $binaries/$function: make build" >&2; exit 1; }
    install -D -m 755 "$binaries/$function" "$root$lib/$function"
    if [ -n "${STRIP:-}" ]; then $STRIP "$root$lib/$function"; fi
done
mkdir -p "$root$prefix/bin"
ln -sf ../lib/redirector/redirector "$root$prefix/bin/redirector"
ln -sf ../lib/redirector/mirrors "$root$prefix/bin/mirrors"
for function in leader checker builder status storage; do
    ln -sf "../lib/redirector/$function" "$root$prefix/bin/redirector-$function"
done

for unit in "$here"/systemd/*.service "$here"/systemd/*.socket "$here"/systemd/*.timer; do
    target=$root$system/systemd/system/$(basename "$unit")
    mkdir -p "$(dirname "$target")"
    sed "s,@lib@,$lib,g; s,@doc@,$doc,g" "$unit" >"$target"
    chmod 644 "$target"
done
install -D -m 644 "$here/systemd/redirector.sysusers" "$root$system/sysusers.d/redirector.conf"
install -D -m 644 "$here/systemd/redirector.tmpfiles" "$root$system/tmpfiles.d/redirector.conf"
# The manual, whole: its pages lead to each other.
for page in "$here"/../docs/*.md "$here"/../docs/*.json "$here"/../docs/*.yaml "$here"/../docs/*.svg; do
    install -D -m 644 "$page" "$root$doc/$(basename "$page")"
done
for shell in bash:bash-completion/completions/mirrors zsh:zsh/site-functions/_mirrors \
    fish:fish/vendor_completions.d/mirrors.fish; do
    target=$root$prefix/share/${shell#*:}
    mkdir -p "$(dirname "$target")"
    "$binaries/mirrors" completion "${shell%%:*}" >"$target"
    chmod 644 "$target"
done
for file in redirector.rules.yml test.yml grafana-dashboard.json; do
    install -D -m 644 "$here/monitoring/$file" "$root$doc/monitoring/$file"
done
settings=$root/etc/redirector/redirector.conf
[ -e "$settings" ] || install -D -m 644 "$here/redirector.conf" "$settings"
