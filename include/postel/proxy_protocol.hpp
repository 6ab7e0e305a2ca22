#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <postel/address_literal.hpp>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/decimal.hpp>
#include <postel/error.hpp>
#include <postel/octet_buffer.hpp>
#include <postel/proxy_header.hpp>
#include <postel/result.hpp>
#include <string_view>

namespace postel {

/// How long a server waits for a header before it drops the connection. Three seconds cover one
/// packet that has to be sent again.                                        PROXY protocol 2
inline constexpr std::chrono::seconds proxy_header_timeout{5};

namespace detail {

inline constexpr std::size_t longest_proxy_v1 = 107;  // CR LF included

// ---- Version 1 -----------------------------------------------------------------------------
//
// These functions also read a line that has not ended yet: one that fails at the end of what is
// there has not failed, it waits. So each has to fail at the first octet that does not fit, and no
// verdict may hang on octets that are still to come.

[[nodiscard]] constexpr result<void> parse_proxy_word(cursor& in, std::string_view word,
                                                      error otherwise = error::bad_proxy_header) {
    for (char const c : word)
        if (!in.take(c)) return in.fail(otherwise);
    return {};
}

// "0" / ( %x31-39 *DIGIT ), up to `most`                                    PROXY protocol 2.1
[[nodiscard]] constexpr result<std::uint16_t> parse_proxy_number(cursor& in, unsigned most) {
    if (!in.looking_at(digit)) return in.fail(error::bad_proxy_header);
    bool const zero = in.peek() == '0';
    unsigned value = 0;
    do {
        value = value * 10 + static_cast<unsigned>(in.peek() - '0');
        if (value > most) return in.fail(error::bad_proxy_header);
        in.skip(1);
    } while (!zero && in.looking_at(digit));
    return static_cast<std::uint16_t>(value);
}

// ip4 = number 3( "." number )                                              PROXY protocol 2.1
[[nodiscard]] constexpr result<ipv6_address> parse_proxy_ipv4(cursor& in) {
    ipv6_address octets{};
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0 && !in.take('.')) return in.fail(error::bad_proxy_header);
        auto const number = parse_proxy_number(in, 255);
        if (!number) return number.fault();
        octets[i] = static_cast<std::uint8_t>(*number);
    }
    return octets;
}

inline constexpr char_set proxy_ipv6_octet = hexdig | char_set{":."};
inline constexpr char_set proxy_ignored_octet = char_set::range(0, 255) - char_set{"\r\n"};

// An address of version 6 is judged when the octet behind it is there. Its last groups may be
// written as an IPv4 address: the specification does not say so, HAProxy does so when it passes on
// a connection between the two families.
[[nodiscard]] constexpr result<ipv6_address> parse_proxy_ipv6(cursor& in) {
    constexpr std::size_t longest = 45;
    auto const from = in.at();
    auto const text = in.take_while(proxy_ipv6_octet);
    if (text.size() > longest) return in.fail_at(error::bad_proxy_header, from + longest);
    if (in.done()) return in.fail(error::bad_proxy_header);
    cursor address{text};
    auto const octets = parse_ipv6_address(address);
    if (!octets || !address.done()) return in.fail(error::bad_proxy_header);
    if (text.find('.') != std::string_view::npos) {
        cursor tail{text.substr(text.rfind(':') + 1)};
        if (!parse_proxy_ipv4(tail)) return in.fail(error::bad_proxy_header);  // a leading zero
    }
    return octets;
}

[[nodiscard]] constexpr result<ipv6_address> parse_proxy_ip(cursor& in, proxy_address::kind type) {
    auto const octets =
        type == proxy_address::kind::ipv4 ? parse_proxy_ipv4(in) : parse_proxy_ipv6(in);
    if (!octets) return octets;
    if (!in.take(' ')) return in.fail(error::bad_proxy_header);
    return octets;
}

