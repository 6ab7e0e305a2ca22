#include <postel/sasl/external.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"

#include <string>
#include <string_view>

using namespace postel;
using namespace std::literals;
using sasl::action;
using sasl::external_client;
using sasl::external_server;

static_assert(sasl::client_mechanism<external_client>);
static_assert(sasl::server_mechanism<external_server>);

TEST_CASE("EXTERNAL names at most who to act as", "[sasl_external][B-4422-A.1-01]") {
    auto const name = GENERATE(as<std::string_view>{}, "", "fred@example.com", "a,=b", "\xC3\xA4");
    bool const initial = GENERATE(true, false);
    external_client client{name};
    external_server server;
    auto const end = test::converse(
        client, server,
        [&](external_server& s) {
            CHECK(s.authorization_id() == name);
            return s.accept();
        },
        test::untouched, initial);
    CHECK(end.proved);
    CHECK(end.verified);
    CHECK(end.said.back() == name);
    CHECK(end.said.size() == (initial ? 1 : 2));
}

TEST_CASE("EXTERNAL fails without a certificate, or for a name that it does not cover",
          "[sasl_external][S-4422-A.1-01]") {
    external_client client;
    external_server server;
    auto const end = test::converse(client, server, [](external_server& s) { return s.refuse(); });
    CHECK(end.server == error::authentication_failed);
    CHECK_FALSE(end.proved);
}

TEST_CASE("EXTERNAL takes no name with a control, NUL or bad UTF-8", "[sasl_external]") {
    auto const bad =
        GENERATE(as<std::string_view>{}, "\0"sv, "a\0b"sv, "a\rb", "a\nb", "\xED\xA0\x80");
    CAPTURE(bad);
    CHECK(external_client{bad}.start().why == error::unusable_credentials);
    CHECK(external_server{}.next(bad).why == error::bad_sasl_message);
}

TEST_CASE("EXTERNAL has one turn", "[sasl_external]") {
    external_client client;
    CHECK(client.start().what == action::send);
    CHECK(client.next("").why == error::bad_sasl_message);  // nothing more to say
    CHECK_FALSE(client.verified());
    CHECK(client.start().why == error::not_ready);
}

TEST_CASE("an EXTERNAL server hears one name", "[sasl_external]") {
    external_server server;
    CHECK(server.next("").what == action::ask);
    CHECK(server.next("fred").why == error::not_ready);
    CHECK(server.accept().why == error::not_ready);
}
