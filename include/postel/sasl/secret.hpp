#pragma once

#include <cstddef>
#include <postel/octet_buffer.hpp>
#include <span>
#include <string_view>

namespace postel::sasl {

/// Overwrites octets with zeros in a way that no compiler may leave out.
inline void wipe(std::span<char> octets) noexcept {
    if (!octets.empty()) postel::detail::overwrite(octets.data(), 0, octets.size());
}

/// Equality in a time that depends on the lengths alone, which are no secret: where two proofs
/// begin to differ must not show in how long it takes to say so.
[[nodiscard]] inline bool equal_in_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned char volatile difference = 0;  // volatile: no way out of the loop for the optimiser
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

/// Octets that leave no copy behind: they are overwritten before their memory is given up.
///
/// Not a `std::string`, which keeps short texts inside itself, so that a move leaves them where
/// they were, and which grows without wiping.
using secret = secret_buffer;

}  // namespace postel::sasl
