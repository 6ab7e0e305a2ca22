#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <postel/client_table.hpp>

namespace postel {

/// The steps that were sent and are not answered, oldest first. Replies are matched to them by
/// counting and by nothing else.                                             RFC 2920 3.1
///
/// Equal steps in a row are one entry, so a thousand RCPTs take the room of one. The groups that
/// a session sends have at most five entries: AUTH or RSET, MAIL, RCPT, BDAT, BDAT LAST.
class expected_replies {
public:
    [[nodiscard]] bool empty() const { return runs_ == 0; }
    [[nodiscard]] client_step front() const { return step_[0]; }
    [[nodiscard]] client_step back() const { return step_[runs_ - 1u]; }

    void push(client_step step, std::uint32_t replies = 1) {
        if (replies == 0) return;
        if (runs_ != 0 && back() == step) {
            count_[runs_ - 1u] += replies;
            return;
        }
        assert(runs_ < step_.size());
        step_[runs_] = step;
        count_[runs_++] = replies;
    }
    /// The step that the next reply answers.
    client_step pop() {
        auto const step = front();
        if (--count_[0] != 0) return step;
        for (std::size_t i = 1; i < runs_; ++i) {
            step_[i - 1] = step_[i];
            count_[i - 1] = count_[i];
        }
        --runs_;
        return step;
    }
    void clear() { runs_ = 0; }

private:
    std::array<std::uint32_t, 6> count_{};
    std::array<client_step, 6> step_{};
    std::uint8_t runs_ = 0;
};

}  // namespace postel
