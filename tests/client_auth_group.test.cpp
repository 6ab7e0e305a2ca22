#include <postel/client_session.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/client_driver.hpp"
#include "support/client_login.hpp"

using postel::error;
using postel::outcome;
using postel::sasl_mechanism;
using namespace postel::test;

// A message that rides in one group behind an AUTH that is not answered.

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
