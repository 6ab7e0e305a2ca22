#pragma once

// AUTH: which mechanism, and what it says.

#include <openssl/ssl.h>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <postel/capability.hpp>
#include <postel/credentials.hpp>
#include <postel/sasl/anonymous.hpp>
#include <postel/sasl/channel_bindings.hpp>
#include <postel/sasl/cram_md5.hpp>
#include <postel/sasl/login.hpp>
#include <postel/sasl/oauthbearer.hpp>
#include <postel/sasl/openssl.hpp>
#include <postel/sasl/plain.hpp>
#include <postel/sasl/scram_client.hpp>
#include <postel/sasl/xoauth2.hpp>
#include <postel/sasl_mechanism.hpp>

namespace send_mail {

namespace sasl = postel::sasl;

// What SCRAM can be bound to: nothing, without TLS.
struct tls_bindings {
    sasl::secret exporter;
    sasl::secret end_point;

    explicit tls_bindings(SSL* tls) {
        if (tls == nullptr) return;
        exporter = sasl::tls_exporter_binding(tls);
        auto* const certificate = SSL_get_peer_certificate(tls);
        if (certificate != nullptr) end_point = sasl::tls_server_end_point_binding(certificate);
        X509_free(certificate);
    }
    [[nodiscard]] sasl::channel_bindings view() const {
        return {exporter.view(), end_point.view()};
    }
};

// The mechanisms that a name and a password are good for. A token has to be asked for by name.
inline constexpr postel::sasl_mechanism_set with_password{
    postel::sasl_mechanism::scram_sha_256_plus,
    postel::sasl_mechanism::scram_sha_256,
    postel::sasl_mechanism::scram_sha_1_plus,
    postel::sasl_mechanism::scram_sha_1,
    postel::sasl_mechanism::cram_md5,
    postel::sasl_mechanism::plain,
    postel::sasl_mechanism::login};

// EXTERNAL would need a certificate of ours.
inline constexpr auto speakable = [] {
    using enum postel::sasl_mechanism;
    auto all = with_password;
    return all.add(oauthbearer).add(xoauth2).add(anonymous);
}();

// The first in the order of the table that both sides have and this connection is good for.
inline std::optional<postel::sasl_mechanism> best_mechanism(postel::sasl_mechanism_set offered,
                                                            bool over_tls, bool can_bind) {
    if (!over_tls) offered = without_secrets(offered);
    if (!can_bind) offered = without_bindings(offered);
    for (auto const& row : postel::sasl_mechanism_table)
        if (offered.has(row.name) && with_password.has(row.name)) return row.name;
    return std::nullopt;
}

class authentication {
public:
    // offered  By the server: SCRAM says whether it could have been bound.
    authentication(postel::sasl_mechanism which, postel::plain_credentials const& who,
                   sasl::channel_bindings const& bindings, postel::sasl_mechanism_set offered)
        : client_(make(which, who, bindings, offered)) {}

    [[nodiscard]] postel::sasl_mechanism mechanism() const {
        return std::visit([](auto const& client) { return client.mechanism(); }, client_);
    }
    sasl::step start() {
        return note(std::visit([](auto& client) { return client.start(); }, client_));
    }
    sasl::step next(std::string_view challenge) {
        return note(std::visit([&](auto& client) { return client.next(challenge); }, client_));
    }
    [[nodiscard]] bool verified() const {
        return std::visit([](auto const& client) { return client.verified(); }, client_);
    }
    // Why we gave up; none, where the server did.
    [[nodiscard]] postel::error why() const { return why_; }
    // What the server said inside the exchange about its refusal; empty for most mechanisms.
    [[nodiscard]] std::string_view refusal() const {
        if (auto const* const scram = std::get_if<sasl::scram_client>(&client_))
            return to_string(scram->server_error());
        if (auto const* const bearer = std::get_if<sasl::oauthbearer_client>(&client_))
            return bearer->refusal();
        if (auto const* const bearer = std::get_if<sasl::xoauth2_client>(&client_))
            return bearer->refusal();
        return {};
    }

private:
    using any_client = std::variant<sasl::scram_client, sasl::cram_md5_client, sasl::plain_client,
                                    sasl::login_client, sasl::anonymous_client,
                                    sasl::oauthbearer_client, sasl::xoauth2_client>;

    static any_client make(postel::sasl_mechanism which, postel::plain_credentials const& who,
                           sasl::channel_bindings const& bindings,
                           postel::sasl_mechanism_set offered) {
        using enum postel::sasl_mechanism;
        sasl::bearer_credentials const token{who.authentication_id, who.password};
        switch (which) {
            case cram_md5: return sasl::cram_md5_client{sasl::openssl_crypto, who};
            case plain: return sasl::plain_client{who};
            case login: return sasl::login_client{who};
            case anonymous: return sasl::anonymous_client{};
            case oauthbearer: return sasl::oauthbearer_client{token};
            case xoauth2: return sasl::xoauth2_client{token};
            default: break;
        }
        // Whoever has bindings and uses none says that the server offered none. RFC 5802 6
        bool const plus = which == scram_sha_256_plus || which == scram_sha_1_plus;
        bool const offers = offered != without_bindings(offered);
        return sasl::scram_client{which, sasl::openssl_crypto, who,
                                  plus || !offers ? bindings : sasl::channel_bindings{}};
    }
    sasl::step note(sasl::step said) {
        if (said.what == sasl::action::failed) why_ = said.why;
        return said;
    }

    any_client client_;
    postel::error why_ = postel::error::none;
};

}  // namespace send_mail
