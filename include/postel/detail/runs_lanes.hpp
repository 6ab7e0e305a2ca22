#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/detail/runs_scalar.hpp>
#include <string_view>

/// The kernels for machines that compare 16 octets at once, written once. `Lanes` says how:
///
///   load(p)                16 octets from any address
///   bits_of(v, c)          `stride` bits of one integer for each octet, all set where it is c
///   bits_inside<Set>(v)    the same where it is in the set
///   bits_outside<Set>(v)   the same where it is not
///
/// Nothing is read beyond the text: a vector that would reach over its end is taken from further in
/// front instead, and what stands there is shifted out. Only a text below 16 octets has no room.
namespace postel::detail::lanes {

inline constexpr std::size_t run_width = 16;

// The octet to which the lowest bit belongs; there is one.
template <class Lanes>
[[nodiscard]] inline std::size_t first_octet(std::uint64_t bits) {
    return static_cast<std::size_t>(std::countr_zero(bits)) / Lanes::stride;
}

template <class Lanes, char_set const& Set>
[[nodiscard]] inline std::size_t run_end(std::string_view text, std::size_t from) {
    if (text.size() < run_width) return scalar::run_end<Set>(text, from);
    auto const* const p = text.data();
    for (; text.size() - from >= run_width; from += run_width)
        if (auto const outside = Lanes::template bits_outside<Set>(Lanes::load(p + from));
            outside != 0)
            return from + first_octet<Lanes>(outside);
    if (from == text.size()) return from;
    auto const last = text.size() - run_width;
    auto const outside =
        Lanes::template bits_outside<Set>(Lanes::load(p + last)) >> (from - last) * Lanes::stride;
    return outside == 0 ? text.size() : from + first_octet<Lanes>(outside);
}

// Each vector begins with the last octet of the one before, so that all neighbours meet in one.
template <class Lanes, char_set const& Set, char_set const& Joints>
[[nodiscard]] inline std::size_t dotted_end(std::string_view text, std::size_t from) {
    if (text.size() < run_width) return scalar::dotted_end<Set, Joints>(text, from);
    auto const* const p = text.data();
    if (from == text.size() || Joints(p[from])) return from;
    for (auto at = from;;) {
        auto const start = std::min(at, text.size() - run_width);
        auto const skip = (at - start) * Lanes::stride;
        auto const v = Lanes::load(p + start);
        auto const dots = Lanes::bits_of(v, '.');
        auto const joints = Lanes::template bits_inside<Joints>(v);
        auto const pairs = (dots & joints >> Lanes::stride) | (joints & dots >> Lanes::stride);
        auto const faults = pairs >> skip;
        auto const outside = Lanes::template bits_outside<Set>(v) >> skip;
        auto const length = outside == 0 ? start + run_width - at : first_octet<Lanes>(outside);
        if (length == 0 || (faults != 0 && first_octet<Lanes>(faults) + 1 < length)) return from;
        at += length;
        if (outside != 0 || at == text.size()) return Joints(p[at - 1]) ? from : at;
        --at;
    }
}

}  // namespace postel::detail::lanes
