#include <postel/dot_decoder.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/decode.hpp"

using postel::dot_decoder;
using postel::error;
using postel::line_ending_policy;
using postel::nul_policy;
using postel::test::decode;
using postel::test::decoded;
using postel::test::for_every_cut;
using namespace std::string_literals;

namespace {

/// What a message is by the letter of RFC 5321 4.1.1.4 and 4.5.2, read whole and slowly: the octets
/// before the first CR LF . CR LF, less one dot behind each CR LF. The CR LF of the DATA line
/// counts.
std::string content_of(std::string const& wire) {
    auto const all = "\r\n" + wire;
    auto const end = all.find("\r\n.\r\n");
    REQUIRE(end != all.npos);
    std::string text;
    for (std::size_t i = 0; i < end + 2; ++i) {
        bool const stuffed = i >= 2 && all[i] == '.' && all[i - 1] == '\n' && all[i - 2] == '\r';
        if (!stuffed) text += all[i];
    }
    return text.substr(2);
}

/// Each bare CR and bare LF of a text turned into CR LF.
std::string normalised(std::string const& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
        if (text[i] != '\r' && text[i] != '\n') {
            out += text[i];
        } else {
            out += "\r\n";
            if (pair) ++i;
        }
    }
    return out;
}

/// The first fault of a text, and the text before it; a bare CR comes out before it is known.
struct sound_text {
    std::string text;
    error fault;
};
sound_text first_fault(std::string const& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
            ++i;
        } else if (text[i] == '\r') {
            return {text.substr(0, i + 1), error::bare_cr};
        } else if (text[i] == '\n') {
            return {text.substr(0, i), error::bare_lf};
        } else if (text[i] == '\0') {
            return {text.substr(0, i), error::nul_octet};
        }
    }
    return {text, error::none};
}

static_assert([] {
    dot_decoder decoder;
    auto const step = decoder.next("hi\r\n.\r\nNOOP\r\n");
    return step && step->done && step->text == "hi\r\n" && step->consumed == 7;
}());

}  // namespace

TEST_CASE("a clean message comes out without its dots, the same however it is cut",
          "[dot_decoder][S-5321-4.1.1.4-01][S-5321-4.1.1.4-02][S-5321-4.5.2-01][S-5321-4.5.2-02]") {
    struct row {
        std::string wire, text;
    };
    auto const given = GENERATE(values<row>({
        {".\r\n", ""},
        {"\r\n.\r\n", "\r\n"},
        {"a\r\n.\r\n", "a\r\n"},
        {"hi\r\n\r\nthere\r\n.\r\n", "hi\r\n\r\nthere\r\n"},
        {"..\r\n.x\r\n.\r\n", ".\r\nx\r\n"},
        {"...\r\n.\r\n", "..\r\n"},
        {"a\r\n..b\r\n.\r\n", "a\r\n.b\r\n"},
        {"a.b\r\nc.\r\n.\r\n", "a.b\r\nc.\r\n"},
        {"a\r\n. \r\n.\t\r\n.\r\n", "a\r\n \r\n\t\r\n"},
        {"\r\n\r\n..\r\n\r\n.\r\n", "\r\n\r\n.\r\n\r\n"},
        {"\x80\xff\xc3\xa4\x01\x7f\t\r\n.\r\n", "\x80\xff\xc3\xa4\x01\x7f\t\r\n"},
    }));
    auto const policy = GENERATE(line_ending_policy::reject, line_ending_policy::pass,
                                 line_ending_policy::normalise);
    CAPTURE(given.wire, static_cast<int>(policy));
    auto const behind = given.wire + "MAIL FROM:<next@c.example>\r\n.\r\n";
    for_every_cut(behind, [&](auto const& stream) {
        auto const all = decode(stream, dot_decoder{policy});
        CHECK(all == decoded{given.text, error::none, true, given.wire.size(), "",
                             given.wire.size(), false});
    });
}

