#include <postel/utf8.hpp>
//
#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <string_view>

using namespace postel;

namespace {

static_assert(check_utf8("plain"));
static_assert(check_utf8("na\xC3\xAFve"));
static_assert(check_utf8("\xC0\xAF").fault() == failure{error::bad_utf8, 0});
static_assert(utf8_sequence_length("\xE4\xBE\x8B.example") == 3);

/// The definition, not the table: a code point as its shortest sequence.
std::string encode(unsigned point) {
    auto const octet = [](unsigned value) { return static_cast<char>(value); };
    if (point < 0x80) return {octet(point)};
    if (point < 0x800) return {octet(0xC0 | point >> 6), octet(0x80 | (point & 0x3F))};
    if (point < 0x10000)
        return {octet(0xE0 | point >> 12), octet(0x80 | (point >> 6 & 0x3F)),
                octet(0x80 | (point & 0x3F))};
    return {octet(0xF0 | point >> 18), octet(0x80 | (point >> 12 & 0x3F)),
            octet(0x80 | (point >> 6 & 0x3F)), octet(0x80 | (point & 0x3F))};
}

bool surrogate(unsigned point) {
    return point >= 0xD800 && point <= 0xDFFF;
}

}  // namespace

TEST_CASE("UTF-8 takes every code point but the surrogates", "[utf8][S-6531-3.3-01]") {
    std::size_t wrong = 0;
    for (unsigned point = 0; point <= 0x10FFFF; ++point)
        if (check_utf8(encode(point)).ok() == surrogate(point)) ++wrong;
    CHECK(wrong == 0);
    CHECK_FALSE(check_utf8(encode(0x110000)));
}

TEST_CASE("UTF-8 takes no two octets but the 1920 sequences and pairs of ASCII", "[utf8]") {
    std::size_t taken = 0;
    for (unsigned a = 0; a < 256; ++a)
        for (unsigned b = 0; b < 256; ++b)
            if (check_utf8(std::string{static_cast<char>(a), static_cast<char>(b)})) ++taken;
    CHECK(taken == 128 * 128 + 1920);
}

TEST_CASE("UTF-8 names the first octet of what is malformed", "[utf8][S-6531-3.3-01]") {
    struct row {
        std::string_view text;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"\x80", 0},                          // a tail without a head
        {"ab\xBF", 2},                        // the same, later
        {"\xC0\xAF", 0},                      // overlong "/"
        {"\xC1\xBF", 0},                      // overlong
        {"\xE0\x9F\xBF", 0},                  // overlong
        {"\xF0\x8F\xBF\xBF", 0},              // overlong
        {"x\xED\xA0\x80", 1},                 // a surrogate
        {"\xED\xBF\xBF", 0},                  // the last surrogate
        {"\xF4\x90\x80\x80", 0},              // U+110000
        {"\xF5\x80\x80\x80", 0},              // beyond
        {"\xFE", 0},                          // never an octet of UTF-8
        {"\xC3", 0},                          // cut
        {"\xC3\xA9\xE4\xBE", 2},              // cut
        {"\xF0\x9F\x98", 0},                  // cut
        {"\xC3(", 0},                         // a head, then ASCII
        {"\xE4\xBE(", 0},                     // the same
        {"\xF0\x9F\x98(", 0},                 // the same
        {"\xC3\xA9 \xE4\xBE\x8B \xFFzz", 7},  // after good ones
    }));
    CAPTURE(given.text);
    CHECK(check_utf8(given.text) == result<void>{failure{error::bad_utf8, given.at}});
}

TEST_CASE("a UTF-8 sequence ends where the next character starts", "[utf8]") {
    CHECK(utf8_sequence_length("") == 0);
    CHECK(utf8_sequence_length("a") == 0);
    CHECK(utf8_sequence_length("\xC3\xA9\xC3\xA9") == 2);
    CHECK(utf8_sequence_length("\xE4\xBE\x8B\xC3") == 3);
    CHECK(utf8_sequence_length("\xF0\x9F\x98\x80z") == 4);
}

TEST_CASE("a C1 control is refused where a character of an address is read", "[utf8]") {
    for (unsigned point = 0x80; point <= 0xFF; ++point) {
        CAPTURE(point);
        auto const text = encode(point);
        cursor in{text};
        auto const read = parse_utf8_non_ascii(in, error::bad_domain);
        CHECK(read.ok() == (point >= 0xA0));
        CHECK(in.at() == (point >= 0xA0 ? 2 : 0));
        if (!read) CHECK(read.fault() == failure{error::bad_domain, 0});
    }
    cursor in{"\xE0\xA0"};
    CHECK(parse_utf8_non_ascii(in, error::bad_domain).fault() == failure{error::bad_utf8, 0});
}

TEST_CASE("the second octet of three or four is a tail, and no more", "[utf8]") {
    for (std::string_view const bad : {"\xE1\xC0\x80", "\xEE\xC0\x80", "\xF0\xC0\x80\x80",
                                       "\xF1\xC0\x80\x80", "\xF4\x90\x80\x80"}) {
        CAPTURE(bad);
        CHECK_FALSE(postel::check_utf8(bad).ok());
    }
}
