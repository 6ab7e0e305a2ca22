#include <postel/server_session.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::extension;
using postel::server_state;
using namespace postel::test;

namespace {

std::string many(std::string_view line, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += line;
    return all;
}

/// The line, filled up to `size` octets, CR LF included, behind what `head` says.
std::string filled(std::string head, std::size_t size, std::string_view tail = {}) {
    head.append(size - head.size() - tail.size() - 2, 'a');
    return head.append(tail) + "\r\n";
}

}  // namespace

TEST_CASE("a command line of 512 octets is obeyed, and one of 513 is refused with one 500",
          "[server_session][S-5321-4.5.3.1.4-01][S-5321-4.3.2-03][B-5321-4.5.3.1-01]") {
    auto const options = everything_offered();
    struct row {
        server_state from;
        std::string head;
        std::string code;
    };
    auto const given = GENERATE(values<row>({
        {server_state::hello, "NOOP ", "250"},
        {server_state::ready, "HELP ", "214"},
        {server_state::rcpt, "XOWN ", "500"},
    }));
    CAPTURE(given.head);
    for (auto const size : {std::size_t{511}, std::size_t{512}, std::size_t{513}, std::size_t{4095},
                            std::size_t{4096}, std::size_t{4097}, std::size_t{9000}}) {
        CAPTURE(size);
        auto const wire = filled(given.head, size) + "NOOP\r\n";
        auto const check = [&](pieces const& stream) {
            auto driver = driver_in(given.from, options);
            driver.feed(stream);
            CHECK(codes_of(driver.output) == (size <= 512 ? given.code : "500") + " 250");
            CHECK(driver.count("violation line too long") == (size <= 512 ? 0u : 1u));
            CHECK(driver.peak_heap <= postel::longest_command_line);
            CHECK(driver.session.heap_octets() == 0);
            CHECK(name_of(driver.session.state()) == name_of(given.from));
        };
        if (size < 600) {
            for_every_cut(wire, check, 2);
        } else {
            check({wire});
            pieces octets;
            for (std::size_t i = 0; i < wire.size(); ++i)
                octets.push_back(std::string_view(wire).substr(i, 1));
            check(octets);
        }
    }
}

TEST_CASE("MAIL and RCPT lines grow by what the offered extensions add",
          "[server_session][S-5321-4.5.3.1.4-01][S-1870-3-03][S-6531-3.1-04][S-3030-3-04]") {
    struct row {
        postel::extension_set offer;
        std::size_t mail;
        std::size_t rcpt;
    };
    auto const given = GENERATE(values<row>({
        {{}, 512, 512},
        {{extension::size}, 538, 512},
        {{extension::size, extension::eight_bit_mime, extension::smtputf8}, 562, 512},
        {{extension::size, extension::eight_bit_mime, extension::chunking, extension::binary_mime},
         554,
         512},
        {{extension::dsn}, 622, 1042},
    }));
    auto options = everything_offered();
    options.offer = given.offer;
    // Trailing white space is tolerated, and counts.
    auto const padded = [](std::string line, std::size_t size) {
        line.append(size - line.size() - 2, ' ');
        return line + "\r\n";
    };
    auto mail = driver_in(server_state::ready, options);
    mail.feed(padded("MAIL FROM:<s@c.example>", given.mail + 1));
    mail.feed(padded("MAIL FROM:<s@c.example>", given.mail));
    CHECK(codes_of(mail.output) == "500 250");
    auto rcpt = driver_in(server_state::mail, options);
    rcpt.feed(padded("RCPT TO:<r@d.example>", given.rcpt + 1));
    rcpt.feed(padded("RCPT TO:<r@d.example>", given.rcpt));
    CHECK(codes_of(rcpt.output) == "500 250");
    // Other verbs do not grow.
    rcpt.take_output();
    rcpt.feed(filled("NOOP ", 513));
    CHECK(codes_of(rcpt.output) == "500");
}

