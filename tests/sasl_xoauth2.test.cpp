#include <postel/sasl/xoauth2.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"

#include <string>
#include <string_view>

using namespace postel;
using namespace std::literals;
using sasl::action;
using sasl::bearer_credentials;
using sasl::xoauth2_client;
using sasl::xoauth2_server;

static_assert(sasl::client_mechanism<xoauth2_client>);
static_assert(sasl::server_mechanism<xoauth2_server>);
static_assert(sasl::parse_xoauth2("user=a\x01"
                                  "auth=Bearer t\x01\x01")
                  .ok());

TEST_CASE("XOAUTH2 says who and with what token", "[sasl_xoauth2][B-XOAUTH2-01]") {
    bool const initial = GENERATE(true, false);
    xoauth2_client client{{"alice@example.org", "example-token-0001"}};
    xoauth2_server server;
    auto const end = test::converse(
        client, server,
        [](xoauth2_server& s) {
            CHECK(s.credentials().user == "alice@example.org");
            CHECK(s.credentials().token == "example-token-0001");
            return s.accept();
        },
        test::untouched, initial);
    CHECK(end.proved);
    CHECK(end.verified);
    CHECK(test::to_base64(end.said.back()) ==
          "dXNlcj1hbGljZUBleGFtcGxlLm9yZwFhdXRoPUJlYXJlciBleGFtcGxlLXRva2VuLTAwMDEBAQ==");
}

TEST_CASE("a user of XOAUTH2 may have a space in the name, and no control",
          "[sasl_xoauth2][B-XOAUTH2-01]") {
    auto const read = [](char c) {
        return sasl::parse_xoauth2("user=a"s + c + "b\x01" + "auth=Bearer t\x01\x01").ok();
    };
    CHECK(read(' '));
    CHECK_FALSE(read('\x1F'));
}

TEST_CASE("a refused XOAUTH2 client learns why and answers with nothing",
          "[sasl_xoauth2][S-XOAUTH2-01]") {
    constexpr std::string_view why =
        R"({"status":"401","schemes":"bearer","scope":"https://mail.example.org/"})";
    xoauth2_client client{{"alice@example.org", "expired"}};
    xoauth2_server server;
    auto const end =
        test::converse(client, server, [&](xoauth2_server& s) { return s.refuse(why); });
    REQUIRE(end.said.size() == 3);
    CHECK(end.said[1] == why);
    CHECK(end.said[2].empty());
    CHECK(end.server == error::authentication_failed);
    CHECK_FALSE(end.verified);  // should a 235 follow all the same
    CHECK(client.refusal() == why);
    CHECK(client.next("more").why == error::bad_sasl_message);
}

TEST_CASE("a refused XOAUTH2 client cannot try again in the same exchange", "[sasl_xoauth2]") {
    xoauth2_server server;
    REQUIRE(server
                .next("user=a\x01"
                      "auth=Bearer bad\x01\x01")
                .what == action::ask);
    REQUIRE(server.refuse().what == action::send);
    CHECK(server.accept().why == error::not_ready);
    CHECK(server
              .next("user=a\x01"
                    "auth=Bearer good\x01\x01")
              .why == error::authentication_failed);
    CHECK(server.next("").why == error::not_ready);
}

TEST_CASE("XOAUTH2 messages are read strictly", "[sasl_xoauth2][B-7628-4-01]") {
    struct row {
        std::string_view message;
        bool good;
    };
    auto const given = GENERATE(values<row>({
        {"user=a\x01"
         "auth=Bearer t\x01\x01",
         true},
        {"user=a\x01"
         "auth=bearer   t\x01\x01",
         true},
        {"user=a=b,c\x01"
         "auth=BEARER t\x01\x01",
         true},
        {"user=\x01"
         "auth=Bearer t\x01\x01",
         false},
        {"user=a\x01"
         "auth=Bearer \x01\x01",
         false},
        {"user=a\x01"
         "auth=Bearert\x01\x01",
         false},
        {"user=a\x01"
         "auth=Basic t\x01\x01",
         false},
        {"user=a\x01"
         "auth=Bearer t u\x01\x01",
         false},
        {"user=a\x01"
         "auth=Bearer t\x01",
         false},
        {"user=a\x01"
         "auth=Bearer t\x01\x01x",
         false},
        {"user=a\r\nb\x01"
         "auth=Bearer t\x01\x01",
         false},
        {"user=a\0b\x01"
         "auth=Bearer t\x01\x01"sv,
         false},
        {"user=a\x7F\x01"
         "auth=Bearer t\x01\x01",
         false},
        {"user=\xFF\x01"
         "auth=Bearer t\x01\x01",
         false},
        {"auth=Bearer t\x01"
         "user=a\x01\x01",
         false},
        {"\x01", false},
        {"", false},
    }));
    CAPTURE(given.message);
    xoauth2_server server;
    CHECK((server.next(given.message).what == action::ask) == given.good);
}

TEST_CASE("an XOAUTH2 client refuses what XOAUTH2 cannot carry", "[sasl_xoauth2]") {
    auto const who = GENERATE(values<bearer_credentials>({
        {"", "t"},
        {"a", ""},
        {"a\x01"
         "auth=Bearer u\x01\x01",
         "t"},
        {"a", "t\x01\x01"},
        {"a", "t u"},
        {"a\r\n", "t"},
    }));
    CAPTURE(who.user, who.token);
    xoauth2_client client{who};
    CHECK(client.start().why == error::unusable_credentials);
    CHECK(client.next("").why == error::unusable_credentials);
    CHECK_FALSE(client.verified());
}

TEST_CASE("neither side of XOAUTH2 does anything out of turn", "[sasl_xoauth2]") {
    xoauth2_client client{{"alice", "t"}};
    CHECK(client.next("{}").why == error::bad_sasl_message);
    CHECK(client.start().why == error::not_ready);
    xoauth2_server server;
    CHECK(server.refuse().why == error::not_ready);
    CHECK(server.accept().why == error::not_ready);
}
