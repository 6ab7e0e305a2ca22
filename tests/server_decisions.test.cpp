#include <postel/server_session.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <postel/server_session.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::server_state;
using namespace postel::test;

namespace {

postel::server_options patient() {
    auto options = everything_offered();
    options.limits.recipients = 1'000'000;
    options.limits.errors = 1'000'000;
    options.limits.idle_commands = 1'000'000;
    options.offer.add(postel::extension::auth);
    options.mechanisms = {postel::sasl_mechanism::plain, postel::sasl_mechanism::external};
    options.auth_without_tls = true;
    return options;
}

std::string many(std::string_view line, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += line;
    return all;
}

/// A question, how a session comes to it, and what a client can have sent behind it.
struct late {
    kind what;
    server_state before;
    std::string asks;
    std::string answer;
    std::string behind;
    std::string replies;  // to each line of `behind`
};

std::vector<late> const questions{
    {kind::connected, server_state::greeting, "", "220", "NOOP\r\n", "250"},
    {kind::credentials, server_state::ready, "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\r\n", "235",
     "NOOP\r\n", "250"},
    {kind::auth_exchange, server_state::ready, "AUTH EXTERNAL =\r\n", "235", "NOOP\r\n", "250"},
    {kind::mail, server_state::ready, "MAIL FROM:<a@c.example>\r\n", "250",
     "RCPT TO:<u@d.example>\r\n", "250"},
    {kind::recipient, server_state::mail, "RCPT TO:<a@d.example>\r\n", "250",
     "RCPT TO:<u@d.example>\r\n", "250"},
    {kind::message_end, server_state::data, "ne\r\n.\r\n", "250", "RSET\r\n", "250"},
    {kind::message_end, server_state::more, "BDAT 3 LAST\r\nabc", "250", "RSET\r\n", "250"},
    {kind::credentials, server_state::ready, "AUTH PLAIN AGEAYg==\r\n", "235", "NOOP\r\n", "250"},
    {kind::etrn, server_state::ready, "ETRN c.example\r\n", "250", "NOOP\r\n", "250"},
    {kind::burl, server_state::rcpt, "BURL imap://x LAST\r\n", "250", "RSET\r\n", "250"},
    {kind::xclient, server_state::ready, "XCLIENT NAME=x\r\n", "220", "NOOP\r\n", "250"},
    {kind::xforward, server_state::ready, "XFORWARD NAME=x\r\n", "250", "NOOP\r\n", "250"},
};

/// Those that only tell, and wait for an answer as long as next() is not called.
std::vector<late> const tells{
    {kind::hello, server_state::hello, "EHLO c.example\r\n", "250", "NOOP\r\n", "250"},
    {kind::data, server_state::rcpt, "DATA\r\n", "354", "text\r\n", ""},
    {kind::chunk_end, server_state::rcpt, "BDAT 3\r\nabc", "250", "BDAT 1\r\nx", "250"},
    {kind::noop, server_state::mail, "NOOP\r\n", "250", "RCPT TO:<u@d.example>\r\n", "250"},
    {kind::verify, server_state::mail, "VRFY x\r\n", "250", "RCPT TO:<u@d.example>\r\n", "250"},
    {kind::expand, server_state::mail, "EXPN x\r\n", "250", "RCPT TO:<u@d.example>\r\n", "250"},
    {kind::help, server_state::mail, "HELP\r\n", "214", "RCPT TO:<u@d.example>\r\n", "250"},
    {kind::unknown_command, server_state::mail, "XOWN 1\r\n", "250", "RCPT TO:<u@d.example>\r\n",
     "250"},
};

/// Brings the session to the question, with everything in one window, and leaves it there.
void bring_to(postel::server_session& session, late const& at, std::string_view wire) {
    session.receive(wire);
    for (;;) {
        auto const event = session.next();
        REQUIRE(event);
        if (event->kind() == at.what) return;
        if (session.waiting()) session.accept();
    }
}

}  // namespace

