#include <postel/server_session.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::error;
using postel::server_state;
using namespace postel::test;

namespace {

using enum server_state;
constexpr std::array living_states{greeting, hello,  ready, auth, mail, rcpt,
                                   more,     barred, data,  bdat, tls};

bool content_is_open(server_state s) {
    return s == data || s == bdat || s == more;
}

/// What has to be told when a session ends here: the message that was open, and then the end.
std::vector<std::string> farewell(server_state s, error why) {
    std::vector<std::string> events;
    auto const text = std::string(postel::to_string(why));
    if (content_is_open(s)) events.push_back("message_aborted " + text);
    events.push_back("closed " + text);
    return events;
}

}  // namespace

TEST_CASE("a lost connection aborts a message that is open, tells the end, and says nothing",
          "[server_session][S-5321-4.1.1.5-03][S-5321-4.1.1.10-03]") {
    auto const options = everything_offered();
    for (auto const from : living_states) {
        CAPTURE(name_of(from));
        auto driver = driver_in(from, options);
        driver.session.closed_by_peer();
        CHECK_FALSE(driver.session.finished());
        CHECK_FALSE(driver.session.wants_input());
        driver.drain();
        CHECK(driver.events == farewell(from, error::connection_lost));
        CHECK(driver.output.empty());
        CHECK(driver.session.finished());
        CHECK(driver.session.heap_octets() == 0);
        CHECK_FALSE(driver.session.next());
    }
}

TEST_CASE("a deadline that passes is answered with 421 and ends the session",
          "[server_session][S-5321-4.5.3.2.7-01][S-5321-3.8-02][S-5321-4.3.1-01]") {
    auto const options = everything_offered();
    for (auto const from : living_states) {
        CAPTURE(name_of(from));
        auto driver = driver_in(from, options);
        driver.session.expired();
        driver.drain();
        CHECK(driver.events == farewell(from, error::timed_out));
        auto const status = from == greeting ? "" : "4.4.2 ";  // no status in a greeting
        auto const expected = "421 " + std::string(status) + "mx.example timed out\r\n";
        CHECK(driver.output == (from == tls ? "" : expected));
        CHECK(driver.session.finished());
        CHECK_FALSE(driver.session.deadline());
    }
}

TEST_CASE("a shutdown is answered with 421 and ends the session",
          "[server_session][S-5321-3.8-03][S-5321-3.8-02]") {
    auto const options = everything_offered();
    for (auto const from : living_states) {
        CAPTURE(name_of(from));
        auto driver = driver_in(from, options);
        driver.session.shut_down();
        CHECK_FALSE(driver.session.finished());
        driver.drain();
        CHECK(driver.events == farewell(from, error::shutting_down));
        auto const status = from == greeting ? "" : "4.3.2 ";
        auto const expected = "421 " + std::string(status) + "mx.example shutting down\r\n";
        CHECK(driver.output == (from == tls ? "" : expected));
        CHECK(driver.session.finished());
    }
}

TEST_CASE("a session that is over does not change any more", "[server_session]") {
    auto const options = everything_offered();
    auto driver = driver_in(closed, options);
    auto& session = driver.session;
    CHECK(session.finished());
    session.shut_down();
    session.expired();
    session.closed_by_peer();
    session.receive("NOOP\r\n");
    session.keep();
    session.accept();
    session.refuse({550, {}, "no"});
    session.tls_established();
    CHECK_FALSE(session.next());
    CHECK(session.output().empty());
    CHECK(session.finished());
    CHECK_FALSE(session.wants_input());
    CHECK_FALSE(session.waiting());
    CHECK_FALSE(session.deadline());
    CHECK(session.heap_octets() == 0);
}

TEST_CASE("QUIT is answered with 221 and ends the session in every state that reads commands",
          "[server_session][S-5321-4.1.1.10-01][S-5321-3.8-02][S-5321-4.3.1-01][S-5321-3.1-01]") {
    auto const options = everything_offered();
    for (auto const from : {hello, ready, mail, rcpt, more, barred}) {
        CAPTURE(name_of(from));
        auto driver = driver_in(from, options);
        driver.feed("QUIT\r\nNOOP\r\n");
        CHECK(driver.output == "221 2.0.0 mx.example closing\r\n");
        std::vector<std::string> expected{"closed no error"};
        if (from == more) expected.insert(expected.begin(), "message_aborted no error");
        CHECK(driver.events == expected);
        CHECK(driver.session.finished());
    }
}

