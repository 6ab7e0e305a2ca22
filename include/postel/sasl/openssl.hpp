#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <postel/sasl/crypto.hpp>
#include <postel/sasl/secret.hpp>
#include <span>
#include <string_view>

// The hashes of OpenSSL 1.1.1 and later, and what TLS connections of OpenSSL can be bound to. The
// only header that includes OpenSSL: who includes it links libcrypto, and libssl for the bindings.

namespace postel::sasl {

namespace detail::openssl {

[[nodiscard]] inline unsigned char* octets(std::span<char> out) {
    return reinterpret_cast<unsigned char*>(out.data());
}
[[nodiscard]] inline unsigned char const* octets(std::string_view in) {
    return reinterpret_cast<unsigned char const*>(in.empty() ? "" : in.data());
}

[[nodiscard]] inline EVP_MD const* algorithm(hash which) {
    switch (which) {
        case hash::md5: return EVP_md5();
        case hash::sha_1: return EVP_sha1();
        case hash::sha_256: return EVP_sha256();
    }
    return nullptr;
}

/// OpenSSL counts in int.
[[nodiscard]] inline bool countable(std::size_t size) {
    return size <= INT_MAX;
}

[[nodiscard]] inline bool digest(hash which, std::string_view in, std::span<char> out) {
    if (out.size() != hash_size(which)) return false;
    return EVP_Digest(octets(in), in.size(), octets(out), nullptr, algorithm(which), nullptr) == 1;
}

[[nodiscard]] inline bool hmac(hash which, std::string_view key, std::string_view in,
                               std::span<char> out) {
    if (out.size() != hash_size(which) || !countable(key.size())) return false;
    return HMAC(algorithm(which), octets(key), static_cast<int>(key.size()), octets(in), in.size(),
                octets(out), nullptr) != nullptr;
}

[[nodiscard]] inline bool pbkdf2(hash which, std::string_view password, std::string_view salt,
                                 std::uint32_t iterations, std::span<char> out) {
    if (out.size() != hash_size(which) || !countable(password.size()) || !countable(salt.size()) ||
        !countable(iterations) || iterations == 0)
        return false;
    return PKCS5_PBKDF2_HMAC(password.empty() ? "" : password.data(),
                             static_cast<int>(password.size()), octets(salt),
                             static_cast<int>(salt.size()), static_cast<int>(iterations),
                             algorithm(which), static_cast<int>(out.size()), octets(out)) == 1;
}

[[nodiscard]] inline bool random(std::span<char> out) {
    return countable(out.size()) && RAND_bytes(octets(out), static_cast<int>(out.size())) == 1;
}

}  // namespace detail::openssl

/// OpenSSL's hashes. Where a provider has none (MD5 under FIPS), the function says so, and the
/// mechanism fails with crypto_unavailable.
inline constexpr crypto openssl_crypto{detail::openssl::digest, detail::openssl::hmac,
                                       detail::openssl::pbkdf2, detail::openssl::random};

/// The binding tls-exporter of a connection whose handshake is done; empty where it has none:
/// before TLS 1.3 without an extended master secret, or where it could renegotiate.
///                                                             RFC 9266 3, 4.2
[[nodiscard]] inline secret tls_exporter_binding(SSL* connection) {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    secret binding;
    bool const modern = SSL_version(connection) >= TLS1_3_VERSION;
    bool const unique = (SSL_get_options(connection) & SSL_OP_NO_RENEGOTIATION) != 0 &&
                        SSL_get_extms_support(connection) == 1;
    if (!modern && !unique) return binding;
    auto const out = binding.extend(32);
    // The context is there and empty, which before TLS 1.3 is not the same as none.
    bool const made = SSL_export_keying_material(
                          connection, detail::openssl::octets(out), out.size(), label.data(),
                          label.size(), detail::openssl::octets(std::string_view{}), 0, 1) == 1;
    if (!made) binding.clear();
    return binding;
}

/// The binding tls-server-end-point of the server's certificate: its hash, made as its signature
/// was, with SHA-256 in the place of MD5 and SHA-1. Empty where the signature has no hash of its
/// own (Ed25519).                                                            RFC 5929 4.1
[[nodiscard]] inline secret tls_server_end_point_binding(X509* certificate) {
    secret binding;
    int name = NID_undef;
    if (X509_get_signature_info(certificate, &name, nullptr, nullptr, nullptr) != 1) return binding;
    auto const* const algorithm =
        name == NID_md5 || name == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(name);
    if (algorithm == nullptr) return binding;
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    if (X509_digest(certificate, algorithm, hash.data(), &size) != 1) return binding;
    binding.append({reinterpret_cast<char const*>(hash.data()), size});
    return binding;
}

}  // namespace postel::sasl
