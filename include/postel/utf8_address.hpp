#pragma once

#include <array>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <string_view>

namespace postel {

// The address type "utf-8" of ORCPT and of delivery reports: an address of RFC 6531 that can pass a
// server without SMTPUTF8.                                                  RFC 6533 3

namespace detail {

inline constexpr char_set qchar = vchar - char_set{"+=\\"};  // RFC 6533 3

// The ASCII that may be escaped: controls 01 to 09, 10 to 19, and what is no QCHAR.
[[nodiscard]] constexpr bool hexpoint_ascii(std::uint32_t point) {
    switch (point) {
        case 0x10:
        case 0x20:
        case 0x2B:
        case 0x3D:
        case 0x5C:
        case 0x7F: return true;
        default: return point / 16 <= 1 && point % 16 >= 1 && point % 16 <= 9;
    }
}

// HEXPOINT: two digits for ASCII and up to FF, no leading zeros beyond, no surrogates, up to
// 10FFFF.                                                                   RFC 6533 3
[[nodiscard]] constexpr result<std::uint32_t> parse_hexpoint(cursor& in) {
    auto const from = in.at();
    auto const digits = in.take_while(hexdig);
    std::uint32_t point = 0;
    for (char const c : digits.substr(0, 6)) {
        auto const value = digit(c) ? c - '0' : to_upper(c) - 'A' + 10;
        point = point * 16 + static_cast<std::uint32_t>(value);
    }
    auto const surrogate = point >= 0xD800 && point <= 0xDFFF;
    auto const padded = digits.size() > 2 && digits.front() == '0';
    auto const fits = digits.size() >= 2 && digits.size() <= 6 && !padded && !surrogate &&
                      point <= 0x10FFFF && (point >= 0x80 || hexpoint_ascii(point));
    if (!fits) return in.fail_at(error::bad_xtext, from);
    return point;
}

// EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}"                            RFC 6533 3
[[nodiscard]] constexpr result<std::uint32_t> parse_embedded(cursor& in) {
    for (char const c : std::string_view{"\\x{"})
        if (!in.take(c)) return in.fail(error::bad_xtext);
    auto const point = parse_hexpoint(in);
    if (!point) return point;
    if (!in.take('}')) return in.fail(error::bad_xtext);
    return point;
}

template <class Out>
constexpr void write_utf8(Out& out, std::uint32_t point) {
    auto const tail = [&](unsigned shift) {
        return static_cast<char>(0x80u | (point >> shift & 0x3Fu));
    };
    auto const head = [&](unsigned mark, unsigned shift) {
        return static_cast<char>(mark | point >> shift);
    };
    auto const put = [&](auto const&... octets) {
        std::array<char, sizeof...(octets)> const sequence{octets...};
        out.append(std::string_view{sequence.data(), sequence.size()});
    };
    if (point < 0x80) return put(head(0, 0));
    if (point < 0x800) return put(head(0xC0, 6), tail(0));
    if (point < 0x10000) return put(head(0xE0, 12), tail(6), tail(0));
    put(head(0xF0, 18), tail(12), tail(6), tail(0));
}

template <class Out>
constexpr void write_embedded(Out& out, std::uint32_t point) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    out.append(std::string_view{"\\x{"});
    unsigned shift = 4;  // two digits at least
    while (shift < 20 && point >> (shift + 4) != 0) shift += 4;
    for (;; shift -= 4) {
        out.append(digits.substr(point >> shift & 15u, 1));
        if (shift == 0) break;
    }
    out.append(std::string_view{"}"});
}

// The code point of a sequence that is known to be well formed.
[[nodiscard]] constexpr std::uint32_t code_point(std::string_view sequence) {
    auto const first = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return first;
    std::uint32_t point = first & (0xFFu >> (sequence.size() + 1));
    for (char const c : sequence.substr(1))
        point = point << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
    return point;
}

}  // namespace detail

/// Judges whether text is an address of type "utf-8" as ORCPT carries it.
///
/// allowed  charset::ascii: the 7-bit form alone; charset::utf8: well-formed UTF-8 as well.
/// errors   bad_xtext, bad_utf8; `at` is the octet that does not fit.
/// cost     One pass, no allocation.                                         RFC 6533 3
// utf-8-addr-xtext   = 1*( QCHAR / EmbeddedUnicodeChar )
// utf-8-addr-unitext = 1*( QCHAR / UTF8-non-ascii / EmbeddedUnicodeChar )
[[nodiscard]] constexpr result<void> check_utf8_address(std::string_view text, charset allowed) {
    cursor in{text};
    if (in.done()) return in.fail(error::bad_xtext);
    while (!in.done()) {
        if (!in.take_run<detail::qchar>().empty()) continue;
        if (in.peek() == '\\') {
            if (auto const point = detail::parse_embedded(in); !point) return point.fault();
        } else if (allowed == charset::utf8 && in.looking_at(non_ascii)) {
            auto const octet = parse_utf8_non_ascii(in, error::bad_xtext);
            if (!octet) return octet;
        } else {
            return in.fail(error::bad_xtext);
        }
    }
    return {};
}

/// Writes an address in the form of type "utf-8".
///
/// address  UTF-8, without controls. An octet that belongs to no sequence goes out as U+FFFD.
/// allowed  charset::ascii: everything beyond ASCII is escaped; charset::utf8: it stays.
template <class Out>
constexpr void encode_utf8_address(Out& out, std::string_view address, charset allowed) {
    while (!address.empty()) {
        auto const ascii = !non_ascii(address.front());
        auto const length = ascii ? 1 : utf8_sequence_length(address);
        auto const sequence = address.substr(0, length == 0 ? 1 : length);
        if (length == 0)
            detail::write_embedded(out, 0xFFFD);
        else if (detail::qchar(address.front()) || (!ascii && allowed == charset::utf8))
            out.append(sequence);
        else
            detail::write_embedded(out, detail::code_point(sequence));
        address.remove_prefix(sequence.size());
    }
}

/// Writes the address that a text of type "utf-8" stands for, in UTF-8. What is no escape stands
/// for itself; judge the text with check_utf8_address first.
template <class Out>
constexpr void decode_utf8_address(Out& out, std::string_view text) {
    for (cursor in{text}; !in.done();) {
        auto const ahead = in.rest();
        cursor escape{ahead};
        if (auto const point = detail::parse_embedded(escape); point) {
            detail::write_utf8(out, *point);
            in.skip(escape.at());
        } else {
            out.append(ahead.substr(0, 1));
            in.skip(1);
        }
    }
}

}  // namespace postel
