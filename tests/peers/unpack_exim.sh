#!/bin/sh
# Puts the program of Debian's Exim, and no more of it, into build/peers, and installs what that is
# linked with. The package itself would have Postfix go, since a machine has one mail server.
set -eu
cd "$(dirname "$0")/../.."

folder=build/peers
if [ -x $folder/exim4 ] || command -v exim4 >/dev/null || ! command -v apt-get >/dev/null; then
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! (cd "$work" && apt-get download -q -o APT::Sandbox::User=root exim4-daemon-light); then
    echo "no Exim to download; going on without it" >&2
    exit 0
fi
libraries=$(dpkg-deb -f "$work"/*.deb Depends | tr ',' '\n' | grep -o '^ *lib[^ ]*')
# shellcheck disable=SC2086  # words are meant to split
sh packaging/install_missing.sh $libraries

mkdir -p $folder
dpkg-deb --fsys-tarfile "$work"/*.deb | tar -xO ./usr/sbin/exim4 >"$work/exim4"
chmod 755 "$work/exim4" # the package has it set-user-ID root
mv "$work/exim4" $folder/exim4
