#include <postel/cursor.hpp>
//
#include "support/catch.hpp"

#include <cstddef>
#include <string_view>

using namespace postel;

namespace {

constexpr bool reads_a_pair() {
    cursor in{"key=1"};
    return in.take_while(alpha) == "key" && in.take('=') && in.take_rest() == "1" && in.done();
}
static_assert(reads_a_pair());

}  // namespace

TEST_CASE("a cursor moves over what it takes and over nothing else", "[cursor]") {
    cursor in{"abc123 rest"};
    CHECK(in.at() == 0);
    CHECK(in.peek() == 'a');
    CHECK_FALSE(in.take('b'));
    CHECK(in.take_while(digit).empty());
    CHECK(in.at() == 0);
    CHECK(in.take('a'));
    CHECK(in.take_while(alpha) == "bc");
    CHECK(in.looking_at(digit));
    CHECK_FALSE(in.looking_at(alpha));
    CHECK(in.take_while(digit) == "123");
    CHECK(in.since(1) == "bc123");
    CHECK(in.rest() == " rest");
    in.skip(1);
    CHECK(in.take_rest() == "rest");
    CHECK(in.done());
    CHECK(in.at() == 11);
}

TEST_CASE("a cursor at the end sees nothing and takes nothing", "[cursor]") {
    cursor in{""};
    CHECK(in.done());
    CHECK(in.peek() == '\0');
    CHECK_FALSE(in.looking_at(char_set::range(0, 255)));
    CHECK_FALSE(in.take('\0'));
    CHECK_FALSE(in.take_ignoring_case("a"));
    CHECK(in.take_while(char_set::range(0, 255)).empty());
    CHECK(in.take_rest().empty());
    CHECK(in.rest().empty());
}

TEST_CASE("a NUL in the line is an octet like any other", "[cursor]") {
    cursor in{std::string_view{"\0x", 2}};
    CHECK_FALSE(in.done());
    CHECK(in.looking_at(control));
    CHECK(in.take('\0'));
    CHECK(in.rest() == "x");
}

TEST_CASE("a word is taken whole and in any letter case, or not at all",
          "[cursor][B-5321-2.4-01]") {
    cursor in{"fRoM:<a@b>"};
    CHECK_FALSE(in.take_ignoring_case("TO:"));
    CHECK_FALSE(in.take_ignoring_case("FROM:<a@b>x"));
    CHECK(in.at() == 0);
    CHECK(in.take_ignoring_case("FROM:"));
    CHECK(in.rest() == "<a@b>");
}

TEST_CASE("a failure names the place where the cursor stands, or another", "[cursor]") {
    cursor in{"abc"};
    in.skip(2);
    CHECK(in.fail(error::bad_domain) == failure{error::bad_domain, 2});
    CHECK(in.fail_at(error::bad_domain, 1) == failure{error::bad_domain, 1});
}

TEST_CASE("what a cursor hands out points into the line", "[cursor]") {
    std::string_view const line = "abc def";
    cursor in{line};
    CHECK(in.take_while(alpha).data() == line.data());
    CHECK(in.rest().data() == line.data() + 3);
    CHECK(in.since(1).data() == line.data() + 1);
}