TEST_CASE("every question may wait as long as it likes with a megabyte of commands behind it",
          "[server_session][S-2920-3.2-01][S-2920-3.2-09][S-SEC-RCPT-01]") {
    auto const options = patient();
    auto all = questions;  // and what only tells, if somebody wants time for it
    all.insert(all.end(), tells.begin(), tells.end());
    auto const& at = GENERATE_REF(from_range(all));
    bool const keep = GENERATE(false, true);
    CAPTURE(at.asks, keep);
    auto driver = driver_in(at.before, options);
    auto const times = (std::size_t{1} << 20) / at.behind.size() + 1;
    auto wire = at.asks + many(at.behind, times);
    bring_to(driver.session, at, wire);
    auto& session = driver.session;
    session.hold();
    auto const sent_before = session.output().size();
    auto const heap_before = session.heap_octets();

    for (int round = 0; round < 3; ++round) {
        CHECK(session.waiting());
        CHECK_FALSE(session.wants_input());
        CHECK_FALSE(session.deadline());
        CHECK_FALSE(session.next());
        CHECK_FALSE(session.finished());
        CHECK(session.output().size() == sent_before);
        CHECK(session.heap_octets() == heap_before);
        CHECK(heap_before < 256);
    }
    if (keep) {
        session.keep();
        auto const kept = session.heap_octets();
        auto const unread =
            times * at.behind.size() + (at.what == kind::connected ? at.asks.size() : 0);
        CHECK(kept == unread + heap_before);
        session.keep();
        CHECK(session.heap_octets() == kept);
        wire.assign(wire.size(), '\n');  // the caller's buffer is used for something else
        CHECK_FALSE(session.next());
    }

    session.accept();
    CHECK(session.output().substr(sent_before, 3) == at.answer);
    driver.drain();
    auto const codes = codes_of(driver.output);
    CHECK(codes == at.answer + (at.replies.empty() ? "" : many(" " + at.replies, times)));
    CHECK(session.wants_input());
    CHECK(session.heap_octets() == 0);
}

TEST_CASE("what only tells may be answered, late or not at all, before next() is called",
          "[server_session][S-2920-3.2-01]") {
    auto const options = patient();
    auto const& at = GENERATE_REF(from_range(tells));
    CAPTURE(at.asks);
    auto driver = driver_in(at.before, options);
    auto& session = driver.session;
    auto const times = (std::size_t{1} << 20) / at.behind.size() + 1;
    auto const wire = at.asks + many(at.behind, times);
    auto const replies = at.replies.empty() ? "" : many(" " + at.replies, times);
    bring_to(session, at, wire);
    CHECK_FALSE(session.waiting());
    CHECK_FALSE(session.wants_input());
    auto const before = session.state();
    auto const sent_before = session.output().size();

    SECTION("yes") {
        session.accept();
        CHECK(session.output().substr(sent_before, 3) == at.answer);
        driver.drain();
        CHECK(codes_of(driver.output) == at.answer + replies);
    }
    SECTION("no") {
        session.refuse({450, {4, 7, 1}, "later"});
        CHECK(session.output().substr(sent_before, 3) == "450");
        if (at.what != kind::chunk_end) CHECK(name_of(session.state()) == name_of(before));
    }
    SECTION("nothing") {
        driver.drain();
        auto const codes = codes_of(driver.output);
        auto by_default = at.answer;
        if (at.what == kind::verify || at.what == kind::expand) by_default = "252";
        if (at.what == kind::unknown_command) by_default = "500";
        CHECK(codes == by_default + replies);
    }
    driver.drain();
    CHECK(session.wants_input());
}

TEST_CASE("kept octets read the same as those of the caller", "[server_session]") {
    auto const options = everything_offered();
    std::string const wire =
        "EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<u@d.example>\r\nRCPT "
        "TO:<v@d.example>"
        "\r\nDATA\r\nhello\r\n..\r\n.\r\nMAIL FROM:<b@c.example>\r\nQUIT\r\n";
    auto const expected = talk(options, {wire});
    CHECK(codes_of(expected.output) == "220 250 250 250 250 354 250 250 221");
    for_every_cut(wire, [&](pieces const& stream) {
        server_driver driver{options, [](auto& session, auto const& event) {
                                 session.keep();
                                 accept_everything(session, event);
                             }};
        driver.connect();
        for (auto const piece : stream) {
            std::string own{piece};
            if (!driver.session.wants_input()) break;
            driver.session.receive(own);
            if (auto const event = driver.session.next()) {
                driver.events.push_back(to_line(*event));
                driver.session.keep();
                own.assign(own.size(), 'X');
                accept_everything(driver.session, *event);
            }
            driver.drain();
        }
        CHECK(driver.output == expected.output);
        CHECK(driver.session.heap_octets() == 0);
    });
}

