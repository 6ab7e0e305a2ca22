#include <postel/server_session.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::extension;
using postel::server_state;
using namespace postel::test;
using namespace std::string_literals;

namespace {

postel::server_options lmtp_offered() {
    auto options = everything_offered();
    options.lmtp = true;
    return options;
}

std::string const envelope_of_two =
    "MAIL FROM:<s@c.example>\r\nRCPT TO:<1@d.example>\r\nRCPT TO:<2@d.example>\r\n";

}  // namespace

// ---- BDAT ----------------------------------------------------------------------------------

TEST_CASE("chunks make up a message, raw and in order",
          "[server_session][S-3030-2-04][S-3030-2-05][S-3030-2-03][S-3030-2-12]") {
    auto const options = everything_offered();
    struct row {
        std::string wire;
        std::string content;
        std::string codes;
    };
    auto const given = GENERATE(values<row>({
        {"BDAT 5 LAST\r\n\r\n.\r\n", "\\r\\n.\\r\\n", "250"},
        {"BDAT 4\r\nab\r\nBDAT 0 LAST\r\n", "ab\\r\\n", "250 250"},
        {"BDAT 0 LAST\r\n", "", "250"},
        {"BDAT 0\r\nBDAT 0\r\nbdat 2 last\r\n..", "..", "250 250 250"},
        {"BDAT 6 LAST\r\n\0\n\r\xFF.\n"s, "\\0\\n\\r\\xFF.\\n", "250"},
        {"BDAT 12 LAST\r\n\r\n.\r\nQUIT\r\nX", "\\r\\n.\\r\\nQUIT\\r\\nX", "250"},
        {"BDAT 00003\r\nabcBDAT 3 LAST\r\ndef", "abcdef", "250 250"},
    }));
    CAPTURE(given.wire);
    for_every_cut(given.wire + "NOOP\r\n", [&](pieces const& stream) {
        auto driver = driver_in(server_state::rcpt, options);
        driver.feed(stream);
        CHECK(codes_of(driver.output) == given.codes + " 250");
        CHECK(driver.content() == given.content);
        CHECK(driver.count("message_end") == 1);
        CHECK(driver.count("data 1") == 1);
        CHECK(driver.events.back() == "noop");
        CHECK(name_of(driver.session.state()) == "ready");
    });
}

TEST_CASE("a chunk has its reply with its last octet, and not before",
          "[server_session][S-3030-2-03]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("BDAT 3\r\nab");
    CHECK(driver.output.empty());
    driver.feed("c");
    CHECK(statuses_of(driver.output) == "250 2.0.0");
}

TEST_CASE("a refused BDAT eats its octets in every state, whatever they look like",
          "[server_session][S-3030-2-06][S-3030-2-07][S-3030-2-08][S-3030-2-11]") {
    auto const offered = GENERATE(true, false);
    auto options = everything_offered();
    if (!offered) options.offer.remove(extension::chunking).remove(extension::binary_mime);
    auto const octets =
        GENERATE(values<std::string>({"QUIT\r\n", ".\r\n", "BDAT 9 LAST\r\n",
                                      "MAIL FROM:<a@c.example>\r\n", "\r\n\r\n\r\n", ""}));
    auto const last = GENERATE("", " LAST");
    CAPTURE(offered, octets, last);
    auto const wire = "BDAT " + std::to_string(octets.size()) + last + "\r\n" + octets + "NOOP\r\n";
    for (auto const from : {server_state::hello, server_state::ready, server_state::mail,
                            server_state::barred, server_state::rcpt}) {
        if (from == server_state::rcpt && offered) continue;
        for_every_cut(
            wire,
            [&](pieces const& stream) {
                auto driver = driver_in(from, options);
                driver.feed(stream);
                auto const code = offered || from == server_state::barred ? "503" : "502";
                auto const noop = from == server_state::barred ? " 503" : " 250";
                CHECK(codes_of(driver.output) == code + std::string(noop));
                CHECK(name_of(driver.session.state()) == name_of(from));
                CHECK(driver.count("content") == 0);
                CHECK(driver.count("closed") == 0);
                CHECK(driver.count("mail") == 0);
            },
            1);
    }
}