TEST_CASE("a SIZE of twenty digits fits behind a path of 256 octets",
          "[server_session][S-1870-3-03][S-1870-3-02][S-5321-4.5.3.1.3-01][S-5321-4.5.3.1.1-01]") {
    auto options = everything_offered();
    options.max_message_size = 0;
    auto const label = std::string(61, 'd') + ".";
    auto const path = "<" + std::string(64, 'l') + "@" + label + label + label + "eee>";
    REQUIRE(path.size() == 256);
    auto driver = driver_in(server_state::ready, options);
    driver.feed("MAIL FROM:" + path + " SIZE=00000000000000000001\r\n");
    CHECK(codes_of(driver.output) == "250");
    driver.feed("RCPT TO:" + path + "\r\n");
    CHECK(codes_of(driver.output) == "250 250");
}

TEST_CASE("a line without end takes a bounded piece of memory, and one 500 at its end",
          "[server_session][B-SEC-MEM-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::hello, options);
    std::string const block(65536, 'A');
    for (int i = 0; i < 160; ++i) driver.feed(block);
    CHECK(driver.output.empty());
    CHECK(driver.peak_heap <= postel::longest_command_line);
    CHECK(driver.session.heap_octets() == 0);
    driver.feed("\r\nNOOP\r\n");
    CHECK(statuses_of(driver.output) == "500 5.5.2 | 250 2.0.0");
}

TEST_CASE("a TLS record is not seen in the middle of a skipped line", "[server_session]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::hello, options);
    driver.feed(std::string(5000, 'A'));
    driver.feed("\x16\x03\x01");
    driver.feed("\r\nNOOP\r\n");
    CHECK(codes_of(driver.output) == "500 250");
}

TEST_CASE("recipients above the limit draw 452, and those before it stay",
          "[server_session][S-5321-4.5.3.1.10-01][S-5321-4.5.3.1.8-02][S-SEC-RCPT-01]") {
    auto options = everything_offered();
    options.limits.recipients = 3;
    auto driver = driver_in(server_state::mail, options);
    driver.feed(many("RCPT TO:<u@d.example>\r\n", 5) + "DATA\r\n.\r\n");
    CHECK(statuses_of(driver.output) ==
          "250 2.1.5 | 250 2.1.5 | 250 2.1.5 | 452 4.5.3 | 452 4.5.3 | 354 end d | 250 2.0.0");
    CHECK(driver.count("recipient ") == 3);
    CHECK(driver.count("violation too many recipients") == 2);
    CHECK(driver.count("data 3") == 1);
    // The next transaction starts from none.
    driver.take_output();
    driver.feed("MAIL FROM:<>\r\n" + many("RCPT TO:<u@d.example>\r\n", 4));
    CHECK(codes_of(driver.output) == "250 250 250 250 452");
}

TEST_CASE("a refused recipient does not count for the limit", "[server_session]") {
    auto options = everything_offered();
    options.limits.recipients = 1;
    auto driver = driver_in(server_state::mail, options,
                            refuse_on(kind::recipient, {550, {5, 1, 1}, "no such user"}));
    driver.feed(many("RCPT TO:<u@d.example>\r\n", 3));
    driver.decide = accept_everything;
    driver.feed(many("RCPT TO:<u@d.example>\r\n", 2));
    CHECK(codes_of(driver.output) == "550 550 550 250 452");
}

TEST_CASE("a hundred recipients are taken by default, each for itself",
          "[server_session][S-5321-4.5.3.1.8-01][S-5321-4.1.1.3-02]") {
    postel::server_options const options;
    auto driver = driver_in(server_state::mail, options);
    driver.feed(many("RCPT TO:<u@d.example>\r\n", 100) + "DATA\r\n");
    CHECK(driver.count("recipient <u@d.example>") == 100);
    CHECK(driver.count("data 100") == 1);
    CHECK(postel::server_limits{}.recipients >= postel::minimum::recipients);
}

