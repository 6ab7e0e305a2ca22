#include <postel/server_session.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::extension;
using postel::sasl_mechanism;
using postel::server_state;
using namespace postel::test;

// AUTH through whole sessions: what the program behind one is asked, and what it never sees.

namespace {

postel::server_options every_mechanism() {
    auto options = everything_offered();
    for (auto const& row : postel::sasl_mechanism_table) options.mechanisms.add(row.name);
    return options;
}

/// A session inside TLS, behind its EHLO.
server_driver driver_in_tls(postel::server_options const& options,
                            decision decide = accept_everything) {
    server_driver driver{options};
    driver.session.tls_established();
    driver.connect().feed("EHLO c.example\r\n");
    driver.take_events();
    driver.take_output();
    driver.decide = std::move(decide);
    return driver;
}

/// Accepts everything, and keeps what AUTH told: "PLAIN|boss|alice|secret".
decision keep_credentials(std::vector<std::string>& into) {
    return [&into](postel::server_session& session, postel::server_event const& event) {
        if (auto const* said = std::get_if<postel::credentials>(&event))
            into.push_back(std::string{to_string(said->mechanism)} + "|" +
                           std::string{said->authorization_id} + "|" +
                           std::string{said->authentication_id} + "|" +
                           std::string{said->password});
        if (auto const* said = std::get_if<postel::auth_exchange>(&event))
            into.push_back(std::string{to_string(said->mechanism)} + "|" +
                           (said->begins ? "begins" : std::string{said->octets}));
        accept_everything(session, event);
    };
}

std::string line_of(std::size_t octets) {
    return std::string(octets - 2, 'A') + "\r\n";
}

}  // namespace

TEST_CASE("what a client says in AUTH comes decoded, however it is cut",
          "[server_auth][S-4954-4-05][S-4954-4-07][S-4954-4-08][S-4954-4-14][B-4954-4-05]") {
    auto const options = every_mechanism();
    struct row {
        std::string wire;
        std::string replies;
        std::string told;
    };
    auto const given = GENERATE(values<row>({
        {"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", "235 2.7.0", "PLAIN||alice|secret"},
        {"auth plain AGFsaWNlAHNlY3JldA==\r\n", "235 2.7.0", "PLAIN||alice|secret"},
        {"AUTH PLAIN Ym9zcwBhbGljZQBzZWNyZXQ=\r\n", "235 2.7.0", "PLAIN|boss|alice|secret"},
        {"AUTH PLAIN\r\nAGFsaWNlAHNlY3JldA==\r\n", "334  | 235 2.7.0", "PLAIN||alice|secret"},
        {"AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\n", "334 VXNlc | 334 UGFzc | 235 2.7.0",
         "LOGIN||alice|secret"},
        {"AUTH LOGIN YWxpY2U=\r\nc2VjcmV0\r\n", "334 UGFzc | 235 2.7.0", "LOGIN||alice|secret"},
        {"AUTH EXTERNAL =\r\n", "235 2.7.0", "EXTERNAL|"},
        {"AUTH EXTERNAL\r\n\r\n", "334  | 235 2.7.0", "EXTERNAL|"},
        {"AUTH EXTERNAL Ym9zcw==\r\n", "235 2.7.0", "EXTERNAL|boss"},
        {"AUTH CRAM-MD5\r\n", "235 2.7.0", "CRAM-MD5|begins"},
        {"AUTH ANONYMOUS\r\nc2lyaGM=\r\n", "334  | 235 2.7.0", "ANONYMOUS|sirhc"},
    }));
    CAPTURE(given.wire);
    for_every_cut(
        given.wire,
        [&](pieces const& stream) {
            std::vector<std::string> told;
            auto driver = driver_in_tls(options, keep_credentials(told));
            driver.feed(stream);
            CHECK(told == std::vector<std::string>{given.told});
            CHECK(statuses_of(driver.output) == given.replies);
            CHECK(name_of(driver.session.state()) == "ready");
            CHECK(driver.session.heap_octets() == 0);
        },
        2);
}

