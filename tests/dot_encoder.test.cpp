#include <postel/dot_encoder.hpp>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/decode.hpp"

using postel::content_encoding;
using postel::dot_encoder;
using postel::error;
using postel::line_ending_repair;
using postel::nul_policy;
using postel::test::decode;
using postel::test::for_every_cut;
using namespace std::string_literals;

namespace {

struct encoded {
    std::string wire;
    error fault{};
    std::uint64_t octets = 0;
    bool eight_bit = false, long_line = false, altered = false;

    friend bool operator==(encoded const&, encoded const&) = default;
};

encoded finish(dot_encoder& encoder, std::string wire, error fault) {
    if (fault == error::none) {
        auto const tail = encoder.finish();
        if (tail) wire += *tail;
        fault = tail.fault().code;
    }
    return {wire,
            fault,
            encoder.octets(),
            encoder.has_eight_bit(),
            encoder.has_long_line(),
            encoder.altered()};
}

encoded encode(postel::test::pieces const& stream, content_encoding how = {}) {
    dot_encoder encoder{how};
    std::string wire;
    for (auto piece : stream) {
        while (!piece.empty()) {
            auto const step = encoder.next(piece);
            if (!step) {
                CHECK(encoder.next(piece).fault() == postel::failure{step.fault().code, 0});
                return finish(encoder, wire, step.fault().code);
            }
            REQUIRE((step->consumed != 0 || !step->text.empty()));
            wire += step->text;
            piece.remove_prefix(step->consumed);
        }
    }
    return finish(encoder, wire, error::none);
}

/// The same through buffers of `room` octets, each of its own length so that a sanitizer sees what
/// is written behind it.
encoded encode_by_copy(postel::test::pieces const& stream, std::size_t room,
                       content_encoding how = {}) {
    dot_encoder encoder{how};
    std::string wire;
    for (auto piece : stream) {
        while (!piece.empty()) {
            std::vector<char> out(room);
            auto const step = encoder.next(piece, out);
            if (!step) return finish(encoder, wire, step.fault().code);
            REQUIRE((step->consumed != 0 || step->written != 0));
            wire.append(out.data(), step->written);
            piece.remove_prefix(step->consumed);
        }
    }
    return finish(encoder, wire, error::none);
}

/// What a message with sound line ends is on the wire, read whole and slowly.
std::string on_the_wire(std::string const& text) {
    std::string wire;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.' && (i == 0 || text[i - 1] == '\n')) wire += '.';
        wire += text[i];
    }
    if (!text.empty() && text.back() != '\n') wire += "\r\n";
    return wire + ".\r\n";
}

/// A text without bare CR or LF, in lines that are short, or empty, or begin with dots.
std::string random_text(std::minstd_rand& random) {
    std::string text;
    for (auto lines = random() % 6; lines != 0; --lines) {
        for (auto n = random() % 5; n != 0; --n) text += "..ab\xe4"[random() % 5];
        if (lines != 1 || random() % 2 == 0) text += "\r\n";
    }
    return text;
}

static_assert([] {
    dot_encoder encoder;
    return encoder.next("hi\r\n")->text == "hi\r\n" && *encoder.finish() == ".\r\n";
}());

}  // namespace

TEST_CASE("every line that begins with a dot gets another, however the message is cut",
          "[dot_encoder][C-5321-4.5.2-01][C-5321-4.5.2-02]") {
    struct row {
        std::string text, wire;
    };
    auto const given = GENERATE(values<row>({
        {".a\r\n..b\r\n", "..a\r\n...b\r\n.\r\n"},
        {"a\r\n.b\r\n", "a\r\n..b\r\n.\r\n"},
        {".\r\n", "..\r\n.\r\n"},
        {"..\r\n", "...\r\n.\r\n"},
        {"\r\n.\r\n\r\n.", "\r\n..\r\n\r\n..\r\n.\r\n"},
        {"a.b\r\nc.\r\n", "a.b\r\nc.\r\n.\r\n"},
    }));
    CAPTURE(given.text);
    for_every_cut(given.text,
                  [&](auto const& stream) { CHECK(encode(stream).wire == given.wire); });
}

TEST_CASE("the last line gets its CR LF where it has none, and never a second one",
          "[dot_encoder][C-5321-4.1.1.4-01][C-5321-4.1.1.4-02]") {
    struct row {
        std::string text, wire;
        std::uint64_t octets;
    };
    auto const given = GENERATE(values<row>({
        {"", ".\r\n", 0},
        {"a\r\n", "a\r\n.\r\n", 3},
        {"a", "a\r\n.\r\n", 3},
        {"a\r\n\r\n", "a\r\n\r\n.\r\n", 5},
        {"\r\n", "\r\n.\r\n", 2},
    }));
    CAPTURE(given.text);
    for_every_cut(given.text, [&](auto const& stream) {
        auto const all = encode(stream);
        CHECK(all.wire == given.wire);
        CHECK(all.octets == given.octets);
    });
}

