#pragma once

#include <cstdint>
#include <postel/sasl/crypto.hpp>
#include <span>
#include <string>
#include <string_view>

namespace postel::fuzz {

// Hashes that are fast and prove nothing, so that mechanisms can be tried a million times. What
// they share with real ones: equal input gives equal output, other input almost always another.

namespace detail {

inline bool toy_digest(sasl::hash, std::string_view octets, std::span<char> out) {
    std::uint64_t state = 0xcbf29ce484222325;
    for (char const c : octets) {
        state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        state ^= state >> 29;
    }
    for (char& c : out) {
        state = state * 6364136223846793005 + 1442695040888963407;
        c = static_cast<char>(state >> 56);
    }
    return true;
}
inline bool toy_hmac(sasl::hash which, std::string_view key, std::string_view octets,
                     std::span<char> out) {
    auto const all = std::to_string(key.size()) + ":" + std::string{key} + std::string{octets};
    return toy_digest(which, all, out);
}
inline bool toy_pbkdf2(sasl::hash which, std::string_view password, std::string_view salt,
                       std::uint32_t iterations, std::span<char> out) {
    return toy_hmac(which, password, std::string{salt} + std::to_string(iterations), out);
}
inline bool toy_random(std::span<char> out) {
    return toy_digest(sasl::hash::md5, "random", out);
}

}  // namespace detail

inline constexpr sasl::crypto toy_crypto{detail::toy_digest, detail::toy_hmac, detail::toy_pbkdf2,
                                         detail::toy_random};

}  // namespace postel::fuzz
