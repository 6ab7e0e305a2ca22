#include <postel/input_window.hpp>

#include <string>
#include <utility>

#include "support/catch.hpp"

using postel::input_window;

static_assert(sizeof(input_window) <= 32);

TEST_CASE("an input window looks at the caller's octets and copies none", "[input_window]") {
    std::string const octets = "EHLO a\r\nNOOP\r\n";
    input_window window;
    CHECK(window.empty());
    REQUIRE(window.open(octets));
    CHECK(window.unread().data() == octets.data());
    window.consume(8);
    CHECK(window.unread() == "NOOP\r\n");
    CHECK(window.unread().data() == octets.data() + 8);
    CHECK(window.heap_octets() == 0);
    window.consume(6);
    CHECK(window.empty());
}

TEST_CASE("an input window that is kept outlives the caller's buffer", "[input_window]") {
    std::string octets = "RCPT TO:<a@b.example>\r\nDATA\r\n";
    input_window window;
    REQUIRE(window.open(octets));
    window.consume(23);
    window.keep();
    octets.assign(octets.size(), '#');
    CHECK(window.unread() == "DATA\r\n");
    CHECK(window.heap_octets() == 6);
    auto const kept = window.unread();
    window.keep();
    CHECK(window.unread().data() == kept.data());

    SECTION("and its memory goes when it is used up, not before it is said to be") {
        window.consume(6);
        CHECK(window.heap_octets() == 6);
        CHECK(kept == "DATA\r\n");
        window.release_used();
        CHECK(window.heap_octets() == 0);
    }
    SECTION("and its memory stays while octets are unread") {
        window.consume(5);
        window.release_used();
        CHECK(window.unread() == "\n");
    }
    SECTION("and its memory goes with the next window") {
        window.consume(6);
        REQUIRE(window.open("QUIT\r\n"));
        CHECK(window.heap_octets() == 0);
        CHECK(window.unread() == "QUIT\r\n");
    }
}

TEST_CASE("an input window with unread octets refuses another", "[input_window]") {
    bool const kept = GENERATE(false, true);
    CAPTURE(kept);
    input_window window;
    REQUIRE(window.open("ab"));
    if (kept) window.keep();
    window.consume(1);
    CHECK_FALSE(window.open("cd"));
    CHECK(window.unread() == "b");
    window.consume(1);
    CHECK(window.open("cd"));
    CHECK(window.unread() == "cd");
}

TEST_CASE("keeping nothing takes no memory", "[input_window]") {
    input_window window;
    window.keep();
    CHECK(window.heap_octets() == 0);
    REQUIRE(window.open(""));
    window.keep();
    CHECK(window.heap_octets() == 0);
}

TEST_CASE("a cleared input window has dropped what was unread", "[input_window]") {
    input_window window;
    REQUIRE(window.open("MAIL FROM:<injected@b.example>\r\n"));
    window.keep();
    window.clear();
    CHECK(window.empty());
    CHECK(window.heap_octets() == 0);
    CHECK(window.open("x"));
}

TEST_CASE("a moved input window takes its octets along and leaves nothing", "[input_window]") {
    bool const kept = GENERATE(false, true);
    CAPTURE(kept);
    input_window from;
    REQUIRE(from.open("abc"));
    if (kept) from.keep();
    from.consume(1);
    input_window to(std::move(from));
    CHECK(from.empty());
    CHECK(from.heap_octets() == 0);
    CHECK(to.unread() == "bc");
    input_window third;
    third = std::move(to);
    CHECK(to.empty());
    CHECK(third.unread() == "bc");
}
