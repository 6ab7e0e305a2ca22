// decode_dots/KIND                what dot_decoder costs on content of 256 KiB, as views
// decode_dots/base64/out_of_cache 256 MiB
// decode_dots/KIND/line_limit     the same as KIND, with lines held to 1000 octets
// decode_dots/KIND/in_place       by in_place_decoder, a copy of the wire into its buffer included
//
// of_memcpy, of_memchr and of_read are speeds beside a copy, a search for every LF and a bare read
// of the same octets: medians of rounds that take turns with the decoder.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/dot_decoder.hpp>
#include <postel/in_place_decoder.hpp>
#include <string>
#include <string_view>

#include "support/corpus.hpp"
#include "support/physical_limits.hpp"

namespace {

// The octets of the message; nothing where the decoder found a fault or no end. `whole`, if given,
// is what they must be.
std::optional<std::size_t> decode(std::string_view wire, std::uint16_t text_line = 0,
                                  std::string_view const* whole = nullptr) {
    postel::dot_decoder decoder{postel::line_ending_policy::reject, postel::nul_policy::reject,
                                text_line};
    std::size_t octets = 0;
    while (!wire.empty()) {
        auto const step = decoder.next(wire);
        if (!step) return std::nullopt;
        if (whole != nullptr && whole->substr(octets, step->text.size()) != step->text)
            return std::nullopt;
        octets += step->text.size();
        wire.remove_prefix(step->consumed);
        if (step->done) return wire.empty() ? std::optional{octets} : std::nullopt;
    }
    return std::nullopt;
}

void decode_dots(benchmark::State& state, bench::content_kind const& kind, std::size_t size,
                 std::uint16_t text_line = 0) {
    auto const block = bench::content(kind.line, std::min<std::size_t>(size, 1 << 20));
    std::string raw;
    while (raw.size() < size) raw += block;
    auto const wire = bench::on_the_wire(raw);
    std::string_view const expected = raw;
    if (decode(wire, text_line, &expected) != raw.size())
        return state.SkipWithError("what was decoded is not what was encoded");
    for (auto _ : state) benchmark::DoNotOptimize(decode(wire, text_line));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));

    auto const decoding = [&] { benchmark::DoNotOptimize(decode(wire, text_line)); };
    std::string copy(wire.size(), ' ');
    state.counters["of_memcpy"] =
        bench::speed_beside([&] { bench::copy_all(wire, copy); }, decoding);
    state.counters["of_memchr"] =
        bench::speed_beside([&] { benchmark::DoNotOptimize(bench::sweep(wire)); }, decoding);
    state.counters["of_read"] =
        bench::speed_beside([&] { benchmark::DoNotOptimize(bench::read_all(wire)); }, decoding);
}

void decode_in_place(benchmark::State& state, bench::content_kind const& kind) {
    auto const raw = bench::content(kind.line, bench::in_cache);
    auto const wire = bench::on_the_wire(raw);
    std::string buffer(wire.size(), ' ');
    auto const decoded = [&] {
        bench::copy_all(wire, buffer);
        postel::in_place_decoder message{buffer};
        return message.received(wire.size()) && message.done() ? message.text().size() : 0;
    };
    if (decoded() != raw.size() || !buffer.starts_with(raw))
        return state.SkipWithError("what was decoded is not what was encoded");
    for (auto _ : state) benchmark::DoNotOptimize(decoded());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
    std::string copy(wire.size(), ' ');
    state.counters["of_memcpy"] = bench::speed_beside([&] { bench::copy_all(wire, copy); },
                                                      [&] { benchmark::DoNotOptimize(decoded()); });
}

[[maybe_unused]] bool const registered = [] {
    for (auto const& each : bench::content_kinds) {
        auto const name = "decode_dots/" + std::string{each.name};
        benchmark::RegisterBenchmark(name.c_str(), [&each](benchmark::State& state) {
            decode_dots(state, each, bench::in_cache);
        });
        benchmark::RegisterBenchmark(
            (name + "/line_limit").c_str(),
            [&each](benchmark::State& state) { decode_dots(state, each, bench::in_cache, 1000); });
        benchmark::RegisterBenchmark(
            (name + "/in_place").c_str(),
            [&each](benchmark::State& state) { decode_in_place(state, each); });
    }
    benchmark::RegisterBenchmark("decode_dots/base64/out_of_cache", [](benchmark::State& state) {
        decode_dots(state, bench::content_kinds[0], bench::out_of_cache);
    });
    return true;
}();

}  // namespace