TEST_CASE("replies come in the order of the commands, whatever each of them is",
          "[server_session][S-2920-3.2-01][S-2920-3.2-02][S-2920-3.2-09][S-5321-4.2-01]") {
    auto const options = everything_offered();
    std::string const wire =
        "EHLO c.example\r\nMAIL FROM:<1@c.example>\r\nRCPT TO:<2@d.example>\r\nRCPT "
        "TO:<3@d.example>"
        "\r\nRCPT 4\r\nFOO 5\r\nRCPT TO:<6@d.example>\r\nDATA\r\n.\r\nRSET\r\nRCPT "
        "TO:<7@d.example>\r\n";
    auto const decide = [](auto& session, postel::server_event const& event) {
        if (auto const* to = std::get_if<postel::recipient>(&event)) {
            auto const who = to->forward_path.text();
            if (who == "<3@d.example>") return session.refuse({550, {5, 1, 1}, "no 3 here"});
            return session.accept(who);
        }
        accept_everything(session, event);
    };
    for_every_cut(wire, [&](pieces const& stream) {
        auto const all = talk(options, stream, decide);
        auto lines = lines_of(all.output);
        REQUIRE(lines.size() > 11);
        lines.erase(lines.begin(), lines.end() - 10);
        CHECK(lines == std::vector<std::string>{
                           "250 2.1.0 sender ok",
                           "250 2.1.5 <2@d.example>",
                           "550 5.1.1 no 3 here",
                           "501 5.5.4 bad argument",
                           "500 5.5.1 command not recognised",
                           "250 2.1.5 <6@d.example>",
                           "354 end data with <CR><LF>.<CR><LF>",
                           "250 2.0.0 message accepted",
                           "250 2.0.0 reset",
                           "503 5.5.1 need MAIL first",
                       });
    });
}

TEST_CASE("the replies to a group lie in one output", "[server_session][S-2920-3.2-02]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::ready, options);
    driver.session.receive(
        "MAIL FROM:<a@c.example>\r\nRCPT TO:<u@d.example>\r\nRCPT TO:<v@d.example>\r\nDATA\r\n");
    while (auto const event = driver.session.next()) accept_everything(driver.session, *event);
    CHECK(codes_of(driver.session.output()) == "250 250 250 354");
    CHECK(driver.session.wants_input());
}

TEST_CASE("a reply is there as soon as the input is used",
          "[server_session][S-2920-3.2-05]"
          "[S-2920-3.2-06][S-2920-3.2-07]") {
    auto const options = everything_offered();
    for (std::string const line : {"EHLO c.example", "NOOP", "VRFY x", "EXPN x", "RSET", "FOO",
                                   "QUIT", "TURN", "HELP", "MAIL FROM:<a@c.example>"}) {
        CAPTURE(line);
        auto driver = driver_in(server_state::ready, options);
        driver.feed(line + "\r\nNO");
        CHECK(lines_of(driver.output).back().substr(3, 1) == " ");
        CHECK(codes_of(driver.output).size() == 3);
    }
}

TEST_CASE("an answer without a question is of no effect", "[server_session]") {
    auto const options = everything_offered();
    auto const state = GENERATE(server_state::hello, server_state::ready, server_state::mail,
                                server_state::rcpt, server_state::data, server_state::bdat,
                                server_state::more, server_state::barred, server_state::closed);
    auto driver = driver_in(state, options);
    auto& session = driver.session;
    session.accept();
    session.accept("text");
    session.refuse({550, {}, "no"});
    session.answer({421, {}, "go"});
    session.tls_established();
    session.tls_failed();
    CHECK(session.output().empty());
    CHECK(name_of(session.state()) == name_of(state));
    CHECK_FALSE(session.next());
}

