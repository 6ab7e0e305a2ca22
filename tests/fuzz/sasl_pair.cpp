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
#include "support/sasl.hpp"

// Both sides of a mechanism talk. Whoever can be carried gets in with the right password, as whom
// he said, and with no other; and where somebody on the way changes a message, SCRAM notices.

namespace {

using namespace postel;
using fuzz::require;

/// Who wants in, what the server knows, and what happens on the way.
struct meeting {
    std::string_view other;  // to act as
    std::string_view user;
    std::string_view password;
    std::string_view stored;  // the password that the server knows
    bool binds = false;
    bool initial = false;
    std::size_t message = 0;  // the one that is changed
    std::size_t octet = 0;    // where
    char by = 0;              // what is done to it; 0: nothing
};

std::string changed(meeting const& how, std::size_t index, std::string_view message) {
    std::string all{message};
    if (how.by != 0 && index == how.message && !all.empty()) {
        auto& c = all[how.octet % all.size()];
        c = static_cast<char>(c ^ how.by);
    }
    return all;
}

bool fits(meeting const& how) {
    return sasl::can_carry(how.user) && sasl::can_carry(how.password) && !how.user.empty() &&
           !how.password.empty() && sasl::can_carry(how.other);
}

template <class Client, class Server, class Answer>
test::outcome meet(meeting const& how, Client client, Server& server, Answer&& answer) {
    auto const way = [&](std::size_t index, std::string_view message) {
        return changed(how, index, message);
    };
    auto const end = test::converse(client, server, answer, way, how.initial);
    require(end.proved || end.client != error::none || end.server != error::none,
            "a conversation ends, and well or with a reason");
    return end;
}

void check_plain(meeting const& how) {
    sasl::plain_server server;
    auto const end = meet(
        how, sasl::plain_client{{how.other, how.user, how.password}}, server, [&](auto& asked) {
            return asked.credentials().password == how.stored ? asked.accept() : asked.refuse();
        });
    if (how.by != 0) return;
    require(end.proved == (fits(how) && how.password == how.stored), "the right password counts");
    if (!end.proved) return;
    auto const& who = server.credentials();
    require(who.authentication_id == how.user && who.authorization_id == how.other,
            "names arrive as they are");
}

void check_login(meeting const& how) {
    sasl::login_server server;
    auto const end =
        meet(how, sasl::login_client{{{}, how.user, how.password}}, server, [&](auto& asked) {
            return asked.credentials().password == how.stored ? asked.accept() : asked.refuse();
        });
    auto plain = how;
    plain.other = {};
    if (how.by != 0) return;
    require(end.proved == (fits(plain) && how.password == how.stored), "the right password counts");
    if (end.proved)
        require(server.credentials().authentication_id == how.user, "names arrive as they are");
}

void check_cram_md5(meeting const& how) {
    sasl::cram_md5_server server{fuzz::toy_crypto, "mx.example"};
    auto without_initial = how;
    without_initial.initial = true;  // the client waits, so it makes no difference
    auto const end =
        meet(without_initial, sasl::cram_md5_client{fuzz::toy_crypto, {{}, how.user, how.password}},
             server, [&](auto& asked) { return asked.password(how.stored); });
    auto plain = how;
    plain.other = {};
    bool const right = how.password == how.stored;
    if (how.by == 0) require(end.proved == (fits(plain) && right), "the right password counts");
    if (!right) require(!end.proved, "and no other");
}

void check_scram(meeting const& how, sasl_mechanism which) {
    sasl::channel_bindings bindings;
    if (how.binds || sasl::detail::is_plus(which)) bindings.tls_exporter = "exporter";
    sasl::scram_client client{which,
                              fuzz::toy_crypto,
                              {how.other, how.user, how.password},
                              how.binds ? bindings : sasl::channel_bindings{},
                              {1, 10000, "client"}};
    auto const server_bindings = sasl::detail::is_plus(which) ? bindings : sasl::channel_bindings{};
    sasl::scram_server server{which, fuzz::toy_crypto, server_bindings, "server"};
    auto const keys =
        sasl::make_scram_keys(fuzz::toy_crypto, sasl::scram_hash(which), how.stored, "salt", 4096);
    auto const end = meet(how, std::move(client), server, [&](auto& asked) {
        return asked.found({"salt", 4096, keys->stored_key.view(), keys->server_key.view()});
    });
    bool const bound = !sasl::detail::is_plus(which) || how.binds;
    bool const right = fits(how) && bound && how.password == how.stored;
    if (how.by == 0) require(end.proved == right && end.verified == right, "both are proved");
    if (how.password != how.stored) require(!end.proved && !end.verified, "with no other password");
    if (!end.proved || !end.verified) return;
    require(server.user() == how.user && server.authorization_id() == how.other,
            "names arrive as they are, or somebody notices");
}

void check_bearer(meeting const& how) {
    sasl::bearer_credentials const who{how.user, how.password, how.other, 587};
    bool const carried = sasl::can_carry(how.user) && !how.password.empty() &&
                         all_of(how.password, vchar) && all_of(how.other, vchar);
    auto const judge = [&](auto& asked) {
        return asked.credentials().token == how.stored ? asked.accept() : asked.refuse();
    };
    sasl::oauthbearer_server server;
    auto const end = meet(how, sasl::oauthbearer_client{who}, server, judge);
    sasl::xoauth2_server other;
    auto const same = meet(how, sasl::xoauth2_client{who}, other, judge);
    if (how.by != 0) return;
    bool const right = carried && how.password == how.stored;
    require(end.proved == right, "the right token counts");
    require(same.proved == (right && !how.user.empty()), "the right token counts");
    if (!end.proved) return;
    require(server.credentials().user == how.user && server.credentials().host == how.other,
            "names arrive as they are");
}

void check_names(meeting const& how) {
    auto const accept = [](auto& asked) { return asked.accept(); };
    sasl::external_server external;
    auto const end = meet(how, sasl::external_client{how.other}, external, accept);
    if (how.by == 0) require(end.proved == sasl::can_carry(how.other), "a name can be carried");
    if (how.by == 0 && end.proved)
        require(external.authorization_id() == how.other, "names arrive as they are");
    sasl::anonymous_server anonymous;
    auto const traced = meet(how, sasl::anonymous_client{how.user}, anonymous, accept);
    if (how.by == 0) require(traced.proved == sasl::is_trace(how.user), "a trace can be carried");
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser choose{input, 5};
    auto const which = static_cast<sasl_mechanism>(choose.below(sasl_mechanism_table.size()));
    auto const flags = choose.below(256);
    auto parts = split(choose.rest(), '\n');
    parts.resize(4);
    meeting how{parts[0], parts[1], parts[2], parts[2]};
    if ((flags & 1) != 0) how.stored = parts[3];
    how.binds = (flags & 2) != 0;
    how.initial = (flags & 4) != 0;
    how.message = choose.below(5);
    how.octet = choose.below(256);
    if ((flags & 24) == 24) how.by = static_cast<char>(choose.below(256));
    switch (which) {
        case sasl_mechanism::plain: return check_plain(how);
        case sasl_mechanism::login: return check_login(how);
        case sasl_mechanism::cram_md5: return check_cram_md5(how);
        case sasl_mechanism::oauthbearer:
        case sasl_mechanism::xoauth2: return check_bearer(how);
        case sasl_mechanism::external:
        case sasl_mechanism::anonymous: return check_names(how);
        default: return check_scram(how, which);
    }
}
