#include <postel/server_session.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::server_state;
using namespace postel::test;

// What answers look like on the wire: their texts, their lines, their reasons.

TEST_CASE("the text of a refusal cannot break its line",
          "[server_answers][S-SEC-REPLY-01][S-6531-3.7.4-01]") {
    auto const options = everything_offered();
    struct row {
        std::string given;
        std::string sent;
    };
    auto const text = GENERATE(values<row>({
        {"no such user <x>\r\n250 ok", "no such user <x>??250 ok"},
        {std::string("a\0b", 3), "a?b"},
        {"tab\tand\x1b[31m", "tab\tand?[31m"},
        {"caf\xC3\xA9", "caf??"},
        {"250 ok", "250 ok"},
        {".", "."},
        {"", ""},
    }));
    CAPTURE(text.given);
    auto driver = driver_in(server_state::mail, options, [&](auto& session, auto const& event) {
        if (event.kind() == kind::recipient) session.refuse({550, {5, 1, 1}, {}}, "{}", text.given);
    });
    driver.feed("RCPT TO:<x@d.example>\r\n");
    CHECK(driver.output == "550 5.1.1 " + text.sent + "\r\n");
}

TEST_CASE("a refusal is formatted with the values given", "[server_answers]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::mail, options, [](auto& session, auto const& event) {
        auto const& to = std::get<postel::recipient>(event);
        session.refuse({550, {5, 1, 1}, "unused"}, "no mailbox {} among {}", to.forward_path.text(),
                       7);
    });
    driver.feed("RCPT TO:<x@d.example>\r\n");
    CHECK(driver.output == "550 5.1.1 no mailbox <x@d.example> among 7\r\n");
}

TEST_CASE("a reply of several lines has the code and the status on each of them",
          "[server_answers][S-5321-4.2.1-01][S-2034-4-04][S-5321-3.5.1-04][S-5321-3.5.1-03]") {
    auto const options = everything_offered();
    constexpr std::array<std::string_view, 3> members{"<a@d.example>", "<b@d.example>",
                                                      "<c@d.example>"};
    auto driver = driver_in(server_state::ready, options, [&](auto& session, auto const& event) {
        if (event.kind() == kind::expand) session.answer(250, {2, 1, 5}, members);
        if (event.kind() == kind::verify) session.answer(553, {5, 1, 4}, members);
    });
    driver.feed("EXPN list\r\nVRFY ambiguous\r\n");
    CHECK(lines_of(driver.output) ==
          std::vector<std::string>{"250-2.1.5 <a@d.example>", "250-2.1.5 <b@d.example>",
                                   "250 2.1.5 <c@d.example>", "553-5.1.4 <a@d.example>",
                                   "553-5.1.4 <b@d.example>", "553 5.1.4 <c@d.example>"});
}

TEST_CASE("only replies with names are beyond ASCII, behind a VRFY that permits it",
          "[server_answers][S-6531-3.7.4-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::ready, options, [&](auto& session, auto const&) {
        session.answer({550, {5, 1, 1}, "\xC3\xA9"});
    });
    driver.feed("VRFY x SMTPUTF8\r\nMAIL FROM:<a@c.example>\r\n");
    CHECK(driver.output == "550 5.1.1 \xC3\xA9\r\n550 5.1.1 ??\r\n");
}

TEST_CASE("a reply text above 512 octets goes on in further lines with the same code",
          "[server_answers][B-5321-4.5.3.1.5-01]") {
    auto const options = everything_offered();
    std::string const text(1300, 'x');
    auto driver = driver_in(server_state::ready, options, [&](auto& session, auto const&) {
        session.refuse({550, {5, 7, 1}, text});
    });
    driver.feed("MAIL FROM:<a@c.example>\r\n");
    auto const lines = lines_of(driver.output);
    REQUIRE(lines.size() == 3);
    std::string joined;
    for (auto const& line : lines) {
        CHECK(line.size() + 2 <= 512);
        CHECK(line.substr(0, 3) == "550");
        CHECK(line.substr(4, 6) == "5.7.1 ");
        joined += line.substr(10);
    }
    CHECK(joined == text);
    CHECK(codes_of(driver.output) == "550");
}

