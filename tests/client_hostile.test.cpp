#include <postel/client_session.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"
#include "support/content_by_hand.hpp"

using postel::client_options;
using postel::error;
using postel::outcome;
using postel::test::client_driver;
using postel::test::client_plan;
using postel::test::content_by_hand;
using postel::test::for_every_cut;
using postel::test::letter;
using postel::test::pieces;

namespace {

client_options const options{.hostname = "client.example"};
using lines = std::vector<std::string>;

// A session of two messages, turn by turn and reply by reply. The first message has two recipients,
// one of whom is refused.
std::vector<lines> const fair{
    {"220 server.example\r\n"},
    {"250-server.example\r\n250 PIPELINING\r\n"},
    {"250 2.1.0 ok\r\n", "550-5.1.1 no\r\n550 5.1.1 no\r\n", "250 2.1.5 ok\r\n", "354 go\r\n"},
    {"250 2.0.0 one\r\n", "250 2.1.0 ok\r\n", "250 2.1.5 ok\r\n", "354 go\r\n"},
    {"250 2.0.0 two\r\n", "221 2.0.0 bye\r\n"},
};

client_plan two_letters() {
    letter first;
    first.to = {"b@server.example", "c@server.example"};
    return {.letters = {first, letter{}}};
}

std::string joined(lines const& replies, std::size_t count = 100) {
    std::string all;
    for (std::size_t i = 0; i < replies.size() && i < count; ++i) all += replies[i];
    return all;
}

// Everything that was submitted has its results, whatever happened, and nothing more comes.
void check_account(client_driver& client) {
    REQUIRE(client.session.finished());
    REQUIRE(client.last() == "disconnected");
    REQUIRE(client.count("disconnected") == 1);
    REQUIRE_FALSE(client.session.wants_input());
    REQUIRE_FALSE(client.session.waiting());
    REQUIRE(client.session.heap_octets() == 0);
    for (std::size_t i = 0; i < client.accounts.size(); ++i) {
        CAPTURE(i);
        bool const submitted = i < client.submitted();
        REQUIRE(client.accounts[i].recipients.size() ==
                (submitted ? client.letters()[i].to.size() : 0u));
        REQUIRE(client.accounts[i].result.has_value() == submitted);
    }
}

std::size_t dots_in(std::string const& sent) {
    std::size_t dots = 0;
    std::string_view const dot = "\r\n.\r\n";
    for (auto at = sent.find(dot); at != sent.npos; at = sent.find(dot, at + 1)) ++dots;
    return dots;
}

// Calls `visit(turn, reply)` for each reply of the fair session.
template <class Visit>
void for_each_reply(Visit&& visit) {
    for (std::size_t turn = 0; turn < fair.size(); ++turn)
        for (std::size_t reply = 0; reply < fair[turn].size(); ++reply) visit(turn, reply);
}

// The last reply of all answers QUIT; what is wrong with it harms nobody.
bool answers_quit(std::size_t turn, std::size_t reply) {
    return turn == 4 && reply == 1;
}

}  // namespace

TEST_CASE("a connection that is lost anywhere leaves every recipient with a result",
          "[client_session][C-5321-3.8-01][C-5321-4.1.1.10-02][C-5321-4.2.5-01]") {
    bool const by_time = GENERATE(true, false);
    for_each_reply([&](std::size_t turn, std::size_t reply) {
        for (std::size_t at = 0; at <= fair[turn][reply].size(); ++at) {
            CAPTURE(turn, reply, at);
            client_driver client{options, two_letters()};
            for (std::size_t i = 0; i < turn; ++i) client.hear(joined(fair[i]));
            client.hear(joined(fair[turn], reply) + fair[turn][reply].substr(0, at));
            by_time ? client.expire() : client.lose_connection();
            check_account(client);
            bool const whole = at == fair[turn][reply].size();
            std::size_t const accepted = turn < 3             ? 0
                                         : turn == 3          ? reply > 0 || whole
                                         : reply > 0 || whole ? 2
                                                              : 1;
            for (std::size_t i = 0; i < client.submitted(); ++i) {
                auto const expected = i < accepted                          ? outcome::accepted
                                      : i < dots_in(client.everything_sent) ? outcome::unknown
                                                                            : outcome::transient;
                REQUIRE(client.accounts[i].result->what == expected);
            }
            if (accepted == 2) {
                REQUIRE_FALSE(client.failure);
            } else {
                REQUIRE(client.failure == (by_time ? error::timed_out : error::connection_lost));
            }
        }
    });
}

TEST_CASE("a 421 anywhere ends the session and leaves no doubt",
          "[client_session][C-5321-3.8-01][C-5321-4.2.5-01]") {
    for_each_reply([&](std::size_t turn, std::size_t reply) {
        auto const octets = joined(fair[turn], reply) + "421-4.3.2 going\r\n421 4.3.2 down\r\n";
        CAPTURE(turn, reply);
        for_every_cut(octets, [&](pieces const& cut) {
            client_driver client{options, two_letters()};
            for (std::size_t i = 0; i < turn; ++i) client.hear(joined(fair[i]));
            client.hear(cut);
            check_account(client);
            for (std::size_t i = 0; i < client.submitted(); ++i)
                REQUIRE(client.accounts[i].result->what != outcome::unknown);
            if (answers_quit(turn, reply)) {
                REQUIRE_FALSE(client.failure);
            } else {
                REQUIRE(client.failure == error::server_closing);
            }
        });
    });
}

