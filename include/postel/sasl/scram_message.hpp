#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/decimal.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/sasl/gs2.hpp>
#include <postel/utf8.hpp>
#include <string_view>

// The four messages of SCRAM. Views point into the message; base64 is not decoded yet. All failures
// are bad_sasl_message.                                                      RFC 5802 5.1, 7

namespace postel::sasl {

/// Why a server says that an exchange failed.                                RFC 5802 7
enum class scram_error : std::uint8_t {
    none,
    invalid_encoding,
    extensions_not_supported,
    invalid_proof,
    channel_bindings_dont_match,
    server_does_support_channel_binding,
    channel_binding_not_supported,
    unsupported_channel_binding_type,
    unknown_user,
    invalid_username_encoding,
    no_resources,
    other_error,  ///< also every value that has no name here
};

inline constexpr std::array<std::string_view, 12> scram_error_spellings{
    "",
    "invalid-encoding",
    "extensions-not-supported",
    "invalid-proof",
    "channel-bindings-dont-match",
    "server-does-support-channel-binding",
    "channel-binding-not-supported",
    "unsupported-channel-binding-type",
    "unknown-user",
    "invalid-username-encoding",
    "no-resources",
    "other-error",
};

/// The value on the wire.
[[nodiscard]] constexpr std::string_view to_string(scram_error e) {
    return scram_error_spellings[static_cast<std::size_t>(e)];
}

/// The meaning of a value on the wire.
[[nodiscard]] constexpr scram_error find_scram_error(std::string_view value) {
    for (std::size_t i = 1; i < scram_error_spellings.size(); ++i)
        if (scram_error_spellings[i] == value) return static_cast<scram_error>(i);
    return scram_error::other_error;
}

namespace detail {

inline constexpr char_set nonce_char = vchar - char_set{","};
inline constexpr char_set base64_text = let_dig | char_set{"+/="};

[[nodiscard]] constexpr result<std::string_view> parse_attribute(cursor& in, char name,
                                                                 char_set const& value) {
    if (!take_attribute(in, name)) return in.fail(error::bad_sasl_message);
    auto const text = in.take_while(value);
    if (text.empty()) return in.fail(error::bad_sasl_message);
    return text;
}

// "," ext, one of them. RFC 5802 5.1: what is not known is ignored, but for "m", which says that it
// must not be.
[[nodiscard]] constexpr result<void> parse_scram_extension(cursor& in) {
    if (!in.take(',')) return in.fail(error::bad_sasl_message);
    if (!in.looking_at(alpha) || in.peek() == 'm') return in.fail(error::bad_sasl_message);
    auto const value = parse_attribute(in, in.peek(), value_char);
    if (!value) return value.fault();
    if (!check_utf8(*value)) return in.fail(error::bad_sasl_message);
    return {};
}

// [ "," extensions ] up to the end
[[nodiscard]] constexpr result<void> parse_scram_extensions(cursor& in) {
    while (!in.done())
        if (auto const one = parse_scram_extension(in); !one) return one;
    return {};
}

}  // namespace detail

struct scram_client_first {
    gs2_header header{};
    std::string_view bare{};  ///< all behind the header
    std::string_view user{};  ///< still escaped
    std::string_view nonce{};
};

// client-first = gs2-header [ reserved-mext "," ] "n=" saslname "," "r=" c-nonce [ "," ext ]
[[nodiscard]] constexpr result<scram_client_first> parse_scram_client_first(std::string_view text) {
    cursor in{text};
    auto const header = parse_gs2_header(in);
    if (!header) return header.fault();
    scram_client_first message{*header, in.rest()};
    if (!detail::take_attribute(in, 'n')) return in.fail(error::bad_sasl_message);
    auto const user = detail::parse_saslname(in);
    if (!user) return user.fault();
    message.user = *user;
    if (!in.take(',')) return in.fail(error::bad_sasl_message);
    auto const nonce = detail::parse_attribute(in, 'r', detail::nonce_char);
    if (!nonce) return nonce.fault();
    message.nonce = *nonce;
    if (auto const rest = detail::parse_scram_extensions(in); !rest) return rest.fault();
    return message;
}

struct scram_server_first {
    std::string_view nonce{};
    std::string_view salt{};       ///< base64
    std::uint64_t iterations = 0;  ///< 2^64 - 1 for anything above
};

// server-first = [ reserved-mext "," ] "r=" c-nonce s-nonce "," "s=" base64 "," "i=" posit-number
//                [ "," ext ]                    posit-number = %x31-39 *DIGIT
[[nodiscard]] constexpr result<scram_server_first> parse_scram_server_first(std::string_view text) {
    cursor in{text};
    auto const nonce = detail::parse_attribute(in, 'r', detail::nonce_char);
    if (!nonce) return nonce.fault();
    if (!in.take(',')) return in.fail(error::bad_sasl_message);
    auto const salt = detail::parse_attribute(in, 's', detail::base64_text);
    if (!salt) return salt.fault();
    if (!in.take(',')) return in.fail(error::bad_sasl_message);
    auto const count = detail::parse_attribute(in, 'i', digit);
    if (!count) return count.fault();
    if (count->front() == '0') return in.fail(error::bad_sasl_message);
    if (auto const rest = detail::parse_scram_extensions(in); !rest) return rest.fault();
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    return scram_server_first{*nonce, *salt, parse_decimal(*count).value_or(most)};
}

struct scram_client_final {
    std::string_view binding{};  ///< base64
    std::string_view nonce{};
    std::string_view without_proof{};  ///< all before ",p="
    std::string_view proof{};          ///< base64
};

// client-final = "c=" base64 "," "r=" c-nonce s-nonce [ "," ext ] "," "p=" base64
[[nodiscard]] constexpr result<scram_client_final> parse_scram_client_final(std::string_view text) {
    cursor in{text};
    scram_client_final message;
    auto const binding = detail::parse_attribute(in, 'c', detail::base64_text);
    if (!binding) return binding.fault();
    message.binding = *binding;
    if (!in.take(',')) return in.fail(error::bad_sasl_message);
    auto const nonce = detail::parse_attribute(in, 'r', detail::nonce_char);
    if (!nonce) return nonce.fault();
    message.nonce = *nonce;
    while (in.rest().substr(0, 3) != ",p=")
        if (auto const one = detail::parse_scram_extension(in); !one) return one.fault();
    message.without_proof = in.since(0);
    in.skip(1);
    auto const proof = detail::parse_attribute(in, 'p', detail::base64_text);
    if (!proof) return proof.fault();
    message.proof = *proof;
    if (!in.done()) return in.fail(error::bad_sasl_message);
    return message;
}

struct scram_server_final {
    std::string_view verifier{};  ///< base64; empty where there is an error
    scram_error why = scram_error::none;
};

// server-final = ( "e=" server-error / "v=" base64 ) [ "," ext ]
[[nodiscard]] constexpr result<scram_server_final> parse_scram_server_final(std::string_view text) {
    cursor in{text};
    scram_server_final message;
    if (in.peek() == 'e') {
        auto const why = detail::parse_attribute(in, 'e', detail::value_char);
        if (!why) return why.fault();
        message.why = find_scram_error(*why);
    } else {
        auto const verifier = detail::parse_attribute(in, 'v', detail::base64_text);
        if (!verifier) return verifier.fault();
        message.verifier = *verifier;
    }
    if (auto const rest = detail::parse_scram_extensions(in); !rest) return rest.fault();
    return message;
}

}  // namespace postel::sasl
