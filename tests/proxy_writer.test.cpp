#include <postel/proxy_writer.hpp>

#include <string>
#include <string_view>
#include <utility>

#include "support/catch.hpp"
#include "support/hex.hpp"

using namespace std::string_literals;
using postel::error;
using postel::proxy_address;
using postel::proxy_checksum;
using postel::proxy_header;
using postel::proxy_reader;
using postel::proxy_tlv_type;
using postel::proxy_transport;
using postel::test::hex;
using kind = proxy_address::kind;

namespace {

std::string const signature = hex("0D0A0D0A000D0A515549540A");

std::string v1(proxy_header const& header) {
    std::string out;
    postel::write_proxy_v1(out, header);
    return out;
}
std::string v2(proxy_header const& header, proxy_checksum with = proxy_checksum::none) {
    std::string out;
    REQUIRE(postel::write_proxy_v2(out, header, with));
    return out;
}
std::string tlv(proxy_tlv_type type, std::string_view value) {
    std::string out;
    REQUIRE(postel::write_proxy_tlv(out, type, value));
    return out;
}

proxy_header between(proxy_address source, proxy_address destination) {
    proxy_header header;
    header.transport = proxy_transport::stream;
    header.source = source;
    header.destination = destination;
    return header;
}

proxy_header const over_ipv4 =
    between({kind::ipv4, {192, 0, 2, 1}, 56324, {}}, {kind::ipv4, {198, 51, 100, 1}, 25, {}});
proxy_header const over_ipv6 =
    between({kind::ipv6, {0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 56324, {}},
            {kind::ipv6, {0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x25}, 465, {}});
proxy_header const over_socket = between({kind::unix_socket, {}, 0, "/run/client"},
                                         {kind::unix_socket, {}, 0, std::string_view{"\0x", 2}});

proxy_header local() {
    proxy_header header;
    header.local = true;
    return header;
}

}  // namespace

TEST_CASE("a header of version 1 is one line", "[proxy_writer][S-PROXY-2.1-01]") {
    CHECK(v1(over_ipv4) == "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n");
    CHECK(v1(over_ipv6) == "PROXY TCP6 2001:db8::1 2001:db8::25 56324 465\r\n");
    CHECK(v1(over_socket) == "PROXY UNKNOWN\r\n");
    CHECK(v1(local()) == "PROXY UNKNOWN\r\n");
    CHECK(v1({}) == "PROXY UNKNOWN\r\n");
    CHECK(v1(between(over_ipv4.source, over_ipv6.destination)) == "PROXY UNKNOWN\r\n");
    auto datagrams = over_ipv4;
    datagrams.transport = proxy_transport::datagram;
    CHECK(v1(datagrams) == "PROXY UNKNOWN\r\n");
}

TEST_CASE("a header of version 2 has the octets of the specification",
          "[proxy_writer][S-PROXY-2.2-01][S-PROXY-2.2.3-01]") {
    CHECK(v2(local()) == signature + hex("20 00 0000"));  // P1
    auto const addresses = hex("C0000201 C6336401 DC04 0019");
    CHECK(v2(over_ipv4) == signature + hex("21 11 000C") + addresses);  // P2
    CHECK(v2(over_ipv6) == signature + hex("21 21 0024") +              // P3
                               hex("20010DB8000000000000000000000001") +
                               hex("20010DB8000000000000000000000025 DC04 01D1"));
    CHECK(v2(over_ipv4, proxy_checksum::crc32c) ==  // P4
          signature + hex("21 11 0013") + addresses + hex("03 0004 2C3936E2"));
    CHECK(v2({}) == signature + hex("21 00 0000"));
    CHECK(v2(between(over_ipv4.source, over_ipv6.destination)) == signature + hex("21 00 0000"));
    CHECK(v2(over_socket).size() == 16 + 216);
    auto without_transport = over_ipv4;
    without_transport.transport = proxy_transport::unspecified;
    CHECK(v2(without_transport) == signature + hex("21 00 0000"));
}

TEST_CASE("what is known of TLS is written as one value", "[proxy_writer][S-PROXY-2.2.6-01]") {
    auto const details = tlv(proxy_tlv_type::ssl_version, "TLSv1.3") +
                         tlv(proxy_tlv_type::ssl_cipher, "TLS_AES_256_GCM_SHA384") +
                         tlv(proxy_tlv_type::ssl_cn, "client.example");
    std::string ssl;
    REQUIRE(postel::write_proxy_tls(ssl, {true, true, true, 0, postel::proxy_tlvs{details}}));
    auto const values = tlv(proxy_tlv_type::alpn, "smtp") +
                        tlv(proxy_tlv_type::authority, "mail.example.org") + ssl +
                        tlv(proxy_tlv_type::noop, "");
    auto header = over_ipv4;
    header.tlvs = postel::proxy_tlvs{values};
    CHECK(v2(header) ==  // P5
          hex("0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A 21 11 00 65 C0 00 02 01 C6 33 64 01 DC 04 00 19"
              "01 00 04 73 6D 74 70 02 00 10 6D 61 69 6C 2E 65 78 61 6D 70 6C 65 2E 6F 72 67 20 00"
              "39 07 00 00 00 00 21 00 07 54 4C 53 76 31 2E 33 23 00 16 54 4C 53 5F 41 45 53 5F 32"
              "35 36 5F 47 43 4D 5F 53 48 41 33 38 34 22 00 0E 63 6C 69 65 6E 74 2E 65 78 61 6D 70"
              "6C 65 04 00 00"));
    auto const bits = [](postel::proxy_tls const& said) {
        std::string value;
        REQUIRE(postel::write_proxy_tls(value, said));
        REQUIRE(value.size() == 8);
        return static_cast<int>(value[3]);
    };
    CHECK(bits({false, false, false, 0, {}}) == 0);
    CHECK(bits({true, false, false, 0, {}}) == 1);
    CHECK(bits({false, true, false, 0, {}}) == 2);
    CHECK(bits({false, false, true, 0, {}}) == 4);
}

TEST_CASE("what is written is read back and nothing is left over", "[proxy_writer][C-PROXY-2-01]") {
    auto const values = tlv(proxy_tlv_type::unique_id, "\x80\0\r\n"s) +
                        tlv(static_cast<proxy_tlv_type>(0xE5), std::string(300, 'x'));
    auto const plain = GENERATE_COPY(as<proxy_header>{}, over_ipv4, over_ipv6, over_socket, local(),
                                     proxy_header{});
    auto const transport = GENERATE(proxy_transport::stream, proxy_transport::datagram);
    auto header = plain;
    if (header.has_addresses()) {
        header.transport = transport;
        header.tlvs = postel::proxy_tlvs{values};
    }
    CAPTURE(header.source.type, transport, header.local);
    auto const wire = v2(header);
    proxy_reader reader;
    auto const step = reader.next(wire);
    REQUIRE(step);
    CHECK(step->complete);
    CHECK(step->consumed == wire.size());
    CHECK(step->header == header);
    CHECK(v2(step->header) == wire);

    auto const summed = v2(header, proxy_checksum::crc32c);
    proxy_reader another;
    auto const again = another.next(summed);
    REQUIRE(again);
    CHECK(again->consumed == summed.size());
    CHECK(again->header.source == header.source);
    CHECK(again->header.tlvs.find(proxy_tlv_type::crc32c).has_value() == header.has_addresses());
    CHECK(v2(again->header, proxy_checksum::crc32c) == summed);  // the old one is left out
    CHECK(v2(again->header) == wire);
}

TEST_CASE("what is written in version 1 is read back", "[proxy_writer][C-PROXY-2-01]") {
    auto mapped = over_ipv6;
    mapped.source.octets = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1};
    auto header = GENERATE_COPY(as<proxy_header>{}, over_ipv4, over_ipv6, mapped, proxy_header{});
    header.version = 1;
    auto const line = v1(header);
    CAPTURE(line);
    proxy_reader reader;
    auto const step = reader.next(line);
    REQUIRE(step);
    CHECK(step->consumed == line.size());
    CHECK(step->header == header);
}