TEST_CASE("a challenge is 334 and base64, and the answer to it comes back to the same mechanism",
          "[server_auth][S-4954-4-04][S-4954-4-05]") {
    auto const options = every_mechanism();
    std::vector<std::string> told;
    int turns = 0;
    auto driver = driver_in_tls(
        options, [&](postel::server_session& session, postel::server_event const& event) {
            if (auto const* said = std::get_if<postel::auth_exchange>(&event)) {
                told.push_back(said->begins ? "begins" : std::string{said->octets});
                if (++turns == 1) return session.challenge("what?\r\n250 ok\xFF");
                if (turns == 2) return session.challenge("");
                return session.accept("come in");
            }
            accept_everything(session, event);
        });
    driver.feed("AUTH SCRAM-SHA-256 bixhPWI=\r\n");
    CHECK(driver.take_output() == "334 d2hhdD8NCjI1MCBva/8=\r\n");
    CHECK(driver.session.wants_input());
    driver.session.challenge("nobody asked");
    CHECK(driver.session.output().empty());
    driver.feed("eA==\r\n");
    CHECK(driver.take_output() == "334 \r\n");
    driver.feed("\r\n");
    CHECK(driver.take_output() == "235 2.7.0 come in\r\n");
    CHECK(told == std::vector<std::string>{"n,a=b", "x", ""});
}

TEST_CASE("what is no base64 ends AUTH with 501, and is not shown",
          "[server_auth][B-4954-4-01][S-4954-4-10]") {
    auto const options = every_mechanism();
    auto const bad = GENERATE(values<std::string>(
        {"AAA", "=AAA", "A=AA", "A*==", "AAAA=", "AAA=AAAA", "AB==", "AAAA AAAA", "AA==\t", "**",
         "* ", std::string("AA\0A", 4), "AAA\xFF", "==", "A\rAA", "A\nAA"}));
    CAPTURE(printable_line(bad));
    for_every_cut(
        "AUTH PLAIN\r\n" + bad + "\r\nNOOP\r\n",
        [&](pieces const& stream) {
            auto driver = driver_in_tls(options);
            driver.feed(stream);
            CHECK(driver.events == std::vector<std::string>{"violation invalid base64", "noop"});
            CHECK(statuses_of(driver.output) == "334  | 501 5.5.2 | 250 2.0.0");
        },
        1);
}

TEST_CASE("a bad initial response is refused as one", "[server_auth][S-4954-4-10][S-4954-4-09]") {
    auto const options = every_mechanism();
    struct row {
        std::string line;
        std::string status;
    };
    auto const given = GENERATE(values<row>({
        {"AUTH PLAIN AAA", "501 5.5.2"},
        {"AUTH PLAIN A*==", "501 5.5.2"},
        {"AUTH PLAIN =", "535 5.7.8"},                // nothing is no name and no password
        {"AUTH PLAIN AGFsaWNl", "535 5.7.8"},         // a name alone
        {"AUTH PLAIN AGFsaWNlAA==", "535 5.7.8"},     // an empty password
        {"AUTH PLAIN AABzZWNyZXQ=", "535 5.7.8"},     // an empty name
        {"AUTH PLAIN AP8AcA==", "535 5.7.8"},         // not UTF-8
        {"AUTH LOGIN =", "535 5.7.8"},                // an empty name
        {"AUTH CRAM-MD5 YWxpY2UgeA==", "501 5.7.0"},  // the server speaks first
        {"AUTH CRAM-MD5 =", "501 5.7.0"},
        {"AUTH", "501 5.5.4"},
        {"AUTH X", "504 5.5.4"},
        {"AUTH PLAINER AGFsaWNlAHNlY3JldA==", "504 5.5.4"},
    }));
    CAPTURE(given.line);
    auto driver = driver_in_tls(options);
    driver.feed(given.line + "\r\nNOOP\r\n");
    CHECK(statuses_of(driver.output) == given.status + " | 250 2.0.0");
    CHECK(driver.count("credentials") == 0);
    CHECK(driver.count("auth_exchange") == 0);
    CHECK(driver.count("violation") == 1);
}

