#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/split.hpp"

// What all fuzz targets have in common. A target is one file that defines check(); libFuzzer calls
// it by entry.cpp, the ordinary tests by replay.cpp.

namespace postel::fuzz {

/// Ends the program with a message unless everything that the target promises about these octets
/// holds.
void check(std::string_view input);

/// Every cut is tried, and not only the one that the input chooses: in the ordinary tests.
inline bool every_cut = false;

/// A promise, in words that say what is true.
inline void require(bool kept, std::string_view promise) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()),
                 promise.data());
    std::abort();
}

/// The first octets of an input choose; what stands behind them is read.
class chooser {
public:
    chooser(std::string_view input, std::size_t octets)
        : choices_(input.substr(0, octets)), rest_(input.substr(choices_.size())) {}

    /// 0 to `count` - 1. The octets are used one by one, and again from the first; without any, 0.
    [[nodiscard]] unsigned below(unsigned count) {
        return choices_.empty() ? 0 : octet(at_++) % count;
    }
    [[nodiscard]] bool yes() { return below(2) == 1; }
    /// A number of 32 bits.
    [[nodiscard]] std::uint32_t bits() {
        std::uint32_t all = 0;
        for (int i = 0; i < 4; ++i) all = all << 8 | below(256);
        return all;
    }
    /// Starts again, for decisions that must not depend on how many were made before.
    void restart() { at_ = 0; }

    /// What is to be read.
    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    [[nodiscard]] unsigned octet(std::size_t i) const {
        return static_cast<unsigned char>(choices_[i % choices_.size()]);
    }

    std::string_view choices_;
    std::string_view rest_;
    std::size_t at_ = 0;
};

/// Pieces of 1 to 40 octets; with every fourth seed, single octets.
[[nodiscard]] inline test::pieces cut_by(std::string_view wire, std::uint32_t seed) {
    std::minstd_rand random{seed};
    test::pieces cut;
    while (!wire.empty()) {
        auto const piece = wire.substr(0, seed % 4 == 0 ? 1 : 1 + random() % 40);
        wire.remove_prefix(piece.size());
        cut.push_back(piece);
    }
    return cut;
}

/// Calls `check(pieces)` for the whole and for the cut that `seed` stands for, which may be into
/// single octets; in the ordinary tests for every cut.
template <class Check>
void for_cuts(std::string_view wire, std::uint32_t seed, Check&& check) {
    if (every_cut) return test::for_every_cut(wire, check);
    check(test::pieces{wire});
    check(cut_by(wire, seed));
}

/// `answer(pieces)` gives the same however the octets are cut. Returns what it gives.
template <class Answer>
auto same_for_cuts(std::string_view wire, std::uint32_t seed, Answer&& answer) {
    auto const whole = answer(test::pieces{wire});
    for_cuts(wire, seed, [&](test::pieces const& cut) {
        if (cut.size() == 1) return;
        require(answer(cut) == whole, "the answer is the same however the octets are cut");
    });
    return whole;
}

/// A piece in memory of exactly its size, so that a sanitizer sees every step beyond it.
class exactly {
public:
    explicit exactly(std::string_view octets) : octets_(octets.begin(), octets.end()) {
        octets_.shrink_to_fit();
    }
    [[nodiscard]] std::string_view view() const { return {octets_.data(), octets_.size()}; }

private:
    std::vector<char> octets_;
};

/// The parts of a text between separators; one part where there is none.
[[nodiscard]] inline std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        auto const end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == text.npos) return parts;
        text.remove_prefix(end + 1);
    }
}

}  // namespace postel::fuzz
