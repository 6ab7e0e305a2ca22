// encode_dots/KIND        content of 256 KiB through dot_encoder into a buffer, end and all
//
// of_memcpy is the speed beside a copy of the same octets: the median of rounds that take turns.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <postel/dot_encoder.hpp>
#include <span>
#include <string>
#include <string_view>

#include "support/corpus.hpp"
#include "support/physical_limits.hpp"

namespace {

// The octets that were written; 0 where there was a fault.
std::size_t encode(std::string_view raw, std::span<char> out) {
    postel::dot_encoder encoder;
    std::size_t written = 0;
    while (!raw.empty()) {
        auto const step = encoder.next(raw, out.subspan(written));
        if (!step) return 0;
        raw.remove_prefix(step->consumed);
        written += step->written;
    }
    auto const tail = encoder.finish();
    if (!tail) return 0;
    tail->copy(out.data() + written, tail->size());
    return written + tail->size();
}

void encode_dots(benchmark::State& state, bench::content_kind const& kind) {
    auto const raw = bench::content(kind.line, bench::in_cache);
    auto const expected = bench::on_the_wire(raw);
    std::string out(2 * raw.size() + 5, ' ');
    if (encode(raw, out) != expected.size() || !std::string_view{out}.starts_with(expected))
        return state.SkipWithError("the simplest of loops encodes it differently");
    for (auto _ : state) {
        benchmark::DoNotOptimize(encode(raw, out));
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(raw.size()));
    state.counters["of_memcpy"] = bench::speed_beside(
        [&] { bench::copy_all(raw, out); }, [&] { benchmark::DoNotOptimize(encode(raw, out)); });
}

[[maybe_unused]] bool const registered = [] {
    for (auto const& each : bench::content_kinds)
        benchmark::RegisterBenchmark(
            ("encode_dots/" + std::string{each.name}).c_str(),
            [&each](benchmark::State& state) { encode_dots(state, each); });
    return true;
}();

}  // namespace
