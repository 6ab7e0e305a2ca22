#include <postel/client_session.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"

using postel::client_options;
using postel::encode_base64;
using postel::error;
using postel::outcome;
using postel::sasl_mechanism;
using postel::test::client_driver;
using postel::test::client_plan;
using postel::test::for_every_cut;
using postel::test::letter;
using postel::test::login;
using postel::test::pieces;

namespace {

using lines = std::vector<std::string>;
std::string const plain{"\0alice\0wonderland", 17};

client_options const in_clear{.hostname = "client.example", .auth_without_tls = true};

std::string offer(std::string_view more = "") {
    return "250-hi\r\n250-PIPELINING\r\n" + std::string{more} +
           "250 AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 EXTERNAL ANONYMOUS OAUTHBEARER "
           "XOAUTH2\r\n";
}

// Brings a session to the place where it has said AUTH.
client_driver& introduce(client_driver& client, std::string_view more = "") {
    client.hear("220 hi\r\n").hear(offer(more));
    return client;
}

std::string behind_ehlo(client_driver const& client) {
    return client.everything_sent.substr(client.everything_sent.find("\r\n") + 2);
}

}  // namespace

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
    auto const hear = [&](std::string_view turn) {
        session.receive(turn);
        while (session.next()) {
        }
        session.sent(session.output().size());
    };
    CHECK(ask(sasl_mechanism::plain) == error::not_ready);
    hear("220 hi\r\n");
    hear("250-hi\r\n250 AUTH PLAIN\r\n");
    CHECK(ask(sasl_mechanism::cram_md5) == error::unknown_mechanism);
    REQUIRE(session.authenticate(sasl_mechanism::plain, plain));
    CHECK(ask(sasl_mechanism::plain) == error::not_ready);
    CHECK(session.inquire("NOOP").fault().code == error::not_ready);
    CHECK(session.respond("x").fault().code == error::not_ready);
    CHECK(session.cancel().fault().code == error::not_ready);
    while (session.next()) {
    }
    session.sent(session.output().size());
    hear("235 ok\r\n");
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
    while (session.next()) {
    }
    CHECK(session.submit(mail).fault().code == error::not_ready);
    if (!early) session.quit();
    while (session.next()) {
    }
    CHECK(session.output() == "*\r\n");
    session.sent(3);
    session.receive("501 ok\r\n");
    while (session.next()) {
    }
    CHECK(session.output() == "QUIT\r\n");
}

TEST_CASE("AUTH that says all at once leads the group, and nothing else does",
          "[client_auth][C-4954-4-07][C-2920-3.1-02]") {
    struct row {
        sasl_mechanism mechanism;
        bool grouped;
    };
    auto const given = GENERATE(values<row>({
        {sasl_mechanism::plain, true},
        {sasl_mechanism::external, true},
        {sasl_mechanism::anonymous, true},
        {sasl_mechanism::oauthbearer, false},
        {sasl_mechanism::xoauth2, false},
        {sasl_mechanism::scram_sha_256, false},
        {sasl_mechanism::login, false},
    }));
    CAPTURE(to_string(given.mechanism));
    client_driver client{in_clear, {.who = login{given.mechanism, plain, {}, true}}};
    introduce(client);
    auto const name = std::string{to_string(given.mechanism)};
    std::string const group = "AUTH " + name + " AGFsaWNlAHdvbmRlcmxhbmQ=\r\n";
    std::string const mail =
        "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n";
    CHECK(behind_ehlo(client) == (given.grouped ? group + mail : group));
    CHECK(client.submitted_results.front().ok() == given.grouped);
    if (!given.grouped) CHECK(client.submitted_results.front().fault().code == error::not_ready);
}

