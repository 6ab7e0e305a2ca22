#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace postel {

/// The value of `1*DIGIT`; leading zeros count for nothing. Nothing comes back for an empty text,
/// for any other octet, and for a value above 2^64 - 1.
///
/// cost     One pass, no allocation.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_decimal(std::string_view digits) {
    if (digits.empty()) return std::nullopt;
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    constexpr std::size_t most = std::numeric_limits<std::uint64_t>::digits10 + 1;
    if (digits.size() > most) return std::nullopt;
    std::uint64_t value = 0;
    for (char const c : digits) {
        auto const units = static_cast<std::uint64_t>(static_cast<unsigned char>(c)) - '0';
        if (units > 9) return std::nullopt;
        value = value * 10 + units;
    }
    // Only 20 digits can be too much. Those that begin with 1 are then 2^64 less: below 10^19.
    if (digits.size() == most && (digits.front() != '1' || value < 10'000'000'000'000'000'000u))
        return std::nullopt;
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
