#pragma once

#include <cstddef>
#include <postel/proxy_protocol.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/split.hpp"

// Headers of PROXY, and what a reader says about them.

namespace postel::test::proxy {

using kind = proxy_address::kind;

inline constexpr std::size_t nowhere = ~std::size_t{0};

/// One end of a connection, without views.
struct side {
    kind type = kind::none;
    std::string address;  ///< octets, or the path
    int port = 0;

    friend bool operator==(side const&, side const&) = default;
};

inline side copy(proxy_address const& given) {
    if (given.type == kind::none) return {};
    if (given.type == kind::unix_socket) return {given.type, std::string{given.path}, 0};
    std::string const octets{given.octets.begin(), given.octets.end()};
    return {given.type, octets.substr(0, given.type == kind::ipv4 ? 4 : 16), given.port};
}

/// All that a reader said about a stream, without views.
struct outcome {
    error fault{};
    std::size_t at = nowhere;   ///< octets before the fault
    std::size_t end = nowhere;  ///< octets of the header
    int version = 0;
    bool local = false;
    proxy_transport transport{};
    side source{}, destination{};
    std::vector<std::pair<int, std::string>> tlvs{};

    friend bool operator==(outcome const&, outcome const&) = default;
};

inline outcome read(pieces const& stream, std::size_t longest = 4096) {
    outcome all;
    proxy_reader reader{longest};
    std::size_t before = 0;
    for (auto const piece : stream) {
        auto const step = reader.next(piece);
        REQUIRE(reader.heap_octets() <= longest);
        if (!step) {
            all.fault = step.fault().code;
            all.at = before + step.fault().at;
            REQUIRE(step.fault().at < piece.size());
            REQUIRE(reader.heap_octets() == 0);
            REQUIRE(reader.next("QUIT\r\n").fault().code == all.fault);
            return all;
        }
        before += step->consumed;
        if (!step->complete) {
            REQUIRE(step->consumed == piece.size());
            REQUIRE(reader.held() == before);
            continue;
        }
        auto const& header = step->header;
        all.end = before;
        all.version = header.version;
        all.local = header.local;
        all.transport = header.transport;
        all.source = copy(header.source);
        all.destination = copy(header.destination);
        for (auto const [type, value] : header.tlvs)
            all.tlvs.emplace_back(static_cast<int>(type), value);
        REQUIRE(reader.held() == 0);
        REQUIRE(reader.next("QUIT\r\n").fault().code == error::not_ready);
        return all;
    }
    return all;
}

inline outcome refused(error fault, std::size_t at) {
    outcome all;
    all.fault = fault;
    all.at = at;
    return all;
}

inline side ipv4(std::string_view octets, int port) {
    return {kind::ipv4, hex(octets), port};
}
inline side ipv6(std::string_view octets, int port) {
    return {kind::ipv6, hex(octets), port};
}

inline std::string const signature = hex("0D0A0D0A000D0A515549540A");
inline std::string const ipv4_addresses = hex("C0000201 C6336401 DC04 0019");
inline side const client_ipv4 = ipv4("C0000201", 56324);
inline side const server_ipv4 = ipv4("C6336401", 25);
inline side const client_ipv6 = ipv6("20010DB8000000000000000000000001", 56324);
inline side const server_ipv6 = ipv6("20010DB8000000000000000000000025", 465);

inline std::string v2(std::string_view command_and_family, std::string_view body) {
    auto const size = body.size();
    return signature + hex(command_and_family) + static_cast<char>(size >> 8) +
           static_cast<char>(size & 255) + std::string{body};
}

/// Whether a header of IPv4 addresses and these octets behind them is refused, and why.
inline error judge(std::string_view tlvs) {
    return read({v2("2111", ipv4_addresses + std::string{tlvs})}).fault;
}

}  // namespace postel::test::proxy
