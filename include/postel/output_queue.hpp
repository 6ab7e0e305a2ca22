#pragma once

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
/// The usual reply fits inside the object; what is longer goes to the heap, which is given back as
/// soon as everything is sent. So an idle session owns no heap, and the queue is 128 octets.
/// Moving leaves the source empty.
class output_queue {
public:
    output_queue() = default;
    output_queue(output_queue&& other) noexcept { take(other); }
    output_queue& operator=(output_queue&& other) noexcept {
        if (this != &other) take(other);
        return *this;
    }

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
        if (octets.empty()) return;
        if (on_heap() || octets.size() > inline_.size() - size()) return append_to_heap(octets);
        if (octets.size() > inline_.size() - inline_size_) close_inline_gap();
        std::memcpy(inline_.data() + inline_size_, octets.data(), octets.size());
        inline_size_ += static_cast<std::uint32_t>(octets.size());
    }
    /// Drops the first octets, which the caller has sent; at most all.
    void sent(std::size_t octets) {
        assert(octets <= size());
        sent_ += static_cast<std::uint32_t>(octets);
        if (size() == 0) clear();
    }
    /// Forgets everything.
    void clear() {
        heap_.release();
        sent_ = inline_size_ = 0;
    }

private:
    [[nodiscard]] bool on_heap() const { return heap_.capacity() != 0; }

    void close_inline_gap() {
        inline_size_ -= sent_;
        std::memmove(inline_.data(), inline_.data() + sent_, inline_size_);
        sent_ = 0;
    }
    void append_to_heap(std::string_view octets) {
        if (!on_heap()) move_to_heap(octets.size());
        // The gap that sent octets left is closed once it is half of the buffer: so an octet is
        // moved a bounded number of times, and the heap stays within a factor of what waits.
        if (octets.size() > heap_.capacity() - heap_.size() && sent_ >= heap_.size() / 2) {
            heap_.drop_front(sent_);
            sent_ = 0;
        }
        heap_.append(octets);
    }
    void move_to_heap(std::size_t more) {
        auto const waiting = view();
        octet_buffer heap;
        heap.reserve(waiting.size() + more);
        heap.append(waiting);
        heap_ = std::move(heap);
        sent_ = inline_size_ = 0;
    }
    void take(output_queue& other) {
        heap_ = std::move(other.heap_);
        sent_ = std::exchange(other.sent_, 0);
        inline_size_ = std::exchange(other.inline_size_, 0);
        std::memcpy(inline_.data(), other.inline_.data(), inline_size_);
    }

    octet_buffer heap_;
    std::uint32_t sent_ = 0;         // octets at the front, inline or on the heap, that are gone
    std::uint32_t inline_size_ = 0;  // 0 while the heap is in use
    std::array<char, 104> inline_;   // not initialised beyond inline_size_
};

}  // namespace postel
