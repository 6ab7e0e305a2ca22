#pragma once

#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/sasl/bearer.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>

// XOAUTH2 is what large providers had before OAUTHBEARER was written down, and still have.

namespace postel::sasl {

/// Reads the message of XOAUTH2.
///
/// returns  Views into `message`.
/// errors   bad_sasl_message
// client-resp = "user=" user %x01 "auth=Bearer " token %x01 %x01
[[nodiscard]] constexpr result<bearer_credentials> parse_xoauth2(std::string_view message) {
    constexpr auto name_octet = char_set::range(32, 255);
    cursor in{message};
    bearer_credentials who;
    if (!in.take_ignoring_case("user=")) return in.fail(error::bad_sasl_message);
    who.user = in.take_while(name_octet);
    if (!in.take('\x01')) return in.fail(error::bad_sasl_message);
    if (!in.take_ignoring_case("auth=")) return in.fail(error::bad_sasl_message);
    auto const token = detail::parse_bearer(in.take_while(printable));
    if (!token) return token.fault();
    who.token = *token;
    if (!in.take('\x01') || !in.take('\x01') || !in.done()) return in.fail(error::bad_sasl_message);
    if (who.user.empty() || !can_carry(who.user)) return error::bad_sasl_message;
    return who;
}

/// Writes the message of XOAUTH2.
template <class Out>
constexpr void write_xoauth2(Out& out, bearer_credentials const& who) {
    out.append("user=");
    out.append(who.user);
    out.append(detail::kvsep);
    out.append("auth=Bearer ");
    out.append(who.token);
    out.append("\x01\x01");
}

/// The client side of XOAUTH2: the token itself, so only inside TLS. What is given is copied, and
/// wiped with the client.
///
/// errors   unusable_credentials: no user, no token, or one that cannot be carried.
class xoauth2_client : public detail::bearer_client {
public:
    explicit xoauth2_client(bearer_credentials const& who) : bearer_client("") {
        if (detail::fit_for_bearer(who) && !who.user.empty())
            write_xoauth2(message(), who);
        else
            give_up();
    }
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::xoauth2; }
};

/// The server side of XOAUTH2. It asks whether the token is good, and is this user's.
class xoauth2_server : public detail::bearer_server {
public:
    // Else it is an aggregate, and xoauth2_server{} builds the base from outside.
    xoauth2_server() = default;
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::xoauth2; }

    [[nodiscard]] step next(std::string_view response) {
        if (auto const heard = hear(response); heard.what == action::failed) return heard;
        auto const read = parse_xoauth2(message());
        return read ? ask(*read) : step::fail(read.fault().code);
    }
    /// No, to `ask`: this JSON goes to the client before the failure.
    [[nodiscard]] step refuse(std::string_view json = R"({"status":"401","schemes":"bearer"})") {
        return asking() ? refuse_with(json) : step::fail(error::not_ready);
    }
};

}  // namespace postel::sasl
