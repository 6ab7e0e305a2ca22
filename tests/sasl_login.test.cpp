#include <postel/sasl/login.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"

#include <string>
#include <string_view>

using namespace postel;
using namespace std::literals;
using sasl::action;
using sasl::login_client;
using sasl::login_server;

static_assert(sasl::client_mechanism<login_client>);
static_assert(sasl::server_mechanism<login_server>);

TEST_CASE("LOGIN asks for the name and for the password", "[sasl_login][B-LOGIN-01][S-LOGIN-01]") {
    bool const right = GENERATE(true, false);
    login_client client{{"", "alice", "wonderland"}};
    login_server server;
    auto const end = test::converse(client, server, [&](login_server& s) {
        CHECK(s.credentials().authorization_id.empty());
        CHECK(s.credentials().authentication_id == "alice");
        CHECK(s.credentials().password == "wonderland");
        return right ? s.accept() : s.refuse();
    });
    CHECK(end.said == std::vector<std::string>{"Username:", "alice", "Password:", "wonderland"});
    CHECK(end.proved == right);
    CHECK(end.verified);
}

TEST_CASE("a LOGIN server takes the name as an initial response", "[sasl_login][S-LOGIN-02]") {
    login_server server;
    auto const asked = server.next("alice");
    CHECK(asked.what == action::send);
    CHECK(asked.octets == "Password:");
    REQUIRE(server.next("wonderland").what == action::ask);
    CHECK(server.credentials().authentication_id == "alice");
}

TEST_CASE("a LOGIN client does not read what it is asked", "[sasl_login][C-LOGIN-01]") {
    login_client client{{"", "alice", "wonderland"}};
    CHECK(client.start().what == action::wait);
    CHECK(client.next("User Name\0"sv).octets == "alice");
    CHECK_FALSE(client.verified());  // a 235 now was not earned
    CHECK(client.next("Password\0"sv).octets == "wonderland");
    CHECK(client.verified());
    CHECK(client.next("Once more:").why == error::bad_sasl_message);
    CHECK_FALSE(client.verified());
}

TEST_CASE("LOGIN carries neither nothing nor controls", "[sasl_login]") {
    auto const bad = GENERATE(as<std::string_view>{}, "", "a\0b"sv, "a\r\nb", "\xFF", "a\x7F");
    CAPTURE(bad);
    login_server name;
    CHECK(name.next(bad).why == error::bad_sasl_message);
    login_server password;
    CHECK(password.next("alice").what == action::send);
    CHECK(password.next(bad).why == error::bad_sasl_message);
    CHECK(password.accept().what == action::failed);

    login_client nameless{{"", bad, "wonderland"}};
    CHECK(nameless.start().why == error::unusable_credentials);
    CHECK(nameless.next("Username:").why == error::unusable_credentials);
    login_client wordless{{"", "alice", bad}};
    CHECK(wordless.start().why == error::unusable_credentials);
    login_client of_another{{"boss", "alice", "wonderland"}};
    CHECK(of_another.start().why == error::unusable_credentials);
}

TEST_CASE("neither side of LOGIN does anything out of turn", "[sasl_login]") {
    login_client client{{"", "alice", "wonderland"}};
    CHECK(client.start().what == action::wait);
    CHECK(client.next("Username:").octets == "alice");
    CHECK(client.start().why == error::not_ready);
    CHECK(client.next("Password:").octets == "wonderland");
    CHECK(client.next("Why?").why == error::bad_sasl_message);
    CHECK(client.next("Why?").why == error::bad_sasl_message);
    login_server server;
    CHECK(server.next("alice").what == action::send);
    CHECK(server.next("wonderland").what == action::ask);
    CHECK(server.next("more").why == error::not_ready);
    CHECK(server.accept().why == error::not_ready);
}
