#include <postel/client_session.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"

using postel::client_options;
using postel::error;
using postel::outcome;
using postel::test::client_driver;
using postel::test::for_every_cut;
using postel::test::letter;
using postel::test::pieces;

namespace {

client_options const lmtp{.hostname = "client.example", .lmtp = true};

letter to_three() {
    letter one;
    one.to = {"b@server.example", "c@server.example", "d@server.example"};
    return one;
}

// Up to the end of the content. The replies are those to the three RCPT.
client_driver& deliver(client_driver& client, bool chunking, std::string_view recipients) {
    client.hear("220 hi\r\n");
    client.hear(chunking ? "250-hi\r\n250-CHUNKING\r\n250 PIPELINING\r\n"
                         : "250-hi\r\n250 PIPELINING\r\n");
    std::string const data = chunking ? "" : "354 go\r\n";
    return client.hear("250 ok\r\n" + std::string{recipients} + data);
}

struct told {
    std::size_t recipient;
    outcome what;
    error why;

    friend bool operator==(told const&, told const&) = default;
};
std::vector<told> results_of(client_driver const& client) {
    std::vector<told> all;
    for (auto const& m : client.accounts[0].results) {
        REQUIRE(m.recipients == 1);
        REQUIRE(m.last == (&m == &client.accounts[0].results.back()));
        all.push_back({m.recipient, m.what, m.why});
    }
    return all;
}

}  // namespace

TEST_CASE("in LMTP each accepted recipient has a result of its own, in their order",
          "[client_lmtp][C-2033-4.2-01]") {
    bool const chunking = GENERATE(true, false);
    std::string const turn = "250 2.1.5 b\r\n452 4.2.2 full\r\n";
    for_every_cut(turn, [&](pieces const& cut) {
        client_driver client{lmtp, {.letters = {to_three()}}};
        deliver(client, chunking, "250 b\r\n550 5.1.1 c\r\n250 d\r\n");
        REQUIRE(client.everything_sent.substr(0, 21) == "LHLO client.example\r\n");
        client.hear(cut);
        REQUIRE(results_of(client) ==
                std::vector<told>{{0, outcome::accepted, error::none},
                                  {2, outcome::transient, error::refused_by_server}});
        REQUIRE(client.accounts[0].recipients ==
                std::vector<outcome>{outcome::accepted, outcome::permanent, outcome::accepted});
        client.hear("221 bye\r\n");
        REQUIRE(client.last() == "disconnected");
        REQUIRE(client.session.heap_octets() == 0);
    });
}

TEST_CASE("in LMTP content for nobody draws no reply", "[client_lmtp]") {
    client_driver client{lmtp, {.letters = {to_three(), letter{}}}};
    deliver(client, false, "550 b\r\n450 c\r\n550 d\r\n");
    CHECK(client.count("message: transient, RCPT, no valid recipients") == 1);
    // Nothing is due for the lone dot, so the next envelope goes on at once.
    CHECK(client.everything_sent.find("\r\n.\r\nMAIL FROM:") != std::string::npos);
    client.hear("250 ok\r\n250 ok\r\n354 go\r\n").hear("250 ok\r\n");
    CHECK(client.accounts[1].result->what == outcome::accepted);
    CHECK(client.accounts[1].result->recipient == 0);
}

TEST_CASE("in LMTP a refused DATA is told for each recipient that was accepted", "[client_lmtp]") {
    client_driver client{lmtp, {.letters = {to_three(), letter{}}}};
    client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n");
    client.hear("250 ok\r\n250 b\r\n250 c\r\n550 d\r\n451 4.3.0 no\r\n");
    CHECK(results_of(client) ==
          std::vector<told>{{0, outcome::transient, error::refused_by_server},
                            {1, outcome::transient, error::refused_by_server}});
    CHECK(client.count("message: transient, DATA 451 4.3.0") == 2);
    CHECK(client.last().substr(0, 9) == "C: RSET\\r");
}

TEST_CASE("in LMTP a connection that is lost between results spoils only what was not told",
          "[client_lmtp][C-2033-5-02][C-2033-5-01]") {
    bool const chunking = GENERATE(true, false);
    auto const answered = GENERATE(0u, 1u, 2u, 3u);
    auto const how = GENERATE(0, 1, 2);
    client_driver client{lmtp, {.letters = {to_three(), to_three()}}};
    deliver(client, chunking, "250 b\r\n250 c\r\n250 d\r\n");
    for (unsigned i = 0; i < answered; ++i) client.hear("250 2.1.5 ok\r\n");
    if (how == 0) client.lose_connection();
    if (how == 1) client.expire();
    if (how == 2) client.hear("421 4.3.2 bye\r\n");
    REQUIRE(client.accounts[0].results.size() == 3);
    for (unsigned i = 0; i < 3; ++i) {
        auto const& one = client.accounts[0].results[i];
        CHECK(one.recipient == i);
        bool const told = i < answered;
        CHECK(one.what == (told ? outcome::accepted : outcome::transient));
        // That the end of the content was out can be seen all the same.
        CHECK(one.command ==
              (chunking ? postel::client_step::last_chunk : postel::client_step::content));
    }
    // The one behind it never had its content sent.
    REQUIRE(client.submitted() == 2);
    CHECK(client.accounts[1].result->what == outcome::transient);
    CHECK(client.last() == "disconnected");
}

