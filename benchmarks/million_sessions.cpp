// million_sessions        a million server sessions alive at once, greeted and in the middle of a
//                         transaction each: every step of it is taken by all, in random order
// million_sessions/thousand   the same with a thousand
//
// An item is a command; the content counts as one. octets_per_session is what the process grew by
// with all sessions idle behind EHLO (resident memory, page by page); heap_blocks counts what they
// own beside themselves, idle and at most. of_hot is the time beside one session that does all the
// work by itself, in the same run; of_memory the time beside a walk through the same octets in the
// same order that does nothing but wait for memory.

#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "support/allocations.hpp"
#include "support/sessions.hpp"

#if defined(__linux__)
#include <unistd.h>
#endif

namespace {

std::size_t resident_octets() {
    std::size_t pages = 0;
#if defined(__linux__)
    if (auto* const file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%*s %zu", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
#else
    return pages;
#endif
}

constexpr std::string_view steps[] = {
    "MAIL FROM:<alice.foxtrot@mail.example.com> SIZE=64 BODY=8BITMIME\r\n",
    "RCPT TO:<bob.november@example.org>\r\n",
    "DATA\r\n",
    "Subject: x\r\n\r\nA short message, for it is the session that counts.\r\n.\r\n",
};

// Octets in, yes to everything, octets out: what a server does with its receive buffer.
// Returns 1 at the end of a message.
std::size_t hear(postel::server_session& session, std::string_view octets) {
    std::size_t messages = 0;
    if (!octets.empty()) session.receive(octets);
    while (auto const event = session.next()) {
        messages += std::holds_alternative<postel::message_end>(*event);
        if (session.waiting()) session.accept();
    }
    session.sent(session.output().size());
    return messages;
}

std::vector<std::size_t> random_order(std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    bench::dice random{1982};
    for (auto i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    return order;
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// What memory alone takes: one octet is counted up in each session's place, and where the next one
// lies is not known before. Seconds for all steps.
double wait_for_memory(std::vector<std::size_t> const& order) {
    struct place {
        std::array<unsigned char, sizeof(postel::server_session)> octets;
    };
    std::vector<place> places(order.size(), place{});
    unsigned char zero = 0;
    benchmark::DoNotOptimize(zero);
    std::size_t waited_for = 0;
    auto const from = now();
    for (std::size_t step = 0; step != std::size(steps); ++step)
        for (auto const i : order) {
            auto& octet = places[i + waited_for].octets[0];
            waited_for = octet & zero;
            ++octet;
        }
    benchmark::DoNotOptimize(waited_for);
    return now() - from;
}

void sessions(benchmark::State& state, std::size_t count) {
    postel::server_options const options{};
    auto const order = random_order(count);
    auto const memory_before = resident_octets();
    auto const blocks_before = bench::heap.blocks;
    std::vector<postel::server_session> all;
    all.reserve(count);
    for (std::size_t i = 0; i != count; ++i) {
        all.emplace_back(options);
        hear(all.back(), {});
        hear(all.back(), bench::hello_command);
    }
    auto const memory = resident_octets() - memory_before;
    auto const idle_blocks = bench::heap.blocks - blocks_before - 1;  // the vector's own

    std::size_t messages = 0;
    std::size_t most_blocks = 0;
    std::size_t rounds = 0;
    double cold = 0;
    for (auto _ : state) {
        auto const from = now();
        for (auto const step : steps) {
            for (auto const i : order) messages += hear(all[i], step);
            most_blocks = std::max(most_blocks, bench::heap.blocks - blocks_before - 1);
        }
        cold += now() - from;
        ++rounds;
    }
    if (messages != count * rounds) return state.SkipWithError("a message was lost");

    auto const from = now();
    std::size_t hot_messages = 0;
    for (std::size_t i = 0; i != count; ++i)
        for (auto const step : steps) hot_messages += hear(all[0], step);
    auto const hot = now() - from;
    if (hot_messages != count) return state.SkipWithError("a message was lost");

    auto const memory_alone = wait_for_memory(order);

    state.SetItemsProcessed(static_cast<std::int64_t>(rounds * count * std::size(steps)));
    state.counters["sizeof"] = sizeof(postel::server_session);
    state.counters["octets_per_session"] = static_cast<double>(memory) / static_cast<double>(count);
    state.counters["heap_blocks_idle"] = static_cast<double>(idle_blocks);
    state.counters["heap_blocks_most"] = static_cast<double>(most_blocks);
    state.counters["of_hot"] = cold / static_cast<double>(rounds) / hot;
    state.counters["of_memory"] = cold / static_cast<double>(rounds) / memory_alone;
}

BENCHMARK_CAPTURE(sessions, million, 1'000'000)
    ->Name("million_sessions")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sessions, thousand, 1'000)->Name("million_sessions/thousand");

}  // namespace
