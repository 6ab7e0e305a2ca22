#!/bin/sh
# Builds the fuzzers and runs them all, one behind the other, on one core.
#
#     tests/fuzz/run.sh            a short run that is the same each time, about 90 seconds
#     tests/fuzz/run.sh SECONDS    so long for each target; what it learns is kept in build/
#
# Needs clang 19 with libFuzzer (Debian: clang-19, libclang-rt-19-dev). A file crash-* in the build
# folder is an input that broke a promise: docs/testing.md says what to do with it.
set -eu
cd "$(dirname "$0")/../.."

seconds=${1:-}
build=${POSTEL_FUZZ_BUILD:-build/fuzz}
cmake --preset fuzz -B "$build" >/dev/null
cmake --build "$build" -- ${POSTEL_FUZZ_JOBS:+-j"$POSTEL_FUZZ_JOBS"} >/dev/null
sources=$PWD/tests/fuzz
cd "$build/tests/fuzz"

# So that each target of the short run takes some four seconds: sessions are the slowest.
runs_of() {
    case $1 in
        bdat | capabilities | client_session | server_session) echo 6000 ;;
        base64 | dot_* | *_reader | reply_writer | received_counter) echo 40000 ;;
        date_time | utf8) echo 600000 ;;
        *) echo 150000 ;;
    esac
}

targets=0
executions=0
crashes=0
for target in fuzz_*; do
    [ -x "$target" ] && [ "$target" != fuzz_inputs ] || continue
    name=${target#fuzz_}
    # What a run learns: thrown away, or kept for the next.
    learnt=learnt/$name
    [ -n "$seconds" ] || rm -rf "$learnt"
    mkdir -p "$learnt" "inputs/seeds/$name" "found/$name"
    limit=${seconds:+-max_total_time=$seconds}
    known=
    [ ! -d "$sources/crashes/$name" ] || known=$sources/crashes/$name
    # shellcheck disable=SC2086  # nothing, or one word
    if "./$target" ${limit:--runs=$(runs_of "$name") -seed=1} -dict=inputs/smtp.dict \
        -max_len=2000 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=1 \
        -artifact_prefix="$PWD/found/$name/" "$learnt" "inputs/seeds/$name" $known \
        >"$name.log" 2>&1; then
        fate=
    else
        crashes=$((crashes + 1))
        fate="broken: $(sed -n 's/^broken promise: //p; s/.*\(ERROR: .*\)/\1/p; /runtime error/p' \
            "$name.log" | head -n 1), see $build/tests/fuzz/$name.log"
    fi
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$name.log")
    executions=$((executions + ${count:-0}))
    targets=$((targets + 1))
    [ -z "$seconds$fate" ] || printf '%-18s %9s executions %7s a second  %s  %s\n' "$name" \
        "${count:-0}" "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$name.log")" \
        "$(grep -o 'cov: [0-9]* ft: [0-9]*' "$name.log" | tail -n 1)" "$fate"
done
echo "fuzz: $targets targets, $executions executions, $crashes crashes"
[ "$crashes" = 0 ]