TEST_CASE("a message without its end is never done", "[dot_decoder]") {
    auto const wire = GENERATE(as<std::string>{}, "", ".", ".\r", "a\r\n", "a\r\n.", "a\r\n.\r",
                               "a\r\n..\r\n", "a.\r\n");
    auto const policy = GENERATE(line_ending_policy::reject, line_ending_policy::pass,
                                 line_ending_policy::normalise);
    CAPTURE(wire, static_cast<int>(policy));
    for_every_cut(wire, [&](auto const& stream) {
        auto const all = decode(stream, dot_decoder{policy});
        CHECK_FALSE(all.done);
        CHECK(all.fault == error::none);
        CHECK(all.consumed == wire.size());
    });
}

TEST_CASE("a fault comes behind the text before it, and the end is found all the same",
          "[dot_decoder][S-SEC-BARE-01][S-5321-4.1.1.4-03]") {
    struct row {
        std::string wire;
        error fault;
        std::string before, behind;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"a\nb\r\n.\r\n", error::bare_lf, "a", "\nb\r\n", 1},
        {"a\n.\nb\r\n.\r\n", error::bare_lf, "a", "\n.\nb\r\n", 1},
        {"\n.\r\n.\r\n", error::bare_lf, "", "\n.\r\n", 0},
        {"a\rb\r\n.\r\n", error::bare_cr, "a\r", "b\r\n", 2},
        {"a\r\r\n.\r\n", error::bare_cr, "a\r", "\r\n", 2},
        {"a\r.\r\n.\r\n", error::bare_cr, "a\r", ".\r\n", 2},
        {"a\r\n.\rb\r\n.\r\n", error::bare_cr, "a\r\n\r", "b\r\n", 5},
        {".\r.\r\n.\r\n", error::bare_cr, "\r", ".\r\n", 2},
        {".\nb\r\n.\r\n", error::bare_lf, "", "\nb\r\n", 1},
        {"a\0b\r\n.\r\n"s, error::nul_octet, "a", "\0b\r\n"s, 1},
        {".\0\r\n.\r\n"s, error::nul_octet, "", "\0\r\n"s, 1},
        {"a\r\n\0.\r\n.\r\n"s, error::nul_octet, "a\r\n", "\0.\r\n"s, 3},
        {"a\r\0\r\n.\r\n"s, error::bare_cr, "a\r", "\0\r\n"s, 2},
    }));
    CAPTURE(given.wire);
    decoded const expected{given.before, given.fault,       false, given.at,
                           given.behind, given.wire.size(), false};
    for_every_cut(given.wire + "QUIT\r\n",
                  [&](auto const& stream) { CHECK(decode(stream, dot_decoder{}) == expected); });
}

TEST_CASE("a failure changes nothing and is told again", "[dot_decoder]") {
    dot_decoder decoder;
    auto const before = decoder.next("a\nb");
    REQUIRE(before);
    CHECK(before->text == "a");
    CHECK(before->consumed == 1);
    for (int i = 0; i < 2; ++i) {
        auto const step = decoder.next("\nb");
        REQUIRE_FALSE(step);
        CHECK(step.fault() == postel::failure{error::bare_lf, 0});
    }
    decoder.pass_everything();
    CHECK(decoder.next("\nb")->text == "\nb");
}

TEST_CASE("a bare CR or LF becomes CR LF where that was asked for, and no dot behind it is lost",
          "[dot_decoder]") {
    struct row {
        std::string wire, text;
    };
    auto const given = GENERATE(values<row>({
        {"a\nb\r\n.\r\n", "a\r\nb\r\n"},
        {"a\rb\r\n.\r\n", "a\r\nb\r\n"},
        {"a\n.\nb\r\n.\r\n", "a\r\n.\r\nb\r\n"},
        {"a\n.\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n"},
        {"a\r.\rb\r\n.\r\n", "a\r\n.\r\nb\r\n"},
        {"a\r\n.\rb\r\n.\r\n", "a\r\n\r\nb\r\n"},
        {"a\r\n.\nb\r\n.\r\n", "a\r\n\r\nb\r\n"},
        {"a\r\r\nb\r\n.\r\n", "a\r\n\r\nb\r\n"},
        {"a\n\r\nb\r\n.\r\n", "a\r\n\r\nb\r\n"},
        {"a\r\r\n.\r\r\nb\r\n.\r\n", "a\r\n\r\n\r\n\r\nb\r\n"},
        {"\n\r\n.\r\n", "\r\n\r\n"},
    }));
    CAPTURE(given.wire);
    for_every_cut(given.wire, [&](auto const& stream) {
        auto const all = decode(stream, dot_decoder{line_ending_policy::normalise});
        CHECK(all == decoded{given.text, error::none, true, given.wire.size(), "",
                             given.wire.size(), true});
    });
}

