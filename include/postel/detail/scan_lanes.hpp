#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <postel/detail/scan_scalar.hpp>
#include <string_view>
#include <utility>

namespace postel::detail {

/// The kernels for machines that compare many octets at once, written once. `Lanes` says how:
///
///   vector            `width` octets
///   load(p), store(p, v)   from and to any address
///   load_aligned(p)   from an address that `width` divides
///   equals(v, c)      all bits of an octet where it is c, none elsewhere
///   either, both, one_of   bit by bit: or, and, exclusive or
///   least(a, b)       the smaller of each two octets, without sign
///   any(v)            whether an octet of such a vector is not 0
///   first(v), last(v) the first and the last that is not; there is one
///   any_high(v)       whether an octet is above 127
///
/// Nothing is read in front of `in` or behind it. What is gathered of many vectors is gathered in
/// values of a function's own, which the compiler keeps in registers: it cannot where a store to
/// `out` might change them.
template <class Lanes>
class vector_scan {
    using vector = typename Lanes::vector;
    static constexpr auto width = Lanes::width;

public:
    [[nodiscard]] static std::size_t clean_prefix(std::string_view in) {
        if (by_octet(in)) return scalar::clean_prefix(in);
        return clean_vectors(in, nothing{}).length;
    }
    [[nodiscard]] static clean_text clean_text_of(std::string_view in) {
        if (by_octet(in)) return scalar::clean_text_of(in);
        return clean_vectors(in, noticing{Lanes::load(in.data())});
    }
    [[nodiscard]] static clean_text copy_clean_text(std::string_view in, char* out) {
        if (by_octet(in)) return scalar::copy_clean_text(in, out);
        return clean_vectors(in, copying{{Lanes::load(in.data())}, out});
    }

    [[nodiscard]] static bool has_eight_bit(std::string_view in) {
        if (in.size() < width) return scalar::has_eight_bit(in);
        auto const last = in.size() - width;
        for (std::size_t at = 0; at < last; at += width)
            if (Lanes::any_high(Lanes::load(in.data() + at))) return true;
        return Lanes::any_high(Lanes::load(in.data() + last));
    }

    [[nodiscard]] static std::size_t find_last_lf(std::string_view in) {
        auto end = in.size();
        for (; end >= width; end -= width) {
            auto const lf = Lanes::equals(Lanes::load(in.data() + end - width), '\n');
            if (Lanes::any(lf)) return end - width + Lanes::last(lf);
        }
        return scalar::find_last_lf(in.substr(0, end));
    }

    // A line end somewhere in the next `limit` octets will do, and its block is enough to know: the
    // next line starts behind the start of the block, and is looked at from there, so the place
    // where to look next never waits for where in its block the LF was found. Where that may be too
    // early by a few octets it is made exact.
    [[nodiscard]] static std::size_t find_long_line(std::string_view in, std::size_t limit) {
        for (std::size_t start = 0; in.size() - start >= limit;) {
            auto const window = in.substr(start, limit);
            if (auto const skip = last_block_with_lf(window); skip != 0) {
                start += skip;
            } else {
                auto const lf = find_last_lf(window);
                if (lf == window.npos) return start + limit - 1;
                start += lf + 1;
            }
        }
        return in.npos;
    }

private:
    // What vectors show.
    struct glance {
        vector odd;  // not 0 where an octet stands for a fault
        vector low;  // 0 where there is a NUL: the smallest of all octets seen

        [[nodiscard]] vector faults() const { return Lanes::either(odd, Lanes::equals(low, '\0')); }
        friend glance operator|(glance a, glance b) {
            return {Lanes::either(a.odd, b.odd), Lanes::least(a.low, b.low)};
        }
    };

    // What a pass over content does beside looking.
    struct nothing {
        void at(std::size_t, vector) {}
        [[nodiscard]] bool eight_bit() const { return false; }
    };
    struct noticing {
        void at(std::size_t, vector octets) { high = Lanes::either(high, octets); }
        [[nodiscard]] bool eight_bit() const { return Lanes::any_high(high); }

        vector high;
    };
    struct copying : noticing {
        void at(std::size_t at, vector octets) {
            noticing::at(at, octets);
            Lanes::store(out + at, octets);
        }

        char* out;
    };