TEST_CASE("what is no reply is a named failure wherever it comes",
          "[client_session][C-5321-4.2-03][C-5321-4.2.1-02][B-5321-2.3.8-01][C-SEC-MEM-01]") {
    struct row {
        std::string octets;
        error why;
    };
    std::string many_lines;
    for (int i = 0; i < 600; ++i) many_lines += "250-a\r\n";
    std::string many_octets;
    for (int i = 0; i < 40; ++i) many_octets += "250-" + std::string(2000, 'x') + "\r\n";
    std::vector<row> const rows{
        {"\r\n", error::bad_reply},
        {"250ok\r\n", error::bad_reply},
        {"25 ok\r\n", error::bad_reply},
        {"abc\r\n", error::bad_reply},
        {"199 x\r\n", error::bad_reply},
        {"600 x\r\n", error::bad_reply},
        {"999 x\r\n", error::bad_reply},
        {" 250 x\r\n", error::bad_reply},
        {std::string("\0", 1), error::bad_reply},
        {"HTTP/1.1 400 Bad Request\r\n", error::bad_reply},
        {"\x15\x03\x01", error::bad_reply},
        {"250 ok\nx", error::bare_lf},
        {"\n", error::bare_lf},
        {"250 ok\rx", error::bare_cr},
        {"250 ok\r\r\n", error::bare_cr},
        {"250-ok\r\n550 no\r\n", error::reply_code_mismatch},
        {"550-no\r\n250 ok\r\n", error::reply_code_mismatch},
        {"250 " + std::string(1u << 20, 'x'), error::reply_line_too_long},
        {many_lines, error::reply_too_long},
        {many_octets, error::reply_too_long},
    };
    for (auto const& given : rows)
        for_each_reply([&](std::size_t turn, std::size_t reply) {
            CAPTURE(given.octets.substr(0, 40), turn, reply);
            auto const octets = joined(fair[turn], reply) + given.octets;
            auto const check = [&](pieces const& cut) {
                client_driver client{options, two_letters()};
                for (std::size_t i = 0; i < turn; ++i) client.hear(joined(fair[i]));
                auto const sent = client.everything_sent.size();
                client.hear(cut);
                check_account(client);
                REQUIRE(client.most_heap <= 2 * 65536u);
                if (answers_quit(turn, reply)) {
                    REQUIRE_FALSE(client.failure);
                } else {
                    REQUIRE(client.failure == given.why);
                    REQUIRE(client.failed_as == outcome::transient);
                    REQUIRE(client.everything_sent.size() == sent);  // not even QUIT
                }
            };
            if (octets.size() < 200) return for_every_cut(octets, check, 2);
            check({octets});
            pieces small;
            for (std::string_view rest = octets; !rest.empty();) {
                small.push_back(rest.substr(0, 97));
                rest.remove_prefix(small.back().size());
            }
            check(small);
        });
}

TEST_CASE("a reply that comes before it was asked for is never taken for an answer",
          "[client_session][C-SEC-PRE-01][B-SEC-COUNT-01]") {
    std::string const extra =
        GENERATE("250 ok\r\n", "250-a\r\n250 b\r\n", "354 go\r\n", "550 no\r\n", "220 hi\r\n");
    for (std::size_t turn = 0; turn + 1 < fair.size(); ++turn)
        for (std::size_t at = 1; at <= extra.size(); ++at) {
            CAPTURE(extra, turn, at);
            client_driver client{options, two_letters()};
            for (std::size_t i = 0; i < turn; ++i) client.hear(joined(fair[i]));
            auto const sent = client.everything_sent;
            client.hear(joined(fair[turn]) + extra.substr(0, at));
            REQUIRE(client.everything_sent == sent);
            if (at != extra.size()) {
                // What it will be is not known yet: it could still be a 421.
                REQUIRE(client.session.wants_input());
                REQUIRE(client.session.deadline() == options.timeouts.command);
                client.hear(extra.substr(at));
            }
            REQUIRE(client.failure == error::unexpected_reply);
            REQUIRE(client.everything_sent == sent);
            check_account(client);
        }
}

TEST_CASE("a session that waits for its caller notices what the server says",
          "[client_session][C-SEC-PRE-01]") {
    struct row {
        std::string octets;
        error why;
    };
    auto const given = GENERATE(values<row>({
        {"250 ok\r\n", error::unexpected_reply},
        {"421 4.4.2 idle\r\n", error::server_closing},
        {"gibberish", error::bad_reply},
    }));
    for_every_cut(given.octets, [&](pieces const& cut) {
        client_driver client{options, {.letters = {}, .quit = false}};
        client.hear("220 hi\r\n").hear("250-hi\r\n250 PIPELINING\r\n");
        REQUIRE(client.session.waiting());
        client.hear(cut);
        check_account(client);
        REQUIRE(client.failure == given.why);
        REQUIRE(client.everything_sent == "EHLO client.example\r\n");
    });
}