TEST_CASE("a star ends AUTH wherever the client may speak", "[server_auth][S-4954-4-06]") {
    auto const options = every_mechanism();
    auto const wire = GENERATE(values<std::string>({
        "AUTH PLAIN\r\n",
        "AUTH LOGIN\r\n",
        "AUTH LOGIN\r\nYWxpY2U=\r\n",
        "AUTH LOGIN YWxpY2U=\r\n",
        "AUTH EXTERNAL\r\n",
        "AUTH SCRAM-SHA-256\r\n",
        "AUTH SCRAM-SHA-256 eA==\r\n",
        "AUTH CRAM-MD5\r\n",
    }));
    CAPTURE(wire);
    for_every_cut(
        wire + "*\r\nMAIL FROM:<a@c.example>\r\n",
        [&](pieces const& stream) {
            auto driver =
                driver_in_tls(options, [](auto& session, postel::server_event const& event) {
                    if (event.kind() == kind::auth_exchange) return session.challenge("?");
                    accept_everything(session, event);
                });
            driver.feed(stream);
            CHECK(driver.events.back() == "mail <a@c.example>");
            CHECK(driver.count("violation authentication cancelled") == 1);
            CHECK(driver.count("credentials") == 0);
            CHECK(statuses_of(driver.output).ends_with("501 5.7.0 | 250 2.1.0"));
        },
        1);
}

TEST_CASE("a line of AUTH may have 12288 octets, and one more draws 500",
          "[server_auth][B-4954-4-02][S-4954-4-11][B-SEC-MEM-01]") {
    auto const options = every_mechanism();
    struct row {
        std::size_t octets;  // CR LF included
        std::string status;
    };
    auto const given = GENERATE(values<row>({
        {12286, "235 2.7.0"},  // the longest that is base64
        {12288, "501 5.5.2"},  // read, and not a multiple of four
        {12289, "500 5.5.6"},
        {12290, "500 5.5.6"},
        {100000, "500 5.5.6"},
    }));
    CAPTURE(given.octets);
    auto const wire = line_of(given.octets) + "NOOP\r\n";
    for (std::size_t const piece : {wire.size(), std::size_t{1}, std::size_t{4096}}) {
        CAPTURE(piece);
        std::vector<std::string> told;
        auto driver = driver_in_tls(options, keep_credentials(told));
        driver.feed("AUTH OAUTHBEARER\r\n");
        for (std::size_t at = 0; at < wire.size(); at += piece)
            REQUIRE(driver.feed(std::string_view{wire}.substr(at, piece)));
        CHECK(statuses_of(driver.output) == "334  | " + given.status + " | 250 2.0.0");
        CHECK(told.size() == (given.octets == 12286 ? 1u : 0u));
        CHECK(driver.peak_heap <= 12288 + 12288 + 512);
        CHECK(driver.session.heap_octets() == 0);
    }
}

TEST_CASE("AUTH has its place between the hello and MAIL, once",
          "[server_auth][S-4954-4-01][S-4954-4-02]") {
    auto const options = every_mechanism();
    std::string const auth = "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n";
    for (auto const state : {server_state::hello, server_state::mail, server_state::rcpt,
                             server_state::more, server_state::barred}) {
        CAPTURE(name_of(state));
        auto driver = driver_in(state, options);
        driver.feed(auth);
        CHECK(statuses_of(driver.output) == "503 5.5.1");
        CHECK(driver.count("credentials") == 0);
        CHECK(name_of(driver.session.state()) == name_of(state));
    }
    auto driver = driver_in(server_state::ready, options);
    driver.feed(auth + auth + "AUTH CRAM-MD5\r\nEHLO c.example\r\n" + auth + "RSET\r\n" + auth);
    CHECK(codes_of(driver.output) == "235 503 503 250 503 250 503");
    CHECK(driver.count("credentials") == 1);
    // One that was refused may be tried again.
    auto again = driver_in(server_state::ready, options,
                           refuse_on(kind::credentials, {535, {5, 7, 8}, "no"}));
    again.feed(auth + "*\r\n");  // the star is no part of it any more
    again.decide = accept_everything;
    again.feed(auth);
    CHECK(codes_of(again.output) == "535 500 235");
}

