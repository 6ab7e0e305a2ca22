#!/bin/sh
# Passes the unit tests with clang 14, which counts what they run of include/, and prints one line.
# What they leave out is listed in build/coverage/uncovered.txt, with the reason where one is known.
set -eu
cd "$(dirname "$0")/.."

mkdir -p build/coverage
rm -f build/coverage/*.profraw  # where the test preset clang14 lets them be written
cmake --workflow --preset clang14
llvm-profdata-14 merge -sparse build/coverage/*.profraw -o build/coverage/tests.profdata
python3 tests/uncovered.py build/clang14/tests/postel_tests \
    build/coverage/tests.profdata build/coverage/uncovered.txt
