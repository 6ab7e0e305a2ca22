#include <postel/scan.hpp>

#include <random>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/guard_page.hpp"

using namespace std::string_literals;

namespace {

static_assert(postel::find_crlf("ab\r\n") == 2);
static_assert(postel::clean_prefix("ab\r\n.") == 2);
static_assert(!postel::has_eight_bit("ab"));
static_assert(postel::clean_text_of("\xe4\r\n") == postel::clean_text{1, true});
static_assert(postel::find_last_lf("a\nb") == 1);
static_assert(postel::find_long_line("a\nbcd\n", 3) == 4);

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

/// The definition of find_long_line: the first octet in place `limit` of a line that is not its LF.
std::size_t first_octet_too_many(std::string_view in, std::size_t limit) {
    std::size_t place = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (in[i] == '\n')
            place = 0;
        else if (++place == limit)
            return i;
    }
    return in.npos;
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
        CHECK(postel::find_last_lf(text) == text.rfind('\n'));
        CHECK(postel::find_long_line(text, 60) == first_octet_too_many(text, 60));
    }
}

namespace {

struct kernel {
    std::string_view name;
    std::size_t (*clean_prefix)(std::string_view);
    postel::clean_text (*clean_text_of)(std::string_view);
    postel::clean_text (*copy_clean_text)(std::string_view, char*);
    bool (*has_eight_bit)(std::string_view);
    std::size_t (*find_last_lf)(std::string_view);
    std::size_t (*find_long_line)(std::string_view, std::size_t);
};
template <class Scan>
kernel of(std::string_view name) {
    return {name,
            Scan::clean_prefix,
            Scan::clean_text_of,
            Scan::copy_clean_text,
            Scan::has_eight_bit,
            Scan::find_last_lf,
            Scan::find_long_line};
}
namespace scalar = postel::detail::scalar;
// Every kernel that this build can run, not only the one that it uses.
kernel const kernels[] = {
    {"scalar", scalar::clean_prefix, scalar::clean_text_of, scalar::copy_clean_text,
     scalar::has_eight_bit, scalar::find_last_lf, scalar::find_long_line},
    of<postel::detail::word_scan>("words"),
#if defined(__SSE2__)
    of<postel::detail::vector_scan<postel::detail::sse2_lanes>>("SSE2"),
#endif
    {"in use", postel::clean_prefix, postel::clean_text_of, postel::copy_clean_text,
     postel::has_eight_bit, postel::find_last_lf, postel::find_long_line},
};

/// What all functions of a kernel say of `octets`, beside their definitions. `out` is as long.
void check_kernel(kernel const& each, std::string_view octets, char* out) {
    auto const clean = first_that_matters(octets);
    bool const eight_bit = octets.substr(0, clean).find('\x80') != octets.npos;
    CHECK(each.clean_prefix(octets) == clean);
    CHECK(each.clean_text_of(octets) == postel::clean_text{clean, eight_bit});
    CHECK(each.copy_clean_text(octets, out) == postel::clean_text{clean, eight_bit});
    CHECK(std::string_view(out, clean) == octets.substr(0, clean));
    CHECK(each.has_eight_bit(octets) == scalar::has_eight_bit(octets));
    CHECK(each.find_last_lf(octets) == octets.rfind('\n'));
    for (std::size_t const limit : {1U, 20U, 78U, 300U})
        CHECK(each.find_long_line(octets, limit) == first_octet_too_many(octets, limit));
}

}  // namespace

TEST_CASE("a kernel says the same as the definition, and touches nothing beyond its octets",
          "[scan]") {
    postel::test::guarded memory, copy;
    REQUIRE(memory.usable());
    REQUIRE(copy.usable());
    std::minstd_rand random{20};
    for (int round = 0; round < 5'000; ++round) {
        auto text = random_octets(random);
        while (random() % 2 == 0 && text.size() < 3'000)
            text += std::string(random() % 300, 'y') + random_octets(random);
        auto const octets = round % 3 == 0 ? memory.at_start(text) : memory.at_end(text);
        auto* const out = copy.at_end(octets.size());
        for (auto const& each : kernels) {
            CAPTURE(each.name, text);
            check_kernel(each, octets, out);
        }
    }
}

TEST_CASE("a kernel finds an octet that matters wherever it stands in the input", "[scan]") {
    postel::test::guarded memory, copy;
    REQUIRE(memory.usable());
    REQUIRE(copy.usable());
    auto const what =
        GENERATE(values<std::string>({"\r", "\n", "\0"s, "\r\n", "\r\n.", "\n.", "\r\r\n", "\r\n\n",
                                      "\r\n\0"s, "\rx.", "\x80", "\v", "\xff\x8d"}));
    for (std::size_t length = what.size(); length < 700; length += 1 + length / 9) {
        for (std::size_t at = 0; at + what.size() <= length; ++at) {
            auto text = std::string(length, 'x');
            text.replace(at, what.size(), what);
            auto const octets = memory.at_end(text);
            for (auto const& each : kernels) {
                CAPTURE(each.name, text, at);
                auto const clean = first_that_matters(text);
                CHECK(each.clean_prefix(octets) == clean);
                CHECK(each.copy_clean_text(octets, copy.at_end(length)) ==
                      scalar::clean_text_of(text));
                CHECK(each.find_last_lf(octets) == text.rfind('\n'));
                CHECK(each.find_long_line(octets, 78) == first_octet_too_many(text, 78));
            }
        }
    }
}
