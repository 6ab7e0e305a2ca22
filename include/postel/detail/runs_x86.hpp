#pragma once

#if defined(__SSE2__) || defined(_M_X64)  // elsewhere there is nothing in here

#include <emmintrin.h>
#if defined(__SSSE3__)
#include <tmmintrin.h>
#endif

#include <cstddef>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/detail/set_shapes.hpp>
#include <utility>

namespace postel::detail {

/// Every x86-64: a set is a few ranges, and two instructions find the octets in one.
struct sse2_runs {
    using vector = __m128i;
    static constexpr unsigned stride = 1;

    static vector load(char const* p) {
        return _mm_loadu_si128(reinterpret_cast<__m128i const*>(p));
    }
    static vector least(vector v, vector w) { return _mm_min_epu8(v, w); }
    static std::uint64_t bits_of(vector v, char c) { return bits(equals(v, c)); }
    template <char_set const& Set>
    static std::uint64_t bits_outside(vector v) {
        if constexpr (Set('\x80'))
            return bits_inside<others<Set>>(v);
        else
            return bits_inside<Set>(v) ^ 0xFFFF;
    }
    template <char_set const& Set>
    static std::uint64_t bits_inside(vector v) {
        return [v]<std::size_t... I>(std::index_sequence<I...>) {
            constexpr auto const& ranges = set_ranges<Set>;
            auto found = within<ranges[0].first, ranges[0].last>(v);
            ((found = _mm_or_si128(found, within<ranges[I + 1].first, ranges[I + 1].last>(v))),
             ...);
            return bits(found);
        }
        (std::make_index_sequence<set_ranges<Set>.size() - 1>{});
    }

private:
    static vector equals(vector v, char c) { return _mm_cmpeq_epi8(v, _mm_set1_epi8(c)); }
    static std::uint64_t bits(vector v) { return static_cast<std::uint32_t>(_mm_movemask_epi8(v)); }
    // Octets are compared with their sign, so the range is moved to the top of those first.
    template <std::uint8_t First, std::uint8_t Last>
    static vector within(vector v) {
        if constexpr (First == Last) {
            return equals(v, static_cast<char>(First));
        } else {
            auto const moved = _mm_add_epi8(v, _mm_set1_epi8(static_cast<char>(127 - Last)));
            return _mm_cmpgt_epi8(moved, _mm_set1_epi8(static_cast<char>(126 - (Last - First))));
        }
    }
};

#if defined(__SSSE3__)
/// From x86-64-v2 on: two look-ups of 16 entries find any set of ASCII octets.
struct ssse3_runs : sse2_runs {
    template <char_set const& Set>
    static std::uint64_t bits_outside(vector v) {
        if constexpr (Set('\x80')) return bits_outside<others<Set>>(v) ^ 0xFFFF;
        auto const upper = _mm_and_si128(_mm_srli_epi16(v, 4), _mm_set1_epi8(15));
        auto const row = _mm_shuffle_epi8(table(set_nibbles<Set>), v);  // none above ASCII
        auto const hit = _mm_and_si128(row, _mm_shuffle_epi8(table(nibble_bits), upper));
        return bits_of(hit, 0);
    }

private:
    static vector table(std::array<std::uint8_t, 16> const& entries) {
        return _mm_loadu_si128(reinterpret_cast<__m128i const*>(entries.data()));
    }
};
#endif

}  // namespace postel::detail

#endif
