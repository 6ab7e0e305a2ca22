#include <postel/client_session.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"
#include "support/hear.hpp"

using postel::client_options;
using postel::envelope;
using postel::error;
using postel::outcome;
using postel::timeout;
using postel::test::client_driver;
using postel::test::event_line;
using postel::test::for_every_cut;
using postel::test::letter;
using postel::test::pass_events;
using postel::test::pieces;
using postel::test::take_turn;

static_assert(sizeof(postel::client_session) <= 512, "an idle client session has grown");

namespace {

client_options const options{.hostname = "client.example"};
std::string const pipelining = "250-hi\r\n250-SIZE 1000\r\n250 PIPELINING\r\n";
using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a client says nothing before it was greeted, and then EHLO",
          "[client_session][C-5321-4.3.1-02][C-5321-4.1.1.1-01]") {
    for_every_cut("220-server.example\r\n220 hello\r\n", [&](pieces const& cut) {
        client_driver client{options};
        REQUIRE(client.log.empty());
        REQUIRE(client.session.wants_input());
        REQUIRE_FALSE(client.session.waiting());
        client.hear(cut);
        REQUIRE(client.log == lines{"C: EHLO client.example\\r\\n"});
    });
}

TEST_CASE("the whole of a session is the same however each turn is cut",
          "[client_session][C-5321-4.2-02][C-5321-4.2-05][C-5321-4.2.1-01][C-2920-3-01]") {
    std::vector<std::string> const turns{
        "220 server.example\r\n",
        "250-server.example\r\n250-pipelining\r\n250-\r\n250-X-ODD=1 !\r\n250 Size 1000\r\n",
        "250\r\n250-2.1.5 a\r\n250\r\n354 \r\n",
        "250 2.0.0 ok\r\n221-\r\n221\r\n",
    };
    for (std::size_t turn = 0; turn < turns.size(); ++turn)
        for_every_cut(turns[turn], [&](pieces const& cut) {
            letter one;
            one.parameters.size = 4;
            client_driver client{options, {.letters = {one}}};
            for (std::size_t i = 0; i < turns.size(); ++i)
                i == turn ? client.hear(cut) : client.hear(turns[i]);
            REQUIRE(client.log == lines{"C: EHLO client.example\\r\\n",
                                        "ready PIPELINING SIZE=1000",
                                        "C: MAIL FROM:<a@client.example> SIZE=4\\r\\n"
                                        "RCPT TO:<b@server.example>\\r\\nDATA\\r\\n",
                                        "recipient 0: accepted, RCPT 250 2.1.5", "content_wanted",
                                        "C: hi\\r\\n.\\r\\nQUIT\\r\\n",
                                        "message: accepted, content 250 2.0.0", "disconnected"});
            REQUIRE(client.session.finished());
            REQUIRE(client.session.heap_octets() == 0);
        });
}

TEST_CASE("a session can be moved between any two octets", "[client_session]") {
    client_options const how{.hostname = "client.example", .pipelining = GENERATE(true, false)};
    client_driver reference{how};
    client_driver moved{how};
    std::vector<std::string> const turns{"220 hi\r\n", pipelining,   "250 ok\r\n",
                                         "250 ok\r\n", "354 go\r\n", "250 done\r\n"};
    for (auto const& turn : turns) {
        reference.hear(turn);
        for (char const c : turn) {
            postel::client_session elsewhere{std::move(moved.session)};
            moved.session = std::move(elsewhere);
            moved.hear({&c, 1});
        }
    }
    CHECK(moved.everything_sent == reference.everything_sent);
    CHECK(moved.accounts[0].result->what == outcome::accepted);
}

