#include <postel/proxy_protocol.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/split.hpp"

using namespace std::string_literals;
using postel::error;
using postel::proxy_address;
using postel::proxy_header;
using postel::proxy_reader;
using postel::proxy_tlv_type;
using postel::proxy_transport;
using postel::test::for_every_cut;
using postel::test::hex;
using kind = proxy_address::kind;

namespace {

constexpr std::size_t nowhere = ~std::size_t{0};

/// One end of a connection, without views.
struct side {
    kind type = kind::none;
    std::string address;  ///< octets, or the path
    int port = 0;

    friend bool operator==(side const&, side const&) = default;
};

side copy(proxy_address const& given) {
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

outcome read(postel::test::pieces const& stream, std::size_t longest = 4096) {
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

outcome refused(error fault, std::size_t at) {
    outcome all;
    all.fault = fault;
    all.at = at;
    return all;
}

side ipv4(std::string_view octets, int port) {
    return {kind::ipv4, hex(octets), port};
}
side ipv6(std::string_view octets, int port) {
    return {kind::ipv6, hex(octets), port};
}

std::string const signature = hex("0D0A0D0A000D0A515549540A");
std::string const ipv4_addresses = hex("C0000201 C6336401 DC04 0019");
side const client_ipv4 = ipv4("C0000201", 56324);
side const server_ipv4 = ipv4("C6336401", 25);
side const client_ipv6 = ipv6("20010DB8000000000000000000000001", 56324);
side const server_ipv6 = ipv6("20010DB8000000000000000000000025", 465);

std::string v2(std::string_view command_and_family, std::string_view body) {
    auto const size = body.size();
    return signature + hex(command_and_family) + static_cast<char>(size >> 8) +
           static_cast<char>(size & 255) + std::string{body};
}

/// Whether a header of IPv4 addresses and these octets behind them is refused, and why.
error judge(std::string_view tlvs) {
    return read({v2("2111", ipv4_addresses + std::string{tlvs})}).fault;
}

}  // namespace

TEST_CASE("a header of version 1 is read however it is cut and nothing behind it is",
          "[proxy_protocol][S-PROXY-2.1-01][S-PROXY-2.1-04]") {
    struct row {
        std::string line;
        side source, destination;
    };
    auto const given = GENERATE(values<row>({
        {"PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n", client_ipv4, server_ipv4},
        {"PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", ipv4("00000000", 0),
         ipv4("FFFFFFFF", 65535)},
        {"PROXY TCP6 2001:db8::1 2001:db8::25 56324 465\r\n", client_ipv6, server_ipv6},
        {"PROXY TCP6 2001:0DB8:0:0:0:0:0:1 2001:DB8::0025 56324 465\r\n", client_ipv6, server_ipv6},
        {"PROXY TCP6 ::ffff:192.0.2.1 :: 1 2\r\n", ipv6("00000000000000000000FFFFC0000201", 1),
         ipv6("00000000000000000000000000000000", 2)},
        {"PROXY UNKNOWN\r\n", {}, {}},
        {"PROXY UNKNOWN foo bar\r\n", {}, {}},
        {"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", {}, {}},
        {"PROXY UNKNOWN\0\xff\t\r\n"s, {}, {}},
    }));
    CAPTURE(given.line);
    outcome expected;
    expected.end = given.line.size();
    expected.version = 1;
    expected.source = given.source;
    expected.destination = given.destination;
    if (given.source.type != kind::none) expected.transport = proxy_transport::stream;
    for_every_cut(given.line, [&](auto const& stream) { CHECK(read(stream) == expected); });
    for_every_cut(given.line + "EHLO a\r\n",
                  [&](auto const& stream) { CHECK(read(stream) == expected); });
}

TEST_CASE("a line of version 1 is refused at the first octet that shows it",
          "[proxy_protocol][S-PROXY-2.1-02][S-PROXY-2.1-03]") {
    struct row {
        std::string line;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"PROXY UNKNOWN\n", 13},
        {"PROXY UNKNOWN\r", nowhere},
        {"PROXY UNKNOWN\r\r\n", 14},
        {"PROXY UNKNOWN foo\nbar\r\n", 17},
        {"PROXY unknown\r\n", 6},
        {"PROXY UNKNOW\r\n", 12},
        {"PROXY  TCP4 192.0.2.1 198.51.100.1 1 2\r\n", 6},
        {"PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n", 9},
        {"PROXY TCP 192.0.2.1 198.51.100.1 1 2\r\n", 9},
        {"PROXY TCP46 192.0.2.1 198.51.100.1 1 2\r\n", 10},
        {"PROXY TCP4\t192.0.2.1 198.51.100.1 1 2\r\n", 10},
        {"PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n", 11},
        {"PROXY TCP4 192.0.02.1 198.51.100.1 1 2\r\n", 18},
        {"PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n", 21},
        {"PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n", 18},
        {"PROXY TCP4 192.0.2.1.1 198.51.100.1 1 2\r\n", 20},
        {"PROXY TCP4 192.0..1 198.51.100.1 1 2\r\n", 17},
        {"PROXY TCP4 2001:db8::1 2001:db8::25 1 2\r\n", 14},
        {"PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n", 38},
        {"PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n", 40},
        {"PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n", 35},
        {"PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n", 34},
        {"PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n", 35},
        {"PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n", 37},
        {"PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n", 37},
        {"PROXY TCP4 192.0.2.1 198.51.100.1 1 2\rX", 38},
        {"PROXY TCP4\r\n", 10},
        {"PROXY TCP6 192.0.2.1 2001:db8::25 1 2\r\n", 20},
        {"PROXY TCP6 2001:db8::1::2 2001:db8::25 1 2\r\n", 25},
        {"PROXY TCP6 2001:db8 2001:db8::25 1 2\r\n", 19},
        {"PROXY TCP6  2001:db8::25 1 2\r\n", 11},
        {"PROXY TCP6 [2001:db8::1] 2001:db8::25 1 2\r\n", 11},
        {"PROXY TCP6 fe80::1%eth0 2001:db8::25 1 2\r\n", 18},
        {"PROXY TCP6 ::ffff:192.0.02.1 :: 1 2\r\n", 28},
        {"PROXY TCP6 1:2:3:4:5:6:7:8:9 :: 1 2\r\n", 28},
        {"PROXY TCP6 ::192.0.2.1.1 :: 1 2\r\n", 24},
        {"PROXY TCP6 " + std::string(45, '1') + "1 :: 1 2\r\n", 56},
    }));
    CAPTURE(given.line);
    auto const fault = given.at == nowhere ? error::none : error::bad_proxy_header;
    auto const expected = refused(fault, given.at);
    for_every_cut(given.line, [&](auto const& stream) { CHECK(read(stream) == expected); });
}

