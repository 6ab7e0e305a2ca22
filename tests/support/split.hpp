#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <vector>

namespace postel::test {

/// One way in which the transport could have cut a stream of octets.
using pieces = std::vector<std::string_view>;

/// How often for_every_cut was asked, and how often it fed something; told at the end of the
/// program if POSTEL_COUNT_CUTS is set.
struct cut_counter {
    std::size_t streams = 0;
    std::size_t cuts = 0;

    ~cut_counter() {
        if (std::getenv("POSTEL_COUNT_CUTS") != nullptr)
            std::printf("cuts: %zu streams, each at every octet, %zu runs\n", streams, cuts);
    }
};
inline cut_counter counted_cuts;

/// Calls `check(pieces)` for the whole, for every single octet by itself, for every place where the
/// stream can be cut in two (empty pieces included), and for `random_cuts` seeded random cuttings.
/// Every suite that feeds octets uses this; the answer must be the same each time.
template <class Check>
void for_every_cut(std::string_view wire, Check&& check, int random_cuts = 8) {
    ++counted_cuts.streams;
    counted_cuts.cuts += wire.size() + 3 + static_cast<std::size_t>(random_cuts);
    check(pieces{wire});
    pieces octets;
    for (std::size_t i = 0; i < wire.size(); ++i) octets.push_back(wire.substr(i, 1));
    check(octets);
    for (std::size_t i = 0; i <= wire.size(); ++i) check(pieces{wire.substr(0, i), wire.substr(i)});
    std::minstd_rand random{42};
    for (int round = 0; round < random_cuts; ++round) {
        pieces cut;
        for (auto rest = wire; !rest.empty();) {
            auto const length = 1 + random() % (rest.size() < 17 ? rest.size() : std::size_t{17});
            cut.push_back(rest.substr(0, length));
            rest.remove_prefix(length);
        }
        check(cut);
    }
}

}  // namespace postel::test
