#include <postel/sequence.hpp>

#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace {

// number = 1*DIGIT ","
std::optional<std::string_view> read_number(postel::cursor& in) {
    auto const number = in.take_while(postel::digit);
    return !number.empty() && in.take(',') ? std::optional{number} : std::nullopt;
}
using numbers = postel::sequence<&read_number>;

std::vector<std::string_view> all(numbers const& some) {
    std::vector<std::string_view> found;
    for (auto const each : some) found.push_back(each);
    return found;
}

}  // namespace

static_assert(std::input_iterator<numbers::iterator>);
static_assert(std::sentinel_for<std::default_sentinel_t, numbers::iterator>);

TEST_CASE("a sequence has all things up to the first that is none", "[sequence]") {
    CHECK(all(numbers{"1,22,1,"}) == std::vector<std::string_view>{"1", "22", "1"});
    CHECK(all(numbers{"1,x,2,"}) == std::vector<std::string_view>{"1"});
    CHECK(all(numbers{"1,2"}) == std::vector<std::string_view>{"1"});
    CHECK(all(numbers{}).empty());
    CHECK(numbers{"1,x"}.text() == "1,x");
}

TEST_CASE("places in a sequence differ where the things are equal, and all ends are one",
          "[sequence]") {
    numbers const some{"1,1,x"};
    auto at = some.begin();
    auto const first = at++;
    CHECK(first == some.begin());
    CHECK(*first == *at);
    CHECK_FALSE(first == at);
    CHECK_FALSE(at == some.end());
    CHECK_FALSE(at == numbers::iterator{});
    CHECK_FALSE(numbers::iterator{} == at);
    CHECK(++at == some.end());
    CHECK(at == numbers::iterator{});
    CHECK_FALSE(first == at);
}
