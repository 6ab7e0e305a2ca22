#include <postel/scan.hpp>

#include <random>
#include <string>
#include <string_view>

#include "support/catch.hpp"

using namespace std::string_literals;

namespace {

static_assert(postel::find_crlf("ab\r\n") == 2);
static_assert(postel::clean_prefix("ab\r\n.") == 2);
static_assert(!postel::has_eight_bit("ab"));

/// The definition of clean_prefix, octet by octet: the first octet that is a NUL, an LF without CR,
/// or a CR that is not the start of CR LF and something else than a dot.
std::size_t first_that_matters(std::string_view in) {
    for (std::size_t i = 0; i < in.size(); ++i) {
        bool const behind_cr = i != 0 && in[i - 1] == '\r';
        bool const ends_line = i + 2 < in.size() && in[i + 1] == '\n' && in[i + 2] != '.';
        if (in[i] == '\0' || (in[i] == '\n' && !behind_cr) || (in[i] == '\r' && !ends_line))
            return i;
    }
    return in.size();
}

/// Random octets, most of them text, so that a kernel meets every distance between two that matter.
std::string random_octets(std::minstd_rand& random) {
    std::string text(random() % 200, 'x');
    for (auto n = random() % 6; n != 0 && !text.empty(); --n) {
        static std::string const parts[] = {"\r\n", "\r\n.", "\r", "\n", "\0"s, "\x80", "."};
        auto const& part = parts[random() % 7];
        text.replace(random() % text.size(), 1, part);
    }
    return text;
}

}  // namespace

TEST_CASE("the first CR LF is found, and nothing else is taken for it", "[scan][B-5321-2.3.8-01]") {
    struct row {
        std::string in;
        std::size_t at;
    };
    auto const none = std::string_view::npos;
    auto const given = GENERATE_COPY(values<row>({
        {"", none},
        {"\r", none},
        {"\n", none},
        {"\n\r", none},
        {"a\nb\rc", none},
        {"\r\n", 0},
        {"a\r\nb\r\n", 1},
        {"\n\r\n", 1},
        {"\r\r\n", 1},
        {"\r\0\n\r\n"s, 3},
    }));
    CAPTURE(given.in);
    CHECK(postel::find_crlf(given.in) == given.at);
}

TEST_CASE("the clean prefix ends at the first octet that a rule of content looks at", "[scan]") {
    struct row {
        std::string in;
        std::size_t length;
    };
    auto const given = GENERATE(values<row>({
        {"", 0},
        {"abc", 3},
        {"a\r\nb", 4},
        {"a\r\n.b", 1},
        {"a\r\n", 1},
        {"a\r", 1},
        {"a\rb", 1},
        {"a\nb", 1},
        {"a\r\n\r\nb", 6},
        {"a\r\n\r\n.", 3},
        {"a\r\n\nb", 3},
        {"a\0b"s, 1},
        {".a\x7f\x80\xff\t", 6},
    }));
    CAPTURE(given.in);
    CHECK(postel::clean_prefix(given.in) == given.length);
}

TEST_CASE("a scan says the same as its definition for random octets of any length", "[scan]") {
    std::minstd_rand random{6};
    for (int round = 0; round < 20'000; ++round) {
        auto const text = random_octets(random);
        CAPTURE(text);
        CHECK(postel::clean_prefix(text) == first_that_matters(text));
        CHECK(postel::find_crlf(text) == text.find("\r\n"));
        CHECK(postel::has_eight_bit(text) == (text.find('\x80') != text.npos));
    }
}
