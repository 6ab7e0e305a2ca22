#include <postel/server_session.hpp>

#include <array>
#include <chrono>
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

// What stands between a command and the program: TLS and AUTH that are demanded, extensions that
// are off, limits, policies.

namespace {

std::string const auth_line = "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n";

/// The first 9 octets of the reply to one line, in a session behind its hello.
std::string reply_to(std::string const& line, postel::server_options const& options) {
    auto driver = driver_in(server_state::ready, options);
    driver.feed(line + "\r\n");
    return statuses_of(driver.output);
}

}  // namespace

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
    auto const open = reply_to(given.line, options);
    CHECK(open.substr(0, 3) != "530");
    options.require_tls = true;
    CHECK(reply_to(given.line, options) == (given.before_tls ? open : "530 5.7.0"));
    options.require_tls = false;
    options.require_auth = true;
    CHECK(reply_to(given.line, options) == (given.before_auth ? open : "530 5.7.0"));
    options.require_tls = true;
    CHECK(reply_to(given.line, options) == (given.before_tls ? open : "530 5.7.0"));
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

// ---- Parameters ----------------------------------------------------------------------------

namespace {

/// A parameter of an extension, and values that are wrong for it.
struct parameter_case {
    extension of;
    bool on_mail;
    std::string good;
    std::vector<std::string> bad;
};

std::vector<parameter_case> const parameter_cases{
    {extension::size, true, "SIZE=1", {"SIZE", "SIZE=", "SIZE=-1", "SIZE=123456789012345678901"}},
    {extension::eight_bit_mime, true, "BODY=8BITMIME", {"BODY", "BODY=", "BODY=9BIT"}},
    {extension::smtputf8, true, "SMTPUTF8", {"SMTPUTF8=1", "SMTPUTF8="}},
    {extension::dsn, true, "RET=HDRS", {"RET", "RET=SOME"}},
    {extension::dsn, true, "ENVID=a+2Bb", {"ENVID", "ENVID=a+2bb", "ENVID=+0A"}},
    {extension::auth, true, "AUTH=<>", {"AUTH", "AUTH=x+3", "AUTH=nobody"}},
    {extension::require_tls, true, "REQUIRETLS", {"REQUIRETLS=1"}},
    {extension::deliver_by, true, "BY=240;R", {"BY", "BY=0;R", "BY=-1;R", "BY=1", "BY=1;X"}},
    {extension::future_release,
     true,
     "HOLDFOR=60",
     {"HOLDFOR", "HOLDFOR=0", "HOLDFOR=61", "HOLDFOR=-1", "HOLDFOR=1000000000"}},
    {extension::future_release,
     true,
     "HOLDUNTIL=2026-12-31T23:59:59Z",
     {"HOLDUNTIL", "HOLDUNTIL=2027-01-01T00:00:00Z", "HOLDUNTIL=2026-02-30T00:00:00Z"}},
    {extension::mt_priority,
     true,
     "MT-PRIORITY=-9",
     {"MT-PRIORITY", "MT-PRIORITY=-0", "MT-PRIORITY=+1", "MT-PRIORITY=10", "MT-PRIORITY=01"}},
    {extension::no_soliciting, true, "SOLICIT=org.example:ADV", {"SOLICIT", "SOLICIT=,"}},
    {extension::dsn,
     false,
     "NOTIFY=SUCCESS,DELAY",
     {"NOTIFY", "NOTIFY=NEVER,DELAY", "NOTIFY=,", "NOTIFY=SOON"}},
    {extension::dsn, false, "ORCPT=rfc822;a@c.example", {"ORCPT", "ORCPT=a@c.example"}},
    {extension::rrvs,
     false,
     "RRVS=2014-04-03T23:01:00Z;C",
     {"RRVS", "RRVS=2014-04-03T23:01:00.5Z", "RRVS=2014-04-03T23:01:00Z;X"}},
};

postel::server_options offering_all() {
    auto options = everything_offered();
    for (auto const more :
         {extension::deliver_by, extension::future_release, extension::mt_priority, extension::rrvs,
          extension::no_soliciting, extension::require_tls, extension::limits})
        options.offer.add(more);
    options.deliver_by_minimum = 240;
    options.release = postel::release_window{std::chrono::seconds{60},
                                             *postel::parse_rfc3339("2026-12-31T23:59:59Z")};
    return options;
}

/// A session inside TLS, where MAIL (or RCPT) is next.
server_driver before_parameter(bool on_mail, postel::server_options const& options,
                               std::string const& hello = "EHLO") {
    server_driver driver{options};
    driver.session.tls_established();
    driver.connect().feed(hello + " c.example\r\n");
    if (!on_mail) driver.feed("MAIL FROM:<s@c.example>\r\n");
    driver.take_events();
    driver.take_output();
    return driver;
}

std::string with(bool on_mail, std::string const& parameters) {
    return (on_mail ? "MAIL FROM:<a@c.example> " : "RCPT TO:<a@c.example> ") + parameters + "\r\n";
}

}  // namespace