TEST_CASE("failed attempts have an end, and a cancelled one is none of them",
          "[server_auth][S-4954-9-01]") {
    auto options = every_mechanism();
    options.limits.authentication_failures = 3;
    auto const no = refuse_on(kind::credentials, {535, {5, 7, 8}, "no"});
    std::string const wrong = "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n";
    auto driver = driver_in_tls(options, no);
    driver.feed("AUTH PLAIN\r\n*\r\n" + wrong + "AUTH PLAIN AGFsaWNl\r\n" + "AUTH PLAIN AAA\r\n" +
                wrong + "NOOP\r\n");
    CHECK(statuses_of(driver.output) ==
          "334  | 501 5.7.0 | 535 5.7.8 | 535 5.7.8 | 501 5.5.2 | 535 5.7.8 | 421 4.7.0");
    CHECK(driver.events.back() == "closed too many errors");
    CHECK(driver.session.finished());
    // A hello in between does not help.
    auto second = driver_in_tls(options, no);
    second.feed(wrong + "EHLO c.example\r\n" + wrong + "RSET\r\n" + wrong);
    CHECK(codes_of(second.output) == "535 250 535 250 535 421");
    options.limits.authentication_failures = 0;  // which is as good as 1
    auto strict = driver_in_tls(options, no);
    strict.feed(wrong + "NOOP\r\n");
    CHECK(codes_of(strict.output) == "535 421");
}

TEST_CASE("a failed attempt that ends the session as an error ends it once", "[server_auth]") {
    auto options = every_mechanism();
    options.limits.errors = 1;
    options.limits.authentication_failures = 1;
    auto driver = driver_in_tls(options);
    driver.feed("XYZZY\r\nAUTH PLAIN AAAA\r\nNOOP\r\n");
    CHECK(codes_of(driver.output) == "500 421");
    CHECK(driver.count("closed too many errors") == 1);
}

TEST_CASE("a passing failure is told as one", "[server_auth][S-4954-4-13]") {
    auto const options = every_mechanism();
    for (postel::reply const& with : {postel::reply{454, {4, 7, 0}, "later"},
                                      postel::reply{432, {4, 7, 12}, "by another password"},
                                      postel::reply{534, {5, 7, 9}, "too weak"}}) {
        auto driver = driver_in_tls(options, refuse_on(kind::credentials, with));
        driver.feed("AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\nNOOP\r\n");
        CHECK(codes_of(driver.output) == std::to_string(with.code.value) + " 250");
    }
}

TEST_CASE("LOGIN without a name or a password fails like a wrong one", "[server_auth]") {
    auto const options = every_mechanism();
    auto driver = driver_in_tls(options);
    driver.feed("AUTH LOGIN YWxpY2U=\r\n\r\n");
    driver.feed("AUTH LOGIN\r\n\r\n");
    driver.feed("AUTH LOGIN YQBi\r\nNOOP\r\n");
    CHECK(codes_of(driver.output) == "334 535 334 535 535 250");
    CHECK(driver.count("credentials") == 0);
}

