#include <postel/address_literal.hpp>
//
#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

using namespace postel;
using kind = address_literal::kind;

namespace {

static_assert(parse_address_literal("[192.0.2.1]")->octets[0] == 192);
static_assert(parse_address_literal("[IPv6:2001:db8::1]")->octets[15] == 1);
static_assert(!parse_address_literal("[IPv6:1:2:3:4:5:6:7::]"));
static_assert(!parse_address_literal("[IPv6:1:2:3:4:5:6:7:192.0.2.1]"));  // and writes nowhere

std::string written(address_literal const& literal) {
    std::string out;
    write_address_literal(out, literal);
    return out;
}

}  // namespace

TEST_CASE("an IPv4 literal is four numbers from 0 to 255", "[address_literal][S-5321-4.1.3-01]") {
    struct row {
        std::string_view text;
        ipv4_address octets;
    };
    auto const given = GENERATE(values<row>({
        {"[192.0.2.1]", {192, 0, 2, 1}},
        {"[192.0.2.255]", {192, 0, 2, 255}},
        {"[0.0.0.0]", {0, 0, 0, 0}},
        {"[255.255.255.255]", {255, 255, 255, 255}},
        {"[192.000.002.001]", {192, 0, 2, 1}},
        {"[010.9.08.007]", {10, 9, 8, 7}},
    }));
    CAPTURE(given.text);
    auto const read = parse_address_literal(given.text);
    REQUIRE(read);
    CHECK(read->type == kind::ipv4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(read->octets[i] == given.octets[i]);
    for (std::size_t i = 4; i < 16; ++i) CHECK(read->octets[i] == 0);
}

TEST_CASE("an IPv4 literal outside the grammar is refused where it leaves it",
          "[address_literal][S-5321-4.1.3-01]") {
    struct row {
        std::string_view text;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"[192.0.2.256]", 9},
        {"[999.0.2.1]", 1},
        {"[1.2.3]", 6},
        {"[1.2.3.4.5]", 8},
        {"[1.2.3.]", 7},
        {"[.1.2.3]", 1},
        {"[1..2.3]", 3},
        {"[1.2.3.0004]", 10},
        {"[1.2.3.-4]", 7},
        {"[1.2.3.4", 8},
        {"1.2.3.4", 0},
        {"[1.2.3.4 ]", 8},
        {"[ 1.2.3.4]", 1},
        {"[0x7f.1.2.3]", 2},
        {"[]", 1},
        {"[", 1},
        {"", 0},
        {"[1.2.3.4]x", 9},
    }));
    CAPTURE(given.text);
    CHECK(parse_address_literal(given.text).fault() ==
          failure{error::bad_address_literal, given.at});
}

TEST_CASE("an IPv6 literal is read in every form of the grammar",
          "[address_literal][S-5321-4.1.3-02]") {
    struct row {
        std::string_view text;
        std::string_view canonical;
    };
    auto const given = GENERATE(values<row>({
        // IPv6-full
        {"[IPv6:2001:db8:1:2:3:4:5:6]", "[IPv6:2001:db8:1:2:3:4:5:6]"},
        {"[IPv6:2001:0DB8:0001:0002:0003:0004:0005:0006]", "[IPv6:2001:db8:1:2:3:4:5:6]"},
        {"[ipv6:0:0:0:0:0:0:0:0]", "[IPv6:::]"},
        {"[IPV6:1:0:0:2:0:0:0:3]", "[IPv6:1:0:0:2::3]"},
        {"[IPv6:1:0:0:2:3:0:0:4]", "[IPv6:1::2:3:0:0:4]"},
        {"[IPv6:1:0:2:3:4:5:6:7]", "[IPv6:1:0:2:3:4:5:6:7]"},
        // IPv6-comp
        {"[IPv6:::]", "[IPv6:::]"},
        {"[IPv6:::1]", "[IPv6:::1]"},
        {"[IPv6:1::]", "[IPv6:1::]"},
        {"[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"},
        {"[IPv6:1:2:3:4:5:6::]", "[IPv6:1:2:3:4:5:6::]"},
        {"[IPv6:::1:2:3:4:5:6]", "[IPv6:::1:2:3:4:5:6]"},
        {"[IPv6:1:2:3::4:5:6]", "[IPv6:1:2:3::4:5:6]"},
        {"[IPv6:FE80::ABCD]", "[IPv6:fe80::abcd]"},
        // IPv6v4-full
        {"[IPv6:1:2:3:4:5:6:192.0.2.1]", "[IPv6:1:2:3:4:5:6:c000:201]"},
        {"[IPv6:0:0:0:0:0:ffff:192.0.2.1]", "[IPv6:::ffff:192.0.2.1]"},
        // IPv6v4-comp
        {"[IPv6:::ffff:192.0.2.1]", "[IPv6:::ffff:192.0.2.1]"},
        {"[IPv6:::FFFF:C000:0201]", "[IPv6:::ffff:192.0.2.1]"},
        {"[IPv6:::FF00:C000:0201]", "[IPv6:::ff00:c000:201]"},  // near them, and not mapped
        {"[IPv6:::FF:C000:0201]", "[IPv6:::ff:c000:201]"},
        {"[IPv6:::192.0.2.1]", "[IPv6:::c000:201]"},
        {"[IPv6:64:ff9b::192.0.2.33]", "[IPv6:64:ff9b::c000:221]"},
        {"[IPv6:1:2:3:4::192.0.2.1]", "[IPv6:1:2:3:4::c000:201]"},
        {"[IPv6:::1:2:3:4:192.0.2.1]", "[IPv6:::1:2:3:4:c000:201]"},
        {"[IPv6:::1:2:3:4:192.000.002.001]", "[IPv6:::1:2:3:4:c000:201]"},
    }));
    CAPTURE(given.text);
    auto const read = parse_address_literal(given.text);
    REQUIRE(read);
    CHECK(read->type == kind::ipv6);
    CHECK(written(*read) == given.canonical);
    auto const again = parse_address_literal(given.canonical);
    REQUIRE(again);
    CHECK(*again == *read);
}

