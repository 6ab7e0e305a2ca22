#include "support/round_trips.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.hpp"

using postel::test::measure;
using postel::test::round_trip_messages;
using postel::test::round_trip_recipients;
using postel::test::round_trip_table;

TEST_CASE("a client waits for its server exactly as often as the RFCs oblige it to",
          "[round_trips][client_session][C-2920-3.1-02][C-2920-3.1-04][C-4954-4-07][C-4468-3.2-01]"
          "[C-3207-4-03][B-8314-3.3-01]") {
    for (auto const& row : round_trip_table)
        for (auto const messages : round_trip_messages) {
            CAPTURE(row.name, messages);
            auto const waits = measure(row, messages);
            REQUIRE(waits.size() == messages);
            for (std::size_t i = 0; i < messages; ++i)
                CHECK(waits[i] == static_cast<double>(row.least(i + 1, round_trip_recipients)));
        }
}

TEST_CASE("docs/round-trips.md is what was measured", "[round_trips][structure]") {
    std::ifstream file{"../docs/round-trips.md", std::ios::binary};
    std::string const page{std::istreambuf_iterator<char>{file}, {}};
    INFO("if this changed on purpose: round_trips_as_markdown >docs/round-trips.md");
    CHECK(page == postel::test::round_trips_as_markdown());
}
