#include <postel/content_intake.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/split.hpp"

using postel::content_intake;
using postel::error;
using postel::line_ending_policy;
using postel::nul_policy;
using postel::test::for_every_cut;
using postel::test::pieces;
using namespace std::string_literals;

namespace {

/// All that an intake says about one piece of content, up to its end.
struct taken {
    std::string text;
    std::vector<error> faults;
    std::size_t consumed = 0;
    bool ended = false;

    friend bool operator==(taken const&, taken const&) = default;
};

taken take(content_intake& intake, pieces const& stream, std::uint64_t limit) {
    taken all;
    for (auto piece : stream)
        while (!piece.empty() && !intake.ended()) {
            auto const step = intake.next(piece, limit);
            REQUIRE(step.consumed <= piece.size());
            REQUIRE((step.consumed != 0 || !step.text.empty() || step.fault != error::none));
            piece.remove_prefix(step.consumed);
            all.consumed += step.consumed;
            all.text += step.text;
            if (step.fault != error::none) all.faults.push_back(step.fault);
        }
    all.ended = intake.ended();
    return all;
}

content_intake data_intake(line_ending_policy endings = line_ending_policy::reject,
                           nul_policy nul = nul_policy::reject) {
    content_intake intake;
    intake.begin_message();
    intake.begin_data(endings, nul);
    return intake;
}

}  // namespace

TEST_CASE("DATA is taken up to its final dot, counted without stuffed dots",
          "[content_intake][S-1870-6-02][S-5321-4.5.2-01]") {
    std::string const wire = "a\r\n..b\r\n.\r\n";
    for_every_cut(wire + "NOOP\r\n", [&](pieces const& stream) {
        auto intake = data_intake();
        auto const all = take(intake, stream, 100);
        CHECK(all == taken{"a\r\n.b\r\n", {}, wire.size(), true});
        CHECK(intake.octets() == 7);
        CHECK(intake.is_last());
        CHECK_FALSE(intake.by_chunk());
        CHECK(intake.fault() == error::none);
    });
}

TEST_CASE("a fault is told once, and the true end is found behind it",
          "[content_intake][S-SEC-EOD-01][S-SEC-BARE-01]") {
    struct row {
        std::string wire;
        std::string text;
        error fault;
    };
    auto const given = GENERATE(values<row>({
        {"a\nb\r\n.\r\n"s, "a", error::bare_lf},
        {"a\rb\r\n.\r\n"s, "a\r", error::bare_cr},
        {"a\0b\r\n.\r\n"s, "a", error::nul_octet},
        {"\n.\n\r.\r\n\0.\r\n.\r\n"s, "", error::bare_lf},
        {"123456789\r\n.\r\n"s, "12345678", error::message_too_large},
        {"123456789\nb\r\n.\r\n"s, "12345678", error::message_too_large},
        {"1234\n56789\r\n.\r\n"s, "1234", error::bare_lf},
    }));
    CAPTURE(given.text);
    for_every_cut(given.wire + "NOOP\r\n", [&](pieces const& stream) {
        auto intake = data_intake();
        auto const all = take(intake, stream, 8);
        CHECK(all == taken{given.text, {given.fault}, given.wire.size(), true});
        CHECK(intake.fault() == given.fault);
        CHECK_FALSE(intake.refused_at_the_door());
        CHECK(intake.is_last());
    });
}

TEST_CASE("the limit counts what is handed out, and 0 sets none",
          "[content_intake][S-1870-6.3-01]") {
    auto const of = [](std::size_t size, std::uint64_t limit) {
        auto intake = data_intake();
        return take(intake, {std::string(size - 2, 'x') + "\r\n.\r\n"}, limit).faults;
    };
    CHECK(of(10, 10).empty());
    CHECK(of(11, 10) == std::vector{error::message_too_large});
    CHECK(of(100000, 0).empty());
}

