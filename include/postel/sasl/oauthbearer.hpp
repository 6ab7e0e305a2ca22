#pragma once

#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/decimal.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/sasl/bearer.hpp>
#include <postel/sasl/gs2.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>

namespace postel::sasl {

namespace detail {

// kvpair = key "=" value kvsep                                                     RFC 7628 3.1
// key    = 1*ALPHA            value = *( VCHAR / SP / HTAB / CR / LF )
//
// What is not known is ignored. The keys that are may come once.
[[nodiscard]] constexpr result<void> parse_oauth_pair(cursor& in, bearer_credentials& into) {
    constexpr auto value_octet = text_octet | char_set{"\r\n"};
    auto const name = in.take_while(alpha);
    if (!in.take('=')) return in.fail(error::bad_sasl_message);
    auto const from = in.at();
    auto const value = in.take_while(value_octet);
    if (name == "auth") {
        auto const token = parse_bearer(value);
        if (!token || !into.token.empty()) return in.fail_at(error::bad_sasl_message, from);
        into.token = *token;
    } else if (name == "host") {
        if (!into.host.empty() || value.empty() || !all_of(value, vchar))
            return in.fail_at(error::bad_sasl_message, from);
        into.host = value;
    } else if (name == "port") {
        auto const number = parse_decimal(value).value_or(0);
        if (into.port != 0 || number == 0 || number > 65535)
            return in.fail_at(error::bad_sasl_message, from);
        into.port = static_cast<std::uint16_t>(number);
    }
    if (!in.take('\x01')) return in.fail(error::bad_sasl_message);
    return {};
}

}  // namespace detail

/// Reads the message of OAUTHBEARER.
///
/// returns  Views into `message`; `user` is still escaped as a saslname.
/// errors   bad_sasl_message; channel_binding_mismatch: a client that binds, which a bearer token
///          cannot.                                                          RFC 7628 3.1
// client-resp = ( gs2-header kvsep *kvpair kvsep ) / kvsep
//
// The lone kvsep answers a refusal; as the first message it is a fault.
[[nodiscard]] constexpr result<bearer_credentials> parse_oauthbearer(std::string_view message) {
    cursor in{message};
    bearer_credentials who;
    auto const header = parse_gs2_header(in);
    if (!header) return header.fault();
    if (header->flag == gs2_flag::bound) return failure{error::channel_binding_mismatch};
    who.user = header->authorization_id;
    if (!in.take('\x01')) return in.fail(error::bad_sasl_message);
    while (in.looking_at(alpha))
        if (auto const pair = detail::parse_oauth_pair(in, who); !pair) return pair.fault();
    if (!in.take('\x01') || !in.done() || who.token.empty())
        return in.fail(error::bad_sasl_message);
    return who;
}

/// Writes the message of OAUTHBEARER; `user` is escaped here.
template <class Out>
constexpr void write_oauthbearer(Out& out, bearer_credentials const& who) {
    write_gs2_header(out, gs2_flag::none, {}, who.user);
    out.append(detail::kvsep);
    if (!who.host.empty()) {
        out.append("host=");
        out.append(who.host);
        out.append(detail::kvsep);
    }
    if (who.port != 0) {
        out.append("port=");
        write_decimal(out, who.port);
        out.append(detail::kvsep);
    }
    out.append("auth=Bearer ");
    out.append(who.token);
    out.append(detail::kvsep);
    out.append(detail::kvsep);
}

/// The client side of OAUTHBEARER: the token itself, so only inside TLS. What is given is copied,
/// and wiped with the client.                                                RFC 7628
///
/// errors   unusable_credentials: no token, or something that cannot be carried.
class oauthbearer_client : public detail::bearer_client {
public:
    explicit oauthbearer_client(bearer_credentials const& who) : bearer_client(detail::kvsep) {
        if (detail::fit_for_bearer(who))
            write_oauthbearer(message(), who);
        else
            give_up();
    }
    [[nodiscard]] static constexpr sasl_mechanism mechanism() {
        return sasl_mechanism::oauthbearer;
    }
};

/// The server side of OAUTHBEARER. It asks whether the token is good, and allows to act as `user`.
///                                                                           RFC 7628
class oauthbearer_server : public detail::bearer_server {
public:
    /// host, port  Who we are, if that is known: a client that means another is refused, since its
    ///             token was not for us.                                   RFC 7628 3.2
    explicit oauthbearer_server(std::string_view host = {}, std::uint16_t port = 0)
        : host_(host), port_(port) {}
    [[nodiscard]] static constexpr sasl_mechanism mechanism() {
        return sasl_mechanism::oauthbearer;
    }

    [[nodiscard]] step next(std::string_view response) {
        if (auto const heard = hear(response); heard.what == action::failed) return heard;
        auto read = parse_oauthbearer(message());
        if (!read) return step::fail(read.fault().code);
        decode_saslname(user_, read->user);
        read->user = user_.view();
        if (!can_carry(read->user)) return step::fail(error::bad_sasl_message);
        bool const for_us = (host_.empty() || read->host.empty() ||
                             equal_ignoring_case(host_.view(), read->host)) &&
                            (port_ == 0 || read->port == 0 || port_ == read->port);
        return for_us ? ask(*read) : refuse_with(R"({"status":"invalid_request"})");
    }
    /// No, to `ask`: this JSON goes to the client before the failure.   RFC 7628 3.2.2
    [[nodiscard]] step refuse(std::string_view json = R"({"status":"invalid_token"})") {
        return asking() ? refuse_with(json) : step::fail(error::not_ready);
    }

private:
    secret host_;
    secret user_;
    std::uint16_t port_;
};

}  // namespace postel::sasl