// ( "TCP4" SP ip4 SP ip4 / "TCP6" SP ip6 SP ip6 ) SP port SP port           PROXY protocol 2.1
[[nodiscard]] constexpr result<void> parse_proxy_tcp(cursor& in, proxy_header& header) {
    if (auto const word = parse_proxy_word(in, "TCP"); !word) return word;
    using kind = proxy_address::kind;
    auto const type = in.peek() == '6' ? kind::ipv6 : kind::ipv4;
    if (!in.take('4') && !in.take('6')) return in.fail(error::bad_proxy_header);
    if (!in.take(' ')) return in.fail(error::bad_proxy_header);
    auto const source = parse_proxy_ip(in, type);
    if (!source) return source.fault();
    auto const destination = parse_proxy_ip(in, type);
    if (!destination) return destination.fault();
    auto const source_port = parse_proxy_number(in, 65535);
    if (!source_port) return source_port.fault();
    if (!in.take(' ')) return in.fail(error::bad_proxy_header);
    auto const destination_port = parse_proxy_number(in, 65535);
    if (!destination_port) return destination_port.fault();
    header.transport = proxy_transport::stream;
    header.source = {type, *source, *source_port, {}};
    header.destination = {type, *destination, *destination_port, {}};
    return {};
}

// v1 = "PROXY" SP ( tcp / "UNKNOWN" *( any octet but CR and LF ) ) CRLF     PROXY protocol 2.1
[[nodiscard]] constexpr result<proxy_header> parse_proxy_v1(cursor& in) {
    proxy_header header;
    header.version = 1;
    if (auto const word = parse_proxy_word(in, "PROXY ", error::not_a_proxy_header); !word)
        return word.fault();
    if (in.peek() == 'U') {
        if (auto const word = parse_proxy_word(in, "UNKNOWN"); !word) return word.fault();
        in.take_while(proxy_ignored_octet);
    } else {
        if (auto const tcp = parse_proxy_tcp(in, header); !tcp) return tcp.fault();
    }
    if (auto const end = parse_proxy_word(in, "\r\n"); !end) return end.fault();
    return header;
}

// ---- Version 2 -----------------------------------------------------------------------------

inline constexpr std::string_view proxy_signature{"\r\n\r\n\0\r\nQUIT\n", 12};
inline constexpr std::size_t proxy_v2_head = 16;  // up to the length, which counts what is behind
inline constexpr std::size_t longest_proxy_path = 108;

// Octets of both addresses and ports, by the high nibble of the family octet.
inline constexpr std::array<std::size_t, 4> proxy_addresses_size{0, 12, 36, 216};

[[nodiscard]] constexpr bool is_proxy_local(std::string_view octets) {
    return (octet_at(octets, 12) & 15) == 0;
}

// A family and a transport that are both unspecified, or both specified. With LOCAL they do not
// matter, and neither does anything behind them.                            PROXY protocol 2.2
[[nodiscard]] constexpr bool valid_proxy_family(unsigned family) {
    auto const high = family >> 4;
    auto const low = family & 15;
    return family == 0 || (high >= 1 && high <= 3 && low >= 1 && low <= 2);
}

[[nodiscard]] constexpr std::size_t proxy_addresses_of(std::string_view octets) {
    return is_proxy_local(octets) ? 0 : proxy_addresses_size[octet_at(octets, 13) >> 4];
}

// Nothing can be told of what stands behind addresses whose length nobody knows.
[[nodiscard]] constexpr bool has_proxy_tlvs(std::string_view octets) {
    return proxy_addresses_of(octets) != 0;
}

[[nodiscard]] constexpr bool valid_tlv_size(proxy_tlv_type type, std::size_t size) {
    switch (type) {
        case proxy_tlv_type::crc32c: return size == 4;
        case proxy_tlv_type::unique_id: return size <= 128;
        case proxy_tlv_type::ssl: return size >= tls_head;
        default: return true;
    }
}

[[nodiscard]] constexpr std::string_view proxy_path(std::string_view octets) {
    if (octets.front() != '\0') return octets.substr(0, octets.find('\0'));
    return octets.substr(0, octets.find_last_not_of('\0') + 1);
}

