#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/address_literal.hpp>
#include <postel/cursor.hpp>
#include <postel/sequence.hpp>
#include <string_view>

namespace postel {

// What a proxy says about the connection that it passes on. "PROXY protocol" is the specification
// of HAProxy, revision of 2026-04-27; its section 2.1 is version 1, section 2.2 version 2.

// ---- Addresses -----------------------------------------------------------------------------

/// One end of the connection that the proxy accepted.
struct proxy_address {
    enum class kind : std::uint8_t {
        none,         ///< not said
        ipv4,         ///< the first four of `octets`, and `port`
        ipv6,         ///< all of `octets`, and `port`
        unix_socket,  ///< `path`
    };

    kind type = kind::none;
    ipv6_address octets{};  ///< in network order; what is not used is zero
    std::uint16_t port = 0;
    /// Up to the first NUL. A path that starts with NUL is an abstract one, without a file; it goes
    /// up to the NULs at the end.
    std::string_view path{};

    /// The address as a mail server writes it down; nothing for other kinds.
    [[nodiscard]] constexpr std::optional<address_literal> literal() const {
        switch (type) {
            case kind::ipv4: return address_literal{address_literal::kind::ipv4, octets};
            case kind::ipv6: return address_literal{address_literal::kind::ipv6, octets};
            default: return std::nullopt;
        }
    }

    friend constexpr bool operator==(proxy_address const&, proxy_address const&) = default;
};

// ---- Additional values ---------------------------------------------------------------------

/// The types of values that have a meaning to everybody; E0 to FF are private or reserved.
///                                                                   PROXY protocol 2.2
enum class proxy_tlv_type : std::uint8_t {
    alpn = 0x01,       ///< the protocol that TLS agreed on
    authority = 0x02,  ///< the host name that the client asked for in TLS, UTF-8
    crc32c = 0x03,     ///< of the whole header, with these four octets zero   PROXY protocol 2.2.3
    noop = 0x04,       ///< padding
    unique_id = 0x05,  ///< how the proxy calls the connection; 128 octets at most
    ssl = 0x20,        ///< a proxy_tls                                        PROXY protocol 2.2.6
    ssl_version = 0x21,      ///< inside ssl, for example "TLSv1.3"
    ssl_cn = 0x22,           ///< inside ssl: the common name of the client's certificate, UTF-8
    ssl_cipher = 0x23,       ///< inside ssl
    ssl_sig_alg = 0x24,      ///< inside ssl: who signed the server's certificate, how
    ssl_key_alg = 0x25,      ///< inside ssl: the key of the server's certificate
    ssl_group = 0x26,        ///< inside ssl: of the key exchange
    ssl_sig_scheme = 0x27,   ///< inside ssl: of the client's signature
    ssl_client_cert = 0x28,  ///< inside ssl: the client's certificate, DER
    netns = 0x30,            ///< name of the network namespace
};

/// One value. The type may be any octet: a type without a name is to be skipped.
struct proxy_tlv {
    proxy_tlv_type type{};
    std::string_view value;

    friend constexpr bool operator==(proxy_tlv const&, proxy_tlv const&) = default;
};

namespace detail {

[[nodiscard]] constexpr unsigned octet_at(std::string_view octets, std::size_t at) {
    return static_cast<unsigned char>(octets[at]);
}
[[nodiscard]] constexpr std::uint16_t two_octets_at(std::string_view octets, std::size_t at) {
    return static_cast<std::uint16_t>(octet_at(octets, at) << 8 | octet_at(octets, at + 1));
}
[[nodiscard]] constexpr std::uint32_t four_octets_at(std::string_view octets, std::size_t at) {
    return std::uint32_t{two_octets_at(octets, at)} << 16 | two_octets_at(octets, at + 2);
}

inline constexpr std::size_t tlv_head = 3;  // the type, and the length of the value

// The next value, if all of it is there.
[[nodiscard]] constexpr std::optional<proxy_tlv> read_proxy_tlv(cursor& in) {
    auto const rest = in.rest();
    if (rest.size() < tlv_head) return std::nullopt;
    auto const size = two_octets_at(rest, 1);
    if (size > rest.size() - tlv_head) return std::nullopt;
    in.skip(tlv_head + size);
    return proxy_tlv{static_cast<proxy_tlv_type>(rest.front()), rest.substr(tlv_head, size)};
}

// No octets are left over behind the last value.
[[nodiscard]] constexpr bool are_proxy_tlvs(std::string_view octets) {
    cursor in{octets};
    while (read_proxy_tlv(in)) {
    }
    return in.done();
}

}  // namespace detail

/// Values in the order of the header: `for (auto [type, value] : header.tlvs)`. They are views.
class proxy_tlvs : public sequence<&detail::read_proxy_tlv> {
public:
    constexpr proxy_tlvs() = default;
    /// octets   Values one behind the other, as write_proxy_tlv writes them. Where they do not end
    ///          with the last value, there are no values.
    constexpr explicit proxy_tlvs(std::string_view octets)
        : sequence(detail::are_proxy_tlvs(octets) ? octets : std::string_view{}) {}

