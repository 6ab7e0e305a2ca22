#pragma once

#if defined(__aarch64__) && defined(__ARM_NEON)  // elsewhere there is nothing in here

#include <arm_neon.h>

#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/detail/set_shapes.hpp>

namespace postel::detail {

/// 64-bit ARM: two look-ups of 16 entries find any set of ASCII octets.
struct neon_runs {
    using vector = uint8x16_t;
    static constexpr unsigned stride = 4;  // there is no instruction that gathers one bit of each

    static vector load(char const* p) { return vld1q_u8(reinterpret_cast<std::uint8_t const*>(p)); }
    static vector least(vector v, vector w) { return vminq_u8(v, w); }
    static std::uint64_t bits_of(vector v, char c) {
        return bits(vceqq_u8(v, vdupq_n_u8(static_cast<std::uint8_t>(c))));
    }
    template <char_set const& Set>
    static std::uint64_t bits_outside(vector v) {
        if constexpr (Set('\x80')) return ~bits_outside<others<Set>>(v);
        auto const row = vqtbl1q_u8(vld1q_u8(set_nibbles<Set>.data()), vandq_u8(v, vdupq_n_u8(15)));
        auto const bit = vqtbl1q_u8(vld1q_u8(nibble_bits.data()), vshrq_n_u8(v, 4));
        return ~bits(vtstq_u8(row, bit));
    }
    template <char_set const& Set>
    static std::uint64_t bits_inside(vector v) {
        return ~bits_outside<Set>(v);
    }

private:
    static std::uint64_t bits(vector v) {
        return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(v), 4)), 0);
    }
};

}  // namespace postel::detail

#endif
