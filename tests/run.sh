#!/bin/sh
# Installs what is missing (Debian, Ubuntu), builds, and passes every test.
set -eu
cd "$(dirname "$0")/.."

packages="g++ clang-14 libclang-rt-14-dev llvm-14 clang-19 libclang-rt-19-dev lld-14 cmake
    ninja-build ccache pkg-config libfmt-dev libssl-dev catch2 libcli11-dev libasio-dev libbenchmark-dev
    valgrind python3 python3-aiosmtpd openssl curl swaks libnet-ssleay-perl msmtp gsasl haproxy
    libsasl2-modules dovecot-lmtpd libnss-wrapper"
# HAProxy and Dovecot come with services, which listen on no network as they are installed; the
# tests start their own. Postfix only where no other mail server would have to go for it.
[ -e /usr/sbin/sendmail ] || packages="$packages postfix"
# shellcheck disable=SC2086  # words are meant to split
sh packaging/install_missing.sh $packages
sh tests/peers/unpack_exim.sh

# Runs a step and keeps what it says, of which the last page is made.
report=build/report
rm -rf "$report"
mkdir -p "$report"
step() {
    name=$1
    shift
    if ! command -v "$1" >/dev/null; then
        echo "skipped: $name, since $1 is not installed"
        return
    fi
    shift
    { "$@" 2>&1 || : >"$report/failed"; } | tee "$report/$name.log"
    [ ! -e "$report/failed" ]
}

step test cmake cmake --workflow --preset test
# The newest clang runs the sanitizers; the oldest shows what it can read, and counts what is run.
step asan clang++-19 cmake --workflow --preset asan
step coverage llvm-profdata-14 sh tests/coverage.sh
step fuzz clang++-19 sh tests/fuzz/run.sh
step mutants clang++-14 python3 tests/mutation/mutate.py --jobs 2

sh tests/report.sh build/dev/Testing/Temporary/LastTest.log "$report"/*.log
