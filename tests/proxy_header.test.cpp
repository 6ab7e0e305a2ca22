#include <postel/proxy_header.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/proxy.hpp"

using namespace std::string_literals;
using postel::error;
using postel::proxy_address;
using postel::proxy_header;
using postel::proxy_reader;
using postel::proxy_tlv_type;
using postel::proxy_transport;
using postel::test::for_every_cut;
using postel::test::hex;
using namespace postel::test::proxy;

TEST_CASE("values behind the addresses come out in order and unknown ones too",
          "[proxy_header][S-PROXY-2.2-06][S-PROXY-2.2-07]") {
    auto const wire = v2("2111", ipv4_addresses + hex("E5 0003 616263  04 0000  05 0001 78") +
                                     hex("E5 0000  30 0002 6E73"));
    std::vector<std::pair<int, std::string>> const expected{
        {0xE5, "abc"}, {0x04, ""}, {0x05, "x"}, {0xE5, ""}, {0x30, "ns"}};
    for_every_cut(wire, [&](auto const& stream) {
        auto const said = read(stream);
        CHECK(said.tlvs == expected);
        CHECK(said.source == client_ipv4);
    });
    proxy_reader reader;
    auto const step = reader.next(wire);
    REQUIRE(step);
    CHECK(step->header.tlvs.find(proxy_tlv_type::netns) == "ns");
    CHECK(step->header.tlvs.find(static_cast<proxy_tlv_type>(0xE5)) == "abc");
    CHECK_FALSE(step->header.tlvs.find(proxy_tlv_type::alpn));
    CHECK_FALSE(step->header.tls());
}

TEST_CASE("values that do not end with the header are refused when their length is there",
          "[proxy_header][S-PROXY-2.2-06]") {
    struct row {
        std::string tlvs;
        std::size_t at;  // the addresses end at 28
    };
    auto const given = GENERATE(values<row>({
        {hex("E0 00C8"), 30},  // P8
        {hex("E0 0001"), 30},
        {hex("E0"), 15},
        {hex("E0 00"), 15},
        {hex("E0 0001 00 E1"), 30},
        {hex("E0 0000 E1 00"), 30},
        {hex("E0 0001 00 E1 0001"), 34},
        {hex("03 0003 000000"), 30},
        {hex("03 0005 0000000000"), 30},
        {hex("05 0081") + std::string(129, 'x'), 30},
        {hex("20 0004 00000000"), 30},
    }));
    auto const wire = v2("2111", ipv4_addresses + given.tlvs);
    CAPTURE(given.tlvs);
    auto const expected = refused(error::bad_proxy_header, given.at);
    for_every_cut(wire, [&](auto const& stream) { CHECK(read(stream) == expected); });
}

TEST_CASE("a checksum is verified wherever it stands", "[proxy_header][S-PROXY-2.2.3-01]") {
    auto const wire = v2("2111", ipv4_addresses + hex("03 0004 2C3936E2"));  // P4
    for_every_cut(wire, [](auto const& stream) {
        auto const said = read(stream);
        CHECK(said.end == 35);
        CHECK(said.tlvs.size() == 1);
    });
    for (std::size_t i = 16; i < wire.size(); ++i) {
        if (i >= 28 && i < 31) continue;  // type and length of the TLV itself
        CAPTURE(i);
        auto damaged = wire;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
        auto const expected = refused(error::bad_proxy_checksum, 34);
        for_every_cut(
            damaged, [&](auto const& stream) { CHECK(read(stream) == expected); }, 1);
    }
    CHECK(postel::crc32c("123456789") == 0xE3069283);
    CHECK(postel::crc32c("56789", postel::crc32c("1234")) == 0xE3069283);
    CHECK(postel::crc32c("") == 0);
}

TEST_CASE("a header has one checksum, right or not", "[proxy_header][S-PROXY-2.2.3-01]") {
    auto const second = hex("03 0004 00000000");
    auto wire = v2("2111", ipv4_addresses + hex("03 0004 00000000") + second);
    auto const sum = postel::crc32c(wire);
    for (std::size_t i = 0; i < 4; ++i) wire[31 + i] = static_cast<char>(sum >> (24 - 8 * i));
    CHECK(read({wire}).fault == error::bad_proxy_header);
}

