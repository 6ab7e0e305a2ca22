#include <postel/client_session.hpp>

#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"
#include "support/client_login.hpp"
#include "support/hear.hpp"

using postel::client_options;
using postel::encode_base64;
using postel::error;
using postel::sasl_mechanism;
using namespace postel::test;

TEST_CASE("an initial response goes with AUTH where it fits, and with an empty challenge if not",
          "[client_auth][C-4954-4-03][C-4954-4-01]") {
    // "AUTH PLAIN " and CR LF leave 499 octets: base64 has 496 or 500.
    auto const size = GENERATE(0u, 1u, 372u, 373u, 375u, 3000u);
    CAPTURE(size);
    std::string const response(size, 'x');
    std::string encoded;
    encode_base64(encoded, response);
    bool const fits = encoded.size() + 13 <= 512;
    client_driver client{in_clear, {.who = login{sasl_mechanism::plain, response}}};
    introduce(client);
    if (fits) {
        CHECK(behind_ehlo(client) == "AUTH PLAIN " + (size == 0 ? "=" : encoded) + "\r\n");
        CHECK(behind_ehlo(client).size() <= 512);
    } else {
        CHECK(behind_ehlo(client) == "AUTH PLAIN\r\n");
        client.hear("334 \r\n");
        CHECK(behind_ehlo(client) == "AUTH PLAIN\r\n" + encoded + "\r\n");
        CHECK(client.count("auth_challenge") == 0);
    }
    client.hear("235 2.7.0 ok\r\n");
    CHECK(client.count("auth_result: accepted, AUTH 235 2.7.0") == 1);
    CHECK(client.last().substr(0, 8) == "C: MAIL ");
    CHECK(client.session.heap_octets() == 0);
}

TEST_CASE("what no server has to read in one line is not sent", "[client_auth][C-4954-4-06]") {
    client_driver client{in_clear, {.who = login{sasl_mechanism::plain, std::string(9216, 'x')}}};
    introduce(client);
    CHECK(client.login_result.fault().code == error::authentication_line_too_long);
    CHECK(behind_ehlo(client) == "QUIT\r\n");
}

TEST_CASE("challenges are decoded, and answers are encoded, however they are cut",
          "[client_auth][B-4954-4-02][C-4954-4-04]") {
    for_every_cut("334 PDEyM0BzPg==\r\n", [&](pieces const& cut) {
        client_driver client{in_clear,
                             {.who = login{sasl_mechanism::cram_md5, {}, {"al f00", ""}}}};
        introduce(client);
        client.hear(cut);
        REQUIRE(client.count("auth_challenge <123@s>") == 1);
        REQUIRE(behind_ehlo(client) == "AUTH CRAM-MD5\r\nYWwgZjAw\r\n");
        client.hear("334 \r\n");
        REQUIRE(client.last() == "C: \\r\\n");
        client.hear("235 ok\r\n");
        REQUIRE(client.last().substr(0, 8) == "C: MAIL ");
    });
}

TEST_CASE("a challenge that is not base64 is answered with a star",
          "[client_auth][C-4954-4-05][C-4954-4-02]") {
    auto const* const challenge = GENERATE(as<char const*>{}, "334 !!!\r\n", "334 YQ\r\n",
                                           "334 YR==\r\n", "334-YQ==\r\n334 YQ==\r\n");
    bool const polite = GENERATE(true, false);
    client_driver client{in_clear, {.who = login{sasl_mechanism::cram_md5, {}, {"never"}}}};
    introduce(client).hear(challenge);
    CHECK(behind_ehlo(client) == "AUTH CRAM-MD5\r\n*\r\n");
    client.hear(polite ? "501 5.7.0 cancelled\r\n" : "235 welcome\r\n");
    auto const end = polite ? std::string{"auth_result: permanent, AUTH 501 5.7.0, invalid base64"}
                            : std::string{"auth_result: permanent, AUTH 235, invalid base64"};
    CHECK(client.count(end) == 1);
    CHECK(client.everything_sent.find("MAIL") == std::string::npos);
}

TEST_CASE("an exchange without end is ended, and a challenge behind the end is not answered",
          "[client_auth][C-4954-4-02]") {
    login const patient{sasl_mechanism::login, {}, std::vector<std::string>(100, "x")};
    client_driver client{in_clear, {.who = patient}};
    introduce(client);
    for (int i = 0; i < 11; ++i) client.hear("334 YQ==\r\n");
    CHECK(client.count("auth_challenge a") == 10);
    CHECK(client.last() == "C: *\\r\\n");
    auto const how = GENERATE(0, 1);
    client.hear(how == 0 ? "501 no\r\n" : "334 \r\n");
    if (how == 0)
        CHECK(client.count("auth_result: permanent, AUTH 501, malformed authentication message") ==
              1);
    else
        CHECK(client.failure == error::reply_out_of_step);
}

