#pragma once

#include <array>
#include <cstddef>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <span>
#include <string>
#include <string_view>

namespace postel {

namespace detail {

inline constexpr char_set xchar = vchar - char_set{"+="};                    // RFC 3461 4
inline constexpr char_set upper_hexdig = digit | char_set::range('A', 'F');  // not "a" to "f"

[[nodiscard]] constexpr unsigned upper_hex_value(char c) {
    return static_cast<unsigned>(digit(c) ? c - '0' : c - 'A' + 10);
}

// xchar / hexchar                                                              RFC 3461 4
// hexchar = "+" 2( DIGIT / %x41-46 )
[[nodiscard]] constexpr result<char> parse_xtext_octet(cursor& in) {
    if (in.take('+')) {
        unsigned value = 0;
        for (int i = 0; i < 2; ++i) {
            if (!in.looking_at(upper_hexdig)) return in.fail(error::bad_xtext);
            value = value * 16 + upper_hex_value(in.peek());
            in.skip(1);
        }
        return static_cast<char>(value);
    }
    if (!in.looking_at(xchar)) return in.fail(error::bad_xtext);
    char const c = in.peek();
    in.skip(1);
    return c;
}

}  // namespace detail

/// Judges whether text is xtext. What it stands for is not judged: any octet can be written so.
///
/// errors   bad_xtext; `at` is the first octet that does not fit, the end where one is missing.
/// cost     One pass, no allocation.                                         RFC 3461 4
// xtext = *( xchar / hexchar )
[[nodiscard]] constexpr result<void> check_xtext(std::string_view text) {
    cursor in{text};
    for (in.take_run<detail::xchar>(); !in.done(); in.take_run<detail::xchar>())
        if (auto const octet = detail::parse_xtext_octet(in); !octet) return octet.fault();
    return {};
}

/// Judges whether text is xtext that stands for printable ASCII only, spaces included, as RFC 3461
/// demands of ENVID and ORCPT.
///
/// errors   bad_xtext; `at` is the octet that does not fit, or the first of those that stand for
///          something else.                                                  RFC 3461 4.2, 4.4
[[nodiscard]] constexpr result<void> check_printable_xtext(std::string_view text) {
    cursor in{text};
    for (in.take_run<detail::xchar>(); !in.done(); in.take_run<detail::xchar>()) {
        auto const from = in.at();
        auto const octet = detail::parse_xtext_octet(in);
        if (!octet) return octet.fault();
        if (!printable(*octet)) return in.fail_at(error::bad_xtext, from);
    }
    return {};
}

/// Writes octets as xtext.                                                   RFC 3461 4
template <class Out>
constexpr void encode_xtext(Out& out, std::string_view octets) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (char const c : octets) {
        auto const value = static_cast<unsigned char>(c);
        std::array<char, 3> const hexchar{'+', digits[value >> 4], digits[value & 15]};
        if (detail::xchar(c))
            out.append(std::string_view{&c, 1});
        else
            out.append(std::string_view{hexchar.data(), hexchar.size()});
    }
}

/// Reads xtext; every octet can come out, NUL and controls too.
///
/// out      Room for the octets; text.size() is always enough.
/// returns  The octets written.
/// errors   bad_xtext; `at` as check_xtext says, or the first octet for which `out` has no room.
/// cost     One pass, no allocation.                                         RFC 3461 4
[[nodiscard]] constexpr result<std::size_t> decode_xtext(std::string_view text,
                                                         std::span<char> out) {
    std::size_t written = 0;
    for (cursor in{text}; !in.done();) {
        auto const from = in.at();
        auto const octet = detail::parse_xtext_octet(in);
        if (!octet) return octet.fault();
        if (written == out.size()) return in.fail_at(error::bad_xtext, from);
        out[written++] = *octet;
    }
    return written;
}

/// The same into a string of its own.
[[nodiscard]] inline result<std::string> decode_xtext(std::string_view text) {
    std::string octets(text.size(), '\0');
    auto const written = decode_xtext(text, std::span{octets});
    if (!written) return written.fault();
    octets.resize(*written);
    return octets;
}

}  // namespace postel
