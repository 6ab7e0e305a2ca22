#include <postel/client_session.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"
#include "support/strict_server.hpp"

using postel::outcome;
using postel::test::client_driver;
using postel::test::decisions;
using postel::test::letter;
using postel::test::say;
using postel::test::strict_server;

namespace {

constexpr outcome outcome_of(say what) {
    constexpr outcome outcomes[]{outcome::accepted, outcome::transient, outcome::permanent};
    return outcomes[static_cast<std::size_t>(what)];
}

/// What a client has to tell of a transaction, reckoned from the script alone.
struct verdict {
    std::vector<outcome> recipients;
    outcome message;
    bool content;    ///< the text itself was sent
    bool empty_dot;  ///< a lone dot was sent instead
    bool reset;      ///< RSET has to come before the next MAIL
};

verdict judge(decisions const& script, bool pipelining) {
    auto const& rcpt = script.recipients;
    if (script.mail != say::accept) {
        auto const same = outcome_of(script.mail);
        return {{rcpt.size(), same}, same, false, false, false};
    }
    verdict is{{}, outcome::permanent, false, false, true};
    bool anybody = false;
    for (auto const what : rcpt) {
        is.recipients.push_back(outcome_of(what));
        anybody = anybody || what == say::accept;
        if (what == say::defer) is.message = outcome::transient;
    }
    if (!anybody) {
        is.empty_dot = pipelining && script.lax && script.data == say::accept;
        is.reset = !is.empty_dot;
        return is;
    }
    is.content = script.data == say::accept;
    is.reset = !is.content;
    is.message = outcome_of(is.content ? script.end : script.data);
    return is;
}

/// Lets a client and a server talk until nothing is said any more.
void converse(client_driver& client, strict_server& server) {
    client.hear(server.greeting());
    for (auto group = client.take_output(); !group.empty(); group = client.take_output())
        client.hear(server.take(group));
}

say nth(unsigned& number) {
    auto const what = static_cast<say>(number % 3);
    number /= 3;
    return what;
}

}  // namespace

TEST_CASE("what a client tells of each recipient and each message is what the server said",
          "[client_session][C-2920-3.1-05][C-2920-3.1-06][C-2920-3.1-07][C-2920-3.1-08]"
          "[C-5321-3.3-02][C-5321-3.3-03][C-5321-4.1.4-01][C-5321-4.2.5-01][C-5321-4.2.5-02]"
          "[C-5321-4.3.1-01][C-5321-4.5.4.1-01][C-5321-4.5.4.1-02]") {
    bool const pipelining = GENERATE(true, false);
    bool const lax = GENERATE(true, false);
    for (unsigned mix = 0; mix < 3 * 3 * 3 * 3 * 3 * 3; ++mix) {
        auto rest = mix;
        decisions script{nth(rest), {nth(rest), nth(rest), nth(rest)}, nth(rest), nth(rest), lax};
        CAPTURE(pipelining, lax, mix);
        auto const expected = judge(script, pipelining);

        letter first;
        first.to = {"b@server.example", "c@server.example", "d@server.example"};
        first.content = "first\r\n";
        letter second;
        second.content = "second\r\n";
        postel::client_options const options{.hostname = "client.example"};
        client_driver client{options, {.letters = {first, second}}};
        strict_server server{pipelining, {script}};
        converse(client, server);

        REQUIRE(server.faults == std::vector<std::string>{});
        REQUIRE(client.accounts[0].recipients == expected.recipients);
        REQUIRE(client.accounts[0].result);
        REQUIRE(client.accounts[0].result->what == expected.message);
        REQUIRE(client.accounts[1].result);
        REQUIRE(client.accounts[1].result->what == outcome::accepted);
        std::vector<std::string> contents;
        if (expected.content) contents.emplace_back("first\r\n");
        if (expected.empty_dot) contents.emplace_back();
        contents.emplace_back("second\r\n");
        REQUIRE(server.contents == contents);
        bool const reset = client.everything_sent.find("RSET\r\n") != std::string::npos;
        REQUIRE(reset == expected.reset);
        REQUIRE(client.session.finished());
        REQUIRE_FALSE(client.failure);
        REQUIRE(client.last() == "disconnected");
    }
}

