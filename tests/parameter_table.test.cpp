#include <postel/parameter_table.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

struct three {
    bool first = false;
    std::string_view second{};
    std::optional<int> third{};
};

postel::result<void> read_nothing(std::string_view, postel::extension_set, three&) {
    return {};
}

constexpr std::array rows{
    postel::detail::without_value<&three::first>(" FIRST", {}),
    postel::detail::with_value<&three::second>(" SECOND=", {}, read_nothing),
    postel::detail::with_value<&three::third>(" THIRD=", {}, read_nothing),
};

// The keywords of the rows that were handed on, when the row that is `last` of them says stop.
std::string given_of(three const& from, std::size_t last = rows.size()) {
    std::string keywords;
    std::size_t met = 0;
    postel::detail::for_each_given<rows>(from, [&](auto const& row) {
        keywords += row.keyword;
        return ++met != last;
    });
    return keywords;
}

}  // namespace

TEST_CASE("rows are handed on if the struct holds their parameter, in the order of the table",
          "[parameter]") {
    for (unsigned set = 0; set < 8; ++set) {
        CAPTURE(set);
        three from;
        from.first = (set & 1) != 0;
        if ((set & 2) != 0) from.second = "x";
        if ((set & 4) != 0) from.third = 0;
        std::string const expected = std::string{(set & 1) != 0 ? "FIRST" : ""} +
                                     ((set & 2) != 0 ? "SECOND" : "") +
                                     ((set & 4) != 0 ? "THIRD" : "");
        CHECK(given_of(from) == expected);
    }
}

TEST_CASE("no row is handed on behind the one that says stop", "[parameter]") {
    three const all{true, "x", 0};
    CHECK(given_of(all, 1) == "FIRST");
    CHECK(given_of(all, 2) == "FIRSTSECOND");
    CHECK(given_of(all, 3) == "FIRSTSECONDTHIRD");
    CHECK(given_of({.second = "x", .third = 0}, 1) == "SECOND");
}

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

TEST_CASE("a value that is put together has room for 32 octets and keeps to it", "[parameter]") {
    postel::detail::parameter_value value;
    value.append("0123456789ABCDEF");
    value.append("0123456789abcdef");
    value.append("g");
    CHECK(value.view() == "0123456789ABCDEF0123456789abcdef");
}