TEST_CASE("a parameter is obeyed where its extension is on offer, and nowhere else",
          "[server_gates][S-5321-4.1.1.11-01][S-2852-3-01][S-2852-4-02][S-4865-4.2-01]"
          "[S-6710-4.1-01][S-3461-5.1-01]") {
    auto const index = GENERATE(range(std::size_t{0}, parameter_cases.size()));
    auto const& [of, on_mail, good, bad] = parameter_cases[index];
    CAPTURE(good);
    auto const options = offering_all();
    std::string const event = on_mail ? "mail <a@c.example> " : "recipient <a@c.example> ";

    auto on = before_parameter(on_mail, options);
    on.feed(with(on_mail, good));
    CHECK(on.events == std::vector<std::string>{event + good});
    CHECK(codes_of(on.output) == "250");

    // Twice, and under another spelling of its name.
    auto twice = before_parameter(on_mail, options);
    auto lower = good;
    lower[0] = static_cast<char>(lower[0] + ('a' - 'A'));
    twice.feed(with(on_mail, good + " " + good) + with(on_mail, good + " " + lower));
    CHECK(statuses_of(twice.output) == "501 5.5.4 | 501 5.5.4");
    CHECK(twice.count(on_mail ? "mail" : "recipient") == 0);

    // The other verb does not know it.
    auto wrong_verb = before_parameter(!on_mail, options);
    wrong_verb.feed(with(!on_mail, good));
    CHECK(statuses_of(wrong_verb.output) == "555 5.5.4");

    // Nor does a session that began with HELO.
    auto helo = before_parameter(on_mail, options, "HELO");
    helo.feed(with(on_mail, good));
    CHECK(statuses_of(helo.output) == "555 5.5.4");

    for (auto const& value : bad) {
        CAPTURE(value);
        auto driver = before_parameter(on_mail, options);
        driver.feed(with(on_mail, value));
        CHECK(statuses_of(driver.output).substr(0, 5) == "501 5");
        CHECK(driver.count("violation") == 1);
        CHECK(driver.count(on_mail ? "mail" : "recipient") == 0);
    }

    auto without = options;
    without.offer.remove(of);
    if (of == extension::eight_bit_mime) without.offer.remove(extension::binary_mime);
    auto off = before_parameter(on_mail, without);
    off.feed("EHLO c.example\r\n");
    auto const keyword = std::string{to_string(of)};
    CHECK(off.output.find("-" + keyword) == std::string::npos);
    CHECK(off.output.find(" " + keyword) == std::string::npos);
    off.take_output();
    off.feed("MAIL FROM:<s@c.example>\r\nRSET\r\n");
    if (!on_mail) off.feed("MAIL FROM:<s@c.example>\r\n");
    off.take_output();
    off.feed(with(on_mail, good));
    CHECK(statuses_of(off.output) == "555 5.5.4");
}

