#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/enhanced_status.hpp>
#include <postel/error.hpp>
#include <postel/reply_code.hpp>
#include <postel/result.hpp>
#include <string_view>

namespace postel {

// ---- The enhanced status -------------------------------------------------------------------

namespace detail {

// "0" / ( %x31-39 0*2DIGIT )                                                RFC 3463 2
[[nodiscard]] constexpr result<std::uint16_t> parse_status_number(cursor& in) {
    auto const from = in.at();
    auto const digits = in.take_while(digit);
    if (digits.empty() || digits.size() > 3 || (digits.front() == '0' && digits.size() > 1))
        return in.fail_at(error::bad_reply, from);
    unsigned value = 0;
    for (char const c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
    return static_cast<std::uint16_t>(value);
}

}  // namespace detail

/// Reads an enhanced status, for example 5.1.1, and stops behind it.
///
/// errors   bad_reply.                                                       RFC 3463 2
// status-code = class "." subject "." detail                  class = "2" / "4" / "5"
[[nodiscard]] constexpr result<enhanced_status> parse_enhanced_status(cursor& in) {
    char const first = in.peek();
    if (first != '2' && first != '4' && first != '5') return in.fail(error::bad_reply);
    in.skip(1);
    if (!in.take('.')) return in.fail(error::bad_reply);
    auto const subject = detail::parse_status_number(in);
    if (!subject) return subject.fault();
    if (!in.take('.')) return in.fail(error::bad_reply);
    auto const specific = detail::parse_status_number(in);
    if (!specific) return specific.fault();
    return enhanced_status{static_cast<std::uint16_t>(first - '0'), *subject, *specific};
}

// ---- A reply -------------------------------------------------------------------------------

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

/// The texts of the lines of a reply, in order.
class reply_lines {
public:
    class iterator {
    public:
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;

        constexpr iterator() = default;
        constexpr explicit iterator(std::string_view rest) : rest_(rest) {}

        [[nodiscard]] constexpr std::string_view operator*() const {
            auto const line = rest_.substr(0, length());
            return line.substr(std::min(line.size(), std::size_t{4}));
        }
        constexpr iterator& operator++() {
            rest_.remove_prefix(length() + 2);
            return *this;
        }
        constexpr iterator operator++(int) {
            auto const before = *this;
            ++*this;
            return before;
        }
        friend constexpr bool operator==(iterator const& a, iterator const& b) {
            return a.rest_.size() == b.rest_.size();
        }
        friend constexpr bool operator==(iterator const& i, std::default_sentinel_t) {
            return i.rest_.empty();
        }

    private:
        [[nodiscard]] constexpr std::size_t length() const { return rest_.find('\r'); }
        std::string_view rest_;
    };

    constexpr explicit reply_lines(std::string_view octets) : octets_(octets) {}
    [[nodiscard]] constexpr iterator begin() const { return iterator{octets_}; }
    [[nodiscard]] constexpr std::default_sentinel_t end() const { return {}; }

private:
    std::string_view octets_;
};

/// One complete reply, as it arrived. A view: the octets that were parsed must outlive it. One that
/// nobody parsed has the code 0 and no lines.
///
/// The texts come from the peer and may hold any octet but CR and LF; `printable()` says whether
/// they can be shown as they are.
class reply_view {
public:
    constexpr reply_view() = default;

    [[nodiscard]] constexpr reply_code code() const { return code_; }
    /// The status of the first line, if its class is the first digit of the code; a server that did
    /// not offer ENHANCEDSTATUSCODES may have meant something else.         RFC 2034 4
    [[nodiscard]] constexpr enhanced_status status() const { return status_; }
    /// The text of the first line, without the status.
    [[nodiscard]] constexpr std::string_view text() const {
        return line_count_ == 0 ? std::string_view{} : without_status(*lines().begin());
    }
    /// The texts of all lines, the status still in them.
    [[nodiscard]] constexpr reply_lines lines() const { return reply_lines{octets_}; }
    [[nodiscard]] constexpr std::size_t line_count() const { return line_count_; }
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
        auto const status = parse_enhanced_status(in);
        if (!status || *status != status_) return line;
        if (!in.take(' ') && !in.done()) return line;
        return in.rest();
    }

private:
    friend constexpr result<reply_view> parse_reply(std::string_view octets);

    std::string_view octets_;
    std::uint32_t line_count_ = 0;
    reply_code code_;
    enhanced_status status_;
};

namespace detail {

// The length of the line that starts at `from`, without its CR LF.
[[nodiscard]] constexpr result<std::size_t> reply_line_length(std::string_view octets,
                                                              std::size_t from) {
    auto const lf = octets.find('\n', from);
    auto const cr = octets.find('\r', from);
    if (cr < lf && cr + 1 != lf) return failure{error::bare_cr, cr};
    if (lf == std::string_view::npos) return failure{error::bad_reply, octets.size()};
    if (cr > lf) return failure{error::bare_lf, lf};
    return cr - from;
}

[[nodiscard]] constexpr enhanced_status leading_status(reply_line const& line) {
    cursor in{line.text};
    auto const status = parse_enhanced_status(in);
    if (!status || status->code_class != line.code.value / 100) return {};
    return in.done() || in.peek() == ' ' ? *status : enhanced_status{};
}

}  // namespace detail

/// Reads one complete reply of one or more lines.
///
/// octets   The whole reply and nothing else, with the CR LF of its last line.
/// returns  A view into `octets`.
/// errors   bad_reply (also: no last line, octets behind it, a code that does not start with 2 to
///          5), reply_code_mismatch, bare_cr, bare_lf.
/// cost     Two searches a line, no allocation.                              RFC 5321 4.2, 4.2.1
// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
[[nodiscard]] constexpr result<reply_view> parse_reply(std::string_view octets) {
    reply_view whole;
    whole.octets_ = octets;
    for (std::size_t at = 0;;) {
        auto const length = detail::reply_line_length(octets, at);
        if (!length) return length.fault();
        auto const line = parse_reply_line(octets.substr(at, *length));
        if (!line) return failure{line.fault().code, at + line.fault().at};
        if (whole.line_count_++ == 0) {
            whole.code_ = line->code;
            whole.status_ = detail::leading_status(*line);
        } else if (line->code != whole.code_) {
            return failure{error::reply_code_mismatch, at};
        }
        at += *length + 2;
        if (!line->last) continue;
        if (at != octets.size()) return failure{error::bad_reply, at};
        return whole;
    }
}

}  // namespace postel
