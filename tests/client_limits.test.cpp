#include <postel/client_session.hpp>

#include <algorithm>
#include <cstdint>
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

client_options const options{.hostname = "client.example"};

letter to_many(std::size_t count) {
    letter one;
    one.to.clear();
    for (std::size_t i = 0; i < count; ++i)
        one.to.push_back("r" + std::to_string(i) + "@server.example");
    return one;
}

std::string offer(std::string_view limits, bool pipelining = true, bool chunking = false) {
    return std::string{"250-hi\r\n"} + (pipelining ? "250-PIPELINING\r\n" : "") +
           (chunking ? "250-CHUNKING\r\n" : "") + "250 LIMITS " + std::string{limits} + "\r\n";
}

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
    return found;
}

// Writes in which an envelope rides behind content.
std::size_t rides(client_driver const& client) {
    std::size_t found = 0;
    for (auto const& line : client.log)
        found += line.find("\\r\\n.\\r\\nMAIL FROM") == std::string::npos ? 0 : 1;
    return found;
}

// A server that takes everything but RCPT above its limit, and answers what it was sent.
struct agreeable {
    std::size_t most;  ///< RCPT commands in a transaction
    std::size_t recipients = 0;
    bool content = false;
    std::vector<std::size_t> transactions{};
    bool exceeded = false;

    std::string answer(std::string_view group) {
        std::string replies;
        while (!group.empty()) {
            if (content) {
                auto const end = group.find(".\r\n");
                group.remove_prefix(end + 3);
                content = false;
                replies += "250 done\r\n";
                continue;
            }
            auto const line = group.substr(0, group.find("\r\n"));
            group.remove_prefix(line.size() + 2);
            if (line.substr(0, 4) == "MAIL") transactions.push_back(0);
            if (line.substr(0, 4) == "RCPT") exceeded = ++transactions.back() > most || exceeded;
            if (line.substr(0, 4) == "BDAT")
                group.remove_prefix(std::stoul(std::string{line.substr(5)}));
            content = line == "DATA";
            replies += content ? "354 go\r\n" : line == "QUIT" ? "221 bye\r\n" : "250 ok\r\n";
        }
        return replies;
    }
};

void converse(client_driver& client, agreeable& server) {
    for (auto group = client.take_output(); !group.empty(); group = client.take_output())
        client.hear(server.answer(group));
}

}  // namespace

TEST_CASE("an envelope above RCPTMAX is sent as several transactions", "[client_limits]") {
    bool const pipelining = GENERATE(true, false);
    bool const chunking = GENERATE(true, false);
    bool const eager = GENERATE(true, false);
    bool const overlap = GENERATE(true, false);
    auto const recipients = GENERATE(1u, 99u, 100u, 101u, 250u);
    CAPTURE(pipelining, chunking, eager, overlap, recipients);
    auto many = to_many(recipients);
    if (eager) many.parameters.size = many.content.size();
    letter other;
    other.content = "other\r\n";
    client_driver client{options, {.letters = {many, other}, .piece = 3, .overlap = overlap}};
    client.hear("220 hi\r\n");
    REQUIRE(client.take_output() == "EHLO client.example\r\n");
    client.hear(offer("RCPTMAX=100", pipelining, chunking));
    agreeable server{100};
    converse(client, server);
    auto const parts = (recipients + 99) / 100;
    CHECK_FALSE(server.exceeded);
    REQUIRE(server.transactions.size() == parts + 1);
    REQUIRE(client.accounts[0].results.size() == parts);
    std::size_t covered = 0;
    for (auto const& part : client.accounts[0].results) {
        CHECK(part.what == outcome::accepted);
        CHECK(part.recipient == covered);
        covered += part.recipients;
        CHECK(part.last == (covered == recipients));
    }
    CHECK(covered == recipients);
    CHECK(client.accounts[0].recipients == std::vector<outcome>(recipients, outcome::accepted));
    CHECK(client.accounts[1].result->what == outcome::accepted);
    if (!chunking) CHECK(count(client.everything_sent, "\r\nhi\r\n.\r\n") == parts);
    // Nothing is waited for between the transactions: what was one wait is one wait for each.
    if (!chunking && pipelining) CHECK(rides(client) == (overlap ? parts : parts - 1));
    CHECK(client.last() == "disconnected");
    CHECK(client.session.heap_octets() == 0);
}

