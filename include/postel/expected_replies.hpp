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
/// a session sends have at most five entries: RSET, MAIL, RCPT, BDAT, BDAT LAST.
class expected_replies {
public:
    [[nodiscard]] bool empty() const { return runs_ == 0; }
    [[nodiscard]] client_step front() const { return run_[0].step; }
    [[nodiscard]] client_step back() const { return run_[runs_ - 1u].step; }

    void push(client_step step, std::uint32_t replies = 1) {
        if (replies == 0) return;
        if (runs_ != 0 && back() == step) {
            run_[runs_ - 1u].count += replies;
            return;
        }
        assert(runs_ < run_.size());
        run_[runs_++] = {step, replies};
    }
    /// The step that the next reply answers.
    client_step pop() {
        auto const step = front();
        if (--run_[0].count != 0) return step;
        for (std::size_t i = 1; i < runs_; ++i) run_[i - 1] = run_[i];
        --runs_;
        return step;
    }
    void clear() { runs_ = 0; }

private:
    struct run {
        client_step step;
        std::uint32_t count;
    };
    std::array<run, 6> run_{};
    std::uint8_t runs_ = 0;
};

}  // namespace postel
