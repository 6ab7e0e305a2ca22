#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/sasl/secret.hpp>
#include <span>
#include <string_view>

namespace postel::sasl {

/// The hashes that mechanisms are made of.
enum class hash : std::uint8_t {
    md5,      ///< CRAM-MD5                                                   RFC 2195
    sha_1,    ///< SCRAM-SHA-1                                                RFC 5802
    sha_256,  ///< SCRAM-SHA-256, and the salts of users that do not exist    RFC 7677
};

/// Octets that a hash has.
[[nodiscard]] constexpr std::size_t hash_size(hash which) {
    return which == hash::md5 ? 16 : which == hash::sha_1 ? 20 : 32;
}

/// What mechanisms need and this library does not write itself. sasl/openssl.hpp has one; a program
/// with another library fills in four functions.
///
/// `out` has hash_size(which) octets, or for `random` as many as are wanted. Each function says
/// whether it could do it; the mechanism that was told no fails with crypto_unavailable.
struct crypto {
    bool (*digest)(hash which, std::string_view octets, std::span<char> out);
    bool (*hmac)(hash which, std::string_view key, std::string_view octets, std::span<char> out);
    /// PBKDF2 with HMAC, one block: Hi() of RFC 5802 2.2.
    bool (*pbkdf2)(hash which, std::string_view password, std::string_view salt,
                   std::uint32_t iterations, std::span<char> out);
    /// Random numbers that nobody can guess.                               RFC 4086
    bool (*random)(std::span<char> out);
};

/// A hash or a key: up to 32 octets, wiped when they are no longer needed.
class key {
public:
    key() = default;
    explicit key(hash which) : size_(static_cast<std::uint8_t>(hash_size(which))) {}
    /// A copy of octets that came from elsewhere; empty where there are more than a hash has.
    explicit key(std::string_view octets) {
        if (octets.size() > octets_.size()) return;
        octets.copy(octets_.data(), octets.size());
        size_ = static_cast<std::uint8_t>(octets.size());
    }
    key(key const&) = default;
    key& operator=(key const&) = default;
    ~key() { wipe(octets_); }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::string_view view() const { return {octets_.data(), size_}; }
    [[nodiscard]] std::span<char> span() { return {octets_.data(), size_}; }

    /// Both must be of one size.                                           RFC 5802 2.2
    key& operator^=(key const& other) {
        for (std::size_t i = 0; i < octets_.size(); ++i)
            octets_[i] = static_cast<char>(octets_[i] ^ other.octets_[i]);
        return *this;
    }

private:
    std::array<char, 32> octets_{};
    std::uint8_t size_ = 0;
};

}  // namespace postel::sasl