TEST_CASE("a policy may refuse with a lasting or a passing reason",
          "[server_answers][S-5321-3.3-02][S-5321-7.9-01][S-1870-6.1-02][S-1870-6.4-01]"
          "[S-5321-4.1.1.11-02][S-5321-3.4-01]") {
    auto const options = everything_offered();
    struct row {
        kind what;
        server_state from;
        std::string line;
        postel::reply with;
        std::string sent;
    };
    auto const given = GENERATE(values<row>({
        {kind::mail,
         server_state::ready,
         "MAIL FROM:<a@c.example>",
         {451, {4, 3, 0}, "later"},
         "451 4.3.0 later"},
        {kind::mail,
         server_state::ready,
         "MAIL FROM:<a@c.example>",
         {550, {5, 7, 1}, "no"},
         "550 5.7.1 no"},
        {kind::mail,
         server_state::ready,
         "MAIL FROM:<a@c.example> SIZE=9",
         {452, {4, 3, 1}, "full"},
         "452 4.3.1 full"},
        {kind::mail,
         server_state::ready,
         "MAIL FROM:<a@c.example> BODY=7BIT",
         {455, {4, 5, 4}, "busy"},
         "455 4.5.4 busy"},
        {kind::recipient,
         server_state::rcpt,
         "RCPT TO:<a@c.example>",
         {552, {5, 2, 3}, "too long"},
         "552 5.2.3 too long"},
        {kind::recipient,
         server_state::mail,
         "RCPT TO:<a@c.example>",
         {551, {5, 1, 6}, "try <b@d.example>"},
         "551 5.1.6 try <b@d.example>"},
        {kind::data, server_state::rcpt, "DATA", {451, {4, 3, 0}, "later"}, "451 4.3.0 later"},
        {kind::hello, server_state::rcpt, "EHLO a.example", {550, {5, 7, 1}, "no"}, "550 no"},
    }));
    CAPTURE(given.line);
    auto driver = driver_in(given.from, options, refuse_on(given.what, given.with));
    driver.feed(given.line + "\r\n");
    CHECK(driver.output == given.sent + "\r\n");
    CHECK(name_of(driver.session.state()) == name_of(given.from));
}

TEST_CASE("3yz goes to DATA alone, and 2yz does not go there",
          "[server_answers][S-5321-4.3.2-01]") {
    auto options = everything_offered();
    options.mechanisms.add(postel::sasl_mechanism::cram_md5);
    struct row {
        kind what;
        server_state from;
        std::string line;
        postel::reply with;
    };
    auto const given = GENERATE(values<row>({
        {kind::hello, server_state::hello, "EHLO a.example", {334, {}, "x"}},
        {kind::auth_exchange, server_state::ready, "AUTH CRAM-MD5", {334, {}, "PDFAeD4="}},
        {kind::credentials, server_state::ready, "AUTH PLAIN AGEAYg==", {334, {}, ""}},
        {kind::mail, server_state::ready, "MAIL FROM:<a@c.example>", {354, {}, "x"}},
        {kind::recipient, server_state::mail, "RCPT TO:<a@c.example>", {354, {}, "x"}},
        {kind::data, server_state::rcpt, "DATA", {250, {2, 0, 0}, "x"}},
    }));
    CAPTURE(given.line);
    auto driver = driver_in(given.from, options, [&](auto& session, auto const& event) {
        event.kind() == given.what ? session.answer(given.with) : accept_everything(session, event);
    });
    driver.feed(given.line + "\r\n");
    CHECK(codes_of(driver.output) == "451");
    CHECK(name_of(driver.session.state()) == name_of(given.from));
}

TEST_CASE("a first chunk is taken by 2yz as by 3yz", "[server_answers][S-3030-2-03]") {
    auto const options = everything_offered();
    auto const code = GENERATE(250, 354);
    auto driver = driver_in(server_state::rcpt, options, [&](auto& session, auto const& event) {
        if (event.kind() != kind::data) return accept_everything(session, event);
        session.answer({postel::reply_code(code), {}, "go on"});
    });
    driver.feed("BDAT 2\r\nhi");
    CHECK(codes_of(driver.output) == "250");
    CHECK(name_of(driver.session.state()) == "more");
}

TEST_CASE("refuse() says no, whatever its code", "[server_answers][S-5321-4.3.2-01]") {
    auto const options = everything_offered();
    auto const code = GENERATE(200, 250, 334, 354, 199, 600);
    CAPTURE(code);
    auto driver = driver_in(server_state::mail, options, [&](auto& session, auto const& event) {
        if (event.kind() != kind::recipient) return accept_everything(session, event);
        session.refuse({postel::reply_code(code), {2, 0, 0}, "not here"});
    });
    driver.feed("RCPT TO:<a@c.example>\r\n");
    CHECK(driver.output == "451 4.3.0 not here\r\n");
    CHECK(name_of(driver.session.state()) == "mail");
}

TEST_CASE("251 takes a recipient, and 551 does not", "[server_answers][S-5321-3.4-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::mail, options, [](auto& session, auto const& event) {
        if (event.kind() == kind::recipient)
            return session.answer({251, {2, 1, 5}, "will forward"});
        accept_everything(session, event);
    });
    driver.feed("RCPT TO:<a@d.example>\r\n");
    CHECK(driver.output == "251 2.1.5 will forward\r\n");
    CHECK(name_of(driver.session.state()) == "rcpt");
    driver.decide = refuse_on(kind::recipient, {551, {5, 1, 6}, "moved"});
    driver.feed("RCPT TO:<b@d.example>\r\n");
    driver.take_events();
    driver.feed("DATA\r\n");
    CHECK(driver.count("data 1") == 1);
}
