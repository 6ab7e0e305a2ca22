#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/enhanced_status.hpp>
#include <postel/error.hpp>
#include <postel/reply_code.hpp>
#include <postel/result.hpp>
#include <postel/runs.hpp>
#include <postel/sequence.hpp>
#include <string_view>

namespace postel {

// ---- The enhanced status -------------------------------------------------------------------

namespace detail {

// "0" / ( %x31-39 0*2DIGIT )                                                RFC 3463 2
[[nodiscard]] constexpr bool take_status_number(cursor& in, std::uint16_t& number) {
    auto const text = in.rest();
    unsigned value = 0;
    std::size_t length = 0;
    while (length != text.size() && length != 4 && digit(text[length]))
        value = value * 10 + static_cast<unsigned>(text[length++] - '0');
    if (length == 0 || length == 4 || (length > 1 && text[0] == '0')) return false;
    number = static_cast<std::uint16_t>(value);
    in.skip(length);
    return true;
}

// status-code = class "." subject "." detail                  class = "2" / "4" / "5"
[[nodiscard]] constexpr bool take_status(cursor& in, enhanced_status& status) {
    char const first = in.peek();
    if (first != '2' && first != '4' && first != '5') return false;
    status.code_class = static_cast<std::uint16_t>(first - '0');
    in.skip(1);
    return in.take('.') && take_status_number(in, status.subject) && in.take('.') &&
           take_status_number(in, status.detail);
}

}  // namespace detail

/// Reads an enhanced status, for example 5.1.1, and stops behind it.
///
/// errors   bad_reply, at the number or the octet that does not fit.         RFC 3463 2
[[nodiscard]] constexpr result<enhanced_status> parse_enhanced_status(cursor& in) {
    enhanced_status status;
    if (!detail::take_status(in, status)) return in.fail(error::bad_reply);
    return status;
}

// ---- A reply -------------------------------------------------------------------------------

namespace detail {
// The number that three digits are.
[[nodiscard]] constexpr reply_code code_at(char const* digits) {
    return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}
}  // namespace detail

/// One line of a reply.
struct reply_line {
    reply_code code;
    bool last;              ///< no "-" behind the code
    std::string_view text;  ///< behind the code and what separates it; may be empty

    friend constexpr bool operator==(reply_line const&, reply_line const&) = default;
};

/// Reads one reply line.
///
/// line     Without CR LF, and without any other CR or LF: the caller has cut it out.
/// returns  text: a view into `line`; octets above 127 and controls are handed out as they are.
/// errors   bad_reply: not three digits of which the first is 2 to 5, or something else than SP,
///          "-" or the end behind them.                                      RFC 5321 4.2
// Reply-code ( "-" [ textstring ] / [ SP textstring ] )
[[nodiscard]] constexpr result<reply_line> parse_reply_line(std::string_view line) {
    cursor in{line};
    int code = 0;
    for (int i = 0; i < 3; ++i) {
        char const c = in.peek();
        if (!digit(c) || (i == 0 && (c < '2' || c > '5'))) return in.fail(error::bad_reply);
        code = code * 10 + (c - '0');
        in.skip(1);
    }
    if (in.take('-')) return reply_line{code, false, in.rest()};
    if (!in.take(' ') && !in.done()) return in.fail(error::bad_reply);
    return reply_line{code, true, in.rest()};
}

namespace detail {

inline constexpr char_set reply_octet = char_set::range(0, 255) - char_set{"\r\n"};

// Where the line that begins at `from` ends: at its CR or LF, or with the text.
[[nodiscard]] constexpr std::size_t line_end(std::string_view text, std::size_t from) {
    return run_end<reply_octet>(text, from);
}

// The text of the next line of a reply that is known to be one.
[[nodiscard]] constexpr std::optional<std::string_view> read_reply_text(cursor& in) {
    if (in.done()) return std::nullopt;
    auto const line = in.take_run<reply_octet>();
    in.skip(2);                                                 // CR LF
    auto const before = std::min(line.size(), std::size_t{4});  // the code, and what separates it
    return std::string_view{line.data() + before, line.size() - before};
}

}  // namespace detail

/// The texts of the lines of a reply, in order.
using reply_lines = sequence<&detail::read_reply_text>;

/// One complete reply, as it arrived. A view, and nothing but that: the octets must outlive it, and
/// what it says is read from them when it is asked for. One that nobody has read from the wire has
/// the code 0 and no lines.
///
/// The texts come from the peer and may hold any octet but CR and LF; `printable()` says whether
/// they can be shown as they are.
class reply_view {
public:
    constexpr reply_view() = default;

