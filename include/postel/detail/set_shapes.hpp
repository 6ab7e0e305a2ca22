#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/ascii.hpp>

/// The forms in which vector instructions ask for a set of octets, worked out from the set itself
/// while the program is compiled.
namespace postel::detail {

/// Octets from `first` to `last`.
struct octet_range {
    std::uint8_t first = 0;
    std::uint8_t last = 0;
};

[[nodiscard]] constexpr bool starts_range(char_set const& set, unsigned octet) {
    return set(static_cast<char>(octet)) && (octet == 0 || !set(static_cast<char>(octet - 1)));
}
[[nodiscard]] constexpr std::size_t count_ranges(char_set const& set) {
    std::size_t count = 0;
    for (unsigned octet = 0; octet < 256; ++octet) count += starts_range(set, octet) ? 1u : 0u;
    return count;
}
template <char_set const& Set>
[[nodiscard]] constexpr auto ranges_of() {
    std::array<octet_range, count_ranges(Set)> ranges{};
    std::size_t started = 0;
    for (unsigned octet = 0; octet < 256; ++octet) {
        if (starts_range(Set, octet)) ranges[started++].first = static_cast<std::uint8_t>(octet);
        if (Set(static_cast<char>(octet)))
            ranges[started - 1].last = static_cast<std::uint8_t>(octet);
    }
    return ranges;
}

/// The set as a few ranges.
template <char_set const& Set>
inline constexpr auto set_ranges = ranges_of<Set>();

/// Its ASCII part as a table: entry n has bit h set where the octet 16 h + n is in the set.
template <char_set const& Set>
inline constexpr auto set_nibbles = [] {
    std::array<std::uint8_t, 16> table{};
    for (unsigned octet = 0; octet < 128; ++octet)
        if (Set(static_cast<char>(octet)))
            table[octet % 16] = static_cast<std::uint8_t>(table[octet % 16] | 1u << octet / 16);
    return table;
}();
/// Bit h, to be asked with the upper four bits of an octet; none above ASCII.
inline constexpr std::array<std::uint8_t, 16> nibble_bits{1, 2, 4, 8, 16, 32, 64, 128};

/// What is not in the set, for sets that hold all octets above 127.
template <char_set const& Set>
inline constexpr char_set others = char_set::range(0, 255) - Set;

}  // namespace postel::detail
