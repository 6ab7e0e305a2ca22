#include <postel/server_session.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::server_state;
using namespace postel::test;

// Peers that do not speak SMTP, or not in good faith.

TEST_CASE("a client that speaks before the greeting is told of, and served in order",
          "[server_session][S-SEC-SYNC-01]") {
    auto const options = everything_offered();
    server_driver driver{options};
    driver.session.receive("EHLO c.example\r\nNOOP\r\n");
    driver.drain();
    CHECK(driver.events ==
          std::vector<std::string>{"connected early", "hello EHLO c.example", "noop"});
    CHECK(codes_of(driver.output) == "220 250 250");
}

TEST_CASE("a client that waits for the greeting is no early talker", "[server_session]") {
    auto const options = everything_offered();
    auto const all = talk(options, {"NOOP\r\n"});
    CHECK(all.events.front() == "connected");
}

TEST_CASE("where early talkers are refused, none of their octets is read",
          "[server_session][S-SEC-SYNC-01]") {
    auto options = everything_offered();
    options.refuse_early_talkers = true;
    server_driver driver{options};
    driver.session.receive("EHLO c.example\r\nMAIL FROM:<a@c.example>\r\n");
    driver.drain();
    CHECK(driver.events == std::vector<std::string>{"violation client spoke before the greeting",
                                                    "closed client spoke before the greeting"});
    // The first reply has no enhanced status.                                RFC 2034 4
    CHECK(driver.output == "554 mx.example client spoke before the greeting\r\n");
    CHECK(driver.session.finished());
}

TEST_CASE("a request of HTTP ends the session before the hello", "[server_session]") {
    auto options = everything_offered();
    // Where TLS or AUTH is demanded there is still a hello and an AUTH to be had.
    options.require_tls = GENERATE(false, true);
    options.require_auth = GENERATE(false, true);
    auto const request = GENERATE(values<std::string>(
        {"GET / HTTP/1.1\r\nHost: mx.example\r\n\r\n",
         "POST / HTTP/1.1\r\nContent-Type: text/plain\r\n\r\nMAIL FROM:<a@c.example>\r\n",
         "CONNECT mx.example:25 HTTP/1.1\r\n\r\n", "PUT\r\n", "OPTIONS * HTTP/1.1\r\n"}));
    CAPTURE(request);
    for_every_cut(
        request,
        [&](pieces const& stream) {
            auto const all = talk(options, stream);
            CHECK(all.events ==
                  std::vector<std::string>{"connected", "violation this port speaks SMTP, not HTTP",
                                           "closed this port speaks SMTP, not HTTP"});
            CHECK(codes_of(all.output) == "220 421");
        },
        2);
}

TEST_CASE("a word that only looks like HTTP, or comes behind the hello, is an unknown command",
          "[server_session]") {
    auto const options = everything_offered();
    CHECK(codes_of(talk(options, {"GETTING / HTTP/1.1\r\nNOOP\r\n"}).output) == "220 500 250");
    CHECK(codes_of(talk(options, {"get / HTTP/1.1\r\nNOOP\r\n"}).output) == "220 500 250");
    CHECK(codes_of(talk(options, {"EHLO c.example\r\nGET / HTTP/1.1\r\nNOOP\r\n"}).output) ==
          "220 250 500 250");
}

TEST_CASE("a TLS record in the place of a first command ends the session", "[server_session]") {
    auto const options = everything_offered();
    std::string const record("\x16\x03\x01\x02\x00\x01\x00\r\n\xff", 10);
    for_every_cut(record, [&](pieces const& stream) {
        auto const all = talk(options, stream);
        CHECK(all.events == std::vector<std::string>{
                                "connected", "violation this port expects no TLS record here",
                                "closed this port expects no TLS record here"});
        CHECK(codes_of(all.output) == "220 421");
    });
}

