// parse_command           the mixed corpus: find each line, read verb, path and parameters
// parse_command/KIND      one kind of command at a time
//
// An item is a command. Look at ok and bad first.

#include <benchmark/benchmark.h>

#include <string>

#include "support/corpus.hpp"
#include "support/parsing.hpp"

namespace {

void parse(benchmark::State& state, bench::corpus const& commands) {
    auto const count = bench::read_commands(commands.wire);
    if (!count.all_good(commands.items)) return state.SkipWithError("a command was refused");
    for (auto _ : state) benchmark::DoNotOptimize(bench::read_commands(commands.wire));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(commands.items));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(commands.wire.size()));
    state.counters["ok"] = static_cast<double>(count.ok);
    state.counters["bad"] = static_cast<double>(count.bad);
}

[[maybe_unused]] bool const registered = [] {
    benchmark::RegisterBenchmark("parse_command", [](benchmark::State& state) {
        parse(state, bench::mixed(bench::command_kinds));
    });
    for (auto const& each : bench::command_kinds)
        benchmark::RegisterBenchmark(
            ("parse_command/" + std::string{each.name}).c_str(),
            [&each](benchmark::State& state) { parse(state, bench::only(each)); });
    return true;
}();

}  // namespace
