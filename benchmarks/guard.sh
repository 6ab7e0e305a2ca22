#!/bin/sh
# Counts again what benchmarks/instructions.txt says, and fails where a path takes a tenth more
# instructions than there, or allocates more. The file is what instructions.sh prints: who makes a
# path dearer on purpose, or cheaper, prints it anew and says so in the commit.
#
#   benchmarks/guard.sh         77: no valgrind, or another compiler than the one of the file
set -eu
cd "$(dirname "$0")/.."

committed=benchmarks/instructions.txt
command -v valgrind >/dev/null || { echo "guard: skipped, no valgrind"; exit 77; }
# Its name aside: c++ and g++ are one.
compiler=$("${CXX:-g++}" --version | sed -n '1s/^[^ ]* //p')
case $(head -n 1 "$committed") in
    *" $compiler "*) ;;
    *) echo "guard: skipped, $committed is of another compiler than $compiler"; exit 77 ;;
esac
WORKS=$(awk 'NR > 2 && $1 !~ /^parse_command\// { print $1 }' "$committed")
export WORKS
mkdir -p build/instructions
benchmarks/instructions.sh >build/instructions/now.txt
awk '
    FNR <= 2 { next }
    FILENAME == ARGV[1] { instructions[$1] = $2; allocations[$1] = $3; next }
    {
        ratio = $2 / instructions[$1]
        if (ratio > 1.1 || $3 > allocations[$1]) {
            printf "guard: %s: %s instructions, %s allocations; committed: %s, %s\n",
                $1, $2, $3, instructions[$1], allocations[$1]
            bad++
        }
        if (ratio > worst) { worst = ratio; which = $1 }
        paths++
    }
    END {
        printf "instructions: %d paths, %d grew; the most by %+.1f %% (%s)\n",
            paths, bad, 100 * (worst - 1), which
        exit bad != 0
    }' "$committed" build/instructions/now.txt
