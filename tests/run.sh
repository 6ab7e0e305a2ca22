#!/bin/sh
# Installs what is missing (Debian, Ubuntu), builds, and passes every test.
set -eu
cd "$(dirname "$0")/.."

packages="g++ clang-14 libclang-rt-14-dev llvm-14 clang-19 libclang-rt-19-dev lld-14 cmake
    ninja-build ccache pkg-config libfmt-dev libssl-dev catch2 libcli11-dev libasio-dev libbenchmark-dev
    python3 python3-aiosmtpd openssl curl swaks libnet-ssleay-perl msmtp gsasl haproxy
    libsasl2-modules dovecot-lmtpd libnss-wrapper"
# HAProxy and Dovecot come with services, which listen on no network as they are installed; the
# tests start their own. Postfix only where no other mail server would have to go for it.
[ -e /usr/sbin/sendmail ] || packages="$packages postfix"
# shellcheck disable=SC2086  # words are meant to split
sh packaging/install_missing.sh $packages
sh tests/peers/unpack_exim.sh

cmake --workflow --preset test
# The newest clang runs the sanitizers; the oldest shows what it can read, and counts what is run.
for step in clang++-19:'cmake --workflow --preset asan' llvm-profdata-14:'sh tests/coverage.sh'; do
    if command -v "${step%%:*}" >/dev/null; then
        ${step#*:}
    else
        echo "skipped: ${step#*:}, since ${step%%:*} is not installed"
    fi
done
if command -v clang++-19 >/dev/null; then
    sh tests/fuzz/run.sh
else
    echo "skipped: fuzzers, since clang++-19 is not installed"
fi
