#pragma once

#if defined(__SSE2__) || defined(_M_X64)  // elsewhere there is nothing in here

#include <emmintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace postel::detail {

/// Every x86-64: 16 octets at a time.
struct sse2_lanes {
    using vector = __m128i;
    static constexpr std::size_t width = 16;

    static vector load(char const* p) {
        return _mm_loadu_si128(reinterpret_cast<__m128i const*>(p));
    }
    static vector load_aligned(char const* p) {
        return _mm_load_si128(reinterpret_cast<__m128i const*>(p));
    }
    static void store(char* p, vector v) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v); }
    static vector equals(vector a, char c) { return _mm_cmpeq_epi8(a, _mm_set1_epi8(c)); }
    static vector either(vector a, vector b) { return _mm_or_si128(a, b); }
    static vector both(vector a, vector b) { return _mm_and_si128(a, b); }
    static vector one_of(vector a, vector b) { return _mm_xor_si128(a, b); }
    static vector least(vector a, vector b) { return _mm_min_epu8(a, b); }
    static std::uint32_t bits(vector a) { return static_cast<std::uint32_t>(_mm_movemask_epi8(a)); }
    static bool any(vector a) { return bits(a) != 0; }
    static std::size_t first(vector a) {
        return static_cast<std::size_t>(std::countr_zero(bits(a)));
    }
    static std::size_t last(vector a) {
        return 31 - static_cast<std::size_t>(std::countl_zero(bits(a)));
    }
    static bool any_high(vector a) { return bits(a) != 0; }
};

}  // namespace postel::detail

#endif