    // Too short for a vector and two octets behind it, or with an LF in front, which is the only
    // octet that no octet stands for.
    [[nodiscard]] static bool by_octet(std::string_view in) {
        return in.size() < width + 2 || in.front() == '\n';
    }

    // An octet stands for a fault where it is a NUL; a CR without LF behind it; whatever is in
    // front of an LF without being CR; or a CR with LF and a dot behind it. So two octets behind it
    // are read.
    template <class Also>
    [[nodiscard]] static glance look(char const* in, std::size_t at, vector here, Also& also) {
        also.at(at, here);
        auto const cr = Lanes::equals(here, '\r');
        auto const lf = Lanes::equals(Lanes::load(in + at + 1), '\n');
        auto const dot = Lanes::equals(Lanes::load(in + at + 2), '.');
        return {Lanes::either(Lanes::one_of(cr, lf), Lanes::both(cr, dot)), here};
    }
    template <class Also>
    [[nodiscard]] static glance look(char const* in, std::size_t at, Also& also) {
        return look(in, at, Lanes::load(in + at), also);
    }
    // The same for a vector from an aligned address, and for several of them.
    template <class Also>
    [[nodiscard]] static glance look_aligned(char const* in, std::size_t at, Also& also) {
        return look(in, at, Lanes::load_aligned(in + at), also);
    }
    template <class Also, std::size_t... Behind>
    [[nodiscard]] static glance look_aligned(char const* in, std::size_t at, Also& also,
                                             std::index_sequence<Behind...>) {
        auto all = look_aligned(in, at, also);
        ((all = all | look_aligned(in, at + (Behind + 1) * width, also)), ...);
        return all;
    }

    // The octet that is meant by a fault at `at`.
    [[nodiscard]] static std::size_t meant(std::string_view in, std::size_t at) {
        return in[at] == '\r' || in[at] == '\0' ? at : at + 1;
    }

    // Where the last vector of the clean octets reaches over what was looked at, it is clean all
    // the same. What was seen may be behind the fault.
    template <class Also>
    [[nodiscard]] static clean_text found(std::string_view in, std::size_t length, Also also) {
        if (length >= width) also.at(length - width, Lanes::load(in.data() + length - width));
        return {length, also.eight_bit() && has_eight_bit(in.substr(0, length))};
    }

    // `in` has two octets more than a vector, or more.
    template <class Also>
    [[nodiscard]] static clean_text clean_vectors(std::string_view in, Also also) {
        constexpr std::size_t many = 8;
        auto const* const p = in.data();
        auto const last = in.size() - 2 - width;  // where a vector still has two octets behind it
        // One vector first, for dots and short lines; then many at a time, few of which lie across
        // two cache lines; then one by one.
        auto const start = look(p, 0, also).faults();
        if (Lanes::any(start)) return found(in, meant(in, Lanes::first(start)), also);
        std::size_t at = width - reinterpret_cast<std::uintptr_t>(p) % width;
        for (auto times = (last + width - at) / (many * width); times != 0; --times) {
            auto const all = look_aligned(p, at, also, std::make_index_sequence<many - 1>{});
            if (Lanes::any(all.faults())) break;
            at += many * width;
        }
        for (; at < last + width; at += width) {
            at = std::min(at, last);
            auto const one = look(p, at, also).faults();
            if (Lanes::any(one)) return found(in, meant(in, at + Lanes::first(one)), also);
        }
        // Two octets are left, and the first may be the LF of a CR LF.
        at = in.size() - 2;
        if (in[at] == '\n') ++at;
        return found(in, at + scalar::clean_prefix(in.substr(at)), also);
    }

    static constexpr std::size_t block = 4 * width;

    [[nodiscard]] static bool has_lf(char const* p) {
        auto const lf = [p](std::size_t i) {
            return Lanes::equals(Lanes::load(p + i * width), '\n');
        };
        return Lanes::any(Lanes::either(Lanes::either(lf(0), lf(1)), Lanes::either(lf(2), lf(3))));
    }

    // The start of the last block in `in`, counted from behind, that holds an LF; 0 if there is
    // none, or it is the first.
    [[nodiscard]] static std::size_t last_block_with_lf(std::string_view in) {
        auto at = in.size();
        while (at > block) {
            at -= block;
            if (has_lf(in.data() + at)) return at;
        }
        return 0;
    }
};

}  // namespace postel::detail
