#include <postel/scan.hpp>

#include <postel/detail/scan_swar.hpp>
#include <random>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/guard_page.hpp"

// Every kernel that this build can run, not only the one that it uses.
#if defined(__SSE2__)
#include <postel/detail/scan_sse2.hpp>
#endif

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

namespace {

struct kernel {
    std::string_view name;
    std::size_t (*clean_prefix)(std::string_view);
    bool (*has_eight_bit)(std::string_view);
};
kernel const kernels[] = {
    {"scalar", postel::detail::scalar::clean_prefix, postel::detail::scalar::has_eight_bit},
    {"swar", postel::detail::swar::clean_prefix, postel::detail::swar::has_eight_bit},
#if defined(__SSE2__)
    {"sse2", postel::detail::sse2::clean_prefix, postel::detail::sse2::has_eight_bit},
#endif
    {"in use", postel::clean_prefix, postel::has_eight_bit},
};

}  // namespace

TEST_CASE("a kernel says the same as the definition, and reads nothing beyond its input",
          "[scan]") {
    postel::test::guarded memory;
    REQUIRE(memory.usable());
    std::minstd_rand random{20};
    for (int round = 0; round < 5'000; ++round) {
        auto text = random_octets(random);
        if (round % 2 == 0) text += std::string(random() % 300, 'y') + random_octets(random);
        auto const octets = round % 3 == 0 ? memory.at_start(text) : memory.at_end(text);
        auto const clean = first_that_matters(text);
        bool const eight_bit = text.find('\x80') != text.npos;
        for (auto const& each : kernels) {
            CAPTURE(each.name, text);
            CHECK(each.clean_prefix(octets) == clean);
            CHECK(each.has_eight_bit(octets) == eight_bit);
        }
    }
}

TEST_CASE("a kernel finds an octet that matters wherever it stands in the input", "[scan]") {
    postel::test::guarded memory;
    REQUIRE(memory.usable());
    auto const what = GENERATE(values<std::string>(
        {"\r", "\n", "\0"s, "\r\n", "\r\n.", "\n.", "\r\r\n", "\r\n\n", "\x80", "\v", "\xff\x8d"}));
    for (std::size_t length = what.size(); length < 200; length += 1 + length / 9) {
        for (std::size_t at = 0; at + what.size() <= length; ++at) {
            auto text = std::string(length, 'x');
            text.replace(at, what.size(), what);
            auto const octets = memory.at_end(text);
            auto const clean = first_that_matters(text);
            for (auto const& each : kernels) {
                CAPTURE(each.name, text, at);
                CHECK(each.clean_prefix(octets) == clean);
                CHECK(each.has_eight_bit(octets) == postel::detail::scalar::has_eight_bit(text));
            }
        }
    }
}
