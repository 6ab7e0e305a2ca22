#include <postel/sasl/anonymous.hpp>
#include <postel/sasl/cram_md5.hpp>
#include <postel/sasl/external.hpp>
#include <postel/sasl/login.hpp>
#include <postel/sasl/oauthbearer.hpp>
#include <postel/sasl/plain.hpp>
#include <postel/sasl/scram.hpp>
#include <postel/sasl/xoauth2.hpp>

#include "fuzz/support/fuzz.hpp"
#include "fuzz/support/toy_crypto.hpp"

// The client side of each mechanism, with a server that says anything. One line is a challenge.

namespace {

using namespace postel;
using fuzz::require;

template <sasl::client_mechanism Client>
void talk(Client client, bool initial, std::string_view input, bool proves_server) {
    auto said = initial ? client.start() : sasl::step::wait();
    for (auto const line : fuzz::split(input, '\n')) {
        if (said.what == sasl::action::failed) {
            require(said.why != error::none, "a failure has a reason");
            require(!client.verified(), "who failed is not verified");
        }
        bool const over = said.what == sasl::action::failed;
        fuzz::exactly const challenge{line};
        said = client.next(challenge.view());
        fuzz::exactly const copy{said.octets};  // sanitizers look at each octet
        require(said.what == sasl::action::send || said.what == sasl::action::failed,
                "a client answers or gives up");
        if (over) require(said.what == sasl::action::failed, "what has failed stays failed");
        if (proves_server)
            require(!client.verified(), "who does not know the password proves nothing");
    }
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 3};
    auto const which = static_cast<sasl_mechanism>(how.below(sasl_mechanism_table.size()));
    bool const initial = how.below(4) != 0;
    auto const flags = how.below(256);
    plain_credentials who{{}, "user", "password"};
    if ((flags & 1) != 0) who.authorization_id = "other,one=";
    sasl::channel_bindings const bindings{(flags & 2) != 0 ? "exporter" : "",
                                          (flags & 4) != 0 ? "end point" : ""};
    sasl::bearer_credentials const token{"user", "token", (flags & 8) != 0 ? "host" : "", 587};
    auto const rest = how.rest();
    switch (which) {
        case sasl_mechanism::scram_sha_256_plus:
        case sasl_mechanism::scram_sha_256:
        case sasl_mechanism::scram_sha_1_plus:
        case sasl_mechanism::scram_sha_1:
            return talk(sasl::scram_client{which, toy_crypto, who, bindings, {1, 10000, "nonce"}},
                        initial, rest, true);
        case sasl_mechanism::external: return talk(sasl::external_client{}, initial, rest, false);
        case sasl_mechanism::oauthbearer:
            return talk(sasl::oauthbearer_client{token}, initial, rest, false);
        case sasl_mechanism::xoauth2:
            return talk(sasl::xoauth2_client{token}, initial, rest, false);
        case sasl_mechanism::cram_md5:
            return talk(sasl::cram_md5_client{toy_crypto, who}, initial, rest, false);
        case sasl_mechanism::plain: return talk(sasl::plain_client{who}, initial, rest, false);
        case sasl_mechanism::login: return talk(sasl::login_client{who}, initial, rest, false);
        case sasl_mechanism::anonymous:
            return talk(sasl::anonymous_client{"trace"}, initial, rest, false);
    }
}
