#include <postel/transcript.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <postel/base64.hpp>
#include <postel/client_session.hpp>
#include <postel/server_session.hpp>
#include "support/catch.hpp"
#include "support/split.hpp"

using namespace postel::test;
using postel::sasl_mechanism;

namespace {

// A session's transcript as lines.
struct record {
    std::vector<std::string> lines;
    postel::transcript where{[](void* self, char who, std::string_view text) {
                                 static_cast<record*>(self)->lines.push_back(
                                     std::string{who} + ": " + std::string{text});
                             },
                             this};
    record() = default;
    record(record const&) = delete;

    [[nodiscard]] bool shows(std::string_view words) const {
        for (auto const& line : lines)
            if (line.find(words) != line.npos) return true;
        return false;
    }
};

// Whoever asks gets a yes; a mechanism that goes on gets one challenge and then a yes.
void agree(postel::server_session& session) {
    int turns = 0;
    while (auto const event = session.next()) {
        auto const* exchange = std::get_if<postel::auth_exchange>(&*event);
        if (exchange != nullptr && (exchange->begins || turns++ == 0))
            session.challenge("a challenge that nobody needs to see");
        else if (session.waiting())
            session.accept();
    }
}

std::string in_base64(std::string_view octets) {
    std::string text;
    postel::encode_base64(text, octets);
    return text;
}

}  // namespace

TEST_CASE("a server's transcript shows commands and replies and neither content nor secrets",
          "[transcript]") {
    postel::server_options options{.hostname = "mx.example.org"};
    options.offer.add(postel::extension::auth).add(postel::extension::chunking);
    options.mechanisms = {sasl_mechanism::plain, sasl_mechanism::login, sasl_mechanism::cram_md5,
                          sasl_mechanism::scram_sha_256, sasl_mechanism::oauthbearer};
    options.auth_without_tls = true;
    std::string const secret = "wonderland";
    auto const plain = in_base64(std::string_view{"\0alice\0wonderland", 17});
    struct row {
        std::string name;
        std::string wire;
    };
    std::vector<row> const rows{
        {"PLAIN at once", "AUTH PLAIN " + plain + "\r\n"},
        {"PLAIN asked for", "AUTH PLAIN\r\n" + plain + "\r\n"},
        {"LOGIN", "AUTH LOGIN\r\n" + in_base64("alice") + "\r\n" + in_base64(secret) + "\r\n"},
        {"CRAM-MD5", "AUTH CRAM-MD5\r\n" + in_base64(secret) + "\r\n"},
        {"SCRAM", "AUTH SCRAM-SHA-256 " + in_base64(secret) + "\r\n" + in_base64(secret) + "\r\n"},
        {"OAUTHBEARER", "AUTH OAUTHBEARER " + in_base64(secret) + "\r\n"},
        {"a mechanism that is not there",
         "AUTH XYZ " + plain + "\r\n" + in_base64(secret) + "\r\n"},
        {"no base64", "AUTH PLAIN " + secret + "!\r\n"},
        {"behind a mechanism that is not there", "AUTH XYZ\r\n" + secret + "\r\n"},
        {"a password as a command", secret + "\r\n"},
    };
    for (auto const& given : rows) {
        CAPTURE(given.name);
        auto const wire = "EHLO c.example\r\n" + given.wire +
                          "MAIL FROM:<a@c.example>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n" +
                          secret +
                          "\r\n.\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<b@example.org>\r\n" +
                          "BDAT 12 LAST\r\n" + secret + "\r\nQUIT\r\n";
        for_every_cut(
            wire,
            [&](pieces const& cut) {
                record log;
                postel::server_session session{options};
                session.write_transcript(log.where);
                agree(session);
                for (auto const piece : cut) {
                    if (session.state() == postel::server_state::closed) break;
                    session.receive(piece);
                    agree(session);
                    session.sent(session.output().size());
                }
                REQUIRE(log.shows("C: EHLO c.example"));
                REQUIRE(log.shows("S: 250-mx.example.org"));
                REQUIRE(log.shows("S: 221 "));
                REQUIRE_FALSE(log.shows(secret));
                REQUIRE_FALSE(log.shows(in_base64(secret)));
                REQUIRE_FALSE(log.shows(plain));
                REQUIRE_FALSE(log.shows(in_base64("a challenge that nobody needs to see")));
            },
            2);
    }
}

