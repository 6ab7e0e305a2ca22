#include <postel/client_session.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"
#include "support/content_by_hand.hpp"
#include "support/strict_server.hpp"

using postel::body_type;
using postel::client_options;
using postel::error;
using postel::line_ending_repair;
using postel::nul_policy;
using postel::outcome;
using postel::test::client_driver;
using postel::test::decisions;
using postel::test::for_every_cut;
using postel::test::letter;
using postel::test::pieces;
using postel::test::say;
using postel::test::strict_server;

namespace {

using lines = std::vector<std::string>;
client_options const options{.hostname = "client.example"};
std::string const chunking =
    "250-hi\r\n250-PIPELINING\r\n250-SIZE\r\n250-8BITMIME\r\n250-BINARYMIME\r\n250 CHUNKING\r\n";

outcome outcome_of(say what) {
    constexpr outcome outcomes[]{outcome::accepted, outcome::transient, outcome::permanent};
    return outcomes[static_cast<std::size_t>(what)];
}

/// What becomes of the message, reckoned from the script alone.
outcome judge(decisions const& script) {
    if (script.mail != say::accept) return outcome_of(script.mail);
    bool anybody = false;
    auto nobody = outcome::permanent;
    for (auto const what : script.recipients) {
        anybody = anybody || what == say::accept;
        if (what == say::defer) nobody = outcome::transient;
    }
    if (!anybody) return nobody;
    for (auto const what : script.chunks)
        if (what != say::accept) return outcome_of(what);
    return outcome_of(script.end);
}

say nth(unsigned& number) {
    auto const what = static_cast<say>(number % 3);
    number /= 3;
    return what;
}

struct asked_for_chunks : postel::test::content_by_hand {
    explicit asked_for_chunks(postel::mail_parameters const& what = {},
                              client_options const& how = options)
        : content_by_hand{chunking, how, what} {}
};

// The content of all chunks. Their sizes have to add up.
std::string unframed(std::string_view wire) {
    std::string all;
    bool last = false;
    while (!wire.empty()) {
        REQUIRE_FALSE(last);
        REQUIRE(wire.substr(0, 5) == "BDAT ");
        auto const line = wire.substr(5, wire.find("\r\n") - 5);
        last = line.find(" LAST") != line.npos;
        auto const size = std::stoul(std::string{line});
        wire.remove_prefix(5 + line.size() + 2);
        REQUIRE(wire.size() >= size);
        all += wire.substr(0, size);
        wire.remove_prefix(size);
    }
    REQUIRE(last);
    return all;
}

}  // namespace

TEST_CASE("whatever a server says to MAIL, RCPT and each BDAT, its client tells and obeys",
          "[client_chunks][C-3030-2-01][C-3030-2-02][C-3030-2-03][C-3030-2-04][C-3030-2-05]"
          "[C-3030-2-07][C-2920-3.1-05][C-2920-3.1-08][C-4468-3.2-01]") {
    bool const pipelining = GENERATE(true, false);
    bool const eager = GENERATE(true, false);
    bool const lax = GENERATE(true, false);
    client_options how = options;
    if (!eager) how.eager_content = 0;
    letter first;
    first.to = {"b@server.example", "c@server.example", "d@server.example"};
    first.content = "one\r\ntwo\r\nthree\r\n";
    first.parameters.size = first.content.size();
    letter second;
    second.parameters.size = second.content.size();
    for (unsigned mix = 0; mix < 3 * 3 * 3 * 3 * 3 * 3 * 3; ++mix) {
        auto rest = mix;
        decisions script{nth(rest), {nth(rest), nth(rest), nth(rest)}};
        script.chunks = {nth(rest), nth(rest)};
        script.end = nth(rest);
        script.lax = lax;
        CAPTURE(pipelining, eager, lax, mix);
        client_driver client{how, {.letters = {first, second}, .piece = 6}};
        strict_server server{pipelining, {script}, true};
        client.hear(server.greeting());
        for (auto group = client.take_output(); !group.empty(); group = client.take_output())
            client.hear(server.take(group));

        REQUIRE(server.faults == lines{});
        REQUIRE(client.accounts[0].result);
        auto const expected = judge(script);
        REQUIRE(client.accounts[0].result->what == expected);
        std::vector<outcome> recipients;
        for (auto const what : script.recipients)
            recipients.push_back(outcome_of(script.mail == say::accept ? what : script.mail));
        REQUIRE(client.accounts[0].recipients == recipients);
        REQUIRE(client.accounts[1].result);
        REQUIRE(client.accounts[1].result->what == outcome::accepted);
        lines contents;
        if (expected == outcome::accepted) contents.push_back(first.content);
        contents.push_back(second.content);
        REQUIRE(server.contents == contents);
        REQUIRE(client.session.finished());
        REQUIRE_FALSE(client.failure);
    }
}