TEST_CASE("after as many errors as the limit grants, the next one is a 421",
          "[server_session][S-5321-7.8-01][S-SEC-RCPT-01][S-5321-4.1.1.10-02][S-5321-3.8-01]"
          "[S-5321-4.1.5-01]") {
    auto options = everything_offered();
    options.limits.errors = 4;
    auto const bad = GENERATE(values<std::string>(
        {"XYZZY", "\x01", "", "DATA", "TURN", "MAIL FROM:<a..b@c.example>", "BDAT 2\r\nxy",
         "QUIT now", "MAIL FROM:<a@c.example> FOO=1", "NOOP\nNOOP"}));
    CAPTURE(bad);
    auto const line = bad + (bad.ends_with("xy") ? "" : "\r\n");
    auto driver = driver_in(server_state::ready, options);
    driver.feed(many(line, 4));
    CHECK(driver.session.wants_input());
    CHECK(lines_of(driver.output).size() == 4);
    CHECK(driver.count("closed") == 0);
    driver.take_output();
    driver.feed(line + "NOOP\r\n");
    CHECK(driver.output == "421 4.7.0 mx.example too many errors\r\n");
    CHECK(driver.events.back() == "closed too many errors");
    CHECK(driver.session.finished());
    CHECK(driver.session.heap_octets() == 0);
}

TEST_CASE("the line of the error that ends a session can still be read", "[server_session]") {
    auto options = everything_offered();
    options.limits.errors = 0;
    options.limits.idle_commands = 0;
    for (std::string const line :
         {"MAIL FROM:<a..b@c.example>", "NOOP", "BDAT 99999999999999999999"}) {
        std::string seen;
        for_every_cut(line + "\r\n", [&](pieces const& stream) {
            auto driver = driver_in(server_state::hello, options, [&](auto&, auto const& event) {
                if (auto const* why = std::get_if<postel::violation>(&event)) seen = why->line;
            });
            driver.feed(stream);
            CHECK(seen == line);
            CHECK(driver.session.finished());
            CHECK(driver.session.heap_octets() == 0);
        });
    }
}

TEST_CASE("a recipient above the limit is no error of the client's", "[server_session]") {
    auto options = everything_offered();
    options.limits.errors = 1;
    options.limits.recipients = 1;
    auto driver = driver_in(server_state::mail, options);
    driver.feed(many("RCPT TO:<u@d.example>\r\n", 50));
    CHECK(driver.session.wants_input());
}

TEST_CASE("a client that tries names until one fits is sent away", "[server_session]") {
    auto options = everything_offered();
    options.limits.idle_commands = 4;
    auto driver = driver_in(server_state::mail, options,
                            refuse_on(kind::recipient, {550, {5, 1, 1}, "nobody"}));
    std::string const guess = "RCPT TO:<guess@d.example>\r\n";

    SECTION("the reply that was decided on stands, and then comes the end") {
        driver.feed(many(guess, 3));  // EHLO was the first that brought no mail on
        CHECK(driver.session.wants_input());
        driver.take_output();
        driver.feed(guess + guess);
        CHECK(statuses_of(driver.output) == "550 5.1.1 | 421 4.7.0");
        CHECK(driver.events.back() == "closed too many commands without mail");
    }
    SECTION("a recipient who may be tried later is no guess") {
        driver.decide = refuse_on(kind::recipient, {450, {4, 7, 1}, "greylisted"});
        driver.feed(many(guess, 50));
        CHECK(driver.session.wants_input());
    }
    SECTION("a message forgives") {
        driver.feed(many(guess, 3));
        driver.decide = accept_everything;
        driver.feed(guess + "DATA\r\n.\r\nMAIL FROM:<>\r\n");
        driver.decide = refuse_on(kind::recipient, {550, {5, 1, 1}, "nobody"});
        driver.feed(many(guess, 4));
        CHECK(driver.session.wants_input());
        driver.feed(guess);
        CHECK(driver.session.finished());
    }
}

