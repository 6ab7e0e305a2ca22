#include <postel/sasl/mechanism.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"
#include "support/scripted_crypto.hpp"

#include <postel/sasl/anonymous.hpp>
#include <postel/sasl/cram_md5.hpp>
#include <postel/sasl/external.hpp>
#include <postel/sasl/login.hpp>
#include <postel/sasl/oauthbearer.hpp>
#include <postel/sasl/plain.hpp>
#include <postel/sasl/scram.hpp>
#include <postel/sasl/xoauth2.hpp>
#include <string>
#include <string_view>

using namespace postel;
using sasl::action;
using sasl::openssl_crypto;
using sasl::step;

// Every mechanism in one shape: a conversation that succeeds, and what becomes of it when messages
// are cut or changed on their way.

namespace {

constexpr plain_credentials alice{"boss", "alice", "wonderland"};
constexpr plain_credentials alice_alone{"", "alice", "wonderland"};
constexpr sasl::bearer_credentials holder{"alice", "token", "mail.example.org", 465};
constexpr sasl::channel_bindings binding{"an exporter value of 32 octets..", {}};
constexpr sasl::scram_client_options quick{1, 1, {}};  // there are thousands of conversations

// What an application would answer.
template <class Server>
step judge(Server& server) {
    if constexpr (requires { server.keyed_digest(""); }) {
        return server.user() == "alice" ? server.password("wonderland") : server.not_found();
    } else if constexpr (requires { server.found({}); }) {
        constexpr auto salt = "0123456789abcdef";
        auto const keys = sasl::make_scram_keys(
            openssl_crypto, sasl::scram_hash(server.mechanism()), "wonderland", salt, 1);
        if (server.user() != "alice") return server.not_found(salt, 1);
        return server.found({salt, 1, keys->stored_key.view(), keys->server_key.view()});
    } else if constexpr (requires { server.credentials().token; }) {
        auto const& who = server.credentials();
        return who.user == "alice" && who.token == "token" ? server.accept() : server.refuse();
    } else if constexpr (requires { server.credentials().password; }) {
        auto const& who = server.credentials();
        bool const right = who.authentication_id == "alice" && who.password == "wonderland";
        bool const may = who.authorization_id.empty() || who.authorization_id == "boss";
        return right && may ? server.accept() : server.refuse();
    } else if constexpr (requires { server.authorization_id(); }) {
        return server.authorization_id() == "boss" ? server.accept() : server.refuse();
    } else {
        return server.trace() == "sirhc" ? server.accept() : server.refuse();
    }
}

/// Calls `use(mechanism, converse)` for every mechanism; `converse(way)` has a fresh conversation.
template <class Use>
void for_every_mechanism(Use&& use) {
    auto const with = [&](auto make_client, auto make_server) {
        auto const converse = [&](auto const& way) {
            auto client = make_client();
            auto server = make_server();
            return test::converse(
                client, server, [](auto& asking) { return judge(asking); }, way);
        };
        use(make_client().mechanism(), converse);
        CHECK(make_client().mechanism() == make_server().mechanism());
    };
    with([] { return sasl::plain_client{alice}; }, [] { return sasl::plain_server{}; });
    with([] { return sasl::login_client{alice_alone}; }, [] { return sasl::login_server{}; });
    with([] { return sasl::external_client{"boss"}; }, [] { return sasl::external_server{}; });
    with([] { return sasl::anonymous_client{"sirhc"}; }, [] { return sasl::anonymous_server{}; });
    with([] { return sasl::xoauth2_client{holder}; }, [] { return sasl::xoauth2_server{}; });
    with([] { return sasl::oauthbearer_client{holder}; },
         [] {
             return sasl::oauthbearer_server{"mail.example.org", 465};
         });
    with(
        [] {
            return sasl::cram_md5_client{openssl_crypto, alice_alone};
        },
        [] {
            return sasl::cram_md5_server{openssl_crypto, "mail.example.org"};
        });
    for (auto const which : {sasl_mechanism::scram_sha_1, sasl_mechanism::scram_sha_256})
        with(
            [=] {
                return sasl::scram_client{which, openssl_crypto, alice, {}, quick};
            },
            [=] {
                return sasl::scram_server{which, openssl_crypto};
            });
    for (auto const which : {sasl_mechanism::scram_sha_1_plus, sasl_mechanism::scram_sha_256_plus})
        with(
            [=] {
                return sasl::scram_client{which, openssl_crypto, alice, binding, quick};
            },
            [=] {
                return sasl::scram_server{which, openssl_crypto, binding};
            });
}

}  // namespace

TEST_CASE("both sides of every mechanism understand each other", "[sasl]") {
    sasl_mechanism_set seen;
    for_every_mechanism([&](sasl_mechanism which, auto const& converse) {
        CAPTURE(to_string(which));
        auto const end = converse(test::untouched);
        CHECK(end.proved);
        CHECK(end.verified);
        CHECK(end.client == error::none);
        CHECK(end.server == error::none);
        seen.add(which);
    });
    for (auto const& row : sasl_mechanism_table) CHECK(seen.has(row.name));
}

TEST_CASE("a message that is cut short never gets anybody in", "[sasl]") {
    for_every_mechanism([](sasl_mechanism which, auto const& converse) {
        auto const whole = converse(test::untouched).said;
        for (std::size_t i = 0; i < whole.size(); ++i) {
            // What a LOGIN server asks is not read.
            bool const ignored = which == sasl_mechanism::login && i % 2 == 0;
            for (std::size_t cut = 1; cut <= whole[i].size(); ++cut) {
                auto const end = converse([&](std::size_t current, std::string_view text) {
                    if (current == i) text.remove_suffix(cut < text.size() ? cut : text.size());
                    return std::string{text};
                });
                CAPTURE(to_string(which), i, cut);
                CHECK(end.proved == ignored);
            }
        }
    });
}

TEST_CASE("no octet of a message can hold whatever it likes", "[sasl]") {
    for_every_mechanism([](sasl_mechanism which, auto const& converse) {
        auto const whole = converse(test::untouched).said;
        for (std::size_t i = 0; i < whole.size(); ++i) {
            if (which == sasl_mechanism::login && i % 2 == 0) continue;
            for (std::size_t at = 0; at < whole[i].size(); at += 3) {
                for (char const octet : {'\0', '\r', '\n', '\x7F', '\xFF'}) {
                    bool touched = false;  // the numbers in a CRAM-MD5 challenge differ in length
                    auto const end = converse([&](std::size_t current, std::string_view text) {
                        std::string changed{text};
                        if (current != i || at >= changed.size()) return changed;
                        changed[at] = octet;
                        touched = true;
                        return changed;
                    });
                    CAPTURE(to_string(which), i, at, static_cast<int>(octet));
                    CHECK(end.proved == !touched);
                }
            }
        }
    });
}