TEST_CASE("the ways in which AUTH fails are told apart", "[client_auth]") {
    struct row {
        std::string reply;
        bool cancels;
        std::string told;
    };
    auto const given = GENERATE(values<row>({
        {"535 5.7.8 no\r\n", false,
         "auth_result: permanent, AUTH 535 5.7.8, authentication credentials invalid"},
        {"454 4.7.0 later\r\n", false,
         "auth_result: transient, AUTH 454 4.7.0, authentication credentials invalid"},
        {"501 5.7.0 gone\r\n", true,
         "auth_result: permanent, AUTH 501 5.7.0, authentication cancelled"},
    }));
    login who{sasl_mechanism::login, {}, {"alice"}};
    if (!given.cancels) who.answers.emplace_back("secret");
    client_driver client{in_clear, {.who = who}};
    introduce(client).hear("334 VXNlcm5hbWU6\r\n").hear("334 UGFzc3dvcmQ6\r\n");
    CHECK(client.count("auth_challenge Username:") == 1);
    CHECK(client.last() == (given.cancels ? "C: *\\r\\n" : "C: c2VjcmV0\\r\\n"));
    client.hear(given.reply);
    CHECK(client.count(given.told) == 1);
    CHECK(client.last() == "C: QUIT\\r\\n");
}

TEST_CASE("passwords and tokens want TLS with a server that is proved",
          "[client_auth][C-4954-14-01][B-7628-3-01][C-SEC-AUTHDG-01][B-4954-4-05][B-4616-2-01]"
          "[B-4616-5-01]") {
    auto const mechanism =
        GENERATE(sasl_mechanism::plain, sasl_mechanism::login, sasl_mechanism::oauthbearer,
                 sasl_mechanism::xoauth2, sasl_mechanism::cram_md5, sasl_mechanism::scram_sha_256);
    enum class link { clear, clear_switched, tls, tls_unverified, tls_unverified_switched };
    auto const over = GENERATE(link::clear, link::clear_switched, link::tls, link::tls_unverified,
                               link::tls_unverified_switched);
    CAPTURE(to_string(mechanism), over);
    bool const tls = over != link::clear && over != link::clear_switched;
    client_options const how{
        .hostname = "client.example",
        .tls = tls ? postel::tls_policy::implicit : postel::tls_policy::none,
        .auth_without_tls = over == link::clear_switched,
        .auth_unverified = over == link::tls_unverified_switched,
    };
    std::optional<std::string> response{"response"};
    if (!describe(mechanism).client_first) response.reset();
    client_driver client{how, {.who = login{mechanism, response}}};
    if (tls) client.handshake(over == link::tls);
    introduce(client);
    bool const shows = describe(mechanism).shows_secrets;
    bool const allowed = !shows || (over != link::clear && over != link::tls_unverified);
    CHECK(client.login_result.ok() == allowed);
    if (!allowed) CHECK(client.login_result.fault().code == error::tls_required);
    CHECK((behind_ehlo(client).substr(0, 5) == "AUTH ") == allowed);
    CHECK((behind_ehlo(client) == "QUIT\r\n") == !allowed);
}

TEST_CASE("where the server speaks first, no initial response is sent", "[client_auth]") {
    auto const* const response = GENERATE(as<char const*>{}, "", "alice");
    for (auto const& row : postel::sasl_mechanism_table) {
        CAPTURE(row.spelling);
        client_driver client{in_clear, {.who = login{row.name, response}}};
        client.hear("220 hi\r\n").hear("250-hi\r\n250 AUTH " + std::string{row.spelling} + "\r\n");
        bool const first = row.name != sasl_mechanism::cram_md5;
        REQUIRE(client.login_result.ok() == first);
        CHECK((behind_ehlo(client).substr(0, 5) == "AUTH ") == first);
        if (!first) CHECK(client.login_result.fault().code == error::unexpected_initial_response);
    }
}

TEST_CASE("AUTH is not tried where it cannot work", "[client_auth][C-4954-3-01]") {
    postel::client_session session{in_clear};
    auto const ask = [&](sasl_mechanism what) {
        return session.authenticate(what, plain).fault().code;
    };
    CHECK(ask(sasl_mechanism::plain) == error::not_ready);
    hear(session, "220 hi\r\n");
    hear(session, "250-hi\r\n250 AUTH PLAIN\r\n");
    CHECK(ask(sasl_mechanism::cram_md5) == error::unknown_mechanism);
    REQUIRE(session.authenticate(sasl_mechanism::plain, plain));
    CHECK(ask(sasl_mechanism::plain) == error::not_ready);
    CHECK(session.inquire("NOOP").fault().code == error::not_ready);
    CHECK(session.respond("x").fault().code == error::not_ready);
    CHECK(session.cancel().fault().code == error::not_ready);
    take_turn(session);
    hear(session, "235 ok\r\n");
    CHECK(ask(sasl_mechanism::plain) == error::already_authenticated);
    CHECK(session.output().empty());

    client_driver without{in_clear, {.who = login{sasl_mechanism::plain, plain}}};
    without.hear("220 hi\r\n").hear("250 hi\r\n");
    CHECK(without.login_result.fault().code == error::unknown_mechanism);
}

