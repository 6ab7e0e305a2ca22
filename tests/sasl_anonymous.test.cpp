#include <postel/sasl/anonymous.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"

#include <string>
#include <string_view>

using namespace postel;
using namespace std::literals;
using sasl::anonymous_client;
using sasl::anonymous_server;

static_assert(sasl::client_mechanism<anonymous_client>);
static_assert(sasl::server_mechanism<anonymous_server>);
static_assert(sasl::is_trace("sirhc"));
static_assert(!sasl::is_trace("a\nb"));

TEST_CASE("ANONYMOUS carries nothing, an address or a token", "[sasl_anonymous][B-4505-2-01]") {
    struct row {
        std::string trace;
        bool good;
    };
    std::string umlauts;
    for (int i = 0; i < 255; ++i) umlauts += "\xC3\xA4";
    auto const given = GENERATE_REF(values<row>({
        {"", true},
        {"sirhc", true},
        {"a token, with = and spaces", true},
        {std::string(255, 'x'), true},
        {std::string(256, 'x'), false},
        {umlauts, true},  // 255 characters, 510 octets
        {umlauts + "x", false},
        {"alice@example.org", true},
        {"@", false},
        {"alice@", false},
        {"a@b@c", false},
        {"a\0b"s, false},
        {"a\r\nb", false},
        {"\x7F", false},
        {"\xC2\x80", false},
        {"\xFF", false},
    }));
    CAPTURE(given.trace);
    anonymous_client client{given.trace};
    anonymous_server server;
    auto const end = test::converse(client, server, [&](anonymous_server& s) {
        CHECK(s.trace() == given.trace);
        return s.accept();
    });
    CHECK(end.proved == given.good);
    CHECK(end.client == (given.good ? error::none : error::unusable_credentials));
    anonymous_server alone;
    CHECK((alone.next(given.trace).what == sasl::action::ask) == given.good);
}

TEST_CASE("strangers come in only if the application lets them", "[sasl_anonymous]") {
    anonymous_client client{"sirhc"};
    anonymous_server server;
    auto const end = test::converse(client, server, [](anonymous_server& s) { return s.refuse(); });
    CHECK(end.server == error::authentication_failed);
}

TEST_CASE("an ANONYMOUS server asks for a trace, and takes one", "[sasl_anonymous]") {
    anonymous_server server;
    auto const asked = server.start();
    CHECK(asked.what == sasl::action::send);
    CHECK(asked.octets.empty());
    CHECK(server.accept().why == error::not_ready);
    CHECK(server.next("sirhc").what == sasl::action::ask);
    CHECK(server.next("again").why == error::not_ready);
    CHECK(server.accept().why == error::not_ready);
}