TEST_CASE("a bare CR or LF does not leave, and the text before it does",
          "[dot_encoder][C-5321-2.3.8-01]") {
    struct row {
        std::string text;
        error fault;
        std::string wire, converted;
    };
    auto const given = GENERATE(values<row>({
        {"a\nb\rc", error::bare_lf, "a", "a\r\nb\r\nc\r\n.\r\n"},
        {"a\rb", error::bare_cr, "a", "a\r\nb\r\n.\r\n"},
        {"a\r", error::bare_cr, "a", "a\r\n.\r\n"},
        {"a\r\r\nb", error::bare_cr, "a", "a\r\n\r\nb\r\n.\r\n"},
        {"\n", error::bare_lf, "", "\r\n.\r\n"},
        {"a\r\n\n.", error::bare_lf, "a\r\n", "a\r\n\r\n..\r\n.\r\n"},
        {"a\n.\nb", error::bare_lf, "a", "a\r\n..\r\nb\r\n.\r\n"},
        {"a\r.\rb", error::bare_cr, "a", "a\r\n..\r\nb\r\n.\r\n"},
        {"a\n.\r\nb", error::bare_lf, "a", "a\r\n..\r\nb\r\n.\r\n"},
        {".\nb", error::bare_lf, "..", "..\r\nb\r\n.\r\n"},
    }));
    CAPTURE(given.text);
    for_every_cut(given.text, [&](auto const& stream) {
        auto const refused = encode(stream);
        CHECK(refused.fault == given.fault);
        CHECK(refused.wire == given.wire);
        auto const repaired = encode(stream, {.endings = line_ending_repair::convert});
        CHECK(repaired.fault == error::none);
        CHECK(repaired.wire == given.converted);
        CHECK(repaired.altered);
    });
}

TEST_CASE("a NUL leaves only where that was asked for", "[dot_encoder]") {
    auto const text = "a\r\n\0.\r\n.\0\r\n"s;
    for_every_cut(text, [&](auto const& stream) {
        auto const refused = encode(stream);
        CHECK(refused.fault == error::nul_octet);
        CHECK(refused.wire == "a\r\n");
        CHECK(encode(stream, {.nul = nul_policy::pass}).wire == "a\r\n\0.\r\n..\0\r\n.\r\n"s);
    });
}

TEST_CASE("text for BDAT keeps its dots as they are and its line ends sound",
          "[dot_encoder][C-3030-2-06]") {
    for_every_cut(".a\n.\r\nb", [](auto const& stream) {
        auto const all =
            encode(stream, {.endings = line_ending_repair::convert, .nul = {}, .dots = false});
        CHECK(all.wire == ".a\r\n.\r\nb\r\n");
        CHECK(all.octets == all.wire.size());
        CHECK(encode(stream, {.endings = {}, .nul = {}, .dots = false}).fault == error::bare_lf);
    });
    CHECK(encode({"a\r\n"}, {.endings = {}, .nul = {}, .dots = false}).wire == "a\r\n");
}

TEST_CASE("the octets counted are those of the message, not of the wire",
          "[dot_encoder][C-1870-5-01]") {
    for_every_cut(".a\r\n", [](auto const& stream) { CHECK(encode(stream).octets == 4); });
    for_every_cut("a\nb", [](auto const& stream) {
        CHECK(encode(stream, {.endings = line_ending_repair::convert}).octets == 6);
    });
}

TEST_CASE("an octet above 127 is noticed wherever it stands", "[dot_encoder]") {
    std::string text = "0123456789\r\n.abcdefghijklmnopqrstuvwxyz\r\n";
    for_every_cut(text, [](auto const& stream) { CHECK_FALSE(encode(stream).eight_bit); });
    for (auto& octet : text) {
        if (octet == '\r' || octet == '\n') continue;
        auto const before = std::exchange(octet, '\x80');
        CAPTURE(text);
        for_every_cut(
            text, [](auto const& stream) { CHECK(encode(stream).eight_bit); }, 2);
        octet = before;
    }
}

TEST_CASE("a line of 998 octets and CR LF is not long, and one of 999 is",
          "[dot_encoder][C-5321-4.5.3.1.6-01][B-5321-4.5.3.1.6-01]") {
    struct row {
        std::string text;
        bool is_long;
    };
    std::string const longest(998, 'x');
    auto const given = GENERATE_COPY(values<row>({
        {longest, false},
        {longest + "\r\n", false},
        {longest + "\r\n" + longest + "\r\n", false},
        {"." + longest.substr(1) + "\r\n", false},  // the stuffed dot is not counted
        {longest + "x", true},
        {longest + "x\r\n", true},
        {"a\r\n" + longest + "x\r\nb\r\n", true},
        {longest + longest, true},
    }));
    CAPTURE(given.text);
    std::size_t const sizes[] = {1, 7, 64, 997, 998, 999, 1000, 1001, 4000};
    for (auto const size : sizes) {
        postel::test::pieces stream;
        for (std::string_view rest = given.text; !rest.empty();
             rest.remove_prefix(std::min(size, rest.size())))
            stream.push_back(rest.substr(0, size));
        CHECK(encode(stream).long_line == given.is_long);
    }
}

