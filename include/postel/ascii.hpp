#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postel {

/// A set of octets, asked with one load. Build it from characters and ranges; sets add with `|`
/// and subtract with `-`.
class char_set {
public:
    constexpr char_set() = default;
    constexpr explicit char_set(std::string_view members) {
        for (char const c : members) add(c);
    }
    [[nodiscard]] static constexpr char_set range(unsigned first, unsigned last) {
        char_set set;
        for (unsigned c = first; c <= last; ++c) set.member_[c] = 1;
        return set;
    }

    [[nodiscard]] constexpr bool operator()(char c) const {
        return member_[static_cast<unsigned char>(c)] != 0;
    }
    [[nodiscard]] friend constexpr char_set operator|(char_set a, char_set const& b) {
        for (std::size_t i = 0; i < a.member_.size(); ++i) a.member_[i] |= b.member_[i];
        return a;
    }
    [[nodiscard]] friend constexpr char_set operator-(char_set a, char_set const& b) {
        for (std::size_t i = 0; i < a.member_.size(); ++i)
            if (b.member_[i] != 0) a.member_[i] = 0;
        return a;
    }

private:
    constexpr void add(char c) { member_[static_cast<unsigned char>(c)] = 1; }
    std::array<std::uint8_t, 256> member_{};
};

// The core rules of RFC 5234 B.1 and the sets of RFC 5321 4.1.2.
inline constexpr char_set upper = char_set::range('A', 'Z');
inline constexpr char_set lower = char_set::range('a', 'z');
inline constexpr char_set alpha = upper | lower;
inline constexpr char_set digit = char_set::range('0', '9');
inline constexpr char_set let_dig = alpha | digit;
inline constexpr char_set ldh = let_dig | char_set{"-"};  ///< letters, digits, hyphen
inline constexpr char_set hexdig = digit | char_set{"ABCDEFabcdef"};
inline constexpr char_set wsp{" \t"};
inline constexpr char_set vchar = char_set::range(33, 126);
inline constexpr char_set printable = char_set::range(32, 126);
inline constexpr char_set non_ascii = char_set::range(128, 255);
inline constexpr char_set control = char_set::range(0, 31) | char_set::range(127, 127);
inline constexpr char_set atext = let_dig | char_set{"!#$%&'*+-/=?^_`{|}~"};
inline constexpr char_set qtext = printable - char_set{"\"\\"};     ///< qtextSMTP
inline constexpr char_set text_octet = printable | char_set{"\t"};  ///< textstring, RFC 5321 4.2

[[nodiscard]] constexpr char to_upper(char c) {
    return lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}
[[nodiscard]] constexpr char to_lower(char c) {
    return upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Equality without regard to the case of ASCII letters.                     RFC 5321 2.4
[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto const differing = a[i] ^ b[i];
        if (differing != 0 && (differing != ('a' ^ 'A') || !alpha(a[i]))) return false;
    }
    return true;
}

/// The first four octets of a text as one number, letters in capitals: of two texts that hold
/// nothing but letters, digits and hyphens, it is the same where these octets are, letter case
/// apart. One load, where memory has the first octet lowest.
[[nodiscard]] constexpr std::uint32_t four_in_capitals(char const* text) {
    auto const octet = [text](std::size_t i) {
        return std::uint32_t{static_cast<unsigned char>(text[i])};
    };
    return (octet(0) | octet(1) << 8 | octet(2) << 16 | octet(3) << 24) & 0xDFDFDFDFu;
}

/// Every octet of `text` is in `set`. True for an empty text.
[[nodiscard]] constexpr bool all_of(std::string_view text, char_set const& set) {
    for (char const c : text)
        if (!set(c)) return false;
    return true;
}

/// Any octet of `text` is in `set`.
[[nodiscard]] constexpr bool any_of(std::string_view text, char_set const& set) {
    for (char const c : text)
        if (set(c)) return true;
    return false;
}

}  // namespace postel
