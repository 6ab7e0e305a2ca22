#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/detail/scan_scalar.hpp>
#include <string_view>

/// The kernels for machines that compare many octets at once, written once. `Lanes` says how:
///
///   vector            `width` octets
///   load(p), store(p, v)   from and to any address
///   equals(v, c)      all bits of an octet where it is c, none elsewhere
///   either, both, one_of   bit by bit: or, and, exclusive or
///   least(a, b)       the smaller of each two octets, without sign
///   any(v)            whether an octet of such a vector is not 0
///   first(v), last(v) the first and the last that is not; there is one
///   any_high(v), any_high(v, n)   whether an octet, or one of the first n, is above 127
///
/// Nothing is read in front of `in` or behind it.
namespace postel::detail::lanes {

// What `width` octets or more show.
template <class Lanes>
struct glance {
    using vector = typename Lanes::vector;
    vector odd;   // not 0 where an octet stands for a fault
    vector low;   // 0 where there is a NUL: the smallest of all octets seen
    vector high;  // above 127 where there is such an octet

    [[nodiscard]] vector faults() const { return Lanes::either(odd, Lanes::equals(low, '\0')); }
    friend glance operator|(glance a, glance b) {
        return {Lanes::either(a.odd, b.odd), Lanes::least(a.low, b.low),
                Lanes::either(a.high, b.high)};
    }
};

// An octet stands for a fault where it is a NUL; a CR without LF behind it; whatever is in front of
// an LF without being CR; or a CR with LF and a dot behind it. So two octets behind it are read.
template <class Lanes, std::size_t Count, class Also>
[[nodiscard]] inline glance<Lanes> look(char const* p, Also& also) {
    if constexpr (Count == 1) {
        auto const here = Lanes::load(p);
        also.at(p, here);
        auto const cr = Lanes::equals(here, '\r');
        auto const lf = Lanes::equals(Lanes::load(p + 1), '\n');
        auto const dot = Lanes::equals(Lanes::load(p + 2), '.');
        return {Lanes::either(Lanes::one_of(cr, lf), Lanes::both(cr, dot)), here, here};
    } else {
        auto const front = look<Lanes, Count / 2>(p, also);
        return front | look<Lanes, Count / 2>(p + Count / 2 * Lanes::width, also);
    }
}

// What a pass over content does beside looking: with every vector it looks at, with those that turn
// out to be clean, with a first vector of which only the first octets are, and with octets that
// were not looked at as a vector.
template <class Lanes>
struct nothing {
    using vector = typename Lanes::vector;
    void at(char const*, vector) {}
    void passed(vector) {}
    void passed(vector, std::size_t) {}
    void few(std::string_view) {}
};
template <class Lanes>
struct noticing : nothing<Lanes> {
    using vector = typename Lanes::vector;
    void passed(vector octets) { high = Lanes::either(high, octets); }
    void passed(vector octets, std::size_t count) { one_high = Lanes::any_high(octets, count); }
    void few(std::string_view octets) { one_high = scalar::has_eight_bit(octets); }
    [[nodiscard]] bool eight_bit() const { return one_high || Lanes::any_high(high); }

    vector high = Lanes::load(zeros.data());
    bool one_high = false;
    static constexpr std::array<char, Lanes::width> zeros{};
};
template <class Lanes>
struct copying : noticing<Lanes> {
    copying(char const* in, char* out) : from(in), to(out) {}
    void at(char const* p, typename Lanes::vector octets) { Lanes::store(to + (p - from), octets); }
    void few(std::string_view octets) {
        noticing<Lanes>::few(octets);
        for (std::size_t i = 0; i != octets.size(); ++i) to[i] = octets[i];
    }

