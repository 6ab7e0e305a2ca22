#pragma once

#include <cstddef>
#include <postel/detail/scan_avx2.hpp>
#include <postel/detail/scan_lanes.hpp>
#include <postel/detail/scan_neon.hpp>
#include <postel/detail/scan_scalar.hpp>
#include <postel/detail/scan_sse2.hpp>
#include <postel/detail/scan_swar.hpp>
#include <string_view>
#include <type_traits>

/// The loops over long runs of octets, each behind one function, so that a faster kernel can take
/// its place without a change above. What the compiler targets decides which it is. All parts of a
/// program have to be compiled for the same target, as with every inline function: otherwise the
/// linker keeps one of two different functions of the same name, which may be the one that an older
/// machine cannot run. The answers would still be the same.
namespace postel {

namespace detail {
#if defined(__AVX2__)
using scan_kernel = vector_scan<avx2_lanes>;
#elif defined(__SSE2__) || defined(_M_X64)
using scan_kernel = vector_scan<sse2_lanes>;
#elif defined(__aarch64__) && defined(__ARM_NEON)
using scan_kernel = vector_scan<neon_lanes>;
#else
using scan_kernel = word_scan;
#endif
}  // namespace detail

/// Where the first CR LF begins; `npos` if there is none. A CR or an LF by itself is passed over.
/// cost  One pass.                                                           RFC 5321 2.3.8
[[nodiscard]] constexpr std::size_t find_crlf(std::string_view in) {
    return detail::scalar::find_crlf(in);
}

/// How many octets from the start are message content that no rule of RFC 5321 4.5.2 changes, given
/// that `in` begins neither behind a CR nor with a dot at the start of a line.
///
/// returns  The offset of the first of these, or the length of `in`: a NUL; an LF without CR; a CR
///          without LF; the CR of a CR LF that a dot follows; a CR or CR LF with nothing behind it
///          in `in`, since only the next octet can tell.
/// cost     One pass over what is returned and a bounded number of octets behind it.
[[nodiscard]] constexpr std::size_t clean_prefix(std::string_view in) {
    if (std::is_constant_evaluated()) return detail::scalar::clean_prefix(in);
    return detail::scan_kernel::clean_prefix(in);
}

using detail::clean_text;

/// The same, and whether an octet of it is above 127.
/// cost  Where one is seen, a second look up to the first.
[[nodiscard]] constexpr clean_text clean_text_of(std::string_view in) {
    if (std::is_constant_evaluated()) return detail::scalar::clean_text_of(in);
    return detail::scan_kernel::clean_text_of(in);
}

/// The same, with the clean octets copied to `out` in the same pass. `out` has room for all of
/// `in`; what becomes of it behind the clean octets is not specified.
[[nodiscard]] constexpr clean_text copy_clean_text(std::string_view in, char* out) {
    if (std::is_constant_evaluated()) return detail::scalar::copy_clean_text(in, out);
    return detail::scan_kernel::copy_clean_text(in, out);
}

/// Any octet is above 127.
[[nodiscard]] constexpr bool has_eight_bit(std::string_view in) {
    if (std::is_constant_evaluated()) return detail::scalar::has_eight_bit(in);
    return detail::scan_kernel::has_eight_bit(in);
}

/// The last LF; `npos` if there is none.
[[nodiscard]] constexpr std::size_t find_last_lf(std::string_view in) {
    if (std::is_constant_evaluated()) return detail::scalar::find_last_lf(in);
    return detail::scan_kernel::find_last_lf(in);
}

/// Where a line of text with sound line ends, which begins with `in`, is longer than `limit`
/// octets, its CR LF included.
///
/// limit    1 or more.
/// returns  The offset of the first octet that stands, without being LF, where the LF would have to
///          be at the latest; `npos` if there is none.
/// cost     A look at some octets of each `limit`; where lines are nearly that long, at all.
[[nodiscard]] constexpr std::size_t find_long_line(std::string_view in, std::size_t limit) {
    if (std::is_constant_evaluated()) return detail::scalar::find_long_line(in, limit);
    return detail::scan_kernel::find_long_line(in, limit);
}

}  // namespace postel