TEST_CASE("a client's transcript shows commands and replies and neither content nor secrets",
          "[transcript]") {
    postel::client_options options{.hostname = "c.example", .auth_without_tls = true};
    options.chunking = GENERATE(true, false);
    std::string const secret = "wonderland";
    std::array<postel::envelope::recipient, 1> const to{{{.mailbox = "b@example.org"}}};
    postel::envelope const letter{.reverse_path = "a@c.example", .recipients = to};
    record log;
    postel::client_session session{options};
    session.write_transcript(log.where);
    auto const hear = [&](std::string_view octets) {
        session.receive(octets);
        while (auto const event = session.next()) {
            if (event->kind() == postel::client_event_kind::ready)
                CHECK(session.authenticate(sasl_mechanism::scram_sha_256, secret));
            if (event->kind() == postel::client_event_kind::auth_challenge)
                CHECK(session.respond(secret));
            if (event->kind() == postel::client_event_kind::auth_result)
                CHECK(session.submit(letter));
            if (event->kind() == postel::client_event_kind::content_wanted) {
                CHECK(session.write("wonderland\r\n"));
                CHECK(session.finish());
                session.quit();
            }
        }
        session.sent(session.output().size());
    };
    hear("220 mx.example.org\r\n");
    hear("250-mx.example.org\r\n250-CHUNKING\r\n250 AUTH SCRAM-SHA-256\r\n");
    hear("334 " + in_base64("a challenge that nobody needs to see") + "\r\n");
    hear("235 ok\r\n");
    hear("250 sender\r\n");
    hear("250 recipient\r\n");
    if (!options.chunking) hear("354 go on\r\n");
    hear("250 taken\r\n");
    hear("221 bye\r\n");
    for (auto const* const words :
         {"C: EHLO c.example", "C: AUTH SCRAM-SHA-256 (hidden)", "C: (hidden)",
          "C: RCPT TO:<b@example.org>", "C: (12 octets of content)", "C: QUIT", "S: 250-CHUNKING",
          "S: 334 (hidden)", "S: 221 bye"})
        CHECK(log.shows(words));
    CHECK_FALSE(log.shows(secret));
    CHECK_FALSE(log.shows(in_base64(secret)));
    CHECK_FALSE(log.shows(in_base64("a challenge that nobody needs to see")));
}

TEST_CASE(
    "a client's transcript shows AUTH whole where it holds no secret, and that it was cancelled",
    "[transcript]") {
    postel::client_options const options{.hostname = "c.example"};
    record log;
    postel::client_session session{options};
    session.write_transcript(log.where);
    auto const hear = [&](std::string_view octets) {
        session.receive(octets);
        while (auto const event = session.next()) {
            if (event->kind() == postel::client_event_kind::ready)
                CHECK(session.authenticate(sasl_mechanism::cram_md5, std::nullopt));
            if (event->kind() == postel::client_event_kind::auth_challenge) CHECK(session.cancel());
        }
        session.sent(session.output().size());
    };
    hear("220 mx.example.org\r\n");
    hear("250-mx.example.org\r\n250 AUTH CRAM-MD5\r\n");
    hear("334 PDEyM0BzPg==\r\n");
    CHECK(log.lines == std::vector<std::string>{"S: 220 mx.example.org", "C: EHLO c.example",
                                                "S: 250-mx.example.org", "S: 250 AUTH CRAM-MD5",
                                                "C: AUTH CRAM-MD5", "S: 334 (hidden)", "C: *"});
}
