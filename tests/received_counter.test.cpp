#include <postel/received_counter.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/split.hpp"

using postel::received_counter;
using postel::test::for_every_cut;

static_assert(received_counter{}.next("Received: a\r\nreceived: b\r\n\r\nReceived: c\r\n") == 2);

TEST_CASE("Received fields are counted however the content is cut",
          "[received_counter][S-5321-6.3-02][S-5321-3.7.2-01]") {
    struct row {
        std::string_view content;
        std::uint32_t count;
        bool in_body;
    };
    auto const given = GENERATE(values<row>({
        {"", 0, false},
        {"Received: from a by b; now\r\n", 1, false},
        {"Received:", 1, false},
        {"Received", 0, false},
        {"Received\r\n", 0, false},
        {"Received \nReceived: a\n", 1, false},
        {"RECEIVED:x\r\nrEcEiVeD:y\r\n\r\n", 2, true},
        {"Received : a\r\nReceived\t :b\r\n", 2, false},
        {"Received a: b\r\nReceived\r\n: c\r\n", 0, false},
        {"Received-SPF: pass\r\nX-Received: a\r\nReceive: b\r\nReReceived: c\r\n", 0, false},
        {" Received: folded\r\n\tReceived: too\r\n", 0, false},
        {"Subject: Received: a\r\n Received: b\r\nReceived:\r\n", 1, false},
        {"Received: a\r\n\r\nReceived: b\r\n", 1, true},
        {"\r\nReceived: a\r\n", 0, true},
        {"\nReceived: a\r\n", 0, true},
        {"Received: a\n\nReceived: b\n", 1, true},
        {"Received: a\r\n\r\r\nReceived: b\r\n", 2, false},
        {"\rReceived: a\r\nReceived: b\r\n", 1, false},
        {"Received\xff: a\r\n\r", 0, false},
    }));
    CAPTURE(given.content);
    for_every_cut(given.content, [&](auto const& stream) {
        received_counter counter;
        std::uint32_t last = 0;
        for (auto const piece : stream) last = counter.next(piece);
        CHECK(counter.count() == given.count);
        CHECK(last == given.count);
        CHECK(counter.in_body() == given.in_body);
    });
}

TEST_CASE("a hundred hops are the usual limit", "[received_counter][S-5321-6.3-01]") {
    CHECK(postel::usual_received_limit >= 100);
    received_counter counter;
    for (std::uint32_t hop = 1; hop <= postel::usual_received_limit; ++hop)
        CHECK(counter.next("Received: from a\r\n by b; now\r\n") == hop);
}

TEST_CASE("only an empty line ends the header, however it is cut", "[received_counter]") {
    received_counter lone_cr;
    lone_cr.next("\rx\nReceived: a\r\n");
    CHECK(lone_cr.count() == 1);
    received_counter started;
    started.next("Rec\nReceived: a\n");
    CHECK(started.count() == 1);
    CHECK_FALSE(started.in_body());
    started.next("\nReceived: a\n");
    CHECK(started.count() == 1);
    CHECK(started.in_body());
}