TEST_CASE("what follows a challenge is its answer, and never a command",
          "[client_auth][C-4954-4-07]") {
    client_driver client{in_clear, {.letters = {}, .quit = false}};
    introduce(client);
    auto& session = client.session;
    REQUIRE(session.authenticate(sasl_mechanism::login, std::nullopt));
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::envelope const mail{"a@client.example", to};
    CHECK(session.submit(mail).fault().code == error::not_ready);
    session.sent(session.output().size());
    bool const early = GENERATE(true, false);
    if (early) session.quit();
    session.receive("334 VXNlcm5hbWU6\r\n");
    pass_events(session);
    CHECK(session.submit(mail).fault().code == error::not_ready);
    if (!early) session.quit();
    pass_events(session);
    CHECK(session.output() == "*\r\n");
    session.sent(3);
    session.receive("501 ok\r\n");
    pass_events(session);
    CHECK(session.output() == "QUIT\r\n");
}

TEST_CASE("a session that ended while it was challenged takes no answer", "[client_auth]") {
    postel::client_session session{in_clear};
    hear(session, "");
    hear(session, "220 hi\r\n");
    hear(session, offer());
    REQUIRE(session.authenticate(sasl_mechanism::cram_md5, std::nullopt));
    hear(session, "");
    hear(session, "334 PDEyM0BzPg==\r\n");
    session.closed_by_peer();
    hear(session, "");
    CHECK(session.respond("al f00").fault().code == error::not_ready);
    CHECK(session.cancel().fault().code == error::not_ready);
    CHECK(session.output().empty());
    CHECK(session.heap_octets() == 0);
}

TEST_CASE("AUTH is said between commands only", "[client_auth][C-4954-4-01]") {
    postel::client_session session{in_clear};
    auto const refused = [&] {
        auto const done = session.authenticate(sasl_mechanism::plain, plain);
        return !done && done.fault().code == error::not_ready;
    };
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::envelope const mail{"a@client.example", to};
    hear(session, "");
    hear(session, "220 hi\r\n");
    hear(session, offer());
    SECTION("not behind a message that was submitted") {
        REQUIRE(session.submit(mail));
        CHECK(refused());
    }
    SECTION("not while the server has a transaction open") {
        REQUIRE(session.submit(mail));
        hear(session, "");
        hear(session, "250 ok\r\n550 no\r\n503 no\r\n");
        REQUIRE(session.waiting());
        CHECK(refused());
    }
    SECTION("not behind a single command") {
        REQUIRE(session.inquire("NOOP"));
        CHECK(refused());
    }
    SECTION("not behind QUIT") {
        session.quit();
        CHECK(refused());
    }
}

TEST_CASE("a challenge that says something is told, though a response waits for an empty one",
          "[client_auth][C-4954-4-03]") {
    client_driver client{in_clear,
                         {.who = login{sasl_mechanism::plain, std::string(3000, 'x'), {"answer"}}}};
    introduce(client).hear("334 d2hvPw==\r\n");
    CHECK(client.count("auth_challenge who?") == 1);
    CHECK(behind_ehlo(client) == "AUTH PLAIN\r\nYW5zd2Vy\r\n");
}

TEST_CASE("no answer to a challenge is longer than a line of AUTH may be",
          "[client_auth][C-4954-4-06]") {
    postel::client_session session{in_clear};
    hear(session, "");
    hear(session, "220 hi\r\n");
    hear(session, offer());
    REQUIRE(session.authenticate(sasl_mechanism::cram_md5, std::nullopt));
    hear(session, "");
    hear(session, "334 PDEyM0BzPg==\r\n");
    // 12288 octets with CR LF: base64 has 12284 or 12288.
    auto const done = session.respond(std::string(9214, 'x'));
    REQUIRE_FALSE(done);
    CHECK(done.fault().code == error::authentication_line_too_long);
    CHECK(session.inquire("NOOP").fault().code == error::not_ready);  // it would be the answer
    CHECK(session.respond(std::string(9213, 'x')).ok());
    CHECK(session.output().size() == 12286);
}
