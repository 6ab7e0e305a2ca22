#include <postel/octet_buffer.hpp>

#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using postel::octet_buffer;
using postel::secret_buffer;

static_assert(sizeof(octet_buffer) <= 16);
static_assert(std::is_nothrow_move_constructible_v<octet_buffer>);
static_assert(std::is_nothrow_move_assignable_v<octet_buffer>);
static_assert(!std::is_copy_constructible_v<octet_buffer>);
static_assert(sizeof(secret_buffer) <= 16);
static_assert(!std::is_copy_constructible_v<secret_buffer>, "a copy would be one more to wipe");

TEST_CASE("an octet buffer owns memory only between the first octet and release",
          "[octet_buffer]") {
    octet_buffer buffer;
    CHECK(buffer.capacity() == 0);
    buffer.append("");
    CHECK(buffer.capacity() == 0);
    buffer.append("abc");
    CHECK(buffer.capacity() >= 3);
    buffer.clear();
    CHECK(buffer.empty());
    CHECK(buffer.capacity() >= 3);
    buffer.release();
    CHECK(buffer.capacity() == 0);
    CHECK(buffer.view().empty());
}

TEST_CASE("an octet buffer keeps octets in the order they came", "[octet_buffer]") {
    octet_buffer buffer;
    std::string expected;
    for (int i = 0; i < 3000; ++i) {
        std::string const piece(static_cast<std::size_t>(i % 7), static_cast<char>(i));
        buffer.append(piece);
        expected += piece;
    }
    CHECK(buffer.view() == expected);
    CHECK(buffer.size() == expected.size());
}

TEST_CASE("an octet buffer may be appended to itself, also where that makes it grow",
          "[octet_buffer]") {
    octet_buffer buffer;
    buffer.append("abcdefgh");
    for (int i = 0; i < 5; ++i) buffer.append(buffer.view());
    std::string expected = "abcdefgh";
    for (int i = 0; i < 5; ++i) expected += expected;
    CHECK(buffer.view() == expected);
}

TEST_CASE("an octet buffer does not grow in advance beyond the ceiling", "[octet_buffer]") {
    octet_buffer buffer;
    for (int i = 0; i < 512; ++i) {
        buffer.append("x", 512);
        REQUIRE(buffer.capacity() <= 512);
    }
    CHECK(buffer.size() == 512);
    buffer.append("yy", 512);  // the octets themselves always fit
    CHECK(buffer.size() == 514);
    CHECK(buffer.capacity() == 514);
}

TEST_CASE("an octet buffer allocates once for what was reserved", "[octet_buffer]") {
    octet_buffer buffer;
    buffer.reserve(1000);
    auto const capacity = buffer.capacity();
    CHECK(capacity == 1000);
    for (int i = 0; i < 10; ++i) buffer.append(std::string(100, 'x'));
    CHECK(buffer.capacity() == capacity);
    buffer.reserve(10);
    CHECK(buffer.capacity() == capacity);
}

TEST_CASE("dropping octets at the front leaves the rest of an octet buffer", "[octet_buffer]") {
    octet_buffer buffer;
    buffer.append("hello world");
    buffer.drop_front(0);
    buffer.drop_front(6);
    CHECK(buffer.view() == "world");
    buffer.drop_front(5);
    CHECK(buffer.empty());
}

TEST_CASE("a moved octet buffer takes its octets along and leaves nothing", "[octet_buffer]") {
    octet_buffer from;
    from.append("abc");
    auto const view = from.view();
    octet_buffer to(std::move(from));
    CHECK(from.size() == 0);
    CHECK(from.capacity() == 0);
    CHECK(to.view().data() == view.data());
    CHECK(to.view() == "abc");

    octet_buffer third;
    third.append("old");
    third = std::move(to);
    CHECK(third.view() == "abc");
    CHECK(to.view().empty());
    to.append("again");
    CHECK(to.view() == "again");
    CHECK(third.view() == "abc");
}

TEST_CASE("shortening an octet buffer leaves its first octets", "[octet_buffer]") {
    octet_buffer buffer{"hello world"};
    buffer.shorten(20);
    CHECK(buffer.view() == "hello world");
    buffer.shorten(5);
    CHECK(buffer.view() == "hello");
    buffer.append("!");
    CHECK(buffer.view() == "hello!");
}

TEST_CASE("a secret buffer overwrites what it forgets and keeps memory for", "[octet_buffer]") {
    secret_buffer some{"open sesame"};
    std::string_view const memory = some.view();
    some.drop_front(5);
    CHECK(some.view() == "sesame");
    CHECK(memory == std::string("sesame") + std::string(5, '\0'));
    some.shorten(2);
    CHECK(memory == std::string("se") + std::string(9, '\0'));
    some.append("cret");
    some.clear();
    CHECK(memory == std::string(11, '\0'));
    CHECK(some.capacity() >= 11);
}

TEST_CASE("octets that come one by one move to a larger block a few times only", "[octet_buffer]") {
    octet_buffer some;
    std::size_t moves = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto const before = some.capacity();
        some.append("x");
        if (some.capacity() != before) ++moves;
    }
    CHECK(moves <= 12);
    CHECK(some.capacity() < 2 * 100'000);
}
