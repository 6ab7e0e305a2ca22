// client_transaction      one message of 4 KiB through a client session in memory: MAIL with SIZE
//                         and BODY, RCPT and DATA in one group, then the content
//
// An item is a transaction. The server's octets are a constant. `allocations` is for each.

#include <benchmark/benchmark.h>

#include <cstddef>

#include "support/allocations.hpp"
#include "support/sessions.hpp"

namespace {

void client_transaction(benchmark::State& state) {
    bench::client_work work;
    work.transaction();
    if (!work.correct(1)) return state.SkipWithError("the message did not come through");
    auto const before = bench::heap.allocations;
    std::size_t count = 0;
    for (auto _ : state) {
        work.transaction();
        ++count;
    }
    auto const allocated = bench::heap.allocations - before;
    if (!work.correct(count + 1)) return state.SkipWithError("a message did not come through");
    state.SetItemsProcessed(state.iterations());
    state.counters["allocations"] =
        benchmark::Counter(static_cast<double>(allocated), benchmark::Counter::kAvgIterations);
}
BENCHMARK(client_transaction);

}  // namespace
