#pragma once

#include <cassert>
#include <cstddef>
#include <postel/octet_buffer.hpp>
#include <string_view>
#include <utility>

namespace postel {

/// Octets that arrived and are not yet read: a view on the caller's buffer, or a copy of the rest.
///
/// One window is open at a time. `open` is refused while octets are unread, kept or not: so a peer
/// cannot make a session that waits for a decision grow. Moving leaves the source empty.
class input_window {
public:
    input_window() = default;
    input_window(input_window&& other) noexcept
        : unread_(std::exchange(other.unread_, {})), kept_(std::move(other.kept_)) {}
    input_window& operator=(input_window&& other) noexcept {
        unread_ = std::exchange(other.unread_, {});
        kept_ = std::move(other.kept_);
        return *this;
    }

    // A  look
    [[nodiscard]] std::string_view unread() const { return unread_; }
    [[nodiscard]] bool empty() const { return unread_.empty(); }
    /// Octets of heap that are owned now.
    [[nodiscard]] std::size_t heap_octets() const { return kept_.capacity(); }

    // B  change
    /// Opens a window on octets of the caller; nothing is copied.
    ///
    /// octets   Must stay where they are until all are consumed, or until `keep()`.
    /// returns  False, and nothing changes, while octets are unread.
    [[nodiscard]] bool open(std::string_view octets) {
        if (!unread_.empty()) return false;
        kept_.release();
        unread_ = octets;
        return true;
    }
    /// The first octets are read. Views on them stay valid as long as the caller's buffer, or until
    /// the next `open` or `release_used` where they were kept.
    void consume(std::size_t octets) {
        assert(octets <= unread_.size());
        unread_.remove_prefix(octets);
    }
    /// Copies what is unread, so that the caller may use its buffer for something else. Kept octets
    /// are not copied again.
    void keep() {
        if (unread_.empty() || kept_.capacity() != 0) return;
        kept_.append(unread_, unread_.size());
        unread_ = kept_.view();
    }
    /// Frees kept octets once all of them are consumed: for the moment when no view on them is in
    /// use any longer.
    void release_used() {
        if (unread_.empty()) kept_.release();
    }
    /// Drops what is unread.                                               RFC 3207 6
    void clear() {
        unread_ = {};
        kept_.release();
    }

private:
    std::string_view unread_;
    secret_buffer kept_;  // owns what `unread_` points at, if anything; may hold an AUTH
};

}  // namespace postel