TEST_CASE("a chunk that the application refuses is drained before its reply",
          "[server_session][S-3030-2-07][S-3030-2-08]") {
    auto const options = everything_offered();
    postel::reply const full{452, {4, 3, 1}, "full"};
    SECTION("before its first octet") {
        auto const wire = "BDAT 6\r\nQUIT\r\nNOOP\r\n"s;
        for_every_cut(wire, [&](pieces const& stream) {
            auto driver = driver_in(server_state::rcpt, options, refuse_on(kind::data, full));
            driver.feed(stream);
            CHECK(driver.output == "452 4.3.1 full\r\n250 2.0.0 ok\r\n");
            CHECK(driver.events == std::vector<std::string>{"data 1", "reset", "noop"});
            CHECK(name_of(driver.session.state()) == "ready");
            CHECK(driver.session.heap_octets() == 0);
        });
    }
    SECTION("before its first octet, and what is behind it is no message without it") {
        auto const wire = "BDAT 3\r\nabcBDAT 3 LAST\r\ndefNOOP\r\n"s;
        for_every_cut(wire, [&](pieces const& stream) {
            int asked = 0;
            auto driver =
                driver_in(server_state::rcpt, options, [&](auto& session, auto const& event) {
                    if (event.kind() == kind::data && asked++ == 0) return session.refuse(full);
                    accept_everything(session, event);
                });
            driver.feed(stream);
            CHECK(statuses_of(driver.output) == "452 4.3.1 | 503 5.5.1 | 250 2.0.0");
            CHECK(driver.count("data") == 1);
            CHECK(driver.count("content") == 0);
            CHECK(driver.count("message_end") == 0);
        });
    }
    SECTION("at its end, with more in the pipe") {
        auto const wire = "BDAT 3\r\nabcBDAT 6\r\nQUIT\r\nBDAT 0 LAST\r\nRSET\r\n"s;
        for_every_cut(wire, [&](pieces const& stream) {
            auto driver = driver_in(server_state::rcpt, options, refuse_on(kind::chunk_end, full));
            driver.feed(stream);
            CHECK(statuses_of(driver.output) == "452 4.3.1 | 503 5.5.1 | 503 5.5.1 | 250 2.0.0");
            CHECK(driver.count("message_end") == 0);
            CHECK(name_of(driver.session.state()) == "ready");
        });
    }
}

TEST_CASE("a refusal that waits for the octets of its chunk is counted as memory",
          "[server_session]") {
    auto const options = everything_offered();
    std::string const why(200, 'x');
    auto driver =
        driver_in(server_state::rcpt, options, refuse_on(kind::data, {550, {5, 7, 1}, why}));
    driver.feed("BDAT 5 LAST\r\nab");
    CHECK(driver.session.heap_octets() > why.size());
    CHECK(driver.session.heap_octets() < 1000);
    driver.feed("cde");
    CHECK(driver.session.heap_octets() == 0);
}

TEST_CASE("a BDAT whose count cannot be read eats nothing", "[server_session][S-3030-2-01]") {
    auto const options = everything_offered();
    auto const line = GENERATE(
        values<std::string>({"BDAT", "BDAT x", "BDAT -1", "BDAT +1", "BDAT 0x10", "BDAT 1.5",
                             "BDAT 5 FOO", "BDAT 5 LAST x", "BDAT 5LAST", "BDAT LAST", "BDAT  5"}));
    CAPTURE(line);
    for_every_cut(line + "\r\nNOOP\r\n", [&](pieces const& stream) {
        auto driver = driver_in(server_state::rcpt, options);
        driver.feed(stream);
        CHECK(statuses_of(driver.output) == "501 5.5.4 | 250 2.0.0");
        CHECK(name_of(driver.session.state()) == "rcpt");
    });
}