TEST_CASE("bare line ends and NUL pass where they are let through", "[content_intake]") {
    auto const wire = "a\nb\rc\0\r\n.\r\n"s;
    for_every_cut(wire, [&](pieces const& stream) {
        auto intake = data_intake(line_ending_policy::pass, nul_policy::pass);
        CHECK(take(intake, stream, 0) == taken{"a\nb\rc\0\r\n"s, {}, wire.size(), true});
        CHECK_FALSE(intake.altered());
    });
    for_every_cut("a\nb\r\n.\r\n", [&](pieces const& stream) {
        auto intake = data_intake(line_ending_policy::normalise);
        CHECK(take(intake, stream, 0).text == "a\r\nb\r\n");
        CHECK(intake.altered());
    });
}

TEST_CASE("chunks are counted off whatever is in them",
          "[content_intake][S-3030-2-04][S-3030-2-05]") {
    auto const octets = "\r\n.\r\n\0\n\rQUIT\r\n"s;
    for_every_cut(octets + "NOOP\r\n", [&](pieces const& stream) {
        content_intake intake;
        intake.begin_message();
        intake.announce({octets.size(), false});
        intake.begin_chunk(error::none);
        CHECK(take(intake, stream, 100) == taken{octets, {}, octets.size(), true});
        CHECK_FALSE(intake.is_last());
        CHECK(intake.by_chunk());
        intake.end_is_settled();
        CHECK_FALSE(intake.ended());
        intake.announce({0, true});
        intake.begin_chunk(error::none);
        CHECK(intake.ended());
        CHECK(intake.is_last());
        CHECK(intake.octets() == octets.size());
    });
}

TEST_CASE("a chunk refused at the door is dropped, and counts for nothing",
          "[content_intake][S-3030-2-07]") {
    for_every_cut("QUIT\r\nNOOP\r\n", [&](pieces const& stream) {
        content_intake intake;
        intake.begin_message();
        intake.announce({6, true});
        intake.begin_chunk(error::recipient_required);
        CHECK(take(intake, stream, 3) == taken{"", {}, 6, true});
        CHECK(intake.refused_at_the_door());
        CHECK(intake.fault() == error::recipient_required);
        CHECK(intake.octets() == 0);
    });
}

TEST_CASE("the chunks of one message share its limit", "[content_intake][S-SEC-BDATOV-01]") {
    for_every_cut("abcdef", [&](pieces const& stream) {
        content_intake intake;
        intake.begin_message();
        intake.announce({3, false});
        intake.begin_chunk(error::none);
        CHECK(take(intake, {"123"}, 8).faults.empty());
        intake.end_is_settled();
        intake.announce({6, true});
        intake.begin_chunk(error::none);
        CHECK(take(intake, stream, 8) == taken{"abcde", {error::message_too_large}, 6, true});
        intake.begin_message();
        intake.announce({6, true});
        intake.begin_chunk(error::none);
        CHECK(take(intake, stream, 8).faults.empty());
    });
}

TEST_CASE("DATA behind a message by chunks starts from nothing", "[content_intake]") {
    content_intake intake;
    intake.begin_message();
    intake.announce({2, true});
    intake.begin_chunk(error::mail_required);
    CHECK(take(intake, {"xx"}, 0).ended);
    intake.begin_message();
    intake.begin_data(line_ending_policy::reject, nul_policy::reject);
    CHECK_FALSE(intake.ended());
    CHECK(intake.fault() == error::none);
    CHECK_FALSE(intake.refused_at_the_door());
    CHECK(take(intake, {".\r\n"}, 0) == taken{"", {}, 3, true});
}

TEST_CASE("a line above its limit is a fault like any other, and small in memory",
          "[content_intake][B-5321-4.5.3.1.6-01]") {
    static_assert(sizeof(content_intake) <= 32);
    for_every_cut("1234\r\n12345\r\n.\r\nNOOP\r\n", [](pieces const& stream) {
        content_intake intake;
        intake.begin_message();
        intake.begin_data(line_ending_policy::reject, nul_policy::reject, 6);
        CHECK(take(intake, stream, 0) ==
              taken{"1234\r\n12345", {error::text_line_too_long}, 16, true});
    });
}