TEST_CASE("the groups of an IPv6 literal are where they were written", "[address_literal]") {
    auto const octets = parse_address_literal("[IPv6:1:203::4:f0e:192.0.2.33]")->octets;
    CHECK(octets == ipv6_address{0, 1, 2, 3, 0, 0, 0, 0, 0, 4, 0x0f, 0x0e, 192, 0, 2, 33});
}

TEST_CASE("each hexadecimal digit has its value in either letter case", "[address_literal]") {
    auto const digits =
        GENERATE(as<std::string_view>{}, "0123:4567:89ab:cdef", "0123:4567:89AB:CDEF");
    auto const octets = parse_address_literal("[IPv6:" + std::string{digits} + "::]")->octets;
    CHECK(octets == ipv6_address{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef});
}

TEST_CASE("an IPv6 literal outside the grammar is refused",
          "[address_literal][S-5321-4.1.3-02][S-5321-4.1.3-03]") {
    auto const text = GENERATE(
        as<std::string_view>{}, "[2001:db8::1]", "[::1]", "[fe80::1]", "[IPv6:]", "[IPv6::]",
        "[IPv6:::::]", "[IPv6:1]", "[IPv6:1:2:3:4:5:6:7]", "[IPv6:1:2:3:4:5:6:7:8:9]",
        "[IPv6:1:2:3:4:5:6:7:]", "[IPv6::1:2:3:4:5:6:7]", "[IPv6:1:2:3:4:5:6:7::]",
        "[IPv6:::1:2:3:4:5:6:7]", "[IPv6:1:2:3::4:5:6:7]", "[IPv6:1:2:3:4:5:6:7:8::]",
        "[IPv6:::1:2:3:4:5:6:7:8:9:a:b]", "[IPv6:1::2::3]", "[IPv6:1:::2]", "[IPv6:12345::]",
        "[IPv6:g::1]", "[IPv6:::1%eth0]", "[IPv6:::1/64]", "[IPv6: ::1]", "[IPv6:::1 ]",
        "[IPv6:::1", "[IPv6:1:2:3:4:5:192.0.2.1]", "[IPv6:1:2:3:4:5:6:7:192.0.2.1]",
        "[IPv6:1:2:3:4:5::192.0.2.1]", "[IPv6:::1:2:3:4:5:192.0.2.1]", "[IPv6:192.0.2.1]",
        "[IPv6:::192.0.2.256]", "[IPv6:::192.0.2]", "[IPv6:::192.0.2.1:1]", "[IPv6:192.0.2.1::]",
        "[IPv6:::ffff:a.0.2.1]", "[IPv6-::1]", "[IPv6]");
    CAPTURE(text);
    auto const read = parse_address_literal(text);
    CHECK_FALSE(read);
    CHECK(read.fault().code == error::bad_address_literal);
    CHECK(read.fault().at <= text.size());
}

