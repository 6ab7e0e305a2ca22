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

using postel::extension;
using postel::server_state;
using namespace postel::test;

// What a session offers and announces, and how it keeps to that: parameters, LIMITS.

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
          "[server_offers][S-5321-4.1.1.11-01][S-2852-3-01][S-2852-4-02][S-4865-4.2-01]"
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
          "[server_offers][S-3030-3-01][S-6152-2-02]") {
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
          "[server_offers][S-5321-4.1.1.1-05]") {
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

TEST_CASE("what a session announces, it keeps to", "[server_offers][S-2852-3-01][S-4865-4.2-01]") {
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
          "[server_offers][S-5321-4.1.1.11-01]") {
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
          "[server_offers]") {
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
          "[server_offers][S-9422-3.3-01][S-9422-4.2-01][S-9422-4.1-01]") {
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
          "[server_offers][S-9422-4.1-01][S-9422-4.2-01]") {
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
