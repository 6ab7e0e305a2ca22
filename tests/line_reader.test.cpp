#include <postel/line_reader.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/split.hpp"

using postel::line_reader;
using outcome = line_reader::outcome;

namespace {

/// Every line, with "<too long>" in the place of one above the limit.
std::vector<std::string> read_all(postel::test::pieces const& stream, std::size_t limit) {
    std::vector<std::string> lines;
    line_reader reader;
    for (auto piece : stream) {
        for (;;) {
            auto const step = reader.next(piece, limit);
            REQUIRE(reader.heap_octets() <= limit);
            REQUIRE(reader.held() < limit);
            piece.remove_prefix(step.consumed);
            if (step.what == outcome::partial) break;
            lines.push_back(step.what == outcome::line ? std::string(step.text) : "<too long>");
        }
        REQUIRE(piece.empty());
    }
    return lines;
}

}  // namespace

TEST_CASE("the lines that come out do not depend on how the octets were cut", "[line_reader]") {
    struct row {
        std::string wire;
        std::vector<std::string> lines;
    };
    auto const at_limit = std::string(30, 'x');
    auto const given = GENERATE_COPY(values<row>({
        {"", {}},
        {"NOOP", {}},
        {"NOOP\r", {}},
        {"NOOP\r\n", {"NOOP"}},
        {"\r\n", {""}},
        {"\r\n\r\n", {"", ""}},
        {"EHLO a\r\nMAIL FROM:<>\r\nRC", {"EHLO a", "MAIL FROM:<>"}},
        {"a\r\r\nb\r\n", {"a\r", "b"}},
        {at_limit + "\r\nb\r\n", {at_limit, "b"}},
        {at_limit + "x\r\nb\r\n", {"<too long>", "b"}},
        {at_limit + "x\r\r\nb\r\n", {"<too long>", "b"}},
        {at_limit + at_limit + "\n\r" + at_limit + "\r\nb\r\n", {"<too long>", "b"}},
        {at_limit + at_limit, {}},
    }));
    CAPTURE(given.wire);
    postel::test::for_every_cut(
        given.wire, [&](auto const& stream) { CHECK(read_all(stream, 32) == given.lines); });
}

TEST_CASE("only CR LF ends a line", "[line_reader][B-5321-2.3.8-01]") {
    std::string const wire("NOOP\nMAIL\rRCPT\n\rDATA\0\r\n", 23);
    postel::test::for_every_cut(wire, [&](auto const& stream) {
        auto const lines = read_all(stream, 512);
        REQUIRE(lines.size() == 1);
        CHECK(lines.front() == wire.substr(0, wire.size() - 2));
    });
}

TEST_CASE("a line reader says nothing before the LF has arrived", "[line_reader][S-5321-2.4-01]") {
    line_reader reader;
    CHECK(reader.next("MAIL FROM:<a@b.example>\r", 512).what == outcome::partial);
    auto const step = reader.next("\nNOOP\r\n", 512);
    CHECK(step.what == outcome::line);
    CHECK(step.text == "MAIL FROM:<a@b.example>");
    CHECK(step.consumed == 1);
}

TEST_CASE("a line of 512 octets passes where that is the limit, and one of 513 does not",
          "[line_reader][S-5321-4.5.3.1.4-01]") {
    auto const line = "NOOP " + std::string(505, 'a');
    postel::test::for_every_cut(
        line + "\r\n",
        [&](auto const& stream) { CHECK(read_all(stream, 512) == std::vector{line}); }, 2);
    postel::test::for_every_cut(
        line + "a\r\n",
        [&](auto const& stream) {
            CHECK(read_all(stream, 512) == std::vector<std::string>{"<too long>"});
        },
        2);
}

TEST_CASE("a line that arrives whole is a view on the caller's octets", "[line_reader]") {
    std::string const wire = "EHLO a\r\nNOOP\r\n";
    line_reader reader;
    auto const step = reader.next(wire, 512);
    CHECK(step.text.data() == wire.data());
    CHECK(step.consumed == 8);
    CHECK(reader.heap_octets() == 0);
}

TEST_CASE("the heap of a line reader lives as long as a cut line and its view", "[line_reader]") {
    line_reader reader;
    CHECK(reader.next("NO", 512).consumed == 2);
    CHECK(reader.held() == 2);
    CHECK(reader.heap_octets() > 0);
    auto const step = reader.next("OP\r\n", 512);
    CHECK(step.text == "NOOP");
    CHECK(reader.held() == 0);

    SECTION("until the next call") {
        CHECK(reader.next("", 512).what == outcome::partial);
        CHECK(reader.heap_octets() == 0);
    }
    SECTION("until it is said to be used") {
        reader.release_used();
        CHECK(reader.heap_octets() == 0);
        CHECK(reader.next("QUIT\r\n", 512).text == "QUIT");
    }
}

TEST_CASE("an unfinished line is not released as used", "[line_reader]") {
    line_reader reader;
    CHECK(reader.next("NO", 512).what == outcome::partial);
    reader.release_used();
    CHECK(reader.next("OP\r\n", 512).text == "NOOP");
}

TEST_CASE("a line without end takes no memory beyond the limit, and is one fault when it ends",
          "[line_reader][B-SEC-MEM-01]") {
    line_reader reader;
    std::string const piece(4096, 'x');
    for (int i = 0; i < 2560; ++i) {
        auto const step = reader.next(piece, 512);
        REQUIRE(step.what == outcome::partial);
        REQUIRE(step.consumed == piece.size());
        REQUIRE(reader.heap_octets() == 0);
    }
    auto const step = reader.next("\r\nNOOP\r\n", 512);
    CHECK(step.what == outcome::too_long);
    CHECK(step.consumed == 2);
    CHECK(reader.next("NOOP\r\n", 512).text == "NOOP");
}

TEST_CASE("a piece without octets changes nothing in a line reader", "[line_reader]") {
    auto const start = GENERATE(as<std::string>{}, "", "NO", "NO\r", std::string(600, 'x') + "\r");
    CAPTURE(start);
    line_reader reader;
    CHECK(reader.next(start, 512).what == outcome::partial);
    CHECK(reader.next(std::string_view{}, 512).consumed == 0);
    auto const step = reader.next("\n\r\n", 512);
    bool const ends = !start.empty() && start.back() == '\r';
    CHECK(step.consumed == (ends ? 1 : 3));
    CHECK(step.what == (start.size() > 512 ? outcome::too_long : outcome::line));
}

TEST_CASE("a reset line reader has forgotten the start of a line", "[line_reader]") {
    auto const before = GENERATE(as<std::string>{}, "MAIL FROM:<in", "x\r", std::string(600, 'x'),
                                 std::string(600, 'x') + "\r");
    CAPTURE(before);
    line_reader reader;
    CHECK(reader.next(before, 512).what == outcome::partial);
    reader.reset();
    CHECK(reader.held() == 0);
    CHECK(reader.heap_octets() == 0);
    auto const step = reader.next("\nEHLO a\r\n", 512);
    CHECK(step.what == outcome::line);
    CHECK(step.text == "\nEHLO a");
}

TEST_CASE("a moved line reader goes on where the other stood", "[line_reader]") {
    line_reader from;
    CHECK(from.next("NO", 512).what == outcome::partial);
    line_reader to(std::move(from));
    CHECK(from.held() == 0);
    CHECK(to.next("OP\r\n", 512).text == "NOOP");
    CHECK(from.next("QUIT\r\n", 512).text == "QUIT");
    from = std::move(to);
    CHECK(to.next("RSET\r\n", 512).text == "RSET");
}
