#pragma once

#include <postel/credentials.hpp>
#include <postel/error.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>

namespace postel::sasl {

namespace detail {
[[nodiscard]] constexpr bool fit_for_plain(plain_credentials const& who) {
    return can_carry(who.authorization_id) && can_carry(who.authentication_id) &&
           can_carry(who.password) && !who.authentication_id.empty() && !who.password.empty();
}
}  // namespace detail

/// Writes the message of PLAIN; parse_plain_message reads it.                RFC 4616 2
template <class Out>
constexpr void write_plain(Out& out, plain_credentials const& who) {
    constexpr std::string_view nul{"\0", 1};
    out.append(who.authorization_id);
    out.append(nul);
    out.append(who.authentication_id);
    out.append(nul);
    out.append(who.password);
}

/// The client side of PLAIN: the password itself, so only inside TLS. What is given is copied, and
/// wiped with the client.                                                    RFC 4616
///
/// errors   unusable_credentials: an empty name or password, or one that cannot be carried.
class plain_client : public detail::one_response_client {
public:
    explicit plain_client(plain_credentials const& who) {
        if (detail::fit_for_plain(who))
            write_plain(message(), who);
        else
            give_up(error::unusable_credentials);
    }
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::plain; }
};

/// The server side of PLAIN. It asks whether the password is right, and whether who has it may act
/// as the authorization identity.                                            RFC 4616
class plain_server : public detail::application_decides {
public:
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::plain; }

    [[nodiscard]] step start() { return step::send({}); }
    [[nodiscard]] step next(std::string_view response) {
        if (!may_speak()) return fail(error::not_ready);
        message_.append(response);
        auto const read = parse_plain_message(message_.view());
        if (!read || !detail::fit_for_plain(*read)) return fail(error::bad_sasl_message);
        who_ = *read;
        return ask();
    }
    /// Who asks; after `ask`, for as long as the server lives.
    [[nodiscard]] plain_credentials const& credentials() const { return who_; }

private:
    secret message_;
    plain_credentials who_;
};

}  // namespace postel::sasl
