#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <postel/address_literal.hpp>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/decimal.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/sequence.hpp>
#include <postel/xtext.hpp>
#include <string_view>

namespace postel {

/// What XCLIENT and XFORWARD can say about another client. Names first as XCLIENT lists them.
enum class peer_attribute : std::uint8_t {
    name,      ///< host name of the client
    addr,      ///< its address: dotted IPv4, or "IPV6:" and the address
    port,      ///< its port
    proto,     ///< SMTP or ESMTP; XFORWARD: any name
    helo,      ///< what it said in its hello
    login,     ///< the name it authenticated with
    destaddr,  ///< the address it connected to
    destport,  ///< the port it connected to
    ident,     ///< how the front end calls the message
    source,    ///< LOCAL or REMOTE
};

/// The two commands that carry attributes.
enum class peer_command : std::uint8_t {
    xclient,   ///< this session speaks for another client from now on
    xforward,  ///< the next message came from another client
};

/// How an attribute is written, and which command knows it.
struct peer_attribute_row {
    peer_attribute name;
    std::string_view spelling;
    bool in_xclient;
    bool in_xforward;
};

// clang-format off
inline constexpr std::array peer_attribute_table{
    //                                                         XCLIENT XFORWARD
    peer_attribute_row{peer_attribute::name,     "NAME",       true,   true},
    peer_attribute_row{peer_attribute::addr,     "ADDR",       true,   true},
    peer_attribute_row{peer_attribute::port,     "PORT",       true,   true},
    peer_attribute_row{peer_attribute::proto,    "PROTO",      true,   true},
    peer_attribute_row{peer_attribute::helo,     "HELO",       true,   true},
    peer_attribute_row{peer_attribute::login,    "LOGIN",      true,   false},
    peer_attribute_row{peer_attribute::destaddr, "DESTADDR",   true,   false},
    peer_attribute_row{peer_attribute::destport, "DESTPORT",   true,   false},
    peer_attribute_row{peer_attribute::ident,    "IDENT",      false,  true},
    peer_attribute_row{peer_attribute::source,   "SOURCE",     false,  true},
};
// clang-format on

/// The row of an attribute.
[[nodiscard]] constexpr peer_attribute_row const& describe(peer_attribute a) {
    return peer_attribute_table[static_cast<std::size_t>(a)];
}

/// The name on the wire.
[[nodiscard]] constexpr std::string_view to_string(peer_attribute a) {
    return describe(a).spelling;
}

/// The attribute with this name, in any letter case; nothing when it is not known.
[[nodiscard]] constexpr std::optional<peer_attribute> find_peer_attribute(std::string_view name) {
    for (auto const& row : peer_attribute_table)
        if (equal_ignoring_case(row.spelling, name)) return row.name;
    return std::nullopt;
}

/// Some of the attributes, in 16 bits.
class peer_attribute_set {
public:
    constexpr peer_attribute_set() = default;
    constexpr peer_attribute_set(std::initializer_list<peer_attribute> members) {
        for (auto const a : members) add(a);
    }

