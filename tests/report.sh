#!/bin/sh
# One line for each kind of proof, from what the steps of a test run have said.
#
#     tests/report.sh LOG...
set -eu
echo
awk '
    # Each unit test is a process of its own and tells what it cut.
    /^cuts: / { streams += $2; runs += $(NF - 1); next }
    /^(requirements|exchanges|small worlds|limits|instructions|coverage|fuzz|mutants): / { line[$1] = $0 }
    END {
        if (runs) printf "cuts: %d streams, each at every octet, %d runs\n", streams, runs
        for (kind in line) print line[kind]
    }' "$@" | sort