TEST_CASE("a session is finished when its last reply is sent, and its last event told",
          "[server_session]") {
    auto const options = everything_offered();
    auto driver = driver_in(ready, options);
    auto& session = driver.session;
    session.receive("QUIT\r\n");
    CHECK_FALSE(session.finished());
    CHECK(to_line(*session.next()) == "closed no error");
    CHECK_FALSE(session.finished());
    auto const all = session.output().size();
    session.sent(all - 1);
    CHECK_FALSE(session.finished());
    session.sent(1);
    CHECK(session.finished());
}

TEST_CASE("a message whose end was seen is not aborted, whatever becomes of the connection",
          "[server_session][S-5321-4.1.1.10-03]") {
    auto const options = everything_offered();
    auto driver = driver_in(data, options, [](auto&, auto const&) {});
    driver.feed("ne\r\n.\r\n");
    REQUIRE(driver.session.waiting());
    driver.take_events();
    driver.session.closed_by_peer();
    CHECK_FALSE(driver.session.waiting());
    driver.drain();
    CHECK(driver.events == std::vector<std::string>{"closed connection lost"});
}

TEST_CASE("a message is delivered once although the next one is lost",
          "[server_session][S-5321-4.1.1.10-03]") {
    auto const options = everything_offered();
    auto driver = driver_in(rcpt, options);
    driver.feed("DATA\r\none\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nDATA\r\ntwo\r\n.\r");
    driver.session.closed_by_peer();
    driver.drain();
    CHECK(driver.count("message_end") == 1);
    CHECK(driver.count("message_aborted connection lost") == 1);
    CHECK(driver.events.back() == "closed connection lost");
}

TEST_CASE("the end of a session takes the place of a question", "[server_session]") {
    auto const options = everything_offered();
    auto driver = driver_in(ready, options, [](auto&, auto const&) {});
    driver.feed("MAIL FROM:<a@c.example>\r\n");
    REQUIRE(driver.session.waiting());
    driver.take_events();
    driver.session.shut_down();
    CHECK_FALSE(driver.session.waiting());
    driver.session.accept();
    driver.drain();
    CHECK(driver.events == std::vector<std::string>{"closed shutting down"});
    CHECK(codes_of(driver.output) == "421");
}

TEST_CASE("half a line is dropped with the session", "[server_session]") {
    auto const options = everything_offered();
    auto driver = driver_in(ready, options);
    driver.feed("MAIL FRO");
    CHECK(driver.session.heap_octets() > 0);
    driver.session.expired();
    driver.drain();
    CHECK(codes_of(driver.output) == "421");
    CHECK(driver.session.heap_octets() == 0);
}

TEST_CASE("a deadline runs while it is the peer's turn, and only then",
          "[server_session][S-5321-4.5.3.2.7-01]") {
    auto options = everything_offered();
    CHECK(options.timeouts.command >= std::chrono::minutes{5});
    CHECK(options.timeouts.content >= std::chrono::minutes{5});
    using std::chrono::seconds;
    options.timeouts = {
        .command = seconds{11}, .content = seconds{12}, .tls_handshake = seconds{13}};
    for (auto const s : {hello, ready, auth, mail, rcpt, more, barred}) {
        CAPTURE(name_of(s));
        CHECK(driver_in(s, options).session.deadline() == seconds{11});
    }
    for (auto const s : {data, bdat})
        CHECK(driver_in(s, options).session.deadline() == seconds{12});
    CHECK(driver_in(tls, options).session.deadline() == seconds{13});
    CHECK_FALSE(driver_in(closed, options).session.deadline());

    auto driver = driver_in(greeting, options, [](auto&, auto const&) {});
    CHECK_FALSE(driver.session.deadline());
    driver.connect();
    CHECK_FALSE(driver.session.deadline());
    driver.session.accept();
    CHECK(driver.session.deadline() == seconds{11});
}

TEST_CASE("two messages on one connection are two transactions",
          "[server_session][S-5321-3.3-01][S-5321-4.1.1.2-01][S-5321-4.1.1.4-04]") {
    auto const options = everything_offered();
    auto driver = driver_in(ready, options);
    driver.feed(
        "MAIL FROM:<1@c.example>\r\nRCPT TO:<a@d.example>\r\nRCPT "
        "TO:<b@d.example>\r\nDATA\r\n1\r\n.\r\n"
        "MAIL FROM:<2@c.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n2\r\n.\r\n");
    CHECK(driver.events == std::vector<std::string>{"mail <1@c.example>", "recipient <a@d.example>",
                                                    "recipient <b@d.example>", "data 2",
                                                    "content 1\\r\\n", "message_end 3",
                                                    "mail <2@c.example>", "recipient <c@d.example>",
                                                    "data 1", "content 2\\r\\n", "message_end 3"});
    CHECK(codes_of(driver.output) == "250 250 250 354 250 250 250 354 250");
}
