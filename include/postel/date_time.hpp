#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <string_view>

namespace postel {

/// A moment, and how far the clock on the wall of whoever writes it down is from UTC.
struct date_time {
    std::chrono::sys_seconds when;
    std::chrono::minutes offset{0};  ///< east of UTC is positive; less than 100 hours

    friend constexpr bool operator==(date_time const&, date_time const&) = default;
};

/// What becomes of a fraction of a second where a time is read.
enum class fraction : std::uint8_t {
    refused,     ///< RRVS                                                    RFC 7293 3.1
    rounded_up,  ///< HOLDUNTIL: released a moment later, never earlier       RFC 4865 erratum 2040
};

namespace detail {

/// A moment taken apart.
struct civil_time {
    std::chrono::year_month_day date;
    unsigned weekday;  // 0 is Sunday
    unsigned hour, minute, second;

    constexpr explicit civil_time(std::chrono::sys_seconds when) {
        auto const day = std::chrono::floor<std::chrono::days>(when);
        auto const within = static_cast<unsigned>((when - day).count());
        date = std::chrono::year_month_day{day};
        weekday = std::chrono::weekday{day}.c_encoding();
        hour = within / 3600;
        minute = within / 60 % 60;
        second = within % 60;
    }
    [[nodiscard]] constexpr unsigned year() const {
        return static_cast<unsigned>(static_cast<int>(date.year()));
    }
    [[nodiscard]] constexpr unsigned month() const { return static_cast<unsigned>(date.month()); }
    [[nodiscard]] constexpr unsigned day() const { return static_cast<unsigned>(date.day()); }
};

/// Writes the last `digits` decimal digits of a number, with leading zeros.
template <class Out>
constexpr void write_padded(Out& out, unsigned value, std::size_t digits) {
    std::array<char, 4> text{};
    for (auto i = digits; i > 0; value /= 10) text[--i] = static_cast<char>('0' + value % 10);
    out.append(std::string_view{text.data(), digits});
}

template <class Out>
constexpr void write_time_of_day(Out& out, civil_time const& t) {
    write_padded(out, t.hour, 2);
    out.append(std::string_view{":"});
    write_padded(out, t.minute, 2);
    out.append(std::string_view{":"});
    write_padded(out, t.second, 2);
}

}  // namespace detail

/// Writes a date-time as a header wants it, for example "Mon, 23 Nov 2026 10:00:00 +0000". The year
/// has to be one of 0 to 9999.                                    RFC 5322 3.3, RFC 5321 4.4
// date-time = day-name "," SP day SP month SP year SP hour ":" minute ":" second SP zone
template <class Out>
constexpr void write_rfc5322(Out& out, date_time const& moment) {
    constexpr std::string_view days = "Sun, Mon, Tue, Wed, Thu, Fri, Sat, ";
    constexpr std::string_view months =
        " Jan  Feb  Mar  Apr  May  Jun  Jul  Aug  Sep  Oct  Nov  Dec ";
    detail::civil_time const t{moment.when + moment.offset};
    auto const minutes = moment.offset.count();
    auto const distance = static_cast<unsigned>(minutes < 0 ? -minutes : minutes);
    out.append(days.substr(t.weekday * 5, 5));
    detail::write_padded(out, t.day(), 2);
    out.append(months.substr((t.month() - 1) * 5, 5));
    detail::write_padded(out, t.year(), 4);
    out.append(std::string_view{" "});
    detail::write_time_of_day(out, t);
    out.append(std::string_view{minutes < 0 ? " -" : " +"});
    detail::write_padded(out, distance / 60, 2);
    detail::write_padded(out, distance % 60, 2);
}

/// Writes a moment as the parameters of FUTURERELEASE and RRVS want it, in UTC, for example
/// "2026-12-31T23:59:59Z". The year has to be one of 0 to 9999.              RFC 3339 5.6
template <class Out>
constexpr void write_rfc3339(Out& out, std::chrono::sys_seconds when) {
    detail::civil_time const t{when};
    detail::write_padded(out, t.year(), 4);
    out.append(std::string_view{"-"});
    detail::write_padded(out, t.month(), 2);
    out.append(std::string_view{"-"});
    detail::write_padded(out, t.day(), 2);
    out.append(std::string_view{"T"});
    detail::write_time_of_day(out, t);
    out.append(std::string_view{"Z"});
}

namespace detail {

// 2DIGIT or 4DIGIT, and what it may count up to
[[nodiscard]] constexpr result<unsigned> parse_digits(cursor& in, int digits, unsigned first,
                                                      unsigned last) {
    auto const from = in.at();
    unsigned value = 0;
    for (int i = 0; i < digits; ++i) {
        if (!in.looking_at(digit)) return in.fail(error::bad_value);
        value = value * 10 + static_cast<unsigned>(in.peek() - '0');
        in.skip(1);
    }
    if (value < first || value > last) return in.fail_at(error::bad_value, from);
    return value;
}

// full-date = date-fullyear "-" date-month "-" date-mday                       RFC 3339 5.6
[[nodiscard]] constexpr result<std::chrono::sys_seconds> parse_full_date(cursor& in) {
    auto const year = parse_digits(in, 4, 0, 9999);
    if (!year) return year.fault();
    if (!in.take('-')) return in.fail(error::bad_value);
    auto const month = parse_digits(in, 2, 1, 12);
    if (!month) return month.fault();
    if (!in.take('-')) return in.fail(error::bad_value);
    auto const from = in.at();
    auto const day = parse_digits(in, 2, 1, 31);
    if (!day) return day.fault();
    std::chrono::year_month_day const date{std::chrono::year{static_cast<int>(*year)},
                                           std::chrono::month{*month}, std::chrono::day{*day}};
    if (!date.ok()) return in.fail_at(error::bad_value, from);
    return std::chrono::sys_seconds{std::chrono::sys_days{date}};
}

// partial-time = time-hour ":" time-minute ":" time-second                     RFC 3339 5.6
//
// A second may be a leap second, 60; whether it can be one is judged when the offset is known.
[[nodiscard]] constexpr result<std::chrono::seconds> parse_partial_time(cursor& in) {
    auto const hour = parse_digits(in, 2, 0, 23);
    if (!hour) return hour.fault();
    if (!in.take(':')) return in.fail(error::bad_value);
    auto const minute = parse_digits(in, 2, 0, 59);
    if (!minute) return minute.fault();
    if (!in.take(':')) return in.fail(error::bad_value);
    auto const second = parse_digits(in, 2, 0, 60);
    if (!second) return second.fault();
    return std::chrono::seconds{*hour * 3600 + *minute * 60 + *second};
}

// time-secfrac = "." 1*DIGIT                                                   RFC 3339 5.6
// The seconds that it adds: one, unless it is zero.
[[nodiscard]] constexpr result<std::chrono::seconds> parse_fraction(cursor& in, fraction rest) {
    if (in.peek() != '.') return std::chrono::seconds{0};
    if (rest == fraction::refused) return in.fail(error::bad_value);
    in.skip(1);
    auto const digits = in.take_while(digit);
    if (digits.empty()) return in.fail(error::bad_value);
    return std::chrono::seconds{digits.find_first_not_of('0') == digits.npos ? 0 : 1};
}

// time-offset = "Z" / ( "+" / "-" ) time-hour ":" time-minute                  RFC 3339 5.6
[[nodiscard]] constexpr result<std::chrono::minutes> parse_time_offset(cursor& in) {
    if (in.take_ignoring_case("Z")) return std::chrono::minutes{0};
    bool const west = in.peek() == '-';
    if (!in.take('+') && !in.take('-')) return in.fail(error::bad_value);
    auto const hour = parse_digits(in, 2, 0, 23);
    if (!hour) return hour.fault();
    if (!in.take(':')) return in.fail(error::bad_value);
    auto const minute = parse_digits(in, 2, 0, 59);
    if (!minute) return minute.fault();
    std::chrono::minutes const distance{static_cast<int>(*hour * 60 + *minute)};
    return west ? -distance : distance;
}

// An offset or a fraction can carry a moment out of the years that can be written.
[[nodiscard]] constexpr bool four_digit_year(std::chrono::sys_seconds when) {
    using namespace std::chrono;
    return when >= sys_days{year{0} / January / 1} && when < sys_days{year{10000} / January / 1};
}

}  // namespace detail

/// Reads a date-time from end to end, for example "2026-12-31T23:59:59Z" or with "+01:00".
///
/// returns  The moment. A leap second, which can only be the last of a day in UTC, is the second
///          behind it.
/// errors   bad_value; `at` is the octet or the number that does not fit.
/// cost     One pass, no allocation.                                         RFC 3339 5.6
// date-time = full-date "T" partial-time [time-secfrac] time-offset
[[nodiscard]] constexpr result<std::chrono::sys_seconds> parse_rfc3339(
    std::string_view text, fraction rest = fraction::refused) {
    cursor in{text};
    auto const date = detail::parse_full_date(in);
    if (!date) return date.fault();
    if (!in.take_ignoring_case("T")) return in.fail(error::bad_value);
    auto const time = detail::parse_partial_time(in);
    if (!time) return time.fault();
    auto const second_at = in.at() - 2;
    auto const more = detail::parse_fraction(in, rest);
    if (!more) return more.fault();
    auto const offset = detail::parse_time_offset(in);
    if (!offset) return offset.fault();
    if (!in.done()) return in.fail(error::bad_value);
    auto const when = *date + *time - *offset;
    bool const leap = text.substr(second_at, 2) == "60";
    if (leap && when != std::chrono::floor<std::chrono::days>(when))
        return in.fail_at(error::bad_value, second_at);
    if (!detail::four_digit_year(when + *more)) return in.fail_at(error::bad_value, 0);
    return when + *more;
}

}  // namespace postel
