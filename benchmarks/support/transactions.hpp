#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>

#include "allocations.hpp"
#include "sessions.hpp"

namespace bench {

/// One transaction after the other through a session of one role. Checked before and after; the
/// allocations of each are a counter.
template <class Work>
void transactions(benchmark::State& state) {
    Work work;
    work.transaction();
    if (!work.correct(1)) return state.SkipWithError("the message did not come through");
    auto const before = heap.allocations;
    std::size_t count = 0;
    for (auto _ : state) {
        work.transaction();
        ++count;
    }
    auto const allocated = heap.allocations - before;
    if (!work.correct(count + 1)) return state.SkipWithError("a message did not come through");
    state.SetItemsProcessed(state.iterations());
    state.counters["allocations"] =
        benchmark::Counter(static_cast<double>(allocated), benchmark::Counter::kAvgIterations);
}

}  // namespace bench