    [[nodiscard]] constexpr bool has(peer_attribute a) const { return (bits_ & bit(a)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    constexpr peer_attribute_set& add(peer_attribute a) {
        bits_ = static_cast<std::uint16_t>(bits_ | bit(a));
        return *this;
    }

    friend constexpr bool operator==(peer_attribute_set, peer_attribute_set) = default;

private:
    [[nodiscard]] static constexpr unsigned bit(peer_attribute a) {
        return 1u << static_cast<unsigned>(a);
    }
    std::uint16_t bits_ = 0;
};

namespace detail {
consteval peer_attribute_set all_attributes(bool peer_attribute_row::*of) {
    peer_attribute_set all;
    for (auto const& row : peer_attribute_table)
        if (row.*of) all.add(row.name);
    return all;
}
consteval bool lists_every_attribute_once() {
    for (std::size_t i = 0; i < peer_attribute_table.size(); ++i)
        if (static_cast<std::size_t>(peer_attribute_table[i].name) != i) return false;
    return true;
}
static_assert(lists_every_attribute_once(), "the table must follow enum peer_attribute");
static_assert(peer_attribute_table.back().name == peer_attribute::source, "a row is missing");
}  // namespace detail

/// All that XCLIENT knows, and all that XFORWARD knows.
inline constexpr peer_attribute_set xclient_attributes =
    detail::all_attributes(&peer_attribute_row::in_xclient);
inline constexpr peer_attribute_set xforward_attributes =
    detail::all_attributes(&peer_attribute_row::in_xforward);

/// One attribute and its value, which is xtext and stands for printable ASCII without spaces.
struct peer_attribute_value {
    peer_attribute name;
    std::string_view value;

    /// The sender does not know it: "[UNAVAILABLE]", or for a name "[TEMPUNAVAIL]".
    [[nodiscard]] constexpr bool unavailable() const {
        return equal_ignoring_case(value, "[UNAVAILABLE]") ||
               equal_ignoring_case(value, "[TEMPUNAVAIL]");
    }
    friend constexpr bool operator==(peer_attribute_value const&,
                                     peer_attribute_value const&) = default;
};

namespace detail {

// attribute-name "=" xtext                                                  Postfix
[[nodiscard]] constexpr result<peer_attribute_value> split_peer_attribute(cursor& in) {
    auto const name = find_peer_attribute(in.take_while(alpha));
    if (!name || !in.take('=')) return in.fail(error::bad_argument);
    return peer_attribute_value{*name, in.take_while(vchar)};
}

[[nodiscard]] constexpr std::optional<peer_attribute_value> read_peer_attribute(cursor& in) {
    in.take(' ');
    auto const read = split_peer_attribute(in);
    return read ? std::optional{*read} : std::nullopt;
}

}  // namespace detail

/// The arguments of XCLIENT and XFORWARD: `for (auto [name, value] : attributes)`. They are views,
/// and those that exist are valid; text() has them as given.
class peer_attributes : public sequence<&detail::read_peer_attribute> {
public:
    constexpr peer_attributes() = default;

    /// The value of one attribute, as xtext; nothing where it was not given.
    [[nodiscard]] constexpr std::optional<std::string_view> find(peer_attribute name) const {
        for (auto const& each : *this)
            if (each.name == name) return each.value;
        return std::nullopt;
    }

    friend constexpr bool operator==(peer_attributes const&, peer_attributes const&) = default;

private:
    friend constexpr result<peer_attributes> parse_peer_attributes(cursor& in, peer_command of);
    constexpr explicit peer_attributes(std::string_view text) : sequence(text) {}
};

namespace detail {

// ADDR, DESTADDR: dotted IPv4, or "IPV6:" and the address; no brackets      Postfix
[[nodiscard]] constexpr bool is_peer_address(std::string_view text) {
    cursor in{text};
    auto const fits =
        in.take_ignoring_case("IPV6:") ? parse_ipv6_address(in).ok() : parse_ipv4_address(in).ok();
    return fits && in.done();
}

// What is behind the xtext has to fit the attribute.
[[nodiscard]] constexpr bool fits_peer_attribute(peer_attribute name, std::string_view octets,
                                                 peer_command of) {
    switch (name) {
        case peer_attribute::addr:
        case peer_attribute::destaddr: return is_peer_address(octets);
        case peer_attribute::port:
        case peer_attribute::destport: {
            auto const port = parse_decimal(octets);
            return port && octets.size() <= 5 && *port <= 65535;
        }
        case peer_attribute::proto:
            if (of == peer_command::xforward) return octets.size() <= 64;
            return equal_ignoring_case(octets, "SMTP") || equal_ignoring_case(octets, "ESMTP");
        case peer_attribute::source:
            return equal_ignoring_case(octets, "LOCAL") || equal_ignoring_case(octets, "REMOTE");
        default: return true;
    }
}

[[nodiscard]] constexpr result<void> check_peer_value(peer_attribute_value const& given,
                                                      peer_command of) {
    std::array<char, 255> octets{};  // more is refused
    auto const size = decode_xtext(given.value, octets);
    if (!size) return size.fault();
    std::string_view const text{octets.data(), *size};
    if (text.empty() || !all_of(text, vchar)) return error::bad_value;
    if (given.unavailable()) return {};
    if (!fits_peer_attribute(given.name, text, of)) return error::bad_value;
    return {};
}

}  // namespace detail

/// Reads the arguments of XCLIENT or XFORWARD, to the end of the line.
///
/// returns  Views into the line.
/// errors   bad_argument (also: an attribute that this command does not know), duplicate_parameter,
///          bad_xtext, bad_value: above 255 octets, an octet that is not printable ASCII, an
///          address, port or protocol that is none.
/// cost     Two passes, no allocation.                                       Postfix
// xclient-command  = "XCLIENT" 1*( SP xclient-name "=" xtext )
// xforward-command = "XFORWARD" 1*( SP xforward-name "=" xtext )
[[nodiscard]] constexpr result<peer_attributes> parse_peer_attributes(cursor& in, peer_command of) {
    auto const from = in.at();
    auto const known = of == peer_command::xclient ? xclient_attributes : xforward_attributes;
    peer_attribute_set seen;
    do {
        auto const at = in.at();
        auto const given = detail::split_peer_attribute(in);
        if (!given) return given.fault();
        if (!known.has(given->name)) return in.fail_at(error::bad_argument, at);
        if (seen.has(given->name)) return in.fail_at(error::duplicate_parameter, at);
        seen.add(given->name);
        auto const value_at = in.at() - given->value.size();
        auto const fits = detail::check_peer_value(*given, of);
        if (!fits) return in.fail_at(fits.fault().code, value_at + fits.fault().at);
    } while (in.take(' '));
    if (!in.done()) return in.fail(error::bad_argument);
    return peer_attributes{in.since(from)};
}

}  // namespace postel
