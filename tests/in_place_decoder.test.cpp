#include <postel/in_place_decoder.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/decode.hpp"

using postel::error;
using postel::in_place_decoder;
using postel::nul_policy;
using postel::test::decode;
using postel::test::for_every_cut;
using postel::test::pieces;
using namespace std::string_literals;

namespace {

struct compacted {
    std::string text;
    error fault = error::none;
    bool done = false;
    std::string rest;

    friend bool operator==(compacted const&, compacted const&) = default;
};

/// Receives the pieces into a buffer of `size` octets, on the heap so that a sanitizer sees its
/// end.
compacted receive(pieces const& stream, std::size_t size, nul_policy nul = nul_policy::reject) {
    std::vector<char> buffer(size);
    in_place_decoder message{buffer, nul};
    compacted all;
    for (auto const piece : stream) {
        auto const space = message.space();
        REQUIRE(space.size() >= piece.size());
        std::copy(piece.begin(), piece.end(), space.begin());
        auto step = message.received(piece.size());
        if (!step && all.fault == error::none) {
            all.fault = step.fault().code;
            CHECK(message.received(0).fault() == step.fault());
            all.text = message.text();
            message.pass_everything();
            step = message.received(0);
        }
        CHECK(step);
    }
    if (all.fault == error::none) all.text = message.text();
    CHECK(message.text().data() == buffer.data());
    all.done = message.done();
    all.rest = message.rest();
    return all;
}

static_assert([] {
    std::array<char, 8> buffer{'.', '.', '\r', '\n', '.', '\r', '\n', 'Q'};
    in_place_decoder message{buffer};
    return message.received(buffer.size()) && message.done() && message.text() == ".\r\n" &&
           message.rest() == "Q";
}());

}  // namespace

TEST_CASE("a message becomes one piece at the front of its buffer, however it arrived",
          "[in_place_decoder][S-5321-4.5.2-01][S-5321-4.5.2-02]") {
    struct row {
        std::string wire, text;
    };
    auto const given = GENERATE(values<row>({
        {".\r\n", ""},
        {"hi\r\n.\r\n", "hi\r\n"},
        {"..\r\n.x\r\n...\r\n.\r\n", ".\r\nx\r\n..\r\n"},
        {"a\r\n..b\r\n\r\n..\r\n.\r\n", "a\r\n.b\r\n\r\n.\r\n"},
        {"\r\n.\r\n", "\r\n"},
    }));
    CAPTURE(given.wire);
    auto const behind = "QUIT\r\n"s;
    for_every_cut(given.wire + behind, [&](pieces const& stream) {
        auto const all = receive(stream, given.wire.size() + behind.size());
        CHECK(all == compacted{given.text, error::none, true, behind});
    });
}

TEST_CASE("random octets decode in place as they do by views", "[in_place_decoder]") {
    std::minstd_rand random{8};
    std::string_view const octets{"\r\n.a\0\r\n.", 8};
    for (int round = 0; round < 1000; ++round) {
        std::string wire;
        for (auto n = random() % 24; n != 0; --n) wire += octets[random() % octets.size()];
        wire += "\r\n.\r\n";
        CAPTURE(wire);
        auto const views = decode({wire}, postel::dot_decoder{});
        auto const rest = wire.substr(views.end);
        for_every_cut(
            wire,
            [&](pieces const& stream) {
                CHECK(receive(stream, wire.size()) ==
                      compacted{views.text, views.fault, true, rest});
            },
            2);
    }
}

TEST_CASE("a NUL is content in place where that was asked for", "[in_place_decoder]") {
    auto const wire = "..\0\r\n.\r\n"s;
    CHECK(receive({wire}, wire.size(), nul_policy::pass).text == ".\0\r\n"s);
    CHECK(receive({wire}, wire.size()).fault == error::nul_octet);
}

TEST_CASE("the room of what was taken out is used again", "[in_place_decoder]") {
    std::array<char, 12> buffer{};
    in_place_decoder message{buffer};
    std::string_view const line = "..\r\n";
    for (int i = 0; i < 3; ++i) {
        REQUIRE(message.space().size() >= line.size());
        std::copy(line.begin(), line.end(), message.space().begin());
        REQUIRE(message.received(line.size()));
    }
    CHECK(message.text() == ".\r\n.\r\n.\r\n");
    CHECK(message.space().size() == 1);
}
