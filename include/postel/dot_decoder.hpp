#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/scan.hpp>
#include <string_view>

namespace postel {

/// What becomes of a CR or an LF by itself in the content of a message.      RFC 5321 2.3.8
enum class line_ending_policy : std::uint8_t {
    reject,     ///< a fault; the message is not accepted
    pass,       ///< handed out as it is. Risk: SMTP smuggling, if a relay believes it ends a line
    normalise,  ///< handed out as CR LF; a dot behind it stays, for on the wire no line began there
};

/// What becomes of a NUL in the content of a message.                        RFC 5321 4.5.2
enum class nul_policy : std::uint8_t {
    reject,  ///< a fault; the message is not accepted
    pass,    ///< handed out as it is. Risk: programs that take NUL for the end of a string
};

namespace detail {

/// Where the decoder stands: what the octets since the last CR LF, or the start, were.
enum class dot_state : std::uint8_t {
    line_start,  // none
    text,        // something, and not ...
    cr,          // ... a CR at the end, which has been handed out
    dot,         // one dot, which has not been handed out
    dot_cr,      // one dot and a CR, which have not been handed out
};
/// What becomes of an octet.
enum class dot_action : std::uint8_t {
    keep,     // it is content
    run,      // it is content, and so may be many behind it, up to a CR, LF or NUL that matters
    drop,     // it is not content, or not yet
    give_cr,  // the CR of `dot_cr` is content after all; the octet is then read in state `cr`
    end,      // the message is over; the octet was its last
    // From here on, faults:
    bare_cr,  // the CR before it is bare; by itself the octet is content
    bare_lf,  // it is a bare LF
    nul,      // it is a NUL
};
struct dot_cell {
    dot_state next;  // behind a fault: where it goes on if the fault is tolerated
    dot_action what;
};

// A message ends in one cell of this table and in no other: LF behind CR behind a dot that began a
// line. A line begins in one cell: LF behind CR. Hence none of LF.LF, CR.CR, CRLF.LF, LF.CRLF and
// their kin ends anything, whatever is tolerated.                       RFC 5321 4.1.1.4, 4.5.2
inline constexpr auto dot_table = [] {
    using enum dot_state;
    using enum dot_action;
    // clang-format off
    return std::array<std::array<dot_cell, 5>, 5>{{
        //                CR               LF                 '.'              NUL              other
        /* line_start */ {{{cr, keep},     {text, bare_lf},   {dot, drop},     {text, nul},     {text, run}}},
        /* text       */ {{{cr, keep},     {text, bare_lf},   {text, run},     {text, nul},     {text, run}}},
        /* cr         */ {{{cr, bare_cr},  {line_start, keep},{text, bare_cr}, {text, bare_cr}, {text, bare_cr}}},
        /* dot        */ {{{dot_cr, drop}, {text, bare_lf},   {text, run},     {text, nul},     {text, run}}},
        /* dot_cr     */ {{{cr, give_cr},  {line_start, end}, {cr, give_cr},   {cr, give_cr},   {cr, give_cr}}},
    }};
    // clang-format on
}();

// Consecutive octets of an input.
struct octet_run {
    std::size_t begin = 0, end = 0;

