#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <postel/ascii.hpp>
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

}  // namespace postel
