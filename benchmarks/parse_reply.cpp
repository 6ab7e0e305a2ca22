// parse_reply             the mixed corpus: find the end of each reply, read code and status
// parse_reply/KIND        one kind of reply at a time
// parse_reply/capabilities  EHLO replies, and everything that they say
//
// An item is a reply. Look at ok and bad first.

#include <benchmark/benchmark.h>

#include <string>

#include "support/corpus.hpp"
#include "support/parsing.hpp"

namespace {

template <class Read>
void parse(benchmark::State& state, bench::corpus const& replies, Read read) {
    auto const count = read(replies.wire);
    if (!count.all_good(replies.items)) return state.SkipWithError("a reply was refused");
    for (auto _ : state) benchmark::DoNotOptimize(read(replies.wire));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(replies.items));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(replies.wire.size()));
    state.counters["ok"] = static_cast<double>(count.ok);
    state.counters["bad"] = static_cast<double>(count.bad);
}

[[maybe_unused]] bool const registered = [] {
    benchmark::RegisterBenchmark("parse_reply", [](benchmark::State& state) {
        parse(state, bench::mixed(bench::reply_kinds), bench::read_replies);
    });
    for (auto const& each : bench::reply_kinds)
        benchmark::RegisterBenchmark(("parse_reply/" + std::string{each.name}).c_str(),
                                     [&each](benchmark::State& state) {
                                         parse(state, bench::only(each), bench::read_replies);
                                     });
    benchmark::RegisterBenchmark("parse_reply/capabilities", [](benchmark::State& state) {
        parse(state, bench::only(bench::reply_kinds.back()), bench::read_hello_replies);
    });
    return true;
}();

}  // namespace
