#include <postel/reply.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using postel::charset;
using postel::enhanced_status;
using postel::error;
using postel::failure;
using postel::parse_reply;
using postel::reply;
using postel::reply_code;
using postel::write_reply;

namespace {

std::string written(reply const& said, bool with_status = true, charset allowed = charset::ascii) {
    std::string out;
    write_reply(out, said, with_status, allowed);
    return out;
}

std::string written(reply_code code, enhanced_status status,
                    std::vector<std::string_view> const& lines, bool with_status = true) {
    std::string out;
    write_reply(out, code, status, lines, with_status);
    return out;
}

std::vector<std::string_view> lines_of(std::string_view octets) {
    std::vector<std::string_view> lines;
    for (auto const text : parse_reply(octets)->lines()) lines.push_back(text);
    return lines;
}

}  // namespace

TEST_CASE("a reply goes out as code, status and text", "[reply][S-2034-4-01][S-2034-4-02]") {
    CHECK(written({250, {2, 1, 0}, "sender ok"}) == "250 2.1.0 sender ok\r\n");
    CHECK(written({250, {2, 1, 0}, "sender ok"}, false) == "250 sender ok\r\n");
    CHECK(written({550, {5, 7, 999}, "no"}) == "550 5.7.999 no\r\n");
    CHECK(written({556, {5, 1, 10}, "null MX"}) == "556 5.1.10 null MX\r\n");
    CHECK(written({354, {}, "go on"}) == "354 go on\r\n");
    CHECK(written({354, {2, 0, 0}, "go on"}) == "354 go on\r\n");
    CHECK(written({220, {}, "mx.example ESMTP"}) == "220 mx.example ESMTP\r\n");
    CHECK(written({250, {}, "tab\there"}) == "250 tab\there\r\n");
}

TEST_CASE("a reply without text still has the space behind its code",
          "[reply][S-5321-4.2-03][S-4954-4-05]") {
    CHECK(written({334, {}, ""}) == "334 \r\n");
    CHECK(written({250, {}, ""}) == "250 \r\n");
    CHECK(written(250, {}, {}) == "250 \r\n");
}

TEST_CASE("a status whose class is not the digit of the code stays inside",
          "[reply][S-2034-4-03]") {
    CHECK(written({250, {5, 0, 0}, "ok"}) == "250 ok\r\n");
    CHECK(written({550, {4, 2, 1}, "no"}) == "550 no\r\n");
    CHECK(written({450, {4, 1000, 1}, "no"}) == "450 no\r\n");
}

TEST_CASE("a code that is none does not reach the wire", "[reply][S-5321-4.2-02]") {
    for (int const code : {0, 25, 199, 600, 999, 1250}) {
        CAPTURE(code);
        CHECK(written({code, {2, 0, 0}, "x"}) == "451 4.3.0 x\r\n");
    }
    CHECK(written({200, {}, "x"}) == "200 x\r\n");
    CHECK(written({599, {}, "x"}) == "599 x\r\n");
}

TEST_CASE("every line of a reply carries the same code and status, and the last one a space",
          "[reply][S-5321-4.2.1-01][S-2034-4-04]") {
    CHECK(written(550, {5, 1, 1}, {"a", "b", "c"}) ==
          "550-5.1.1 a\r\n550-5.1.1 b\r\n550 5.1.1 c\r\n");
    CHECK(written(250, {2, 1, 5}, {"", ""}, false) == "250-\r\n250 \r\n");
}

TEST_CASE("no text can add a line or a reply of its own", "[reply][S-SEC-REPLY-01]") {
    CHECK(written({550, {5, 7, 1}, "x\r\n250 y"}) == "550 5.7.1 x??250 y\r\n");
    for (unsigned octet = 0; octet < 256; ++octet) {
        auto const text = std::string("a") + static_cast<char>(octet) + "b";
        CAPTURE(octet);
        auto const kept = octet == '\t' || (octet >= 32 && octet < 127);
        CHECK(written({250, {}, text}) == "250 " + (kept ? text : "a?b") + "\r\n");
        if (octet < 128) continue;
        CHECK(written({250, {}, text}, false, charset::utf8) == "250 a?b\r\n");
    }
}

TEST_CASE("UTF-8 goes out only where it is allowed and well formed", "[reply][S-6531-3.7.4-01]") {
    auto const name = "\xC3\xA9\xE4\xBE\x8B\xF0\x9F\x93\xA7"sv;
    CHECK(written({250, {}, name}, false, charset::utf8) == "250 " + std::string(name) + "\r\n");
    CHECK(written({250, {}, name}, false) == "250 ?????????\r\n");
    CHECK(written({250, {}, "\xC0\xAF"}, false, charset::utf8) == "250 ??\r\n");
    CHECK(written({250, {}, "\xC3"}, false, charset::utf8) == "250 ?\r\n");
    CHECK(written({250, {}, "\xC2\x85x"}, false, charset::utf8) == "250 ??x\r\n");
    CHECK(written({250, {}, "\x1B[2J\xC3\xA9"}, false, charset::utf8) == "250 ?[2J\xC3\xA9\r\n");
}

