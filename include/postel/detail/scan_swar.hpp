#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <postel/detail/scan_scalar.hpp>
#include <string_view>

namespace postel::detail {

/// The kernels for machines without vectors: 8 octets at a time by arithmetic, in either order of
/// octets.
class word_scan {
public:
    [[nodiscard]] static std::size_t clean_prefix(std::string_view in) {
        std::size_t at = 0;
        for (;;) {
            while (in.size() - at >= 8 && !any_control(load(in.data() + at))) at += 8;
            while (at != in.size() && !scalar::matters_in_content(in[at])) {
                ++at;
                if (at % 8 == 0) break;
            }
            if (at == in.size()) return at;
            if (!scalar::matters_in_content(in[at])) continue;
            bool const line_ends = in.size() - at >= 3 && in[at] == '\r' && in[at + 1] == '\n';
            if (!line_ends || in[at + 2] == '.') return at;
            at += 2;
        }
    }

    [[nodiscard]] static bool has_eight_bit(std::string_view in) {
        std::uint64_t all = 0;
        std::size_t at = 0;
        for (; in.size() - at >= 8; at += 8) all |= load(in.data() + at);
        return (all & highs) != 0 || scalar::has_eight_bit(in.substr(at));
    }

    [[nodiscard]] static clean_text clean_text_of(std::string_view in) {
        auto const length = clean_prefix(in);
        return {length, has_eight_bit(in.substr(0, length))};
    }

    [[nodiscard]] static clean_text copy_clean_text(std::string_view in, char* out) {
        auto const clean = clean_text_of(in);
        std::memcpy(out, in.data(), clean.length);
        return clean;
    }

    [[nodiscard]] static std::size_t find_last_lf(std::string_view in) {
        return scalar::find_last_lf(in);
    }
    [[nodiscard]] static std::size_t find_long_line(std::string_view in, std::size_t limit) {
        return scalar::find_long_line(in, limit);
    }

private:
    static constexpr std::uint64_t ones = 0x0101010101010101;
    static constexpr std::uint64_t highs = 0x80 * ones;

    [[nodiscard]] static std::uint64_t load(char const* p) {
        std::uint64_t word;
        std::memcpy(&word, p, sizeof word);
        return word;
    }

    // True if an octet is below 14: CR, LF, NUL or one of their neighbours.
    [[nodiscard]] static bool any_control(std::uint64_t word) {
        return ((word - 14 * ones) & ~word & highs) != 0;
    }
};

}  // namespace postel::detail
