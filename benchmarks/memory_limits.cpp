// memory_limits/WORK/KIND     memcpy, memchr for every LF, and a bare read, over the buffers of
//                             decode_dots and encode_dots: what no protocol can go beyond

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "support/corpus.hpp"
#include "support/physical_limits.hpp"

namespace {

void copy(benchmark::State& state, std::string_view text) {
    std::string out(text.size(), ' ');
    bench::copy_all(text, out);
    if (out != text) return state.SkipWithError("the copy differs");
    for (auto _ : state) bench::copy_all(text, out);
}
void search(benchmark::State& state, std::string_view text) {
    auto const lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    if (bench::sweep(text) != lines) return state.SkipWithError("not every LF was found");
    for (auto _ : state) benchmark::DoNotOptimize(bench::sweep(text));
}
void read(benchmark::State& state, std::string_view text) {
    if (bench::read_all(text) == 0) return state.SkipWithError("nothing was read");
    for (auto _ : state) benchmark::DoNotOptimize(bench::read_all(text));
}

using work = void (*)(benchmark::State&, std::string_view);

void add(std::string const& name, work measure, bench::content_kind const& kind, std::size_t size) {
    benchmark::RegisterBenchmark(name.c_str(), [=, &kind](benchmark::State& state) {
        auto const block = bench::content(kind.line, std::min<std::size_t>(size, 1 << 20));
        std::string text;
        while (text.size() < size) text += block;
        measure(state, text);
        state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
    });
}

[[maybe_unused]] bool const registered = [] {
    struct {
        std::string name;
        work measure;
    } const works[] = {{"memcpy", copy}, {"memchr", search}, {"read", read}};
    for (auto const& [name, measure] : works) {
        auto const prefix = "memory_limits/" + name + "/";
        for (auto const& each : bench::content_kinds)
            add(prefix + std::string{each.name}, measure, each, bench::in_cache);
        add(prefix + "base64/out_of_cache", measure, bench::content_kinds[0], bench::out_of_cache);
    }
    return true;
}();

}  // namespace
