#include <postel/decimal.hpp>
#include <string>

#include "support/catch.hpp"

using postel::parse_decimal;

TEST_CASE("a number of digits is read up to 2^64 - 1 and not beyond",
          "[decimal][S-SEC-BDATOV-01][S-3030-2-01]") {
    static_assert(parse_decimal("042") == 42u);
    struct row {
        std::string_view text;
        std::optional<std::uint64_t> value;
    };
    for (auto const& [text, value] :
         {row{"0", 0u}, row{"00000000000000000000000000000007", 7u}, row{"65536", 65536u},
          row{"18446744073709551615", 18446744073709551615u},
          row{"18446744073709551616", std::nullopt}, row{"18446744073709551620", std::nullopt},
          row{"99999999999999999999", std::nullopt}, row{"184467440737095516150", std::nullopt},
          row{"", std::nullopt}, row{"-1", std::nullopt}, row{"+1", std::nullopt},
          row{" 1", std::nullopt}, row{"1 ", std::nullopt}, row{"1x", std::nullopt},
          row{"/", std::nullopt}, row{":", std::nullopt}}) {
        CAPTURE(text);
        CHECK(parse_decimal(text) == value);
    }
}

TEST_CASE("a number that was written reads as itself", "[decimal]") {
    for (std::uint64_t const value :
         {std::uint64_t{0}, std::uint64_t{9}, std::uint64_t{10}, std::uint64_t{4294967296},
          std::numeric_limits<std::uint64_t>::max()}) {
        std::string out;
        postel::write_decimal(out, value);
        CHECK(out == std::to_string(value));
        CHECK(parse_decimal(out) == value);
    }
}
