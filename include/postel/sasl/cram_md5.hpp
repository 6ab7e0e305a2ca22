#pragma once

#include <array>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/credentials.hpp>
#include <postel/decimal.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/sasl/crypto.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>
#include <utility>

namespace postel::sasl {

namespace detail {

inline constexpr std::string_view small_hexdigits = "0123456789abcdef";

template <class Out>
void write_hex(Out& out, std::string_view octets) {
    for (char const c : octets) {
        auto const octet = static_cast<unsigned char>(c);
        out.append(small_hexdigits.substr(octet >> 4, 1));
        out.append(small_hexdigits.substr(octet & 15u, 1));
    }
}

struct cram_md5_response {
    std::string_view user;
    std::string_view digits;
};

// response = user SP 32( DIGIT / %x61-66 )                                        RFC 2195 2
//
// Split at the last SP, since names may contain some.
[[nodiscard]] constexpr result<cram_md5_response> parse_cram_md5_response(std::string_view text) {
    constexpr auto hex = digit | char_set::range('a', 'f');
    auto const space = text.rfind(' ');
    if (space == text.npos || space == 0) return error::bad_sasl_message;
    cram_md5_response const read{text.substr(0, space), text.substr(space + 1)};
    if (read.digits.size() != 32 || !all_of(read.digits, hex) || !can_carry(read.user))
        return error::bad_sasl_message;
    return read;
}

}  // namespace detail

/// The client side of CRAM-MD5. The server speaks first. It proves that the client knows the
/// password, not that the server does. What is given is copied, and wiped with the client.
///                                                                           RFC 2195
///
/// errors   unusable_credentials: an empty name or password, one that cannot be carried, or an
///          authorization identity, for which CRAM-MD5 has no room. crypto_unavailable: no MD5.
class cram_md5_client {
public:
    cram_md5_client(crypto const& functions, plain_credentials const& who)
        : crypto_(functions), name_(who.authentication_id), password_(who.password) {
        bool const fit = can_carry(name_.view()) && can_carry(password_.view()) && !name_.empty() &&
                         !password_.empty() && who.authorization_id.empty();
        if (!fit) state_ = state::unusable;
    }
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::cram_md5; }

    [[nodiscard]] step start() const {
        if (state_ == state::unusable) return step::fail(error::unusable_credentials);
        return state_ == state::ready ? step::wait() : step::fail(error::not_ready);
    }
    /// The challenge is keyed as it is; only an empty one is refused.
    [[nodiscard]] step next(std::string_view challenge) {
        if (state_ == state::unusable) return step::fail(error::unusable_credentials);
        bool const expected = state_ == state::ready && !challenge.empty();
        state_ = state::over;
        if (!expected) return step::fail(error::bad_sasl_message);
        key proof{hash::md5};
        if (!crypto_.hmac(hash::md5, password_.view(), challenge, proof.span()))
            return step::fail(error::crypto_unavailable);
        response_.append(name_.view());
        response_.append(" ");
        detail::write_hex(response_, proof.view());
        state_ = state::sent;
        return step::send(response_.view());
    }
    [[nodiscard]] bool verified() const { return state_ == state::sent; }

private:
    enum class state : std::uint8_t { ready, sent, unusable, over };
    crypto crypto_;
    secret name_;
    secret password_;
    secret response_;
    state state_ = state::ready;
};

/// The server side of CRAM-MD5. It asks for the password of user(), or for the HMAC-MD5 of
/// challenge() keyed with it, for those who store the states of the hash in the password's place.
///                                                                           RFC 2195
class cram_md5_server {
public:
    /// hostname  This server, for the challenge.
    cram_md5_server(crypto const& functions, std::string_view hostname)
        : crypto_(functions), hostname_(hostname) {}
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::cram_md5; }

    /// errors  crypto_unavailable: no random numbers.
    [[nodiscard]] step start() {
        if (state_ != state::ready) return give_up(error::not_ready);
        if (!make_challenge()) return give_up(error::crypto_unavailable);
        state_ = state::challenged;
        return step::send(challenge_.view());
    }
    /// errors  unexpected_initial_response before start(), bad_sasl_message
    [[nodiscard]] step next(std::string_view response) {
        if (state_ == state::ready) return give_up(error::unexpected_initial_response);
        if (state_ != state::challenged) return give_up(error::not_ready);
        response_.append(response);
        auto const read = detail::parse_cram_md5_response(response_.view());
        if (!read) return give_up(read.fault().code);
        read_ = *read;
        state_ = state::asking;
        return step::ask();
    }

    [[nodiscard]] std::string_view user() const { return read_.user; }
    [[nodiscard]] std::string_view challenge() const { return challenge_.view(); }

    // Answers to `ask`

    /// errors  authentication_failed, crypto_unavailable: no MD5
    [[nodiscard]] step password(std::string_view password) {
        key expected{hash::md5};
        if (!crypto_.hmac(hash::md5, password, challenge_.view(), expected.span()))
            return give_up(error::crypto_unavailable);
        return keyed_digest(expected.view());
    }
    /// The 16 octets of HMAC-MD5(password, challenge()).
    [[nodiscard]] step keyed_digest(std::string_view expected) {
        if (std::exchange(state_, state::over) != state::asking)
            return step::fail(error::not_ready);
        secret digits;
        detail::write_hex(digits, expected);
        bool const equal = equal_in_constant_time(digits.view(), read_.digits);
        return equal ? step::done() : step::fail(error::authentication_failed);
    }
    /// There is no such user: the same work, and the same failure as for a wrong password.
    [[nodiscard]] step not_found() {
        auto const judged = password(challenge_.view());
        return judged.what == action::done ? step::fail(error::authentication_failed) : judged;
    }

private:
    enum class state : std::uint8_t { ready, challenged, asking, over };

    // challenge = "<" 1*DIGIT "." 1*DIGIT "@" host ">"                            RFC 2195 2
    //
    // The second number is to be a timestamp, so that no challenge comes twice. We have no clock;
    // 64 random bits in its place do the same.
    [[nodiscard]] bool make_challenge() {
        std::array<char, 16> random;
        if (!crypto_.random(random)) return false;
        challenge_.append("<");
        write_decimal(challenge_, number(std::string_view{random.data(), 8}));
        challenge_.append(".");
        write_decimal(challenge_, number(std::string_view{random.data() + 8, 8}));
        challenge_.append("@");
        challenge_.append(hostname_.view());
        challenge_.append(">");
        return true;
    }
    [[nodiscard]] static std::uint64_t number(std::string_view octets) {
        std::uint64_t value = 0;
        for (char const c : octets) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }
    [[nodiscard]] step give_up(error why) {
        state_ = state::over;
        return step::fail(why);
    }

    crypto crypto_;
    secret hostname_;
    secret challenge_;
    secret response_;
    detail::cram_md5_response read_{};
    state state_ = state::ready;
};

}  // namespace postel::sasl
