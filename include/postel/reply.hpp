#pragma once

#include <array>
#include <cstddef>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/enhanced_status.hpp>
#include <postel/error.hpp>
#include <postel/limits.hpp>
#include <postel/reply_code.hpp>
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

/// A reply of one short line that the compiler has written, so that sending it is a copy.
class ready_reply {
public:
    constexpr ready_reply() = default;
    /// said  One line of at most 62 octets, CR LF included.
    constexpr explicit ready_reply(reply const& said) {
        write_reply(*this, said, false);
        auto const plain = size_;
        size_ = 0;
        write_reply(*this, said, true);
        status_ = static_cast<std::uint8_t>(size_ - plain);
    }

    /// What write_reply() writes.
    template <class Out>
    constexpr void write(Out& out, bool with_status) const {
        std::string_view const all{octets_.data(), size_};
        if (with_status || status_ == 0) {
            out.append(all);
        } else {
            out.append(all.substr(0, code));
            out.append(all.substr(code + status_));
        }
    }

    /// For write_reply().
    constexpr void append(std::string_view octets) {
        for (char const c : octets) octets_[size_++] = c;
    }

private:
    static constexpr std::size_t code = 4;  // with its space
    std::array<char, 62> octets_{};
    std::uint8_t size_ = 0;
    std::uint8_t status_ = 0;  // octets of the status behind the code, with their space
};

}  // namespace postel