TEST_CASE("a literal with another tag is handed on as it is",
          "[address_literal][S-5321-4.1.3-04]") {
    struct row {
        std::string_view text, tag, content;
    };
    auto const given = GENERATE(values<row>({
        {"[FOO:bar]", "FOO", "bar"},
        {"[x400:c=us;o=a/b]", "x400", "c=us;o=a/b"},
        {"[IPv7:::1]", "IPv7", "::1"},
        {"[a-b-9:!~@<>\"]", "a-b-9", "!~@<>\""},
    }));
    CAPTURE(given.text);
    auto const read = parse_address_literal(given.text);
    REQUIRE(read);
    CHECK(read->type == kind::general);
    CHECK(read->tag == given.tag);
    CHECK(read->content == given.content);
    CHECK(written(*read) == given.text);
}

TEST_CASE("a literal with another tag keeps to the grammar", "[address_literal]") {
    auto const text = GENERATE(as<std::string_view>{}, "[FOO:]", "[FOO:a b]", "[FOO:a[b]",
                               "[FOO:a\\b]", "[FOO:a]b]", "[FOO-:a]", "[F_O:a]", "[:a]", "[FOO]",
                               "[FOO:a", "[FOO:\xC3\xA9]", "[FOO:\x7F]", "[beef:a]");
    CAPTURE(text);
    CHECK(parse_address_literal(text).fault().code == error::bad_address_literal);
}

TEST_CASE("a literal has 255 octets at the most", "[address_literal]") {
    auto const literal = [](std::size_t octets) {
        return "[FOO:" + std::string(octets - 6, 'x') + "]";
    };
    CHECK(parse_address_literal(literal(255)));
    CHECK(parse_address_literal(literal(256)).fault() == failure{error::domain_too_long, 255});
}

TEST_CASE("a literal ends at its bracket", "[address_literal]") {
    cursor in{"[192.0.2.1] my-host"};
    CHECK(parse_address_literal(in));
    CHECK(in.rest() == " my-host");
}

TEST_CASE("literals are compared by value", "[address_literal]") {
    auto const of = [](std::string_view text) { return *parse_address_literal(text); };
    CHECK(of("[192.0.2.1]") == of("[192.000.002.001]"));
    CHECK_FALSE(of("[192.0.2.1]") == of("[192.0.2.2]"));
    CHECK(of("[IPv6:::1]") == of("[ipv6:0:0:0:0:0:0:0:1]"));
    CHECK_FALSE(of("[0.0.0.0]") == of("[IPv6:::]"));
    CHECK_FALSE(of("[192.0.2.1]") == of("[IPv6:::ffff:192.0.2.1]"));
    CHECK(of("[FOO:bar]") == of("[foo:bar]"));
    CHECK_FALSE(of("[FOO:bar]") == of("[FOO:Bar]"));
}

TEST_CASE("any address comes back from its text", "[address_literal]") {
    std::minstd_rand random{42};
    for (int round = 0; round < 20000; ++round) {
        address_literal literal;
        literal.type = kind::ipv6;
        for (std::size_t i = 0; i < 16; i += 2) {
            auto const group = random() % 2 == 0 ? 0u : static_cast<unsigned>(random()) & 0xFFFFu;
            literal.octets[i] = static_cast<std::uint8_t>(group >> 8);
            literal.octets[i + 1] = static_cast<std::uint8_t>(group & 0xFF);
        }
        auto const text = written(literal);
        auto const read = parse_address_literal(text);
        if (!read || !(*read == literal)) FAIL_CHECK(text);
    }
}

TEST_CASE("the text of an address is the same without its brackets", "[address_literal]") {
    std::string out;
    write_ipv4_address(out, {198, 51, 100, 7});
    out += ' ';
    write_ipv6_address(out, {0x20, 0x01, 0x0d, 0xb8});
    CHECK(out == "198.51.100.7 2001:db8::");
    cursor in{out};
    CHECK(*parse_ipv4_address(in) == ipv4_address{198, 51, 100, 7});
    REQUIRE(in.take(' '));
    CHECK(*parse_ipv6_address(in) == ipv6_address{0x20, 0x01, 0x0d, 0xb8});
    CHECK(in.done());
}

TEST_CASE("general literals are equal if both tag and content are", "[address_literal]") {
    auto const one = *postel::parse_address_literal("[x-a:b]");
    CHECK(one == *postel::parse_address_literal("[X-A:b]"));
    CHECK_FALSE(one == *postel::parse_address_literal("[x-c:b]"));
    CHECK_FALSE(one == *postel::parse_address_literal("[x-a:c]"));
}
