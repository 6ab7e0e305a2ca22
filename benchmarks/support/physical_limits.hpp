#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

// What the machine can do with the same octets when there is no protocol at all.

namespace bench {

/// Copies everything.
inline void copy_all(std::string_view in, std::string& out) {
    std::memcpy(out.data(), in.data(), in.size());
    asm volatile("" : : "r"(out.data()) : "memory");
}

/// Finds every LF by memchr, and counts them.
[[nodiscard]] inline std::size_t sweep(std::string_view in) {
    std::size_t lines = 0;
    for (;;) {
        void const* const lf = std::memchr(in.data(), '\n', in.size());
        if (lf == nullptr) return lines;
        ++lines;
        in.remove_prefix(static_cast<std::size_t>(static_cast<char const*>(lf) - in.data()) + 1);
        if (in.empty()) return lines;
    }
}

/// Reads every octet, and does next to nothing with it.
[[nodiscard]] inline std::uint64_t read_all(std::string_view in) {
    std::uint64_t sum[8] = {};
    for (std::size_t at = 0; at + sizeof sum <= in.size(); at += sizeof sum) {
        std::uint64_t eight[8];
        std::memcpy(eight, in.data() + at, sizeof eight);
        for (std::size_t i = 0; i != 8; ++i) sum[i] |= eight[i];
    }
    std::uint64_t all = 0;
    for (auto const each : sum) all |= each;
    return all;
}

template <class Work>
[[nodiscard]] double seconds(Work const& work, std::size_t times) {
    auto const from = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i != times; ++i) work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

/// How fast `work` is, as a part of how fast `limit` is: the median of rounds in which they take
/// turns, so that what else the machine does meets both.
template <class Work, class Limit>
[[nodiscard]] double speed_beside(Limit const& limit, Work const& work) {
    double const once = seconds(work, 1) + 1e-9;
    auto const times = static_cast<std::size_t>(std::clamp(1e-3 / once, 1.0, 1000.0));
    std::vector<double> ratios;
    for (int round = 0; round != 15; ++round) {
        auto const of_limit = seconds(limit, times);
        ratios.push_back(of_limit / seconds(work, times));
    }
    std::nth_element(ratios.begin(), ratios.begin() + 7, ratios.end());
    return ratios[7];
}

}  // namespace bench