TEST_CASE("a second answer to a question is of no effect", "[server_session]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::ready, options, [](auto& session, auto const&) {
        session.accept("first");
        session.refuse({550, {5, 7, 1}, "second"});
        session.accept("third");
    });
    driver.feed("MAIL FROM:<a@c.example>\r\n");
    CHECK(driver.output == "250 2.1.0 first\r\n");
    CHECK(name_of(driver.session.state()) == "mail");
}

TEST_CASE("to hold a question that waits anyway changes nothing", "[server_session]") {
    auto const options = patient();
    auto driver = driver_in(server_state::ready, options);
    auto& session = driver.session;
    SECTION("and a challenge answers it") {
        session.receive("AUTH EXTERNAL =\r\n");
        REQUIRE(session.next());
        session.hold();
        session.challenge("");
    }
    SECTION("and a handshake answers it") {
        session.receive("STARTTLS\r\n");
        CHECK_FALSE(session.next());
        session.sent(session.output().size());
        REQUIRE(session.next());
        session.hold();
        session.tls_established();
    }
    CHECK_FALSE(session.waiting());
    CHECK(session.wants_input());
}

TEST_CASE("next() never takes a question for answered", "[server_session]") {
    auto const options = everything_offered();
    postel::server_session session{options};
    REQUIRE(session.next());
    for (int i = 0; i < 10; ++i) CHECK_FALSE(session.next());
    CHECK(session.output().empty());
    CHECK(session.waiting());
}

TEST_CASE("a 421 to any question ends the session", "[server_session][S-5321-3.8-02]") {
    auto const options = patient();
    std::vector<late> all = questions;
    all.insert(all.end(), tells.begin(), tells.end());
    auto const& at = GENERATE_REF(from_range(all));
    CAPTURE(at.asks);
    auto driver = driver_in(at.before, options);
    auto const wire = at.asks + at.behind;
    bring_to(driver.session, at, wire);
    driver.session.refuse({421, {4, 7, 0}, "enough"});
    driver.drain();
    auto const status = at.what == kind::connected || at.what == kind::hello ? "" : "4.7.0 ";
    CHECK(lines_of(driver.output).back() == "421 " + std::string(status) + "mx.example enough");
    CHECK(driver.events.back() == "closed closed by the application");
    CHECK(driver.session.finished());
    CHECK(driver.session.heap_octets() == 0);
}

TEST_CASE("a session can be moved with a question outstanding", "[server_session]") {
    auto const options = everything_offered();
    std::string const wire =
        "EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<u@d.example>\r\nDA";
    postel::server_session first{options};
    REQUIRE(first.next());
    postel::server_session second{std::move(first)};
    CHECK(second.waiting());
    second.accept();
    CHECK_FALSE(second.next());
    second.sent(second.output().size());
    second.receive(wire);
    second.keep();
    auto third = std::move(second);
    REQUIRE(third.next());
    auto fourth = std::move(third);
    CHECK(to_line(*fourth.next()) == "mail <a@c.example>");
    auto fifth = std::move(fourth);
    fifth.accept();
    CHECK(to_line(*fifth.next()) == "recipient <u@d.example>");
    fifth.accept();
    CHECK_FALSE(fifth.next());
    auto sixth = std::move(fifth);
    CHECK(codes_of(sixth.output()) == "250 250 250");
    sixth.receive("TA\r\n");
    CHECK(to_line(*sixth.next()) == "data 1");
}

TEST_CASE("options that would not outlive the session are refused by the compiler",
          "[server_session]") {
    STATIC_REQUIRE_FALSE(std::is_constructible_v<postel::server_session, postel::server_options>);
    STATIC_REQUIRE(std::is_constructible_v<postel::server_session, postel::server_options const&>);
    STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<postel::server_session>);
    STATIC_REQUIRE(std::is_nothrow_move_constructible_v<postel::server_session>);
}
