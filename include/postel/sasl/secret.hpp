#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <postel/octet_buffer.hpp>
#include <span>
#include <string_view>
#include <utility>

namespace postel::sasl {

/// Overwrites octets with zeros in a way that no compiler may leave out.
inline void wipe(std::span<char> octets) noexcept {
    if (!octets.empty()) postel::detail::overwrite(octets.data(), 0, octets.size());
}

/// Equality in a time that depends on the lengths alone, which are no secret: where two proofs
/// begin to differ must not show in how long it takes to say so.
[[nodiscard]] inline bool equal_in_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned char volatile difference = 0;  // volatile: no way out of the loop for the optimiser
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

/// Octets that leave no copy behind: they are overwritten before their memory is given up, whether
/// the buffer grows, is cleared, assigned to or destroyed.
///
/// Not a `std::string`, which keeps short texts inside itself, so that a move leaves them where
/// they were, and which grows without wiping. Views stay valid when the buffer is moved. It cannot
/// be copied, and there is no formatter for it.
class secret {
public:
    secret() = default;
    explicit secret(std::string_view octets) { append(octets); }
    secret(secret&& other) noexcept { swap(other); }
    secret& operator=(secret&& other) noexcept {
        secret taken{std::move(other)};  // what was held here is wiped with it
        swap(taken);
        return *this;
    }
    ~secret() { wipe({memory_.get(), capacity_}); }

    // A  look
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    /// Valid until the next call that changes the buffer.
    [[nodiscard]] std::string_view view() const { return {memory_.get(), size_}; }

    // B  change
    /// Adds octets; they may be a view into this buffer.
    void append(std::string_view octets) {
        if (octets.empty()) return;
        secret old;  // wiped last: `octets` may lie in it
        if (octets.size() > capacity_ - size_) old = move_to(size_ + octets.size());
        std::memmove(memory_.get() + size_, octets.data(), octets.size());
        size_ += octets.size();
    }
    /// Adds `octets` zeros, to be written to in place. Valid until the next change.
    [[nodiscard]] std::span<char> grow(std::size_t octets) {
        if (octets > capacity_ - size_) move_to(size_ + octets);
        std::fill_n(memory_.get() + size_, octets, '\0');
        size_ += octets;
        return {memory_.get() + size_ - octets, octets};
    }
    /// Forgets what is behind the first `octets`, and wipes it.
    void shorten(std::size_t octets) {
        if (octets >= size_) return;
        wipe({memory_.get() + octets, size_ - octets});
        size_ = octets;
    }
    /// Forgets all and wipes it; the memory is kept.
    void clear() { shorten(0); }

private:
    static constexpr std::size_t smallest_block = 64;

    void swap(secret& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    /// Moves into a larger block, and hands back the old one, still whole.
    secret move_to(std::size_t needed) {
        secret larger;
        larger.capacity_ = std::max({needed, capacity_ * 2, smallest_block});
        larger.memory_.reset(new char[larger.capacity_]);
        if (size_ != 0) std::memcpy(larger.memory_.get(), memory_.get(), size_);
        larger.size_ = size_;
        swap(larger);
        return larger;
    }

    std::unique_ptr<char[]> memory_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace postel::sasl
