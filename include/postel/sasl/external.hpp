#pragma once

#include <postel/error.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>

namespace postel::sasl {

/// The client side of EXTERNAL: who we are, TLS has said already; who to act as, if anybody else.
///                                                                           RFC 4422 A
///
/// errors   unusable_credentials: an identity that cannot be carried.
class external_client : public detail::one_response_client {
public:
    explicit external_client(std::string_view authorization_id = {}) {
        if (can_carry(authorization_id))
            message().append(authorization_id);
        else
            give_up(error::unusable_credentials);
    }
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::external; }
};

/// The server side of EXTERNAL. It asks whether the certificate of this connection is there, and
/// allows to act as the authorization identity.                              RFC 4422 A
class external_server : public detail::application_decides {
public:
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::external; }

    [[nodiscard]] step start() { return step::send({}); }
    // initial-response = *( UTF8-char-no-nul )
    [[nodiscard]] step next(std::string_view response) {
        if (!may_speak()) return fail(error::not_ready);
        if (!can_carry(response)) return fail(error::bad_sasl_message);
        authorization_id_.append(response);
        return ask();
    }
    /// Who to act as; empty: whoever the certificate names.
    [[nodiscard]] std::string_view authorization_id() const { return authorization_id_.view(); }

private:
    secret authorization_id_;
};

}  // namespace postel::sasl
