#pragma once

// Who the client is: what the socket says, unless somebody in front of us knows better.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <asio/ip/tcp.hpp>
#include <postel/address_literal.hpp>
#include <postel/peer_attribute.hpp>
#include <postel/verb.hpp>
#include <postel/xtext.hpp>

namespace mail_server {

struct peer {
    std::optional<postel::address_literal> address;
    std::string name;  // in the DNS; only a proxy tells us
    std::string hello;
    std::string user;  // that it has proved to be
    postel::verb verb = postel::verb::ehlo;
};

inline std::optional<postel::address_literal> literal(asio::ip::address address) {
    if (address.is_unspecified()) return std::nullopt;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    postel::address_literal made{};
    auto const fill = [&](postel::address_literal::kind type, auto const& octets) {
        made.type = type;
        std::copy(octets.begin(), octets.end(), made.octets.begin());
    };
    if (address.is_v4())
        fill(postel::address_literal::kind::ipv4, address.to_v4().to_bytes());
    else
        fill(postel::address_literal::kind::ipv6, address.to_v6().to_bytes());
    return made;
}

// XCLIENT writes addresses without brackets, and says when it does not know one.
inline std::optional<postel::address_literal> literal(std::string_view xclient_address) {
    auto const read = postel::parse_address_literal("[" + std::string{xclient_address} + "]");
    return read ? std::optional{*read} : std::nullopt;
}

// XCLIENT: the client is somebody else. What is not said stays as it is.
inline void become(peer& who, postel::peer_attributes const& attributes) {
    using enum postel::peer_attribute;
    for (auto const& given : attributes) {
        auto const decoded = postel::decode_xtext(given.value);
        auto const value = given.unavailable() || !decoded ? std::string{} : *decoded;
        switch (given.name) {
            case name: who.name = value; break;
            case addr: who.address = literal(value); break;
            case helo: who.hello = value; break;
            case login: who.user = value; break;
            default: break;  // ports and PROTO: nobody asks here
        }
    }
}

}  // namespace mail_server
