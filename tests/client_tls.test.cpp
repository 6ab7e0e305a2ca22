#include <postel/client_session.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"

using postel::client_options;
using postel::error;
using postel::outcome;
using postel::tls_policy;
using postel::test::client_driver;
using postel::test::for_every_cut;
using postel::test::letter;
using postel::test::pieces;

namespace {

using lines = std::vector<std::string>;

client_options with(tls_policy policy) {
    return {.hostname = "client.example", .tls = policy};
}
std::string const hello = "220 hi\r\n";
std::string const with_tls = "250-hi\r\n250-STARTTLS\r\n250-SIZE 1000\r\n250 PIPELINING\r\n";
std::string const without_tls = "250-hi\r\n250 PIPELINING\r\n";

}  // namespace

TEST_CASE("STARTTLS is said where the policy wants it and the server has it",
          "[client_tls][C-3207-4-03][B-3207-6-02]") {
    struct row {
        tls_policy policy;
        bool offered;
        std::string sent;  ///< behind EHLO
    };
    std::string const mail =
        "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n";
    auto const given = GENERATE_COPY(values<row>({
        {tls_policy::none, true, mail},
        {tls_policy::none, false, mail},
        {tls_policy::opportunistic, true, "STARTTLS\r\n"},
        {tls_policy::opportunistic, false, mail},
        {tls_policy::required, true, "STARTTLS\r\n"},
        {tls_policy::required, false, "QUIT\r\n"},
    }));
    CAPTURE(given.policy, given.offered);
    auto const how = with(given.policy);
    client_driver client{how};
    client.hear(hello).hear(given.offered ? with_tls : without_tls);
    CHECK(client.everything_sent == "EHLO client.example\r\n" + given.sent);
}

TEST_CASE("behind STARTTLS everything is asked again, and nothing from before is known",
          "[client_tls][C-3207-4-01][C-3207-4.2-01][C-3207-4.2-02][C-2920-3-01][C-9422-3.6-01]"
          "[B-3207-4.1-01]") {
    auto const policy = GENERATE(tls_policy::opportunistic, tls_policy::required);
    auto const how = with(policy);
    for_every_cut("220-go\r\n220 ahead\r\n", [&](pieces const& cut) {
        client_driver client{how};
        client.hear(hello).hear(
            "250-hi\r\n250-PIPELINING\r\n250-LIMITS MAILMAX=1 RCPTMAX=1\r\n"
            "250-8BITMIME\r\n250 STARTTLS\r\n");
        REQUIRE(client.take_output() == "EHLO client.example\r\nSTARTTLS\r\n");
        client.hear(cut);
        REQUIRE(client.last() == "tls_requested");
        REQUIRE(client.take_output().empty());
        REQUIRE_FALSE(client.session.wants_input());
        REQUIRE(client.session.deadline() == how.timeouts.tls_handshake);
        client.handshake();
        REQUIRE(client.session.offered() == postel::capabilities{});
        REQUIRE(client.take_output() == "EHLO client.example\r\n");
        // Offered again, which is odd, and not said again.
        client.hear("250-hi\r\n250 STARTTLS\r\n");
        REQUIRE(client.log[client.log.size() - 2] == "ready STARTTLS");
        REQUIRE(client.take_output() == "MAIL FROM:<a@client.example>\r\n");
        REQUIRE(client.session.offered().limits.empty());
    });
}

TEST_CASE("octets behind the 220 of STARTTLS end the session by name",
          "[client_tls][C-3207-6-01][B-SEC-TLSBUF-01]") {
    std::string const turn =
        "220 go\r\n" + GENERATE(as<std::string>{}, "2", "250-x\r\n250 AUTH PLAIN\r\n", "\r\n",
                                "421 bye\r\n", "\x16\x03\x01");
    auto const how = with(tls_policy::required);
    for_every_cut(turn, [&](pieces const& cut) {
        client_driver client{how};
        client.hear(hello).hear(with_tls);
        (void)client.take_output();
        client.hear(cut);
        REQUIRE(client.failure == error::octets_behind_starttls);
        REQUIRE(client.last() == "disconnected");
        REQUIRE(client.take_output().empty());
        client.handshake();
        REQUIRE(client.take_output().empty());
        REQUIRE(client.session.finished());
    });
}

