#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/limits.hpp>
#include <postel/result.hpp>
#include <string_view>

namespace postel {

using ipv4_address = std::array<std::uint8_t, 4>;   ///< in network order
using ipv6_address = std::array<std::uint8_t, 16>;  ///< in network order

/// A host named by its address and not by a domain, for example [192.0.2.1] or [IPv6:2001:db8::1].
///                                                                           RFC 5321 4.1.3
struct address_literal {
    enum class kind : std::uint8_t {
        ipv4,     ///< the first four of `octets`
        ipv6,     ///< all of `octets`
        general,  ///< `tag` and `content`; no tag besides IPv6 was ever registered
    };

    kind type = kind::ipv4;
    ipv6_address octets{};       ///< in network order; what is not used is zero
    std::string_view tag{};      ///< general only: what stands before the colon, as given
    std::string_view content{};  ///< general only: what stands behind it, as given

    /// By value: neither leading zeros nor the spelling of an IPv6 address nor the letter case of
    /// a tag make a difference.
    [[nodiscard]] friend constexpr bool operator==(address_literal const& a,
                                                   address_literal const& b) {
        return a.type == b.type && a.octets == b.octets && equal_ignoring_case(a.tag, b.tag) &&
               a.content == b.content;
    }
};

namespace detail {

// General-address-literal = Standardized-tag ":" 1*dcontent            RFC 5321 4.1.3
// dcontent = %d33-90 / %d94-126
inline constexpr char_set dcontent = vchar - char_set{"[\\]"};

// Snum = 1*3DIGIT                                                      RFC 5321 4.1.3
[[nodiscard]] constexpr result<std::uint8_t> parse_snum(cursor& in) {
    auto const from = in.at();
    unsigned value = 0;
    while (in.looking_at(digit) && in.at() - from < 3) {
        value = value * 10 + static_cast<unsigned>(in.peek() - '0');
        in.skip(1);
    }
    if (in.at() == from) return in.fail(error::bad_address_literal);
    if (value > 255) return in.fail_at(error::bad_address_literal, from);
    return static_cast<std::uint8_t>(value);
}

// Of a HEXDIG. The low four bits of a digit are its value, those of a letter count from 1.
[[nodiscard]] constexpr unsigned hex_value(char c) {
    auto const low = static_cast<unsigned>(c) & 15u;
    return c <= '9' ? low : low + 9;
}

// IPv6-hex = 1*4HEXDIG                                                 RFC 5321 4.1.3
[[nodiscard]] constexpr result<std::uint16_t> parse_ipv6_hex(cursor& in) {
    auto const from = in.at();
    unsigned value = 0;
    while (in.looking_at(hexdig) && in.at() - from < 4) {
        value = value * 16 + hex_value(in.peek());
        in.skip(1);
    }
    if (in.at() == from) return in.fail(error::bad_address_literal);
    return static_cast<std::uint16_t>(value);
}

/// The groups of an IPv6 address while it is read.
struct ipv6_groups {
    static constexpr std::size_t no_gap = 9;

    std::array<std::uint16_t, 8> value{};
    std::size_t count = 0;
    std::size_t gap = no_gap;  ///< where "::" stands, in groups

    [[nodiscard]] constexpr bool full() const { return count == value.size(); }
    constexpr void add(unsigned group) { value[count++] = static_cast<std::uint16_t>(group); }

    /// Eight groups, or six at the most beside "::", which stands for two or more.
    [[nodiscard]] constexpr bool complete() const { return gap == no_gap ? full() : count <= 6; }

    [[nodiscard]] constexpr ipv6_address address() const {
        ipv6_address octets{};
        for (std::size_t i = 0; i < count; ++i) {
            auto const place = 2 * (i < gap ? i : i + value.size() - count);
            octets[place] = static_cast<std::uint8_t>(value[i] >> 8);
            octets[place + 1] = static_cast<std::uint8_t>(value[i] & 0xFF);
        }
        return octets;
    }
};

}  // namespace detail

/// Reads an IPv4 address: four decimal numbers of one to three digits, 0 to 255. Leading zeros are
/// in the grammar and change nothing: 010 is ten.                            RFC 5321 4.1.3
///
/// errors   bad_address_literal
// IPv4-address-literal = Snum 3( "." Snum )
[[nodiscard]] constexpr result<ipv4_address> parse_ipv4_address(cursor& in) {
    ipv4_address octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
        if (i > 0 && !in.take('.')) return in.fail(error::bad_address_literal);
        auto const number = detail::parse_snum(in);
        if (!number) return number.fault();
        octets[i] = *number;
    }
    return octets;
}

