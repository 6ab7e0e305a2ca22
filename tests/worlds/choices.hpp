#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace postel::test::worlds {

/// Walks a tree of choices leaf by leaf: a run that asks choose() wherever it could go more than
/// one way goes another way each time, until it has gone all of them.
class choices {
public:
    /// A number from 0 to `of` - 1.
    [[nodiscard]] std::uint32_t choose(std::size_t of) {
        if (at_ == path_.size()) path_.push_back({0, static_cast<std::uint32_t>(of)});
        return path_[at_++].chosen;
    }
    /// Goes back to the root, for another way. False if there is none.
    [[nodiscard]] bool next() {
        at_ = 0;
        while (!path_.empty() && path_.back().chosen + 1 == path_.back().of) path_.pop_back();
        if (path_.empty()) return false;
        ++path_.back().chosen;
        return true;
    }
    /// The same way once more.
    [[nodiscard]] choices again() const {
        auto same = *this;
        same.at_ = 0;
        return same;
    }

private:
    struct fork {
        std::uint32_t chosen;
        std::uint32_t of;
    };
    std::vector<fork> path_;
    std::size_t at_ = 0;
};

}  // namespace postel::test::worlds