TEST_CASE("octets before an implicit handshake are not read as a greeting",
          "[client_tls][B-8314-3.3-01]") {
    auto const how = with(tls_policy::implicit);
    client_driver client{how};
    CHECK(client.log == lines{"tls_requested"});
    client.hear(hello);
    CHECK(client.failure == error::tls_failed);
    CHECK(client.everything_sent.empty());
    CHECK(client.session.finished());
}

TEST_CASE("with implicit TLS the handshake comes before the greeting",
          "[client_tls][B-8314-3.3-01][C-3207-4.2-02]") {
    auto const how = with(tls_policy::implicit);
    client_driver client{how};
    CHECK(client.log == lines{"tls_requested"});
    CHECK_FALSE(client.session.wants_input());
    client.handshake();
    CHECK(client.session.wants_input());
    CHECK(client.everything_sent.empty());
    client.hear(hello).hear(with_tls);
    CHECK(client.everything_sent.find("STARTTLS") == std::string::npos);
    CHECK(client.everything_sent.find("MAIL") != std::string::npos);
}

TEST_CASE("a transport that is TLS already needs no STARTTLS", "[client_tls][C-3207-4.2-02]") {
    auto const how = with(tls_policy::required);
    postel::client_session session{how};
    session.tls_established(true);
    std::string sent;
    for (auto const* const turn : {"220 hi\r\n", "250-hi\r\n250 STARTTLS\r\n"}) {
        session.receive(turn);
        while (session.next()) {
        }
        sent += session.output();
        session.sent(session.output().size());
    }
    CHECK(sent == "EHLO client.example\r\n");
    CHECK(session.waiting());
}

TEST_CASE("where TLS is required, nothing but QUIT follows a server without it",
          "[client_tls][C-SEC-STRIP-01][B-3207-6-02]") {
    struct row {
        lines turns;
        error why;
        bool quits;
    };
    auto const given = GENERATE(values<row>({
        {{"250-hi\r\n250 XXXXXXXX\r\n"}, error::tls_not_offered, true},
        {{"250 hi\r\n"}, error::tls_not_offered, true},
        {{"502 what?\r\n"}, error::refused_by_server, true},  // no HELO
        {{"500 what?\r\n"}, error::refused_by_server, true},
        {{with_tls, "454 4.7.0 not now\r\n"}, error::tls_not_offered, true},
        {{with_tls, "554 5.7.3 no\r\n"}, error::tls_not_offered, true},
        {{with_tls, "502 5.5.1 no\r\n"}, error::tls_not_offered, true},
        {{with_tls, "250 ok\r\n"}, error::reply_out_of_step, false},
        {{with_tls, "334 \r\n"}, error::reply_out_of_step, false},
        {{with_tls, "421 bye\r\n"}, error::server_closing, false},
    }));
    auto const how = with(tls_policy::required);
    client_driver client{how};
    client.hear(hello);
    for (auto const& turn : given.turns) client.hear(turn);
    CHECK(client.failure == given.why);
    // Whoever hides TLS can delay the mail and must not be able to return it.
    bool const meant = given.why == error::refused_by_server;
    CHECK(client.failed_as == (meant ? outcome::permanent : outcome::transient));
    std::string const starttls = given.turns.size() == 2 ? "STARTTLS\r\n" : "";
    CHECK(client.everything_sent ==
          "EHLO client.example\r\n" + starttls + (given.quits ? "QUIT\r\n" : ""));
    client.hear("221 bye\r\n");
    CHECK(client.last() == "disconnected");
    CHECK(client.session.finished());
}

