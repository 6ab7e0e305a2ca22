#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/dot_decoder.hpp>
#include <postel/error.hpp>
#include <postel/limits.hpp>
#include <postel/result.hpp>
#include <postel/scan.hpp>
#include <span>
#include <string_view>

namespace postel {

/// What becomes of a CR or an LF by itself in content that is to be sent. There is no third choice:
/// a dot behind a bare LF is not stuffed, so a bare LF must never leave.    RFC 5321 2.3.8
enum class line_ending_repair : std::uint8_t {
    refuse,   ///< a fault
    convert,  ///< sent as CR LF
};

/// How content is made ready to be sent.
struct content_encoding {
    line_ending_repair endings = line_ending_repair::refuse;
    nul_policy nul = nul_policy::reject;
    /// False for text that goes out by BDAT: line ends are judged all the same, but no dot is added
    /// and no "." line ends the content.                                     RFC 3030 2
    bool dots = true;
};

namespace detail {

/// Where the encoder stands.
enum class encoder_state : std::uint8_t {
    line_start,  // behind CR LF, or at the start
    text,        // behind something else, and not ...
    cr,          // ... behind a CR, which has not been handed out
};
/// What becomes of an octet.
enum class encoder_action : std::uint8_t {
    keep,     // it is sent
    run,      // it is sent, and so may be many behind it, up to a CR, LF or NUL that matters
    hold,     // it is a CR: only the next octet shows whether it may be sent
    pair,     // it is sent, and the CR before it
    stuff,    // a dot is sent, then the octet is read again in state `text`
    bare_cr,  // the CR before it is bare
    bare_lf,  // it is a bare LF
    nul,      // it is a NUL
};
struct encoder_cell {
    encoder_state next;  // not used behind a fault
    encoder_action what;
};

// A dot is stuffed in one cell: where a line starts on the wire.        RFC 5321 4.5.2
inline constexpr auto encoder_table = [] {
    using enum encoder_state;
    using enum encoder_action;
    // clang-format off
    return std::array<std::array<encoder_cell, 5>, 3>{{
        //                CR              LF                 '.'              NUL              other
        /* line_start */ {{{cr, hold},    {text, bare_lf},   {text, stuff},   {text, nul},     {text, run}}},
        /* text       */ {{{cr, hold},    {text, bare_lf},   {text, run},     {text, nul},     {text, run}}},
        /* cr         */ {{{cr, bare_cr}, {line_start, pair},{text, bare_cr}, {text, bare_cr}, {text, bare_cr}}},
    }};
    // clang-format on
}();

}  // namespace detail

/// Adds dot-stuffing to the content of a message, and the line that ends it.
///
/// Feed it the message in pieces, then call `finish` once. What goes out is the same however the
/// message was cut, holds CR and LF only as CR LF, and is at most twice as long and 5 octets
/// longer. One encoder serves one message.
///                                                          RFC 5321 4.5.2, 4.1.1.4, 2.3.8
class dot_encoder {
public:
    struct step {
        std::size_t consumed = 0;
        std::string_view text;
    };
    struct copied {
        std::size_t consumed = 0;
        std::size_t written = 0;
    };

    constexpr dot_encoder() = default;
    constexpr explicit dot_encoder(content_encoding how) : how_(how) {}

    /// Reads on, up to the next place where the wire is not a view on the message.
    ///
    /// in       Octets of the message that follow those consumed before: any length, cut anywhere.
    /// returns  consumed: octets of `in` now done with; may be 0 if there is text. text: the next
    ///          octets for the wire, a view into `in` or on a constant, possibly empty.
    /// errors   bare_cr (`at` is the octet behind the CR, and the CR has not been handed out),
    ///          bare_lf, nul_octet. Text before the fault comes first, in a step of its own, so
    ///          `at` is always 0. A failure consumes nothing and is told again.
    /// cost     One pass and a second look at some of it; no allocation, no copy.
    [[nodiscard]] constexpr result<step> next(std::string_view in) {
        using enum detail::encoder_action;
        detail::octet_run text;
        std::size_t at = 0;
        while (at != in.size()) {
            auto const cell = judge(in[at]);
            if (cell.what == keep || cell.what == run) {
                auto const kept = pass(cell, {in.data() + at, in.size() - at});
                text.extend(at, kept);
                at += kept;
            } else if (cell.what == hold) {
                ++at;
            } else if (cell.what == pair && at != 0) {
                note_line_end();
                text.extend(at++ - 1, 2);
            } else if (cell.what == stuff) {
                state_ = cell.next;
                text.extend(at, 1);
                return step{at, text.of(in)};
            } else {
                if (at != 0) break;
                return intervene(cell);
            }
            state_ = cell.next;
        }
        return step{at, text.of(in)};
    }

