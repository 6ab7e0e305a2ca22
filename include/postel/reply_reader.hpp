#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <postel/ascii.hpp>
#include <postel/error.hpp>
#include <postel/limits.hpp>
#include <postel/octet_buffer.hpp>
#include <postel/reply_view.hpp>
#include <postel/result.hpp>
#include <string_view>
#include <utility>

namespace postel {

/// Octets in, complete replies of one or more lines out.                     RFC 5321 4.2, 4.2.1
///
/// Each octet is judged as it comes, so that what can no longer become a reply is refused at once
/// and an endless one does not have to end first.
class reply_reader {
public:
    struct step {
        std::size_t consumed = 0;
        bool complete = false;  ///< false: all octets are used, and the reply has not ended
        reply_view reply;       ///< where `complete`
    };

    reply_reader() = default;
    reply_reader(reply_reader&& other) noexcept
        : held_(std::move(other.held_)), at_(std::exchange(other.at_, {})) {}
    reply_reader& operator=(reply_reader&& other) noexcept {
        held_ = std::move(other.held_);
        at_ = std::exchange(other.at_, {});
        return *this;
    }

    /// Reads at most one reply.
    ///
    /// in       Octets that follow those consumed before: any length, cut anywhere, may be empty.
    /// returns  consumed: octets of `in` now done with, nothing behind a reply. reply: points into
    ///          `in` where the reply lies there whole, else into the reader; valid until the next
    ///          call.
    /// errors   bad_reply, reply_code_mismatch, bare_cr, bare_lf, reply_line_too_long,
    ///          reply_too_long; `at` is the first octet of `in` that no reply can have there. After
    ///          a failure the octets cannot be told apart any more: it is told again until reset().
    /// cost     One pass, many octets at a time. A reply that is cut is copied once, into
    ///          `limits.reply_octets` of heap or less, freed by the call after the one that gives
    ///          the reply out.
    [[nodiscard]] result<step> next(std::string_view in, client_limits const& limits) {
        release_used();
        if (at_.begins())
            if (auto const length = whole_reply(in, limits); length != 0)
                return step{length, true, reply_view{{in.data(), length}}};
        return judge(in, limits);
    }

    /// Octets of an unfinished reply that are kept here.
    [[nodiscard]] std::size_t held() const {
        return at_.where == place::complete ? 0 : held_.size();
    }
    /// Octets of heap that are owned now.
    [[nodiscard]] std::size_t heap_octets() const { return held_.capacity(); }

    /// Frees the reply that was given out last, if it lies here: for the moment when no view on it
    /// is in use any longer. `next` does the same first.
    void release_used() {
        if (at_.where == place::complete) reset();
    }
    /// Forgets everything, an unfinished reply included.                       RFC 3207 6
    void reset() {
        held_.release();
        at_ = {};
    }

private:
    // Where in a reply the next octet lies.
    enum class place : std::uint8_t { digit_1, digit_2, digit_3, separator, text, lf, complete };
    struct position {
        std::uint32_t lines = 0;  // that have ended
        std::uint32_t column = 0;
        std::array<char, 3> code{};  // of the first line
        place where = place::digit_1;
        bool last = false;  // no "-" behind the code of this line
        error fault = error::none;

        [[nodiscard]] bool begins() const {
            return where == place::digit_1 && lines == 0 && fault == error::none;
        }
    };

    // The length of the reply that `in` begins with, if it lies there whole and nothing is wrong
    // with it: that is how nearly all of them come. 0 for all others, which judge() is for.
    [[nodiscard]] static std::size_t whole_reply(std::string_view in, client_limits const& limits) {
        if (in.size() < 5 || !begins_with_code(in)) return 0;
        std::size_t at = 0;
        for (std::uint32_t lines = 0; lines != limits.reply_lines; ++lines) {
            auto const end = detail::line_end(in, at + 3);
            if (in.size() - end < 2 || in[end] != '\r' || in[end + 1] != '\n') return 0;
            auto const next = end + 2;
            if (next - at > limits.reply_line || next > limits.reply_octets) return 0;
            char const separator = in[at + 3];
            if (separator == ' ' || separator == '\r') return next;
            if (separator != '-' || !repeats_code(in, next)) return 0;
            at = next;
        }
        return 0;
    }
    [[nodiscard]] static bool begins_with_code(std::string_view in) {
        return in[0] >= '2' && in[0] <= '5' && digit(in[1]) && digit(in[2]);
    }
    // At the start of a further line.
    [[nodiscard]] static bool repeats_code(std::string_view in, std::size_t at) {
        return in.size() - at >= 5 && std::memcmp(in.data(), in.data() + at, 3) == 0;
    }

