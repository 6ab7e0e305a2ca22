#include <postel/sasl/plain.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"

#include <string>
#include <string_view>
#include <utility>

using namespace postel;
using namespace std::literals;
using sasl::action;
using sasl::plain_client;
using sasl::plain_server;

static_assert(sasl::client_mechanism<plain_client>);
static_assert(sasl::server_mechanism<plain_server>);

TEST_CASE("PLAIN writes the messages of the RFC", "[sasl_plain][B-4616-2-01]") {
    struct row {
        plain_credentials who;
        std::string_view base64;
    };
    auto const given = GENERATE(values<row>({
        {{"", "tim", "tanstaaftanstaaf"}, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm"},  // RFC 4616 4
        {{"Ursel", "Kurt", "xipj3plmq"}, "VXJzZWwAS3VydAB4aXBqM3BsbXE="},   // RFC 4616 4
        {{"", "alice", "wonderland"}, "AGFsaWNlAHdvbmRlcmxhbmQ="},
    }));
    CAPTURE(given.base64);
    plain_client client{given.who};
    auto const sent = client.start();
    REQUIRE(sent.what == action::send);
    CHECK(test::to_base64(sent.octets) == given.base64);

    plain_server server;
    REQUIRE(server.next(sent.octets).what == action::ask);
    CHECK(server.credentials().authorization_id == given.who.authorization_id);
    CHECK(server.credentials().authentication_id == given.who.authentication_id);
    CHECK(server.credentials().password == given.who.password);
}

TEST_CASE("PLAIN carries what it must and nothing that could be misread",
          "[sasl_plain][S-4616-2-01][S-4616-2-02]") {
    std::string const longest(255, 'x');
    struct row {
        std::string message;
        bool good;
    };
    auto const given = GENERATE_REF(values<row>({
        {longest + "\0"s + longest + "\0"s + longest, true},
        {"\0a,=b\0p,=\"'<>"s, true},
        {"\0\xC3\xA4\0\xE2\x82\xAC"s, true},
        {""s, false},
        {"\0"s, false},
        {"\0a"s, false},
        {"a\0b"s, false},
        {"\0\0p"s, false},      // no name
        {"\0a\0"s, false},      // no password
        {"\0a\0b\0c"s, false},  // RFC 4616 2: no NUL in a field
        {"\0user\0extra\0pw"s, false},
        {"\0a\r\nb\0p"s, false},  // a name with a line end would reach logs
        {"a\x7F\0a\0p"s, false},
        {"\0a\0p\n"s, false},
        {"\0\xC0\xAF\0p"s, false},  // overlong
        {"\0\xC2\x85\0p"s, false},  // C1: NEL
        {"\0a\0\xE2\x82"s, false},  // cut
    }));
    CAPTURE(given.message);
    plain_server server;
    auto const heard = server.next(given.message);
    CHECK((heard.what == action::ask) == given.good);
    if (!given.good) CHECK(heard.why == error::bad_sasl_message);
}

TEST_CASE("a PLAIN client refuses what PLAIN cannot carry", "[sasl_plain]") {
    auto const who = GENERATE(values<plain_credentials>({
        {"", "", "p"},
        {"", "a", ""},
        {"", "a\0b"sv, "p"},
        {"", "a", "p\r\n"},
        {"\xFF", "a", "p"},
    }));
    plain_client client{who};
    auto const sent = client.start();
    CHECK(sent.what == action::failed);
    CHECK(sent.why == error::unusable_credentials);
    CHECK_FALSE(client.verified());
    CHECK(client.next("").what == action::failed);
}

TEST_CASE("PLAIN succeeds exactly when the application says so", "[sasl_plain][S-4616-2-03]") {
    bool const right = GENERATE(true, false);
    bool const initial = GENERATE(true, false);
    plain_client client{{"boss", "alice", "wonderland"}};
    plain_server server;
    auto const end = test::converse(
        client, server, [&](plain_server& s) { return right ? s.accept() : s.refuse(); },
        test::untouched, initial);
    CHECK(end.proved == right);
    CHECK(end.server == (right ? error::none : error::authentication_failed));
    CHECK(end.said.size() == (initial ? 1 : 2));
}

TEST_CASE("PLAIN takes part in nothing but its own order of turns", "[sasl_plain]") {
    plain_client client{{"", "alice", "wonderland"}};
    CHECK_FALSE(client.verified());  // a 235 that nothing earned
    CHECK(client.next("what?").what == action::failed);
    CHECK_FALSE(client.verified());

    plain_client twice{{"", "alice", "wonderland"}};
    CHECK(twice.next("").octets == "\0alice\0wonderland"sv);  // the challenge came first
    CHECK(twice.verified());
    CHECK(twice.next("more").why == error::bad_sasl_message);
    CHECK_FALSE(twice.verified());

    plain_server server;
    CHECK(server.accept().why == error::not_ready);
    CHECK(server.next("\0a\0p"sv).what == action::ask);
    CHECK(server.next("\0b\0p"sv).why == error::not_ready);
    CHECK(server.accept().why == error::not_ready);  // the second message spoilt it

    plain_server once;
    CHECK(once.next("\0a\0p"sv).what == action::ask);
    CHECK(once.refuse().why == error::authentication_failed);
    CHECK(once.accept().why == error::not_ready);
}

TEST_CASE("a mechanism may be moved while a question is open", "[sasl_plain]") {
    plain_server asked;
    REQUIRE(asked.next("\0alice\0wonderland"sv).what == action::ask);
    plain_server moved{std::move(asked)};
    CHECK(moved.credentials().password == "wonderland");
    CHECK(moved.accept().what == action::done);
}