TEST_CASE("what does not fit into a header is refused and nothing is written", "[proxy_writer]") {
    std::string out;
    auto const refused = [&](postel::result<void> said) {
        return !said && said.fault().code == error::proxy_header_too_long && out.empty();
    };
    CHECK(refused(postel::write_proxy_tlv(out, proxy_tlv_type::noop, std::string(65536, 'x'))));
    auto const largest = tlv(proxy_tlv_type::noop, std::string(65535, 'x'));
    CHECK(refused(
        postel::write_proxy_tls(out, {true, false, false, 0, postel::proxy_tlvs{largest}})));
    auto header = over_ipv4;
    header.tlvs = postel::proxy_tlvs{largest};
    CHECK(refused(postel::write_proxy_v2(out, header)));
    header = over_socket;
    header.source.path =
        "123456789012345678901234567890123456789012345678901234567890"
        "1234567890123456789012345678901234567890123456789";
    REQUIRE(header.source.path.size() == 109);
    CHECK(refused(postel::write_proxy_v2(out, header)));
    std::swap(header.source, header.destination);
    CHECK(refused(postel::write_proxy_v2(out, header)));
    header.destination.path.remove_suffix(1);
    header.source.path = header.destination.path;
    CHECK(postel::write_proxy_v2(out, header));

    auto const fitting = tlv(proxy_tlv_type::noop, std::string(65535 - 12 - 3 - 7, 'x'));
    header = over_ipv4;
    header.tlvs = postel::proxy_tlvs{fitting};
    CHECK(v2(header, proxy_checksum::crc32c).size() == 16 + 65535);
}

TEST_CASE("each type of a TLV has its number", "[proxy_writer]") {
    using enum postel::proxy_tlv_type;
    CHECK(static_cast<int>(ssl) == 0x20);
    CHECK(static_cast<int>(ssl_version) == 0x21);
    CHECK(static_cast<int>(ssl_sig_scheme) == 0x27);
    CHECK(static_cast<int>(ssl_client_cert) == 0x28);
}

TEST_CASE("the largest port and the longest unique id are taken from either end",
          "[proxy_writer]") {
    postel::proxy_reader ports;
    auto const step = ports.next("PROXY TCP4 192.0.2.1 198.51.100.1 65535 65535\r\n");
    REQUIRE(step);
    CHECK(step->header.source.port == 65535);
    CHECK_FALSE(postel::proxy_tls{}.tls);
    for (std::size_t const size : {128u, 129u}) {
        CAPTURE(size);
        auto header = over_ipv4;
        auto const octets = tlv(proxy_tlv_type::authority, "a") + "\x05" + '\0' +
                            static_cast<char>(size) + std::string(size, 'i');
        header.tlvs = postel::proxy_tlvs{octets};
        std::string out;
        bool const written = postel::write_proxy_v2(out, header, proxy_checksum::none).ok();
        postel::proxy_reader reader;
        CHECK((written && reader.next(out).ok()) == (size == 128));
    }
}
