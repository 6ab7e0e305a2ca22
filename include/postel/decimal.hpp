#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <postel/ascii.hpp>
#include <string_view>

namespace postel {

/// The value of `1*DIGIT`; leading zeros count for nothing. Nothing comes back for an empty text,
/// for any other octet, and for a value above 2^64 - 1.
///
/// cost     One pass, no allocation.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_decimal(std::string_view digits) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    if (digits.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (char const c : digits) {
        if (!digit(c)) return std::nullopt;
        auto const units = static_cast<std::uint64_t>(c - '0');
        if (value > most / 10 || value * 10 > most - units) return std::nullopt;
        value = value * 10 + units;
    }
    return value;
}

/// Writes a number without leading zeros.
template <class Out>
constexpr void write_decimal(Out& out, std::uint64_t value) {
    std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
    auto first = digits.size();
    do {
        digits[--first] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    out.append(std::string_view{digits.data() + first, digits.size() - first});
}

}  // namespace postel