TEST_CASE("mail that rides behind AUTH is sent if AUTH succeeds, and never if it does not",
          "[client_auth][C-4954-4-07][C-2920-3.1-05][C-SEC-AUTHDG-01]") {
    struct row {
        std::string replies;  ///< to AUTH, MAIL, RCPT and DATA
        std::string denied;   ///< how the message ends
        std::string end;      ///< the last line of the log
    };
    std::string const no = "message: permanent, AUTH 535 5.7.8, authentication credentials invalid";
    std::string const auth = "535 5.7.8 no\r\n";
    auto const given = GENERATE_COPY(values<row>({
        {"235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", "", "C: hi\\r\\n.\\r\\nQUIT\\r\\n"},
        {auth + "530 5.7.0 no\r\n530 5.7.0 no\r\n530 5.7.0 no\r\n", no, "C: QUIT\\r\\n"},
        {auth + "530 5.7.0 no\r\n503 5.5.1 no\r\n503 5.5.1 no\r\n", no, "C: QUIT\\r\\n"},
        // A server that takes mail from anybody gets none, not even an empty one.
        {auth + "250 ok\r\n250 ok\r\n354 go\r\n", no, "disconnected"},
        {auth + "250 ok\r\n550 no\r\n354 go\r\n", no, "disconnected"},
        {auth + "250 ok\r\n250 ok\r\n451 no\r\n", no, "C: QUIT\\r\\n"},
    }));
    CAPTURE(given.replies);
    for_every_cut(given.replies, [&](pieces const& cut) {
        client_driver client{in_clear, {.who = login{sasl_mechanism::plain, plain, {}, true}}};
        introduce(client);
        client.hear(cut);
        REQUIRE(client.last() == given.end);
        if (!given.denied.empty()) REQUIRE(client.count(given.denied) == 1);
        bool const accepted = given.replies[0] == '2';
        if (given.end == "disconnected")
            REQUIRE(client.failure == error::authentication_failed);
        else
            client.hear(accepted ? "250 ok\r\n221 bye\r\n" : "221 bye\r\n");
        REQUIRE(client.accounts[0].result);
        REQUIRE((client.accounts[0].result->what == outcome::accepted) == accepted);
        REQUIRE(client.accounts[0].recipients.size() == 1);
        REQUIRE((client.everything_sent.find("DATA\r\nhi\r\n.\r\n") != std::string::npos) ==
                accepted);
        REQUIRE((client.everything_sent.find(".\r\n") != std::string::npos) == accepted);
        REQUIRE(client.last() == "disconnected");
    });
}

TEST_CASE("without PIPELINING nothing of the mail follows an AUTH that failed",
          "[client_auth][C-4954-4-07][C-SEC-AUTHDG-01]") {
    client_driver client{in_clear, {.who = login{sasl_mechanism::plain, plain, {}, true}}};
    client.hear("220 hi\r\n").hear("250-hi\r\n250 AUTH PLAIN\r\n");
    CHECK(behind_ehlo(client) == "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\r\n");
    client.hear("535 5.7.8 no\r\n");
    CHECK(client.everything_sent.find("MAIL") == std::string::npos);
    CHECK(client.accounts[0].result->why == error::authentication_failed);
    CHECK(client.last() == "C: QUIT\\r\\n");
}

TEST_CASE("content never rides behind an AUTH that is not answered",
          "[client_auth][C-4954-4-07][C-SEC-AUTHDG-01]") {
    std::string const envelope =
        "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\r\nMAIL FROM:<a@client.example> SIZE=4\r\n"
        "RCPT TO:<b@server.example>\r\n";
    letter one;
    one.parameters.size = 4;
    client_driver client{in_clear,
                         {.letters = {one}, .who = login{sasl_mechanism::plain, plain, {}, true}}};
    introduce(client, "250-SIZE\r\n250-CHUNKING\r\n");
    REQUIRE(behind_ehlo(client) == envelope);
    SECTION("AUTH succeeds") {
        client.hear("235 ok\r\n");  // the replies to MAIL and RCPT are not waited for
        CHECK(behind_ehlo(client) == envelope + "BDAT 4 LAST\r\nhi\r\n");
        client.hear("250 a\r\n250 b\r\n250 c\r\n");
        CHECK(client.accounts[0].result->what == outcome::accepted);
    }
    SECTION("AUTH fails, and the server minds") {
        client.hear("535 no\r\n530 a\r\n503 b\r\n");
        CHECK(behind_ehlo(client) == envelope + "QUIT\r\n");
    }
    SECTION("AUTH fails, and the server does not mind") {
        client.hear("535 no\r\n250 a\r\n250 b\r\n");
        CHECK(client.accounts[0].result->why == error::authentication_failed);
        CHECK(behind_ehlo(client) == envelope + "QUIT\r\n");
    }
}

TEST_CASE("with a switch BDAT brings the whole message behind AUTH, and then the server decides",
          "[client_auth][C-4954-4-07]") {
    auto how = in_clear;
    how.content_behind_auth = true;
    letter one;
    one.parameters.size = 4;
    auto const what = GENERATE(0, 1, 2);
    client_driver client{how,
                         {.letters = {one}, .who = login{sasl_mechanism::plain, plain, {}, true}}};
    introduce(client, "250-SIZE\r\n250-CHUNKING\r\n");
    REQUIRE(behind_ehlo(client) ==
            "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\r\nMAIL FROM:<a@client.example> SIZE=4\r\n"
            "RCPT TO:<b@server.example>\r\nBDAT 4 LAST\r\nhi\r\n");
    if (what == 0) client.hear("235 ok\r\n250 a\r\n250 b\r\n250 c\r\n");
    if (what == 1) client.hear("535 no\r\n530 a\r\n503 b\r\n503 c\r\n");
    if (what == 2) client.hear("535 no\r\n250 a\r\n250 b\r\n250 c\r\n");
    REQUIRE(client.accounts[0].result);
    CHECK((client.accounts[0].result->what == outcome::accepted) == (what != 1));
    CHECK(client.count("auth_result: permanent, AUTH 535, authentication credentials invalid") ==
          (what == 0 ? 0u : 1u));
}

