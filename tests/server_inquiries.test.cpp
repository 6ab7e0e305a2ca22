#include <postel/server_session.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::extension;
using postel::server_state;
using namespace postel::test;

// Commands that ask and change nothing: VRFY, EXPN, HELP, NOOP, and verbs of the application's own.

TEST_CASE("VRFY, EXPN, HELP and NOOP leave the transaction alone",
          "[server_session][S-5321-4.1.1.6-01][S-5321-4.1.1.7-01][S-5321-4.1.1.8-01]"
          "[S-5321-4.1.1.9-01][S-5321-4.1.1.9-02][S-5321-4.1.4-02]") {
    struct row {
        std::string line;
        std::string event;
        std::string reply;
    };
    auto const given = GENERATE(values<row>({
        {"VRFY Smith", "verify Smith", "252 2.5.0 cannot verify, will attempt delivery"},
        {"VRFY <a@b.example>", "verify <a@b.example>",
         "252 2.5.0 cannot verify, will attempt delivery"},
        {"EXPN list", "expand list", "252 2.5.0 cannot expand"},
        {"HELP", "help", "214 2.0.0 see RFC 5321"},
        {"HELP MAIL", "help MAIL", "214 2.0.0 see RFC 5321"},
        {"NOOP", "noop", "250 2.0.0 ok"},
        {"noop hello there", "noop hello there", "250 2.0.0 ok"},
        {"XFOO bar", "unknown XFOO bar", "500 5.5.1 command not recognised"},
    }));
    CAPTURE(given.line);
    auto const options = everything_offered();
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed(given.line + "\r\nDATA\r\n");
    CHECK(driver.events == std::vector<std::string>{given.event, "data 1"});
    CHECK(lines_of(driver.output).front() == given.reply);
    CHECK(codes_of(driver.output).substr(4) == "354");
    CHECK(reply_to(server_state::hello, given.line) == given.reply);
}

TEST_CASE("VRFY and EXPN are verified by the application or not at all",
          "[server_session][S-5321-3.5.1-01][S-5321-3.5.1-02][S-5321-3.5.3-01][S-5321-3.5.3-02]"
          "[S-5321-7.3-01]") {
    auto const options = everything_offered();
    auto const ready = server_state::ready;
    CHECK(reply_to(ready, "VRFY root").substr(0, 9) == "252 2.5.0");
    CHECK(reply_to(ready, "EXPN staff").substr(0, 9) == "252 2.5.0");
    auto const know = [](auto& session, auto const& event) {
        if (event.kind() == kind::verify) session.accept("Fred Smith <smith@d.example>");
    };
    CHECK(reply_to(ready, "VRFY smith", options, know) == "250 2.1.5 Fred Smith <smith@d.example>");
    CHECK(reply_to(ready, "VRFY x", options, refuse_on(kind::verify, {550, {5, 1, 1}, "no x"})) ==
          "550 5.1.1 no x");
    CHECK(reply_to(ready, "EXPN x", options, refuse_on(kind::expand, {550, {5, 7, 2}, "no"})) ==
          "550 5.7.2 no");
    auto without = options;
    without.offer.remove(extension::expn);
    CHECK(reply_to(ready, "EXPN x", without) == "502 5.5.1 command not implemented");
}

TEST_CASE("a reply to VRFY holds UTF-8 where SMTPUTF8 was said, and nowhere else",
          "[server_session][S-6531-3.7.4.2-01][S-6531-3.7.4.2-02][S-6531-3.7.4-01]") {
    auto const options = everything_offered();
    auto const know = [](auto& session, auto const& event) {
        if (session.waiting() || event.kind() == kind::verify)
            session.accept("<\xC3\xA9@d.example>");
    };
    auto const ready = server_state::ready;
    CHECK(event_of(ready, "VRFY \xC3\xA9 SMTPUTF8") == "252 verify \\xC3\\xA9 in UTF-8");
    CHECK(reply_to(ready, "VRFY e SMTPUTF8", options, know) == "250 2.1.5 <\xC3\xA9@d.example>");
    CHECK(reply_to(ready, "VRFY e", options, know) == "250 2.1.5 <??@d.example>");
    CHECK(reply_to(ready, "MAIL FROM:<a@c.example> SMTPUTF8", options, know) ==
          "250 2.1.0 <??@d.example>");
    CHECK(reply_to(ready, "VRFY \xC3\xA9").substr(0, 4) == "500 ");
}

TEST_CASE("known verbs that nobody serves draw 502, and unknown ones 500",
          "[server_session][S-5321-4.2.4-01][S-5321-4.1.5-01][S-5321-3.8-01]") {
    for (std::string const line : {"TURN", "SEND FROM:<a@b.example>", "SOML", "SAML", "ATRN"})
        CHECK(reply_to(server_state::ready, line) == "502 5.5.1 command not implemented");
    for (std::string const line : {"BLAH", "XFOO", "EHLOX c.example", "MAILFROM:x"})
        CHECK(reply_to(server_state::ready, line).substr(0, 4) == "500 ");
    auto const options = everything_offered();
    auto driver = driver_in(server_state::ready, options);
    driver.feed("FOO\r\nNOOP\r\n");
    CHECK(codes_of(driver.output) == "500 250");
    CHECK(driver.session.wants_input());
}

TEST_CASE("an application can have verbs of its own", "[server_session]") {
    auto const options = everything_offered();
    auto const own = [](auto& session, auto const& event) {
        if (auto const* said = std::get_if<postel::unknown_command>(&event)) {
            if (said->line == "XQUEUE run") session.answer({250, {2, 0, 0}, "running"});
            if (said->line.starts_with("XDENY")) session.refuse({550, {5, 7, 1}, "no"});
        }
    };
    CHECK(reply_to(server_state::rcpt, "XQUEUE run", options, own) == "250 2.0.0 running");
    CHECK(reply_to(server_state::rcpt, "XDENY", options, own) == "550 5.7.1 no");
    CHECK(reply_to(server_state::rcpt, "XOTHER", options, own) ==
          "500 5.5.1 command not recognised");
}
