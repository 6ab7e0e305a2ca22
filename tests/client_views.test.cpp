#include <postel/client_session.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"

using postel::client_options;
using postel::error;
using postel::outcome;
using postel::test::client_driver;

namespace {

client_options const options{.hostname = "client.example"};

// A session that was told 354, with a message written, and finished if that is the whole of it.
struct writing {
    std::vector<postel::envelope::recipient> to{{"b@server.example"}};
    postel::envelope mail{"a@client.example", to};
    std::string content;
    client_options how;
    client_driver client{how, {.letters = {}, .quit = false}};
    postel::client_session& session = client.session;

    explicit writing(std::string text, bool whole = true, client_options const& with = options,
                     std::string_view hello = "250-hi\r\n250 PIPELINING\r\n")
        : content(std::move(text)), how(with) {
        client.hear("220 hi\r\n").hear(hello).submit(mail);
        bool const chunked = hello.find("CHUNKING") != hello.npos;
        client.hear(chunked ? "250 a\r\n250 b\r\n" : "250 a\r\n250 b\r\n354 c\r\n");
        REQUIRE(session.write(content));
        if (whole) REQUIRE(session.finish());
        REQUIRE_FALSE(session.next());
    }
    [[nodiscard]] bool views(std::string_view octets) const {
        return octets.data() >= content.data() &&
               octets.data() + octets.size() <= content.data() + content.size();
    }
    // Sends all that waits, so many octets at a time.
    [[nodiscard]] std::string send(std::size_t step) {
        std::string wire;
        while (!session.output().empty()) {
            auto const both = std::string{session.output()} + std::string{session.output_behind()};
            auto const part = both.substr(0, step);
            wire += part;
            session.sent(part.size());
            while (session.next()) {
            }
        }
        return wire;
    }
};

std::string lines(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "line " + std::to_string(i) + "\r\n";
    return text;
}

}  // namespace

TEST_CASE("long content by DATA is not copied, and its end leaves with it", "[client_views]") {
    writing one{lines(1000)};
    CHECK(one.views(one.session.output()));
    CHECK(one.session.output().size() == one.content.size());
    CHECK(one.session.output_behind() == ".\r\n");
    CHECK(one.session.heap_octets() == 0);
}

TEST_CASE("what is sent does not depend on how much is sent at once", "[client_views]") {
    auto const step = GENERATE(1u, 7u, 2048u, 5000u, 1u << 20);
    std::string content =
        lines(400) + ".dot\r\n" + lines(300) + "..\r\n.\r\n" + lines(20000) + ".\r\n" + lines(1);
    writing one{content};
    std::string expected;
    bool line_starts = true;
    for (char const c : content) {
        if (line_starts && c == '.') expected += '.';
        expected += c;
        line_starts = c == '\n';
    }
    CHECK(one.send(step) == expected + ".\r\n");
    CHECK(one.session.heap_octets() == 0);
}

TEST_CASE("the next envelope leaves behind content that is a view", "[client_views]") {
    writing one{lines(1000)};
    REQUIRE(one.session.submit(one.mail));
    REQUIRE_FALSE(one.session.next());
    CHECK(one.views(one.session.output()));
    CHECK(one.session.output_behind() ==
          ".\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n");
}

TEST_CASE("a reply to content that is not out yet ends the session", "[client_views]") {
    writing one{lines(1000)};
    bool const overlaps = GENERATE(true, false);
    if (overlaps) REQUIRE(one.session.submit(one.mail));
    REQUIRE_FALSE(one.session.next());
    one.session.sent(one.session.output().size() - 1);
    one.session.receive("250 done\r\n");
    auto const event = one.session.next();
    REQUIRE(event);
    auto const& told = std::get<postel::message_result>(*event);
    CHECK(told.what == outcome::transient);
    CHECK(told.why == error::reply_out_of_step);
    CHECK(one.session.output().empty());
}

TEST_CASE("content that lies in the output has its own deadline, and nothing is written over it",
          "[client_views][C-5321-4.5.3.2.5-01]") {
    writing one{lines(1000), false};
    CHECK_FALSE(one.session.waiting());
    CHECK(one.session.write("more").fault().code == error::not_ready);
    REQUIRE(one.session.finish());
    CHECK_FALSE(one.session.waiting());
    REQUIRE_FALSE(one.session.next());
    CHECK(one.session.deadline() == std::chrono::minutes{3});
    one.session.sent(one.session.output().size());
    one.session.sent(one.session.output().size());
    CHECK(one.session.deadline() == std::chrono::minutes{10});
}

TEST_CASE("the end of the content waits while the output is full", "[client_views]") {
    client_options tight = options;
    tight.limits.pending_output = 3000;
    writing one{lines(1000), true, tight};
    CHECK(one.session.output().size() == 3000);
    CHECK_FALSE(one.session.next());
    CHECK(one.send(3000) == one.content + ".\r\n");
}

TEST_CASE("a chunk waits until the one before it has left", "[client_views][C-3030-2-06]") {
    writing one{lines(1000), false, options, "250-hi\r\n250-CHUNKING\r\n250 PIPELINING\r\n"};
    CHECK(one.views(one.session.output_behind()));
    REQUIRE(one.session.finish());
    REQUIRE_FALSE(one.session.next());
    CHECK(one.send(1u << 20) ==
          "BDAT " + std::to_string(one.content.size()) + "\r\n" + one.content + "BDAT 0 LAST\r\n");
}