    char const* from;
    char* to;
};

// The octet that is meant by a fault at `at`.
[[nodiscard]] inline std::size_t meant(std::string_view in, std::size_t at) {
    return in[at] == '\r' || in[at] == '\0' ? at : at + 1;
}

// `in` has two octets more than a vector, or more.
template <class Lanes, class Also>
[[nodiscard]] inline std::size_t clean_vectors(std::string_view in, Also& also) {
    constexpr auto width = Lanes::width;
    constexpr std::size_t many = 8;
    auto const* const p = in.data();
    auto const last = in.size() - 2 - width;  // where a vector still has two octets behind it
    // One vector first, for dots and short lines; then many at a time, few of which lie across two
    // cache lines; then one by one.
    auto const start = look<Lanes, 1>(p, also);
    if (Lanes::any(start.faults())) return meant(in, Lanes::first(start.faults()));
    also.passed(start.high);
    std::size_t at = width - reinterpret_cast<std::uintptr_t>(p) % width;
    for (; at + (many - 1) * width <= last; at += many * width) {
        auto const all = look<Lanes, many>(p + at, also);
        if (Lanes::any(all.faults())) break;
        also.passed(all.high);
    }
    for (; at < last + width; at += width) {
        if (at > last) at = last;
        auto const one = look<Lanes, 1>(p + at, also);
        if (Lanes::any(one.faults())) return meant(in, at + Lanes::first(one.faults()));
        also.passed(one.high);
    }
    // Two octets are left, and the first may be the LF of a CR LF.
    at = in.size() - 2;
    if (in[at] == '\n') ++at;
    return at + scalar::clean_prefix(in.substr(at));
}

template <class Lanes, class Also>
[[nodiscard]] inline std::size_t clean_prefix(std::string_view in, Also& also) {
    constexpr auto width = Lanes::width;
    // An LF in front is the only octet that no octet stands for.
    bool const by_one = in.size() < width + 2 || in.front() == '\n';
    auto const length = by_one ? scalar::clean_prefix(in) : clean_vectors<Lanes>(in, also);
    if (by_one) {
        also.few(in.substr(0, length));
    } else if (length < width) {
        also.passed(Lanes::load(in.data()), length);
    } else {  // the last vector is clean, whatever of it was seen before
        auto const* const p = in.data() + length - width;
        auto const octets = Lanes::load(p);
        also.at(p, octets);
        also.passed(octets);
    }
    return length;
}

template <class Lanes>
[[nodiscard]] inline std::size_t clean_prefix(std::string_view in) {
    nothing<Lanes> also;
    return clean_prefix<Lanes>(in, also);
}
template <class Lanes>
[[nodiscard]] inline clean_text clean_text_of(std::string_view in) {
    noticing<Lanes> also;
    auto const length = clean_prefix<Lanes>(in, also);
    return {length, also.eight_bit()};
}
template <class Lanes>
[[nodiscard]] inline clean_text copy_clean_text(std::string_view in, char* out) {
    copying<Lanes> also{in.data(), out};
    auto const length = clean_prefix<Lanes>(in, also);
    return {length, also.eight_bit()};
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

template <class Lanes>
[[nodiscard]] inline std::size_t find_last_lf(std::string_view in) {
    auto end = in.size();
    for (; end >= Lanes::width; end -= Lanes::width) {
        auto const from = end - Lanes::width;
        auto const lf = Lanes::equals(Lanes::load(in.data() + from), '\n');
        if (Lanes::any(lf)) return from + Lanes::last(lf);
    }
    return scalar::find_last_lf(in.substr(0, end));
}

template <class Lanes>
inline constexpr std::size_t block = 4 * Lanes::width;

template <class Lanes>
[[nodiscard]] inline bool has_lf(char const* p) {
    auto const lf = [p](std::size_t i) {
        return Lanes::equals(Lanes::load(p + i * Lanes::width), '\n');
    };
    return Lanes::any(Lanes::either(Lanes::either(lf(0), lf(1)), Lanes::either(lf(2), lf(3))));
}

// The start of the last block in `in`, counted from behind, that holds an LF; 0 if there is none,
// or it is the first.
template <class Lanes>
[[nodiscard]] inline std::size_t last_block_with_lf(std::string_view in) {
    auto at = in.size();
    while (at > block<Lanes>) {
        at -= block<Lanes>;
        if (has_lf<Lanes>(in.data() + at)) return at;
    }
    return 0;
}

// A line end somewhere in the next `limit` octets will do, and its block is enough to know: the
// next line starts behind the start of the block, and is looked at from there, so the place where
// to look next never waits for where in its block the LF was found. Where that may be too early by
// a few octets it is made exact.
template <class Lanes>
[[nodiscard]] inline std::size_t find_long_line(std::string_view in, std::size_t limit) {
    for (std::size_t start = 0; in.size() - start >= limit;) {
        auto const window = in.substr(start, limit);
        if (auto const skip = last_block_with_lf<Lanes>(window); skip != 0) {
            start += skip;
        } else {
            auto const lf = find_last_lf<Lanes>(window);
            if (lf == window.npos) return start + limit - 1;
            start += lf + 1;
        }
    }
    return in.npos;
}

}  // namespace postel::detail::lanes
