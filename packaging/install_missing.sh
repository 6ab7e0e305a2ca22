#!/bin/sh
# install_missing.sh PACKAGE...
# Installs those of the named Debian packages that are not there. Needs root or sudo only if one is.
set -eu

if ! command -v apt-get >/dev/null; then
    echo "no apt here: install by hand what these Debian packages bring, if the build misses it: $*" >&2
    exit 0
fi

missing=
for package in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status} ' "$package" 2>/dev/null) in
        installed*) ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=; else as_root=sudo; fi
$as_root apt-get update -q || echo "apt-get update failed; going on with the lists at hand" >&2

known=
for package in $missing; do
    if apt-cache show "$package" >/dev/null 2>&1; then
        known="$known $package"
    else
        echo "this system has no package $package; going on without it" >&2
    fi
done
case $known in *" postfix"*)  # an unconfigured one: no mail server starts on this machine
    echo "postfix postfix/main_mailer_type select No configuration" | $as_root debconf-set-selections ;;
esac
echo "installing:$known"
# --no-remove: nothing of the user's has to go for this.
# shellcheck disable=SC2086  # words are meant to split
[ -z "$known" ] || $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -yq --no-install-recommends --no-remove $known