TEST_CASE("HELO is said to a server that knows no EHLO, and to no other",
          "[client_session][C-5321-3.2-01][C-2920-3-01][C-5321-4.1.1.1-06]") {
    struct row {
        int code;
        bool helo;
    };
    auto const given = GENERATE(values<row>({{500, true},
                                             {501, true},
                                             {502, true},
                                             {504, true},
                                             {503, false},
                                             {521, false},
                                             {530, false},
                                             {550, false},
                                             {554, false},
                                             {450, false},
                                             {421, false}}));
    CAPTURE(given.code);
    bool const lmtp = GENERATE(true, false);
    client_options const how{.hostname = "client.example", .lmtp = lmtp};
    client_driver client{how};
    client.hear("220 hi\r\n").hear(std::to_string(given.code) + " no\r\n");
    bool const helo = client.everything_sent.find("HELO ") != std::string::npos;
    CHECK(helo == (given.helo && !lmtp));
    CHECK(client.everything_sent.substr(0, 5) == (lmtp ? "LHLO " : "EHLO "));
    if (!helo) {
        CHECK(client.failure.has_value());
        CHECK((client.everything_sent.find("QUIT\r\n") != std::string::npos) ==
              (given.code != 421));
        return;
    }
    // A keyword in a reply to HELO is mere text.
    client.hear("250-hi\r\n250 PIPELINING\r\n");
    CHECK(client.log[client.log.size() - 2] == "ready");
    CHECK(client.last() == "C: MAIL FROM:<a@client.example>\\r\\n");
}

TEST_CASE("after HELO is refused nobody is asked again", "[client_session][C-5321-3.2-01]") {
    client_driver client{options};
    client.hear("220 hi\r\n").hear("502 no\r\n").hear("502 no\r\n");
    CHECK(client.log == lines{"C: EHLO client.example\\r\\n", "C: HELO client.example\\r\\n",
                              "failed: permanent, HELO 502", "C: QUIT\\r\\n"});
    client.hear("221 bye\r\n");
    CHECK(client.last() == "disconnected");
}

TEST_CASE("a server that will not serve is left with QUIT, and its refusal is told",
          "[client_session][C-7504-3-01][C-5321-4.1.1.10-01]") {
    struct row {
        std::string greeting;
        std::string told;
    };
    auto const given = GENERATE(values<row>({
        {"554 no\r\n", "failed: permanent, greeting 554"},
        {"521 no mail\r\n", "failed: permanent, greeting 521"},
        {"450 later\r\n", "failed: transient, greeting 450"},
    }));
    client_driver client{options};
    client.hear(given.greeting);
    CHECK(client.log == lines{given.told, "C: QUIT\\r\\n"});
    CHECK_FALSE(client.session.finished());
    auto const how = GENERATE(0, 1, 2, 3);
    if (how == 0) client.hear("503 what?\r\n");
    if (how == 1) client.lose_connection();
    if (how == 2) client.expire();
    if (how == 3) client.hear("nonsense\r\n");
    CHECK(client.last() == "disconnected");
    CHECK(client.log.size() == 3);
    CHECK(client.session.finished());
}

TEST_CASE("a name that is no domain and no literal sends no octet",
          "[client_session][C-SEC-INJ-01][C-6531-3.7.1-01]") {
    auto const name =
        GENERATE(values<std::string>({"x\r\nMAIL FROM:<e@e>", "x\n", "x\r", "a b", "", "[1.2.3]",
                                      "caf\xC3\xA9.example", std::string("x\0", 2), "x>", "-x"}));
    client_options const how{.hostname = name};
    client_driver client{how};
    client.hear("220 hi\r\n");
    CHECK(client.everything_sent.empty());
    CHECK(client.log == lines{"failed: permanent, EHLO, bad domain", "disconnected"});
}

TEST_CASE("the argument of EHLO is the name alone",
          "[client_session][C-5321-2.3.5-01][C-5321-4.1.1.1-03]") {
    auto const name =
        GENERATE(values<std::string>({"client.example", "[192.0.2.1]", "[IPv6:2001:db8::1]"}));
    client_options const how{.hostname = name};
    client_driver client{how};
    client.hear("220 hi\r\n");
    CHECK(client.everything_sent == "EHLO " + name + "\r\n");
}

