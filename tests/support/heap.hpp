#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

// Counts what goes through operator new. Replaces it, so one file of a program includes this.

namespace postel::test {

struct heap_use {
    std::size_t allocations = 0;  ///< ever
    std::size_t octets = 0;       ///< now
    std::size_t peak = 0;         ///< most octets since it was set back
};
inline heap_use heap;

// In front of each block, its size; as wide as the strictest alignment.
inline constexpr std::size_t heap_header = alignof(std::max_align_t);

[[nodiscard]] inline void* counted_allocation(std::size_t octets) {
    void* const block = std::malloc(heap_header + octets);
    if (block == nullptr) std::abort();
    ++heap.allocations;
    heap.octets += octets;
    heap.peak = std::max(heap.peak, heap.octets);
    ::new (block) std::size_t{octets};
    return static_cast<char*>(block) + heap_header;
}
inline void counted_release(void* memory) noexcept {
    if (memory == nullptr) return;
    void* const block = static_cast<char*>(memory) - heap_header;
    heap.octets -= *static_cast<std::size_t*>(block);
    std::free(block);
}

}  // namespace postel::test

void* operator new(std::size_t octets) {
    return postel::test::counted_allocation(octets);
}
void* operator new[](std::size_t octets) {
    return postel::test::counted_allocation(octets);
}
void operator delete(void* memory) noexcept {
    postel::test::counted_release(memory);
}
void operator delete[](void* memory) noexcept {
    postel::test::counted_release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    postel::test::counted_release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    postel::test::counted_release(memory);
}