TEST_CASE("a count that nobody can keep closes the session", "[server_session][S-SEC-BDATOV-01]") {
    auto options = everything_offered();
    struct row {
        std::string line;
        std::string reply;
    };
    auto const given = GENERATE(values<row>({
        {"BDAT 18446744073709551616", "501 5.5.4"},
        {"BDAT 99999999999999999999999999 LAST", "501 5.5.4"},
        {"BDAT 18446744073709551615 LAST", "552 5.3.4"},
    }));
    CAPTURE(given.line);
    for (auto const from : {server_state::ready, server_state::rcpt, server_state::more}) {
        auto driver = driver_in(from, options);
        driver.feed(given.line + "\r\nNOOP\r\n");
        CHECK(statuses_of(driver.output) == given.reply);
        CHECK(driver.count("noop") == 0);
        CHECK(driver.session.finished());
        CHECK(driver.count("message_aborted") == (from == server_state::more ? 1u : 0u));
    }
}

TEST_CASE("a chunk above the limit is drained, and one of twice the limit ends the session",
          "[server_session][S-SEC-BDATOV-01]") {
    auto options = everything_offered();
    options.max_message_size = 50;
    auto const size = GENERATE(51u, 99u, 100u, 101u);
    CAPTURE(size);
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("BDAT " + std::to_string(size) + " LAST\r\n" + std::string(size, 'x') + "NOOP\r\n");
    CHECK(statuses_of(driver.output) == (size < 100 ? "552 5.3.4 | 250 2.0.0" : "552 5.3.4"));
    CHECK(driver.session.finished() == (size >= 100));
}

TEST_CASE("chunks without octets bring no mail on", "[server_session][S-SEC-RCPT-01]") {
    auto options = everything_offered();
    options.limits.idle_commands = 4;
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("BDAT 0\r\nBDAT 0\r\nBDAT 1\r\nxBDAT 0\r\n");  // the EHLO counts as well
    CHECK(driver.session.wants_input());
    driver.feed("BDAT 0\r\nNOOP\r\n");
    CHECK(driver.events.back() == "closed too many commands without mail");
    CHECK(driver.session.finished());
}

TEST_CASE("chunks are held to the size limit together", "[server_session][S-SEC-BDATOV-01]") {
    auto options = everything_offered();
    options.max_message_size = 10;
    auto const above = GENERATE(false, true);
    auto const wire =
        "BDAT 6\r\nQUIT\r\nBDAT "s + (above ? "5\r\nabcde" : "4\r\nabcd") + "NOOP\r\n";
    for_every_cut(wire, [&](pieces const& stream) {
        auto driver = driver_in(server_state::rcpt, options);
        driver.feed(stream);
        CHECK(statuses_of(driver.output) ==
              (above ? "250 2.0.0 | 552 5.3.4 | 250 2.0.0" : "250 2.0.0 | 250 2.0.0 | 250 2.0.0"));
        CHECK(driver.count("message_aborted") == (above ? 1u : 0u));
        CHECK(name_of(driver.session.state()) == (above ? "ready" : "more"));
    });
}

TEST_CASE("RSET and a new hello discard the chunks", "[server_session][S-3030-2-09]") {
    auto const options = everything_offered();
    for (std::string const line : {"RSET\r\n", "EHLO c.example\r\n"}) {
        auto driver = driver_in(server_state::more, options);
        driver.feed(line + "MAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nBDAT 1 LAST\r\ny");
        CHECK(codes_of(driver.output) == "250 250 250 250");
        CHECK(driver.count("message_aborted transaction reset by the client") == 1);
        CHECK(driver.count("reset") == 1);
        CHECK(driver.count("message_end 1") == 1);
        CHECK(driver.content() == "y");
    }
}

TEST_CASE("DATA and BDAT do not mix in one message", "[server_session][S-3030-2-10][S-3030-2-02]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::more, options);
    driver.feed("DATA\r\nMAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nBDAT 0 LAST\r\n");
    CHECK(codes_of(driver.output) == "503 503 503 250");
    driver.take_output();
    driver.feed("MAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nDATA\r\n.\r\n");
    CHECK(codes_of(driver.output) == "250 250 354 250");
}

