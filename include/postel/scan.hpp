#pragma once

#include <cstddef>
#include <postel/detail/scan_scalar.hpp>
#include <string_view>
#include <type_traits>

#if defined(__AVX2__)
#include <postel/detail/scan_avx2.hpp>
#elif defined(__SSE2__) || defined(_M_X64)
#include <postel/detail/scan_sse2.hpp>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <postel/detail/scan_neon.hpp>
#else
#include <postel/detail/scan_swar.hpp>
#endif

/// The loops over long runs of octets, each behind one function, so that a faster kernel can take
/// its place without a change above. What the compiler targets decides which it is; all parts of a
/// program have to be compiled for the same target, as with every inline function.
namespace postel {

namespace detail {
#if defined(__AVX2__)
namespace kernel = avx2;
#elif defined(__SSE2__) || defined(_M_X64)
namespace kernel = sse2;
#elif defined(__aarch64__) && defined(__ARM_NEON)
namespace kernel = neon;
#else
namespace kernel = swar;
#endif
}  // namespace detail

/// Where the first CR LF begins; `npos` if there is none. A CR or an LF by itself is passed over.
/// cost  One pass.                                                           RFC 5321 2.3.8
[[nodiscard]] constexpr std::size_t find_crlf(std::string_view in) {
    return detail::scalar::find_crlf(in);
}

/// How many octets from the start are message content that no rule of RFC 5321 4.5.2 changes, given
/// that `in` does not begin at the start of a line or behind a CR.
///
/// returns  The offset of the first of these, or the length of `in`: a NUL; an LF without CR; a CR
///          without LF; the CR of a CR LF that a dot follows; a CR or CR LF with nothing behind it
///          in `in`, since only the next octet can tell.
/// cost     One pass over what is returned and a bounded number of octets behind it.
[[nodiscard]] constexpr std::size_t clean_prefix(std::string_view in) {
    if (std::is_constant_evaluated()) return detail::scalar::clean_prefix(in);
    return detail::kernel::clean_prefix(in);
}

/// Any octet is above 127.
[[nodiscard]] constexpr bool has_eight_bit(std::string_view in) {
    if (std::is_constant_evaluated()) return detail::scalar::has_eight_bit(in);
    return detail::kernel::has_eight_bit(in);
}

}  // namespace postel