TEST_CASE("what was stuffed comes back when it is decoded", "[dot_encoder][dot_decoder]") {
    std::minstd_rand random{3};
    for (int round = 0; round < 300; ++round) {
        auto const text = random_text(random);
        auto const wire = on_the_wire(text);
        CAPTURE(text);
        for_every_cut(
            text, [&](auto const& stream) { CHECK(encode(stream).wire == wire); }, 4);
        for_every_cut(
            wire,
            [&](auto const& stream) {
                auto const back = decode(stream, postel::dot_decoder{});
                CHECK(back.done);
                CHECK(back.consumed == wire.size());
                CHECK((back.text == text || back.text == text + "\r\n"));
            },
            4);
    }
}

TEST_CASE(
    "whatever the message, an encoder that repairs lets nothing out that a strict decoder "
    "refuses",
    "[dot_encoder][dot_decoder][C-5321-2.3.8-01]") {
    std::minstd_rand random{4};
    content_encoding const repair{line_ending_repair::convert};
    for (int round = 0; round < 300; ++round) {
        std::string text;
        for (auto n = random() % 20; n != 0; --n) text += "\r\n.a"[random() % 4];
        CAPTURE(text);
        auto const whole = encode({text}, repair);
        CHECK(whole.wire.size() <= 2 * text.size() + 5);
        for_every_cut(
            text, [&](auto const& stream) { CHECK(encode(stream, repair) == whole); }, 4);
        auto const back = decode({whole.wire}, postel::dot_decoder{});
        CHECK(back.done);
        CHECK(back.consumed == whole.wire.size());
        CHECK(back.text.size() == whole.octets);
    }
}

TEST_CASE("copied to a buffer of any size, the wire is the same", "[dot_encoder]") {
    std::minstd_rand random{5};
    for (int round = 0; round < 200; ++round) {
        std::string text;
        for (auto n = random() % 20; n != 0; --n) text += "\r\n.a"[random() % 4];
        CAPTURE(text);
        for (auto const endings : {line_ending_repair::refuse, line_ending_repair::convert}) {
            auto const whole = encode({text}, {endings});
            std::size_t const rooms[] = {2, 3, 4, 5, 8, 64};
            for (auto const room : rooms)
                for_every_cut(
                    text,
                    [&](auto const& stream) {
                        CHECK(encode_by_copy(stream, room, {endings}) == whole);
                    },
                    1);
        }
    }
}

TEST_CASE("a NUL behind a CR tells of the CR first", "[dot_encoder]") {
    dot_encoder encoder;
    auto const held = encoder.next("\r\0"s);
    REQUIRE(held);
    CHECK(held->consumed == 1);
    CHECK(encoder.next("\0"s).fault().code == error::bare_cr);
    dot_encoder converting{{line_ending_repair::convert}};
    REQUIRE(converting.next("\r"s));
    auto const ended = converting.next("\0"s);
    REQUIRE(ended);
    CHECK(ended->text == "\r\n");
    CHECK(converting.next("\0"s).fault().code == error::nul_octet);
}

TEST_CASE("a CR that was kept back leaves repaired before the NUL behind it is refused",
          "[dot_encoder]") {
    dot_encoder encoder{{.endings = line_ending_repair::convert}};
    std::array<char, 16> out{};
    auto const before = encoder.next("a\r", out);
    REQUIRE(before);
    CHECK(std::string_view{out.data(), before->written} == "a");
    auto const repaired = encoder.next("\0b"s, out);
    REQUIRE(repaired);
    CHECK(repaired->consumed == 0);
    CHECK(std::string_view{out.data(), repaired->written} == "\r\n");
    CHECK(encoder.next("\0b"s, out).fault().code == error::nul_octet);
}

TEST_CASE("an encoder that expects octets above 127 does not look for them", "[dot_encoder]") {
    auto const content = "a\r\n.b" + std::string(300, '\xe4') + "\r\n" + std::string(300, 'c');
    dot_encoder expecting;
    expecting.expect_eight_bit();
    CHECK(expecting.has_eight_bit());
    dot_encoder noticing;
    std::string wire, expected;
    for (auto rest = std::string_view{content}; !rest.empty();) {
        auto const step = expecting.next(rest);
        auto const other = noticing.next(rest);
        REQUIRE(step);
        REQUIRE(other);
        wire += step->text;
        expected += other->text;
        rest.remove_prefix(step->consumed);
    }
    CHECK(wire == expected);
    CHECK(expecting.octets() == noticing.octets());
    CHECK(noticing.has_eight_bit());
}
