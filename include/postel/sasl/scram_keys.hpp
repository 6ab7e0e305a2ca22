#pragma once

#include <cstdint>
#include <postel/base64.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/sasl/crypto.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>

namespace postel::sasl {

/// What a server stores in the place of a password.                          RFC 5802 3
///
/// Who reads it cannot log in with it, but can pretend to be the server, and can try passwords.
struct scram_credentials {
    std::string_view salt{};
    std::uint32_t iterations = 0;
    std::string_view stored_key{};  ///< H(ClientKey)
    std::string_view server_key{};
};

/// The keys of scram_credentials, just made.
struct scram_keys {
    key stored_key;
    key server_key;
};

/// The hash of a SCRAM mechanism.
[[nodiscard]] constexpr hash scram_hash(sasl_mechanism which) {
    return which == sasl_mechanism::scram_sha_1 || which == sasl_mechanism::scram_sha_1_plus
               ? hash::sha_1
               : hash::sha_256;
}

namespace detail {

/// SaltedPassword and ClientKey are as good as the password, and never leave the client.
struct scram_client_keys {
    key client_key;
    scram_keys stored;
};

// SaltedPassword = Hi(password, salt, i)       ClientKey = HMAC(SaltedPassword, "Client Key")
// StoredKey = H(ClientKey)                     ServerKey = HMAC(SaltedPassword, "Server Key")
[[nodiscard]] inline result<scram_client_keys> derive_scram_keys(crypto const& functions,
                                                                 hash which,
                                                                 std::string_view password,
                                                                 std::string_view salt,
                                                                 std::uint32_t iterations) {
    key salted{which};
    scram_client_keys made{key{which}, {key{which}, key{which}}};
    bool const able =
        functions.pbkdf2(which, password, salt, iterations, salted.span()) &&
        functions.hmac(which, salted.view(), "Client Key", made.client_key.span()) &&
        functions.digest(which, made.client_key.view(), made.stored.stored_key.span()) &&
        functions.hmac(which, salted.view(), "Server Key", made.stored.server_key.span());
    if (!able) return error::crypto_unavailable;
    return made;
}

/// Decodes base64 into a key of the hash's size.
[[nodiscard]] inline result<key> decode_key(hash which, std::string_view base64) {
    key decoded{which};
    if (base64.size() != base64_encoded_size(decoded.size())) return error::bad_sasl_message;
    if (!decode_base64(base64, decoded.span())) return error::bad_sasl_message;
    return decoded;
}

}  // namespace detail

/// Makes what a server stores for a user with this password.
///
/// salt        Random and this user's alone; 16 octets are usual.
/// iterations  4096 or more: each doubles the work of who guesses, and of who logs in.
/// errors      crypto_unavailable
/// cost        `iterations` times two hashes.                            RFC 5802 3
[[nodiscard]] inline result<scram_keys> make_scram_keys(crypto const& functions, hash which,
                                                        std::string_view password,
                                                        std::string_view salt,
                                                        std::uint32_t iterations) {
    auto const made = detail::derive_scram_keys(functions, which, password, salt, iterations);
    if (!made) return made.fault();
    return made->stored;
}

/// A salt of 16 octets for a user that does not exist: the same one every time, since a salt that
/// changes would tell that there is nobody.
///
/// server_secret  Random, kept for as long as the server's users; 32 octets do.
/// errors         crypto_unavailable
[[nodiscard]] inline result<secret> fake_salt(crypto const& functions,
                                              std::string_view server_secret,
                                              std::string_view user) {
    key mac{hash::sha_256};
    if (!functions.hmac(hash::sha_256, server_secret, user, mac.span()))
        return error::crypto_unavailable;
    return secret{mac.view().substr(0, 16)};
}

}  // namespace postel::sasl