TEST_CASE("what is refused in one transaction does not stop the others", "[client_limits]") {
    client_driver client{options, {.letters = {to_many(5)}}};
    client.hear("220 hi\r\n").hear(offer("RCPTMAX=2"));
    client.hear("550 no\r\n503 a\r\n503 b\r\n503 c\r\n");
    client.hear("250 ok\r\n250 a\r\n450 b\r\n354 c\r\n");
    client.hear("451 4.3.0 later\r\n250 ok\r\n550 5.1.1 a\r\n554 b\r\n");
    using list = std::vector<outcome>;
    CHECK(client.accounts[0].recipients == list{outcome::permanent, outcome::permanent,
                                                outcome::accepted, outcome::transient,
                                                outcome::permanent});
    REQUIRE(client.accounts[0].results.size() == 3);
    CHECK(client.accounts[0].results[0].what == outcome::permanent);
    CHECK(client.accounts[0].results[1].what == outcome::transient);
    CHECK(client.accounts[0].results[2].what == outcome::permanent);
    CHECK(client.accounts[0].results[2].recipient == 4);
    CHECK(client.accounts[0].results[2].recipients == 1);
}

TEST_CASE("when the session is lost, every recipient of every transaction still has a result",
          "[client_limits][C-5321-4.1.1.10-02]") {
    std::vector<std::string> const turns{"220 hi\r\n", offer("RCPTMAX=2"),
                                         "250 ok\r\n550 a\r\n550 b\r\n503 c\r\n",
                                         "250 ok\r\n250 ok\r\n250 a\r\n550 b\r\n354 c\r\n",
                                         "250 done\r\n250 ok\r\n250 a\r\n354 c\r\n"};
    auto const heard = GENERATE(2u, 3u, 4u, 5u);
    CAPTURE(heard);
    client_driver client{options, {.letters = {to_many(5)}}};
    for (std::size_t i = 0; i < heard; ++i) client.hear(turns[i]);
    client.lose_connection();
    auto const& account = client.accounts[0];
    REQUIRE(account.result);
    REQUIRE(account.recipients.size() == 5);
    std::size_t covered = 0;
    for (auto const& part : account.results) {
        CHECK(part.recipient == covered);
        covered += part.recipients;
    }
    CHECK(covered == 5);
    using list = std::vector<outcome>;
    auto const lost = outcome::transient;
    auto const no = outcome::permanent;
    auto const yes = outcome::accepted;
    if (heard == 2) CHECK(account.recipients == list{lost, lost, lost, lost, lost});
    if (heard == 3) CHECK(account.recipients == list{no, no, lost, lost, lost});
    if (heard == 4) CHECK(account.recipients == list{no, no, yes, no, lost});
    if (heard == 4) CHECK(account.results[1].what == outcome::unknown);
    if (heard == 5) CHECK(account.recipients == list{no, no, yes, no, yes});
    if (heard == 5) CHECK(account.results[1].what == outcome::accepted);
    if (heard == 4) CHECK(account.result->what == outcome::transient);
}

TEST_CASE("MAILMAX counts every MAIL of the session, and none goes out above it",
          "[client_limits]") {
    bool const overlap = GENERATE(true, false);
    client_driver client{options, {.letters = std::vector<letter>(3), .overlap = overlap}};
    client.hear("220 hi\r\n").hear(offer("MAILMAX=2"));
    client.hear("250 ok\r\n250 a\r\n354 go\r\n");
    client.hear(overlap ? "250 done\r\n250 ok\r\n250 a\r\n354 go\r\n" : "250 done\r\n");
    if (!overlap) client.hear("250 ok\r\n250 a\r\n354 go\r\n");
    client.hear("250 done\r\n");
    CHECK(count(client.everything_sent, "MAIL FROM") == 2);
    CHECK(client.accounts[1].result->what == outcome::accepted);
    CHECK(client.submitted_results.back().fault().code == error::too_many_for_server);
}