TEST_CASE("BODY takes what the extensions on offer permit",
          "[server_gates][S-3030-3-01][S-6152-2-02]") {
    using enum extension;
    struct row {
        postel::extension_set offer;
        std::string seven_bit;
        std::string eight_bit;
        std::string binary;
    };
    auto const given = GENERATE(values<row>({
        {{}, "555", "555", "555"},
        {{chunking}, "555", "555", "555"},
        {{eight_bit_mime}, "250", "250", "555"},
        {{eight_bit_mime, binary_mime}, "250", "250", "555"},  // no CHUNKING
        {{eight_bit_mime, binary_mime, chunking}, "250", "250", "250"},
    }));
    auto options = everything_offered();
    options.offer = given.offer;
    for (auto const& [value, code] :
         {std::pair{"7BIT", given.seven_bit}, std::pair{"8BITMIME", given.eight_bit},
          std::pair{"BINARYMIME", given.binary}}) {
        CAPTURE(value);
        auto driver = driver_in(server_state::ready, options);
        driver.feed(with(true, std::string{"BODY="} + value));
        CHECK(codes_of(driver.output) == code);
    }
}

TEST_CASE("each extension is announced in a line of its own, and only then",
          "[server_gates][S-5321-4.1.1.1-05]") {
    auto options = offering_all();
    options.announce.mail_max = 7;
    for (auto const& row : postel::extension_table) {
        bool const once = options.offer.has(row.name) && row.name != extension::starttls;
        CAPTURE(row.keyword);
        server_driver driver{options};
        driver.session.tls_established();
        driver.connect().take_output();
        driver.feed("EHLO c.example\r\n");
        std::size_t lines = 0;
        for (auto const& line : lines_of(driver.output)) {
            auto const word = line.substr(4, line.find(' ', 4) - 4);
            if (word == row.keyword) ++lines;
        }
        CHECK(lines == (once ? 1u : 0u));
    }
}

TEST_CASE("what a session announces, it keeps to", "[server_gates][S-2852-3-01][S-4865-4.2-01]") {
    auto const options = offering_all();
    struct row {
        std::string parameters;
        std::string status;
    };
    auto const given = GENERATE(values<row>({
        {"BY=240;R", "250 2.1.0"},
        {"BY=239;R", "555 5.5.4"},
        {"BY=1;RT", "555 5.5.4"},
        {"BY=1;N", "250 2.1.0"},  // the minimum is one of R only          RFC 2852 3
        {"BY=-1;N", "250 2.1.0"},
        {"HOLDFOR=60", "250 2.1.0"},
        {"HOLDFOR=61", "501 5.5.4"},
        {"HOLDUNTIL=2026-12-31T23:59:59Z", "250 2.1.0"},
        {"HOLDUNTIL=2027-01-01T00:00:00Z", "501 5.5.4"},
        {"HOLDFOR=1 HOLDUNTIL=2026-12-31T23:59:59Z", "501 5.5.4"},
        {"SIZE=52428800", "250 2.1.0"},
        {"SIZE=52428801", "552 5.3.4"},
    }));
    CAPTURE(given.parameters);
    auto driver = before_parameter(true, options);
    driver.feed(with(true, given.parameters));
    CHECK(statuses_of(driver.output) == given.status);
    auto silent = options;
    silent.deliver_by_minimum.reset();
    auto free = before_parameter(true, silent);
    free.feed(with(true, "BY=1;R"));
    CHECK(codes_of(free.output) == "250");
}

TEST_CASE("parameters of the application's own pass, once, and can be read",
          "[server_gates][S-5321-4.1.1.11-01]") {
    constexpr std::array<std::string_view, 2> mail{"XFOO", "XBAR"};
    constexpr std::array<std::string_view, 1> rcpt{"XBAZ"};
    auto options = everything_offered();
    options.own_mail_parameters = mail;
    options.own_rcpt_parameters = rcpt;
    std::string found;
    auto const read = [&](postel::server_session& session, postel::server_event const& event) {
        if (auto const* said = std::get_if<postel::mail>(&event))
            for (auto const& each : postel::parameter_list{said->parameters.text})
                found +=
                    std::string{each.keyword} + "=" + std::string{each.value.value_or("-")} + ";";
        accept_everything(session, event);
    };
    auto driver = driver_in(server_state::ready, options, read);
    driver.feed(with(true, "XFOO=1 SIZE=2 xbar"));
    CHECK(found == "XFOO=1;SIZE=2;xbar=-;");
    driver.feed(with(false, "XBAZ"));
    driver.feed(with(false, "XFOO"));
    driver.feed("RSET\r\n" + with(true, "XFOO=1 xfoo=2") + with(true, "XBAZ") + with(true, "XF"));
    CHECK(codes_of(driver.output) == "250 250 555 250 501 555 555");
}

