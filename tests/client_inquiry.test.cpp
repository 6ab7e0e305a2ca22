#include <postel/client_session.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"

using postel::client_options;
using postel::error;
using postel::test::client_driver;
using postel::test::event_line;
using postel::test::for_every_cut;
using postel::test::pieces;

namespace {

using lines = std::vector<std::string>;
client_options const options{.hostname = "client.example"};

struct talk {
    explicit talk(std::string_view hello = "250-hi\r\n250 PIPELINING\r\n") : session{options} {
        hear("220 hi\r\n");
        hear(hello);
        told.clear();
        wire.clear();
    }
    void hear(pieces const& turn) {
        for (auto const piece : turn) {
            session.receive(piece);
            drain();
        }
    }
    void hear(std::string_view turn) { hear(pieces{turn}); }
    void drain() {
        while (auto const event = session.next()) told.push_back(event_line(*event));
        wire += session.output();
        session.sent(session.output().size());
    }
    error ask(std::string_view line) {
        auto const done = session.inquire(line);
        drain();
        return done ? error::none : done.fault().code;
    }

    postel::client_session session;
    lines told;
    std::string wire;
};

}  // namespace

TEST_CASE("a single command is sent as it is, and its reply is told",
          "[client_inquiry][C-5321-3.5.2-01]") {
    auto const* const line = GENERATE(as<char const*>{}, "VRFY b", "EXPN list", "NOOP", "noop x",
                                      "HELP", "RSET", "ETRN server.example", "XOWN thing", "X");
    auto const* const reply = GENERATE(as<char const*>{}, "250", "252", "458", "550", "500");
    for_every_cut(std::string{reply} + "-one\r\n" + reply + " two\r\n", [&](pieces const& cut) {
        talk client;
        REQUIRE(client.ask(line) == error::none);
        REQUIRE(client.wire == std::string{line} + "\r\n");
        REQUIRE(client.session.wants_input());
        REQUIRE(client.session.deadline() == options.timeouts.command);
        REQUIRE(client.ask("NOOP") == error::not_ready);
        client.hear(cut);
        REQUIRE(client.told == lines{"inquiry_result " + std::string{reply}});
        REQUIRE(client.session.waiting());
        REQUIRE(client.session.heap_octets() == 0);
    });
}

TEST_CASE("no single command holds a second one, or one that is the session's own",
          "[client_inquiry][C-SEC-INJ-01][C-SEC-INJ-02]") {
    struct row {
        std::string line;
        error why;
    };
    auto const given = GENERATE(values<row>({
        {"NOOP\r\nMAIL FROM:<e@e>", error::bad_octet},
        {"NOOP\n", error::bad_octet},
        {"NOOP\r", error::bad_octet},
        {std::string("NOOP\0", 5), error::bad_octet},
        {"VRFY\tb", error::bad_octet},
        {"VRFY \x7F", error::bad_octet},
        {"VRFY caf\xC3\xA9", error::bad_octet},
        {"", error::bad_octet},
        {"MAIL FROM:<e@e.example>", error::bad_sequence},
        {"rcpt TO:<e@e.example>", error::bad_sequence},
        {"DATA", error::bad_sequence},
        {"BDAT 5 LAST", error::bad_sequence},
        {"StartTLS", error::bad_sequence},
        {"EHLO x", error::bad_sequence},
        {"HELO x", error::bad_sequence},
        {"LHLO x", error::bad_sequence},
        {"AUTH PLAIN AGEAYg==", error::bad_sequence},
        {"BURL imap://x LAST", error::bad_sequence},
        {"XCLIENT ADDR=192.0.2.1", error::bad_sequence},
        {"QUIT", error::bad_sequence},
        {"VRFY " + std::string(506, 'x'), error::line_too_long},
    }));
    CAPTURE(given.line);
    talk client;
    CHECK(client.ask(given.line) == given.why);
    CHECK(client.wire.empty());
    CHECK(client.session.waiting());
    CHECK(client.ask("VRFY " + std::string(505, 'x')) == error::none);
}

TEST_CASE("UTF-8 in a single command wants SMTPUTF8, and has to be well formed",
          "[client_inquiry]") {
    talk client{"250-hi\r\n250 SMTPUTF8\r\n"};
    CHECK(client.ask("VRFY caf\xC3\xA9\xFF") == error::bad_utf8);
    CHECK(client.ask("VRFY caf\xC3 x") == error::bad_utf8);
    CHECK(client.wire.empty());
    CHECK(client.ask("VRFY caf\xC3\xA9") == error::none);
}

TEST_CASE("a single command waits for nobody and disturbs no message",
          "[client_inquiry][C-2920-3.1-03]") {
    talk client;
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::envelope const mail{"a@client.example", to};
    REQUIRE(client.session.submit(mail));
    CHECK(client.ask("NOOP") == error::not_ready);
    client.hear("250 ok\r\n550 no\r\n503 no\r\n");
    client.wire.clear();
    // The transaction is still open there. RSET comes first, and in one group.
    CHECK(client.ask("VRFY b") == error::none);
    CHECK(client.wire == "RSET\r\nVRFY b\r\n");
    client.hear("250 ok\r\n252 perhaps\r\n");
    CHECK(client.told.back() == "inquiry_result 252");
    client.session.quit();
    CHECK(client.ask("NOOP") == error::not_ready);
    CHECK(client.wire == "RSET\r\nVRFY b\r\nQUIT\r\n");
}

TEST_CASE("a message submitted behind a single command waits for its reply",
          "[client_inquiry][C-2920-3.1-03]") {
    talk client;
    REQUIRE(client.ask("NOOP") == error::none);
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::envelope const mail{"a@client.example", to};
    REQUIRE(client.session.submit(mail));
    client.drain();
    CHECK(client.wire == "NOOP\r\n");
    client.hear("250 ok\r\n");
    CHECK(client.wire ==
          "NOOP\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n");
}

TEST_CASE("354 to a single command, or 421, ends the session", "[client_inquiry]") {
    talk client;
    REQUIRE(client.ask("NOOP") == error::none);
    auto const* const reply = GENERATE(as<char const*>{}, "354 go", "421 bye", "nonsense");
    client.hear(std::string{reply} + "\r\n");
    CHECK(client.told.size() == 2);
    CHECK(client.told.back() == "disconnected");
    CHECK(client.session.finished());
}

TEST_CASE("a single command that was never sent leaves nothing behind", "[client_inquiry]") {
    talk client{"250 hi\r\n"};
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::envelope const mail{"a@client.example", to};
    REQUIRE(client.session.submit(mail));
    client.drain();
    client.hear("250 ok\r\n");
    client.hear("550 no\r\n");
    client.wire.clear();
    CHECK(client.ask("NOOP") == error::none);
    CHECK(client.wire == "RSET\r\n");
    client.session.closed_by_peer();
    client.drain();
    CHECK(client.told.back() == "disconnected");
    CHECK(client.session.heap_octets() == 0);
}

TEST_CASE("single commands are asked for one at a time", "[client_inquiry]") {
    talk client;
    REQUIRE(client.session.inquire("NOOP"));
    CHECK(client.session.inquire("HELP").fault().code == error::not_ready);
    client.drain();
    CHECK(client.wire == "NOOP\r\n");
}