TEST_CASE("what shows a secret is on offer inside TLS only, and what is bound to TLS as well",
          "[server_auth][S-4954-4-15][S-4954-3-01][S-4954-4-03][B-7628-3-01][S-4505-5-01]"
          "[S-4954-6-03][B-4616-5-01]") {
    auto options = everything_offered();
    options.auth_without_tls = false;
    options.offer.remove(extension::xclient);  // which has a LOGIN of its own
    struct row {
        sasl_mechanism name;
        bool in_clear;
    };
    auto const given = GENERATE(values<row>({
        {sasl_mechanism::plain, false},
        {sasl_mechanism::login, false},
        {sasl_mechanism::xoauth2, false},
        {sasl_mechanism::oauthbearer, false},
        {sasl_mechanism::scram_sha_1_plus, false},
        {sasl_mechanism::scram_sha_256_plus, false},
        {sasl_mechanism::scram_sha_1, true},
        {sasl_mechanism::scram_sha_256, true},
        {sasl_mechanism::cram_md5, true},
        {sasl_mechanism::external, true},
        {sasl_mechanism::anonymous, true},
    }));
    auto const name = std::string{to_string(given.name)};
    CAPTURE(name);
    auto const talk_of = [&](bool tls) {
        server_driver driver{options};
        if (tls) driver.session.tls_established();
        driver.connect().feed("EHLO c.example\r\nAUTH " + name + "\r\n");
        return driver.output;
    };
    options.mechanisms = {given.name};
    CHECK((talk_of(false).find("AUTH " + name + "\r\n") != std::string::npos) == given.in_clear);
    CHECK(talk_of(true).find("AUTH " + name + "\r\n") != std::string::npos);
    CHECK(codes_of(talk_of(false)).ends_with("250 502") == !given.in_clear);
    CHECK_FALSE(codes_of(talk_of(true)).ends_with("502"));
    // Beside one that may be used in the clear, it is the mechanism that is not known.
    options.mechanisms.add(sasl_mechanism::scram_sha_256);
    CHECK(codes_of(talk_of(false)).ends_with("250 504") == !given.in_clear);
    // And what is not switched on is never on offer.
    options.mechanisms = {given.name == sasl_mechanism::plain ? sasl_mechanism::login
                                                              : sasl_mechanism::plain};
    CHECK(codes_of(talk_of(true)).ends_with("250 504"));
    CHECK(talk_of(true).find(" " + name) == std::string::npos);
}

TEST_CASE("ANONYMOUS is off unless it is switched on", "[server_auth][S-4505-5-01]") {
    CHECK(postel::server_options{}.mechanisms.empty());
}

TEST_CASE("STARTTLS forgets who the client was", "[server_auth][B-3207-4.2-01]") {
    auto options = every_mechanism();
    options.require_auth = true;
    std::string const auth = "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n";
    auto driver = driver_in(server_state::ready, options);
    driver.feed(auth + "STARTTLS\r\n");
    driver.feed("EHLO c.example\r\nMAIL FROM:<a@c.example>\r\n" + auth +
                "MAIL FROM:<a@c.example>\r\n");
    CHECK(codes_of(driver.output) == "235 220 250 530 235 250");
    CHECK(driver.count("credentials") == 2);
}

// ---- Secrets -------------------------------------------------------------------------------

namespace {

/// Every octet that an event shows, but for what it is the secret's business to be shown in.
struct shown {
    std::string operator()(postel::violation const& e) const { return std::string{e.line}; }
    std::string operator()(postel::unknown_command const& e) const { return std::string{e.line}; }
    std::string operator()(postel::credentials const&) const { return {}; }
    std::string operator()(postel::auth_exchange const&) const { return {}; }
    template <class Other>
    std::string operator()(Other const& e) const {
        return in_words{}(e);
    }
};

}  // namespace