// Which 0: source, 1: destination.
[[nodiscard]] constexpr proxy_address parse_proxy_address(std::string_view octets,
                                                          std::size_t which) {
    using kind = proxy_address::kind;
    auto const type = static_cast<kind>(octet_at(octets, 13) >> 4);
    if (type == kind::none) return {};
    auto const block = octets.substr(proxy_v2_head, proxy_addresses_of(octets));
    proxy_address address{type};
    if (type == kind::unix_socket) {
        address.path = proxy_path(block.substr(which * longest_proxy_path, longest_proxy_path));
        return address;
    }
    std::size_t const size = type == kind::ipv4 ? 4 : 16;
    address.port = two_octets_at(block, 2 * size + 2 * which);
    for (std::size_t i = 0; i < size; ++i)
        address.octets[i] = static_cast<std::uint8_t>(octet_at(block, which * size + i));
    return address;
}

// A header that is whole and whose lengths are known to fit.
[[nodiscard]] constexpr proxy_header parse_proxy_v2(std::string_view octets) {
    proxy_header header;
    header.local = is_proxy_local(octets);
    if (header.local) return header;
    header.transport = static_cast<proxy_transport>(octet_at(octets, 13) & 15);
    header.source = parse_proxy_address(octets, 0);
    header.destination = parse_proxy_address(octets, 1);
    if (has_proxy_tlvs(octets))
        header.tlvs = proxy_tlvs{octets.substr(proxy_v2_head + proxy_addresses_of(octets))};
    return header;
}

// What can be told only when the header is whole.
[[nodiscard]] constexpr error check_proxy_tlvs(std::string_view octets, proxy_tlvs const& tlvs) {
    bool summed = false;
    for (auto const each : tlvs) {
        if (each.type == proxy_tlv_type::ssl && !parse_proxy_tls(each.value))
            return error::bad_proxy_header;
        if (each.type != proxy_tlv_type::crc32c) continue;
        if (summed) return error::bad_proxy_header;
        summed = true;
        auto const at = static_cast<std::size_t>(each.value.data() - octets.data());
        constexpr std::string_view zeroed{"\0\0\0\0", 4};
        auto const sum =
            crc32c(octets.substr(at + 4), crc32c(zeroed, crc32c(octets.substr(0, at))));
        if (sum != four_octets_at(each.value, 0)) return error::bad_proxy_checksum;
    }
    return error::none;
}

}  // namespace detail

// ---- Reading -------------------------------------------------------------------------------

/// Reads the header that a proxy sends before anything else.
///
/// Only for listeners that are known to stand behind a proxy, and only for peers that are allowed
/// to be one: whether there is a header is never guessed, and without one the connection has to be
/// dropped, unanswered. With implicit TLS the header comes before the handshake.
///                                                                           PROXY protocol 2
class proxy_reader {
public:
    struct step {
        std::size_t consumed = 0;
        bool complete = false;  ///< false: all octets are used, and the header has not ended
        proxy_header header{};  ///< where `complete`
    };

    /// longest  Octets of a whole header; version 1 never needs more than 107, which is also the
    ///          least that counts here, and version 2 can announce 65551.
    explicit proxy_reader(std::size_t longest = 4096)
        : longest_(std::max(longest, detail::longest_proxy_v1)) {}

    /// Takes what belongs to the header.
    ///
    /// in       Octets that follow those consumed before: any length, cut anywhere, may be empty.
    /// returns  consumed: octets of `in` now done with, nothing behind the header. header: views
    ///          into `in` where the header lies there whole, else into the reader.
    /// errors   not_a_proxy_header, bad_proxy_header, proxy_header_too_long, bad_proxy_checksum (a
    ///          checksum is verified where there is one); `at` is the octet of `in` by which it was
    ///          certain. After a failure it is told again until reset(). not_ready behind a header.
    /// cost     One pass; the first 107 octets are looked at again when they come in pieces. A
    ///          header that is cut is copied once, into `longest` octets of heap or less.
    ///                                                                  PROXY protocol 2.1, 2.2
    [[nodiscard]] result<step> next(std::string_view in) {
        if (fault_ != error::none) return fault_;
        auto const before = held_.size();
        auto octets = in;
        if (before != 0) {
            held_.append(in.substr(0, longest_ - before), longest_);
            octets = held_.view();
        }
        auto const length = frame(octets);
        if (!length) {
            held_.release();
            fault_ = length.fault().code;
            return failure{fault_, length.fault().at - before};
        }
        if (*length == 0) {
            if (before == 0) held_.append(in, longest_);
            return step{in.size(), false, {}};
        }
        fault_ = error::not_ready;
        return step{*length - before, true, header_};
    }

