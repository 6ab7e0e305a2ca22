#include <cstdio>

#include "support/round_trips.hpp"

// Prints docs/round-trips.md:   round_trips_as_markdown >docs/round-trips.md
int main() {
    auto const page = postel::test::round_trips_as_markdown();
    return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