TEST_CASE("a message of BODY=BINARYMIME comes by BDAT, every octet of it",
          "[server_session][S-3030-3-01][S-3030-3-02][S-3030-3-03][B-6531-3.6-01]") {
    auto options = everything_offered();
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    std::string seen;
    auto driver = driver_in(server_state::ready, options, [&](auto& session, auto const& event) {
        if (auto const* piece = std::get_if<postel::content>(&event)) seen += piece->text;
        accept_everything(session, event);
    });
    driver.feed(
        "MAIL FROM:<> BODY=BINARYMIME SMTPUTF8\r\nRCPT TO:<r@d.example>\r\nDATA\r\nBDAT 256 "
        "LAST\r\n" +
        all);
    CHECK(codes_of(driver.output) == "250 250 503 250");
    CHECK(seen == all);
    // The next message is not bound by it.
    driver.take_output();
    driver.feed("MAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nDATA\r\n");
    CHECK(codes_of(driver.output) == "250 250 354");

    options.offer.remove(extension::chunking);
    auto bare = driver_in(server_state::hello, options);
    bare.feed("EHLO c.example\r\nMAIL FROM:<> BODY=BINARYMIME\r\n");
    CHECK(bare.output.find("BINARYMIME") == std::string::npos);
    CHECK(codes_of(bare.output).substr(4, 1) == "5");
}

TEST_CASE("a chunk that never comes whole is never a message", "[server_session]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("BDAT 10 LAST\r\nabc");
    driver.session.closed_by_peer();
    driver.drain();
    CHECK(driver.count("message_end") == 0);
    CHECK(driver.count("message_aborted connection lost") == 1);
}

// ---- LMTP ----------------------------------------------------------------------------------

TEST_CASE("LMTP gives one final reply for each accepted recipient, in their order",
          "[server_session][S-2033-4.2-02][S-2033-4.2-03][S-2033-4.2-04][S-2033-5-03][S-2033-5-01]"
          "[S-2033-5-02]") {
    auto const options = lmtp_offered();
    auto const decide = [](auto& session, postel::server_event const& event) {
        if (auto const* to = std::get_if<postel::recipient>(&event);
            to != nullptr && to->forward_path.text() == "<2@d.example>")
            return session.refuse({550, {5, 1, 1}, "no such user"});
        if (auto const* end = std::get_if<postel::message_end>(&event); end != nullptr)
            return end->recipient == 1
                       ? session.refuse({452, {4, 2, 2}, "full"})
                       : session.accept("recipient " + std::to_string(end->recipient));
        accept_everything(session, event);
    };
    auto const envelope = "LHLO c.example\r\n" + envelope_of_two +
                          "RCPT TO:<1@d.example>\r\nRCPT TO:<3@d.example>\r\n";
    auto const by_chunk = GENERATE(false, true);
    auto const wire = envelope +
                      (by_chunk ? "BDAT 3\r\nx\r\nBDAT 0 LAST\r\n" : "DATA\r\nx\r\n.\r\n") +
                      "NOOP\r\n";
    for_every_cut(
        wire,
        [&](pieces const& stream) {
            auto driver = driver_in(server_state::hello, options, decide);
            driver.feed(stream);
            auto const middle = by_chunk ? "250"s : "354"s;
            CHECK(codes_of(driver.output) ==
                  "250 250 250 550 250 250 " + middle + " 250 452 250 250");
            CHECK(driver.output.find(
                      "250 2.0.0 recipient 0\r\n452 4.2.2 full\r\n250 2.0.0 recipient 2\r\n") !=
                  std::string::npos);
            CHECK(driver.count("message_end 3") == 3);
            CHECK(name_of(driver.session.state()) == "ready");
        },
        2);
    CHECK(talk(options, {wire}).output.find("250-PIPELINING\r\n") != std::string::npos);
    CHECK(talk(options, {wire}).output.find("ENHANCEDSTATUSCODES\r\n") != std::string::npos);
    CHECK(talk(options, {wire}).output.find("250-8BITMIME\r\n") != std::string::npos);
}