/// Reads an IPv6 address, without tag and brackets. "::" stands for two or more groups of zeros;
/// the last two groups may be an IPv4 address.                               RFC 5321 4.1.3
///
/// errors   bad_address_literal
// IPv6-addr = IPv6-full / IPv6-comp / IPv6v4-full / IPv6v4-comp
[[nodiscard]] constexpr result<ipv6_address> parse_ipv6_address(cursor& in) {
    detail::ipv6_groups groups;
    auto const from = in.at();
    if (in.take(':')) {
        if (!in.take(':')) return in.fail(error::bad_address_literal);
        groups.gap = 0;
    }
    while (groups.gap == detail::ipv6_groups::no_gap || in.looking_at(hexdig)) {
        if (groups.full()) return in.fail(error::bad_address_literal);
        auto const start = in;
        auto const group = detail::parse_ipv6_hex(in);
        if (!group) return group.fault();
        if (in.peek() == '.' && groups.count < 7) {
            in = start;
            auto const tail = parse_ipv4_address(in);
            if (!tail) return tail.fault();
            groups.add((*tail)[0] * 256u + (*tail)[1]);
            groups.add((*tail)[2] * 256u + (*tail)[3]);
            break;
        }
        groups.add(*group);
        if (!in.take(':')) break;
        if (!in.take(':')) {
            if (!in.looking_at(hexdig)) return in.fail(error::bad_address_literal);
        } else if (groups.gap == detail::ipv6_groups::no_gap) {
            groups.gap = groups.count;
        } else {
            return in.fail_at(error::bad_address_literal, in.at() - 1);
        }
    }
    if (!groups.complete()) return in.fail_at(error::bad_address_literal, from);
    return groups.address();
}

namespace detail {

// Standardized-tag = Ldh-str                                           RFC 5321 4.1.3
//
// A tag of one to four hexadecimal digits is refused: no such tag is registered, and what looks
// like one is the first group of an IPv6 address whose tag was forgotten.
[[nodiscard]] constexpr bool standardized_tag(std::string_view tag) {
    return let_dig(tag.back()) && !(tag.size() <= 4 && all_of(tag, hexdig));
}

// IPv4-address-literal / "IPv6:" IPv6-addr / General-address-literal   RFC 5321 4.1.3
[[nodiscard]] constexpr result<address_literal> parse_literal_content(cursor& in) {
    using kind = address_literal::kind;
    address_literal literal;
    auto const from = in.at();
    auto ahead = in;
    auto const tag = ahead.take_while(ldh);
    if (tag.empty() || !ahead.take(':')) {
        auto const address = parse_ipv4_address(in);
        if (!address) return address.fault();
        for (std::size_t i = 0; i < address->size(); ++i) literal.octets[i] = (*address)[i];
        return literal;
    }
    in = ahead;
    if (equal_ignoring_case(tag, "IPv6")) {
        auto const address = parse_ipv6_address(in);
        if (!address) return address.fault();
        literal.type = kind::ipv6;
        literal.octets = *address;
        return literal;
    }
    if (!standardized_tag(tag)) return in.fail_at(error::bad_address_literal, from);
    literal.type = kind::general;
    literal.tag = tag;
    literal.content = in.take_while(dcontent);
    if (literal.content.empty()) return in.fail(error::bad_address_literal);
    return literal;
}

}  // namespace detail

/// Reads an address literal with its brackets.
///
/// returns  The address by value; tag and content of a general literal are views into the line.
///          Whether a general tag means anything is the caller's to decide.
/// errors   bad_address_literal; domain_too_long above 255 octets.
/// cost     One pass, no allocation.                                         RFC 5321 4.1.3
// address-literal = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal )
// "]"
[[nodiscard]] constexpr result<address_literal> parse_address_literal(cursor& in) {
    auto const from = in.at();
    if (!in.take('[')) return in.fail(error::bad_address_literal);
    auto const literal = detail::parse_literal_content(in);
    if (!literal) return literal;
    if (!in.take(']')) return in.fail(error::bad_address_literal);
    if (in.at() - from > minimum::domain)
        return in.fail_at(error::domain_too_long, from + minimum::domain);
    return literal;
}

