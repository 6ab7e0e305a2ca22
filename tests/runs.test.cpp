#include <postel/runs.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/guard_page.hpp"

using namespace postel;

namespace {

constexpr char_set name_octet = ldh | char_set{"."};
constexpr char_set name_joint{"-."};
constexpr char_set word_octet = atext | char_set{"."};
constexpr char_set dot{"."};
constexpr char_set but_controls = char_set::range(32, 255);
constexpr char_set single{"x"};

static_assert(run_end<ldh>("ab-1.", 0) == 4);
static_assert(run_end<ldh>("ab-1.", 4) == 4);
static_assert(dotted_end<name_octet, name_joint>("a.b>", 0) == 3);
static_assert(dotted_end<name_octet, name_joint>("a..b", 0) == 0);

/// One way to find runs: the functions that have to agree.
struct kernel {
    std::string_view name;
    std::size_t (*letters)(std::string_view, std::size_t);
    std::size_t (*text)(std::string_view, std::size_t);
    std::size_t (*single)(std::string_view, std::size_t);
    std::size_t (*but_controls)(std::string_view, std::size_t);
    std::size_t (*domain)(std::string_view, std::size_t);
    std::size_t (*dot_string)(std::string_view, std::size_t);
    bool (*any_below_space)(std::string_view);
};
template <class Lanes>
constexpr kernel with_lanes(std::string_view name) {
    using namespace detail::lanes;
    return {name,
            run_end<Lanes, ldh>,
            run_end<Lanes, vchar>,
            run_end<Lanes, single>,
            run_end<Lanes, but_controls>,
            dotted_end<Lanes, name_octet, name_joint>,
            dotted_end<Lanes, word_octet, dot>,
            any_below_space<Lanes>};
}
constexpr kernel kernels[] = {
    {"scalar", detail::scalar::run_end<ldh>, detail::scalar::run_end<vchar>,
     detail::scalar::run_end<single>, detail::scalar::run_end<but_controls>,
     detail::scalar::dotted_end<name_octet, name_joint>,
     detail::scalar::dotted_end<word_octet, dot>, detail::scalar::any_below_space},
#if defined(__SSE2__)
    with_lanes<detail::sse2_runs>("sse2"),
#endif
#if defined(__SSSE3__)
    with_lanes<detail::ssse3_runs>("ssse3"),
#endif
    {"in use", run_end<ldh>, run_end<vchar>, run_end<single>, run_end<but_controls>,
     dotted_end<name_octet, name_joint>, dotted_end<word_octet, dot>, any_below_space},
};

std::size_t run(std::string_view text, std::size_t from, char_set const& set) {
    while (from < text.size() && set(text[from])) ++from;
    return from;
}

/// The definition, word by word.
std::size_t dotted(std::string_view text, std::size_t from, char_set const& set,
                   char_set const& joints) {
    auto const end = run(text, from, set);
    for (auto word = from;;) {
        auto const stop = std::min(text.find('.', word), end);
        if (stop == word || joints(text[word]) || joints(text[stop - 1])) return from;
        if (stop == end) return end;
        word = stop + 1;
    }
}

void compare(std::string_view text, std::size_t from) {
    auto const letters = run(text, from, ldh);
    auto const visible = run(text, from, vchar);
    auto const ones = run(text, from, single);
    auto const high = run(text, from, but_controls);
    auto const domain = dotted(text, from, name_octet, name_joint);
    auto const dot_string = dotted(text, from, word_octet, dot);
    auto const below_space = run(text, from, but_controls) != text.size();
    for (auto const& each : kernels) {
        CAPTURE(each.name, std::string{text}, from);
        CHECK(each.letters(text, from) == letters);
        CHECK(each.text(text, from) == visible);
        CHECK(each.single(text, from) == ones);
        CHECK(each.but_controls(text, from) == high);
        CHECK(each.domain(text, from) == domain);
        CHECK(each.dot_string(text, from) == dot_string);
        CHECK(each.any_below_space(text.substr(from)) == below_space);
    }
}

/// Words and dots for the most part, so that runs of every length and every fault in them occur.
std::string random_words(std::minstd_rand& random) {
    constexpr std::string_view parts[] = {"x", "xxxxx", "a.b", "-", ".", "example", "x.x.x", "Z9"};
    std::string text;
    for (auto n = random() % 16; n != 0; --n) text += parts[random() % (random() % 2 ? 2 : 8)];
    for (auto n = random() % 3; n != 0 && !text.empty(); --n)
        text[random() % text.size()] = static_cast<char>(random() % 256);
    return text;
}

}  // namespace

TEST_CASE("a run ends at the first octet that is not in its set, whichever octet that is",
          "[runs]") {
    for (std::size_t length : {1u, 15u, 16u, 17u, 40u}) {
        for (unsigned octet = 0; octet < 256; ++octet) {
            std::string text(length, 'x');
            for (std::size_t at = 0; at < length; at += 1 + length / 16) {
                text[at] = static_cast<char>(octet);
                compare(text, 0);
                text[at] = 'x';
            }
        }
    }
}

TEST_CASE("words with single dots between them are taken at once, and nothing else is", "[runs]") {
    struct row {
        std::string_view in;
        std::size_t end;
    };
    auto const given = GENERATE(values<row>({
        {"", 0},
        {"a", 1},
        {"a.b", 3},
        {"a--b.c", 6},
        {"a.b>c", 3},
        {"a.b\x80", 3},
        {".a", 0},
        {"a.", 0},
        {"a..b", 0},
        {"-a", 0},
        {"a-", 0},
        {"a-.b", 0},
        {"a.-b", 0},
        {"one.two.three.four.five", 23},
        {"one-two-three-f..five", 0},
        {"one-two-three-.four", 0},
        {"one.two-three.-four", 0},
        {"one-two-three-fo-", 0},
    }));
    CAPTURE(given.in);
    CHECK(dotted_end<name_octet, name_joint>(given.in, 0) == given.end);
}

TEST_CASE("every kernel finds the same runs and reads nothing beyond the text", "[runs]") {
    postel::test::guarded memory;
    REQUIRE(memory.usable());
    std::minstd_rand random{5321};
    for (int round = 0; round < 4'000; ++round) {
        auto const text = random_words(random);
        auto const octets = round % 2 == 0 ? memory.at_start(text) : memory.at_end(text);
        for (auto const from : {std::size_t{0}, text.size(), random() % (text.size() + 1)})
            compare(octets, from);
    }
}

TEST_CASE("a set is the same in each form in which vectors ask for it", "[runs]") {
    using namespace detail;
    for (unsigned octet = 0; octet < 256; ++octet) {
        bool in_ranges = false;
        for (auto const& range : set_ranges<atext>)
            in_ranges = in_ranges || (range.first <= octet && octet <= range.last);
        CAPTURE(octet);
        CHECK(in_ranges == atext(static_cast<char>(octet)));
        bool const in_table = (set_nibbles<atext>[octet % 16] & nibble_bits[octet / 16]) != 0;
        CHECK(in_table == atext(static_cast<char>(octet)));
    }
}
