#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

// Counts what goes through operator new. Replaces it, so one file of a program includes this.

namespace bench {

struct heap_use {
    std::size_t allocations = 0;  // ever
    std::size_t blocks = 0;       // now
};
inline heap_use heap;

[[nodiscard]] inline void* counted_allocation(std::size_t octets) {
    void* const memory = std::malloc(octets == 0 ? 1 : octets);
    if (memory == nullptr) std::abort();
    ++heap.allocations;
    ++heap.blocks;
    return memory;
}
inline void counted_release(void* memory) noexcept {
    if (memory == nullptr) return;
    --heap.blocks;
    std::free(memory);
}

}  // namespace bench

void* operator new(std::size_t octets) {
    return bench::counted_allocation(octets);
}
void* operator new[](std::size_t octets) {
    return bench::counted_allocation(octets);
}
void operator delete(void* memory) noexcept {
    bench::counted_release(memory);
}
void operator delete[](void* memory) noexcept {
    bench::counted_release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    bench::counted_release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    bench::counted_release(memory);
}
