#include <postel/sasl/secret.hpp>
//
#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <postel/sasl/crypto.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

using namespace postel::sasl;

static_assert(!std::is_copy_constructible_v<secret>, "a copy would be one more to wipe");
static_assert(std::is_nothrow_move_constructible_v<secret>);

TEST_CASE("octets are equal in constant time exactly when they are equal", "[secret]") {
    std::string const proof(33, 'x');
    CHECK(equal_in_constant_time(proof, std::string(33, 'x')));
    CHECK(equal_in_constant_time("", ""));
    CHECK_FALSE(equal_in_constant_time(proof, std::string(32, 'x')));
    CHECK_FALSE(equal_in_constant_time("", "x"));
    for (std::size_t i = 0; i < proof.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            auto other = proof;
            other[i] = static_cast<char>(other[i] ^ (1 << bit));
            CAPTURE(i, bit);
            CHECK_FALSE(equal_in_constant_time(proof, other));
        }
    }
}

TEST_CASE("a secret holds what was put into it, however it grows", "[secret]") {
    secret some;
    std::string expected;
    for (int i = 0; i < 300; ++i) {
        std::string const piece(static_cast<std::size_t>(i % 7), static_cast<char>('a' + i % 26));
        some.append(piece);
        expected += piece;
    }
    CHECK(some.view() == expected);
    some.append(some.view());  // a view into itself, while it grows
    CHECK(some.view() == expected + expected);
    auto const room = some.extend(3);
    room[0] = 'A';
    room[1] = room[2] = 'b';
    CHECK(some.view() == expected + expected + "Abb");
}

TEST_CASE("a secret that is moved keeps its views, and leaves nothing behind", "[secret]") {
    secret from{"wonderland"};
    auto const view = from.view();
    secret to{std::move(from)};
    CHECK(to.view().data() == view.data());
    CHECK(from.empty());  // NOLINT: what a moved-from secret holds is the point
    secret other{"tanstaaf"};
    other = std::move(to);
    CHECK(other.view() == "wonderland");
    CHECK(to.empty());  // NOLINT
}

TEST_CASE("what a secret forgets is overwritten", "[secret]") {
    secret some{"wonderland"};
    auto const held = some.view();  // its memory is kept
    some.shorten(6);
    CHECK(some.view() == "wonder");
    CHECK(std::string_view{held.data(), 10} == std::string_view{"wonder\0\0\0\0", 10});
    some.clear();
    CHECK(std::string_view{held.data(), 10} == std::string(10, '\0'));
    CHECK(some.empty());
    some.append("x");
    CHECK(some.view() == "x");
}

TEST_CASE("a key is gone from memory when it is destroyed", "[secret]") {
    alignas(key) std::array<unsigned char, sizeof(key)> memory{};
    auto* const made = new (memory.data()) key{std::string_view{"0123456789abcdef"}};
    REQUIRE(made->view() == "0123456789abcdef");
    made->~key();
    std::string_view const left{reinterpret_cast<char const*>(memory.data()), memory.size()};
    CHECK(left.find('5') == left.npos);
    CHECK(left.find("0123") == left.npos);
}

TEST_CASE("a key takes no more octets than a hash has", "[secret]") {
    CHECK(key{std::string_view{"123"}}.size() == 3);
    CHECK(key{std::string(32, 'x')}.size() == 32);
    CHECK(key{std::string(33, 'x')}.size() == 0);
    CHECK(key{hash::md5}.size() == 16);
    CHECK(key{hash::sha_1}.size() == 20);
    CHECK(key{hash::sha_256}.size() == 32);
}

TEST_CASE("nothing can be wiped", "[secret]") {
    std::array<char, 3> octets{'a', 'b', 'c'};
    wipe({octets.data(), 0});
    CHECK(octets[0] == 'a');
    wipe(octets);
    CHECK(octets == std::array<char, 3>{});
}