    // Judges octet by octet, and keeps what does not end yet.
    [[nodiscard]] result<step> judge(std::string_view in, client_limits const& limits) {
        if (at_.fault != error::none) return at_.fault;
        for (std::size_t done = 0; done != in.size();) {
            auto const length = advance(in.substr(done), held_.size() + done, limits);
            if (at_.fault != error::none) return failure{at_.fault, done};
            done += length;
            if (at_.where == place::complete) return deliver({in.data(), done}, limits);
        }
        held_.append(in, limits.reply_octets);
        return step{in.size(), false, {}};
    }

    // Reads one octet, or a run of text. Returns how many, or sets the fault.
    [[nodiscard]] std::size_t advance(std::string_view in, std::size_t before,
                                      client_limits const& limits) {
        auto const room = before < limits.reply_octets ? limits.reply_octets - before : 0;
        if (room == 0) return fail(error::reply_too_long);
        if (at_.where == place::text) {
            // The last two octets of the longest line are its CR LF.
            auto const line_room =
                limits.reply_line > at_.column + 2 ? limits.reply_line - 2 - at_.column : 0;
            auto const run =
                detail::line_end(in.substr(0, std::min<std::size_t>(room, line_room)), 0);
            at_.column += static_cast<std::uint32_t>(run);
            if (run != 0) return run;
        }
        take(in.front(), limits);
        return 1;
    }

    // Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
    void take(char c, client_limits const& limits) {
        ++at_.column;
        switch (at_.where) {
            case place::digit_1:
                if (at_.lines == limits.reply_lines) return refuse(error::reply_too_long);
                return take_digit(c, c >= '2' && c <= '5');
            case place::digit_2:
            case place::digit_3: return take_digit(c, digit(c));
            case place::separator: return take_separator(c);
            case place::text:
                if (c == '\n') return refuse(error::bare_lf);
                if (c != '\r') return refuse(error::reply_line_too_long);
                at_.where = place::lf;
                return;
            case place::lf: return take_lf(c);
            case place::complete: return;
        }
    }
    void take_digit(char c, bool fits) {
        auto& expected = at_.code[static_cast<std::size_t>(at_.where)];
        if (c == '\n') return refuse(error::bare_lf);
        if (!fits) return refuse(error::bad_reply);
        if (at_.lines != 0 && c != expected) return refuse(error::reply_code_mismatch);
        expected = c;
        at_.where = static_cast<place>(static_cast<int>(at_.where) + 1);
    }
    void take_separator(char c) {
        if (c == '\n') return refuse(error::bare_lf);
        if (c != '-' && c != ' ' && c != '\r') return refuse(error::bad_reply);
        at_.last = c != '-';
        at_.where = c == '\r' ? place::lf : place::text;
    }
    void take_lf(char c) {
        if (c != '\n') return refuse(error::bare_cr);
        ++at_.lines;
        at_.column = 0;
        at_.where = at_.last ? place::complete : place::digit_1;
    }

    void refuse(error why) {
        held_.release();
        at_.fault = why;
    }
    [[nodiscard]] std::size_t fail(error why) {
        refuse(why);
        return 0;
    }

    [[nodiscard]] step deliver(std::string_view in, client_limits const& limits) {
        held_.append(in, limits.reply_octets);
        return step{in.size(), true, reply_view{held_.view()}};
    }

    octet_buffer held_;
    position at_;
};

}  // namespace postel
