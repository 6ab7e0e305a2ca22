#include <postel/reply_view.hpp>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using postel::enhanced_status;
using postel::error;
using postel::failure;
using postel::parse_reply;

namespace {

std::vector<std::string_view> lines_of(std::string_view octets) {
    std::vector<std::string_view> lines;
    for (auto const text : parse_reply(octets)->lines()) lines.push_back(text);
    return lines;
}

}  // namespace

TEST_CASE("a reply is read with its code, status and texts",
          "[reply_view][C-5321-4.2-05][B-3463-2-01]") {
    struct row {
        std::string_view octets;
        int code;
        enhanced_status status;
        std::string_view text;
        std::vector<std::string_view> lines;
    };
    for (auto const& [octets, code, status, text, lines] :
         {row{"250 ok\r\n", 250, {}, "ok", {"ok"}}, row{"250\r\n", 250, {}, "", {""}},
          row{"250 \r\n", 250, {}, "", {""}}, row{"250-\r\n250\r\n", 250, {}, "", {"", ""}},
          row{"250-a\r\n250 b\r\n", 250, {}, "a", {"a", "b"}},
          row{"250 2.1.0 ok\r\n", 250, {2, 1, 0}, "ok", {"2.1.0 ok"}},
          row{"550-5.1.10 a\r\n550 5.1.10 b\r\n", 550, {5, 1, 10}, "a", {"5.1.10 a", "5.1.10 b"}},
          row{"450 4.7.1\r\n", 450, {4, 7, 1}, "", {"4.7.1"}},
          row{"250 5.0.0 odd\r\n", 250, {}, "5.0.0 odd", {"5.0.0 odd"}},
          row{"354 3.0.0 go\r\n", 354, {}, "3.0.0 go", {"3.0.0 go"}},
          row{"250 2.1.0ok\r\n", 250, {}, "2.1.0ok", {"2.1.0ok"}},
          row{"250 2.01.0 ok\r\n", 250, {}, "2.01.0 ok", {"2.01.0 ok"}},
          row{"250 2.1.1000 ok\r\n", 250, {}, "2.1.1000 ok", {"2.1.1000 ok"}},
          row{"259 x\r\n", 259, {}, "x", {"x"}}, row{"499 x\r\n", 499, {}, "x", {"x"}},
          row{"334\r\n", 334, {}, "", {""}}, row{"250  two\r\n", 250, {}, " two", {" two"}},
          row{"250-250 x\r\n250 -\r\n", 250, {}, "250 x", {"250 x", "-"}}}) {
        CAPTURE(octets);
        auto const read = parse_reply(octets);
        REQUIRE(read.ok());
        CHECK(read->code() == code);
        CHECK(read->status() == status);
        CHECK(read->text() == text);
        CHECK(read->line_count() == lines.size());
        CHECK(lines_of(octets) == lines);
        CHECK(read->octets() == octets);
        CHECK(read->printable());
    }
    static_assert(parse_reply("221 2.0.0 bye\r\n")->code() == 221);
    static_assert(parse_reply("221 2.0.0 bye\r\n")->text() == "bye");
}

TEST_CASE("replies without text and without the space are complete",
          "[reply_view][C-5321-4.2-02][C-5321-4.2.1-01][C-4954-4-01]") {
    CHECK(parse_reply("250\r\n")->text().empty());
    CHECK(parse_reply("250 \r\n")->text().empty());
    CHECK(parse_reply("250-a\r\n250\r\n")->line_count() == 2);
    CHECK(parse_reply("334\r\n")->code().intermediate());
}

TEST_CASE("an unlisted code counts by its first digit", "[reply_view][C-5321-4.2-04]") {
    CHECK(parse_reply("259 ok\r\n")->code().positive());
    CHECK(parse_reply("459 x\r\n")->code().transient());
    CHECK(parse_reply("559 x\r\n")->code().permanent());
    CHECK(parse_reply("298 x\r\n")->code().positive());
}

