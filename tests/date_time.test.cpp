#include <postel/date_time.hpp>
//
#include "support/catch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

using namespace postel;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::sys_seconds at(std::int64_t seconds) {
    return std::chrono::sys_seconds{std::chrono::seconds{seconds}};
}

static_assert(*parse_rfc3339("2026-11-23T10:00:00Z") == at(1795428000));
static_assert(!parse_rfc3339("2026-02-29T10:00:00Z"));

std::string header(std::int64_t seconds, std::chrono::minutes offset) {
    std::string out;
    write_rfc5322(out, date_time{at(seconds), offset});
    return out;
}

std::string parameter(std::chrono::sys_seconds when) {
    std::string out;
    write_rfc3339(out, when);
    return out;
}

}  // namespace

TEST_CASE("a date in a header has a four-digit year and a numeric zone",
          "[date_time][S-5321-4.4-04]") {
    CHECK(header(1795428000, 0min) == "Mon, 23 Nov 2026 10:00:00 +0000");
    CHECK(header(1795428000, 60min) == "Mon, 23 Nov 2026 11:00:00 +0100");
    CHECK(header(1795428000, -210min) == "Mon, 23 Nov 2026 06:30:00 -0330");
    CHECK(header(1795428000, 14h) == "Tue, 24 Nov 2026 00:00:00 +1400");
    CHECK(header(1795428000, -12h) == "Sun, 22 Nov 2026 22:00:00 -1200");
    CHECK(header(0, 0min) == "Thu, 01 Jan 1970 00:00:00 +0000");
    CHECK(header(-1, 0min) == "Wed, 31 Dec 1969 23:59:59 +0000");
    CHECK(header(951782400, 0min) == "Tue, 29 Feb 2000 00:00:00 +0000");
    CHECK(header(-30610224000, 0min) == "Wed, 01 Jan 1000 00:00:00 +0000");
    CHECK(header(253402300799, 0min) == "Fri, 31 Dec 9999 23:59:59 +0000");
}

TEST_CASE("every month and every day of the week has its name", "[date_time]") {
    std::string months;
    for (unsigned month = 1; month <= 12; ++month) {
        std::chrono::sys_days const day{std::chrono::year{2025} / static_cast<int>(month) / 1};
        std::string out;
        write_rfc5322(out, date_time{day});
        months += out.substr(8, 3);
    }
    CHECK(months == "JanFebMarAprMayJunJulAugSepOctNovDec");
    std::string days;
    for (int day = 0; day < 7; ++day) days += header(day * 86400, 0min).substr(0, 3);
    CHECK(days == "ThuFriSatSunMonTueWed");
}

