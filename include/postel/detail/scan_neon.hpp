#pragma once

#if defined(__aarch64__) && defined(__ARM_NEON)  // elsewhere there is nothing in here

#include <arm_neon.h>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace postel::detail {

/// 64-bit ARM: 16 octets at a time.
struct neon_lanes {
    using vector = uint8x16_t;
    static constexpr std::size_t width = 16;

    static vector load(char const* p) { return vld1q_u8(reinterpret_cast<std::uint8_t const*>(p)); }
    static vector load_aligned(char const* p) { return load(p); }
    static void store(char* p, vector v) { vst1q_u8(reinterpret_cast<std::uint8_t*>(p), v); }
    static vector equals(vector a, char c) {
        return vceqq_u8(a, vdupq_n_u8(static_cast<std::uint8_t>(c)));
    }
    static vector either(vector a, vector b) { return vorrq_u8(a, b); }
    static vector both(vector a, vector b) { return vandq_u8(a, b); }
    static vector one_of(vector a, vector b) { return veorq_u8(a, b); }
    static vector least(vector a, vector b) { return vminq_u8(a, b); }
    // Four bits for each octet: there is no instruction that gathers one.
    static std::uint64_t bits(vector a) {
        return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(a), 4)), 0);
    }
    static bool any(vector a) { return bits(a) != 0; }
    static std::size_t first(vector a) {
        return static_cast<std::size_t>(std::countr_zero(bits(a))) / 4;
    }
    static std::size_t last(vector a) {
        return 15 - static_cast<std::size_t>(std::countl_zero(bits(a))) / 4;
    }
    static bool any_high(vector a) { return vmaxvq_u8(a) > 127; }
};

}  // namespace postel::detail

#endif