TEST_CASE("in LMTP a connection lost among the recipients spoils each of them",
          "[client_lmtp][C-2033-5-02]") {
    client_driver client{lmtp, {.letters = {to_three()}}};
    client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n").hear("250 ok\r\n250 b\r\n");
    client.lose_connection();
    CHECK(client.accounts[0].recipients ==
          std::vector<outcome>{outcome::accepted, outcome::transient, outcome::transient});
    CHECK(results_of(client) == std::vector<told>{{0, outcome::transient, error::connection_lost}});
}

TEST_CASE("in LMTP more than eight recipients are told apart", "[client_lmtp][C-2033-4.2-01]") {
    letter many;
    many.to.clear();
    std::string replies;
    std::vector<told> expected;
    for (std::size_t i = 0; i < 100; ++i) {
        many.to.push_back("r" + std::to_string(i) + "@server.example");
        bool const taken = i % 7 == 3 || i > 90;
        replies += taken ? "250 ok\r\n" : "550 no\r\n";
        if (taken) expected.push_back({i, outcome::accepted, error::none});
    }
    client_driver client{lmtp, {.letters = {many}}};
    deliver(client, false, replies);
    std::string results;
    for (std::size_t i = 0; i < expected.size(); ++i) results += "250 ok\r\n";
    client.hear(results);
    CHECK(results_of(client) == expected);
}

TEST_CASE("in LMTP results that are known are told after the connection is lost as they were",
          "[client_lmtp][C-2033-5-02]") {
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}, {"c@server.example"}};
    postel::envelope const mail{"a@client.example", to};
    client_driver client{lmtp, {.letters = {}, .quit = false}};
    client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n").submit(mail);
    client.hear("250 ok\r\n250 b\r\n250 c\r\n");
    auto& session = client.session;
    session.receive("451 4.3.0 no\r\n");
    REQUIRE(session.next());  // what became of b
    session.closed_by_peer();
    auto const c = session.next();
    REQUIRE(c);
    auto const& told = std::get<postel::message_result>(*c);
    CHECK(told.recipient == 1);
    CHECK(told.why == error::refused_by_server);
    CHECK(told.reply.code() == 451);
    CHECK(std::get<postel::failed>(*session.next()).why == error::connection_lost);
}

TEST_CASE("in LMTP recipients of a second transaction are told apart like those of the first",
          "[client_lmtp][C-2033-4.2-01]") {
    letter five;
    five.to = {"a@d", "b@d", "c@d", "d@d", "e@d"};
    client_driver client{lmtp, {.letters = {five}}};
    client.hear("220 hi\r\n").hear("250-hi\r\n250-PIPELINING\r\n250 LIMITS RCPTMAX=2\r\n");
    client.hear("250 ok\r\n550 a\r\n250 b\r\n354 go\r\n").hear("250 b\r\n");
    client.hear("250 ok\r\n250 c\r\n550 d\r\n354 go\r\n").hear("452 c\r\n");
    client.hear("250 ok\r\n250 e\r\n354 go\r\n").hear("250 e\r\n");
    CHECK(results_of(client) == std::vector<told>{{1, outcome::accepted, error::none},
                                                  {2, outcome::transient, error::refused_by_server},
                                                  {4, outcome::accepted, error::none}});
}

TEST_CASE("in LMTP content waits for the replies to RCPT, since they say how many come behind it",
          "[client_lmtp][C-2033-4.2-01][C-3030-2-02]") {
    auto small = to_three();
    small.parameters.size = 4;
    client_driver client{lmtp, {.letters = {small}}};
    client.hear("220 hi\r\n").hear("250-hi\r\n250-CHUNKING\r\n250-SIZE\r\n250 PIPELINING\r\n");
    CHECK(client.everything_sent.find("BDAT") == std::string::npos);
    client.hear("250 ok\r\n250 b\r\n550 c\r\n250 d\r\n");
    CHECK(client.last() == "C: BDAT 4 LAST\\r\\nhi\\r\\n");
}

TEST_CASE("in LMTP a chunk that is refused decides for all, whatever the last one draws",
          "[client_lmtp][C-2033-4.2-01]") {
    auto one = to_three();
    one.content = "first\r\nlast!\r\n";
    client_driver client{lmtp, {.letters = {one}, .piece = 7}};
    deliver(client, true, "250 b\r\n250 c\r\n550 d\r\n");
    REQUIRE(client.everything_sent.find("BDAT 7 LAST") != std::string::npos);
    client.hear("554 5.6.0 no\r\n").hear("503 b\r\n").hear("503 c\r\n");
    CHECK(results_of(client) ==
          std::vector<told>{{0, outcome::permanent, error::refused_by_server},
                            {1, outcome::permanent, error::refused_by_server}});
    CHECK(client.count("message: permanent, BDAT 554 5.6.0") == 2);
}

TEST_CASE("in LMTP a second transaction may begin with a recipient that is not tried",
          "[client_lmtp][C-2033-4.2-01]") {
    letter four;
    four.to = {"a@d", "b@d", "c@other", "e@d"};
    client_driver client{lmtp, {.letters = {four}}};
    client.hear("220 hi\r\n");
    client.hear("250-hi\r\n250-PIPELINING\r\n250 LIMITS RCPTMAX=2 RCPTDOMAINMAX=1\r\n");
    client.hear("250 ok\r\n250 a\r\n250 b\r\n354 go\r\n").hear("250 a\r\n250 b\r\n");
    client.hear("250 ok\r\n250 e\r\n354 go\r\n").hear("452 e\r\n");
    CHECK(client.accounts[0].recipients[2] == outcome::transient);
    CHECK(results_of(client) ==
          std::vector<told>{{0, outcome::accepted, error::none},
                            {1, outcome::accepted, error::none},
                            {3, outcome::transient, error::refused_by_server}});
}
