#include <postel/client_session.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"
#include "support/content_by_hand.hpp"

using postel::body_type;
using postel::client_options;
using postel::error;
using postel::test::for_every_cut;
using postel::test::pieces;

namespace {

client_options const options{.hostname = "client.example"};

struct asked_for_content : postel::test::content_by_hand {
    explicit asked_for_content(postel::mail_parameters const& what = {},
                               client_options const& how = options)
        : content_by_hand{"250-hi\r\n250-PIPELINING\r\n250 8BITMIME\r\n", how, what} {}
};

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("content goes out stuffed and ended however it is cut",
          "[client_session][C-5321-4.5.2-01][C-5321-4.5.2-02][C-5321-4.1.1.4-01]"
          "[C-5321-4.1.1.4-02]") {
    struct row {
        std::string content;
        std::string wire;
    };
    auto const given = GENERATE(values<row>({
        {"", ".\r\n"},
        {"\r\n", "\r\n.\r\n"},
        {"a", "a\r\n.\r\n"},
        {"a\r\n", "a\r\n.\r\n"},
        {"a\r\n\r\n", "a\r\n\r\n.\r\n"},
        {".", "..\r\n.\r\n"},
        {".\r\n", "..\r\n.\r\n"},
        {"..\r\n.", "...\r\n..\r\n.\r\n"},
        {".\r\n.\r\n.\r\n", "..\r\n..\r\n..\r\n.\r\n"},
        {".a\r\n..b\r\n", "..a\r\n...b\r\n.\r\n"},
        {"a.b.\r\n.c", "a.b.\r\n..c\r\n.\r\n"},
        {"a\r\n.\r\nMAIL FROM:<x@y.example>\r\n", "a\r\n..\r\nMAIL FROM:<x@y.example>\r\n.\r\n"},
    }));
    CAPTURE(given.content);
    for_every_cut(given.content, [&](pieces const& cut) {
        asked_for_content client;
        for (auto const piece : cut) {
            REQUIRE(client.session.write(piece));
            client.drain();
            REQUIRE(client.told == std::vector<std::string>{"content_wanted"});
            client.told.clear();
        }
        REQUIRE(client.session.finish());
        client.drain();
        REQUIRE(client.told.empty());
        REQUIRE(client.wire == given.wire);
        REQUIRE_FALSE(client.session.waiting());
    });
}

TEST_CASE("content that a server might misread never gets to its end",
          "[client_session][C-5321-2.3.8-01][B-5321-2.3.8-01][C-5321-2.4-01]"
          "[C-5321-4.5.3.1.6-01]") {
    struct row {
        std::string content;
        error why;
    };
    auto const long_line = std::string(999, 'x');
    auto const given = GENERATE_COPY(values<row>({
        {"a\nb\r\n", error::bare_lf},
        {"\n", error::bare_lf},
        {"a\r\n\n.\n", error::bare_lf},
        {"a\rb\r\n", error::bare_cr},
        {"a\r\r\n", error::bare_cr},
        {"a\r", error::bare_cr},
        {std::string("a\0b\r\n", 5), error::nul_octet},
        {std::string("a\r\n\0.\r\n", 7), error::nul_octet},
        {"caf\xC3\xA9\r\n", error::eight_bit_content},
        {"a\r\n\xFF", error::eight_bit_content},
        {long_line + "\r\n", error::text_line_too_long},
        {"a\r\n" + long_line, error::text_line_too_long},
    }));
    CAPTURE(given.content);
    for_every_cut(given.content, [&](pieces const& cut) {
        asked_for_content client;
        for (auto const piece : cut) {
            if (!client.session.write(piece)) break;
            client.drain();
        }
        (void)client.session.finish();
        client.drain();
        auto const text = std::string{to_string(given.why)};
        std::vector<std::string> const end(
            client.told.end() - std::min<std::ptrdiff_t>(3, std::ptrdiff_t(client.told.size())),
            client.told.end());
        REQUIRE(end == std::vector<std::string>{"message: permanent, content, " + text,
                                                "failed: transient, content, " + text,
                                                "disconnected"});
        REQUIRE(client.wire.find(".\r\n") == std::string::npos);
        REQUIRE(client.session.finished());
    });
}

TEST_CASE("a line of 1000 octets passes, dots that are added not counted",
          "[client_session][B-5321-4.5.3.1.6-01][B-6152-3-01][B-6532-3.4-01]") {
    auto const line =
        GENERATE(std::string(998, 'x'), "." + std::string(997, 'x'), repeated("\xC3\xA9", 499));
    asked_for_content client{{.body = body_type::eight_bit_mime}};
    REQUIRE(client.session.write(line));
    REQUIRE(client.session.finish());
    client.drain();
    CHECK(client.wire == (line[0] == '.' ? "." : "") + line + "\r\n.\r\n");
}

TEST_CASE("octets above 127 pass where BODY says so", "[client_session][C-5321-2.4-01]") {
    std::string all;
    for (int octet = 1; octet < 256; ++octet)
        if (octet != '\r' && octet != '\n') all += static_cast<char>(octet);
    for_every_cut(all, [&](pieces const& cut) {
        asked_for_content client{{.body = body_type::eight_bit_mime}};
        for (auto const piece : cut) {
            REQUIRE(client.session.write(piece));
            client.drain();
        }
        REQUIRE(client.session.finish());
        client.drain();
        REQUIRE(client.wire == all + "\r\n.\r\n");
    });
}

TEST_CASE("no more content is encoded than a transport that stands still can hold",
          "[client_session][C-2920-3.1-10]") {
    client_options how{.hostname = "client.example"};
    how.limits.pending_output = GENERATE(1u, 2u, 3u, 100u, 65536u);
    auto const content = repeated(".dots\r\n..\r\nand text that is clean\r\n", 5000);
    asked_for_content client{{}, how};
    REQUIRE(client.session.write(content));
    REQUIRE(client.session.finish());
    std::size_t most = 0;
    std::string wire;
    for (;;) {
        while (client.session.next()) {
        }
        auto const output = client.session.output();
        if (output.empty()) break;
        most = std::max(most, output.size());
        auto const some = (output.size() + 1) / 2;  // a transport that takes half of it
        wire += output.substr(0, some);
        client.session.sent(some);
    }
    CHECK(most <= how.limits.pending_output + 8u);
    auto const expected = repeated("..dots\r\n...\r\nand text that is clean\r\n", 5000) + ".\r\n";
    CHECK(wire == expected);
}

TEST_CASE("calls that nothing asked for are refused and change nothing",
          "[client_session][C-5321-4.1.4-01][C-5321-3.3-03][C-5321-4.1.1.1-02]") {
    using postel::failure;
    postel::client_session early{options};
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::envelope const mail{"a@client.example", to};
    CHECK(early.submit(mail).fault() == failure{error::not_ready, 1});
    CHECK(early.write("x").fault().code == error::not_ready);
    CHECK(early.finish().fault().code == error::not_ready);
    CHECK_FALSE(early.next());
    CHECK(early.output().empty());

    asked_for_content client;
    CHECK(client.session.submit(mail).fault().code == error::not_ready);
    REQUIRE(client.session.write("x"));
    CHECK_FALSE(client.session.waiting());
    CHECK(client.session.write("y").fault().code == error::not_ready);
    client.drain();
    CHECK(client.session.waiting());
    CHECK(client.session.submit(mail).fault().code == error::not_ready);
    REQUIRE(client.session.finish());
    CHECK_FALSE(client.session.waiting());
    CHECK(client.session.finish().fault().code == error::not_ready);
    CHECK(client.session.write("z").fault().code == error::not_ready);
    CHECK(client.session.submit(mail).ok());  // behind the final dot, before it is encoded
    CHECK(client.session.submit(mail).fault().code == error::not_ready);
    client.drain();
    CHECK(client.wire ==
          "x\r\n.\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n");
    CHECK(client.session.submit(mail).fault().code == error::not_ready);
    CHECK(client.session.write("x").fault().code == error::not_ready);
}

TEST_CASE("nothing can be submitted behind quit, and quit waits for what was submitted",
          "[client_session][C-5321-4.1.4-02][C-5321-4.1.1.10-01]") {
    asked_for_content client;
    client.session.quit();
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::envelope const mail{"a@client.example", to};
    client.drain();
    CHECK(client.wire.empty());
    REQUIRE(client.session.write("x"));
    REQUIRE(client.session.finish());
    CHECK(client.session.submit(mail).fault().code == error::not_ready);
    client.drain();
    CHECK(client.wire == "x\r\n.\r\nQUIT\r\n");
}

TEST_CASE("an empty piece asks for another one", "[client_session]") {
    asked_for_content client;
    for (int i = 0; i < 3; ++i) {
        client.told.clear();
        REQUIRE(client.session.write(""));
        client.drain();
        CHECK(client.told == std::vector<std::string>{"content_wanted"});
    }
    CHECK(client.wire.empty());
}