    // False where an octet at `at` does not follow those before.
    [[nodiscard]] constexpr bool follows(std::size_t at) const { return begin == end || end == at; }
    constexpr void extend(std::size_t at, std::size_t length) {
        if (begin == end) begin = end = at;
        end += length;
    }
    [[nodiscard]] constexpr std::string_view of(std::string_view in) const {
        return {in.data() + begin, end - begin};
    }
};

// Looked up, for octets that hostile content mixes at will are branches that nobody foresees.
inline constexpr auto dot_columns = [] {
    std::array<std::uint8_t, 256> columns{};
    columns.fill(4);
    columns['\r'] = 0;
    columns['\n'] = 1;
    columns['.'] = 2;
    columns['\0'] = 3;
    return columns;
}();
[[nodiscard]] constexpr std::size_t dot_column(char c) {
    return dot_columns[static_cast<unsigned char>(c)];
}

// Of a run that begins with `in`: a run of one is sooner counted than looked for.
[[nodiscard]] constexpr bool is_longer_than_one(std::string_view in) {
    return in.size() > 1 && !scalar::matters_in_content(in[1]);
}

/// Holds the lines of a text to a limit, whatever pieces it comes in. A line is too long as soon as
/// the octet that would have to be its LF is another.
class line_meter {
public:
    constexpr line_meter() = default;
    /// limit  Octets of a line with its CR LF; 0 for no limit.
    constexpr explicit line_meter(std::uint16_t limit) : limit_(limit) {}

    /// Goes over text with sound line ends; returns how many octets of it are in lines that are not
    /// too long. The rest can be asked for again.
    constexpr std::size_t pass(std::string_view text) {
        return limit_ == 0 ? text.size() : pass_limited(text);
    }
    /// One octet that does not end the line: false where the line would become too long.
    [[nodiscard]] constexpr bool pass_octet() { return limit_ == 0 || pass_within_line(1) == 1; }
    constexpr void line_ends() { length_ = 0; }

private:
    constexpr std::size_t pass_limited(std::string_view text) {
        auto const room = static_cast<std::size_t>(limit_ - length_);
        if (text.size() < room) return pass_tail(text);
        auto const lf = text.substr(0, room).find('\n');
        if (lf == text.npos) return pass_within_line(room - 1);
        auto const lines = text.substr(lf + 1);
        if (auto const at = find_long_line(lines, limit_); at != lines.npos) {
            length_ = static_cast<std::uint16_t>(limit_ - 1);
            return lf + 1 + at;
        }
        length_ = 0;
        pass_tail(lines);
        return text.size();
    }
    // Text of which no line can be too long.
    constexpr std::size_t pass_tail(std::string_view text) {
        auto const lf = find_last_lf(text);
        length_ = static_cast<std::uint16_t>(lf == text.npos ? length_ + text.size()
                                                             : text.size() - lf - 1);
        return text.size();
    }
    constexpr std::size_t pass_within_line(std::size_t octets) {
        auto const fit = std::min<std::size_t>(octets, limit_ - 1U - length_);
        length_ = static_cast<std::uint16_t>(length_ + fit);
        return fit;
    }

    std::uint16_t limit_ = 0;
    std::uint16_t length_ = 0;  // of the line that has not ended
};

}  // namespace detail

/// Removes dot-stuffing from the content of a message, and finds where the message ends.
///
/// Feed it what arrives behind the 354 reply until `done`; it then stands ready for the next
/// message. The text of all steps together is the same however the octets were cut.
///                                                                   RFC 5321 4.5.2, 2.3.8
class dot_decoder {
public:
    struct step {
        std::size_t consumed = 0;
        std::string_view text;
        bool done = false;
    };

    constexpr dot_decoder() = default;
    /// text_line  Octets that a line may have, its CR LF counted and a stuffed dot not; 0 for no
    ///            limit. Everyone has to take 1000.                       RFC 5321 4.5.3.1.6
    constexpr explicit dot_decoder(line_ending_policy endings, nul_policy nul = nul_policy::reject,
                                   std::uint16_t text_line = 0)
        : lines_(text_line), endings_(endings), nul_(nul) {}

