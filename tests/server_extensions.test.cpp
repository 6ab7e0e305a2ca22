#include <postel/server_session.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::extension;
using postel::server_state;
using namespace postel::test;

// ETRN, BURL, XCLIENT and XFORWARD through whole sessions.

TEST_CASE("what most servers do not offer is off, and then unknown",
          "[server_extensions][S-XCLIENT-06][S-4468-3.1-01][S-4865-4.2-02]") {
    postel::server_options options;
    options.hostname = "mx.example";
    for (auto const& [verb, of] :
         {std::pair{"ETRN c.example", extension::etrn}, std::pair{"BURL imap://x", extension::burl},
          std::pair{"XCLIENT NAME=x", extension::xclient},
          std::pair{"XFORWARD NAME=x", extension::xforward}, std::pair{"EXPN x", extension::expn},
          std::pair{"AUTH EXTERNAL =", extension::auth}, std::pair{"STARTTLS", extension::starttls},
          std::pair{"TURN", extension::vrfy}}) {
        CAPTURE(verb);
        CHECK_FALSE(options.offer.has(of));
        CHECK(status_of(verb, options) == "502 5.5.1");
    }
    CHECK_FALSE(options.offer.has(extension::future_release));
    CHECK(status_of("MAIL FROM:<a@c.example> HOLDFOR=1", options) == "555 5.5.4");
}

TEST_CASE("ETRN has a reply for every way in which a queue can be",
          "[server_extensions][S-1985-5.1-01]") {
    auto const options = everything_offered();
    for (postel::reply const& with :
         {postel::reply{250, {2, 0, 0}, "started"}, postel::reply{251, {2, 0, 0}, "nothing waits"},
          postel::reply{252, {2, 0, 0}, "started"}, postel::reply{253, {2, 0, 0}, "2 started"},
          postel::reply{458, {4, 0, 0}, "not now"}, postel::reply{459, {4, 7, 1}, "not you"}}) {
        auto driver = driver_in(server_state::ready, options,
                                [&](auto& session, auto const&) { session.answer(with); });
        driver.feed("ETRN c.example\r\n");
        CHECK(codes_of(driver.output) == std::to_string(with.code.value));
        CHECK(driver.events == std::vector<std::string>{"etrn c.example"});
        CHECK(name_of(driver.session.state()) == "ready");
    }
    CHECK(status_of("ETRN", options) == "501 5.5.4");
    CHECK(status_of("ETRN c..example", options).substr(0, 3) == "501");
    auto driver = driver_in(server_state::mail, options);
    driver.feed("ETRN c.example\r\n");
    CHECK(statuses_of(driver.output) == "503 5.5.1");
}

TEST_CASE("BURL brings content where a chunk could, and has its replies",
          "[server_extensions][S-4468-3.1-02][S-4468-6-01][S-4468-3.1-01]") {
    auto options = everything_offered();
    options.texts.burl = "imap imap://imap.example";
    server_driver hello{options};
    hello.connect().feed("EHLO c.example\r\n");
    CHECK(hello.output.find("BURL imap imap://imap.example\r\n") != std::string::npos);
    std::string const last = "BURL imap://imap.example/x LAST\r\n";
    for (auto const state : {server_state::hello, server_state::ready, server_state::mail}) {
        CAPTURE(name_of(state));
        auto driver = driver_in(state, options);
        driver.feed(last);
        CHECK(statuses_of(driver.output) == "503 5.5.1");
    }
    for (auto const state : {server_state::rcpt, server_state::more}) {
        auto driver = driver_in(state, options);
        driver.feed(last);
        CHECK(statuses_of(driver.output) == "250 2.5.0");
        CHECK(name_of(driver.session.state()) == "ready");
    }
    // Nobody was accepted.
    auto driver = driver_in(server_state::mail, options,
                            refuse_on(kind::recipient, {550, {5, 1, 1}, "nobody"}));
    driver.feed("RCPT TO:<r@d.example>\r\n" + last);
    CHECK(codes_of(driver.output) == "550 503");
    for (postel::reply const& with :
         {postel::reply{554, {5, 6, 6}, "cannot fetch"}, postel::reply{554, {5, 7, 14}, "no trust"},
          postel::reply{554, {5, 3, 4}, "too big"}, postel::reply{451, {4, 4, 1}, "not now"}}) {
        auto refused = driver_in(server_state::rcpt, options, refuse_on(kind::burl, with));
        refused.feed(last + "MAIL FROM:<s@c.example>\r\n");
        CHECK(codes_of(refused.output) == std::to_string(with.code.value) + " 250");
    }
    auto two = driver_in(server_state::rcpt, options);
    two.feed("BURL\r\nBURL imap://imap.example/x\r\nBDAT 1 LAST\r\nx");
    CHECK(codes_of(two.output) == "501 250 250");
    CHECK(two.count("message_end") == 1);
}

