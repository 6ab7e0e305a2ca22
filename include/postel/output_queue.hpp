#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <postel/octet_buffer.hpp>
#include <string_view>
#include <utility>

namespace postel {

/// Octets that wait for the caller to send them, first in, first out.
///
/// A usual group of commands, or the replies to it, fits into the object; what is longer goes to
/// the heap, which is given back as soon as everything is sent. So an idle session owns no heap.
/// Moving leaves the source empty.
///
/// Room  Octets in the object itself.
template <std::uint8_t Room>
class basic_output_queue {
public:
    basic_output_queue() = default;
    basic_output_queue(basic_output_queue&& other) noexcept { take(other); }
    basic_output_queue& operator=(basic_output_queue&& other) noexcept {
        if (this == &other) return *this;
        forget();
        take(other);
        return *this;
    }
    ~basic_output_queue() { overwrite_secret(); }

    // A  look
    /// All that waits, in order. Valid until the next call that changes or moves the queue.
    [[nodiscard]] std::string_view view() const { return {octets() + sent_, size()}; }
    [[nodiscard]] std::size_t size() const { return end_ - sent_; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    /// Octets of heap that are owned now.
    [[nodiscard]] std::size_t heap_octets() const { return heap_ ? capacity_ : 0; }

    // B  change
    /// Adds octets at the end. They must not be a view into this queue.
    /// cost  Amortised linear, also where the peer drains slowly and never quite.
    void append(std::string_view more) {
        if (more.empty()) return;
        if (more.size() > capacity_ - end_) return append_elsewhere(more);
        auto* const behind = octets() + end_;
        end_ += static_cast<std::uint32_t>(more.size());
        std::memcpy(behind, more.data(), more.size());
    }
    /// What waits, and what is added before all of it is sent, may be a secret: it is overwritten
    /// when it is gone.
    void overwrite_when_sent() { secret_ = true; }
    /// Drops the first octets, which the caller has sent; at most all.
    void sent(std::size_t octets) {
        assert(octets <= size());
        sent_ += static_cast<std::uint32_t>(octets);
        if (size() == 0) clear();
    }
    /// Forgets everything.
    void clear() {
        forget();
        secret_ = false;
    }

private:
    // What an EHLO reply, the longest usual one, has at most.
    static constexpr std::size_t smallest_block = 512;

    [[nodiscard]] char* octets() { return heap_ ? heap_.get() : inline_.data(); }
    [[nodiscard]] char const* octets() const { return heap_ ? heap_.get() : inline_.data(); }

    // Behind what waits there is too little: before it perhaps, or else on the heap.
    [[gnu::cold]] void append_elsewhere(std::string_view more) {
        if (!heap_ && more.size() <= Room - size())
            close_inline_gap();
        else
            move_to_larger_block(more.size());
        append(more);
    }
    void close_inline_gap() {
        end_ = static_cast<std::uint32_t>(size());
        std::memmove(inline_.data(), inline_.data() + sent_, end_);
        sent_ = 0;
    }
    // Twice what waits: so an octet is moved a bounded number of times, and the heap stays within a
    // factor of what waits.
    void move_to_larger_block(std::size_t more) {
        auto const waiting = view();
        auto const wished = std::max({waiting.size() + more, waiting.size() * 2, smallest_block});
        assert(wished <= std::numeric_limits<std::uint32_t>::max());
        std::unique_ptr<char[]> larger{new char[wished]};
        std::memcpy(larger.get(), waiting.data(), waiting.size());
        overwrite_secret();
        heap_ = std::move(larger);
        capacity_ = static_cast<std::uint32_t>(wished);
        end_ = static_cast<std::uint32_t>(waiting.size());
        sent_ = 0;
    }
    void forget() {
        overwrite_secret();
        if (heap_) heap_.reset();
        capacity_ = Room;
        sent_ = end_ = 0;
    }
    void overwrite_secret() {
        if (!secret_) return;
        detail::overwrite(inline_.data(), 0, Room);
        if (heap_) detail::overwrite(heap_.get(), 0, end_);
    }
    // Into a queue that is empty.
    void take(basic_output_queue& other) {
        heap_ = std::move(other.heap_);
        capacity_ = other.capacity_;
        sent_ = other.sent_;
        end_ = other.end_;
        secret_ = other.secret_;
        if (!heap_) std::memcpy(inline_.data(), other.inline_.data(), end_);
        other.clear();
    }

    std::unique_ptr<char[]> heap_;  // where the octets are, if anywhere but in the object
    std::uint32_t capacity_ = Room;
    std::uint32_t sent_ = 0;  // octets at the front that are gone
    std::uint32_t end_ = 0;   // octets in all, those that are gone among them
    bool secret_ = false;
    std::array<char, Room> inline_;  // not initialised beyond the octets
};

/// The replies to MAIL, RCPT and DATA in one group fit, with their statuses: 104 octets in all.
using output_queue = basic_output_queue<82>;

}  // namespace postel