TEST_CASE("a NUL is content where that was asked for",
          "[dot_decoder][S-SEC-NUL-01][S-5321-4.5.2-03]") {
    auto const text = "\0\x01\x7f\t\r\n\0\0\r\n"s;
    auto const policy = GENERATE(line_ending_policy::reject, line_ending_policy::pass,
                                 line_ending_policy::normalise);
    for_every_cut(text + ".\r\n", [&](auto const& stream) {
        CHECK(decode(stream, dot_decoder{policy, nul_policy::pass}).text == text);
        CHECK(decode(stream, dot_decoder{policy}).fault == error::nul_octet);
    });
}

TEST_CASE("a NUL does not pass in the shadow of a CR that does", "[dot_decoder][S-SEC-NUL-01]") {
    auto const wire = GENERATE("a\r\0b\r\n.\r\n"s, ".\r\0\r\n.\r\n"s);
    auto const policy = GENERATE(line_ending_policy::pass, line_ending_policy::normalise);
    for_every_cut(wire, [&](auto const& stream) {
        auto const all = decode(stream, dot_decoder{policy});
        CHECK(all.fault == error::nul_octet);
        CHECK(all.end == wire.size());
    });
}

TEST_CASE("text is a view on the caller's octets, and a clean message is one step",
          "[dot_decoder]") {
    std::string const wire = "From: a\r\n\r\nhello\r\nworld\r\n.\r\n";
    dot_decoder decoder;
    auto const step = decoder.next(wire);
    REQUIRE(step);
    CHECK(step->done);
    CHECK(step->text.data() == wire.data());
    CHECK(step->text.size() == wire.size() - 3);
}

TEST_CASE("a dot decoder that saw the end is ready for the next message", "[dot_decoder]") {
    dot_decoder decoder;
    CHECK(decoder.next(".\r\n")->done);
    auto const step = decoder.next("..\r\n.\r\n");
    CHECK(step->done);
    CHECK(step->text == ".\r\n");
}

TEST_CASE("random octets decode as the slow and obvious reading of the RFC says", "[dot_decoder]") {
    std::minstd_rand random{2};
    std::string_view const octets{"\r\n.a\0\r\n.", 8};
    for (int round = 0; round < 1000; ++round) {
        std::string wire;
        for (auto n = random() % 24; n != 0; --n) wire += octets[random() % octets.size()];
        wire += "\r\n.\r\n";
        auto const text = content_of(wire);
        auto const sound = first_fault(text);
        CAPTURE(wire);
        for_every_cut(
            wire,
            [&](auto const& stream) {
                auto const passed =
                    decode(stream, dot_decoder{line_ending_policy::pass, nul_policy::pass});
                CHECK(passed.done);
                CHECK(passed.text == text);
                auto const normal =
                    decode(stream, dot_decoder{line_ending_policy::normalise, nul_policy::pass});
                CHECK(normal.text == normalised(text));
                CHECK(normal.end == passed.end);
                auto const strict = decode(stream, dot_decoder{});
                CHECK(strict.fault == sound.fault);
                CHECK(strict.text == sound.text);
                CHECK(strict.text + strict.discarded == text);
                CHECK(strict.end == passed.end);
            },
            2);
    }
}