TEST_CASE("a moment is written as a parameter wants it and read back", "[date_time]") {
    struct row {
        std::int64_t seconds;
        std::string_view text;
    };
    auto const given = GENERATE(values<row>({
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {1396566060, "2014-04-03T23:01:00Z"},
        {1798761599, "2026-12-31T23:59:59Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {-62167219200, "0000-01-01T00:00:00Z"},
        {253402300799, "9999-12-31T23:59:59Z"},
    }));
    CAPTURE(given.text);
    CHECK(parameter(at(given.seconds)) == given.text);
    auto const back = parse_rfc3339(given.text);
    REQUIRE(back);
    CHECK(*back == at(given.seconds));
}

TEST_CASE("any moment of ten thousand years comes back as it was", "[date_time]") {
    std::mt19937_64 random{42};
    std::uniform_int_distribution<std::int64_t> any{-62167219200, 253402300799};
    for (int i = 0; i < 2000; ++i) {
        auto const when = at(any(random));
        auto const back = parse_rfc3339(parameter(when));
        REQUIRE(back);
        REQUIRE(*back == when);
    }
}

TEST_CASE("an offset counts from local time to UTC", "[date_time]") {
    auto const noon = *parse_rfc3339("2026-11-23T12:00:00Z");
    auto const text =
        GENERATE(as<std::string_view>{}, "2026-11-23T13:30:00+01:30", "2026-11-23T08:30:00-03:30",
                 "2026-11-24T11:59:00+23:59", "2026-11-22T12:01:00-23:59",
                 "2026-11-23T12:00:00-00:00", "2026-11-23t12:00:00z", "2026-11-23T12:00:00+00:00");
    CAPTURE(text);
    auto const read = parse_rfc3339(text);
    REQUIRE(read);
    CHECK(*read == noon);
}

TEST_CASE("what is no date-time is refused where it is wrong", "[date_time]") {
    struct row {
        std::string_view text;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"", 0},
        {"2026", 4},
        {"2026-11-23", 10},
        {"2026-11-23T10:00:00", 19},
        {"2026-11-23 10:00:00Z", 10},
        {"2026-11-23T10:00Z", 16},
        {"2026-11-23T10:00:00Zx", 20},
        {" 2026-11-23T10:00:00Z", 0},
        {"26-11-23T10:00:00Z", 2},
        {"+2026-11-23T10:00:00Z", 0},
        {"2026/11/23T10:00:00Z", 4},
        {"20261123T100000Z", 4},
        {"2026-1-23T10:00:00Z", 6},
        {"2026-00-23T10:00:00Z", 5},
        {"2026-13-23T10:00:00Z", 5},
        {"2026-11-00T10:00:00Z", 8},
        {"2026-11-32T10:00:00Z", 8},
        {"2026-11-31T10:00:00Z", 8},
        {"2026-02-29T10:00:00Z", 8},
        {"2100-02-29T10:00:00Z", 8},
        {"2026-11-23T24:00:00Z", 11},
        {"2026-11-23T10:60:00Z", 14},
        {"2026-11-23T10:00:61Z", 17},
        {"2026-11-23T10:00:00+24:00", 20},
        {"2026-11-23T10:00:00+01:60", 23},
        {"2026-11-23T10:00:00+0100", 22},
        {"2026-11-23T10:00:00+01", 22},
        {"2026-11-23T10:00:00UTC", 19},
        {"2026-11-23T10:00:00.5Z", 19},
        {"0000-01-01T00:00:00+00:01", 0},
        {"9999-12-31T23:59:59-00:01", 0},
    }));
    CAPTURE(given.text);
    CHECK(parse_rfc3339(given.text).fault() == failure{error::bad_value, given.at});
}

TEST_CASE("a leap second is the last of a day in UTC and nowhere else", "[date_time]") {
    auto const midnight = *parse_rfc3339("2017-01-01T00:00:00Z");
    CHECK(*parse_rfc3339("2016-12-31T23:59:60Z") == midnight);
    CHECK(*parse_rfc3339("2016-12-31T15:59:60-08:00") == midnight);
    CHECK(*parse_rfc3339("2016-12-31T23:59:60.5Z", fraction::rounded_up) == midnight + 1s);
    CHECK(parse_rfc3339("2016-12-31T23:59:60-08:00").fault() == failure{error::bad_value, 17});
    CHECK(parse_rfc3339("2016-12-31T12:00:60Z").fault() == failure{error::bad_value, 17});
}

TEST_CASE("a fraction of a second is refused or makes the time a later one", "[date_time]") {
    auto const read = [](std::string_view text) {
        return parse_rfc3339(text, fraction::rounded_up);
    };
    auto const whole = *parse_rfc3339("2026-12-31T23:59:58Z");
    CHECK(*read("2026-12-31T23:59:58Z") == whole);
    CHECK(*read("2026-12-31T23:59:58.0Z") == whole);
    CHECK(*read("2026-12-31T23:59:58.001Z") == whole + 1s);
    CHECK(*read("2026-12-31T23:59:58.999999999999999999999Z") == whole + 1s);
    CHECK(*read("2027-01-01T00:59:58.5+01:00") == whole + 1s);
    CHECK(read("2026-12-31T23:59:58.Z").fault() == failure{error::bad_value, 20});
    CHECK(read("2026-12-31T23:59:58,5Z").fault() == failure{error::bad_value, 19});
    CHECK(read("9999-12-31T23:59:59.5Z").fault() == failure{error::bad_value, 0});
    CHECK(parse_rfc3339("2026-12-31T23:59:58.0Z").fault() == failure{error::bad_value, 19});
}