TEST_CASE("a verb of the application's own is answered as it likes, and is no error then",
          "[server_gates]") {
    auto options = everything_offered();
    options.limits.errors = 2;
    auto driver = driver_in(server_state::ready, options,
                            [](postel::server_session& session, postel::server_event const& event) {
                                auto const* said = std::get_if<postel::unknown_command>(&event);
                                if (said == nullptr) return accept_everything(session, event);
                                constexpr std::array<std::string_view, 2> lines{"one", "two"};
                                if (said->line == "XOWN a b")
                                    return session.answer({250}, {2, 0, 0}, lines);
                                if (said->line == "XNO")
                                    session.refuse({550, {5, 7, 1}, "not you"});
                            });
    for (int i = 0; i < 5; ++i) driver.feed("XOWN a b\r\nXNO\r\n");
    CHECK(driver.take_output().substr(0, 51) ==
          "250-2.0.0 one\r\n250 2.0.0 two\r\n550 5.7.1 not you\r\n25");
    driver.feed("XWHAT\r\nXWHAT\r\nXWHAT\r\n");
    CHECK(codes_of(driver.output) == "500 500 421");
}

// ---- LIMITS --------------------------------------------------------------------------------

TEST_CASE("a client that counts what it sends never meets an announced limit",
          "[server_gates][S-9422-3.3-01][S-9422-4.2-01][S-9422-4.1-01]") {
    auto options = everything_offered();
    options.offer.add(extension::limits);
    options.announce = {.mail_max = 3, .rcpt_max = 2};
    auto const refuse_some = [](postel::server_session& session,
                                postel::server_event const& event) {
        if (auto const* to = std::get_if<postel::recipient>(&event);
            to != nullptr && to->forward_path.mailbox().local_part() == "no")
            return session.refuse({550, {5, 1, 1}, "nobody"});
        if (auto const* from = std::get_if<postel::mail>(&event);
            from != nullptr && from->reverse_path.is_null())
            return session.refuse({550, {5, 7, 1}, "no"});
        accept_everything(session, event);
    };
    server_driver driver{options, refuse_some};
    driver.connect().feed("EHLO c.example\r\n");
    CHECK(driver.output.find("LIMITS MAILMAX=3 RCPTMAX=2\r\n") != std::string::npos);
    driver.take_output();
    // Refused ones count as the client counts them: by their commands.
    std::string const group =
        "MAIL FROM:<a@c.example>\r\nRCPT TO:<no@d.example>\r\nRCPT TO:<b@d.example>\r\n";
    driver.feed(group + "RSET\r\n" + group + "RSET\r\nMAIL FROM:<>\r\nRSET\r\n");
    CHECK(driver.take_output().find("452") == std::string::npos);
    driver.feed("MAIL FROM:<a@c.example>\r\n");
    CHECK(statuses_of(driver.output) == "452 4.5.3");
}

TEST_CASE("MAILMAX counts every MAIL, and RCPTMAX what a transaction may have",
          "[server_gates][S-9422-4.1-01][S-9422-4.2-01]") {
    auto options = everything_offered();
    options.offer.add(extension::limits);
    options.announce = {.mail_max = 2, .rcpt_max = 1};
    auto driver = driver_in(server_state::ready, options);
    driver.feed(
        "MAIL FROM:<a@c.example\r\nMAIL FROM:<a@c.example>\r\nRSET\r\n"
        "MAIL FROM:<a@c.example>\r\n");
    CHECK(codes_of(driver.output) == "501 250 250 452");
    auto rcpt = driver_in(server_state::mail, options);
    rcpt.feed(
        "RCPT TO:<a@d.example>\r\nRCPT TO:<b@d.example>\r\nDATA\r\n.\r\n"
        "MAIL FROM:<a@c.example>\r\nRCPT TO:<a@d.example>\r\n");
    CHECK(codes_of(rcpt.output) == "250 452 354 250 250 250");
}