TEST_CASE("LMTP: a message that is dropped is refused for each recipient",
          "[server_session][S-2033-4.2-02]") {
    auto options = lmtp_offered();
    options.max_message_size = 5;
    auto driver = driver_in(server_state::ready, options);
    driver.feed(envelope_of_two + "DATA\r\na\nb\r\n.\r\n" + envelope_of_two +
                "BDAT 6 LAST\r\nabcdefNOOP\r\n");
    CHECK(codes_of(driver.output) == "250 250 250 354 554 554 250 250 250 552 552 250");
}

TEST_CASE("LMTP: the last chunk has no reply without a recipient, and others have one",
          "[server_session][S-2033-4.3-01][S-2033-4.3-02][S-2033-4.2-01]") {
    auto const options = lmtp_offered();
    auto driver = driver_in(server_state::mail, options);
    driver.feed("BDAT 2 LAST\r\nhiNOOP\r\n");
    CHECK(codes_of(driver.output) == "250");
    driver.feed("BDAT 2\r\nhiNOOP\r\n");
    CHECK(codes_of(driver.output) == "250 503 250");
    driver.feed("DATA\r\n");
    CHECK(statuses_of(driver.output).ends_with("503 5.5.1"));

    SECTION("MAIL was refused: no recipient either") {
        auto ready = driver_in(server_state::ready, options);
        ready.feed("BDAT 2 LAST\r\nhiNOOP\r\n");
        CHECK(codes_of(ready.output) == "250");
    }
    SECTION("before LHLO it is only out of order") {
        auto hello = driver_in(server_state::hello, options);
        hello.feed("BDAT 2 LAST\r\nhiNOOP\r\n");
        CHECK(codes_of(hello.output) == "503 250");
    }
    SECTION("where TLS or AUTH comes first it has the reply that every command has there") {
        auto const first =
            GENERATE(&postel::server_options::require_tls, &postel::server_options::require_auth);
        auto strict = options;
        strict.offer.add(postel::extension::starttls);
        strict.mechanisms = {postel::sasl_mechanism::scram_sha_256};
        strict.*first = true;
        auto const state = GENERATE(server_state::hello, server_state::ready);
        CAPTURE(first == &postel::server_options::require_tls, name_of(state));
        if (state == server_state::hello && first == &postel::server_options::require_auth) return;
        auto gated = driver_in(state, strict);
        gated.feed("BDAT 2 LAST\r\nhiNOOP\r\n");
        CHECK(codes_of(gated.output) == "530 250");
    }
}

TEST_CASE("LMTP: the last chunk has a reply for each recipient also where it is refused",
          "[server_session][S-2033-4.3-01][S-2033-4.3-02]") {
    auto const options = lmtp_offered();
    SECTION("by the application, before its octets") {
        auto driver = driver_in(server_state::ready, options,
                                refuse_on(kind::data, {452, {4, 3, 1}, "full"}));
        driver.feed(envelope_of_two + "BDAT 2 LAST\r\nhiNOOP\r\n");
        CHECK(codes_of(driver.output) == "250 250 250 452 452 250");
    }
    SECTION("because a chunk before it failed") {
        auto driver = driver_in(server_state::ready, options,
                                refuse_on(kind::chunk_end, {452, {4, 3, 1}, "full"}));
        driver.feed(envelope_of_two + "BDAT 2\r\nhiBDAT 2 LAST\r\nhiBDAT 0 LAST\r\nNOOP\r\n");
        CHECK(codes_of(driver.output) == "250 250 250 452 503 503 250");
    }
    SECTION("because a chunk before it failed, but not behind another hello") {
        auto driver = driver_in(server_state::ready, options,
                                refuse_on(kind::chunk_end, {452, {4, 3, 1}, "full"}));
        driver.feed(envelope_of_two + "BDAT 2\r\nhiLHLO c.example\r\nBDAT 0 LAST\r\nNOOP\r\n");
        CHECK(codes_of(driver.output) == "250 250 250 452 250 250");
    }
}

