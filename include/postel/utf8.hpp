#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <string_view>

namespace postel {

/// Which octets an address may hold.
enum class charset : std::uint8_t {
    ascii,  ///< RFC 5321; an octet above 127 is refused with non_ascii_address
    utf8,   ///< the grown rules of RFC 6531 3.3, well-formed UTF-8 only
};

namespace detail {

/// One line of the table "Well-Formed UTF-8 Byte Sequences": the first octet decides the length and
/// the range of the second; every octet after that is 80-BF.
struct utf8_row {
    std::uint8_t first, last;  ///< range of the first octet
    std::uint8_t length;       ///< octets in all
    std::uint8_t low, high;    ///< range of the second octet
};

// UTF8-2, UTF8-3, UTF8-4                                                           RFC 3629 4
// clang-format off
inline constexpr std::array utf8_table{
    utf8_row{0xC2, 0xDF, 2, 0x80, 0xBF},  // C0 and C1 could only be overlong
    utf8_row{0xE0, 0xE0, 3, 0xA0, 0xBF},  // below A0: overlong
    utf8_row{0xE1, 0xEC, 3, 0x80, 0xBF},
    utf8_row{0xED, 0xED, 3, 0x80, 0x9F},  // above 9F: a surrogate
    utf8_row{0xEE, 0xEF, 3, 0x80, 0xBF},
    utf8_row{0xF0, 0xF0, 4, 0x90, 0xBF},  // below 90: overlong
    utf8_row{0xF1, 0xF3, 4, 0x80, 0xBF},
    utf8_row{0xF4, 0xF4, 4, 0x80, 0x8F},  // above 8F: beyond U+10FFFF
};
// clang-format on

[[nodiscard]] constexpr bool within(char c, unsigned low, unsigned high) {
    auto const octet = static_cast<unsigned char>(c);
    return low <= octet && octet <= high;
}

}  // namespace detail

/// The length of the UTF8-non-ascii sequence that `text` starts with: 2, 3 or 4 octets, or 0 where
/// it starts with none that is whole and well formed.                        RFC 3629 4
[[nodiscard]] constexpr std::size_t utf8_sequence_length(std::string_view text) {
    if (text.empty()) return 0;
    for (auto const& row : detail::utf8_table) {
        if (!detail::within(text[0], row.first, row.last)) continue;
        if (text.size() < row.length) return 0;
        if (!detail::within(text[1], row.low, row.high)) return 0;
        for (std::size_t i = 2; i < row.length; ++i)
            if (!detail::within(text[i], 0x80, 0xBF)) return 0;
        return row.length;
    }
    return 0;
}

/// Judges whether text is well-formed UTF-8: nothing overlong, no surrogate, nothing above
/// U+10FFFF. Controls are not judged.
///
/// errors   bad_utf8; `at` is the offset of the first octet of the first malformed sequence.
/// cost     One pass, no allocation.                                         RFC 3629 4
[[nodiscard]] constexpr result<void> check_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        if (!non_ascii(text[i])) {
            ++i;
            continue;
        }
        auto const length = utf8_sequence_length(text.substr(i));
        if (length == 0) return failure{error::bad_utf8, i};
        i += length;
    }
    return {};
}

// UTF8-non-ascii = UTF8-2 / UTF8-3 / UTF8-4                                        RFC 6531 3.3
//
// The C1 controls, U+0080 to U+009F, are in that rule; they are refused here with `if_control`, as
// the C0 controls are by the rules for ASCII, since terminals and logs obey them.
[[nodiscard]] constexpr result<void> parse_utf8_non_ascii(cursor& in, error if_control) {
    auto const text = in.rest();
    auto const length = utf8_sequence_length(text);
    if (length == 0) return in.fail(error::bad_utf8);
    if (text[0] == '\xC2' && detail::within(text[1], 0x80, 0x9F)) return in.fail(if_control);
    in.skip(length);
    return {};
}

}  // namespace postel