TEST_CASE("a final reply that comes before the final dot ends the session",
          "[client_session][C-SEC-PRE-01]") {
    auto const* const octets =
        GENERATE(as<char const*>{}, "250 queued\r\n", "552 5.3.4 too much\r\n", "354 more\r\n");
    CAPTURE(octets);
    for_every_cut(octets, [&](pieces const& cut) {
        content_by_hand client{"250-hi\r\n250 PIPELINING\r\n", options};
        auto& session = client.session;
        REQUIRE(session.write("half\r\n"));
        client.drain();
        client.told.clear();
        for (auto const piece : cut) client.hear(piece);
        REQUIRE(client.told.size() == 3);
        REQUIRE(client.told[0].substr(0, 18) == "message: transient");
        REQUIRE(client.told[1].substr(0, 17) == "failed: transient");
        REQUIRE(client.wire.find("\r\n.\r\n") == std::string::npos);
        REQUIRE_FALSE(session.write("more\r\n"));
        REQUIRE_FALSE(session.finish());
        REQUIRE(session.finished());
    });
}

TEST_CASE("odd octets in a text are handed on as they are, and can be told",
          "[client_session][C-6531-3.7.4.1-01]") {
    std::string const reply("550 5.1.1 \0\x80\xFF\x1B[2J caf\xC3\xA9\r\n", 25);
    for_every_cut(reply, [&](pieces const& cut) {
        postel::client_session session{options};
        lines found;
        auto const hear = [&](std::string_view octets) {
            session.receive(octets);
            while (auto const event = session.next())
                if (auto const* e = std::get_if<postel::failed>(&*event)) {
                    REQUIRE_FALSE(e->reply.printable());
                    found.emplace_back(e->reply.octets());
                }
            session.sent(session.output().size());
        };
        hear("220 hi\r\n");
        for (auto const piece : cut) hear(piece);
        REQUIRE(found == lines{reply});
    });
}

TEST_CASE("each message keeps the reply that decided it when the session breaks off",
          "[client_session][C-2920-3.1-05]") {
    letter second;
    for (auto const& end : lines{"421 4.3.2 down\r\n", "250ok\r\n"}) {
        client_driver client{options, {.letters = {letter{}, second}, .quit = false}};
        client.hear(joined(fair[0])).hear(joined(fair[1]));
        // MAIL is refused, and the server goes on as if it were not.
        client.hear("550 5.7.1 no\r\n250 ok\r\n354 go\r\n");
        client.hear(end);
        check_account(client);
        CHECK(client.count("recipient 0: permanent, MAIL 550 5.7.1") == 1);
        CHECK(client.count("message: permanent, MAIL 550 5.7.1") == 1);
        CHECK(client.failure == (end[0] == '4' ? error::server_closing : error::bad_reply));
        CHECK(client.log[client.log.size() - 2] ==
              (end[0] == '4' ? "failed: transient, content 421 4.3.2, server is closing the session"
                             : "failed: transient, content, not a reply line"));
    }
}

TEST_CASE("whatever a server says, each session ends with every result told once",
          "[client_session][C-SEC-MEM-01]") {
    auto const seed = GENERATE(range(0u, 3000u));
    CAPTURE(seed);
    std::minstd_rand random{seed + 1};
    lines const words{"220 hi\r\n",
                      "250 ok\r\n",
                      "250-a\r\n250 PIPELINING\r\n",
                      "250 2.1.5 x\r\n",
                      "354 go\r\n",
                      "354 go\r\n",
                      "550 no\r\n",
                      "451 later\r\n",
                      "421 down\r\n",
                      "503 bad\r\n",
                      "221 bye\r\n",
                      "250-",
                      "2",
                      "\r\n",
                      "x",
                      "334 \r\n",
                      "250-x\r\n251 y\r\n"};
    client_options how{.hostname = "client.example", .pipelining = random() % 4 != 0};
    how.limits.pending_output = random() % 2 == 0 ? 65536 : 40;
    auto plan = two_letters();
    plan.letters.push_back(letter{});
    plan.piece = 1 + random() % 5;
    plan.overlap = random() % 2 == 0;
    client_driver client{how, plan};
    client.hear("220 hi\r\n");
    if (random() % 4 != 0) client.hear("250-hi\r\n250 PIPELINING\r\n");
    for (int turn = 0; turn < 30 && !client.session.finished(); ++turn) {
        std::string octets;
        // Mostly what could be right, so that a session gets far.
        for (auto count = 1 + random() % 4; count != 0; --count)
            octets += words[random() % (random() % 3 == 0 ? words.size() : std::size_t{7})];
        client.hear(octets);
    }
    client.lose_connection();
    check_account(client);
    if (client.failure) REQUIRE_FALSE(to_string(*client.failure).empty());
}
