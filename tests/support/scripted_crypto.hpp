#pragma once

#include <cstdint>
#include <postel/sasl/openssl.hpp>
#include <span>
#include <string>
#include <string_view>

namespace postel::test {

/// What scripted_crypto takes for random; it has no more when this is empty.
inline std::string script;

inline bool scripted_random(std::span<char> out) {
    if (script.size() < out.size()) return false;
    script.copy(out.data(), out.size());
    script.erase(0, out.size());
    return true;
}

/// OpenSSL's hashes with random numbers that a test wrote.
inline constexpr sasl::crypto scripted_crypto{sasl::openssl_crypto.digest,
                                              sasl::openssl_crypto.hmac,
                                              sasl::openssl_crypto.pbkdf2, scripted_random};

// Where one of the four is missing.
inline constexpr sasl::crypto without_digest{
    [](sasl::hash, std::string_view, std::span<char>) { return false; }, sasl::openssl_crypto.hmac,
    sasl::openssl_crypto.pbkdf2, sasl::openssl_crypto.random};
inline constexpr sasl::crypto without_hmac{
    sasl::openssl_crypto.digest,
    [](sasl::hash, std::string_view, std::string_view, std::span<char>) { return false; },
    sasl::openssl_crypto.pbkdf2, sasl::openssl_crypto.random};
inline constexpr sasl::crypto without_pbkdf2{sasl::openssl_crypto.digest, sasl::openssl_crypto.hmac,
                                             [](sasl::hash, std::string_view, std::string_view,
                                                std::uint32_t, std::span<char>) { return false; },
                                             sasl::openssl_crypto.random};
inline constexpr sasl::crypto without_random{sasl::openssl_crypto.digest, sasl::openssl_crypto.hmac,
                                             sasl::openssl_crypto.pbkdf2,
                                             [](std::span<char>) { return false; }};

}  // namespace postel::test