TEST_CASE("BDAT is not said where it was not offered, or is not wanted",
          "[client_chunks][C-3030-2-01]") {
    bool const offered = GENERATE(true, false);
    bool const wanted = GENERATE(true, false);
    client_options how = options;
    how.chunking = wanted;
    client_driver client{how};
    client.hear("220 hi\r\n").hear(offered ? chunking : "250-hi\r\n250 PIPELINING\r\n");
    client.hear("250 ok\r\n250 ok\r\n");
    bool const both = offered && wanted;
    CHECK((client.everything_sent.find("BDAT ") != std::string::npos) == both);
    CHECK((client.everything_sent.find("DATA\r\n") != std::string::npos) == !both);
}

TEST_CASE("the eager form is for content that is known to be small",
          "[client_chunks][C-3030-2-02]") {
    struct row {
        std::optional<std::uint64_t> size;
        std::uint64_t limit;
        bool eager;
    };
    auto const given = GENERATE(values<row>({
        {4, 65536, true},
        {65536, 65536, true},
        {65537, 65536, false},
        {{}, 65536, false},
        {4, 0, false},
        {0, 0, false},
    }));
    client_options how = options;
    how.eager_content = given.limit;
    letter one;
    one.parameters.size = given.size;
    client_driver client{how, {.letters = {one}}};
    client.hear("220 hi\r\n").hear(chunking);
    CHECK((client.everything_sent.find("BDAT 4 LAST\r\nhi\r\n") != std::string::npos) ==
          given.eager);
    client.hear("250 ok\r\n250 ok\r\n");
    CHECK(client.everything_sent.find("BDAT 4 LAST\r\nhi\r\n") != std::string::npos);
}

TEST_CASE("chunks hold what the caller wrote, with one CR LF at the end, however it is cut",
          "[client_chunks][C-3030-2-06][C-3030-2-07]") {
    struct row {
        std::string content;
        std::string expected;
    };
    auto const given = GENERATE(values<row>({
        {"", ""},
        {"\r\n", "\r\n"},
        {"a", "a\r\n"},
        {"a\r\n", "a\r\n"},
        {".\r\n..\r\n.", ".\r\n..\r\n.\r\n"},
        {"a\r\n.\r\nQUIT\r\n", "a\r\n.\r\nQUIT\r\n"},
        {"a\r\n\r\nb", "a\r\n\r\nb\r\n"},
    }));
    CAPTURE(given.content);
    for_every_cut(given.content, [&](pieces const& cut) {
        asked_for_chunks client;
        for (auto const piece : cut) {
            REQUIRE(client.session.write(piece));
            client.drain();
        }
        REQUIRE(client.session.finish());
        client.drain();
        REQUIRE(unframed(client.wire) == given.expected);
        REQUIRE_FALSE(client.session.waiting());
    });
}

TEST_CASE("a last line without CR LF gets one, though the end comes with its octets",
          "[client_chunks][C-3030-2-06]") {
    asked_for_chunks client;
    REQUIRE(client.session.write("a"));
    REQUIRE(client.session.finish());
    client.drain();
    CHECK(unframed(client.wire) == "a\r\n");
}

TEST_CASE("bare line ends and NUL do not get into a chunk",
          "[client_chunks][C-3030-2-06][C-5321-2.3.8-01]") {
    struct row {
        std::string content;
        error why;
    };
    auto const given = GENERATE(values<row>({
        {"a\nb\r\n", error::bare_lf},
        {"a\rb\r\n", error::bare_cr},
        {"a\r", error::bare_cr},
        {std::string("a\0", 2), error::nul_octet},
        {"caf\xC3\xA9\r\n", error::eight_bit_content},
    }));
    for_every_cut(given.content, [&](pieces const& cut) {
        asked_for_chunks client;
        for (auto const piece : cut) {
            if (!client.session.write(piece)) break;
            client.drain();
        }
        (void)client.session.finish();
        client.drain();
        REQUIRE(client.told.size() >= 3);
        REQUIRE(client.told[client.told.size() - 3] ==
                "message: permanent, content, " + std::string{to_string(given.why)});
        REQUIRE(client.wire.find("LAST") == std::string::npos);
        REQUIRE(client.session.finished());
    });
}

