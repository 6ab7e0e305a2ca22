#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/address_literal.hpp>
#include <postel/decimal.hpp>
#include <postel/error.hpp>
#include <postel/proxy_header.hpp>
#include <postel/proxy_protocol.hpp>
#include <postel/result.hpp>
#include <string_view>

namespace postel {

// A proxy writes one header, whole, before it passes on a single octet.     PROXY protocol 2

namespace detail {

/// Lets octets pass on their way out, and knows the checksum of those that passed.
template <class Out>
class summed {
public:
    constexpr explicit summed(Out& out) : out_(out) {}
    constexpr void append(std::string_view octets) {
        out_.append(octets);
        sum_ = crc32c(octets, sum_);
    }
    /// Writes the checksum TLV itself, as the last of the header.
    constexpr void finish();

private:
    Out& out_;
    std::uint32_t sum_ = 0;
};

/// Writes the last `octets` octets of a number, the highest first.
template <class Out>
constexpr void write_big_endian(Out& out, std::uint32_t value, std::size_t octets) {
    while (octets != 0) {
        char const c = static_cast<char>(value >> 8 * --octets & 255);
        out.append(std::string_view{&c, 1});
    }
}

template <class Out>
constexpr void write_tlv_head(Out& out, proxy_tlv_type type, std::size_t size) {
    write_big_endian(out, static_cast<std::uint8_t>(type), 1);
    write_big_endian(out, static_cast<std::uint32_t>(size), 2);
}

template <class Out>
constexpr void summed<Out>::finish() {
    write_tlv_head(*this, proxy_tlv_type::crc32c, 4);
    write_big_endian(out_, crc32c({"\0\0\0\0", 4}, sum_), 4);
}

// Two addresses of one family, and a transport that goes with it.
[[nodiscard]] constexpr bool writable_addresses(proxy_header const& header) {
    return !header.local && header.has_addresses() &&
           header.source.type == header.destination.type &&
           header.transport != proxy_transport::unspecified;
}

template <class Out>
constexpr void write_proxy_octets(Out& out, proxy_address const& address) {
    if (address.type == proxy_address::kind::unix_socket) {
        constexpr std::array<char, longest_proxy_path> padding{};
        out.append(address.path);
        out.append(std::string_view{padding.data(), padding.size() - address.path.size()});
        return;
    }
    std::size_t const size = address.type == proxy_address::kind::ipv4 ? 4 : 16;
    for (std::size_t i = 0; i < size; ++i) write_big_endian(out, address.octets[i], 1);
}

template <class Out>
constexpr void write_proxy_addresses(Out& out, proxy_header const& header) {
    write_proxy_octets(out, header.source);
    write_proxy_octets(out, header.destination);
    if (header.source.type == proxy_address::kind::unix_socket) return;
    write_big_endian(out, header.source.port, 2);
    write_big_endian(out, header.destination.port, 2);
}

template <class Out>
constexpr void write_proxy_ip(Out& out, proxy_address const& address) {
    if (address.type == proxy_address::kind::ipv6) return write_ipv6_address(out, address.octets);
    write_ipv4(out, address.octets.data());
}

}  // namespace detail

/// Writes one value. Several, one behind the other, are what `proxy_header::tlvs` and
/// `proxy_tls::details` take.
///
/// errors   proxy_header_too_long: a value above 65535 octets. Nothing is written then.
template <class Out>
constexpr result<void> write_proxy_tlv(Out& out, proxy_tlv_type type, std::string_view value) {
    if (value.size() > 65535) return error::proxy_header_too_long;
    detail::write_tlv_head(out, type, value.size());
    out.append(value);
    return {};
}

/// Writes what is known of TLS as one value of type ssl.
///
/// errors   proxy_header_too_long: above 65535 octets. Nothing is written then.
///                                                                   PROXY protocol 2.2.6
template <class Out>
constexpr result<void> write_proxy_tls(Out& out, proxy_tls const& said) {
    auto const size = detail::tls_head + said.details.octets().size();
    if (size > 65535) return error::proxy_header_too_long;
    detail::write_tlv_head(out, proxy_tlv_type::ssl, size);
    auto const bits = (said.tls ? 1u : 0u) | (said.certificate_now ? 2u : 0u) |
                      (said.certificate_in_session ? 4u : 0u);
    detail::write_big_endian(out, bits, 1);
    detail::write_big_endian(out, said.verify, 4);
    out.append(said.details.octets());
    return {};
}

/// Writes a header of version 1: TCP over IPv4 or IPv6, and UNKNOWN for everything else. It has no
/// place for LOCAL and for values.                                           PROXY protocol 2.1
// v1 = "PROXY" SP ( "TCP4" SP ip4 SP ip4 / "TCP6" SP ip6 SP ip6 ) SP port SP port CRLF
//    / "PROXY" SP "UNKNOWN" CRLF
template <class Out>
constexpr void write_proxy_v1(Out& out, proxy_header const& header) {
    if (!detail::writable_addresses(header) || header.transport != proxy_transport::stream ||
        header.source.type == proxy_address::kind::unix_socket) {
        out.append(std::string_view{"PROXY UNKNOWN\r\n"});
        return;
    }
    bool const ipv4 = header.source.type == proxy_address::kind::ipv4;
    out.append(std::string_view{ipv4 ? "PROXY TCP4 " : "PROXY TCP6 "});
    detail::write_proxy_ip(out, header.source);
    out.append(std::string_view{" "});
    detail::write_proxy_ip(out, header.destination);
    out.append(std::string_view{" "});
    write_decimal(out, header.source.port);
    out.append(std::string_view{" "});
    write_decimal(out, header.destination.port);
    out.append(std::string_view{"\r\n"});
}

/// Whether a header of version 2 ends with a CRC32C of itself.              PROXY protocol 2.2.3
enum class proxy_checksum : std::uint8_t { none, crc32c };

namespace detail {

// What stands behind the first 16 octets.
[[nodiscard]] constexpr std::size_t proxy_v2_size(proxy_header const& header, proxy_checksum with) {
    auto size = proxy_addresses_size[static_cast<std::size_t>(header.source.type)];
    if (with == proxy_checksum::crc32c) size += tlv_head + 4;
    for (auto const each : header.tlvs)
        if (each.type != proxy_tlv_type::crc32c) size += tlv_head + each.value.size();
    return size;
}

}  // namespace detail

/// Writes a header of version 2.
///
/// header   Values are written where there are addresses, except for checksums: they would be those
///          of other octets. Addresses of two families cannot be said and are left out.
/// errors   proxy_header_too_long: a path above 108 octets, or above 65535 octets behind the first
///          16. Nothing is written then.                                     PROXY protocol 2.2
template <class Out>
constexpr result<void> write_proxy_v2(Out& out, proxy_header const& header,
                                      proxy_checksum with = proxy_checksum::none) {
    auto const whole = detail::writable_addresses(header);
    auto const family = whole ? static_cast<unsigned>(header.source.type) << 4 |
                                    static_cast<unsigned>(header.transport)
                              : 0u;
    auto const size = whole ? detail::proxy_v2_size(header, with) : 0;
    if (size > 65535 || header.source.path.size() > detail::longest_proxy_path ||
        header.destination.path.size() > detail::longest_proxy_path)
        return error::proxy_header_too_long;
    detail::summed<Out> sum{out};
    sum.append(detail::proxy_signature);
    detail::write_big_endian(sum, header.local ? 0x20 : 0x21, 1);
    detail::write_big_endian(sum, family, 1);
    detail::write_big_endian(sum, static_cast<std::uint32_t>(size), 2);
    if (!whole) return {};
    detail::write_proxy_addresses(sum, header);
    for (auto const each : header.tlvs)
        if (each.type != proxy_tlv_type::crc32c) (void)write_proxy_tlv(sum, each.type, each.value);
    if (with == proxy_checksum::crc32c) sum.finish();
    return {};
}

}  // namespace postel