TEST_CASE("a session that ended while it was challenged takes no answer", "[client_auth]") {
    postel::client_session session{in_clear};
    auto const hear = [&](std::string_view octets) {
        session.receive(octets);
        while (session.next()) {
        }
        session.sent(session.output().size());
    };
    hear("");
    hear("220 hi\r\n");
    hear(offer());
    REQUIRE(session.authenticate(sasl_mechanism::cram_md5, std::nullopt));
    hear("");
    hear("334 PDEyM0BzPg==\r\n");
    session.closed_by_peer();
    hear("");
    CHECK(session.respond("al f00").fault().code == error::not_ready);
    CHECK(session.cancel().fault().code == error::not_ready);
    CHECK(session.output().empty());
    CHECK(session.heap_octets() == 0);
}

TEST_CASE("AUTH is said between commands only", "[client_auth][C-4954-4-01]") {
    postel::client_session session{in_clear};
    auto const hear = [&](std::string_view octets) {
        session.receive(octets);
        while (session.next()) {
        }
        session.sent(session.output().size());
    };
    auto const refused = [&] {
        auto const done = session.authenticate(sasl_mechanism::plain, plain);
        return !done && done.fault().code == error::not_ready;
    };
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::envelope const mail{"a@client.example", to};
    hear("");
    hear("220 hi\r\n");
    hear(offer());
    SECTION("not behind a message that was submitted") {
        REQUIRE(session.submit(mail));
        CHECK(refused());
    }
    SECTION("not while the server has a transaction open") {
        REQUIRE(session.submit(mail));
        hear("");
        hear("250 ok\r\n550 no\r\n503 no\r\n");
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
    auto const hear = [&](std::string_view octets) {
        session.receive(octets);
        while (session.next()) {
        }
        session.sent(session.output().size());
    };
    hear("");
    hear("220 hi\r\n");
    hear(offer());
    REQUIRE(session.authenticate(sasl_mechanism::cram_md5, std::nullopt));
    hear("");
    hear("334 PDEyM0BzPg==\r\n");
    // 12288 octets with CR LF: base64 has 12284 or 12288.
    auto const done = session.respond(std::string(9214, 'x'));
    REQUIRE_FALSE(done);
    CHECK(done.fault().code == error::authentication_line_too_long);
    CHECK(session.inquire("NOOP").fault().code == error::not_ready);  // it would be the answer
    CHECK(session.respond(std::string(9213, 'x')).ok());
    CHECK(session.output().size() == 12286);
}

TEST_CASE("where two transactions are needed, content does not ride behind AUTH",
          "[client_auth][C-4954-4-07]") {
    auto how = in_clear;
    how.content_behind_auth = true;
    letter two;
    two.to = {"b@server.example", "c@server.example"};
    two.parameters.size = 4;
    client_driver client{how,
                         {.letters = {two}, .who = login{sasl_mechanism::plain, plain, {}, true}}};
    introduce(client, "250-SIZE\r\n250-CHUNKING\r\n250-LIMITS RCPTMAX=1\r\n");
    CHECK(client.last() ==
          "C: AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\\r\\n"
          "MAIL FROM:<a@client.example> SIZE=4\\r\\nRCPT TO:<b@server.example>\\r\\n");
}

TEST_CASE("a MAIL that rode alone behind an AUTH that failed is taken back by its reply",
          "[client_auth][C-4954-4-07]") {
    std::string const auth = "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\r\n";
    auto how = in_clear;
    how.limits.pending_output = static_cast<std::uint32_t>(auth.size() + 1);  // no RCPT fits
    client_driver client{how,
                         {.sends = false, .who = login{sasl_mechanism::plain, plain, {}, true}}};
    auto const send = [&] { client.session.sent(client.session.output().size()); };
    client.hear("220 hi\r\n");
    send();
    client.hear(offer());
    REQUIRE(client.session.output() == auth + "MAIL FROM:<a@client.example>\r\n");
    send();
    client.session.receive("535 no\r\n250 ok\r\n");
    client.hear(pieces{""});
    CHECK(client.accounts[0].result->why == error::authentication_failed);
    CHECK(client.session.output() == "QUIT\r\n");
}