TEST_CASE("what is converted goes out in few chunks, and by DATA with its dots",
          "[client_chunks][C-3030-2-06][C-5321-2.3.8-01]") {
    std::string content;
    std::string expected;
    std::string stuffed;
    for (int i = 0; i < 500; ++i) {
        content += i % 2 == 0 ? "line\n" : ".dot\r";
        expected += i % 2 == 0 ? "line\r\n" : ".dot\r\n";
        stuffed += i % 2 == 0 ? "line\r\n" : "..dot\r\n";
    }
    content += std::string("nul\0\r\n", 6);
    expected += std::string("nul\0\r\n", 6);
    stuffed += std::string("nul\0\r\n", 6);
    client_options how = options;
    how.content = {.endings = line_ending_repair::convert, .nul = nul_policy::pass};
    how.limits.pending_output = GENERATE(0u, 1u, 100u, 65536u);
    asked_for_chunks client{{}, how};
    REQUIRE(client.session.write(content));
    REQUIRE(client.session.finish());
    client.drain();
    CHECK(unframed(client.wire) == expected);
    CHECK(client.wire.size() < expected.size() + 100);
    CHECK(client.session.heap_octets() == 0);

    how.chunking = false;
    letter one;
    one.content = content;
    client_driver other{how, {.letters = {one}}};
    other.hear("220 hi\r\n").hear(chunking).hear("250 ok\r\n250 ok\r\n354 go\r\n");
    CHECK(other.everything_sent.find("DATA\r\n" + stuffed + ".\r\n") != std::string::npos);
}

TEST_CASE("a fault behind what was converted ends the session", "[client_chunks][C-3030-2-06]") {
    client_options how = options;
    how.content.endings = line_ending_repair::convert;
    asked_for_chunks client{{}, how};
    REQUIRE(client.session.write(std::string_view{"one\ntwo\0three\r\n", 15}));
    client.drain();
    REQUIRE(client.told.size() >= 3);
    CHECK(client.told[client.told.size() - 3] == "message: permanent, content, NUL octet");
    CHECK(client.wire.find("two") == std::string::npos);
    CHECK(client.session.finished());
}

TEST_CASE("eager content that is under way is not needed when every recipient is refused",
          "[client_chunks][C-3030-2-02]") {
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::mail_parameters small;
    small.size = 4;
    postel::envelope const mail{"a@client.example", to, small};
    client_driver client{options, {.letters = {}, .quit = false}};
    client.hear("220 hi\r\n").hear(chunking).submit(mail);
    REQUIRE(client.count("content_wanted") == 1);
    REQUIRE(client.session.write("hi"));
    client.hear(pieces{""});
    REQUIRE(client.last() == "C: BDAT 2\\r\\nhi");
    client.hear("250 ok\r\n550 no\r\n");
    CHECK(client.session.finish().fault().code == error::not_ready);
    CHECK(client.session.wants_input());  // for the reply to BDAT
    client.hear("503 no\r\n");
    CHECK(client.count("message: permanent, RCPT, no valid recipients") == 1);
    CHECK(client.session.waiting());
}

TEST_CASE("content is sent from where the caller has it", "[client_chunks]") {
    std::string content(10000, 'x');
    for (std::size_t i = 998; i + 1 < content.size(); i += 1000) content.replace(i, 2, "\r\n");
    asked_for_chunks client;
    REQUIRE(client.session.write(content));
    REQUIRE(client.session.finish());
    CHECK_FALSE(client.session.next());
    CHECK(client.session.output() == "BDAT 10000 LAST\r\n");
    CHECK(client.session.output_behind().data() == content.data());
    CHECK(client.session.output_behind().size() == content.size());
    CHECK_FALSE(client.session.waiting());
    CHECK(client.session.heap_octets() == 0);
    // A transport that takes a little at a time, and cuts where it likes.
    std::string wire;
    while (!client.session.output().empty()) {
        auto const all =
            std::string{client.session.output()} + std::string{client.session.output_behind()};
        auto const some = std::min<std::size_t>(all.size(), 999);
        wire += all.substr(0, some);
        client.session.sent(some);
        CHECK_FALSE(client.session.next());
    }
    CHECK(unframed(wire) == content);
    CHECK(client.session.deadline() == std::chrono::minutes{10});
}