TEST_CASE("a line of version 1 has its CR LF within 107 octets",
          "[proxy_protocol][S-PROXY-2.1-05]") {
    auto const line = "PROXY UNKNOWN" + std::string(92, 'x');
    auto const longest = line + "\r\n";
    REQUIRE(longest.size() == 107);
    for_every_cut(longest, [](auto const& stream) { CHECK(read(stream).end == 107); });
    auto const expected = refused(error::proxy_header_too_long, 106);
    for_every_cut(line + "x\r\n", [&](auto const& stream) { CHECK(read(stream) == expected); });
    for_every_cut(line + "xx\r\n", [&](auto const& stream) { CHECK(read(stream) == expected); });
}

TEST_CASE("what starts like neither version is refused at once, so nothing is ever guessed",
          "[proxy_protocol][S-PROXY-2-01]") {
    struct row {
        std::string wire;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"EHLO c\r\n", 0},
        {"proxy UNKNOWN\r\n", 0},
        {" PROXY UNKNOWN\r\n", 0},
        {"PROXX", 4},
        {"PROXY\r\n", 5},
        {"\n", 0},
        {"\r\r\n", 1},
        {"\r\nPROXY UNKNOWN\r\n", 2},
        {"\r\n\r\n\0\r\nquit\n"s, 7},
        {"\x16\x03\x01", 0},
    }));
    CAPTURE(given.wire);
    auto const expected = refused(error::not_a_proxy_header, given.at);
    for_every_cut(given.wire, [&](auto const& stream) { CHECK(read(stream) == expected); });
}