TEST_CASE("commands that bring no mail on are counted, and a message forgives them",
          "[server_session][S-SEC-RCPT-01]") {
    auto options = everything_offered();
    options.limits.idle_commands = 4;
    auto const idle = GENERATE(values<std::string>(
        {"NOOP\r\n", "RSET\r\n", "VRFY x\r\n", "EXPN x\r\n", "HELP\r\n", "EHLO c.example\r\n"}));
    CAPTURE(idle);
    auto driver = driver_in(server_state::hello, options);
    driver.feed("EHLO c.example\r\n" + many(idle, 3));
    CHECK(driver.session.wants_input());

    SECTION("one too many is a 421") {
        driver.take_output();
        driver.feed(idle + "NOOP\r\n");
        CHECK(driver.output.substr(0, 4) == "421 ");
        CHECK(driver.output.find("mx.example too many commands without mail\r\n") !=
              std::string::npos);
        CHECK(driver.events.back() == "closed too many commands without mail");
        CHECK(driver.session.finished());
    }
    SECTION("a message in between starts the count anew") {
        driver.feed("MAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nDATA\r\n.\r\n" + many(idle, 4));
        CHECK(driver.session.wants_input());
        driver.feed(idle);
        CHECK(driver.events.back() == "closed too many commands without mail");
    }
    SECTION("nor does a refused BURL LAST") {
        driver.decide = refuse_on(kind::burl, {554, {5, 6, 6}, "no"});
        driver.feed("MAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nBURL imap://h/x LAST\r\n" +
                    many(idle, 2));
        CHECK(driver.events.back() == "closed too many commands without mail");
    }
    SECTION("a message that is refused does not") {
        driver.decide = refuse_on(kind::message_end, {550, {5, 7, 1}, "no"});
        driver.feed("MAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nDATA\r\n.\r\n" + idle);
        CHECK(driver.events.back() == "closed too many commands without mail");
    }
}

TEST_CASE("a declared size at the limit is taken, and one above it draws 552",
          "[server_session][S-1870-6.1-01][S-1870-3-01]") {
    auto options = everything_offered();
    options.max_message_size = 1000;
    auto driver = driver_in(server_state::ready, options);
    driver.feed("MAIL FROM:<a@c.example> SIZE=1001\r\nMAIL FROM:<a@c.example> SIZE=1000\r\n");
    CHECK(statuses_of(driver.output) == "552 5.3.4 | 250 2.1.0");
    CHECK(driver.events == std::vector<std::string>{"violation message size exceeds fixed limit",
                                                    "mail <a@c.example> SIZE=1000"});
}

TEST_CASE("SIZE takes 1 to 20 digits once", "[server_session][S-1870-3-02][S-1870-6-01]") {
    auto options = everything_offered();
    options.max_message_size = 0;
    struct row {
        std::string parameter;
        std::string code;
    };
    auto const given = GENERATE(values<row>({{"SIZE=0", "250"},
                                             {"SIZE=18446744073709551615", "250"},
                                             {"size=1", "250"},
                                             {"SIZE=", "501"},
                                             {"SIZE", "501"},
                                             {"SIZE=1x", "501"},
                                             {"SIZE=-1", "501"},
                                             {"SIZE=000000000000000000001", "501"},
                                             {"SIZE=1 SIZE=2", "501"}}));
    CAPTURE(given.parameter);
    auto driver = driver_in(server_state::ready, options);
    driver.feed("MAIL FROM:<a@c.example> " + given.parameter + "\r\n");
    CHECK(codes_of(driver.output) == given.code);
}

TEST_CASE("content at the limit is taken, and one octet more is dropped and draws 552",
          "[server_session][S-1870-6.3-01][S-1870-6-02]") {
    auto options = everything_offered();
    options.max_message_size = 40;
    auto const above = GENERATE(false, true);
    // A stuffed dot does not count.
    auto const wire = ".." + std::string(above ? 38 : 37, 'x') + "\r\n.\r\nNOOP\r\n";
    for_every_cut(wire, [&](pieces const& stream) {
        auto driver = driver_in(server_state::rcpt, options);
        driver.feed("DATA\r\n");
        driver.take_output();
        driver.feed(stream);
        CHECK(statuses_of(driver.output) ==
              (above ? "552 5.3.4 | 250 2.0.0" : "250 2.0.0 | 250 2.0.0"));
        CHECK(driver.count("message_end 40") == (above ? 0u : 1u));
        CHECK(driver.count("message_aborted message size exceeds") == (above ? 1u : 0u));
        CHECK(name_of(driver.session.state()) == "ready");
    });
}

