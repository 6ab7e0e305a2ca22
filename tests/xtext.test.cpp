#include <postel/xtext.hpp>
//
#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

using namespace postel;

namespace {

static_assert(check_xtext("a+2Bb"));
static_assert(check_xtext("a+2b").fault() == failure{error::bad_xtext, 3});

std::string encoded(std::string_view octets) {
    std::string out;
    encode_xtext(out, octets);
    return out;
}

}  // namespace

TEST_CASE("xtext is written and read back", "[xtext][B-3461-4-01]") {
    struct row {
        std::string_view raw, text;
    };
    auto const given = GENERATE(values<row>({
        {"", ""},
        {"a+b=c d", "a+2Bb+3Dc+20d"},
        {"e=mc2@example.com", "e+3Dmc2@example.com"},
        {"<>", "<>"},
        {"QQ 314", "QQ+20314"},
        {"!~*,<>", "!~*,<>"},
        {"\r\n", "+0D+0A"},
        {"\xC3\xA9\x7F", "+C3+A9+7F"},
        {std::string_view{"\0", 1}, "+00"},
    }));
    CAPTURE(given.text);
    CHECK(encoded(given.raw) == given.text);
    CHECK(check_xtext(given.text));
    auto const back = decode_xtext(given.text);
    REQUIRE(back);
    CHECK(*back == given.raw);
}

TEST_CASE("xtext that quotes more than it has to is read too", "[xtext]") {
    CHECK(*decode_xtext("+3C+3E") == "<>");
    CHECK(*decode_xtext("+61b") == "ab");
}

TEST_CASE("every octet goes through xtext and comes back", "[xtext][B-3461-4-01]") {
    for (int octet = 0; octet < 256; ++octet) {
        CAPTURE(octet);
        std::string const raw{'x', static_cast<char>(octet), 'y'};
        auto const text = encoded(raw);
        bool const plain = octet >= 33 && octet <= 126 && octet != '+' && octet != '=';
        CHECK(text.size() == (plain ? 3 : 5));
        CHECK(*decode_xtext(text) == raw);
        CHECK(check_xtext(raw).ok() == plain);
        CHECK(check_printable_xtext(text).ok() == (octet >= 32 && octet <= 126));
    }
}

TEST_CASE("what is not xtext is refused at the octet that does not fit", "[xtext][S-3461-4-01]") {
    struct row {
        std::string_view text;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"a+2", 3},
        {"a+", 2},
        {"+", 1},
        {"a+zz", 2},
        {"a+2b", 3},
        {"a+b2", 2},
        {"a+2G", 3},
        {"a++2B", 2},
        {"a+2 ", 3},
        {"a b", 1},
        {"a=b", 1},
        {"a\tb", 1},
        {"a\r\n", 1},
        {"\x7F", 0},
        {"\xC3\xA9", 0},
        {std::string_view{"a\0", 2}, 1},
    }));
    CAPTURE(given.text);
    auto const why = failure{error::bad_xtext, given.at};
    CHECK(check_xtext(given.text).fault() == why);
    CHECK(check_printable_xtext(given.text).fault() == why);
    CHECK(decode_xtext(given.text).fault() == why);
}

TEST_CASE("xtext of ENVID and ORCPT stands for printable octets only", "[xtext][S-3461-4.4-01]") {
    struct row {
        std::string_view text;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"+00", 0},
        {"a+0D", 1},
        {"ab+0Ac", 2},
        {"+20+7F", 3},
        {"+7E+80", 3},
        {"+FF", 0},
        {"+1F", 0},
    }));
    CAPTURE(given.text);
    CHECK(check_xtext(given.text));
    CHECK(check_printable_xtext(given.text).fault() == failure{error::bad_xtext, given.at});
}

TEST_CASE("xtext never writes beyond the room it is given", "[xtext]") {
    std::array<char, 4> room{'#', '#', '#', '#'};
    auto const part = std::span{room}.first(3);
    CHECK(decode_xtext("a+2Bcd", part).fault() == failure{error::bad_xtext, 5});
    CHECK(room[3] == '#');
    CHECK(*decode_xtext("a+2Bc", part) == 3);
    CHECK(std::string_view{room.data(), 4} == "a+c#");
}
