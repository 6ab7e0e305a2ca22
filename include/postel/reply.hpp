#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/enhanced_status.hpp>
#include <postel/error.hpp>
#include <postel/limits.hpp>
#include <postel/reply_code.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <span>
#include <string_view>

namespace postel {

/// What a server says: a code, an enhanced status where there is one, and a text.
struct reply {
    reply_code code;
    enhanced_status status{};
    std::string_view text{};

    friend constexpr bool operator==(reply const&, reply const&) = default;
};

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

// ---- Writing -------------------------------------------------------------------------------

namespace detail {

// Everything before the text of a reply line: "250-" or "250 ", and the status with its space.
class reply_prefix {
public:
    constexpr reply_prefix(reply_code code, enhanced_status status) {
        add_number(code.value);
        add(' ');
        if (!status.present()) return;
        add_number(status.code_class);
        add('.');
        add_number(status.subject);
        add('.');
        add_number(status.detail);
        add(' ');
    }
    [[nodiscard]] constexpr std::string_view line(bool last) {
        octets_[3] = last ? ' ' : '-';
        return {octets_.data(), size_};
    }
    [[nodiscard]] constexpr std::size_t size() const { return size_; }

private:
    constexpr void add(char c) { octets_[size_++] = c; }
    constexpr void add_number(unsigned value) {
        if (value >= 100) add(static_cast<char>('0' + value / 100 % 10));
        if (value >= 10) add(static_cast<char>('0' + value / 10 % 10));
        add(static_cast<char>('0' + value % 10));
    }

    std::array<char, 16> octets_{};  // "250 5.999.999 "
    std::size_t size_ = 0;
};

// How many octets at the start of `text` may go out as they are; 0 for one that may not.
[[nodiscard]] constexpr std::size_t clean_sequence(std::string_view text, charset allowed) {
    if (text_octet(text.front())) return 1;
    if (allowed == charset::ascii) return 0;
    cursor in{text};
    return parse_utf8_non_ascii(in, error::bad_octet).ok() ? in.at() : 0;
}

// Writes text with "?" in place of each octet that could be taken for more than text.
template <class Out>
constexpr void write_clean(Out& out, std::string_view text, charset allowed) {
    std::size_t run = 0;
    while (run < text.size()) {
        auto const step = clean_sequence(text.substr(run), allowed);
        if (step != 0) {
            run += step;
            continue;
        }
        out.append(text.substr(0, run));
        out.append(std::string_view{"?"});
        text.remove_prefix(run + 1);
        run = 0;
    }
    out.append(text);
}

// The part of `text` that fits into one line: up to a space if there is one, and never up to the
// middle of a UTF-8 sequence.
[[nodiscard]] constexpr std::string_view fitting(std::string_view text, std::size_t room) {
    if (text.size() <= room) return text;
    auto const space = text.substr(0, room + 1).rfind(' ');
    if (space != std::string_view::npos && space != 0) return text.substr(0, space);
    auto const is_tail = [&](std::size_t i) { return within(text[i], 0x80, 0xBF); };
    auto cut = room;
    while (cut > room - 3 && is_tail(cut)) --cut;
    return text.substr(0, is_tail(cut) ? room : cut);
}

// One text, as many lines as it takes. A 3yz reply stays one line of any length: what follows 334
// is base64 that must not be cut, and RFC 4954 4 lifts the limit for it.
template <class Out>
constexpr void write_text(Out& out, reply_prefix& prefix, std::string_view text, bool last,
                          bool one_line, charset allowed) {
    auto const room = one_line ? text.size() : minimum::reply_line - prefix.size() - 2;
    for (;;) {
        auto const part = fitting(text, room);
        text.remove_prefix(part.size());
        out.append(prefix.line(last && text.empty()));
        write_clean(out, part, allowed);
        out.append(std::string_view{"\r\n"});
        if (text.empty()) return;
        if (text.front() == ' ' && text.size() > 1) text.remove_prefix(1);
    }
}

}  // namespace detail

/// Writes a reply of several lines, CR LF included, every line with the same code and status.
///
/// lines        Their texts; none at all counts as one that is empty. A text that does not fit into
///              512 octets goes on in a further line. Controls, and octets above 127, go out as
///              "?", so that no text can add a reply or a line of its own.
/// with_status  ENHANCEDSTATUSCODES is offered, and this is not the greeting or the reply to a
///              hello. A status whose class is not the first digit of the code, and any status of a
///              3yz reply, is left out.                              RFC 2034 4
/// allowed      charset::utf8 lets well-formed UTF-8 pass: only for VRFY and EXPN with SMTPUTF8.
/// A code outside 200 to 599 does not go out: "451 4.3.0" stands in for it.
///                                                    RFC 5321 4.2.1, 4.5.3.1.5, RFC 6531 3.7.4.2
template <class Out>
constexpr void write_reply(Out& out, reply_code code, enhanced_status status,
                           std::span<std::string_view const> lines, bool with_status,
                           charset allowed = charset::ascii) {
    if (!code.valid()) {
        code = 451;
        status = {4, 3, 0};
    }
    auto const fits = with_status && status.code_class == code.value / 100 &&
                      !code.intermediate() && status.subject <= 999 && status.detail <= 999;
    detail::reply_prefix prefix{code, fits ? status : enhanced_status{}};
    auto const one_line = code.intermediate();
    for (auto const& text : lines) {
        auto const last = &text == &lines.back();
        detail::write_text(out, prefix, text, last, one_line, allowed);
    }
    if (lines.empty()) detail::write_text(out, prefix, {}, true, one_line, allowed);
}

/// Writes a reply of one text.
template <class Out>
constexpr void write_reply(Out& out, reply const& said, bool with_status,
                           charset allowed = charset::ascii) {
    write_reply(out, said.code, said.status, std::span{&said.text, 1}, with_status, allowed);
}

// ---- Reading -------------------------------------------------------------------------------

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
