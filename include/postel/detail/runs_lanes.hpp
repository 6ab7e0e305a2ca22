#pragma once

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
///   least(v, w)            the smaller one of each pair
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

inline constexpr char_set below_space = char_set::range(0, 31);

// The least octet at each place of all vectors says it for all of them; the last overlaps.
template <class Lanes>
[[nodiscard]] inline bool any_below_space(std::string_view text) {
    if (text.size() < run_width) return scalar::any_below_space(text);
    auto const* const p = text.data();
    auto const last = text.size() - run_width;
    auto least = Lanes::load(p + last);
    for (std::size_t at = 0; at < last; at += run_width)
        least = Lanes::least(least, Lanes::load(p + at));
    return Lanes::template bits_inside<below_space>(least) != 0;
}

// No joint stands beside a dot. What is in front of the first octet, and the first octet outside,
// count as dots and joints too, so that no joint is first or last.
template <class Lanes, char_set const& Set, char_set const& Joints>
[[nodiscard]] inline std::size_t dotted_end(std::string_view text, std::size_t from) {
    if (text.size() < run_width) return scalar::dotted_end<Set, Joints>(text, from);
    constexpr auto last_octet = (run_width - 1) * Lanes::stride;
    constexpr auto one_octet = (std::uint64_t{1} << Lanes::stride) - 1;
    auto dot_before = one_octet;
    auto joint_before = one_octet;
    for (auto at = from; at != text.size(); at += run_width) {
        auto const left = text.size() - at;
        auto const start = left < run_width ? text.size() - run_width : at;
        auto const v = Lanes::load(text.data() + start);
        auto outside = Lanes::template bits_outside<Set>(v);
        auto dots = Lanes::bits_of(v, '.');
        auto joints = Lanes::template bits_inside<Joints>(v);
        if (left < run_width) {  // the end of the text is the first octet outside
            auto const skip = (run_width - left) * Lanes::stride;
            outside = outside >> skip | one_octet << left * Lanes::stride;
            dots >>= skip;
            joints >>= skip;
        }
        auto const behind_dot = dots << Lanes::stride | dot_before;
        auto const behind_joint = joints << Lanes::stride | joint_before;
        auto const faults = (behind_dot & joints) | (behind_joint & (dots | outside));
        // As far as the first octet outside, this one included.
        if ((faults & (outside ^ (outside - 1))) != 0) return from;
        if (outside != 0) return at + first_octet<Lanes>(outside);
        dot_before = dots >> last_octet;
        joint_before = joints >> last_octet;
    }
    return joint_before == 0 ? text.size() : from;
}

}  // namespace postel::detail::lanes