TEST_CASE("what cannot be sent to this server is refused before its first octet",
          "[client_session][C-5321-2.4-01][C-6531-3.2-01][C-1870-7-01][C-SEC-INJ-01]"
          "[C-SEC-INJ-02][C-5321-4.1.1.3-01]") {
    struct row {
        std::string to;
        postel::mail_parameters parameters;
        error why;
    };
    auto const given = GENERATE(values<row>({
        {"b@server.example", {.size = 1001}, error::message_above_server_limit},
        {"b@server.example",
         {.body = postel::body_type::eight_bit_mime},
         error::server_lacks_8bitmime},
        {"\xC3\xA9@server.example", {}, error::server_lacks_smtputf8},
        {"b@server.example", {.smtputf8 = true}, error::server_lacks_smtputf8},
        {"b@server.example", {.envid = "x"}, error::server_lacks_extension},
        {"a@b.example>\r\nRCPT TO:<x@y.example", {}, error::bad_domain},
        {"a> SIZE=1 <b@c.example", {}, error::bad_path},
    }));
    CAPTURE(given.to, to_string(given.why));
    client_driver client{options, {.letters = {}, .quit = false}};
    client.hear("220 hi\r\n").hear(pipelining);
    std::vector<envelope::recipient> const to{{given.to}};
    envelope const mail{"a@client.example", to, given.parameters};
    CHECK(client.take_output() == "EHLO client.example\r\n");
    client.submit(mail);
    CHECK(client.submitted_results.back().fault().code == given.why);
    CHECK(client.take_output().empty());
    CHECK(client.session.waiting());
    // The session is as good as before.
    std::vector<envelope::recipient> const good{{"b@server.example"}};
    envelope const other{"", good};
    client.submit(other);
    CHECK(client.take_output() == "MAIL FROM:<>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n");
}

TEST_CASE("addresses are written with the least quoting and without a route",
          "[client_session][C-5321-4.1.2-01][C-5321-3.3-01][B-5321-2.4-02][B-5321-3.3-01]"
          "[C-6531-3.4-01][B-5321-2.3.11-01][C-5321-4.1.1-01]") {
    client_driver client{options, {.letters = {}, .quit = false}};
    client.hear("220 hi\r\n")
        .hear("250-hi\r\n250-SMTPUTF8 x\r\n250-8BITMIME\r\n250 PIPELINING\r\n");
    CHECK(client.take_output() == "EHLO client.example\r\n");
    std::vector<envelope::recipient> const to{{"\"abc\"@Server.example"},
                                              {"\"a b\"@server.example"},
                                              {"A.b+C@server.example"},
                                              {"postMASTER"},
                                              {"\xC3\xA9@server.example"}};
    envelope const mail{"Smith@client.example", to};
    client.submit(mail);
    CHECK(client.take_output() ==
          "MAIL FROM:<Smith@client.example> SMTPUTF8\r\nRCPT TO:<abc@server.example>\r\n"
          "RCPT TO:<\"a b\"@server.example>\r\nRCPT TO:<A.b+C@server.example>\r\n"
          "RCPT TO:<Postmaster>\r\nRCPT TO:<\xC3\xA9@server.example>\r\nDATA\r\n");
}

TEST_CASE("without PIPELINING, or without the wish for it, every command waits",
          "[client_session][C-5321-4.3.1-01][C-2920-3-01]") {
    client_options const unwilling{.hostname = "client.example", .pipelining = false};
    bool const offered = GENERATE(true, false);
    client_driver client{offered ? unwilling : options};
    client.hear("220 hi\r\n").hear(offered ? "250-hi\r\n250 PIPELINING\r\n" : "250 hi\r\n");
    client.hear("250 ok\r\n").hear("250 ok\r\n").hear("354 go\r\n").hear("250 ok\r\n");
    lines sent;
    for (auto const& line : client.log)
        if (line.substr(0, 3) == "C: ") sent.push_back(line.substr(3));
    CHECK(sent == lines{"EHLO client.example\\r\\n", "MAIL FROM:<a@client.example>\\r\\n",
                        "RCPT TO:<b@server.example>\\r\\n", "DATA\\r\\n", "hi\\r\\n.\\r\\n",
                        "QUIT\\r\\n"});
}