// ---- ETRN, BURL, XCLIENT, XFORWARD ---------------------------------------------------------

TEST_CASE("what most servers do not offer is off, and then unknown",
          "[server_gates][S-XCLIENT-06][S-4468-3.1-01][S-4865-4.2-02]") {
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
        CHECK(reply_to(verb, options) == "502 5.5.1");
    }
    CHECK_FALSE(options.offer.has(extension::future_release));
    CHECK(reply_to("MAIL FROM:<a@c.example> HOLDFOR=1", options) == "555 5.5.4");
}

TEST_CASE("ETRN has a reply for every way in which a queue can be",
          "[server_gates][S-1985-5.1-01]") {
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
    CHECK(reply_to("ETRN", options) == "501 5.5.4");
    CHECK(reply_to("ETRN c..example", options).substr(0, 3) == "501");
    auto driver = driver_in(server_state::mail, options);
    driver.feed("ETRN c.example\r\n");
    CHECK(statuses_of(driver.output) == "503 5.5.1");
}

TEST_CASE("BURL brings content where a chunk could, and has its replies",
          "[server_gates][S-4468-3.1-02][S-4468-6-01][S-4468-3.1-01]") {
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
          "[server_gates][S-XCLIENT-04][S-XCLIENT-06]") {
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
        CHECK(reply_to(bad, options) == "501 5.5.4");
    }
}

