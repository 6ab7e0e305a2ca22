#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace postel {

namespace detail {
// Through a volatile pointer, so that no compiler sees that the octets are never read again.
inline void* (*volatile const overwrite)(void*, int, std::size_t) = &std::memset;
}  // namespace detail

/// Octets on the heap that exist only while they are needed: `octet_buffer` for what anybody may
/// see, `secret_buffer` for what may be a password or a part of one.
///
/// A session that waits owns none, and an empty buffer is 16 octets in all: that is why this is not
/// a `std::string`. It holds up to 2^32 - 1 octets. Moving leaves the source empty, and views
/// valid. A secret buffer overwrites what it forgets, whether it shrinks, grows, is freed or
/// assigned to. Neither can be copied, and there is no formatter.
template <bool Secret>
class basic_octet_buffer {
public:
    basic_octet_buffer() = default;
    explicit basic_octet_buffer(std::string_view octets) { append(octets); }
    basic_octet_buffer(basic_octet_buffer&& other) noexcept { swap(other); }
    basic_octet_buffer& operator=(basic_octet_buffer&& other) noexcept {
        basic_octet_buffer taken{std::move(other)};  // what was held here is forgotten with it
        swap(taken);
        return *this;
    }
    ~basic_octet_buffer() { forget(0); }

    // A  look
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    /// Octets of heap that are owned now.
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    /// Valid until the next call that changes the buffer; a move keeps it valid.
    [[nodiscard]] std::string_view view() const { return {memory_.get(), size_}; }

    // B  change
    /// Makes room for `capacity` octets in all, so that adding them allocates once.
    void reserve(std::size_t capacity) {
        if (capacity > capacity_) (void)reallocate(capacity);
    }
    /// Adds octets; they may be a view into this buffer.
    ///
    /// ceiling  What growing in advance must not exceed; the octets themselves always fit.
    /// cost     Amortised over all calls, each octet is copied a bounded number of times.
    void append(std::string_view octets, std::size_t ceiling = largest) {
        if (octets.empty()) return;
        assert(octets.size() <= largest - size_);
        auto const needed = size_ + octets.size();
        basic_octet_buffer old;  // freed last: `octets` may lie in it
        if (needed > capacity_) {
            auto const wished = std::max(smallest_block, std::size_t{capacity_} * 2);
            old = reallocate(std::max(needed, std::min({wished, ceiling, largest})));
        }
        std::memmove(memory_.get() + size_, octets.data(), octets.size());
        size_ = static_cast<std::uint32_t>(needed);
    }
    /// Adds octets that the caller fills in; what is in them before that is anybody's guess.
    [[nodiscard]] std::span<char> extend(std::size_t octets) {
        reserve(size_ + octets);
        auto* const added = memory_.get() + size_;
        size_ += static_cast<std::uint32_t>(octets);
        return {added, octets};
    }
    /// One octet, to be written to.
    [[nodiscard]] char& octet(std::size_t index) {
        assert(index < size_);
        return memory_[index];
    }
    /// Forgets what is behind the first `octets`.
    void shorten(std::size_t octets) {
        if (octets < size_) forget(octets);
    }
    /// Removes the first octets, at most all.
    void drop_front(std::size_t octets) {
        assert(octets <= size_);
        if (octets == 0) return;
        std::memmove(memory_.get(), memory_.get() + octets, size_ - octets);
        forget(size_ - octets);
    }
    /// Forgets the octets and keeps the memory.
    void clear() { forget(0); }
    /// Forgets the octets and frees the memory.
    void release() {
        if (capacity_ == 0) return;
        forget(0);
        memory_.reset();
        capacity_ = 0;
    }

private:
    static constexpr std::size_t largest = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::size_t smallest_block = 64;

    void swap(basic_octet_buffer& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    // Moves to a new block, and gives back the old one, still whole.
    basic_octet_buffer reallocate(std::size_t capacity) {
        basic_octet_buffer old{std::move(*this)};
        memory_.reset(new char[capacity]);
        capacity_ = static_cast<std::uint32_t>(capacity);
        size_ = old.size_;
        if (size_ != 0) std::memcpy(memory_.get(), old.memory_.get(), size_);
        return old;
    }
    // All from here to the end. So there is never a secret behind the end.
    void forget(std::size_t from) {
        if constexpr (Secret)
            if (from != size_) detail::overwrite(memory_.get() + from, 0, size_ - from);
        size_ = static_cast<std::uint32_t>(from);
    }

    std::unique_ptr<char[]> memory_;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

using octet_buffer = basic_octet_buffer<false>;
using secret_buffer = basic_octet_buffer<true>;

}  // namespace postel
