#pragma once

#if defined(__AVX2__)  // elsewhere there is nothing in here

#include <immintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <postel/detail/scan_lanes.hpp>
#include <string_view>

/// The kernels for 32 octets at a time where the compiler targets AVX2 (x86-64-v3).
namespace postel::detail::avx2 {

struct avx2_lanes {
    using vector = __m256i;
    static constexpr std::size_t width = 32;

    static vector load(char const* p) {
        return _mm256_loadu_si256(reinterpret_cast<__m256i const*>(p));
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
    // Fewer than all.
    static bool any_high(vector a, std::size_t count) {
        return (bits(a) & ((1U << count) - 1)) != 0;
    }
};

[[nodiscard]] inline std::size_t clean_prefix(std::string_view in) {
    return lanes::clean_prefix<avx2_lanes>(in);
}
[[nodiscard]] inline clean_text clean_text_of(std::string_view in) {
    return lanes::clean_text_of<avx2_lanes>(in);
}
[[nodiscard]] inline clean_text copy_clean_text(std::string_view in, char* out) {
    return lanes::copy_clean_text<avx2_lanes>(in, out);
}

[[nodiscard]] inline bool has_eight_bit(std::string_view in) {
    return lanes::has_eight_bit<avx2_lanes>(in);
}
[[nodiscard]] inline std::size_t find_last_lf(std::string_view in) {
    return lanes::find_last_lf<avx2_lanes>(in);
}
[[nodiscard]] inline std::size_t find_long_line(std::string_view in, std::size_t limit) {
    return lanes::find_long_line<avx2_lanes>(in, limit);
}

}  // namespace postel::detail::avx2

#endif
