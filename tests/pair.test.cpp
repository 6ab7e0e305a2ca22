#include <cstdint>
#include <string>

#include "support/catch.hpp"
#include "worlds/exchange.hpp"

using namespace postel::test::worlds;

// The same in great number, and without sanitizers: worlds/exchanges.cpp.
TEST_CASE("a client hears exactly what the server decided, and the server gets what was sent",
          "[client_session][server_session][pair][C-2920-3.1-10][C-5321-4.2.5-01]"
          "[B-5321-2.3.11-01][C-5321-3.8-01][C-5321-4.1.1.10-02]") {
    lots seeds{2026};
    tally all;
    while (all.letters < 8000) {
        auto const seed = seeds.next();
        CAPTURE(seed);  // exchanges --plan SEED shows both ends
        auto const one = exchange_letters(seed, plan_size);
        REQUIRE(one.broken == "");
        all += one;
    }
    CHECK(all.delivered > 3000);
    CHECK(all.refused > 2000);
    CHECK(all.lost > 500);
}

// Otherwise a world that checks nothing would look like a lawful one.
TEST_CASE("a server that gets another content than the plan says is noticed", "[pair]") {
    std::string broken;
    for (std::uint64_t seed = 1; broken.empty(); ++seed) {
        auto how = planner{seed}.draw(3);
        for (auto& letter : how.letters) letter.arrives += "more";
        broken = two_ends{how, seed}.run();
    }
    CHECK(broken == "server: another content than was sent");
}

TEST_CASE("a client that hears another answer than the server gave is noticed", "[pair]") {
    std::string broken;
    for (std::uint64_t seed = 1; broken.empty(); ++seed) {
        auto const how = planner{seed}.draw(3);
        two_ends both{how, seed};
        both.forge("250 2.1.5", "550 5.1.1");
        broken = both.run();
    }
    // Who hears that nobody is left sends a lone dot behind 354.           RFC 2920 3.1
    CHECK(
        (broken == "delivered, and not told" || broken == "server: another content than was sent"));
}