TEST_CASE("CR, LF and NUL by themselves make a line one bad command, and end none",
          "[server_session][B-5321-2.3.8-01][S-SEC-BARE-01][S-SEC-NUL-01][S-5321-2.4-01]") {
    auto const options = everything_offered();
    struct row {
        std::string line;
        std::string told;
    };
    using namespace std::string_literals;
    auto const given = GENERATE(values<row>({
        {"NOOP\nMAIL FROM:<a@b.example>\r\n"s, "violation LF without CR at 4"},
        {"NOOP\rMAIL FROM:<a@b.example>\r\n"s, "violation CR without LF at 4"},
        {"NOOP\n\rMAIL FROM:<a@b.example>\r\n"s, "violation LF without CR at 4"},
        {"MAIL FROM:<a@b.example>\0\r\n"s, "violation NUL octet at 23"},
        {"EHLO x\r\r\n"s, "violation CR without LF at 6"},
        {"\0\r\n"s, "violation NUL octet"},
        {"\r\n"s, "violation command expected"},
        {" \t\r\n"s, "violation command expected"},
        {" NOOP\r\n"s, "violation invalid octet"},
        {"\xFF\xFE\r\n"s, "violation invalid octet"},
        {"NOOP\tx\r\n"s, "violation invalid octet at 4"},
        {"MAIL:\r\n"s, "violation invalid octet at 4"},
        {"Host: mx.example\r\n"s, "violation invalid octet at 4"},
    }));
    CAPTURE(given.told);
    for_every_cut(given.line + "NOOP\r\n", [&](pieces const& stream) {
        auto driver = driver_in(server_state::ready, options);
        driver.feed(stream);
        CHECK(driver.events == std::vector<std::string>{given.told, "noop"});
        CHECK(statuses_of(driver.output) == "500 5.5.2 | 250 2.0.0");
    });
}

TEST_CASE("LF by itself draws no reply, and is held in bounded memory",
          "[server_session][B-SEC-MEM-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::hello, options);
    for (int i = 0; i < 100; ++i) driver.feed(std::string(1000, '\n'));
    CHECK(driver.events.empty());
    CHECK(driver.output.empty());
    CHECK(driver.peak_heap <= postel::longest_command_line);
}

TEST_CASE("a command takes no effect before its LF",
          "[server_session][S-5321-2.4-01][S-2920-3.2-08]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::ready, options);
    driver.feed("MAIL FROM:<a@b.example>\r");
    CHECK(driver.events.empty());
    CHECK(driver.output.empty());
    driver.feed("\n");
    CHECK(driver.events == std::vector<std::string>{"mail <a@b.example>"});
    CHECK(codes_of(driver.output) == "250");
}

TEST_CASE("any octets in the place of commands draw replies and nothing else",
          "[server_session][S-3030-2-11][S-5321-4.2-01]") {
    auto options = everything_offered();
    options.limits.errors = 1'000'000;
    options.limits.idle_commands = 1'000'000;
    std::minstd_rand random{7};
    for (int round = 0; round < 200; ++round) {
        std::string wire;
        std::size_t lines = 0;
        for (int i = 0; i < 400; ++i) {
            if (random() % 16 == 0) {
                wire += "\r\n";
                ++lines;
            } else if (auto const c = static_cast<char>(random() % 256); c != '\n') {
                wire += c;
            }
        }
        auto driver = driver_in(server_state::rcpt, options);
        driver.feed(wire);
        CAPTURE(round, printable_line(wire));
        CHECK(lines_of(driver.output).size() == lines);
        for (auto const& line : lines_of(driver.output)) CHECK(line.substr(0, 3) == "500");
        CHECK(name_of(driver.session.state()) == "rcpt");
    }
}

// ---- STARTTLS ------------------------------------------------------------------------------

TEST_CASE("octets behind STARTTLS close the session, and none of them is read",
          "[server_session][B-3207-6-01][B-SEC-TLSBUF-01]") {
    auto const options = everything_offered();
    std::string const hello = "EHLO c.example\r\n";
    std::string const behind = "STARTTLS\r\nMAIL FROM:<x@y.example>\r\n";
    std::vector<std::string> const refused{"violation cleartext behind STARTTLS",
                                           "closed cleartext behind STARTTLS"};

    SECTION("in one window") {
        auto driver = driver_in(server_state::ready, options);
        driver.feed(behind);
        CHECK(driver.events == refused);
        CHECK(statuses_of(driver.output) == "554 5.5.0");
        CHECK(driver.session.finished());
    }
    SECTION("in a window of their own, before the handshake") {
        auto driver = driver_in(server_state::ready, options, [](auto&, auto const&) {});
        driver.feed("STARTTLS\r\n");
        CHECK(driver.events == std::vector<std::string>{"tls_requested"});
        driver.session.receive("MAIL FROM:<x@y.example>\r\n");
        driver.drain();
        CHECK(driver.events.back() == "closed cleartext behind STARTTLS");
        CHECK(driver.count("mail") == 0);
        CHECK(codes_of(driver.output) == "220");
    }
    SECTION("between the 220 and its sending") {
        auto driver = driver_in(server_state::ready, options);
        driver.session.receive("STARTTLS\r\n");
        CHECK_FALSE(driver.session.next());
        CHECK_FALSE(driver.session.wants_input());
        driver.session.receive("EHLO x\r\n");
        driver.drain();
        CHECK(driver.events.back() == "closed cleartext behind STARTTLS");
        CHECK(driver.count("hello") == 0);
    }
    SECTION("at every cut") {
        for_every_cut(hello + behind, [&](pieces const& stream) {
            server_driver driver{options, [](auto& session, auto const& event) {
                                     if (event.kind() == kind::tls_requested) return;
                                     if (session.waiting()) session.accept();
                                 }};
            driver.connect();
            for (auto const piece : stream)
                if (!driver.session.finished()) {
                    driver.session.receive(piece);
                    driver.drain();
                }
            CHECK(driver.count("mail") == 0);
            CHECK(driver.events.back() == "closed cleartext behind STARTTLS");
        });
    }
}

