#include <postel/utf8_address.hpp>
#include <string>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using postel::charset;
using postel::check_utf8_address;
using postel::error;
using postel::failure;

namespace {

std::string encoded(std::string_view address, charset allowed) {
    std::string out;
    encode_utf8_address(out, address, allowed);
    return out;
}

std::string decoded(std::string_view text) {
    std::string out;
    postel::decode_utf8_address(out, text);
    return out;
}

}  // namespace

TEST_CASE("an address beyond ASCII passes as escapes or as it is", "[utf8_address][B-6533-3-01]") {
    struct row {
        std::string_view address, escaped, native;
    };
    for (auto const& [address, escaped, native] :
         {row{"us\xC3\xA9r@d.example", "us\\x{E9}r@d.example", "us\xC3\xA9r@d.example"},
          row{"plain@d.example", "plain@d.example", "plain@d.example"},
          row{"a+b=c\\d e", "a\\x{2B}b\\x{3D}c\\x{5C}d\\x{20}e",
              "a\\x{2B}b\\x{3D}c\\x{5C}d\\x{20}e"},
          row{"\xE4\xBE\x8B", "\\x{4F8B}", "\xE4\xBE\x8B"},
          row{"\xF0\x9F\x93\xA7", "\\x{1F4E7}", "\xF0\x9F\x93\xA7"},
          row{"\xF4\x8F\xBF\xBF", "\\x{10FFFF}", "\xF4\x8F\xBF\xBF"},
          row{"\xC4\x80", "\\x{100}", "\xC4\x80"}}) {
        CAPTURE(address);
        CHECK(encoded(address, charset::ascii) == escaped);
        CHECK(encoded(address, charset::utf8) == native);
        CHECK(check_utf8_address(escaped, charset::ascii).ok());
        CHECK(check_utf8_address(native, charset::utf8).ok());
        CHECK(decoded(escaped) == address);
        CHECK(decoded(native) == address);
    }
    CHECK(encoded("a\xFF", charset::utf8) == "a\\x{FFFD}");
}

TEST_CASE("every code point comes back from its escape", "[utf8_address][B-6533-3-01]") {
    for (std::uint32_t point = 0x80; point <= 0x10FFFF; point += point < 0x1000 ? 1 : 251) {
        if (point >= 0xD800 && point <= 0xDFFF) continue;
        std::string address;
        postel::detail::write_utf8(address, point);
        auto const text = encoded(address, charset::ascii);
        if (!check_utf8_address(text, charset::ascii).ok()) FAIL_CHECK(text);
        if (decoded(text) != address) FAIL_CHECK(text);
    }
}

TEST_CASE("what is no address of type utf-8 is refused at the octet that does not fit",
          "[utf8_address]") {
    struct row {
        std::string_view text;
        failure fault;
    };
    for (auto const& [text, fault] :
         {row{"", {error::bad_xtext, 0}}, row{"a+2B", {error::bad_xtext, 1}},
          row{"a=b", {error::bad_xtext, 1}}, row{"a b", {error::bad_xtext, 1}},
          row{"\\", {error::bad_xtext, 1}}, row{"\\X{E9}", {error::bad_xtext, 1}},
          row{"\\x", {error::bad_xtext, 2}}, row{"\\x{}", {error::bad_xtext, 3}},
          row{"\\x{E9", {error::bad_xtext, 5}}, row{"\\x{41}", {error::bad_xtext, 3}},
          row{"\\x{9}", {error::bad_xtext, 3}}, row{"\\x{00}", {error::bad_xtext, 3}},
          row{"\\x{0A}", {error::bad_xtext, 3}}, row{"\\x{0E9}", {error::bad_xtext, 3}},
          row{"\\x{D800}", {error::bad_xtext, 3}}, row{"\\x{DFFF}", {error::bad_xtext, 3}},
          row{"\\x{110000}", {error::bad_xtext, 3}}, row{"\\x{1000000}", {error::bad_xtext, 3}},
          row{"\\x{000E9}", {error::bad_xtext, 3}}}) {
        CAPTURE(text);
        CHECK(check_utf8_address(text, charset::utf8).fault() == fault);
    }
    CHECK(check_utf8_address("\xC3\xA9", charset::ascii).fault() == failure{error::bad_xtext, 0});
    CHECK(check_utf8_address("a\xC0\xAF", charset::utf8).fault() == failure{error::bad_utf8, 1});
    for (auto const ok : {"\\x{01}"sv, "\\x{19}"sv, "\\x{10}"sv, "\\x{7F}"sv, "\\x{e9}"sv})
        CHECK(check_utf8_address(ok, charset::ascii).ok());
}