TEST_CASE("what was refused is told with the step and the reply that decided",
          "[client_session][C-5321-4.5.3.1.10-01][C-5321-4.2-04][C-7504-4-01]"
          "[C-1870-6.2-01]") {
    struct row {
        std::string replies;
        std::vector<std::string> told;
    };
    using list = std::vector<std::string>;
    // To MAIL, RCPT, RCPT and DATA.
    auto const given = GENERATE(values<row>({
        {"550 5.7.1 no\r\n503 a\r\n503 b\r\n503 c\r\n",
         list{"recipient 0: permanent, MAIL 550 5.7.1", "recipient 1: permanent, MAIL 550 5.7.1",
              "message: permanent, MAIL 550 5.7.1"}},
        {"452 4.3.1 full\r\n503 a\r\n503 b\r\n503 c\r\n",
         list{"recipient 0: transient, MAIL 452 4.3.1", "recipient 1: transient, MAIL 452 4.3.1",
              "message: transient, MAIL 452 4.3.1"}},
        // A server that goes on behind a MAIL it refused gets nothing but a dot.
        {"559 no\r\n250 a\r\n250 b\r\n354 c\r\n", list{"C: .\\r\\n"}},
        {"250 ok\r\n550 5.1.1 a\r\n552 5.5.3 b\r\n503 c\r\n",
         list{"recipient 0: permanent, RCPT 550 5.1.1", "recipient 1: transient, RCPT 552 5.5.3",
              "message: transient, RCPT, no valid recipients"}},
        {"250 ok\r\n556 a\r\n551 b\r\n554 c\r\n",
         list{"recipient 0: permanent, RCPT 556", "recipient 1: permanent, RCPT 551",
              "message: permanent, RCPT, no valid recipients"}},
        {"259 ok\r\n250-a\r\n250 a\r\n459 b\r\n451 4.3.0 c\r\n",
         list{"recipient 0: accepted, RCPT 250", "recipient 1: transient, RCPT 459",
              "message: transient, DATA 451 4.3.0"}},
        {"250 ok\r\n251 a\r\n252 b\r\n554 c\r\n",
         list{"recipient 0: accepted, RCPT 251", "recipient 1: accepted, RCPT 252",
              "message: permanent, DATA 554"}},
    }));
    CAPTURE(given.replies);
    letter one;
    one.to = {"b@server.example", "c@server.example"};
    postel::client_options const options{.hostname = "client.example"};
    postel::test::for_every_cut(given.replies, [&](postel::test::pieces const& cut) {
        client_driver client{options, {.letters = {one}}};
        client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n");
        client.log.clear();
        client.hear(cut);
        for (std::size_t i = 0; i < given.told.size(); ++i) {
            REQUIRE(client.log.size() > i);
            REQUIRE(client.log[i] == given.told[i]);
        }
        if (client.log.size() > given.told.size()) {
            REQUIRE(client.log.size() == given.told.size() + 1);
            REQUIRE(client.last() == "C: QUIT\\r\\n");
        }
    });
}

TEST_CASE("a text that contradicts its code changes nothing", "[client_session][C-5321-4.2-01]") {
    postel::client_options const options{.hostname = "client.example"};
    client_driver client{options};
    client.hear("220 554 go away\r\n")
        .hear("250-550 never\r\n250 PIPELINING\r\n")
        .hear("250 550 no\r\n250 you are rejected\r\n354 no\r\n")
        .hear("250 lost\r\n221 421\r\n");
    CHECK(client.count("recipient 0: accepted, RCPT 250") == 1);
    CHECK(client.count("message: accepted, content 250") == 1);
    CHECK(client.last() == "disconnected");
}

