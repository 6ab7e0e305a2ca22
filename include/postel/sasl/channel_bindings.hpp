#pragma once

#include <array>
#include <postel/base64.hpp>
#include <postel/sasl/crypto.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>

namespace postel::sasl {

/// What the TLS connection can be bound to; empty where it cannot. A binding serves one exchange.
struct channel_bindings {
    std::string_view tls_exporter{};          ///< 32 octets                  RFC 9266
    std::string_view tls_server_end_point{};  ///< hash of the certificate    RFC 5929 4

    [[nodiscard]] constexpr bool empty() const {
        return tls_exporter.empty() && tls_server_end_point.empty();
    }
};

namespace detail {

inline constexpr std::string_view exporter_name = "tls-exporter";
inline constexpr std::string_view end_point_name = "tls-server-end-point";

[[nodiscard]] constexpr bool is_plus(sasl_mechanism which) {
    return which == sasl_mechanism::scram_sha_256_plus || which == sasl_mechanism::scram_sha_1_plus;
}

/// 144 random bits, as the 24 characters of base64: none of them is ",".
[[nodiscard]] inline bool append_nonce(crypto const& functions, secret& out) {
    std::array<char, 18> random;
    if (!functions.random(random)) return false;
    encode_base64(out, std::string_view{random.data(), random.size()});
    return true;
}

}  // namespace detail

}  // namespace postel::sasl