TEST_CASE("XCLIENT leads back to the greeting, inside the same TLS",
          "[server_extensions][S-XCLIENT-04][S-XCLIENT-06]") {
    auto options = everything_offered();
    options.hostname = "mx.example";
    server_driver driver{options};
    driver.session.tls_established();
    driver.connect().feed("EHLO proxy.example\r\n");
    driver.take_output();
    driver.feed("XCLIENT NAME=c.example ADDR=192.0.2.1\r\n");
    CHECK(driver.take_output() == "220 mx.example ESMTP\r\n");
    CHECK(name_of(driver.session.state()) == "hello");
    driver.feed(
        "MAIL FROM:<a@c.example>\r\nSTARTTLS\r\nEHLO c.example\r\nMAIL FROM:<a@c.example>\r\n"
        "XCLIENT NAME=x\r\n");
    CHECK(codes_of(driver.output) == "503 503 250 250 503");
    CHECK(driver.output.find("STARTTLS\r\n") == std::string::npos);
    auto refused =
        driver_in(server_state::ready, options, refuse_on(kind::xclient, {550, {5, 7, 0}, "no"}));
    refused.feed("XCLIENT NAME=x\r\nMAIL FROM:<a@c.example>\r\n");
    CHECK(statuses_of(refused.output) == "550 5.7.0 | 250 2.1.0");
    for (auto const* const bad : {"XCLIENT", "XCLIENT NAME", "XCLIENT FOO=x", "XCLIENT NAME=",
                                  "XCLIENT IDENT=x", "XFORWARD LOGIN=x", "XCLIENT ADDR=300.0.0.1",
                                  "XCLIENT NAME=x+2", "XCLIENT NAME=x NAME=y"}) {
        CAPTURE(bad);
        CHECK(status_of(bad, options) == "501 5.5.4");
    }
}

TEST_CASE("XCLIENT replaces who was authenticated by whom the proxy names",
          "[server_extensions][S-XCLIENT-04]") {
    auto options = everything_offered();
    options.require_auth = true;
    server_driver driver{options};
    driver.session.tls_established();
    driver.connect().feed("EHLO proxy.example\r\n" + auth_line);
    auto const mail_behind = [&](std::string const& xclient) {
        driver.feed(xclient + "\r\nEHLO c.example\r\n");
        driver.take_output();
        driver.feed("MAIL FROM:<a@c.example>\r\nRSET\r\n");
        return codes_of(driver.take_output());
    };
    CHECK(mail_behind("XCLIENT ADDR=192.0.2.1") == "530 250");
    CHECK(mail_behind("XCLIENT LOGIN=alice") == "250 250");
    CHECK(mail_behind("XCLIENT LOGIN=[UNAVAILABLE]") == "530 250");
}

TEST_CASE("an attribute that is not announced is refused, and LOGIN then is no AUTH",
          "[server_extensions][S-XCLIENT-01][S-XCLIENT-02]") {
    auto options = everything_offered();
    options.require_auth = true;
    options.xclient = options.xforward = {postel::peer_attribute::addr};
    server_driver driver{options};
    driver.session.tls_established();
    driver.connect().feed("EHLO proxy.example\r\n");
    driver.take_output();
    driver.feed("XCLIENT ADDR=192.0.2.1 LOGIN=alice\r\nMAIL FROM:<a@c.example>\r\n");
    CHECK(codes_of(driver.take_output()) == "501 530");
    driver.feed("XCLIENT ADDR=192.0.2.1\r\nEHLO c.example\r\n");
    CHECK(codes_of(driver.take_output()) == "220 250");
    driver.feed(auth_line + "XFORWARD HELO=x\r\nXFORWARD ADDR=192.0.2.1\r\n");
    CHECK(codes_of(driver.output) == "235 501 250");
}