TEST_CASE("what RCPTMAX puts off and MAILMAX forbids is told as transient", "[client_limits]") {
    client_driver client{options, {.letters = {to_many(7)}}};
    client.hear("220 hi\r\n");
    (void)client.take_output();
    client.hear(offer("MAILMAX=2 RCPTMAX=2"));
    agreeable server{2};
    converse(client, server);
    CHECK(server.transactions == std::vector<std::size_t>{2, 2});
    REQUIRE(client.accounts[0].results.size() == 3);
    auto const& rest = client.accounts[0].results[2];
    CHECK(rest.what == outcome::transient);
    CHECK(rest.why == error::too_many_for_server);
    CHECK(rest.recipient == 4);
    CHECK(rest.recipients == 3);
    CHECK(rest.last);
    CHECK(client.count("recipient 6: transient, MAIL, server takes no more in this session") == 1);
    CHECK(client.last() == "disconnected");
}

TEST_CASE("domains above RCPTDOMAINMAX are told as transient, and not tried",
          "[client_limits][C-9422-4.3-01]") {
    bool const pipelining = GENERATE(true, false);
    bool const chunking = GENERATE(true, false);
    letter one;
    one.to = {"a@one.example", "b@three.example", "c@TWO.example",
              "postmaster",    "d@One.Example",   "e@four.example"};
    letter second;
    second.to = {"x@four.example", "y@two.example"};
    letter third;
    third.to = {"z@four.example"};
    one.to[1] = "b@one.example";
    client_driver client{options, {.letters = {one, second, third, second}}};
    client.hear("220 hi\r\n");
    (void)client.take_output();
    client.hear(offer("RCPTDOMAINMAX=2", pipelining, chunking));
    agreeable server{100};
    converse(client, server);
    using list = std::vector<outcome>;
    auto const yes = outcome::accepted;
    auto const no = outcome::transient;
    CHECK(client.accounts[0].recipients == list{yes, yes, yes, yes, yes, no});
    CHECK(client.accounts[1].recipients == list{no, yes});
    CHECK(client.accounts[2].recipients == list{no});
    CHECK(client.accounts[3].recipients == list{no, yes});
    CHECK(client.count("recipient 5: transient, RCPT, server takes no more in this session") == 1);
    CHECK(client.accounts[2].result->why == error::too_many_for_server);
    CHECK(client.accounts[2].result->what == outcome::transient);
    CHECK(client.accounts[3].result->what == outcome::accepted);
    CHECK(server.transactions == std::vector<std::size_t>{5, 1, 1});
    CHECK(client.everything_sent.find("four.example") == std::string::npos);
    CHECK(client.last() == "disconnected");
}

TEST_CASE("recipients that were not tried keep their place among those that were",
          "[client_limits][C-9422-4.3-01]") {
    letter one;
    one.to = {"a@one.example", "b@two.example", "c@one.example", "d@two.example"};
    bool const lmtp = GENERATE(true, false);
    client_options const how{.hostname = "client.example", .lmtp = lmtp};
    for_every_cut("250 ok\r\n550 a\r\n250 c\r\n354 go\r\n", [&](pieces const& cut) {
        client_driver client{how, {.letters = {one}}};
        client.hear("220 hi\r\n").hear(offer("RCPTDOMAINMAX=1")).hear(cut).hear("250 ok\r\n");
        REQUIRE(client.accounts[0].recipients ==
                std::vector<outcome>{outcome::permanent, outcome::transient, outcome::accepted,
                                     outcome::transient});
        REQUIRE(client.accounts[0].result->what == outcome::accepted);
        REQUIRE(client.accounts[0].result->recipient == (lmtp ? 2u : 0u));
    });
    client_driver client{how, {.letters = {one}}};
    client.hear("220 hi\r\n").hear(offer("RCPTDOMAINMAX=1"));
    client.hear("250 ok\r\n550 a\r\n550 c\r\n503 no\r\n");
    CHECK(client.accounts[0].result->what == outcome::transient);
    CHECK(client.accounts[0].result->why == error::no_valid_recipients);
}