TEST_CASE("LOCAL is accepted and what it announces is skipped unread",
          "[proxy_protocol][S-PROXY-2.2-01][S-PROXY-2.2-03]") {
    auto const wire = GENERATE_COPY(values<std::string>({
        signature + hex("20 00 0000"),           // P1
        signature + hex("20 00 0004 DEADBEEF"),  // P6
        signature + hex("20 11 0001 00"),        // no addresses for this family
        signature + hex("20 FF 0003 03FFFF"),    // no family, and no TLV either
    }));
    CAPTURE(wire);
    outcome expected;
    expected.end = wire.size();
    expected.version = 2;
    expected.local = true;
    for_every_cut(wire + "\r\nEHLO", [&](auto const& stream) { CHECK(read(stream) == expected); });
}

TEST_CASE("addresses of version 2 are read for every family and transport",
          "[proxy_protocol][S-PROXY-2.2-01][S-PROXY-2.2-04][S-PROXY-2.2-06]") {
    auto const path = [](std::string text) {
        text.resize(108);
        return text;
    };
    auto const ipv6_addresses =
        hex("20010DB8000000000000000000000001 20010DB8000000000000000000000025 DC04 01D1");
    struct row {
        std::string_view family;
        std::string addresses;
        side source, destination;
    };
    auto const given = GENERATE_COPY(values<row>({
        {"211", ipv4_addresses, client_ipv4, server_ipv4},  // P2
        {"212", ipv6_addresses, client_ipv6, server_ipv6},  // P3
        {"213",
         path("/run/client") + path("/run/server"),
         {kind::unix_socket, "/run/client", 0},
         {kind::unix_socket, "/run/server", 0}},
        {"213",
         path("\0a\0b"s) + path("/run/x\0garbage"s),
         {kind::unix_socket, "\0a\0b"s, 0},
         {kind::unix_socket, "/run/x", 0}},
        {"213",
         path("") + std::string(108, 'p'),
         {kind::unix_socket, "", 0},
         {kind::unix_socket, std::string(108, 'p'), 0}},
    }));
    auto const transport = GENERATE(proxy_transport::stream, proxy_transport::datagram);
    auto const wire =
        v2(std::string{given.family} + (transport == proxy_transport::stream ? '1' : '2'),
           given.addresses);
    CAPTURE(given.family, transport);
    outcome expected;
    expected.end = wire.size();
    expected.version = 2;
    expected.transport = transport;
    expected.source = given.source;
    expected.destination = given.destination;
    for_every_cut(wire + "Q", [&](auto const& stream) { CHECK(read(stream) == expected); });
}

TEST_CASE("an unspecified family has no addresses and hides what is behind it",
          "[proxy_protocol][S-PROXY-2.2-04]") {
    auto const wire = v2("2100", "what is this?");
    outcome expected;
    expected.end = wire.size();
    expected.version = 2;
    for_every_cut(wire, [&](auto const& stream) { CHECK(read(stream) == expected); });
    CHECK_FALSE(proxy_header{}.has_addresses());
}

TEST_CASE("command and family of version 2 are refused as soon as they are there",
          "[proxy_protocol][S-PROXY-2.2-02][S-PROXY-2.2-04]") {
    int valid = 0;
    for (unsigned octet = 0; octet < 256; ++octet) {
        CAPTURE(octet);
        auto wire = v2("2111", ipv4_addresses);
        wire[12] = static_cast<char>(octet);
        if (octet == 0x20 || octet == 0x21)
            CHECK(read({wire}).end == wire.size());
        else
            CHECK(read({wire.substr(0, 13)}) == refused(error::bad_proxy_header, 12));
        wire = v2("2111", std::string(216, '\0'));
        wire[13] = static_cast<char>(octet);
        auto const step = read({wire.substr(0, 14)});
        if (step.fault == error::none) {
            ++valid;
            CHECK((octet == 0 || (octet & 15) == 1 || (octet & 15) == 2));
            CHECK(octet <= 0x32);
        } else {
            CHECK(step == refused(error::bad_proxy_header, 13));
        }
    }
    CHECK(valid == 7);
}

TEST_CASE("addresses longer than the header are refused when its length is there",
          "[proxy_protocol][S-PROXY-2.2-05]") {
    struct row {
        std::string_view family;
        std::size_t least;
    };
    auto const given = GENERATE(values<row>({{"2111", 12}, {"2121", 36}, {"2131", 216}}));
    CAPTURE(given.family);
    auto const wire = v2(given.family, std::string(given.least - 1, 'a'));
    auto const expected = refused(error::bad_proxy_header, 15);
    for_every_cut(wire, [&](auto const& stream) { CHECK(read(stream) == expected); });
    CHECK(read({v2(given.family, std::string(given.least, 'a'))}).end == 16 + given.least);
}

