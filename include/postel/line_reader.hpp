#pragma once

#include <cstddef>
#include <cstdint>
#include <postel/octet_buffer.hpp>
#include <postel/scan.hpp>
#include <string_view>
#include <utility>

namespace postel {

/// Octets in, complete command lines out.                                    RFC 5321 2.3.8
///
/// Only CR LF ends a line. A CR or an LF by itself stays in the line, where the grammar refuses it.
class line_reader {
public:
    enum class outcome : std::uint8_t {
        partial,   ///< all octets are used, and the line has not ended
        line,      ///< `text` is a whole line without its CR LF, possibly empty
        too_long,  ///< a line above the limit has ended; all of it was skipped
    };
    struct step {
        std::size_t consumed = 0;
        outcome what = outcome::partial;
        std::string_view text;
    };

    line_reader() = default;
    line_reader(line_reader&& other) noexcept
        : held_(std::move(other.held_)), state_(std::exchange(other.state_, state::reading)) {}
    line_reader& operator=(line_reader&& other) noexcept {
        held_ = std::move(other.held_);
        state_ = std::exchange(other.state_, state::reading);
        return *this;
    }

    /// Reads at most one line.
    ///
    /// in       Octets that follow those consumed before: any length, cut anywhere, may be empty.
    /// limit    The longest line in octets, CR LF included; 2 or more.
    /// returns  consumed: octets of `in` now done with, nothing behind a line. text: points into
    ///          `in` where the line lies there whole, else into the reader; valid until the next
    ///          call.
    /// cost     One pass. A line that is cut is copied once, into less than `limit` octets of heap,
    ///          which are freed by the call after the one that gives the line out.
    [[nodiscard]] step next(std::string_view in, std::size_t limit) {
        if (state_ == state::reading && held_.empty()) {  // as a rule: a whole line, where it lies
            auto const lf = in.find('\n');
            if (lf < limit && lf != 0 && in[lf - 1] == '\r')
                return {lf + 1, outcome::line, {in.data(), lf - 1}};
        }
        return next_of_any_kind(in, limit);
    }

    /// Octets of an unfinished line that are kept here.
    [[nodiscard]] std::size_t held() const { return state_ == state::reading ? held_.size() : 0; }
    /// The next octet is the first of a line.
    [[nodiscard]] bool between_lines() const {
        return state_ == state::delivered || (state_ == state::reading && held_.empty());
    }
    /// Octets of heap that are owned now.
    [[nodiscard]] std::size_t heap_octets() const { return held_.capacity(); }

    /// Frees the line that was given out last, if it lies here: for the moment when no view on it
    /// is in use any longer. `next` does the same first.
    void release_used() {
        if (state_ == state::delivered) reset();
    }
    /// Forgets everything, an unfinished line included.                        RFC 3207 6
    void reset() {
        held_.release();
        state_ = state::reading;
    }

private:
    enum class state : std::uint8_t {
        reading,      // `held_` is the start of a line
        delivered,    // `held_` is a whole line that the caller looks at
        skipping,     // inside a line that is too long; `held_` is empty
        skipping_cr,  // the same, and the octet before was CR
    };

    // The same, where a line may be cut or too long.
    [[nodiscard, gnu::cold]] step next_of_any_kind(std::string_view in, std::size_t limit) {
        release_used();
        auto const end = line_end(in);
        if (end == in.npos) return hold(in, limit);
        if (state_ >= state::skipping || held_.size() + end > limit) {
            reset();
            return {end, outcome::too_long, {}};
        }
        if (held_.empty()) return {end, outcome::line, in.substr(0, end - 2)};
        held_.append(in.substr(0, end), limit);
        state_ = state::delivered;
        return {end, outcome::line, held_.view().substr(0, held_.size() - 2)};
    }
    // The offset behind the first CR LF; its CR may have been in the octets before.
    [[nodiscard]] std::size_t line_end(std::string_view in) const {
        auto const behind_cr =
            state_ == state::skipping_cr || (!held_.empty() && held_.view().back() == '\r');
        if (behind_cr && !in.empty() && in.front() == '\n') return 1;
        auto const crlf = find_crlf(in);
        return crlf == in.npos ? in.npos : crlf + 2;
    }
    // A line that fills the limit without its CR LF is too long whatever follows.
    [[nodiscard]] step hold(std::string_view in, std::size_t limit) {
        if (in.empty()) return {};
        if (state_ == state::reading && held_.size() + in.size() < limit) {
            held_.append(in, limit);
        } else {
            held_.release();
            state_ = in.back() == '\r' ? state::skipping_cr : state::skipping;
        }
        return {in.size(), outcome::partial, {}};
    }

    secret_buffer held_;  // may be an AUTH
    state state_ = state::reading;
};

}  // namespace postel
