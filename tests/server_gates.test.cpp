#include <postel/server_session.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::server_state;
using namespace postel::test;

// What stands between a command and the program: TLS and AUTH that are demanded, and policies.

TEST_CASE("what is demanded first is demanded of every verb but those that lead to it",
          "[server_gates][S-3207-4-03][S-6409-4.3-01][S-4954-6-01]") {
    struct row {
        std::string line;
        bool before_tls;
        bool before_auth;
    };
    auto const given = GENERATE(values<row>({
        {"EHLO c.example", true, true},
        {"HELO c.example", true, true},
        {"NOOP", true, true},
        {"QUIT", true, true},
        {"STARTTLS", true, true},
        {"AUTH PLAIN AGFsaWNlAHNlY3JldA==", false, true},
        {"RSET", false, true},
        {"MAIL FROM:<a@c.example>", false, false},
        {"MAIL FROM:<>", false, false},
        {"RCPT TO:<a@c.example>", false, false},
        {"DATA", false, false},
        {"BDAT 6 LAST\r\nNOOP", false, false},
        {"BURL imap://x LAST", false, false},
        {"VRFY a", false, false},
        {"EXPN a", false, false},
        {"HELP", false, false},
        {"ETRN c.example", false, false},
        {"XCLIENT NAME=x", false, true},
        {"XFORWARD NAME=x", false, false},
        {"TURN", false, false},
        {"XOWN", false, false},
        {"MAIL", false, false},
    }));
    CAPTURE(given.line);
    auto options = everything_offered();
    auto const open = status_of(given.line, options);
    CHECK(open.substr(0, 3) != "530");
    options.require_tls = true;
    CHECK(status_of(given.line, options) == (given.before_tls ? open : "530 5.7.0"));
    options.require_tls = false;
    options.require_auth = true;
    CHECK(status_of(given.line, options) == (given.before_auth ? open : "530 5.7.0"));
    options.require_tls = true;
    CHECK(status_of(given.line, options) == (given.before_tls ? open : "530 5.7.0"));
}

TEST_CASE("behind TLS and AUTH every verb is obeyed as if neither had been demanded",
          "[server_gates][S-3207-4-03][S-6409-4.3-01]") {
    auto options = everything_offered();
    options.require_tls = options.require_auth = true;
    auto driver = driver_in(server_state::ready, options);
    driver.feed("STARTTLS\r\n");
    driver.feed("EHLO c.example\r\nMAIL FROM:<a@c.example>\r\n" + auth_line +
                "MAIL FROM:<a@c.example>\r\nRCPT TO:<a@c.example>\r\nDATA\r\n.\r\n");
    CHECK(codes_of(driver.output) == "220 250 530 235 250 250 354 250");
}

TEST_CASE("a refused BDAT is counted off behind a gate as well", "[server_gates][S-3030-2-07]") {
    auto options = everything_offered();
    options.require_auth = true;
    for_every_cut("BDAT 23 LAST\r\nMAIL FROM:<a@c.exa>\r\nNONOOP\r\n", [&](pieces const& stream) {
        auto driver = driver_in(server_state::ready, options);
        driver.feed(stream);
        CHECK(codes_of(driver.output) == "530 250");
        CHECK(driver.count("mail") == 0);
    });
}

TEST_CASE("554 refuses a sender, a recipient and a message for reasons of policy",
          "[server_gates][S-6409-4.1-01]") {
    auto const options = everything_offered();
    auto const what = GENERATE(kind::mail, kind::recipient, kind::data, kind::message_end);
    auto driver = driver_in(server_state::ready, options,
                            refuse_on(what, {554, {5, 7, 1}, "not by our rules"}));
    driver.feed("MAIL FROM:<a@c.example>\r\nRCPT TO:<b@d.example>\r\nDATA\r\n");
    if (what == kind::message_end) driver.feed(".\r\n");
    CHECK(driver.output.find("554 5.7.1 not by our rules\r\n") != std::string::npos);
    CHECK(driver.count("violation") == (what == kind::mail        ? 2u
                                        : what == kind::recipient ? 1u
                                                                  : 0u));
}

TEST_CASE("no reply to RCPT shows a mailbox beyond ASCII", "[server_gates][S-6531-3.7.4.1-01]") {
    auto const options = everything_offered();
    for (postel::reply const& with :
         {postel::reply{251, {2, 1, 5}, "will go to <jos\xC3\xA9@d.example>"},
          postel::reply{551, {5, 1, 6}, "try <jos\xC3\xA9@d.example>"}}) {
        auto driver = driver_in(server_state::mail, options,
                                [&](auto& session, auto const&) { session.answer(with); });
        driver.feed("RCPT TO:<joe@d.example>\r\n");
        CHECK(codes_of(driver.output) == std::to_string(with.code.value));
        CHECK(driver.output.find("<jos??@d.example>") != std::string::npos);
    }
}