TEST_CASE("an envelope that was refused for riding behind content is sent again once, alone",
          "[client_limits][C-2920-3.1-04]") {
    auto const code = GENERATE(503, 554, 550, 451);
    CAPTURE(code);
    bool const again = code == 503 || code == 554;
    client_driver client{options, {.letters = std::vector<letter>(4)}};
    client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n");
    client.hear("250 ok\r\n250 a\r\n354 go\r\n");
    (void)client.take_output();
    client.hear("250 done\r\n" + std::to_string(code) + " no\r\n503 a\r\n503 b\r\n");
    auto const envelope = "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n";
    CHECK(client.take_output() == envelope);  // again, or the third
    CHECK(client.accounts[1].result.has_value() == !again);
    if (!again) return;
    bool const refused_again = GENERATE(true, false);
    if (refused_again) {
        client.hear("503 no\r\n503 a\r\n503 b\r\n");
        CHECK(client.accounts[1].result->what == outcome::permanent);
        CHECK(client.take_output() == envelope);  // the third
        client.hear("250 ok\r\n250 a\r\n354 go\r\n");
    } else {
        client.hear("250 ok\r\n250 a\r\n354 go\r\n");
        CHECK(client.accounts[1].recipients == std::vector<outcome>{outcome::accepted});
    }
    CHECK(client.take_output() == "hi\r\n.\r\n");  // and nothing behind it
    client.hear("250 done\r\n");
    CHECK(client.take_output() == envelope);
}

TEST_CASE("a session that is lost before an envelope is sent again was lost, not refused",
          "[client_limits]") {
    client_driver client{options, {.letters = std::vector<letter>(2)}};
    client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n");
    client.hear("250 ok\r\n250 a\r\n354 go\r\n").hear("250 done\r\n554 no\r\n");
    client.lose_connection();
    CHECK(client.accounts[1].result->what == outcome::transient);
    CHECK(client.accounts[1].result->why == error::connection_lost);
}

TEST_CASE("with overlap off no envelope rides behind content", "[client_limits]") {
    client_options const how{.hostname = "client.example", .overlap = false};
    client_driver client{how, {.letters = {to_many(3), letter{}}}};
    client.hear("220 hi\r\n");
    (void)client.take_output();
    client.hear(offer("RCPTMAX=2"));
    agreeable server{2};
    converse(client, server);
    CHECK(server.transactions == std::vector<std::size_t>{2, 1, 1});
    CHECK(rides(client) == 0);
    CHECK(client.accounts[1].result->what == outcome::accepted);
}

TEST_CASE("no output that may wait is as good as one octet", "[client_limits]") {
    client_options how = options;
    how.limits.pending_output = 0;
    bool const chunking = GENERATE(true, false);
    client_driver client{how, {.letters = {to_many(3), letter{}}}};
    client.hear("220 hi\r\n");
    (void)client.take_output();
    client.hear(offer("X=1", true, chunking));
    agreeable server{100};
    converse(client, server);
    CHECK(client.accounts[1].result->what == outcome::accepted);
    CHECK(client.last() == "disconnected");
}

