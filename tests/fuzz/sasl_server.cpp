#include <postel/sasl/anonymous.hpp>
#include <postel/sasl/cram_md5.hpp>
#include <postel/sasl/external.hpp>
#include <postel/sasl/login.hpp>
#include <postel/sasl/oauthbearer.hpp>
#include <postel/sasl/plain.hpp>
#include <postel/sasl/scram.hpp>
#include <postel/sasl/xoauth2.hpp>
#include <string>

#include "fuzz/support/fuzz.hpp"
#include "fuzz/support/toy_crypto.hpp"

// The server side of each mechanism, with a client that says anything. One line is a response.

namespace {

using namespace postel;
using fuzz::require;

// What each server's application says when it is asked. It may look at who wants in.

sasl::step decide(sasl::plain_server& server, bool yes) {
    std::string message;
    sasl::write_plain(message, server.credentials());
    require(parse_plain_message(message).ok(), "credentials can be written again");
    return yes ? server.accept() : server.refuse();
}
sasl::step decide(sasl::login_server& server, bool yes) {
    auto const who = server.credentials();
    require(!who.authentication_id.empty() && !who.password.empty(), "nothing is missing");
    return yes ? server.accept() : server.refuse();
}
sasl::step decide(sasl::external_server& server, bool yes) {
    require(sasl::can_carry(server.authorization_id()), "controls do not get through");
    return yes ? server.accept() : server.refuse();
}
sasl::step decide(sasl::anonymous_server& server, bool yes) {
    require(sasl::is_trace(server.trace()), "a trace is a trace");
    return yes ? server.accept() : server.refuse();
}
sasl::step decide(sasl::xoauth2_server& server, bool yes) {
    auto const& who = server.credentials();
    std::string message;
    sasl::write_xoauth2(message, who);
    auto const again = sasl::parse_xoauth2(message);
    require(again.ok() && again->user == who.user && again->token == who.token,
            "credentials can be written again");
    return yes ? server.accept() : server.refuse();
}
sasl::step decide(sasl::oauthbearer_server& server, bool yes) {
    auto const& who = server.credentials();
    std::string message;
    sasl::write_oauthbearer(message, who);
    auto const again = sasl::parse_oauthbearer(message);
    require(again.ok(), "credentials can be written again");
    std::string user;
    sasl::decode_saslname(user, again->user);
    require(user == who.user && again->token == who.token && again->host == who.host &&
                again->port == who.port,
            "and they are the same");
    return yes ? server.accept() : server.refuse();
}
sasl::step decide(sasl::cram_md5_server& server, bool yes) {
    require(sasl::can_carry(server.user()), "controls do not get through");
    return yes ? server.password("a password that nobody knows") : server.not_found();
}
sasl::step decide(sasl::scram_server& server, bool yes) {
    require(sasl::can_carry(server.user()) && !server.user().empty(), "a name is a name");
    require(sasl::can_carry(server.authorization_id()), "controls do not get through");
    auto const which = sasl::scram_hash(server.mechanism());
    auto const keys = sasl::make_scram_keys(fuzz::toy_crypto, which, "unknown", "salt", 4096);
    return yes ? server.found({"salt", 4096, keys->stored_key.view(), keys->server_key.view()})
               : server.not_found("salt", 4096);
}

template <sasl::server_mechanism Server>
void talk(Server server, fuzz::chooser& how, bool proves_client) {
    auto said = how.below(4) != 0 ? sasl::step::wait() : server.start();
    bool yes = false;
    for (auto const line : fuzz::split(how.rest(), '\n')) {
        bool const over = said.what == sasl::action::failed || said.what == sasl::action::done;
        if (said.what == sasl::action::failed)
            require(said.why != error::none, "a failure has a reason");
        fuzz::exactly const response{line};
        said = server.next(response.view());
        if (said.what == sasl::action::ask) {
            yes = how.yes();
            said = decide(server, yes);
        }
        fuzz::exactly const copy{said.octets};  // sanitizers look at each octet
        if (over) require(said.what == sasl::action::failed, "what is over stays over");
        if (said.what != sasl::action::done) continue;
        require(yes, "nobody gets in whom the application refused");
        require(!proves_client, "who does not know the password proves nothing");
    }
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 4};
    auto const which = static_cast<sasl_mechanism>(how.below(sasl_mechanism_table.size()));
    auto const flags = how.below(256);
    sasl::channel_bindings const bindings{(flags & 1) != 0 ? "exporter" : "",
                                          (flags & 2) != 0 ? "end point" : ""};
    switch (which) {
        case sasl_mechanism::scram_sha_256_plus:
        case sasl_mechanism::scram_sha_256:
        case sasl_mechanism::scram_sha_1_plus:
        case sasl_mechanism::scram_sha_1:
            return talk(sasl::scram_server{which, toy_crypto, bindings, "nonce"}, how, true);
        case sasl_mechanism::external: return talk(sasl::external_server{}, how, false);
        case sasl_mechanism::oauthbearer:
            return talk(sasl::oauthbearer_server{(flags & 4) != 0 ? "host" : "", 587}, how, false);
        case sasl_mechanism::xoauth2: return talk(sasl::xoauth2_server{}, how, false);
        case sasl_mechanism::cram_md5:
            return talk(sasl::cram_md5_server{toy_crypto, "mx.example"}, how, true);
        case sasl_mechanism::plain: return talk(sasl::plain_server{}, how, false);
        case sasl_mechanism::login: return talk(sasl::login_server{}, how, false);
        case sasl_mechanism::anonymous: return talk(sasl::anonymous_server{}, how, false);
    }
}
