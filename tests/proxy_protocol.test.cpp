#include <postel/proxy_protocol.hpp>

#include <cstdint>
#include <string>
#include <string_view>

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