    /// Reads on, up to the next place where the text is not contiguous, or the end.
    ///
    /// in       Octets that follow those consumed before: any length, cut anywhere, may be empty.
    /// returns  consumed: octets of `in` now done with; may be 0 if there is text. text: the next
    ///          octets of the message, a view into `in` or on a constant, possibly empty. done: the
    ///          line "." was consumed, and nothing behind it.
    /// errors   bare_cr (`at` is the octet behind the CR, which has been handed out), bare_lf,
    ///          nul_octet, text_line_too_long. Text before the fault comes first, in a step of its
    ///          own, so `at` is always 0. A failure consumes nothing and changes nothing; after
    ///          `pass_everything` the same octets go through.
    /// cost     One pass, no allocation, no copy.
    [[nodiscard]] constexpr result<step> next(std::string_view in) {
        using detail::dot_action;
        detail::octet_run text;
        std::size_t at = 0;
        while (at != in.size()) {
            auto const cell = judge(in[at]);
            if (cell.what == dot_action::keep || cell.what == dot_action::run) {
                if (!text.follows(at)) break;
                auto const kept = keep(cell, {in.data() + at, in.size() - at});
                if (kept == 0) {
                    if (at != 0) break;
                    return error::text_line_too_long;
                }
                text.extend(at, kept);
                at += kept;
            } else if (cell.what == dot_action::drop) {
                ++at;
            } else if (cell.what == dot_action::end) {
                state_ = cell.next;
                return step{at + 1, text.of(in), true};
            } else {
                if (at != 0) break;
                return intervene(cell);
            }
            state_ = cell.next;
        }
        return step{at, text.of(in), false};
    }

    /// From now on nothing is a fault: for a server that has refused the message and reads on only
    /// to find its end.
    constexpr void pass_everything() {
        endings_ = line_ending_policy::pass;
        nul_ = nul_policy::pass;
        lines_ = {};
    }

    /// `normalise` has put CR LF in the place of another octet: the message is not as it was sent.
    [[nodiscard]] constexpr bool altered() const { return altered_; }

private:
    // The cell for an octet, with the faults that are tolerated turned into `keep`.
    [[nodiscard]] constexpr detail::dot_cell judge(char c) const {
        auto const cell =
            detail::dot_table[static_cast<std::size_t>(state_)][detail::dot_column(c)];
        return cell.what < detail::dot_action::bare_cr ? cell : tolerate(cell, c);
    }
    [[nodiscard]] constexpr detail::dot_cell tolerate(detail::dot_cell fault, char c) const {
        using enum detail::dot_action;
        if (fault.what != nul && endings_ == line_ending_policy::pass)
            fault.what = c == '\0' ? nul : keep;
        if (fault.what == nul && nul_ == nul_policy::pass) fault.what = keep;
        return fault;
    }

    // Counts what is kept: an octet, or a run that begins with it. Returns how many; none where
    // their line would become too long.
    [[nodiscard]] constexpr std::size_t keep(detail::dot_cell cell, std::string_view in) {
        if (cell.what == detail::dot_action::run && detail::is_longer_than_one(in))
            return lines_.pass({in.data(), clean_prefix(in)});
        if (cell.next != detail::dot_state::line_start) return lines_.pass_octet() ? 1 : 0;
        lines_.line_ends();
        return 1;
    }

    // What is more than to keep an octet or to drop it, at the first octet of `in`.
    [[nodiscard]] constexpr result<step> intervene(detail::dot_cell cell) {
        using enum detail::dot_action;
        if (cell.what == give_cr) {
            state_ = cell.next;
            static_cast<void>(lines_.pass_octet());  // the first of its line
            return step{0, "\r", false};
        }
        if (cell.what == nul) return error::nul_octet;
        if (endings_ == line_ending_policy::reject)
            return cell.what == bare_cr ? error::bare_cr : error::bare_lf;
        altered_ = true;
        lines_.line_ends();
        state_ = detail::dot_state::text;
        if (cell.what == bare_lf) return step{1, "\r\n", false};
        return step{0, "\n",
                    false};  // the CR is out already; the octet is then read in state `text`
    }

    detail::line_meter lines_;
    detail::dot_state state_ = detail::dot_state::line_start;
    line_ending_policy endings_ : 2 = line_ending_policy::reject;
    nul_policy nul_ : 1 = nul_policy::reject;
    bool altered_ : 1 = false;
};

}  // namespace postel