TEST_CASE("LMTP: a chunk behind a MAIL that was refused has nothing of the message before",
          "[server_session][S-2033-4.3-01]") {
    auto const options = lmtp_offered();
    auto driver =
        driver_in(server_state::ready, options, refuse_on(kind::chunk_end, {554, {}, ""}));
    driver.feed(envelope_of_two + "BDAT 2\r\nhi");
    driver.take_output();
    auto const refused = GENERATE("MAIL FROM:bad\r\n"s, "MAIL FROM:<a@b.example> SIZE=x\r\n"s);
    driver.feed(refused + "BDAT 2 LAST\r\nhiNOOP\r\n");
    CHECK(codes_of(driver.output) == "501 250");
}

TEST_CASE("LMTP: final replies may come one after another, whenever they are known",
          "[server_session][S-2033-5-03]") {
    auto const options = lmtp_offered();
    auto driver = driver_in(server_state::ready, options);
    driver.feed(envelope_of_two + "DATA\r\n");
    driver.take_output();
    auto& session = driver.session;
    driver.decide = [](auto&, auto const&) {};
    driver.feed(".\r\n");
    CHECK(session.waiting());
    session.accept();
    CHECK(codes_of(session.output()) == "250");
    driver.drain();
    CHECK(driver.events.back() == "message_end 0 1");
    CHECK(session.waiting());
    CHECK_FALSE(session.wants_input());
    session.refuse({451, {4, 3, 0}, "later"});
    driver.drain();
    CHECK(codes_of(driver.output) == "250 451");
    CHECK(session.wants_input());
}

TEST_CASE("LMTP: BURL LAST has a reply for each recipient, fetched or not",
          "[server_session][S-2033-4.2-02]") {
    auto const options = lmtp_offered();
    auto const last = GENERATE("BURL imap://i.example/1 LAST\r\n"s,
                               "BDAT 2\r\nhiBURL imap://i.example/1 LAST\r\n"s,
                               "BURL imap://i.example/1\r\nBURL imap://i.example/2 LAST\r\n"s);
    auto const before = last.find("LAST") > 30 ? " 250"s : ""s;
    CAPTURE(last);
    SECTION("fetched, each recipient is asked about") {
        auto const decide = [](auto& session, postel::server_event const& event) {
            auto const* end = std::get_if<postel::message_end>(&event);
            end != nullptr && end->recipient == 1 ? session.refuse({452, {4, 2, 2}, "full"})
                                                  : accept_everything(session, event);
        };
        auto driver = driver_in(server_state::ready, options, decide);
        driver.feed(envelope_of_two + last + "NOOP\r\n");
        CHECK(codes_of(driver.output) == "250 250 250" + before + " 250 452 250");
        CHECK(driver.count("message_end") == 2);
        CHECK(driver.count("message_aborted") == 0);
        CHECK(name_of(driver.session.state()) == "ready");
    }
    SECTION("not fetched, it is refused for each") {
        auto const decide = [](auto& session, postel::server_event const& event) {
            auto const* from = std::get_if<postel::burl>(&event);
            from != nullptr && from->last ? session.refuse({554, {5, 6, 6}, "not there"})
                                          : accept_everything(session, event);
        };
        auto driver = driver_in(server_state::ready, options, decide);
        driver.feed(envelope_of_two + last + "MAIL FROM:<s@c.example>\r\n");
        CHECK(codes_of(driver.output) == "250 250 250" + before + " 554 554 250");
        CHECK(driver.count("message_end") == 0);
    }
}

TEST_CASE("LMTP: a last chunk behind a BURL that failed has a reply for each recipient",
          "[server_session]") {
    auto const options = lmtp_offered();
    for_every_cut("BURL imap://i.example/1\r\nBDAT 2 LAST\r\nhiNOOP\r\n", [&](auto const& stream) {
        auto driver = driver_in(server_state::rcpt, options,
                                refuse_on(kind::burl, {554, {5, 6, 6}, "not there"}));
        driver.feed(stream);
        CHECK(statuses_of(driver.output) == "554 5.6.6 | 503 5.5.1 | 250 2.0.0");
    });
}