/// The same, for a text that has to be an address literal from end to end.
[[nodiscard]] constexpr result<address_literal> parse_address_literal(std::string_view whole) {
    cursor in{whole};
    auto const literal = parse_address_literal(in);
    if (literal && !in.done()) return in.fail(error::bad_address_literal);
    return literal;
}

namespace detail {

template <class Out>
constexpr void write_number(Out& out, unsigned value, unsigned base) {
    std::array<char, 5> digits{};
    std::size_t first = digits.size();
    do {
        digits[--first] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    out.append(std::string_view{digits.data() + first, digits.size() - first});
}

template <class Out>
constexpr void write_ipv4(Out& out, std::uint8_t const* octets) {
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0) out.append(std::string_view{"."});
        write_number(out, octets[i], 10);
    }
}

/// The run of zero groups that "::" replaces.
struct ipv6_gap {
    std::size_t from = 8;
    std::size_t length = 0;
};

[[nodiscard]] constexpr unsigned ipv6_group(ipv6_address const& address, std::size_t i) {
    return address[2 * i] * 256u + address[2 * i + 1];
}

// The longest run, the first of equals, two groups at least.           RFC 5952 4.2
[[nodiscard]] constexpr ipv6_gap find_ipv6_gap(ipv6_address const& address) {
    ipv6_gap best;
    ipv6_gap run{0, 0};
    for (std::size_t i = 0; i < 8; ++i) {
        run = ipv6_group(address, i) == 0 ? ipv6_gap{run.from, run.length + 1} : ipv6_gap{i + 1, 0};
        if (run.length >= 2 && run.length > best.length) best = run;
    }
    return best;
}

// ::ffff:0:0/96, whose last groups are written as an IPv4 address.     RFC 5952 5
[[nodiscard]] constexpr bool ipv4_mapped(ipv6_address const& address) {
    for (std::size_t i = 0; i < 10; ++i)
        if (address[i] != 0) return false;
    return address[10] == 0xFF && address[11] == 0xFF;
}

}  // namespace detail

/// Writes an IPv4 address as four decimal numbers.
template <class Out>
constexpr void write_ipv4_address(Out& out, ipv4_address const& address) {
    detail::write_ipv4(out, address.data());
}

/// Writes an IPv6 address in the one form of RFC 5952 4.
template <class Out>
constexpr void write_ipv6_address(Out& out, ipv6_address const& address) {
    auto const gap = detail::find_ipv6_gap(address);
    auto const mapped = detail::ipv4_mapped(address);
    std::size_t const groups = mapped ? 6 : 8;
    for (std::size_t i = 0; i < groups;) {
        if (i == gap.from) {
            out.append(std::string_view{"::"});
            i += gap.length;
            continue;
        }
        if (i > 0 && i != gap.from + gap.length) out.append(std::string_view{":"});
        detail::write_number(out, detail::ipv6_group(address, i), 16);
        ++i;
    }
    if (!mapped) return;
    out.append(std::string_view{":"});
    detail::write_ipv4(out, address.data() + 12);
}

/// Writes a literal with its brackets, addresses in their one canonical form, a general literal as
/// it was given. Reading it back gives an equal literal.          RFC 5321 4.1.3, RFC 5952 4
template <class Out>
constexpr void write_address_literal(Out& out, address_literal const& literal) {
    using kind = address_literal::kind;
    out.append(std::string_view{"["});
    if (literal.type == kind::ipv4) {
        detail::write_ipv4(out, literal.octets.data());
    } else if (literal.type == kind::ipv6) {
        out.append(std::string_view{"IPv6:"});
        write_ipv6_address(out, literal.octets);
    } else {
        out.append(literal.tag);
        out.append(std::string_view{":"});
        out.append(literal.content);
    }
    out.append(std::string_view{"]"});
}

}  // namespace postel