TEST_CASE("a text that does not fit into 512 octets goes on in further lines",
          "[reply][B-5321-4.5.3.1.5-01]") {
    auto const room = 512 - std::string_view("250 2.0.0 \r\n").size();
    for (auto const filler : {"x"sv, "word "sv, " "sv, "\xC3\xA9"sv}) {
        for (std::size_t size = room - 3; size < 3 * room; size += size < room + 8 ? 1 : 97) {
            std::string text;
            while (text.size() < size) text += filler;
            CAPTURE(filler, text.size());
            auto const out = written({250, {2, 0, 0}, text}, true, charset::utf8);
            auto const back = parse_reply(out);
            REQUIRE(back.ok());
            CHECK(back->line_count() >= (text.size() + room - 1) / room);
            if (text.size() <= room) CHECK(back->line_count() == 1);
            std::size_t letters = 0;
            for (auto const line : back->lines()) {
                CHECK(line.size() + 6 <= 512);
                CHECK(line.substr(0, 6) == "2.0.0 ");
                CHECK(postel::check_utf8(line).ok());
                for (char const c : line.substr(6)) letters += c != ' ' ? 1 : 0;
            }
            std::size_t expected = 0;
            for (char const c : text) expected += c != ' ' ? 1 : 0;
            CHECK(letters == expected);
            CHECK(out.find('?') == std::string::npos);
        }
    }
    auto const words = std::string(480, 'a') + " " + std::string(40, 'b');
    CHECK(written({250, {}, words}) ==
          "250-" + std::string(480, 'a') + "\r\n250 " + std::string(40, 'b') + "\r\n");
}

TEST_CASE("an authentication challenge is never cut", "[reply][S-4954-4-04][B-4954-4-02]") {
    auto const challenge = std::string(12000, 'A');
    CHECK(written({334, {}, challenge}) == "334 " + challenge + "\r\n");
}

TEST_CASE("a reply is read with its code, status and texts",
          "[reply][C-5321-4.2-05][B-3463-2-01]") {
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
          "[reply][C-5321-4.2-02][C-5321-4.2.1-01][C-4954-4-01]") {
    CHECK(parse_reply("250\r\n")->text().empty());
    CHECK(parse_reply("250 \r\n")->text().empty());
    CHECK(parse_reply("250-a\r\n250\r\n")->line_count() == 2);
    CHECK(parse_reply("334\r\n")->code().intermediate());
}

TEST_CASE("an unlisted code counts by its first digit", "[reply][C-5321-4.2-04]") {
    CHECK(parse_reply("259 ok\r\n")->code().positive());
    CHECK(parse_reply("459 x\r\n")->code().transient());
    CHECK(parse_reply("559 x\r\n")->code().permanent());
    CHECK(parse_reply("298 x\r\n")->code().positive());
}

TEST_CASE("what is not a reply is refused at the octet that does not fit",
          "[reply][C-5321-4.2-03][C-5321-4.2.1-02]") {
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

TEST_CASE("a reply with octets that no terminal should see says so", "[reply][C-6531-3.7.4.1-01]") {
    auto const accents = parse_reply("551 try <\xC3\xA9@d.example>\r\n");
    REQUIRE(accents.ok());
    CHECK(accents->text() == "try <\xC3\xA9@d.example>");
    CHECK_FALSE(accents->printable());
    CHECK_FALSE(parse_reply("250-ok\r\n250 \x1B[2J\r\n")->printable());
    CHECK_FALSE(parse_reply("250 a\0b\r\n"sv)->printable());
    CHECK(parse_reply("250 a\tb\r\n")->printable());
}

TEST_CASE("a reply that nobody parsed is empty", "[reply]") {
    postel::reply_view const nothing;
    CHECK(nothing.code() == 0);
    CHECK(nothing.text().empty());
    CHECK(nothing.line_count() == 0);
    CHECK(nothing.lines().begin() == nothing.lines().end());
}

TEST_CASE("what was written reads as the same reply", "[reply]") {
    for (auto const& said : {reply{250, {2, 0, 0}, "ok"}, reply{550, {5, 1, 1}, "no such user"},
                             reply{354, {}, "go"}, reply{421, {4, 3, 2}, ""},
                             reply{220, {}, "mx.example ESMTP"}, reply{556, {5, 999, 999}, "x"}}) {
        auto const out = written(said);
        CAPTURE(out);
        auto const read = parse_reply(out);
        REQUIRE(read.ok());
        CHECK(reply{read->code(), read->status(), read->text()} == said);
    }
}

TEST_CASE("the status of further lines is taken off only where it is the same", "[reply]") {
    auto const octets = "550-5.1.1 a\r\n550-5.1.1\r\n550-5.1.2 c\r\n550 d\r\n";
    auto const read = parse_reply(octets);
    REQUIRE(read.ok());
    std::vector<std::string_view> texts;
    for (auto const line : read->lines()) texts.push_back(read->without_status(line));
    CHECK(texts == std::vector{"a"sv, ""sv, "5.1.2 c"sv, "d"sv});
}
