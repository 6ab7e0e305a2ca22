#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <span>
#include <string>
#include <string_view>

namespace postel {

namespace detail {

inline constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr std::uint8_t not_base64 = 64;

[[nodiscard]] consteval std::array<std::uint8_t, 256> make_base64_values() {
    std::array<std::uint8_t, 256> values{};
    for (auto& value : values) value = not_base64;
    for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
        values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}
inline constexpr auto base64_values = make_base64_values();

/// Four characters, or the end of a text, as far as they belong to the alphabet.
struct base64_group {
    std::uint32_t bits = 0;  ///< of the characters read, then zeros: 24 in all
    std::size_t length = 0;  ///< characters read, 0 to 4

    constexpr explicit base64_group(std::string_view text) {
        for (; length < text.size() && length < 4; ++length) {
            auto const value = base64_values[static_cast<unsigned char>(text[length])];
            if (value == not_base64) break;
            bits |= std::uint32_t{value} << (18 - 6 * length);
        }
    }

    /// Octets that the characters stand for: 3, 2, 1, or none where they are too few.
    [[nodiscard]] constexpr std::size_t octets() const { return length < 2 ? 0 : length - 1; }
    [[nodiscard]] constexpr char octet(std::size_t i) const {
        return static_cast<char>(bits >> (16 - 8 * i) & 0xFF);
    }
    /// The last character has bits that belong to no octet, and one of them is set.
    [[nodiscard]] constexpr bool spare_bits_set() const {
        return (bits & (0xFFFFFFu >> (8 * octets()))) != 0;
    }
};

// The "==" or "=" of base64-terminal, with which the text ends.                RFC 4648 4
[[nodiscard]] constexpr result<void> parse_base64_padding(cursor& in, base64_group const& group) {
    auto const end = in.at();
    if (group.octets() == 0) return in.fail(error::bad_base64);
    for (auto i = group.length; i < 4; ++i)
        if (!in.take('=')) return in.fail(error::bad_base64);
    if (!in.done()) return in.fail(error::bad_base64);
    if (group.spare_bits_set()) return in.fail_at(error::bad_base64, end - 1);
    return {};
}

}  // namespace detail

/// How many characters `octets` octets become, padding included.
[[nodiscard]] constexpr std::size_t base64_encoded_size(std::size_t octets) {
    return octets / 3 * 4 + (octets % 3 == 0 ? 0 : 4);
}

/// How many octets `characters` characters can become at the most.
[[nodiscard]] constexpr std::size_t base64_decoded_bound(std::size_t characters) {
    return characters / 4 * 3;
}

/// Writes octets as base64, with padding and without line ends.              RFC 4648 4
template <class Out>
constexpr void encode_base64(Out& out, std::string_view octets) {
    for (; !octets.empty(); octets.remove_prefix(octets.size() < 3 ? octets.size() : 3)) {
        auto const count = octets.size() < 3 ? octets.size() : 3;
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < count; ++i)
            bits |= std::uint32_t{static_cast<unsigned char>(octets[i])} << (16 - 8 * i);
        std::array<char, 4> group{'=', '=', '=', '='};
        for (std::size_t i = 0; i <= count; ++i)
            group[i] = detail::base64_alphabet[bits >> (18 - 6 * i) & 63];
        out.append(std::string_view{group.data(), group.size()});
    }
}

/// Reads base64, strictly: a multiple of four characters, nothing outside the alphabet, padding at
/// the end only, and zeros in the bits that padding discards, so that every text has one spelling.
///
/// out      Room for the octets; base64_decoded_bound(text.size()) is always enough.
/// returns  The octets written.
/// errors   bad_base64; `at` is the first character that does not fit, the end where one is
///          missing, or the first group of four for which `out` has no room.
/// cost     One pass, no allocation.                          RFC 4648 4, 3.5, RFC 4954 4
// base64          = base64-terminal / ( 1*( 4base64-char ) [ base64-terminal ] )
// base64-terminal = ( 2base64-char "==" ) / ( 3base64-char "=" )
[[nodiscard]] constexpr result<std::size_t> decode_base64(std::string_view text,
                                                          std::span<char> out) {
    cursor in{text};
    std::size_t written = 0;
    while (!in.done()) {
        auto const from = in.at();
        detail::base64_group const group{in.rest()};
        in.skip(group.length);
        if (group.length < 4)
            if (auto const end = detail::parse_base64_padding(in, group); !end) return end.fault();
        if (out.size() - written < group.octets()) return in.fail_at(error::bad_base64, from);
        for (std::size_t i = 0; i < group.octets(); ++i) out[written++] = group.octet(i);
    }
    return written;
}

/// The same into a string of its own.
[[nodiscard]] inline result<std::string> decode_base64(std::string_view text) {
    std::string octets(base64_decoded_bound(text.size()), '\0');
    auto const written = decode_base64(text, std::span{octets});
    if (!written) return written.fault();
    octets.resize(*written);
    return octets;
}

}  // namespace postel
