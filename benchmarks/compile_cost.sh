#!/bin/sh
# What a user pays to compile: seconds for a file that includes one header, in turns with the others,
# so that what else the machine does meets all; the median of the rounds. Then the code of a server.
#
#   benchmarks/compile_cost.sh [ROUNDS]
#
# CXX names the compiler. `beyond` is beside fmt/format.h; code is .text and .rodata of a stripped
# program with one server session, less those of an empty one; fmt is compiled in where it is used.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-9}
cxx=${CXX:-g++}
dir=build/compile_cost
rm -rf "$dir" && mkdir -p "$dir"

headers='fmt/format.h postel/server.hpp postel/client.hpp postel/command.hpp postel/reply_view.hpp'
seconds_for() {  # HEADER: user and system seconds of the compiler
    printf '#include <%s>\n' "$1" >"$dir/one.cpp"
    # The shell's own times say what its children used: 0m1.23s 0m0.12s
    sh -c "$cxx -std=c++20 -O0 -Iinclude -c $dir/one.cpp -o $dir/one.o; times" | tail -n 1
}
for round in $(seq "$rounds"); do
    for header in $headers; do
        echo "$header $(seconds_for "$header")" >>"$dir/times"
    done
done
printf '%s -O0\n%-24s %8s %8s\n' "$($cxx --version | head -n 1)" header seconds beyond
for header in $headers; do
    median=$(grep "^$header " "$dir/times" | cut -d ' ' -f 2- | tr 'ms' '  ' |
        awk '{ print $1 * 60 + $2 + $3 * 60 + $4 }' | sort -n |
        awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }')
    [ "$header" != fmt/format.h ] || base=$median
    echo "$header $median $base" | awk '{ printf "%-24s %8.2f %8.2f\n", $1, $2, $2 - $3 }'
done

cat >"$dir/server.cpp" <<'END'
#include <cstdio>
#include <postel/server.hpp>
int main() {
    postel::server_options const options{};
    postel::server_session session{options};
    char buffer[4096];
    while (!session.finished()) {
        while (auto const event = session.next())
            if (session.waiting()) session.accept();
        auto const out = session.output();
        std::fwrite(out.data(), 1, out.size(), stdout);
        session.sent(out.size());
        auto const n = std::fread(buffer, 1, sizeof buffer, stdin);
        n == 0 ? session.closed_by_peer() : session.receive({buffer, n});
    }
}
END
printf 'int main() {}\n' >"$dir/empty.cpp"
code_of() {
    size -A "$dir/$1" | awk '$1 == ".text" || $1 == ".rodata" { sum += $2 } END { print sum }'
}
for flags in -O2 -Os; do
    for program in server empty; do
        $cxx -std=c++20 "$flags" -DNDEBUG -DFMT_HEADER_ONLY -Iinclude "$dir/$program.cpp" -s -o "$dir/$program"
    done
    echo "code of a server session, $flags: $(($(code_of server) - $(code_of empty))) octets"
done
