#include <postel/sasl/oauthbearer.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"

#include <string>
#include <string_view>

using namespace postel;
using namespace std::literals;
using sasl::action;
using sasl::bearer_credentials;
using sasl::oauthbearer_client;
using sasl::oauthbearer_server;

static_assert(sasl::client_mechanism<oauthbearer_client>);
static_assert(sasl::server_mechanism<oauthbearer_server>);

namespace {

// RFC 7628 4.1
constexpr std::string_view example =
    "n,a=user@example.com,\x01"
    "host=server.example.com\x01"
    "port=143\x01"
    "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01";
constexpr std::string_view example_in_base64 =
    "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyI"
    "HZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB";

}  // namespace

TEST_CASE("the example of RFC 7628 is written and read", "[sasl_oauthbearer][B-7628-3.1-01]") {
    CHECK(test::to_base64(example) == example_in_base64);
    oauthbearer_client client{{"user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
                               "server.example.com", 143}};
    oauthbearer_server server{"server.example.com", 143};
    auto const end = test::converse(client, server, [](oauthbearer_server& s) {
        CHECK(s.credentials().user == "user@example.com");
        CHECK(s.credentials().token == "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        CHECK(s.credentials().host == "server.example.com");
        CHECK(s.credentials().port == 143);
        return s.accept();
    });
    CHECK(end.said == std::vector<std::string>{std::string{example}});
    CHECK(end.proved);
    CHECK(end.verified);
}

TEST_CASE("a refused OAUTHBEARER client learns why and answers with one octet",
          "[sasl_oauthbearer][S-7628-3.2.2-01][C-7628-3.2.3-01]") {
    constexpr std::string_view why = R"({"status":"invalid_token","scope":"smtp"})";
    oauthbearer_client client{{"", "expired"}};
    oauthbearer_server server;
    auto const end =
        test::converse(client, server, [&](oauthbearer_server& s) { return s.refuse(why); });
    CHECK(end.said == std::vector<std::string>{"n,,\x01"
                                               "auth=Bearer expired\x01\x01",
                                               std::string{why}, "\x01"});
    CHECK(end.server == error::authentication_failed);
    CHECK_FALSE(end.verified);
    CHECK(client.refusal() == why);
}

TEST_CASE("a token meant for another server is refused without a question",
          "[sasl_oauthbearer][S-7628-3.2-01]") {
    struct row {
        std::string_view host;
        std::uint16_t port;
        bool ours;
    };
    auto const given = GENERATE(values<row>({
        {"mail.example.org", 465, true},
        {"MAIL.example.ORG", 465, true},
        {"", 0, true},
        {"other.example.org", 465, false},
        {"mail.example.org", 587, false},
    }));
    CAPTURE(given.host, given.port);
    oauthbearer_client client{{"alice", "token", given.host, given.port}};
    oauthbearer_server server{"mail.example.org", 465};
    bool asked = false;
    auto const end = test::converse(client, server, [&](oauthbearer_server& s) {
        asked = true;
        return s.accept();
    });
    CHECK(asked == given.ours);
    CHECK(end.proved == given.ours);
    CHECK(end.server == (given.ours ? error::none : error::authentication_failed));
}

TEST_CASE("OAUTHBEARER messages are read strictly, and unknown keys ignored",
          "[sasl_oauthbearer][B-7628-3.1-01][S-7628-3.1-01][B-7628-4-01]") {
    struct row {
        std::string_view message;
        error why;
    };
    constexpr auto bad = error::bad_sasl_message;
    auto const given = GENERATE(values<row>({
        {"n,,\x01"
         "auth=Bearer t\x01\x01",
         error::none},
        {"y,,\x01"
         "auth=bearer t\x01\x01",
         error::none},
        {"n,,\x01"
         "mthd=POST\x01"
         "foo=\r\n\t x\x01"
         "auth=Bearer t\x01"
         "bar=\x01\x01",
         error::none},
        {"p=tls-exporter,,\x01"
         "auth=Bearer t\x01\x01",
         error::channel_binding_mismatch},
        {"\x01", bad},  // the answer to a refusal that nobody made
        {"", bad},
        {"n,,", bad},
        {"n,,\x01\x01", bad},
        {"n,,\x01"
         "host=a\x01\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01\x01x",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01"
         "auth=Bearer u\x01\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01"
         "host=\x01\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01"
         "host=a\x01"
         "host=b\x01\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01"
         "port=0\x01\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01"
         "port=65536\x01\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01"
         "port=1x\x01\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01"
         "=x\x01\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\x01"
         "k y=x\x01\x01",
         bad},
        {"n,,\x01"
         "auth=Bearer t\0\x01\x01"sv,
         bad},
        {"n,a=b=,\x01"
         "auth=Bearer t\x01\x01",
         bad},
        {"n,a=b\r,\x01"
         "auth=Bearer t\x01\x01",
         bad},
        {"n,a=b,c,\x01"
         "auth=Bearer t\x01\x01",
         bad},
        {"n,a=,\x01"
         "auth=Bearer t\x01\x01",
         bad},
        {"user=a\x01"
         "auth=Bearer t\x01\x01",
         bad},
    }));
    CAPTURE(given.message);
    oauthbearer_server server;
    auto const heard = server.next(given.message);
    CHECK(heard.why == given.why);
    CHECK((heard.what == action::ask) == (given.why == error::none));
}

TEST_CASE("commas and equals signs in a name survive OAUTHBEARER", "[sasl_oauthbearer]") {
    oauthbearer_client client{{"a,b=c", "t"}};
    oauthbearer_server server;
    auto const end = test::converse(client, server, [](oauthbearer_server& s) {
        CHECK(s.credentials().user == "a,b=c");
        return s.accept();
    });
    CHECK(end.said == std::vector<std::string>{"n,a=a=2Cb=3Dc,\x01"
                                               "auth=Bearer t\x01\x01"});
    CHECK(end.proved);
}

TEST_CASE("an OAUTHBEARER client refuses what OAUTHBEARER cannot carry", "[sasl_oauthbearer]") {
    auto const who = GENERATE(values<bearer_credentials>({
        {"a", ""},
        {"a\x01", "t"},
        {"a\0b"sv, "t"},
        {"a", "t\x01\x01"},
        {"a", "t",
         "host\x01"
         "auth=Bearer u"},
        {"\xFF", "t"},
    }));
    CHECK(oauthbearer_client{who}.start().why == error::unusable_credentials);
}

TEST_CASE("OAUTHBEARER reads each key once, and no pair without a key", "[sasl_oauthbearer]") {
    auto const bad = GENERATE(as<std::string_view>{},
                              "n,,\x01"
                              "=x\x01"
                              "auth=Bearer t\x01\x01",
                              "n,,\x01"
                              "port=25\x01"
                              "port=25\x01"
                              "auth=Bearer t\x01\x01",
                              "n,,\x01"
                              "port=65536\x01"
                              "auth=Bearer t\x01\x01",
                              "n,,\x01"
                              "port=0\x01"
                              "auth=Bearer t\x01\x01");
    CHECK(oauthbearer_server{}.next(bad).why == error::bad_sasl_message);
    oauthbearer_server good;
    CHECK(good.next("n,,\x01"
                    "port=65535\x01"
                    "auth=Bearer t\x01\x01")
              .what == sasl::action::ask);
    CHECK(oauthbearer_server{}.refuse().why == error::not_ready);
}