TEST_CASE("where TLS is welcome but not required, mail goes on without it", "[client_tls]") {
    auto const how = with(tls_policy::opportunistic);
    client_driver client{how};
    client.hear(hello).hear(with_tls).hear("454 4.7.0 not now\r\n");
    CHECK_FALSE(client.failure);
    CHECK(client.last().substr(0, 8) == "C: MAIL ");
}

TEST_CASE("a handshake that failed, or whose result is not good enough, ends the session",
          "[client_tls][B-3207-4.1-01][C-3207-4-02][C-3207-4.1-01]") {
    auto const policy = GENERATE(tls_policy::required, tls_policy::implicit);
    auto const how = with(policy);
    client_driver client{how};
    if (policy == tls_policy::required) client.hear(hello).hear(with_tls).hear("220 go\r\n");
    (void)client.take_output();
    REQUIRE(client.last() == "tls_requested");
    client.session.tls_failed();
    client.hear(pieces{});
    auto const event = client.session.next();
    REQUIRE(event);
    auto const& told = std::get<postel::failed>(*event);
    CHECK(told.why == error::tls_failed);
    CHECK(told.what == outcome::transient);
    CHECK(told.command == (policy == tls_policy::required ? postel::client_step::starttls
                                                          : postel::client_step::none));
    CHECK(client.session.next()->kind() == postel::client_event_kind::disconnected);
    CHECK(client.session.output().empty());
    CHECK(client.session.finished());
}

TEST_CASE("REQUIRETLS goes to a server only that is proved and offers it inside TLS",
          "[client_tls][C-8689-2-01]") {
    bool const verified = GENERATE(true, false);
    bool const offered = GENERATE(true, false);
    CAPTURE(verified, offered);
    auto const how = with(tls_policy::required);
    letter one;
    one.parameters.require_tls = true;
    client_driver client{how, {.letters = {one}}};
    client.hear(hello)
        .hear("250-hi\r\n250-REQUIRETLS\r\n250 STARTTLS\r\n")
        .hear("220 go\r\n")
        .handshake(verified);
    (void)client.take_output();
    client.hear(offered ? "250-hi\r\n250 REQUIRETLS\r\n" : "250 hi\r\n");
    REQUIRE(client.submitted_results.size() == 1);
    auto const& done = client.submitted_results[0];
    CHECK(done.ok() == (verified && offered));
    if (!offered) CHECK(done.fault().code == error::server_lacks_extension);
    if (offered && !verified) CHECK(done.fault().code == error::tls_required);
    auto const sent = client.take_output();
    CHECK(sent == (done ? "MAIL FROM:<a@client.example> REQUIRETLS\r\n" : ""));
}

TEST_CASE("the handshake waits until STARTTLS has left", "[client_tls][C-3207-4-03]") {
    auto const how = with(tls_policy::required);
    client_driver client{how, {.sends = false}};
    client.hear(hello);
    client.session.sent(client.session.output().size());
    client.hear(with_tls).hear("220 go\r\n");  // before it was asked
    CHECK(client.session.output() == "STARTTLS\r\n");
    CHECK(client.count("tls_requested") == 0);
    client.session.sent(client.session.output().size());
    client.hear(pieces{""});
    CHECK(client.count("tls_requested") == 1);
}

TEST_CASE("a handshake that nobody waits for changes nothing", "[client_tls]") {
    auto const how = with(tls_policy::required);
    client_driver client{how};
    client.hear(hello).hear(with_tls).hear("220 go\r\n").handshake(false).hear(with_tls);
    (void)client.take_output();
    auto const events = client.log.size();
    client.handshake(true);
    CHECK(client.take_output().empty());
    CHECK(client.log.size() == events);
    CHECK(client.session.offered().offered.has(postel::extension::pipelining));
}

TEST_CASE("behind TLS a server without EHLO is asked by HELO, required or not",
          "[client_tls][C-5321-3.2-01]") {
    auto const how = with(tls_policy::required);
    client_driver client{how};
    client.hear(hello).hear(with_tls).hear("220 go\r\n").handshake();
    (void)client.take_output();
    client.hear("502 what?\r\n");
    CHECK(client.take_output() == "HELO client.example\r\n");
}
