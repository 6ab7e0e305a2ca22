#include <postel/auth_dialog.hpp>

#include <string>
#include <string_view>
#include <utility>

#include "support/catch.hpp"

using postel::auth_dialog;
using postel::error;
using postel::sasl_mechanism;
using turn = postel::auth_dialog::turn;

TEST_CASE("who speaks first depends on the mechanism", "[auth_dialog][S-4954-4-07]") {
    for (auto const& row : postel::sasl_mechanism_table) {
        CAPTURE(row.spelling);
        auth_dialog const dialog{row.name};
        auto const step = dialog.begin();
        CHECK(dialog.silent());
        CHECK(dialog.octets().empty());
        CHECK(dialog.mechanism() == row.name);
        CHECK((step.whose == turn::client) == row.client_first);
        CHECK(step.challenge == (row.name == sasl_mechanism::login ? "Username:" : ""));
    }
}

TEST_CASE("PLAIN is one message and then credentials", "[auth_dialog]") {
    auth_dialog dialog{sasl_mechanism::plain};
    auto const step = dialog.hear("Ym9zcwBhbGljZQBzZWNyZXQ=");
    REQUIRE(step);
    CHECK(step->whose == turn::credentials);
    auto const said = dialog.credentials();
    CHECK(said.authorization_id == "boss");
    CHECK(said.authentication_id == "alice");
    CHECK(said.password == "secret");
    CHECK_FALSE(dialog.silent());
}

TEST_CASE("LOGIN is a name, a question and a password", "[auth_dialog]") {
    auth_dialog dialog{sasl_mechanism::login};
    auto const name = dialog.hear("YWxpY2U=");
    REQUIRE(name);
    CHECK(name->whose == turn::client);
    CHECK(name->challenge == "Password:");
    auth_dialog other = std::move(dialog);
    auto const password = other.hear("c2VjcmV0");
    REQUIRE(password);
    CHECK(password->whose == turn::credentials);
    CHECK(other.credentials().authorization_id.empty());
    CHECK(other.credentials().authentication_id == "alice");
    CHECK(other.credentials().password == "secret");
}

TEST_CASE("what any other mechanism says is for whoever knows it", "[auth_dialog]") {
    auth_dialog dialog{sasl_mechanism::scram_sha_256};
    for (std::string_view const octets : {"n,,n=a,r=b", "", "c=biws"}) {
        std::string text;
        postel::encode_base64(text, octets);
        auto const step = dialog.hear(text);
        REQUIRE(step);
        CHECK(step->whose == turn::exchange);
        CHECK(dialog.octets() == octets);
        CHECK_FALSE(dialog.silent());
    }
}

TEST_CASE("what cannot be read is an error, and says nothing about why", "[auth_dialog]") {
    struct row {
        sasl_mechanism how;
        std::string_view text;
        error why;
    };
    for (auto const& [how, text, why] : {
             row{sasl_mechanism::plain, "AAA", error::bad_base64},
             row{sasl_mechanism::login, "*", error::bad_base64},
             row{sasl_mechanism::xoauth2, "=", error::bad_base64},
             row{sasl_mechanism::plain, "", error::authentication_failed},
             row{sasl_mechanism::plain, "YWxpY2U=", error::authentication_failed},
             row{sasl_mechanism::login, "", error::authentication_failed},
             row{sasl_mechanism::login, "YQBi", error::authentication_failed},
         }) {
        CAPTURE(to_string(how), text);
        auto const step = auth_dialog{how}.hear(text);
        REQUIRE_FALSE(step);
        CHECK(step.fault().code == why);
    }
}

TEST_CASE("a dialog owns the last message, and the name of LOGIN", "[auth_dialog]") {
    auth_dialog dialog{sasl_mechanism::login};
    CHECK(dialog.heap_octets() == 0);
    (void)dialog.hear("YWxpY2U=");
    auto const name = dialog.heap_octets();
    CHECK(name >= 5);
    CHECK(name <= 64);
    (void)dialog.hear("c2VjcmV0");
    CHECK(dialog.heap_octets() >= 11);
    CHECK(dialog.heap_octets() <= 128);
}
