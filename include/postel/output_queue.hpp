#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
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
    [[nodiscard]] std::string_view view() const {
        return on_heap() ? heap_.view().substr(sent_)
                         : std::string_view{inline_.data() + sent_, size()};
    }
    [[nodiscard]] std::size_t size() const {
        return (on_heap() ? heap_.size() : inline_size_) - sent_;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }
    /// Octets of heap that are owned now.
    [[nodiscard]] std::size_t heap_octets() const { return heap_.capacity(); }

    // B  change
    /// Adds octets at the end. They must not be a view into this queue.
    /// cost  Amortised linear, also where the peer drains slowly and never quite.
    void append(std::string_view octets) {
        if (octets.size() > inline_.size() - inline_size_) return append_elsewhere(octets);
        if (octets.empty()) return;
        std::memcpy(inline_.data() + inline_size_, octets.data(), octets.size());
        inline_size_ = static_cast<std::uint8_t>(inline_size_ + octets.size());
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

    [[nodiscard]] bool on_heap() const { return heap_.capacity() != 0; }

    // There is no room behind the inline octets: before them perhaps, or else on the heap.
    void append_elsewhere(std::string_view octets) {
        if (!on_heap() && octets.size() <= inline_.size() - size()) {
            close_inline_gap();
            return append(octets);
        }
        if (octets.size() > heap_.capacity() - heap_.size()) move_to_larger_block(octets.size());
        heap_.append(octets);
    }
    void close_inline_gap() {
        inline_size_ = static_cast<std::uint8_t>(size());
        std::memmove(inline_.data(), inline_.data() + sent_, inline_size_);
        sent_ = 0;
    }
    // Twice what waits: so an octet is moved a bounded number of times, and the heap stays within a
    // factor of what waits.
    void move_to_larger_block(std::size_t more) {
        auto const waiting = view();
        octet_buffer larger;
        larger.reserve(std::max({waiting.size() + more, waiting.size() * 2, smallest_block}));
        larger.append(waiting);
        forget();
        heap_ = std::move(larger);
        inline_size_ = Room;  // nothing is appended there now
    }
    void forget() {
        overwrite_secret();
        heap_.release();
        sent_ = inline_size_ = 0;
    }
    void overwrite_secret() {
        if (!secret_) return;
        detail::overwrite(inline_.data(), 0, inline_.size());
        if (!heap_.empty()) detail::overwrite(&heap_.octet(0), 0, heap_.size());
    }
    // Into a queue that is empty.
    void take(basic_output_queue& other) {
        heap_ = std::move(other.heap_);
        sent_ = other.sent_;
        inline_size_ = other.inline_size_;
        secret_ = other.secret_;
        std::memcpy(inline_.data(), other.inline_.data(), inline_size_);
        other.clear();
    }

    octet_buffer heap_;
    std::uint32_t sent_ = 0;        // octets at the front, inline or on the heap, that are gone
    std::uint8_t inline_size_ = 0;  // all of it while the heap is in use
    bool secret_ = false;
    std::array<char, Room> inline_;  // not initialised beyond inline_size_
};

/// The replies to MAIL, RCPT and DATA in one group fit, with their statuses: 104 octets in all.
using output_queue = basic_output_queue<82>;

}  // namespace postel