TEST_CASE("the handshake is asked for when the 220 is sent, and everything is forgotten after it",
          "[server_session][S-3207-4-01][B-3207-4.2-01][S-3207-4.2-02][S-3207-2-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::hello, options);
    driver.feed("EHLO c.example\r\n");
    CHECK(driver.output.find("250-STARTTLS\r\n") != std::string::npos);
    driver.take_output();
    auto& session = driver.session;
    session.receive("STARTTLS\r\n");
    CHECK_FALSE(session.next());
    CHECK(session.output() == "220 2.0.0 ready to start TLS\r\n");
    CHECK_FALSE(session.waiting());
    session.sent(session.output().size());
    CHECK_FALSE(session.wants_input());
    CHECK(to_line(*session.next()) == "tls_requested");
    CHECK(session.waiting());
    session.accept();
    session.refuse({454, {4, 7, 0}, "no"});
    CHECK(session.waiting());
    CHECK_FALSE(session.next());
    session.tls_established();
    CHECK(session.wants_input());
    CHECK(name_of(session.state()) == "hello");

    driver.feed("MAIL FROM:<a@b.example>\r\nEHLO c.example\r\n");
    CHECK(codes_of(driver.output) == "503 250");
    CHECK(driver.output.find("STARTTLS") == std::string::npos);
    driver.take_output();
    driver.feed("STARTTLS\r\nMAIL FROM:<a@b.example>\r\n");
    CHECK(codes_of(driver.output) == "503 250");
}

TEST_CASE("HELO before the handshake does not take the parameters of the EHLO behind it",
          "[server_session][B-3207-4.2-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::hello, options);
    driver.feed("HELO c.example\r\nSTARTTLS\r\n");
    driver.feed("EHLO c.example\r\nMAIL FROM:<a@b.example> SIZE=1\r\n");
    CHECK(codes_of(driver.output) == "250 220 250 250");
}

TEST_CASE("a handshake that fails ends the session without a word", "[server_session]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::tls, options);
    driver.session.tls_failed();
    driver.drain();
    CHECK(driver.events == std::vector<std::string>{"closed TLS temporarily unavailable"});
    CHECK(driver.output.empty());
    CHECK(driver.session.finished());
}

TEST_CASE("a connection that is TLS from the start does not offer STARTTLS",
          "[server_session][S-3207-4.2-02]") {
    auto const options = everything_offered();
    server_driver driver{options};
    driver.session.tls_established();
    driver.connect().feed("EHLO c.example\r\nSTARTTLS\r\n");
    CHECK(codes_of(driver.output) == "220 250 503");
    CHECK(driver.output.find("STARTTLS") == std::string::npos);
}

TEST_CASE("STARTTLS with an argument, inside a transaction or where it is not offered is refused",
          "[server_session][S-3207-4-01][S-3207-4-04][S-3207-2-01]") {
    auto options = everything_offered();
    auto ready = driver_in(server_state::ready, options);
    ready.feed("STARTTLS now\r\n");
    CHECK(statuses_of(ready.output) == "501 5.5.4");
    auto mail = driver_in(server_state::mail, options);
    mail.feed("STARTTLS\r\nRCPT TO:<r@d.example>\r\n");
    CHECK(statuses_of(mail.output) == "503 5.5.1 | 250 2.1.5");
    options.offer.remove(postel::extension::starttls);
    auto bare = driver_in(server_state::hello, options);
    bare.feed("EHLO c.example\r\nSTARTTLS\r\n");
    CHECK(bare.output.find("STARTTLS") == std::string::npos);
    CHECK(codes_of(bare.output) == "250 502");
}