TEST_CASE("a header above the cap is refused when its length is there", "[proxy_protocol]") {
    auto const wire = v2("2100", std::string(484, 'x'));
    for_every_cut(wire, [](auto const& stream) { CHECK(read(stream, 500).end == 500); });
    auto const expected = refused(error::proxy_header_too_long, 15);
    for_every_cut(wire, [&](auto const& stream) { CHECK(read(stream, 499) == expected); });
    CHECK(read({signature + hex("21 11 FFFF")}) == expected);
    CHECK(read({v2("2100", std::string(92, 'x'))}, 0) == expected);
    CHECK(read({v2("2100", std::string(91, 'x'))}, 0).end == 107);
}

TEST_CASE("values behind the addresses come out in order and unknown ones too",
          "[proxy_protocol][S-PROXY-2.2-06][S-PROXY-2.2-07]") {
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
          "[proxy_protocol][S-PROXY-2.2-06]") {
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

TEST_CASE("a checksum is verified wherever it stands", "[proxy_protocol][S-PROXY-2.2.3-01]") {
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

TEST_CASE("a header has one checksum, right or not", "[proxy_protocol][S-PROXY-2.2.3-01]") {
    auto const second = hex("03 0004 00000000");
    auto wire = v2("2111", ipv4_addresses + hex("03 0004 00000000") + second);
    auto const sum = postel::crc32c(wire);
    for (std::size_t i = 0; i < 4; ++i) wire[31 + i] = static_cast<char>(sum >> (24 - 8 * i));
    CHECK(read({wire}).fault == error::bad_proxy_header);
}

TEST_CASE("what the proxy says about TLS comes out typed", "[proxy_protocol][S-PROXY-2.2.6-01]") {
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
          "[proxy_protocol][S-PROXY-2.2.6-01]") {
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

TEST_CASE("values inside the TLS value end with it", "[proxy_protocol][S-PROXY-2.2.6-01]") {
    CHECK(judge(hex("20 0008 01 00000000 21 0000")) == error::none);
    CHECK(judge(hex("20 0008 01 00000000 21 0001")) == error::bad_proxy_header);
    CHECK(judge(hex("20 0007 01 00000000 21 00")) == error::bad_proxy_header);
    CHECK(judge(hex("20 0008 01 00000000 21 0001 04 0000")) == error::bad_proxy_header);
}

TEST_CASE("values that do not end with their octets are none", "[proxy_protocol]") {
    CHECK(postel::proxy_tlvs{hex("E0 0000")}.octets().size() == 3);
    CHECK(postel::proxy_tlvs{hex("E0 0001")}.empty());
    CHECK(postel::proxy_tlvs{hex("E0 0000 E0")}.empty());
    CHECK(postel::proxy_tlvs{}.begin() == postel::proxy_tlvs{}.end());
    // A header that nobody has read may hold a TLS value without its head.
    proxy_header header;
    header.tlvs = postel::proxy_tlvs{hex("20 0004 01000000")};
    CHECK_FALSE(header.tls());
}

TEST_CASE("a reader that is reset reads another header", "[proxy_protocol]") {
    proxy_reader reader{200};
    REQUIRE_FALSE(reader.next("EHLO"));
    reader.reset();
    REQUIRE(reader.next(v2("2111", ipv4_addresses).substr(0, 20)));
    CHECK(reader.held() == 20);
    reader.reset();
    CHECK(reader.heap_octets() == 0);
    auto const step = reader.next("PROXY UNKNOWN\r\n");
    REQUIRE(step);
    CHECK(step->complete);
    reader.reset();
    CHECK(reader.next(v2("2100", std::string(200, 'x'))).fault().code ==
          error::proxy_header_too_long);
}

TEST_CASE("an address becomes a literal where mail has one for it", "[proxy_protocol]") {
    proxy_address address{kind::ipv4, {192, 0, 2, 1}, 25, {}};
    REQUIRE(address.literal());
    CHECK(*address.literal() == *postel::parse_address_literal("[192.0.2.1]"));
    address.type = kind::ipv6;
    REQUIRE(address.literal());
    CHECK(*address.literal() == *postel::parse_address_literal("[IPv6:c000:201::]"));
    address.type = kind::unix_socket;
    CHECK_FALSE(address.literal());
}