TEST_CASE("a secret is in no event but the one that asks about it", "[server_auth]") {
    auto options = every_mechanism();
    std::string const secret = "AGFsaWNlAHNlY3JldA==";
    struct row {
        server_state from;
        std::string before;
        std::string line;
    };
    auto const given = GENERATE_COPY(values<row>({
        {server_state::hello, "", "AUTH PLAIN " + secret},
        {server_state::ready, "", "AUTH PLAIN " + secret},
        {server_state::ready, "", "AUTH PLAIN " + secret + secret},
        {server_state::ready, "", "AUTH PLAIN " + secret + " " + secret},
        {server_state::ready, "", "AUTH PLAIN " + secret + "*"},
        {server_state::ready, "", "aUtH LOGIN " + secret + "*"},
        {server_state::ready, "", "AUTH UNKNOWN " + secret},
        {server_state::ready, "", "AUTH CRAM-MD5 " + secret},
        {server_state::ready, "", "AUTH  PLAIN " + secret},
        {server_state::ready, "", "AUTH PLAIN " + secret + std::string(1, '\0')},
        {server_state::ready, "", "AUTH PLAIN\r" + secret},
        {server_state::ready, "", "AUTH PLAIN\n" + secret},
        {server_state::ready, "", "AUTH PLAIN\t" + secret},
        {server_state::ready, "", "AUTH\tPLAIN " + secret},
        {server_state::ready, "", "AUTH:PLAIN " + secret},
        {server_state::ready, "", " AUTH PLAIN " + secret},
        {server_state::ready, "", "AUTH PLAIN " + secret + "\xFF"},
        {server_state::ready, "", "AUTH PLAIN " + secret + std::string(5000, 'A')},
        {server_state::ready, "AUTH PLAIN " + secret, "AUTH PLAIN " + secret},
        {server_state::mail, "", "AUTH PLAIN " + secret},
        {server_state::barred, "", "AUTH PLAIN " + secret},
        {server_state::auth, "", secret + "*"},
        {server_state::auth, "", secret + std::string(1, '\0')},
        {server_state::auth, "", secret + std::string(13000, 'A')},
        {server_state::auth, "", secret},
    }));
    CAPTURE(name_of(given.from), printable_line(given.line));
    std::string all;
    auto driver = driver_in(given.from, options, [&](auto& session, auto const& event) {
        all += std::visit(shown{}, static_cast<postel::server_event::variant const&>(event));
        accept_everything(session, event);
    });
    if (!given.before.empty()) driver.feed(given.before + "\r\n");
    driver.feed(given.line + "\r\n");
    CHECK(all.find(secret) == std::string::npos);
    CHECK(all.find("secret") == std::string::npos);
    CHECK(driver.output.find(secret) == std::string::npos);
}

// ---- Look-ups that take their time ---------------------------------------------------------

TEST_CASE("who a client is may be answered late, with a megabyte behind it", "[server_auth]") {
    auto options = every_mechanism();
    options.limits.idle_commands = 1'000'000;
    struct row {
        std::string line;
        kind what;
    };
    auto const given = GENERATE(values<row>({
        {"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", kind::credentials},
        {"AUTH LOGIN YWxpY2U=\r\nc2VjcmV0\r\n", kind::credentials},
        {"AUTH EXTERNAL =\r\n", kind::auth_exchange},
        {"AUTH CRAM-MD5\r\n", kind::auth_exchange},
    }));
    CAPTURE(given.line);
    bool const accepted = GENERATE(true, false);
    std::string wire = given.line;
    std::size_t commands = 0;
    for (; wire.size() < 1'000'000; ++commands) wire += "NOOP\r\n";
    bool asked = false;
    auto driver = driver_in_tls(options, [&](auto& session, postel::server_event const& event) {
        if (event.kind() == given.what)
            asked = true;
        else
            accept_everything(session, event);
    });
    driver.session.receive(wire);
    driver.drain();
    REQUIRE(asked);
    CHECK(driver.session.waiting());
    CHECK_FALSE(driver.session.wants_input());
    CHECK_FALSE(driver.session.next());
    CHECK(driver.count("noop") == 0);
    CHECK(driver.session.heap_octets() <= 4096);
    driver.take_output();
    if (accepted)
        driver.session.accept();
    else
        driver.session.refuse({535, {5, 7, 8}, "no"});
    driver.drain();
    auto const lines = lines_of(driver.output);
    REQUIRE(lines.size() == commands + 1);
    CHECK(lines.front().substr(0, 3) == (accepted ? "235" : "535"));
    CHECK(std::all_of(lines.begin() + 1, lines.end(),
                      [](auto const& line) { return line.substr(0, 3) == "250"; }));
    CHECK(driver.session.heap_octets() == 0);
}

TEST_CASE("a 334 that is given as an answer logs nobody in", "[server_session]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::ready, options, [](auto& session, auto const& event) {
        if (event.kind() == kind::credentials) return session.answer({334, {}, "Z28gb24="});
        accept_everything(session, event);
    });
    driver.feed(auth_line);
    CHECK(name_of(driver.session.state()) == "ready");
    driver.decide = accept_everything;
    driver.feed(auth_line);
    CHECK(codes_of(driver.output) == "451 235");
}