TEST_CASE("a server cannot make a session remember more than a thousand domains",
          "[client_limits][C-9422-4.3-01]") {
    letter many;
    many.to.clear();
    for (int i = 0; i < 1001; ++i) many.to.push_back("r@d" + std::to_string(i) + ".example");
    many.to.push_back("s@D999.example");
    client_driver client{options, {.letters = {many}, .quit = false}};
    client.hear("220 hi\r\n");
    (void)client.take_output();
    client.hear(offer("RCPTDOMAINMAX=999999"));
    agreeable server{2000};
    converse(client, server);
    CHECK(server.transactions == std::vector<std::size_t>{1001});
    auto const& told = client.accounts[0].recipients;
    CHECK(std::count(told.begin(), told.end(), outcome::accepted) == 1001);
    CHECK(told[1000] == outcome::transient);
    CHECK(client.session.heap_octets() >= 1000 * sizeof(std::uint64_t));
    CHECK(client.session.heap_octets() < 16384);
    client.lose_connection();
    CHECK(client.session.heap_octets() == 0);
}

TEST_CASE("recipients whose turn had not come are told why the session ended", "[client_limits]") {
    bool const closing = GENERATE(true, false);
    client_driver client{options, {.letters = {to_many(3)}}};
    client.hear("220 hi\r\n").hear(offer("RCPTMAX=2", false));
    client.hear("250 ok\r\n").hear("250 a\r\n").hear("250 b\r\n").hear("354 go\r\n");
    if (closing)
        client.hear("421 bye\r\n");
    else
        client.lose_connection();
    auto const why = closing ? error::server_closing : error::connection_lost;
    REQUIRE(client.accounts[0].results.size() == 2);
    auto const& tried = client.accounts[0].results[0];
    auto const& rest = client.accounts[0].results[1];
    CHECK(tried.what == (closing ? outcome::transient : outcome::unknown));
    CHECK(tried.why == why);
    CHECK_FALSE(tried.last);
    CHECK(rest.what == outcome::transient);
    CHECK(rest.why == why);
    CHECK(rest.recipient == 2);
    CHECK(rest.recipients == 1);
    CHECK(rest.last);
    auto const told = std::string{"recipient 2: transient, content"} +
                      (closing ? " 421, server is closing the session" : ", connection lost");
    CHECK(client.count(told) == 1);
}

TEST_CASE("an envelope that rode behind content and was refused is not sent again above MAILMAX",
          "[client_limits]") {
    client_driver client{options, {.letters = std::vector<letter>(2)}};
    client.hear("220 hi\r\n").hear(offer("MAILMAX=2"));
    client.hear("250 ok\r\n250 a\r\n354 go\r\n");
    client.hear("250 done\r\n503 no\r\n503 a\r\n503 b\r\n");
    CHECK(client.accounts[1].result->why == error::refused_by_server);
    CHECK(count(client.everything_sent, "MAIL FROM") == 2);
}

TEST_CASE("when the session ends behind a refused MAIL, recipients of the next are told why",
          "[client_limits]") {
    client_driver client{options, {.letters = {to_many(2)}}};
    client.hear("220 hi\r\n").hear(offer("RCPTMAX=1")).hear("250 ok\r\n");
    client.hear("550 a\r\n").lose_connection();
    auto const& results = client.accounts[0].results;
    REQUIRE(results.size() == 2);
    CHECK(results[0].why == error::no_valid_recipients);
    CHECK(results[0].recipients == 1);
    CHECK(results[1].why == error::connection_lost);
    CHECK(results[1].what == outcome::transient);
    CHECK(results[1].recipient == 1);
}

TEST_CASE("a recipient that was not tried is in no doubt when eager content was out",
          "[client_limits][C-3030-2-02]") {
    letter two;
    two.to = {"a@server.example", "b@other.example"};
    two.parameters.size = 4;
    client_driver client{options, {.letters = {two}}};
    client.hear("220 hi\r\n")
        .hear(
            "250-hi\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-SIZE\r\n250 LIMITS "
            "RCPTDOMAINMAX=1\r\n");
    REQUIRE(client.everything_sent.find("BDAT 4 LAST") != std::string::npos);
    client.lose_connection();
    CHECK(client.accounts[0].recipients ==
          std::vector<outcome>{outcome::unknown, outcome::transient});
    CHECK(client.accounts[0].result->what == outcome::unknown);
    CHECK(client.session.heap_octets() == 0);
}