TEST_CASE("what the proxy says about TLS comes out typed", "[proxy_header][S-PROXY-2.2.6-01]") {
    auto const wire = hex(  // P5
        "0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A 21 11 00 65 C0 00 02 01 C6 33 64 01 DC 04 00 19 01 00"
        "04 73 6D 74 70 02 00 10 6D 61 69 6C 2E 65 78 61 6D 70 6C 65 2E 6F 72 67 20 00 39 07 00 00"
        "00 00 21 00 07 54 4C 53 76 31 2E 33 23 00 16 54 4C 53 5F 41 45 53 5F 32 35 36 5F 47 43 4D"
        "5F 53 48 41 33 38 34 22 00 0E 63 6C 69 65 6E 74 2E 65 78 61 6D 70 6C 65 04 00 00");
    REQUIRE(wire.size() == 117);
    for_every_cut(wire, [](auto const& stream) { CHECK(read(stream).tlvs.size() == 4); });
    proxy_reader reader;
    auto const step = reader.next(wire);
    REQUIRE(step);
    CHECK(step->header.tlvs.find(proxy_tlv_type::alpn) == "smtp");
    CHECK(step->header.tlvs.find(proxy_tlv_type::authority) == "mail.example.org");
    CHECK(step->header.tlvs.find(proxy_tlv_type::noop) == "");
    auto const tls = step->header.tls();
    REQUIRE(tls);
    CHECK(tls->tls);
    CHECK(tls->certificate_now);
    CHECK(tls->certificate_in_session);
    CHECK(tls->verify == 0);
    CHECK(tls->certificate_verified());
    CHECK(tls->details.find(proxy_tlv_type::ssl_version) == "TLSv1.3");
    CHECK(tls->details.find(proxy_tlv_type::ssl_cipher) == "TLS_AES_256_GCM_SHA384");
    CHECK(tls->details.find(proxy_tlv_type::ssl_cn) == "client.example");
}

TEST_CASE("a certificate counts only where it was shown and is valid",
          "[proxy_header][S-PROXY-2.2.6-01]") {
    struct row {
        std::string value;
        bool verified;
    };
    auto const given = GENERATE(values<row>({
        {hex("20 0005 05 00000000"), true},
        {hex("20 0005 01 00000000"), false},  // none was shown
        {hex("20 0005 04 00000000"), false},  // no TLS
        {hex("20 0005 07 00000001"), false},
        {hex("20 0005 07 01000000"), false},
    }));
    CAPTURE(given.value);
    auto const wire = v2("2111", ipv4_addresses + given.value);
    proxy_reader reader;
    auto const step = reader.next(wire);
    REQUIRE(step);
    REQUIRE(step->header.tls());
    CHECK(step->header.tls()->certificate_verified() == given.verified);
}

TEST_CASE("values inside the TLS value end with it", "[proxy_header][S-PROXY-2.2.6-01]") {
    CHECK(judge(hex("20 0008 01 00000000 21 0000")) == error::none);
    CHECK(judge(hex("20 0008 01 00000000 21 0001")) == error::bad_proxy_header);
    CHECK(judge(hex("20 0007 01 00000000 21 00")) == error::bad_proxy_header);
    CHECK(judge(hex("20 0008 01 00000000 21 0001 04 0000")) == error::bad_proxy_header);
}

TEST_CASE("values that do not end with their octets are none", "[proxy_header]") {
    CHECK(postel::proxy_tlvs{hex("E0 0000")}.octets().size() == 3);
    CHECK(postel::proxy_tlvs{hex("E0 0001")}.empty());
    CHECK(postel::proxy_tlvs{hex("E0 0000 E0")}.empty());
    CHECK(postel::proxy_tlvs{}.begin() == postel::proxy_tlvs{}.end());
    // A header that nobody has read may hold a TLS value without its head.
    proxy_header header;
    auto const headless = hex("20 0004 01000000");
    header.tlvs = postel::proxy_tlvs{headless};
    CHECK_FALSE(header.tls());
}

TEST_CASE("an address becomes a literal where mail has one for it", "[proxy_header]") {
    proxy_address address{kind::ipv4, {192, 0, 2, 1}, 25, {}};
    REQUIRE(address.literal());
    CHECK(*address.literal() == *postel::parse_address_literal("[192.0.2.1]"));
    address.type = kind::ipv6;
    REQUIRE(address.literal());
    CHECK(*address.literal() == *postel::parse_address_literal("[IPv6:c000:201::]"));
    address.type = kind::unix_socket;
    CHECK_FALSE(address.literal());
}
