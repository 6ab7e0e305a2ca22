#include <postel/server_session.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::server_state;
using namespace postel::test;

// How a session begins: its greeting, and what a hello may say and does.

TEST_CASE("a greeting is the host's name and what the application says",
          "[server_session]"
          "[S-5321-4.3.1-01][S-2034-4-01]") {
    auto const options = everything_offered();
    server_driver driver{
        options, [](auto& session, auto const&) { session.accept("ESMTP at your service"); }};
    driver.connect();
    CHECK(driver.output == "220 mx.example ESMTP at your service\r\n");
}

TEST_CASE("a greeting may say nothing but the host's name", "[server_session]") {
    auto const options = everything_offered();
    server_driver driver{options, [](auto& session, auto const&) { session.answer(220, {}, {}); }};
    driver.connect();
    CHECK(driver.output == "220 mx.example \r\n");
}

TEST_CASE("after a 554 greeting everything but QUIT draws 503",
          "[server_session][S-5321-3.1-01][S-5321-3.1-02][S-5321-3.1-03]") {
    auto const options = everything_offered();
    auto const code = GENERATE(554, 521);
    auto const all = talk(
        options, {"EHLO c.example\r\nNOOP\r\nRSET\r\nFOO\r\nMAIL FROM:<>\r\nVRFY x\r\nQUIT\r\n"},
        refuse_on(kind::connected, {code, {5, 3, 2}, "no mail here"}));
    CHECK(lines_of(all.output).front() == std::to_string(code) + " mx.example no mail here");
    CHECK(codes_of(all.output) == std::to_string(code) + " 503 503 503 503 503 503 221");
    CHECK(all.events.back() == "closed no error");
}

// ---- The hello -----------------------------------------------------------------------------

TEST_CASE("HELO has one line and no extension",
          "[server_session][S-5321-3.2-01][S-5321-4.1.1.1-01]"
          "[S-5321-F.3-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::hello, options);
    driver.feed("HELO c.example\r\n");
    CHECK(driver.output == "250 mx.example\r\n");
    CHECK(driver.events == std::vector<std::string>{"hello HELO c.example"});
}

TEST_CASE("a HELO session has no parameters, but enhanced codes",
          "[server_session][S-2034-4-05][S-5321-2.2.2-02][S-5321-4.1.1.11-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::hello, options);
    driver.feed(
        "HELO c.example\r\nMAIL FROM:<a@c.example> SIZE=1\r\nMAIL FROM:<a@c.example> BODY=7BIT\r\n"
        "MAIL FROM:<a@c.example> SMTPUTF8\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<r@d.example> "
        "NOTIFY=NEVER\r\n");
    CHECK(statuses_of(driver.output) ==
          "250 mx.ex | 555 5.5.4 | 555 5.5.4 | 555 5.5.4 | 250 2.1.0 | 555 5.5.4");
    // A later EHLO brings them back.
    driver.take_output();
    driver.feed("EHLO c.example\r\nMAIL FROM:<a@c.example> SIZE=1\r\n");
    CHECK(codes_of(driver.output) == "250 250");
}

TEST_CASE("what a hello may name",
          "[server_session][S-5321-4.1.1.1-03][S-5321-4.1.4-05]"
          "[B-5321-2.4-01]") {
    CHECK(event_of(server_state::hello, "eHlO c.example") == "250 hello EHLO c.example");
    CHECK(event_of(server_state::hello, "EHLO [192.0.2.1]") ==
          "250 hello EHLO [192.0.2.1] literal");
    CHECK(event_of(server_state::hello, "EHLO [192.0.2.1] my-host") ==
          "250 hello EHLO [192.0.2.1] literal");
    CHECK(event_of(server_state::hello, "EHLO [IPv6:2001:db8::1]") ==
          "250 hello EHLO [IPv6:2001:db8::1] literal");
    CHECK(event_of(server_state::hello, "EHLO localhost") == "250 hello EHLO localhost");
    CHECK(reply_to(server_state::hello, "EHLO [192.0.2.256]").substr(0, 4) == "501 ");
    CHECK(reply_to(server_state::hello, "EHLO").substr(0, 4) == "501 ");
    CHECK(reply_to(server_state::hello, "EHLO caf\xC3\xA9").substr(0, 4) == "501 ");
}

TEST_CASE("a hello that is accepted forgets the transaction, and one that is not does not",
          "[server_session][S-5321-4.1.1.1-02][S-5321-4.1.4-03][S-5321-4.1.4-04]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("EHLO c2.example\r\nRCPT TO:<x@y.example>\r\nDATA\r\n");
    CHECK(codes_of(driver.output) == "250 503 503");
    CHECK(driver.events.at(1) == "reset");
    for (std::string const line : {"EHLO\r\n", "EHLO -\r\n", "LHLO c.example\r\n"}) {
        auto kept = driver_in(server_state::rcpt, options);
        kept.feed(line + "DATA\r\n");
        CHECK(codes_of(kept.output).substr(4) == "354");
        CHECK(kept.count("reset") == 0);
    }
    auto refused =
        driver_in(server_state::rcpt, options, refuse_on(kind::hello, {550, {5, 7, 1}, "not you"}));
    refused.feed("EHLO c.example\r\nDATA\r\n");
    CHECK(codes_of(refused.output) == "550 354");
    CHECK(refused.count("reset") == 0);
}