    /// Octets of an unfinished header that are kept here.
    [[nodiscard]] std::size_t held() const { return fault_ == error::none ? held_.size() : 0; }
    /// Octets of heap that are owned now.
    [[nodiscard]] std::size_t heap_octets() const { return held_.capacity(); }

    /// Forgets everything, the octets that views of a header point at included.
    void reset() { *this = proxy_reader{longest_}; }

private:
    // The length of the header that `octets` starts with, 0 while it has not ended.
    [[nodiscard]] result<std::size_t> frame(std::string_view octets) {
        if (octets.empty()) return std::size_t{0};
        return octets.front() == 'P' ? frame_v1(octets) : frame_v2(octets);
    }

    [[nodiscard]] result<std::size_t> frame_v1(std::string_view octets) {
        octets = octets.substr(0, detail::longest_proxy_v1);
        cursor line{octets};
        auto const header = detail::parse_proxy_v1(line);
        if (header) {
            header_ = *header;
            return line.at();
        }
        if (header.fault().at != octets.size()) return header.fault();
        if (octets.size() == detail::longest_proxy_v1)
            return failure{error::proxy_header_too_long, octets.size() - 1};
        return std::size_t{0};
    }

    [[nodiscard]] result<std::size_t> frame_v2(std::string_view octets) {
        if (auto const head = check_head(octets); !head) return head.fault();
        if (octets.size() < detail::proxy_v2_head) return std::size_t{0};
        auto const total = detail::proxy_v2_head + detail::two_octets_at(octets, 14);
        if (auto const lengths = check_lengths(octets, total); !lengths) return lengths.fault();
        if (octets.size() < total) return std::size_t{0};
        octets = octets.substr(0, total);
        header_ = detail::parse_proxy_v2(octets);
        auto const why = detail::check_proxy_tlvs(octets, header_.tlvs);
        if (why != error::none) return failure{why, total - 1};
        return total;
    }

    [[nodiscard]] static result<void> check_head(std::string_view octets) {
        auto const& signature = detail::proxy_signature;
        for (std::size_t i = 0; i < std::min(octets.size(), signature.size()); ++i)
            if (octets[i] != signature[i]) return failure{error::not_a_proxy_header, i};
        if (octets.size() < 13) return {};
        auto const order = detail::octet_at(octets, 12);
        if (order != 0x20 && order != 0x21) return failure{error::bad_proxy_header, 12};
        if (octets.size() < 14 || detail::is_proxy_local(octets)) return {};
        if (!detail::valid_proxy_family(detail::octet_at(octets, 13)))
            return failure{error::bad_proxy_header, 13};
        return {};
    }

    // The length of the header, then that of each value as soon as it is there.
    [[nodiscard]] result<void> check_lengths(std::string_view octets, std::size_t total) {
        if (total > longest_) return failure{error::proxy_header_too_long, 15};
        if (tlv_at_ == 0) {
            auto const from = detail::proxy_v2_head + detail::proxy_addresses_of(octets);
            if (from > total) return failure{error::bad_proxy_header, 15};
            tlv_at_ = detail::has_proxy_tlvs(octets) ? from : total;
            if (!room_for_tlvs(total - tlv_at_)) return failure{error::bad_proxy_header, 15};
        }
        while (tlv_at_ != total && octets.size() >= tlv_at_ + detail::tlv_head) {
            auto const size = std::size_t{detail::two_octets_at(octets, tlv_at_ + 1)};
            auto const type = static_cast<proxy_tlv_type>(octets[tlv_at_]);
            auto const end = tlv_at_ + detail::tlv_head + size;
            if (end > total || !room_for_tlvs(total - end) || !detail::valid_tlv_size(type, size))
                return failure{error::bad_proxy_header, tlv_at_ + 2};
            tlv_at_ = end;
        }
        return {};
    }
    [[nodiscard]] static constexpr bool room_for_tlvs(std::size_t octets) {
        return octets == 0 || octets >= detail::tlv_head;
    }

    octet_buffer held_;
    proxy_header header_;
    std::size_t longest_;
    std::size_t tlv_at_ = 0;  // where the next value of version 2 starts
    error fault_ = error::none;
};

}  // namespace postel