    /// Everything, as it stands in the header.
    [[nodiscard]] constexpr std::string_view octets() const { return text(); }
    [[nodiscard]] constexpr bool empty() const { return text().empty(); }
    /// The first value of a type; nothing where there is none.
    [[nodiscard]] constexpr std::optional<std::string_view> find(proxy_tlv_type type) const {
        for (auto const each : *this)
            if (each.type == type) return each.value;
        return std::nullopt;
    }

    friend constexpr bool operator==(proxy_tlvs const&, proxy_tlvs const&) = default;
};

/// What the proxy says about TLS between the client and itself.             PROXY protocol 2.2.6
struct proxy_tls {
    bool tls = false;                     ///< the client used TLS
    bool certificate_now = false;         ///< it showed a certificate in this connection
    bool certificate_in_session = false;  ///< or earlier in the TLS session that it resumed
    std::uint32_t verify = 0;             ///< 0: the certificate was there and is valid
    proxy_tlvs details{};                 ///< ssl_version and the types behind it

    /// The client proved that it owns a certificate, and the proxy found it valid.
    [[nodiscard]] constexpr bool certificate_verified() const {
        return tls && certificate_in_session && verify == 0;
    }

    friend constexpr bool operator==(proxy_tls const&, proxy_tls const&) = default;
};

// ---- The header ----------------------------------------------------------------------------

/// What a proxy passes on. The second nibble of the family octet of version 2.
enum class proxy_transport : std::uint8_t {
    unspecified,
    stream,    ///< TCP, or a stream of a UNIX socket
    datagram,  ///< UDP, or datagrams of a UNIX socket
};

/// One header. Views point at the octets that were read.
struct proxy_header {
    std::uint8_t version = 2;
    /// LOCAL: the proxy itself talks, for example to see whether the server is well.
    bool local = false;
    proxy_transport transport = proxy_transport::unspecified;
    proxy_address source{};       ///< the client
    proxy_address destination{};  ///< where the client connected to
    proxy_tlvs tlvs{};            ///< version 2 only

    /// Source and destination are said. Where they are not (LOCAL, UNKNOWN, an unspecified family),
    /// the addresses of the connection itself count.              PROXY protocol 2.1, 2.2
    [[nodiscard]] constexpr bool has_addresses() const {
        return source.type != proxy_address::kind::none;
    }
    /// What is said about TLS; nothing where nothing is said.
    [[nodiscard]] constexpr std::optional<proxy_tls> tls() const;

    friend constexpr bool operator==(proxy_header const&, proxy_header const&) = default;
};

namespace detail {

inline constexpr std::size_t tls_head = 5;  // the bits, and the result of verification

// The value of an ssl TLV: client (1), verify (4), further TLVs             PROXY protocol 2.2.6
[[nodiscard]] constexpr std::optional<proxy_tls> parse_proxy_tls(std::string_view value) {
    if (value.size() < tls_head) return std::nullopt;
    auto const bits = octet_at(value, 0);
    auto const rest = value.substr(tls_head);
    proxy_tls said{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, four_octets_at(value, 1),
                   proxy_tlvs{rest}};
    if (said.details.octets().size() != rest.size()) return std::nullopt;
    return said;
}

}  // namespace detail

constexpr std::optional<proxy_tls> proxy_header::tls() const {
    auto const value = tlvs.find(proxy_tlv_type::ssl);
    return value ? detail::parse_proxy_tls(*value) : std::nullopt;
}

// ---- The checksum --------------------------------------------------------------------------

namespace detail {

// The remainders of the sixteen values of four bits; Castagnoli's polynomial, reflected.
consteval std::array<std::uint32_t, 16> crc32c_remainders() {
    std::array<std::uint32_t, 16> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        auto value = i;
        for (int bit = 0; bit < 4; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0x82F63B78u : 0);
        table[i] = value;
    }
    return table;
}
inline constexpr auto crc32c_table = crc32c_remainders();

}  // namespace detail

/// CRC32C of octets that arrive in pieces: `crc32c(b, crc32c(a))` is that of `a` and `b` together.
///
/// cost     Two look-ups an octet; a header has few.                         RFC 3385, RFC 9260 A
[[nodiscard]] constexpr std::uint32_t crc32c(std::string_view octets, std::uint32_t before = 0) {
    auto value = ~before;
    for (char const c : octets) {
        value ^= static_cast<unsigned char>(c);
        value = value >> 4 ^ detail::crc32c_table[value & 15];
        value = value >> 4 ^ detail::crc32c_table[value & 15];
    }
    return ~value;
}

static_assert(crc32c("123456789") == 0xE3069283);

}  // namespace postel