TEST_CASE("each step has its deadline, and each is an option",
          "[client_session][C-5321-4.5.3.2-01][C-5321-4.5.3.2-02][C-5321-4.5.3.2.1-01]"
          "[C-5321-4.5.3.2.2-01][C-5321-4.5.3.2.3-01][C-5321-4.5.3.2.4-01]"
          "[C-5321-4.5.3.2.5-01][C-5321-4.5.3.2.6-01]") {
    client_options how{.hostname = "client.example"};
    if (GENERATE(true, false))
        how.timeouts = {timeout{1}, timeout{2}, timeout{3}, timeout{4}, timeout{5},
                        timeout{6}, timeout{7}, timeout{8}, timeout{9}};
    auto const& t = how.timeouts;
    client_driver client{how, {.letters = {}, .quit = false}};
    auto const now = [&] { return client.session.deadline(); };
    std::vector<envelope::recipient> const to{{"b@server.example"}, {"c@server.example"}};
    envelope const mail{"a@client.example", to};
    CHECK(now() == t.greeting);
    client.hear("220 hi\r\n");
    CHECK(now() == t.command);
    client.hear(pipelining);
    CHECK(now() == std::nullopt);  // the caller's turn
    client.submit(mail);
    CHECK(now() == t.mail);
    client.hear("250 ok\r\n");
    CHECK(now() == t.recipient);
    client.hear("250 ok\r\n250");
    CHECK(now() == t.recipient);
    client.hear(" ok\r\n");
    CHECK(now() == t.data);
}

TEST_CASE("content and what comes behind it have their deadlines",
          "[client_session][C-5321-4.5.3.2.5-01][C-5321-4.5.3.2.6-01]") {
    client_options const slow{.hostname = "client.example"};
    client_driver client{slow, {.letters = {}, .quit = false}};
    std::vector<envelope::recipient> const to{{"b@server.example"}};
    envelope const mail{"a@client.example", to};
    client.hear("220 hi\r\n").hear(pipelining).submit(mail);
    auto& session = client.session;
    session.receive("250 ok\r\n250 ok\r\n354 go\r\n");
    pass_events(session);
    CHECK(session.deadline() == std::chrono::minutes{3});
    REQUIRE(session.write("hi\r\n"));
    pass_events(session);
    CHECK(session.deadline() == std::chrono::minutes{3});
    REQUIRE(session.finish());
    pass_events(session);
    CHECK(session.deadline() == std::chrono::minutes{10});
    session.sent(session.output().size());
    client.hear("250 ok\r\n").quit();
    CHECK(session.deadline() == std::chrono::seconds{10});
    client.hear("221 bye\r\n");
    CHECK(session.deadline() == std::nullopt);
}

TEST_CASE("a deadline that passes ends the session with what is known",
          "[client_session][C-5321-4.5.3.2.1-01][C-5321-4.5.3.2.6-01][C-5321-3.8-01]"
          "[C-5321-4.1.1.10-02]") {
    std::vector<std::string> const turns{"220 hi\r\n", pipelining, "250 ok\r\n250 ok\r\n354 go\r\n",
                                         "250 ok\r\n"};
    struct row {
        std::size_t turns;
        lines told;
    };
    auto const given = GENERATE(values<row>({
        {0, {"failed: transient, greeting, timed out", "disconnected"}},
        {1, {"failed: transient, EHLO, timed out", "disconnected"}},
        {2,
         {"recipient 0: transient, MAIL, timed out", "message: transient, MAIL, timed out",
          "failed: transient, MAIL, timed out", "disconnected"}},
        {3,
         {"message: unknown, content, timed out", "failed: transient, content, timed out",
          "disconnected"}},
        {4, {"disconnected"}},  // nothing is lost by leaving without a 221
    }));
    CAPTURE(given.turns);
    client_driver client{options};
    for (std::size_t i = 0; i < given.turns; ++i) client.hear(turns[i]);
    client.log.clear();
    client.expire();
    CHECK(client.log == given.told);
    CHECK(client.session.finished());
    CHECK(client.session.deadline() == std::nullopt);
    CHECK_FALSE(client.session.wants_input());
    client.expire().lose_connection();
    client.session.receive("250 late\r\n");
    CHECK_FALSE(client.session.next());
    CHECK(client.log == given.told);
}

