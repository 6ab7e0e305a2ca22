#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/split.hpp"
#include "support/transcript.hpp"

// What the players of both roles have in common.

namespace postel::test {

/// All the ways in which for_every_cut cuts a stream.
[[nodiscard]] inline std::vector<pieces> all_cuts(std::string_view wire) {
    std::vector<pieces> cuts;
    for_every_cut(wire, [&cuts](pieces const& cut) { cuts.push_back(cut); });
    return cuts;
}

/// A transcript as one role sees it, ready to be played many times.
class script {
public:
    script(transcript const& session, role who) : turns_(turns_of(session, who)) {
        for (auto const& each : turns_) cuts_.push_back(all_cuts(each.in));
    }
    script(script const&) = delete;
    script& operator=(script const&) = delete;

    [[nodiscard]] std::vector<turn> const& turns() const { return turns_; }
    /// What comes in during a turn, cut in one way or another.
    [[nodiscard]] pieces const& cut(std::size_t turn, std::size_t round) const {
        return cuts_[turn][round % cuts_[turn].size()];
    }
    /// After so many rounds every turn was cut in every way.
    [[nodiscard]] std::size_t rounds() const {
        std::size_t most = 1;
        for (auto const& each : cuts_) most = std::max(most, each.size());
        return most;
    }

private:
    std::vector<turn> turns_;
    std::vector<std::vector<pieces>> cuts_;  // views into turns_
};

/// How the octets arrive, and when the caller acts.
struct manner {
    std::size_t round = 0;  ///< which cutting of each turn
    bool late = false;      ///< answers and calls come when the buffer is used for something else
};

/// The caller's receive buffer: on the heap and exactly as long as the piece, so that a sanitizer
/// sees every step beyond it; spoilt as soon as the session has no right to it any more.
class receive_buffer {
public:
    [[nodiscard]] std::string_view fill(std::string_view piece) {
        size_ = piece.size();
        octets_ = std::make_unique<char[]>(size_);
        std::copy(piece.begin(), piece.end(), octets_.get());
        return {octets_.get(), size_};
    }
    void spoil() {
        if (octets_) std::fill_n(octets_.get(), size_, '~');
        octets_.reset();
    }

private:
    std::unique_ptr<char[]> octets_;
    std::size_t size_ = 0;
};

}  // namespace postel::test