TEST_CASE("XCLIENT replaces who was authenticated by whom the proxy names",
          "[server_gates][S-XCLIENT-04]") {
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

// ---- What becomes of octets that are no text -----------------------------------------------

TEST_CASE("line ends and NUL in content are what the policy makes of them",
          "[server_gates][S-SEC-BARE-01][S-SEC-NUL-01][B-5321bis-2.3.8-01]") {
    using policy = postel::line_ending_policy;
    using nul = postel::nul_policy;
    using namespace std::string_literals;
    struct row {
        policy ends;
        nul zero;
        std::string wire;
        std::string content;  // empty: refused
        bool altered;
    };
    auto const given = GENERATE(values<row>({
        {policy::reject, nul::reject, "a\nb\r\n"s, "", false},
        {policy::reject, nul::reject, "a\rb\r\n"s, "", false},
        {policy::reject, nul::reject, "a\0b\r\n"s, "", false},
        {policy::reject, nul::pass, "a\0b\r\n"s, "a\\0b\\r\\n", false},
        {policy::reject, nul::pass, "a\0b\n\r\n"s, "", false},
        {policy::normalise, nul::reject, "a\nb\r\n"s, "a\\r\\nb\\r\\n", true},
        {policy::normalise, nul::reject, "a\rb\r\n"s, "a\\r\\nb\\r\\n", true},
        {policy::normalise, nul::reject, "a\n.\nb\r\n"s, "a\\r\\n.\\r\\nb\\r\\n", true},
        {policy::normalise, nul::reject, "ab\r\n"s, "ab\\r\\n", false},
        {policy::normalise, nul::reject, "a\0b\r\n"s, "", false},
        {policy::pass, nul::reject, "a\nb\rc\r\n"s, "a\\nb\\rc\\r\\n", false},
        {policy::pass, nul::reject, "a\n.\nb\n.\r\n"s, "a\\n.\\nb\\n.\\r\\n", false},
        {policy::pass, nul::pass, "\0\n\r\r\n"s, "\\0\\n\\r\\r\\n", false},
    }));
    auto options = everything_offered();
    options.content_line_endings = given.ends;
    options.content_nul = given.zero;
    CAPTURE(printable_line(given.wire), static_cast<int>(given.ends), static_cast<int>(given.zero));
    for_every_cut("DATA\r\n" + given.wire + ".\r\nNOOP\r\n", [&](pieces const& stream) {
        bool altered = false;
        auto driver = driver_in(server_state::rcpt, options,
                                [&](auto& session, postel::server_event const& event) {
                                    if (auto const* end = std::get_if<postel::message_end>(&event))
                                        altered = end->altered;
                                    accept_everything(session, event);
                                });
        driver.feed(stream);
        bool const taken = !given.content.empty();
        CHECK(codes_of(driver.output) == (taken ? "354 250 250" : "354 554 250"));
        CHECK(driver.count("message_end") == (taken ? 1u : 0u));
        CHECK(driver.count("message_aborted") == (taken ? 0u : 1u));
        if (taken) CHECK(driver.content() == given.content);
        CHECK(altered == given.altered);
    });
}

TEST_CASE("no policy is asked about chunks", "[server_gates][S-3030-3-05]") {
    auto const options = everything_offered();
    std::string const octets{"a\nb\rc\0\xFF\r\n.\r\n", 12};
    // Binary content, although MAIL did not say so.
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("BDAT 12 LAST\r\n" + octets);
    CHECK(codes_of(driver.output) == "250");
    CHECK(driver.content() == printable_line(octets));
}

// ---- Memory --------------------------------------------------------------------------------

namespace {

/// The longest line, what AUTH makes of two of them, and replies up to where next() pauses: a
/// buffer that grows owns up to twice of what it holds.
std::size_t heap_bound(postel::server_options const& options) {
    constexpr std::size_t line = postel::minimum::authentication_line;
    return 2 * (line + line / 4 * 3 + options.limits.pending_output) + 1024;
}

}  // namespace

TEST_CASE("whatever a peer sends, a session holds no more than a line and a reply",
          "[server_gates][B-SEC-MEM-01]") {
    auto options = everything_offered();
    options.limits.errors = options.limits.idle_commands = 1'000'000;
    options.limits.authentication_failures = 1'000'000;
    auto const state = GENERATE(server_state::hello, server_state::ready, server_state::mail,
                                server_state::rcpt, server_state::more, server_state::barred,
                                server_state::data, server_state::bdat, server_state::auth);
    auto const text = GENERATE(values<std::string>({
        "A",
        "\n",
        "\r",
        "\r\n",
        std::string(1, '\0'),
        "AUTH PLAIN ",
        "NOOP\r\n",
        "AUTH PLAIN\r\n" + std::string(12286, 'A') + "\r\n",
        "AUTH LOGIN " + std::string(480, 'A') + "\r\n" + std::string(12284, 'A') + "\r\n",
        "BDAT 9 LAST\r\n",
        "RCPT TO:<" + std::string(60, 'a') + "@d.example>\r\n",
        "EHLO " + std::string(200, 'd') + "\r\n",
        ".\r\n",
    }));
    CAPTURE(name_of(state), printable_line(text.substr(0, 20)));
    std::string wire;
    while (wire.size() < 300'000) wire += text;
    for (std::size_t const piece : {std::size_t{700}, wire.size()}) {
        auto driver = driver_in(state, options);
        for (std::size_t at = 0; at < wire.size(); at += piece)
            if (!driver.feed(std::string_view{wire}.substr(at, piece))) break;
        CHECK(driver.peak_heap <= heap_bound(options));
        // What is kept of the peer's octets is what the caller did not want to keep.
        driver.session.keep();
        CHECK(driver.session.heap_octets() <= heap_bound(options));
    }
}

TEST_CASE("a session that waits for a decision keeps a window and no more", "[server_gates]") {
    auto const options = everything_offered();
    std::string const window(65'536, 'A');
    for (auto const state : {server_state::greeting, server_state::ready}) {
        auto driver = driver_in(state, options, [](auto&, auto const&) {});
        auto const wire = "MAIL FROM:<a@c.example>\r\n" + window;
        driver.session.receive(wire);
        driver.drain();
        REQUIRE(driver.session.waiting());
        driver.session.keep();
        CHECK(driver.session.heap_octets() <= wire.size() + 64);
        CHECK_FALSE(driver.session.wants_input());
    }
}