TEST_CASE("a limit of 0 sets none", "[server_session][S-1870-3-01]") {
    auto options = everything_offered();
    options.max_message_size = 0;
    auto driver = driver_in(server_state::hello, options);
    driver.feed(
        "EHLO c.example\r\nMAIL FROM:<> SIZE=99999999999\r\nRCPT TO:<r@d.example>\r\nDATA\r\n");
    CHECK(driver.output.find("250-SIZE 0\r\n") != std::string::npos);
    std::string const block(1 << 20, 'x');
    driver.decide = [](auto& session, auto const&) {
        if (session.waiting()) session.accept();
    };
    for (int i = 0; i < 64; ++i) driver.feed(block);
    driver.take_output();
    driver.feed("\r\n.\r\n");
    CHECK(codes_of(driver.output) == "250");
    CHECK(driver.events.back() == "message_end " + std::to_string((64u << 20) + 2));
    CHECK(driver.peak_heap < 4096);
}

TEST_CASE("a message of 64 Ki octets passes the smallest limit that RFC 5321 allows",
          "[server_session][S-5321-4.5.3.1.7-01][B-5321-4.5.3.1.6-01][B-6152-3-01]") {
    auto options = everything_offered();
    options.max_message_size = postel::minimum::message;
    auto driver = driver_in(server_state::rcpt, options);
    // 65 lines of 1000 octets, the longest that must be taken, and one of 536.
    auto const line = std::string(998, 'a') + "\r\n";
    driver.feed("DATA\r\n" + many(line, 65) + std::string(534, 'b') + "\r\n.\r\n");
    CHECK(codes_of(driver.output) == "354 250");
    CHECK(driver.count("message_end 65536") == 1);
}

TEST_CASE("a line of content above the limit spoils the message, and draws 554 at its end",
          "[server_session][B-5321-4.5.3.1.6-01]") {
    auto options = everything_offered();
    auto const longest = std::string(998, 'a') + "\r\n";
    auto const too_long = "a" + longest;
    auto const replies_to = [&](std::string const& text) {
        auto driver = driver_in(server_state::rcpt, options);
        driver.feed("DATA\r\n" + text + "..\r\n.\r\nNOOP\r\n");
        return codes_of(driver.output);
    };
    CHECK(replies_to(longest + too_long) == "354 250 250");  // by default any line is taken
    options.limits.text_line = postel::minimum::text_line;
    CHECK(replies_to(longest + "." + longest) == "354 250 250");
    CHECK(replies_to(longest + too_long) == "354 554 250");
}

TEST_CASE("a peer that does not read its replies cannot make a session grow",
          "[server_session][S-SEC-RCPT-01]") {
    auto options = everything_offered();
    options.limits.pending_output = 1000;
    options.limits.idle_commands = 1'000'000;
    auto driver = driver_in(server_state::ready, options);
    auto& session = driver.session;
    auto const wire = many("NOOP\r\n", 10000);
    session.receive(wire);
    std::size_t events = 0;
    while (session.next()) ++events;
    CHECK(events < 100);
    CHECK_FALSE(session.wants_input());
    CHECK_FALSE(session.waiting());
    CHECK(session.output().size() >= 1000);
    CHECK(session.output().size() < 1000 + 512);
    CHECK(session.heap_octets() < 4096);
    for (int i = 0; i < 10; ++i) CHECK_FALSE(session.next());

    SECTION("below the mark it goes on") {
        session.sent(session.output().size() - 990);
        CHECK(session.next());
    }
    SECTION("every command has its reply when the peer reads") {
        driver.drain();
        CHECK(driver.count("noop") + events == 10000);
        CHECK(lines_of(driver.output).size() == 10000);
        CHECK(session.wants_input());
        CHECK(session.heap_octets() == 0);
    }
    SECTION("the session can be shut down meanwhile") {
        session.shut_down();
        CHECK(to_line(*session.next()) == "closed shutting down");
        CHECK_FALSE(session.finished());
        session.sent(session.output().size());
        CHECK(session.finished());
    }
}

