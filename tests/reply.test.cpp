#include <postel/reply.hpp>
#include <postel/reply_view.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using postel::charset;
using postel::enhanced_status;
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
    CHECK(written({450, {4, 1, 1000}, "no"}) == "450 no\r\n");
    CHECK(written({354, {3, 0, 0}, "go on"}) == "354 go on\r\n");
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

TEST_CASE("a long text is cut where it can be, whatever its octets",
          "[reply][B-5321-4.5.3.1.5-01]") {
    auto const whole = std::string(600, 'x');
    CHECK(written({250, {}, " " + whole}) ==  // no line is empty for the sake of a space
          "250- " + whole.substr(0, 505) + "\r\n250 " + whole.substr(505) + "\r\n");
    std::string const tails(600, '\x80');  // no UTF-8: there is no place where a sequence ends
    CHECK(written({250, {}, tails}, false, charset::utf8) ==
          "250-" + std::string(506, '?') + "\r\n250 " + std::string(94, '?') + "\r\n");
}

TEST_CASE("an authentication challenge is never cut", "[reply][S-4954-4-04][B-4954-4-02]") {
    auto const challenge = std::string(12000, 'A');
    CHECK(written({334, {}, challenge}) == "334 " + challenge + "\r\n");
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

TEST_CASE("a reply that the compiler has written is what would be written of it now", "[reply]") {
    static constexpr reply said[] = {{250, {2, 1, 5}, "recipient ok"},
                                     {354, {}, "end data with <CR><LF>.<CR><LF>"},
                                     {252, {2, 999, 100}, ""},
                                     {220, {}, "ESMTP"},
                                     {250, {5, 0, 0}, "status of another class"}};
    static constexpr postel::ready_reply ready[] = {
        postel::ready_reply{said[0]}, postel::ready_reply{said[1]}, postel::ready_reply{said[2]},
        postel::ready_reply{said[3]}, postel::ready_reply{said[4]}};
    for (std::size_t i = 0; i < std::size(said); ++i) {
        auto const with_status = GENERATE(true, false);
        CAPTURE(said[i].text, with_status);
        std::string now, then;
        write_reply(now, said[i], with_status);
        ready[i].write(then, with_status);
        CHECK(then == now);
    }
}