TEST_CASE("BINARYMIME goes out as it is, and only where it is offered",
          "[client_chunks][C-3030-3-01]") {
    std::string all;
    for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
    all += "\n.\n\r";
    for_every_cut(all, [&](pieces const& cut) {
        asked_for_chunks client{{.body = body_type::binary_mime}};
        for (auto const piece : cut) {
            REQUIRE(client.session.write(piece));
            client.drain();
        }
        REQUIRE(client.session.finish());
        client.drain();
        REQUIRE(unframed(client.wire) == all);
    });
    for (auto const* const lacks : {"250-hi\r\n250 CHUNKING\r\n", "250-hi\r\n250 BINARYMIME\r\n"}) {
        letter one;
        one.parameters.body = body_type::binary_mime;
        client_driver client{options, {.letters = {one}}};
        client.hear("220 hi\r\n").hear(lacks);
        CHECK(client.submitted_results.at(0).fault().code == error::server_lacks_extension);
        CHECK(client.everything_sent == "EHLO client.example\r\n");
    }
}

TEST_CASE("a reply to a chunk that is still on its way ends the session",
          "[client_chunks][C-3030-2-07]") {
    auto const* const reply = GENERATE(as<char const*>{}, "250 ok\r\n", "552 5.3.4 large\r\n");
    auto content = std::make_unique<std::string>(5000, 'x');
    asked_for_chunks client{{.body = body_type::binary_mime}};
    REQUIRE(client.session.write(*content));
    REQUIRE(client.session.finish());
    CHECK_FALSE(client.session.next());
    client.session.sent(100);
    client.session.receive(reply);
    lines told;
    while (auto const event = client.session.next())
        told.push_back(postel::test::event_line(*event));
    content.reset();
    CHECK(client.session.output().empty());  // or it would look at freed memory
    REQUIRE(told.size() == 3);
    CHECK(told[0] == (reply[0] == '2' ? "message: transient, BDAT LAST 250, reply code does not "
                                        "answer this command"
                                      : "message: permanent, BDAT LAST 552 5.3.4"));
    CHECK(told[2] == "disconnected");
}

TEST_CASE("a lost connection leaves doubt only where the last chunk was out",
          "[client_chunks][C-5321-4.1.1.10-02]") {
    bool const out = GENERATE(true, false);
    std::string const content(5000, 'x');
    asked_for_chunks client{{.body = body_type::binary_mime}};
    REQUIRE(client.session.write(content));
    REQUIRE(client.session.finish());
    CHECK_FALSE(client.session.next());
    auto const all = client.session.output().size() + content.size();
    client.session.sent(out ? all : all - 1);
    client.session.closed_by_peer();
    auto const event = client.session.next();
    REQUIRE(event);
    CHECK(std::get<postel::message_result>(*event).what ==
          (out ? outcome::unknown : outcome::transient));
}

TEST_CASE("an envelope behind chunks that are refused waits until all of them are answered",
          "[client_session]") {
    auto const one = std::vector<postel::envelope::recipient>{{"b@server.example"}};
    postel::envelope const next{"c@client.example", one};
    auto how = options;
    how.limits.pending_output = 1;  // BDAT LAST does not fit behind another chunk
    asked_for_chunks client{{}, how};
    REQUIRE(client.session.write("hi\r\n"));
    client.drain();
    REQUIRE(client.session.write("there\r\n"));
    REQUIRE(client.session.next());
    REQUIRE(client.session.finish());
    REQUIRE(client.session.submit(next));
    client.session.receive("550 5.7.1 no\r\n");
    client.drain();
    CHECK(client.wire == "BDAT 4\r\nhi\r\nBDAT 7\r\nthere\r\n");
    client.wire.clear();
    client.hear("503 5.5.1 no\r\n");
    CHECK(client.told.back() == "message: permanent, BDAT 550 5.7.1");
    CHECK(client.wire == "RSET\r\nMAIL FROM:<c@client.example>\r\nRCPT TO:<b@server.example>\r\n");
}

TEST_CASE("a server that wants TLS first may say so to RSET as well", "[client_session]") {
    std::string const first = "530 5.7.0 must issue STARTTLS first\r\n";
    client_driver client{options, {.letters = {{.parameters = {.size = 4}}, {}}}};
    client.hear("220 hi\r\n").hear(chunking);
    REQUIRE(client.last().find("BDAT 4 LAST") != std::string::npos);
    client.hear(first + first + first);
    CHECK(client.last().substr(0, 12) == "C: RSET\\r\\nM");
    client.hear(first + first + first);
    CHECK_FALSE(client.failure);
    REQUIRE(client.accounts[1].result);
    CHECK(client.accounts[1].result->what == outcome::permanent);
    CHECK(client.accounts[1].result->command == postel::client_step::mail);
}