TEST_CASE("an idle session owns no heap after any exchange", "[server_session]") {
    auto const options = everything_offered();
    std::string const wire =
        "EHLO c.example\r\nNOOP\r\nFOO\r\nMAIL FROM:<s@c.example> SIZE=9\r\nRCPT "
        "TO:<r@d.example>\r\nDATA\r\n"
        "text\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nBDAT 3\r\nabcBDAT 2 LAST\r\nxyVRFY "
        "x\r\nRSET\r\n";
    for_every_cut(wire, [&](pieces const& stream) {
        auto driver = driver_in(server_state::hello, options);
        std::string heard;
        for (auto const piece : stream) {
            driver.feed(piece);
            heard += piece;
            bool const between_lines = heard.empty() || heard.ends_with("\r\n");
            bool const content = driver.session.state() == server_state::data ||
                                 driver.session.state() == server_state::bdat;
            if (between_lines || content) CHECK(driver.session.heap_octets() == 0);
            CHECK(driver.session.heap_octets() <= postel::longest_command_line);
        }
        CHECK(driver.session.heap_octets() == 0);
    });
}

TEST_CASE("a session is small", "[server_session]") {
    CHECK(sizeof(postel::server_session) <= 256);
}

TEST_CASE("as many parameters as a line can hold are one error", "[server_session][S-SEC-LEN-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::ready, options);
    driver.feed("MAIL FROM:<a@c.example>" + many(" X", 200) + "\r\n");
    CHECK(codes_of(driver.output) == "555");
    driver.feed("MAIL FROM:<a@c.example>" + many(" X", 2000) + "\r\n");
    CHECK(codes_of(driver.output) == "555 500");
    CHECK(driver.session.heap_octets() == 0);
}

TEST_CASE("what was sent in one group with a refused MAIL or RCPT is not the client's error",
          "[server_session][S-2920-3.2-09]") {
    auto options = everything_offered();
    options.limits.errors = 2;
    options.limits.recipients = 10;
    server_driver driver{options, refuse_on(kind::mail, {550, {5, 7, 1}, "no"})};
    driver.connect();
    driver.feed("EHLO c.example\r\nMAIL FROM:<a@b.example>\r\n");
    for (int i = 0; i < 10; ++i) driver.feed("RCPT TO:<u@d.example>\r\n");
    driver.feed("DATA\r\n");
    CHECK(driver.session.state() == server_state::ready);
    // More than a group can hold is.
    driver.feed("DATA\r\nDATA\r\nDATA\r\n");
    CHECK(driver.session.state() == server_state::closed);
}

TEST_CASE("a group is counted up to 65535 commands, however many recipients a message may have",
          "[server_session][S-2920-3.2-09]") {
    auto options = everything_offered();
    options.limits.errors = 0;
    options.limits.recipients = GENERATE(65534u, 65535u, 100000u);
    server_driver driver{options, refuse_on(kind::mail, {550, {5, 7, 1}, "no"})};
    driver.connect();
    driver.feed("EHLO c.example\r\nMAIL FROM:<a@b.example>\r\n");
    for (int i = 0; i < 65535; ++i) driver.feed("DATA\r\n");
    CHECK(driver.session.state() == server_state::ready);
    driver.feed("DATA\r\n");
    CHECK(driver.session.state() == server_state::closed);
}

TEST_CASE("a message that comes by BURL is mail, and patience begins anew", "[server_session]") {
    auto options = everything_offered();
    options.limits.idle_commands = 3;
    auto driver = driver_in(server_state::ready, options);
    for (int i = 0; i != 6; ++i)
        driver.feed("NOOP\r\nMAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nBURL imap://x LAST\r\n");
    CHECK(driver.count("burl") == 6);
    CHECK(driver.session.wants_input());
}
