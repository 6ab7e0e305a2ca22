#pragma once

#include <cstddef>
#include <postel/ascii.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/runs.hpp>
#include <string_view>

namespace postel {

/// Reads one complete line, or a part of one, from left to right.
///
/// A grammar function takes a `cursor&`, consumes what its rule describes and leaves the cursor
/// behind it; on failure the cursor stands at the octet that does not fit, and `fail` puts that
/// offset into the result. Views that come out point into the line.
class cursor {
public:
    constexpr explicit cursor(std::string_view line) : line_(line) {}

    // A  look
    [[nodiscard]] constexpr std::string_view line() const { return line_; }
    [[nodiscard]] constexpr std::size_t at() const { return at_; }
    [[nodiscard]] constexpr bool done() const { return at_ == line_.size(); }
    [[nodiscard]] constexpr std::string_view rest() const {
        return {line_.data() + at_, line_.size() - at_};
    }
    /// What was consumed since offset `from`.
    [[nodiscard]] constexpr std::string_view since(std::size_t from) const {
        return {line_.data() + from, at_ - from};
    }
    /// The next octet, or NUL at the end; NUL belongs to no rule, so it never passes for one.
    [[nodiscard]] constexpr char peek() const { return done() ? '\0' : line_[at_]; }
    [[nodiscard]] constexpr bool looking_at(char_set const& set) const {
        return !done() && set(line_[at_]);
    }

    // B  consume
    /// Consumes `c` if it is next.
    constexpr bool take(char c) {
        if (done() || line_[at_] != c) return false;
        ++at_;
        return true;
    }
    /// Consumes a word, in any letter case, if it is next. Most clients write it as it stands here.
    template <std::size_t SizeAndNul>
    constexpr bool take_ignoring_case(char const (&literal)[SizeAndNul]) {
        std::string_view const word{literal, SizeAndNul - 1};
        if (line_.size() - at_ < word.size()) return false;
        std::string_view const next{line_.data() + at_, word.size()};
        if (next != word && !equal_ignoring_case(next, word)) return false;
        at_ += word.size();
        return true;
    }
    /// Consumes the longest run of octets in `set`; the run may be empty. For a few octets.
    constexpr std::string_view take_while(char_set const& set) {
        auto const from = at_;
        at_ = detail::scalar::run_end(line_, from, set);
        return since(from);
    }
    /// The same for a run of any length, many octets at a time.
    template <char_set const& Set>
    constexpr std::string_view take_run() {
        auto const from = at_;
        at_ = run_end<Set>(line_, from);
        return since(from);
    }
    /// Consumes everything that is left.
    constexpr std::string_view take_rest() {
        auto const from = at_;
        at_ = line_.size();
        return since(from);
    }
    constexpr void skip(std::size_t octets) { at_ += octets; }

    // C  fail
    [[nodiscard]] constexpr failure fail(error code) const { return {code, at_}; }
    [[nodiscard]] constexpr failure fail_at(error code, std::size_t at) const { return {code, at}; }

private:
    std::string_view line_;
    std::size_t at_ = 0;
};

}  // namespace postel
