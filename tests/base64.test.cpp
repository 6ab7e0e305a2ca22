#include <postel/base64.hpp>
//
#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

using namespace postel;

namespace {

constexpr std::string_view decoded_at_compile_time() {
    std::array<char, 6> out{};
    return decode_base64("Zm9vYg==", out).ok() && out[3] == 'b' ? "foob" : "";
}
static_assert(decoded_at_compile_time() == "foob");
static_assert(base64_encoded_size(4) == 8);

std::string encoded(std::string_view octets) {
    std::string out;
    encode_base64(out, octets);
    return out;
}

std::string every_octet() {
    std::string octets;
    for (int i = 0; i < 256; ++i) octets += static_cast<char>(i);
    return octets;
}

}  // namespace

TEST_CASE("base64 of the RFC comes out and goes back in", "[base64]") {
    struct row {
        std::string_view octets, text;
    };
    auto const given = GENERATE(values<row>({
        {"", ""},  // RFC 4648 10
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {std::string_view{"\0tim\0tanstaaftanstaaf", 21}, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm"},
        {"Username:", "VXNlcm5hbWU6"},
        {"\xFB\xEF\xFF", "++//"},
    }));
    CAPTURE(given.text);
    CHECK(encoded(given.octets) == given.text);
    CHECK(base64_encoded_size(given.octets.size()) == given.text.size());
    auto const back = decode_base64(given.text);
    REQUIRE(back);
    CHECK(*back == given.octets);
    CHECK(base64_decoded_bound(given.text.size()) >= given.octets.size());
}

TEST_CASE("base64 gives back octets of any value and any count", "[base64]") {
    auto const octets = every_octet();
    for (std::size_t length = 0; length <= octets.size(); ++length) {
        CAPTURE(length);
        auto const text = encoded(std::string_view{octets}.substr(octets.size() - length));
        CHECK(text.size() == base64_encoded_size(length));
        auto const back = decode_base64(text);
        REQUIRE(back);
        CHECK(*back == octets.substr(octets.size() - length));
    }
}

TEST_CASE("what is not base64 is refused at the octet that does not fit",
          "[base64][B-4954-4-01][S-4954-4-10]") {
    struct row {
        std::string_view text;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"=AAA", 0},
        {"AAA=BBB", 4},
        {"AAA=BBBB", 4},
        {"AAAA=", 4},
        {"AAAA==", 4},
        {"AAAA====", 4},
        {"AAA", 3},
        {"AA", 2},
        {"A", 1},
        {"A===", 1},
        {"====", 0},
        {"=", 0},
        {"AA=", 3},
        {"AA=A", 3},
        {"AA==AAAA", 4},
        {"AAAAAAA", 7},
        {"A*==", 1},
        {"AA A=", 2},
        {" AAAA", 0},
        {"AAAA ", 4},
        {"AAAA\r\n", 4},
        {"AAAA\nAAAA", 4},
        {"AA-_", 2},
        {"AAAAAA\xC3\xA9", 6},
        {std::string_view{"AAA\0", 4}, 3},
        {"*", 0},
        {"@@@", 0},
        {"AB==", 1},  // bits that padding discards are not zero
        {"AAB=", 2},
        {"AAAA//==", 5},
    }));
    CAPTURE(given.text);
    CHECK(decode_base64(given.text).fault() == failure{error::bad_base64, given.at});
}

TEST_CASE("base64 knows its 64 characters and no other octet", "[base64][B-4954-4-01]") {
    std::size_t known = 0;
    for (int octet = 0; octet < 256; ++octet)
        if (decode_base64(std::string{'A', 'A', static_cast<char>(octet), 'A'})) ++known;
    CHECK(known == 64);
}

TEST_CASE("two texts of base64 never stand for the same octets", "[base64]") {
    std::size_t wrong = 0;
    for (int a = 0; a < 256; ++a)
        for (int b = 0; b < 256; ++b) {
            std::string const text{static_cast<char>(a), static_cast<char>(b), '=', '='};
            auto const octets = decode_base64(text);
            if (octets && encoded(*octets) != text) ++wrong;
        }
    CHECK(wrong == 0);
}

TEST_CASE("base64 never writes beyond the room it is given", "[base64]") {
    std::array<char, 8> room{'#', '#', '#', '#', '#', '#', '#', '#'};
    auto const part = std::span{room}.first(5);
    CHECK(decode_base64("Zm9vYmFy", part).fault() == failure{error::bad_base64, 4});
    CHECK(std::string_view{room.data() + 5, 3} == "###");
    CHECK(*decode_base64("Zm9vYmE=", part) == 5);
    CHECK(std::string_view{room.data(), 8} == "fooba###");
    CHECK(*decode_base64("", std::span<char>{}) == 0);
}

TEST_CASE("base64 reads the longest line of an authentication", "[base64][B-4954-4-02]") {
    std::string const octets(9213, 'x');
    auto const text = encoded(octets);
    REQUIRE(text.size() == 12284);
    CHECK(*decode_base64(text) == octets);
}
