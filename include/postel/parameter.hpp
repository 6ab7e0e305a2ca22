#pragma once

#include <cstddef>
#include <optional>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/sequence.hpp>
#include <postel/utf8.hpp>
#include <string_view>

namespace postel {

/// One parameter of MAIL or RCPT, split but not interpreted.
struct parameter {
    std::string_view keyword;
    std::optional<std::string_view> value{};  ///< never empty where there is one
    std::size_t at = 0;                       ///< offset of the keyword in the line

    friend constexpr bool operator==(parameter const&, parameter const&) = default;
};

namespace detail {

inline constexpr char_set esmtp_value = vchar - char_set{"="};

// UTF8-non-ascii and esmtp-value by turns.
[[nodiscard]] constexpr result<void> read_rest_of_value(cursor& in) {
    while (in.looking_at(non_ascii)) {
        if (auto const octet = parse_utf8_non_ascii(in, error::bad_parameter); !octet) return octet;
        in.take_run<esmtp_value>();
    }
    return {};
}

// [ "=" esmtp-value ], up to a space or the end. A view that is empty: there is none.
[[nodiscard]] constexpr result<void> take_value(cursor& in, charset allowed,
                                                std::string_view& value) {
    if (in.take('=')) {
        auto const from = in.at();
        in.take_run<esmtp_value>();
        if (allowed == charset::utf8 && in.looking_at(non_ascii))
            if (auto const rest = read_rest_of_value(in); !rest) return rest;
        value = in.since(from);
        if (value.empty()) return in.fail(error::bad_parameter);
    }
    if (!in.done() && in.peek() != ' ') return in.fail(error::bad_parameter);
    return {};
}

}  // namespace detail

/// Reads one parameter and stops behind it, at a space or at the end.
///
/// allowed  charset::utf8 lets a value hold well-formed UTF-8.       RFC 6531 3.3
/// errors   bad_parameter, bad_utf8.                                 RFC 5321 4.1.2
// esmtp-param   = esmtp-keyword [ "=" esmtp-value ]
// esmtp-keyword = ( ALPHA / DIGIT ) *( ALPHA / DIGIT / "-" )
// esmtp-value   = 1*( %d33-60 / %d62-126 / UTF8-non-ascii )
[[nodiscard]] constexpr result<parameter> parse_parameter(cursor& in, charset allowed) {
    parameter found;
    found.at = in.at();
    if (!in.looking_at(let_dig)) return in.fail(error::bad_parameter);
    found.keyword = in.take_run<ldh>();
    std::string_view value;
    if (auto const read = detail::take_value(in, allowed, value); !read) return read.fault();
    if (!value.empty()) found.value = value;
    return found;
}

namespace detail {
[[nodiscard]] constexpr std::optional<parameter> read_listed_parameter(cursor& in) {
    while (in.take(' ')) {
    }
    auto const read = parse_parameter(in, charset::utf8);
    return read ? std::optional{*read} : std::nullopt;
}
}  // namespace detail

/// The parameters in a text that was parsed already: `for (auto p : parameter_list{text})`.
/// `at` counts from the start of the text. A text that holds something else ends there.
class parameter_list : public sequence<&detail::read_listed_parameter> {
public:
    using sequence::sequence;

    /// The first parameter with this keyword, in any letter case.
    [[nodiscard]] constexpr std::optional<parameter> find(std::string_view keyword) const {
        for (auto const& each : *this)
            if (equal_ignoring_case(each.keyword, keyword)) return each;
        return std::nullopt;
    }
};

}  // namespace postel