TEST_CASE("the envelope behind a final dot rides in its group, and QUIT behind the last",
          "[client_session][C-2920-3.1-04][C-2920-3.1-02][C-5321-4.1.1.10-01][C-5321-4.1.4-02]") {
    std::vector<letter> letters(4);
    for (auto& one : letters) one.to = {"b@server.example", "c@server.example"};
    bool const overlap = GENERATE(true, false);
    CAPTURE(overlap);
    postel::client_options const options{.hostname = "client.example"};
    client_driver client{options, {.letters = letters, .overlap = overlap}};
    strict_server server{true, {}};
    converse(client, server);
    CHECK(server.faults == std::vector<std::string>{});
    CHECK(server.contents == std::vector<std::string>(4, "hi\r\n"));
    // EHLO, the first envelope, and then one group a message; or two, and QUIT.
    CHECK(server.groups == (overlap ? 2u + 4u : 2u + 4u + 3u + 1u));
    std::string const envelope =
        "MAIL FROM:<a@client.example>\\r\\nRCPT TO:<b@server.example>\\r\\n"
        "RCPT TO:<c@server.example>\\r\\nDATA\\r\\n";
    CHECK(client.count("C: " + envelope) == (overlap ? 1u : 4u));
    CHECK(client.count("C: hi\\r\\n.\\r\\n" + envelope) == (overlap ? 3u : 0u));
    CHECK(client.count("C: hi\\r\\n.\\r\\nQUIT\\r\\n") == (overlap ? 1u : 0u));
    CHECK(client.last() == "disconnected");
}

TEST_CASE("replies to two messages are told apart however they are cut",
          "[client_session][C-2920-3.1-08][C-2920-3.1-09]") {
    postel::client_options const options{.hostname = "client.example"};
    std::vector<std::string> log;
    std::string const turn =
        "250-2.0.0 one\r\n250 2.0.0 one\r\n250 2.1.0 ok\r\n550 5.1.1 no\r\n354 go\r\n";
    postel::test::for_every_cut(turn, [&](postel::test::pieces const& cut) {
        client_driver client{options, {.letters = {letter{}, letter{}}}};
        client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n");
        client.hear("250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n").hear(cut);
        client.hear("554 5.5.1 nobody\r\n221 bye\r\n");
        if (log.empty()) log = client.log;
        REQUIRE(client.log == log);
    });
    std::vector<std::string> const end(log.end() - 5, log.end());
    CHECK(end == std::vector<std::string>{
                     "message: accepted, content 250 2.0.0",
                     "recipient 0: permanent, RCPT 550 5.1.1",
                     "C: .\\r\\nQUIT\\r\\n",
                     "message: permanent, RCPT, no valid recipients",
                     "disconnected",
                 });
}

TEST_CASE("recipients that are too many for one transaction fit into the next ones",
          "[client_session][C-5321-4.5.3.1.8-01][C-5321-4.5.3.1.10-01]") {
    auto const* const too_many = GENERATE(as<char const*>{}, "452 4.5.3", "552");
    constexpr std::size_t at_once = 100;
    std::vector<std::string> names;
    for (int i = 0; i < 250; ++i) names.push_back("r" + std::to_string(i) + "@server.example");
    std::vector<std::size_t> sizes;
    while (!names.empty()) {
        letter one;
        one.to = names;
        postel::client_options const options{.hostname = "client.example"};
        client_driver client{options, {.letters = {one}}};
        client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n");
        std::string replies = "250 ok\r\n";
        for (std::size_t i = 0; i < names.size(); ++i)
            replies += i < at_once ? "250 ok\r\n" : std::string(too_many) + " too many\r\n";
        client.hear(replies + "354 go\r\n").hear("250 ok\r\n221 bye\r\n");
        std::vector<std::string> later;
        for (std::size_t i = 0; i < names.size(); ++i)
            if (client.accounts[0].recipients[i] == outcome::transient) later.push_back(names[i]);
        sizes.push_back(names.size() - later.size());
        names = later;
    }
    CHECK(sizes == std::vector<std::size_t>{100, 100, 50});
}

TEST_CASE("an address in a reply is told and never written to", "[client_session][C-5321-7.4-01]") {
    postel::client_options const options{.hostname = "client.example"};
    client_driver client{options};
    client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n");
    auto const* const reply = GENERATE(as<char const*>{}, "251 will forward to <x@y.example>\r\n",
                                       "551 try <x@y.example>\r\n");
    client.hear("250 ok\r\n" + std::string(reply) + "354 go\r\n").hear("250 ok\r\n221 bye\r\n");
    CHECK(client.last() == "disconnected");
    CHECK(client.everything_sent.find("y.example") == std::string::npos);
}
