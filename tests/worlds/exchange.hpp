#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "worlds/plan.hpp"
#include "worlds/two_ends.hpp"

namespace postel::test::worlds {

/// What became of letters.
struct tally {
    std::uint64_t letters = 0;    ///< that were submitted
    std::uint64_t delivered = 0;  ///< to anybody
    std::uint64_t refused = 0;
    std::uint64_t lost = 0;  ///< with the session, before or after the server had all of it
    std::string broken{};    ///< a promise, in words

    tally& operator+=(tally const& more) {
        letters += more.letters;
        delivered += more.delivered;
        refused += more.refused;
        lost += more.lost;
        return *this;
    }
};

inline constexpr std::size_t plan_size = 20;  ///< letters, at most

[[nodiscard]] inline tally count_letters(client_end const& client) {
    tally all;
    for (auto const& one : client.letters) {
        if (!one.submitted) continue;
        ++all.letters;
        bool delivered = false;
        for (auto const& fate : one.fate) delivered = delivered || fate == outcome::accepted;
        ++(delivered ? all.delivered : client.failure ? all.lost : all.refused);
    }
    return all;
}

/// Runs the session that this seed draws.
[[nodiscard]] inline tally exchange_letters(std::uint64_t seed, std::size_t most_letters,
                                            std::string* log = nullptr) {
    auto const how = planner{seed}.draw(most_letters);
    two_ends both{how, ~seed, log};
    auto const broken = both.run();
    auto all = count_letters(both.client());
    all.broken = broken;
    return all;
}

}  // namespace postel::test::worlds
