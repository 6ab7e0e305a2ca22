#pragma once

#include <cstddef>
#include <postel/ascii.hpp>
#include <postel/detail/runs_lanes.hpp>
#include <postel/detail/runs_neon.hpp>
#include <postel/detail/runs_scalar.hpp>
#include <postel/detail/runs_x86.hpp>
#include <string_view>
#include <type_traits>

/// How far octets of one set reach: the loops of the grammar, 16 octets at a time. What the
/// compiler targets decides which kernel it is, as in scan.hpp.
namespace postel {

namespace detail {
#if defined(__SSSE3__)
using run_lanes = ssse3_runs;
#elif defined(__SSE2__) || defined(_M_X64)
using run_lanes = sse2_runs;
#elif defined(__aarch64__) && defined(__ARM_NEON)
using run_lanes = neon_runs;
#else
using run_lanes = void;  // octet by octet
#endif
}  // namespace detail

/// The first octet at or behind `from` that is not in the set; the length of the text where all
/// are.
///
/// Set      All octets above 127 are in it, or none.
/// cost     One pass over the run and at most 15 octets behind it, none of them beyond the text.
template <char_set const& Set>
[[nodiscard]] constexpr std::size_t run_end(std::string_view text, std::size_t from) {
    if constexpr (!std::is_void_v<detail::run_lanes>)
        if (!std::is_constant_evaluated())
            return detail::lanes::run_end<detail::run_lanes, Set>(text, from);
    return detail::scalar::run_end<Set>(text, from);
}

/// The same for words with single dots between them.
///
/// Set      Octets of words, and the dot. None above 127.
/// Joints   Octets of Set, the dot among them, that stand neither first nor last in a word.
/// returns  `from` where the run is empty, begins or ends with a joint, or has a dot beside a
///          joint: then the rule itself has to say what is wrong.
template <char_set const& Set, char_set const& Joints>
[[nodiscard]] constexpr std::size_t dotted_end(std::string_view text, std::size_t from) {
    if constexpr (!std::is_void_v<detail::run_lanes>)
        if (!std::is_constant_evaluated())
            return detail::lanes::dotted_end<detail::run_lanes, Set, Joints>(text, from);
    return detail::scalar::dotted_end<Set, Joints>(text, from);
}

/// Some octet is below the space: a C0 control.
///
/// cost     One pass, nothing beyond the text.
[[nodiscard]] constexpr bool any_below_space(std::string_view text) {
    if constexpr (!std::is_void_v<detail::run_lanes>)
        if (!std::is_constant_evaluated())
            return detail::lanes::any_below_space<detail::run_lanes>(text);
    return detail::scalar::any_below_space(text);
}

}  // namespace postel