    /// The same, with the octets for the wire copied to `out` in the same pass.
    ///
    /// out      2 octets or more, none of them in `in`.
    /// returns  written: octets of `out` now filled; those behind them are unspecified. It stops
    ///          where `in` is used up, or where `out` may be too small for what comes next.
    /// errors   As above; what was encoded before the fault is reported first.
    [[nodiscard]] constexpr result<copied> next(std::string_view in, std::span<char> out) {
        copied total;
        while (total.consumed != in.size() && out.size() - total.written >= 2) {
            auto const rest = in.substr(total.consumed, out.size() - total.written);
            auto* const to = out.data() + total.written;
            if (auto const cell = judge(rest.front()); run_begins(cell, rest)) {
                auto const clean = copy_clean_text(rest, to);
                note({rest.data(), clean.length}, clean.eight_bit);
                state_ = cell.next;
                total.consumed += clean.length;
                total.written += clean.length;
                continue;
            }
            auto const one = next(rest.substr(0, 4));  // up to the next text
            if (!one && total.consumed == 0 && total.written == 0) return one.fault();
            if (!one) break;
            for (char const c : one->text) out[total.written++] = c;
            total.consumed += one->consumed;
        }
        return total;
    }

    /// Ends the message.
    ///
    /// returns  What is still to be sent: CR LF where the message does not end with it, then the
    ///          line "." unless `dots` is false. Static storage.
    /// errors   bare_cr: the last octet was a CR.
    [[nodiscard]] constexpr result<std::string_view> finish() {
        bool const ended = state_ == detail::encoder_state::line_start;
        if (state_ == detail::encoder_state::cr) {
            if (how_.endings == line_ending_repair::refuse) return error::bare_cr;
            altered_ = true;
        }
        if (!ended) note_line_end();
        state_ = detail::encoder_state::line_start;
        std::string_view const tail = "\r\n.\r\n";
        return tail.substr(ended ? 2 : 0, (ended ? 0 : 2) + (how_.dots ? 3 : 0));
    }

    /// Octets of content so far, as SIZE counts them: with every CR LF, without what dot-stuffing
    /// adds. Exact after `finish`.                                        RFC 1870 5
    [[nodiscard]] constexpr std::uint64_t octets() const { return octets_; }
    /// The content was declared to have octets above 127: they need not be noticed.  RFC 6152 3
    constexpr void expect_eight_bit() { eight_bit_ = true; }
    /// An octet above 127 passed, or was expected: 8BITMIME is needed.    RFC 6152 2
    [[nodiscard]] constexpr bool has_eight_bit() const { return eight_bit_; }
    /// A line above 1000 octets passed, its CR LF included and a stuffed dot not: no server has to
    /// take it.                                                           RFC 5321 4.5.3.1.6
    [[nodiscard]] constexpr bool has_long_line() const { return long_line_; }
    /// `convert` has put CR LF in the place of another octet.
    [[nodiscard]] constexpr bool altered() const { return altered_; }

private:
    [[nodiscard]] constexpr detail::encoder_cell judge(char c) const {
        using enum detail::encoder_action;
        auto cell = detail::encoder_table[static_cast<std::size_t>(state_)][detail::dot_column(c)];
        if ((cell.what == stuff && !how_.dots) ||
            (cell.what == nul && how_.nul == nul_policy::pass))
            cell.what = keep;
        return cell;
    }
    [[nodiscard]] static constexpr bool run_begins(detail::encoder_cell cell, std::string_view in) {
        return cell.what == detail::encoder_action::run && detail::is_longer_than_one(in);
    }
    // An octet goes out, or a run that begins with it. Returns how many.
    constexpr std::size_t pass(detail::encoder_cell cell, std::string_view in) {
        if (!run_begins(cell, in)) {
            note_octet(in.front());
            return 1;
        }
        // What is known is not looked for again.
        auto const clean = eight_bit_ ? clean_text{clean_prefix(in), true} : clean_text_of(in);
        note({in.data(), clean.length}, clean.eight_bit);
        return clean.length;
    }

    // What needs other octets than those of `in`, or fails, at the first octet of `in`.
    [[nodiscard]] constexpr result<step> intervene(detail::encoder_cell cell) {
        using enum detail::encoder_action;
        if (cell.what == nul) return error::nul_octet;
        if (cell.what != pair) {
            if (how_.endings == line_ending_repair::refuse)
                return cell.what == bare_cr ? error::bare_cr : error::bare_lf;
            altered_ = true;
        }
        state_ = detail::encoder_state::line_start;
        note_line_end();
        return step{cell.what == bare_cr ? std::size_t{0} : std::size_t{1}, "\r\n"};
    }

    // Octets of content go out; a dot that is added is none.
    constexpr void note(std::string_view text, bool eight_bit) {
        octets_ += text.size();
        eight_bit_ = eight_bit_ || eight_bit;
        if (lines_.pass(text) != text.size()) note_long_line();
    }
    constexpr void note_octet(char c) {
        ++octets_;
        eight_bit_ = eight_bit_ || static_cast<unsigned char>(c) > 127;
        if (!lines_.pass_octet()) note_long_line();
    }
    constexpr void note_line_end() {
        note_octet('\r');
        ++octets_;
        lines_.line_ends();
    }
    constexpr void note_long_line() {
        long_line_ = true;
        lines_ = {};
    }

    std::uint64_t octets_ = 0;
    detail::line_meter lines_{minimum::text_line};
    content_encoding how_;
    detail::encoder_state state_ = detail::encoder_state::line_start;
    bool eight_bit_ = false;
    bool long_line_ = false;
    bool altered_ = false;
};

}  // namespace postel