    [[nodiscard]] constexpr reply_code code() const {
        return octets_.empty() ? reply_code{} : detail::code_at(octets_.data());
    }
    /// The status of the first line, if its class is the first digit of the code; a server that did
    /// not offer ENHANCEDSTATUSCODES may have meant something else.         RFC 2034 4
    [[nodiscard]] constexpr enhanced_status status() const {
        if (octets_.size() < 10 || octets_[4] != octets_[0]) return {};  // "250 2.0.0" CR LF
        cursor in{octets_};
        in.skip(4);
        enhanced_status status;
        bool const there = detail::take_status(in, status);
        return there && (in.peek() == ' ' || in.peek() == '\r') ? status : enhanced_status{};
    }
    /// The text of the first line, without the status.
    [[nodiscard]] constexpr std::string_view text() const {
        return octets_.empty() ? std::string_view{} : without_status(*lines().begin());
    }
    /// The texts of all lines, the status still in them.
    [[nodiscard]] constexpr reply_lines lines() const { return reply_lines{octets_}; }
    [[nodiscard]] constexpr std::size_t line_count() const {
        std::size_t count = 0;
        for ([[maybe_unused]] auto const line : lines()) ++count;
        return count;
    }
    /// Everything as it arrived, CR LF included.
    [[nodiscard]] constexpr std::string_view octets() const { return octets_; }
    /// No octet of any text is a control or above 127.
    [[nodiscard]] constexpr bool printable() const {
        for (auto const line : lines())
            if (!all_of(line, text_octet)) return false;
        return true;
    }

    /// A line of lines(), without the status and its space where it starts with that of this reply.
    [[nodiscard]] constexpr std::string_view without_status(std::string_view line) const {
        cursor in{line};
        auto const found = parse_enhanced_status(in);
        if (!found || *found != status()) return line;
        if (!in.take(' ') && !in.done()) return line;
        return in.rest();
    }

private:
    friend constexpr result<reply_view> parse_reply(std::string_view octets);
    friend class reply_reader;

    // Octets that are one whole reply.
    constexpr explicit reply_view(std::string_view octets) : octets_(octets) {}

    std::string_view octets_;
};

namespace detail {

// The length of the line that starts at `from`, without its CR LF.
[[nodiscard]] constexpr result<std::size_t> reply_line_length(std::string_view octets,
                                                              std::size_t from) {
    auto const end = line_end(octets, from);
    if (end == octets.size()) return failure{error::bad_reply, end};
    if (octets[end] == '\n') return failure{error::bare_lf, end};
    if (octets.substr(end, 2) != "\r\n") return failure{error::bare_cr, end};
    return end - from;
}

}  // namespace detail

/// Reads one complete reply of one or more lines.
///
/// octets   The whole reply and nothing else, with the CR LF of its last line.
/// returns  A view into `octets`.
/// errors   bad_reply (also: no last line, octets behind it, a code that does not start with 2 to
///          5), reply_code_mismatch, bare_cr, bare_lf.
/// cost     One pass, no allocation.                                         RFC 5321 4.2, 4.2.1
// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
[[nodiscard]] constexpr result<reply_view> parse_reply(std::string_view octets) {
    for (std::size_t at = 0;;) {
        auto const length = detail::reply_line_length(octets, at);
        if (!length) return length.fault();
        auto const line = parse_reply_line(octets.substr(at, *length));
        if (!line) return failure{line.fault().code, at + line.fault().at};
        if (line->code != detail::code_at(octets.data()))
            return failure{error::reply_code_mismatch, at};
        at += *length + 2;
        if (!line->last) continue;
        if (at != octets.size()) return failure{error::bad_reply, at};
        return reply_view{octets};
    }
}

}  // namespace postel