TEST_CASE("what is not a reply is refused at the octet that does not fit",
          "[reply_view][C-5321-4.2-03][C-5321-4.2.1-02]") {
    struct row {
        std::string_view octets;
        failure fault;
    };
    for (auto const& [octets, fault] :
         {row{"", {error::bad_reply, 0}},
          row{"\r\n", {error::bad_reply, 0}},
          row{"250", {error::bad_reply, 3}},
          row{"250 ok", {error::bad_reply, 6}},
          row{"250-ok\r\n", {error::bad_reply, 8}},
          row{"150 hm\r\n", {error::bad_reply, 0}},
          row{"050 hm\r\n", {error::bad_reply, 0}},
          row{"650 hm\r\n", {error::bad_reply, 0}},
          row{"25 hm\r\n", {error::bad_reply, 2}},
          row{"2x0 hm\r\n", {error::bad_reply, 1}},
          row{"2500\r\n", {error::bad_reply, 3}},
          row{"250\thm\r\n", {error::bad_reply, 3}},
          row{"250=hm\r\n", {error::bad_reply, 3}},
          row{"hello\r\n", {error::bad_reply, 0}},
          row{"250-a\r\n\r\n", {error::bad_reply, 7}},
          row{"250-a\r\n25\r\n", {error::bad_reply, 9}},
          row{"250 a\r\n250 b\r\n", {error::bad_reply, 7}},
          row{"250-ok\r\n550 no\r\n", {error::reply_code_mismatch, 8}},
          row{"250-ok\r\n251 ok\r\n", {error::reply_code_mismatch, 8}},
          row{"250 ok\n", {error::bare_lf, 6}},
          row{"250-a\n250 b\r\n", {error::bare_lf, 5}},
          row{"250 a\rb\r\n", {error::bare_cr, 5}},
          row{"250 a\r\r\n", {error::bare_cr, 5}},
          row{"250 a\r", {error::bare_cr, 5}}}) {
        CAPTURE(octets);
        auto const read = parse_reply(octets);
        REQUIRE_FALSE(read.ok());
        CHECK(read.fault() == fault);
    }
}

TEST_CASE("a reply with octets that no terminal should see says so",
          "[reply_view][C-6531-3.7.4.1-01]") {
    auto const accents = parse_reply("551 try <\xC3\xA9@d.example>\r\n");
    REQUIRE(accents.ok());
    CHECK(accents->text() == "try <\xC3\xA9@d.example>");
    CHECK_FALSE(accents->printable());
    CHECK_FALSE(parse_reply("250-ok\r\n250 \x1B[2J\r\n")->printable());
    auto const nul = parse_reply("250 a\0b\r\n"sv);
    REQUIRE(nul.ok());
    CHECK(nul->text() == "a\0b"sv);
    CHECK_FALSE(nul->printable());
    CHECK(parse_reply("250 a\tb\r\n")->printable());
}

TEST_CASE("a reply that nobody parsed is empty", "[reply_view]") {
    postel::reply_view const nothing;
    CHECK(nothing.code() == 0);
    CHECK(nothing.text().empty());
    CHECK(nothing.line_count() == 0);
    CHECK(nothing.lines().begin() == nothing.lines().end());
}

TEST_CASE("the status of further lines is taken off only where it is the same", "[reply_view]") {
    auto const octets = "550-5.1.1 a\r\n550-5.1.1\r\n550-5.1.2 c\r\n550 d\r\n";
    auto const read = parse_reply(octets);
    REQUIRE(read.ok());
    std::vector<std::string_view> texts;
    for (auto const line : read->lines()) texts.push_back(read->without_status(line));
    CHECK(texts == std::vector{"a"sv, ""sv, "5.1.2 c"sv, "d"sv});
    CHECK(read->without_status("5.1.1x") == "5.1.1x");
}

TEST_CASE("an iterator over lines can be kept while another goes on", "[reply_view]") {
    auto const read = postel::parse_reply("250-a\r\n250 b\r\n");
    REQUIRE(read.ok());
    auto const lines = read->lines();
    auto at = lines.begin();
    auto const first = at++;
    CHECK(*first == "a");
    CHECK(*at == "b");
    CHECK(first == lines.begin());
    CHECK_FALSE(at == first);
    CHECK(++at == lines.end());
}

TEST_CASE("what only looks like an enhanced status is text", "[reply_view]") {
    for (auto const text :
         {"2x.1.1 a", "2..1 a", "2.1. a", "2.01.1 a", "2.1.1000 a", "2.1.1x a", "2x a", "2"}) {
        CAPTURE(text);
        auto const octets = std::string("250 ") + text + "\r\n";
        auto const read = postel::parse_reply(octets);
        REQUIRE(read.ok());
        CHECK(read->text() == text);
    }
}

TEST_CASE("an enhanced status has three numbers and two dots", "[reply_view]") {
    auto const read = [](std::string_view text) {
        postel::cursor in{text};
        return postel::parse_enhanced_status(in);
    };
    REQUIRE(read("5.1.10 x"));
    CHECK(*read("5.1.10 x") == enhanced_status{5, 1, 10});
    for (auto const text :
         {"", "5", "51.10", "5.1", "5.110", "5.1.", "5..10", "3.1.10", "5.1.1000", "5.1000.1"}) {
        CAPTURE(text);
        CHECK_FALSE(read(text));
    }
}