TEST_CASE("every cell of the dot table is what the RFC makes of that octet there",
          "[dot_decoder]") {
    // One way into each state, and what is still owed to the text there.
    struct way {
        std::string into, owed;
    };
    auto const in = GENERATE(
        values<way>({{"x\r\n", ""}, {"x", ""}, {"x\r", ""}, {"x\r\n.", ""}, {"x\r\n.\r", "\r"}}));
    auto const next = GENERATE(as<std::string>{}, "\r", "\n", ".", "\0"s, "x");
    CAPTURE(in.into, next);
    auto const wire = in.into + next + "y\r\n.\r\n";
    auto const all = decode({wire}, dot_decoder{line_ending_policy::pass, nul_policy::pass});
    CHECK(all.done);
    CHECK(all.text == content_of(wire));
    bool const ended = in.into == "x\r\n.\r" && next == "\n";
    CHECK(all.end == (ended ? 6 : wire.size()));
    auto const strict = decode({wire}, dot_decoder{});
    CHECK(strict.fault == first_fault(content_of(wire)).fault);
    CHECK(strict.end == all.end);
}

TEST_CASE("a line is too long at the octet that would have to be its LF, however it is cut",
          "[dot_decoder][B-5321-4.5.3.1.6-01]") {
    // With a limit of 8 octets.
    struct row {
        std::string wire, before;
    };
    auto const given = GENERATE(values<row>({
        {"123456\r\n.\r\n", ""},
        {".123456\r\n..12345\r\n\r\n123456\r\n.\r\n", ""},
        {"1234567\r\n.\r\n", "1234567"},
        {"12345678\r\n.\r\n", "1234567"},
        {"a\r\n..234567\r\n.\r\n", "a\r\n.234567"},
        {"123456\r\n123456\r\n1234567\r\n.\r\n", "123456\r\n123456\r\n1234567"},
        {"123456\r\n\r\n123\r\n123456789012345\r\n1\r\n.\r\n", "123456\r\n\r\n123\r\n1234567"},
    }));
    CAPTURE(given.wire);
    bool const sound = given.before.empty();
    for_every_cut(given.wire + "QUIT\r\n", [&](auto const& stream) {
        auto const all = decode(
            stream, dot_decoder{line_ending_policy::reject, nul_policy::reject, std::uint16_t{8}});
        CHECK(all.fault == (sound ? error::none : error::text_line_too_long));
        CHECK(all.done == sound);
        CHECK(all.end == given.wire.size());
        CHECK(all.text + all.discarded == content_of(given.wire));
        if (!sound) CHECK(all.text == given.before);
    });
}

TEST_CASE("lines of random lengths are held to a limit of 1000 octets", "[dot_decoder]") {
    std::minstd_rand random{7};
    for (int round = 0; round < 300; ++round) {
        std::string wire, before;
        bool sound = true;
        for (auto lines = random() % 40; lines != 0; --lines) {
            auto const length = random() % 100 == 0 ? 997 + random() % 3 : random() % 999;
            auto const line = std::string(length, 'x') + "\r\n";
            wire += line;
            if (sound) before += line.substr(0, line.size() > 1000 ? 999 : line.npos);
            sound = sound && line.size() <= 1000;
        }
        wire += ".\r\n";
        postel::test::pieces stream;
        auto const piece = 1 + random() % 4000;
        for (std::string_view rest = wire; !rest.empty();
             rest.remove_prefix(std::min<std::size_t>(piece, rest.size())))
            stream.push_back(rest.substr(0, piece));
        CAPTURE(wire, piece);
        auto const all = decode(
            stream, dot_decoder{line_ending_policy::pass, nul_policy::pass, std::uint16_t{1000}});
        CHECK(all.fault == (sound ? error::none : error::text_line_too_long));
        CHECK(all.text == before);
        CHECK(all.end == wire.size());
    }
}

TEST_CASE("where a bare line end passes it ends no line, and where it is repaired it does",
          "[dot_decoder]") {
    for_every_cut("1234\n123\r\n.\r\n", [](auto const& stream) {
        std::uint16_t const limit = 8;
        CHECK(decode(stream, dot_decoder{line_ending_policy::pass, {}, limit}).fault ==
              error::text_line_too_long);
        auto const repaired = decode(stream, dot_decoder{line_ending_policy::normalise, {}, limit});
        CHECK(repaired.fault == error::none);
        CHECK(repaired.text == "1234\r\n123\r\n");
    });
}
