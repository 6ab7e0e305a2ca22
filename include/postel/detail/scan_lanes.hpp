#pragma once

#include <cstddef>
#include <postel/detail/scan_scalar.hpp>
#include <string_view>

/// The kernels for machines that compare many octets at once, written once. `Lanes` says how:
///
///   vector            `width` octets
///   load(p)           from any address
///   equals(v, c)      all bits of an octet where it is c, none elsewhere
///   either, both, one_of   bit by bit: or, and, exclusive or
///   any(v)            whether an octet of such a vector is not 0
///   first(v)          the first that is not; there is one
///   any_high(v)       whether an octet is above 127
///
/// Nothing is read in front of `in` or behind it.
namespace postel::detail::lanes {

// An octet stands for a fault where it is a NUL; a CR without LF behind it; whatever is in front of
// an LF without being CR; or a CR with LF and a dot behind it. So two octets behind it are read.
template <class Lanes>
[[nodiscard]] inline typename Lanes::vector faults(char const* at) {
    auto const here = Lanes::load(at);
    auto const cr = Lanes::equals(here, '\r');
    auto const lf = Lanes::equals(Lanes::load(at + 1), '\n');
    auto const dot = Lanes::equals(Lanes::load(at + 2), '.');
    auto const odd = Lanes::either(Lanes::one_of(cr, lf), Lanes::equals(here, '\0'));
    return Lanes::either(odd, Lanes::both(cr, dot));
}

// The octet that is meant by a fault at `at`.
[[nodiscard]] inline std::size_t meant(std::string_view in, std::size_t at) {
    return in[at] == '\r' || in[at] == '\0' ? at : at + 1;
}

template <class Lanes>
[[nodiscard]] inline std::size_t clean_prefix(std::string_view in) {
    constexpr auto width = Lanes::width;
    if (in.size() < width + 2) return scalar::clean_prefix(in);
    if (in.front() == '\n') return 0;  // the only octet that no octet stands for
    auto const* const p = in.data();
    auto const last = in.size() - 2 - width;  // where a vector still has two octets behind it
    std::size_t at = 0;
    // One vector first, for dots and short lines, then four at a time, then one by one.
    if (auto const found = faults<Lanes>(p); Lanes::any(found))
        return meant(in, Lanes::first(found));
    for (at = width; at + 3 * width <= last; at += 4 * width) {
        auto const front = Lanes::either(faults<Lanes>(p + at), faults<Lanes>(p + at + width));
        auto const back =
            Lanes::either(faults<Lanes>(p + at + 2 * width), faults<Lanes>(p + at + 3 * width));
        if (Lanes::any(Lanes::either(front, back))) break;
    }
    for (; at < last + width; at += width) {
        if (at > last) at = last;
        auto const found = faults<Lanes>(p + at);
        if (Lanes::any(found)) return meant(in, at + Lanes::first(found));
    }
    // Two octets are left, and the first may be the LF of a CR LF.
    at = in.size() - 2;
    if (in[at] == '\n') ++at;
    return at + scalar::clean_prefix(in.substr(at));
}

template <class Lanes>
[[nodiscard]] inline bool has_eight_bit(std::string_view in) {
    constexpr auto width = Lanes::width;
    if (in.size() < width) return scalar::has_eight_bit(in);
    auto const* const p = in.data();
    auto const last = in.size() - width;
    auto all = Lanes::load(p + last);
    for (std::size_t at = 0; at < last; at += width) all = Lanes::either(all, Lanes::load(p + at));
    return Lanes::any_high(all);
}

}  // namespace postel::detail::lanes
