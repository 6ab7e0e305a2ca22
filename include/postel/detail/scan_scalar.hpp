#pragma once

#include <cstddef>
#include <string_view>

/// The reference kernels: one octet at a time, usable in constant expressions. Every other kernel
/// is compared with them. What the functions mean stands in scan.hpp.
namespace postel::detail {

/// A run of message content in which no rule changes anything.
struct clean_text {
    std::size_t length = 0;
    bool eight_bit = false;  ///< an octet of it is above 127

    friend bool operator==(clean_text const&, clean_text const&) = default;
};

}  // namespace postel::detail

namespace postel::detail::scalar {

[[nodiscard]] constexpr std::size_t find_crlf(std::string_view in) {
    for (std::size_t lf = in.find('\n'); lf != in.npos; lf = in.find('\n', lf + 1))
        if (lf != 0 && in[lf - 1] == '\r') return lf - 1;
    return in.npos;
}

// CR, LF or NUL; the first comparison settles almost every octet of a message.
[[nodiscard]] constexpr bool matters_in_content(char c) {
    return static_cast<unsigned char>(c) <= '\r' && (c == '\r' || c == '\n' || c == '\0');
}

[[nodiscard]] constexpr std::size_t clean_prefix(std::string_view in) {
    std::size_t i = 0;
    for (;;) {
        while (i < in.size() && !matters_in_content(in[i])) ++i;
        bool const line_ends = in.size() - i >= 3 && in[i] == '\r' && in[i + 1] == '\n';
        if (!line_ends || in[i + 2] == '.') return i;
        i += 2;
    }
}

[[nodiscard]] constexpr bool has_eight_bit(std::string_view in) {
    unsigned char all = 0;
    for (char const c : in) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
    return all > 127;
}

[[nodiscard]] constexpr clean_text clean_text_of(std::string_view in) {
    auto const length = clean_prefix(in);
    return {length, has_eight_bit(in.substr(0, length))};
}

[[nodiscard]] constexpr clean_text copy_clean_text(std::string_view in, char* out) {
    auto const clean = clean_text_of(in);
    for (std::size_t i = 0; i != clean.length; ++i) out[i] = in[i];
    return clean;
}

[[nodiscard]] constexpr std::size_t find_last_lf(std::string_view in) {
    return in.rfind('\n');
}

[[nodiscard]] constexpr std::size_t find_long_line(std::string_view in, std::size_t limit) {
    std::size_t start = 0;
    while (in.size() - start >= limit) {
        auto const lf = in.substr(start, limit).rfind('\n');
        if (lf == in.npos) return start + limit - 1;
        start += lf + 1;
    }
    return in.npos;
}

}  // namespace postel::detail::scalar
