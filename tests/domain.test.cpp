#include <postel/domain.hpp>
//
#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <string_view>

using namespace postel;

namespace {

static_assert(*parse_domain("mx.example.org") == "mx.example.org");
static_assert(parse_domain("b_c.example").fault() == failure{error::bad_domain, 1});

std::string canonical(std::string_view name) {
    std::string out;
    write_domain(out, name);
    return out;
}

/// A name of `octets` octets in labels of 63 and a shorter last one.
std::string name_of(std::size_t octets) {
    std::string name;
    while (name.size() + 64 < octets) name += std::string(63, 'a') + '.';
    return name + std::string(octets - name.size(), 'b');
}

}  // namespace

TEST_CASE("a domain of letters, digits and inner hyphens is taken whole", "[domain]") {
    auto const name = GENERATE(as<std::string_view>{}, "a", "7", "example", "b.example",
                               "a-b.example", "a--b.c", "xn--bcher-kva.example", "123.456",
                               "1.2.3.4", "3com.example", "A.B.C.D.E.F.G", "MX-1.EXAMPLE");
    CAPTURE(name);
    auto const read = parse_domain(name);
    REQUIRE(read);
    CHECK(*read == name);
    CHECK(read->data() == name.data());
}

TEST_CASE("a domain outside the grammar is refused where it leaves it",
          "[domain][S-5321-4.1.2-04][S-5321-4.1.2-05]") {
    struct row {
        std::string_view name;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"", 0},           {".", 0},           {".b", 0},
        {"b.", 2},         {"b.example.", 10}, {"b..c", 2},
        {"-b.example", 0}, {"b-.example", 1},  {"b.-c", 2},
        {"b.c-", 3},       {"-", 0},           {"b_c.example", 1},
        {"_b.example", 0}, {"b c", 1},         {" b", 0},
        {"b ", 1},         {"b\t", 1},         {"b@c", 1},
        {"b/c", 1},        {"[192.0.2.1]", 0}, {"b:25", 1},
        {"b\x01", 1},      {"b\x7F", 1},       {std::string_view{"b\0c", 3}, 1},
    }));
    CAPTURE(given.name);
    auto const failed = failure{error::bad_domain, given.at};
    CHECK(parse_domain(given.name).fault() == failed);
    CHECK(parse_domain(given.name, charset::utf8).fault() == failed);
}

TEST_CASE("a domain stops at the first octet that is not its own", "[domain]") {
    cursor in{"b.example>SIZE=1"};
    auto const read = parse_domain(in, charset::ascii);
    REQUIRE(read);
    CHECK(*read == "b.example");
    CHECK(in.rest() == ">SIZE=1");
}

TEST_CASE("a domain has 255 octets at the most", "[domain][S-5321-4.5.3.1.2-01]") {
    auto const longest = name_of(255);
    REQUIRE(longest.size() == 255);
    CHECK(parse_domain(longest));
    CHECK(parse_domain(name_of(256)).fault() == failure{error::domain_too_long, 255});
    CHECK(parse_domain(name_of(5000)).fault() == failure{error::domain_too_long, 255});
}

TEST_CASE("a label has 63 octets at the most", "[domain]") {
    auto const label = std::string(63, 'x');
    CHECK(parse_domain(label));
    CHECK(parse_domain("a." + label + ".b"));
    CHECK(parse_domain("a." + label + "x.b").fault() == failure{error::domain_too_long, 65});
}

TEST_CASE("a domain beyond ASCII needs the charset and UTF-8", "[domain][S-6531-3.2-01]") {
    auto const name = GENERATE(as<std::string_view>{}, "\xE4\xBE\x8B.example",
                               "b\xC3\xBC"
                               "cher.de",
                               "www.\xE4\xBE\x8B", "a.\xF0\x9F\x98\x80-1.b", "\xC3\xA9");
    CAPTURE(name);
    auto const read = parse_domain(name, charset::utf8);
    REQUIRE(read);
    CHECK(*read == name);
    auto const refused = parse_domain(name, charset::ascii);
    CHECK(refused.fault().code == error::non_ascii_address);
    CHECK(non_ascii(name[refused.fault().at]));
}

TEST_CASE("a domain beyond ASCII is judged like any other", "[domain][S-6531-3.3-01]") {
    struct row {
        std::string_view name;
        failure why;
    };
    auto const given = GENERATE(values<row>({
        {"\xC0\xAF"
         "b",
         {error::bad_utf8, 0}},
        {"a.\xED\xA0\x80", {error::bad_utf8, 2}},
        {"a\xC3", {error::bad_utf8, 1}},
        {"a\xC2\x85"
         "b",
         {error::bad_domain, 1}},  // U+0085, a C1 control
        {"-\xC3\xA9", {error::bad_domain, 0}},
        {"\xC3\xA9-", {error::bad_domain, 2}},
        {"\xC3\xA9..b", {error::bad_domain, 3}},
        {"\xC3\xA9_b", {error::bad_domain, 2}},
    }));
    CAPTURE(given.name);
    CHECK(parse_domain(given.name, charset::utf8).fault() == given.why);
}

TEST_CASE("a label beyond ASCII may have more than 63 octets but the domain not more than 255",
          "[domain]") {
    std::string label;
    while (label.size() < 66) label += "\xE4\xBE\x8B";
    CHECK(parse_domain(label, charset::utf8));
    while (label.size() < 255) label += "\xE4\xBE\x8B";
    REQUIRE(label.size() == 255);
    CHECK(parse_domain(label, charset::utf8));
    CHECK(parse_domain(label + 'a', charset::utf8).fault() == failure{error::domain_too_long, 255});
}

TEST_CASE("domains are equal without regard to case", "[domain][B-5321-2.4-03]") {
    CHECK(equal_domains("Example.ORG", "eXAMPLE.org"));
    CHECK_FALSE(equal_domains("example.org", "example.com"));
    CHECK_FALSE(equal_domains("example.org", "mx.example.org"));
    CHECK(equal_domains("A\xC3\xA9.b", "a\xC3\xA9.B"));
    CHECK_FALSE(equal_domains("\xC3\xA9.b", "\xC3\x89.b"));
}

TEST_CASE("a domain is written in lower case", "[domain]") {
    CHECK(canonical("") == "");
    CHECK(canonical("b.example") == "b.example");
    CHECK(canonical("B.eXamplE") == "b.example");
    CHECK(canonical("ABC") == "abc");
    CHECK(canonical("\xC3\x89.ORG") == "\xC3\x89.org");
}
