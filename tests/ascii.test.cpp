#include <postel/ascii.hpp>
//
#include "support/catch.hpp"

#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>

using namespace postel;

namespace {

static_assert(atext('!') && !atext('.') && !atext('@'));
static_assert(equal_ignoring_case("EHLO", "ehlo"));

std::size_t members(char_set const& set) {
    std::size_t count = 0;
    for (int octet = 0; octet < 256; ++octet)
        if (set(static_cast<char>(octet))) ++count;
    return count;
}

std::string listed(char_set const& set) {
    std::string octets;
    for (int octet = 0; octet < 256; ++octet)
        if (set(static_cast<char>(octet))) octets += static_cast<char>(octet);
    return octets;
}

}  // namespace

TEST_CASE("a character set holds what it was made of and nothing else", "[ascii]") {
    CHECK(members(char_set{}) == 0);
    CHECK(listed(char_set{"cab"}) == "abc");
    CHECK(listed(char_set::range('a', 'e')) == "abcde");
    CHECK(listed(char_set{"ab"} | char_set{"bc"}) == "abc");
    CHECK(listed(char_set{"abc"} - char_set{"bd"}) == "ac");
    CHECK(members(char_set::range(0, 255)) == 256);
    CHECK(char_set{"\xE9"}('\xE9'));
}

TEST_CASE("the sets of the grammar have the members that the RFC lists", "[ascii]") {
    CHECK(listed(digit) == "0123456789");
    CHECK(listed(hexdig) == "0123456789ABCDEFabcdef");
    CHECK(listed(wsp) == "\t ");
    CHECK(listed(atext) ==
          "!#$%&'*+-/0123456789=?ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~");
    CHECK(listed(ldh - let_dig) == "-");
    CHECK(members(alpha) == 52);
    CHECK(members(let_dig) == 62);
    CHECK(members(vchar) == 94);
    CHECK(listed(printable - vchar) == " ");
    CHECK(listed(printable - qtext) == "\"\\");
    CHECK(listed(text_octet - printable) == "\t");
    CHECK(members(control) == 33);
    CHECK(members(non_ascii) == 128);
    CHECK(members(control | printable | non_ascii) == 256);
}

TEST_CASE("letter case is that of ASCII and no octet above 127 changes", "[ascii][B-5321-2.4-01]") {
    for (int octet = 0; octet < 256; ++octet) {
        CAPTURE(octet);
        auto const c = static_cast<char>(octet);
        bool const letter = octet < 128 && std::isalpha(octet) != 0;
        CHECK(to_upper(c) == (letter ? static_cast<char>(octet & ~0x20) : c));
        CHECK(to_lower(c) == (letter ? static_cast<char>(octet | 0x20) : c));
        CHECK(equal_ignoring_case(std::string(1, c), std::string(1, to_upper(c))));
    }
    CHECK(equal_ignoring_case("", ""));
    CHECK_FALSE(equal_ignoring_case("a", ""));
    CHECK_FALSE(equal_ignoring_case("MAIL", "MAI"));
    CHECK_FALSE(equal_ignoring_case("a[", "a{"));
    CHECK_FALSE(equal_ignoring_case("\xE9", "\xC9"));
}

TEST_CASE("all and any ask every octet", "[ascii]") {
    CHECK(all_of("", digit));
    CHECK(all_of("0129", digit));
    CHECK_FALSE(all_of("012x", digit));
    CHECK_FALSE(all_of("x012", digit));
    CHECK_FALSE(any_of("", digit));
    CHECK(any_of("xy9", digit));
    CHECK(any_of("9xy", digit));
    CHECK_FALSE(any_of("xyz", digit));
}
