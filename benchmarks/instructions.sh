#!/bin/sh
# Counts the instructions and allocations of the main paths with callgrind. Counts repeat, whatever
# else the machine does; they hide branch misses and cache misses.
#
#   benchmarks/instructions.sh [COMPILER FLAG...]     for example: -O3 -march=x86-64-v3
#
# CXX names the compiler. WORKS, if set, names the kinds of work to count. The profiles stay in
# build/instructions/ for callgrind_annotate.
set -eu
cd "$(dirname "$0")/.."

[ $# -ne 0 ] || set -- -O2
dir=build/instructions
mkdir -p "$dir"
# Debug information names the functions; fmt is compiled in, so that its cost is ours.
"${CXX:-g++}" -std=c++20 -g "$@" -DFMT_HEADER_ONLY -Iinclude -Ibenchmarks benchmarks/instructions.cpp \
    -o "$dir/instructions"

printf '%s %s\n' "$("${CXX:-g++}" --version | head -n 1)" "$*"
printf '%-32s %14s %14s\n' work 'instructions' 'allocations'
for work in ${WORKS:-$("$dir/instructions")}; do
    profile="$dir/callgrind.$(echo "$work" | tr / .)"
    counts=$(valgrind --tool=callgrind --callgrind-out-file="$profile" --collect-atstart=no \
        --toggle-collect='*measured<*' -q "$dir/instructions" "$work" 2>"$dir/errors") ||
        { echo "$work: its result is wrong" >&2; cat "$dir/errors" >&2; exit 1; }
    total=$(sed -n 's/^\(summary\|totals\): *//p' "$profile" | head -n 1)
    echo "$work $total $counts" |
        awk '{ printf "%-32s %14.2f %14.4f\n", $1, $2 / $3, $4 / $3 }'
done
