#pragma once

// One AUTH exchange of a mechanism that is more than a name and a password.

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <postel/sasl/channel_bindings.hpp>
#include <postel/sasl/cram_md5.hpp>
#include <postel/sasl/openssl.hpp>
#include <postel/sasl/scram_server.hpp>
#include <postel/sasl_mechanism.hpp>

#include "accounts.hpp"

namespace mail_server {

class authentication {
public:
    authentication(postel::sasl_mechanism which, accounts const& users, std::string_view hostname,
                   sasl::channel_bindings const& bindings)
        : users_(users), server_(make(which, hostname, bindings)) {}

    // What the mechanism says to the client's turn: send, done or failed.
    sasl::step hear(std::string_view octets, bool begins) {
        return std::visit(
            [&](auto& server) {
                auto said = begins ? server.start() : server.next(octets);
                if (said.what == sasl::action::ask) said = look_up(server);
                if (said.what == sasl::action::done && !may_act(server))
                    said = sasl::step::fail(postel::error::authentication_failed);
                return said;
            },
            server_);
    }
    // Who it is, once it is done.
    [[nodiscard]] std::string_view user() const {
        return std::visit([](auto const& server) { return server.user(); }, server_);
    }

private:
    using any_server = std::variant<sasl::cram_md5_server, sasl::scram_server>;

    static any_server make(postel::sasl_mechanism which, std::string_view hostname,
                           sasl::channel_bindings const& bindings) {
        if (which == postel::sasl_mechanism::cram_md5)
            return sasl::cram_md5_server{sasl::openssl_crypto, hostname};
        return sasl::scram_server{which, sasl::openssl_crypto, bindings};
    }

    sasl::step look_up(sasl::cram_md5_server& server) {
        auto const* const known = users_.find(server.user());
        return known != nullptr ? server.password(known->password.view()) : server.not_found();
    }
    sasl::step look_up(sasl::scram_server& server) {
        auto const* const known = users_.find(server.user());
        if (known != nullptr)
            return server.found(known->keys(sasl::scram_hash(server.mechanism())));
        return server.not_found(users_.salt_for_nobody(server.user()).view(), accounts::iterations);
    }

    // Nobody acts for somebody else here.
    static bool may_act(sasl::cram_md5_server const&) { return true; }
    static bool may_act(sasl::scram_server const& server) {
        return server.authorization_id().empty() || server.authorization_id() == server.user();
    }

    accounts const& users_;
    any_server server_;
};

}  // namespace mail_server