TEST_CASE("a final dot that never left leaves no doubt", "[client_session][C-5321-4.1.1.10-02]") {
    client_driver client{options, {.letters = {letter{}}, .sends = false}};
    auto& session = client.session;
    auto const take_all = [&] { session.sent(session.output().size()); };
    client.hear("220 hi\r\n");
    take_all();
    client.hear(pipelining);
    take_all();
    client.hear("250 ok\r\n250 ok\r\n354 go\r\n");
    std::string const wire = "hi\r\n.\r\nQUIT\r\n";
    REQUIRE(session.output() == wire);
    auto const sent = GENERATE_COPY(range(std::size_t{0}, wire.size() + 1));
    CAPTURE(sent);
    session.sent(sent);
    client.lose_connection();
    CHECK(client.accounts[0].result->what ==
          (sent < wire.find("QUIT") ? outcome::transient : outcome::unknown));
    CHECK(client.accounts[0].result->why == error::connection_lost);
}

TEST_CASE("a session that waits owns no heap", "[client_session]") {
    CAPTURE(sizeof(postel::client_session));
    client_driver client{options, {.letters = {}, .quit = false}};
    CHECK(client.session.heap_octets() == 0);
    std::vector<envelope::recipient> const to{{"b@server.example"}};
    envelope const mail{"a@client.example", to};
    client.hear(pieces{"22", "0 hi\r", "\n"});
    CHECK(client.session.heap_octets() == 0);
    client.hear(pieces{"250-hi\r\n250-SIZE", " 1000\r\n250 PIPELINING\r", "\n"});
    CHECK(client.session.heap_octets() == 0);
    client.submit(mail);
    CHECK(client.session.heap_octets() == 0);
    client.hear(pieces{"550 5.7.1 a text that has to be kept\r\n503 bad\r", "\n503 bad\r\n"});
    CHECK(client.count("message: permanent, MAIL 550 5.7.1") == 1);
    client.submit(mail);
    client.hear("250 ok\r\n250 ok\r\n451 no\r\n");
    CHECK(client.session.waiting());
    CHECK_FALSE(client.session.next());
    CHECK(client.session.heap_octets() == 0);
}

TEST_CASE("a session wants input for replies only, and once it has read what there was",
          "[client_session]") {
    postel::client_session session{options};
    CHECK(session.wants_input());
    session.receive("220 hi\r\n");
    CHECK_FALSE(session.wants_input());
    take_turn(session);
    CHECK(session.wants_input());
    session.receive("250 hi\r\n");
    take_turn(session);
    CHECK_FALSE(session.wants_input());
    CHECK(session.waiting());
    session.quit();
    CHECK_FALSE(session.waiting());
    take_turn(session);
    CHECK(session.wants_input());
}

TEST_CASE("octets that were kept are read as if they had stayed", "[client_session]") {
    client_driver client{options, {.letters = {letter{}}, .quit = false}};
    client.hear("220 hi\r\n").hear(pipelining);
    {
        std::string const turn = "250 ok\r\n550 5.1.1 no\r\n354 go\r\n";
        client.session.receive(turn);
        client.session.keep();
    }
    client.hear(pieces{});
    while (auto const event = client.session.next()) client.log.push_back(event_line(*event));
    CHECK(client.count("recipient 0: permanent, RCPT 550 5.1.1") == 1);
    CHECK(client.session.output() == ".\r\n");
}
