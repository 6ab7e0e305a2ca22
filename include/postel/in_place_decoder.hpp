#pragma once

#include <algorithm>
#include <cstddef>
#include <postel/dot_decoder.hpp>
#include <postel/result.hpp>
#include <span>
#include <string_view>

namespace postel {

/// Content decoded where it was received, for callers who want the whole message in one piece: what
/// dot-stuffing added is taken out, and the text moves together at the front of the buffer.
///
///     postel::in_place_decoder message{buffer};
///     while (!message.done() && !message.space().empty())
///         if (!message.received(read_into(message.space()))) break;
///
/// Bare CR and bare LF are faults, for a repaired line end may need more room than there is. One
/// object serves one message; it does not own the buffer.                       RFC 5321 4.5.2
class in_place_decoder {
public:
    constexpr explicit in_place_decoder(std::span<char> buffer, nul_policy nul = nul_policy::reject)
        : buffer_(buffer), decoder_(line_ending_policy::reject, nul) {}

    /// Where the octets go that come next. Empty where the buffer is full.
    [[nodiscard]] constexpr std::span<char> space() const { return buffer_.subspan(end_); }

    /// So many octets were put at the start of space(). Reads on, up to the end of the message.
    ///
    /// errors   As those of dot_decoder; `at` is the octet of rest(). text() has what came before.
    ///          It is told again, unless `pass_everything` is called.
    /// cost     One pass. An octet is moved at most once, and only behind the first stuffed dot.
    constexpr result<void> received(std::size_t octets) {
        end_ += octets;
        while (read_ != end_ && !done_) {
            auto const step = decoder_.next(rest());
            if (!step) return step.fault();
            if (step->text.data() != buffer_.data() + text_)
                std::copy(step->text.begin(), step->text.end(), buffer_.data() + text_);
            text_ += step->text.size();
            read_ += step->consumed;
            done_ = step->done;
        }
        // A dot and a CR may be held back, and come to be text after all: their room is kept.
        if (!done_) read_ = end_ = std::min(end_, text_ + 2);
        return {};
    }

    /// From now on nothing is a fault: to find the end of a message that will be refused.
    constexpr void pass_everything() { decoder_.pass_everything(); }

    /// The message so far, a view on the front of the buffer.
    [[nodiscard]] constexpr std::string_view text() const { return {buffer_.data(), text_}; }
    /// The line "." was read.
    [[nodiscard]] constexpr bool done() const { return done_; }
    /// What was received and not read: the fault and what is behind it, or the commands behind the
    /// message.
    [[nodiscard]] constexpr std::string_view rest() const {
        return {buffer_.data() + read_, end_ - read_};
    }

private:
    std::span<char> buffer_;
    std::size_t text_ = 0;  // text_ <= read_ <= end_
    std::size_t read_ = 0;
    std::size_t end_ = 0;
    dot_decoder decoder_;
    bool done_ = false;
};

}  // namespace postel
