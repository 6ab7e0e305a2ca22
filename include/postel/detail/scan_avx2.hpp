#pragma once

#if defined(__AVX2__)  // elsewhere there is nothing in here

#include <immintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace postel::detail {

/// From x86-64-v3 on: 32 octets at a time.
struct avx2_lanes {
    using vector = __m256i;
    static constexpr std::size_t width = 32;

    static vector load(char const* p) {
        return _mm256_loadu_si256(reinterpret_cast<__m256i const*>(p));
    }
    static vector load_aligned(char const* p) {
        return _mm256_load_si256(reinterpret_cast<__m256i const*>(p));
    }
    static void store(char* p, vector v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
    static vector equals(vector a, char c) { return _mm256_cmpeq_epi8(a, _mm256_set1_epi8(c)); }
    static vector either(vector a, vector b) { return _mm256_or_si256(a, b); }
    static vector both(vector a, vector b) { return _mm256_and_si256(a, b); }
    static vector one_of(vector a, vector b) { return _mm256_xor_si256(a, b); }
    static vector least(vector a, vector b) { return _mm256_min_epu8(a, b); }
    static std::uint32_t bits(vector a) {
        return static_cast<std::uint32_t>(_mm256_movemask_epi8(a));
    }
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
