#include <postel/parameter_table.hpp>

#include "support/catch.hpp"

TEST_CASE("sixty-four parameters are told apart, and one behind them is not taken for them",
          "[parameter]") {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < 64; ++i) CHECK(postel::detail::mark(seen, i));
    for (std::size_t i = 0; i < 64; ++i) {
        CAPTURE(i);
        CHECK_FALSE(postel::detail::mark(seen, i));
    }
    CHECK(postel::detail::mark(seen, 64));
    CHECK(seen == ~std::uint64_t{0});
}
