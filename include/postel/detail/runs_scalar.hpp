#pragma once

#include <cstddef>
#include <postel/ascii.hpp>
#include <string_view>

/// The reference: one octet at a time, usable in constant expressions. It is also the loop of
/// machines without vectors, and of texts that are shorter than a vector. What the functions mean
/// stands in runs.hpp.
namespace postel::detail::scalar {

[[nodiscard]] constexpr std::size_t run_end(std::string_view text, std::size_t from,
                                            char_set const& set) {
    auto const* const p = text.data();
    while (from != text.size() && set(p[from])) ++from;
    return from;
}
template <char_set const& Set>
[[nodiscard]] constexpr std::size_t run_end(std::string_view text, std::size_t from) {
    return run_end(text, from, Set);
}

[[nodiscard]] constexpr bool any_below_space(std::string_view text) {
    for (char const c : text)
        if (static_cast<unsigned char>(c) < ' ') return true;
    return false;
}

template <char_set const& Set, char_set const& Joints>
[[nodiscard]] constexpr std::size_t dotted_end(std::string_view text, std::size_t from) {
    char before = '.';
    auto at = from;
    for (; at != text.size() && Set(text[at]); before = text[at++])
        if (text[at] == '.' ? Joints(before) : before == '.' && Joints(text[at])) return from;
    return Joints(before) ? from : at;
}

}  // namespace postel::detail::scalar
