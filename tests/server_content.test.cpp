#include <postel/server_session.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::server_state;
using namespace postel::test;
using namespace std::string_literals;

namespace {

std::string many(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

/// A session behind its 354.
server_driver after_354(postel::server_options const& options,
                        decision decide = accept_everything) {
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("DATA\r\n");
    driver.take_events();
    driver.take_output();
    driver.peak_heap = 0;
    driver.decide = std::move(decide);
    return driver;
}

}  // namespace

TEST_CASE(
    "a message ends at CR LF dot CR LF, and the commands behind it are read",
    "[server_session][S-5321-4.1.1.4-01][S-5321-4.1.1.4-02][S-5321-4.1.1.4-05][S-5321-4.5.2-01]"
    "[S-5321-4.5.2-02][S-6152-3-03]") {
    auto const options = everything_offered();
    struct row {
        std::string wire;
        std::string content;
        std::size_t size;
    };
    auto const given = GENERATE(values<row>({
        {".\r\n", "", 0},
        {"\r\n.\r\n", "\\r\\n", 2},
        {"a\r\n.\r\n", "a\\r\\n", 3},
        {"..\r\n.x\r\n.\r\n", ".\\r\\nx\\r\\n", 6},
        {"...\r\n.\r\n", "..\\r\\n", 4},
        {"a.\r\n..\r\n.\r\n", "a.\\r\\n.\\r\\n", 7},
        {". \r\n.\r\n", " \\r\\n", 3},
        {"RSET\r\nQUIT\r\n.\r\n", "RSET\\r\\nQUIT\\r\\n", 12},
    }));
    CAPTURE(given.content);
    for_every_cut(given.wire + "RSET\r\nNOOP\r\n", [&](pieces const& stream) {
        auto driver = after_354(options);
        driver.feed(stream);
        CHECK(driver.content() == given.content);
        CHECK(driver.count("message_end " + std::to_string(given.size)) == 1);
        CHECK(codes_of(driver.output) == "250 250 250");
        CHECK(driver.events.back() == "noop");
        CHECK(name_of(driver.session.state()) == "ready");
    });
}

TEST_CASE("content comes as views on the caller's octets", "[server_session]") {
    auto const options = everything_offered();
    std::string const wire = "one\r\ntwo\r\n.\r\n";
    auto driver = after_354(options, [&](auto& session, auto const& event) {
        if (auto const* piece = std::get_if<postel::content>(&event)) {
            CHECK(piece->text.data() >= wire.data());
            CHECK(piece->text.data() + piece->text.size() <= wire.data() + wire.size());
        }
        accept_everything(session, event);
    });
    driver.feed(std::string_view(wire));
    CHECK(driver.peak_heap == 0);
}

TEST_CASE("no other end of data ends a message, and none hides a command",
          "[server_session][S-SEC-EOD-01][S-SEC-BARE-01][S-5321-4.1.1.4-03][B-5321-2.3.8-01]") {
    auto const options = everything_offered();
    struct row {
        std::string sequence;
        std::string reply;  // to the message at its true end
    };
    // The numbers are those of the thirteen variants.
    auto const given = GENERATE(values<row>({
        {"\n.\n"s, "554 5.5.2"},          // 1
        {"\n.\r\n"s, "554 5.5.2"},        // 2
        {"\r.\r\n"s, "554 5.5.2"},        // 3
        {"\r.\r"s, "554 5.5.2"},          // 4
        {"\r.\n"s, "554 5.5.2"},          // 5
        {"\n.\r"s, "554 5.5.2"},          // 6
        {"\r\n.\n"s, "554 5.5.2"},        // 7
        {"\r\n.\rx"s, "554 5.5.2"},       // 8
        {"\r\n\0.\r\n"s, "554 5.6.0"},    // 9
        {"\r\n.\0\r\n"s, "554 5.6.0"},    // 10
        {"\r\r\n.\r\r\n"s, "554 5.5.2"},  // 11
        {"\r\n.\r\r\n"s, "554 5.5.2"},    // 12
        {"\r\n. \r\n"s, "250 2.0.0"},     // 13
        {"\r\n.\t\r\n"s, "250 2.0.0"},    // 13
        {"\n\n.\n\n"s, "554 5.5.2"},
        {"\r\n.\r.\r\n"s, "554 5.5.2"},
        {"\0\r\n"s, "554 5.6.0"},
    }));
    auto const inner =
        "MAIL FROM:<admin@victim.example>\r\nRCPT TO:<u@x.example>\r\nDATA\r\nforged"s;
    auto const wire = "head"s + given.sequence + inner + "\r\n.\r\nMAIL FROM:<>\r\nNOOP\r\n";
    CAPTURE(printable_line(given.sequence));
    for_every_cut(wire, [&](pieces const& stream) {
        auto driver = after_354(options);
        driver.feed(stream);
        bool const taken = given.reply.front() == '2';
        CHECK(statuses_of(driver.output) == given.reply + " | 250 2.1.0 | 250 2.0.0");
        CHECK(driver.count("mail <admin") == 0);
        CHECK(driver.count("recipient") == 0);
        CHECK(driver.count("message_end") == (taken ? 1u : 0u));
        CHECK(driver.count("message_aborted") == (taken ? 0u : 1u));
        CHECK(driver.count("violation") == (taken ? 0u : 1u));
        CHECK(driver.events.back() == "noop");
    });
}

TEST_CASE("what comes before a fault in the content is the same however it is cut",
          "[server_session]") {
    auto const options = everything_offered();
    for (auto const& wire :
         {"good\r\nba\rd\r\n.\r\n"s, "good\r\nba\nd\r\n.\r\n"s, "ba\0d\r\n.\r\n"s}) {
        auto whole = after_354(options);
        whole.feed(wire);
        CHECK(whole.content().find('d', 4) == std::string::npos);
        for_every_cut(wire, [&](pieces const& stream) {
            auto driver = after_354(options);
            driver.feed(stream);
            CHECK(driver.events == whole.events);
            CHECK(driver.output == whole.output);
        });
    }
}

TEST_CASE("a reply to the content names what was wrong", "[server_session][S-SEC-BARE-01]") {
    auto const options = everything_offered();
    auto driver = after_354(options);
    driver.feed("a\nb\r\n.\r\n");
    CHECK(driver.output == "554 5.5.2 bare LF in message\r\n");
    CHECK(driver.events == std::vector<std::string>{"content a", "message_aborted LF without CR",
                                                    "violation LF without CR"});
}

TEST_CASE("all octets that a line may hold are handed out unchanged",
          "[server_session][S-5321-4.5.2-03][S-6152-3-02][S-5321-2.4-03][S-6152-3-04]") {
    auto const options = everything_offered();
    std::string text;
    for (int c = 1; c < 256; ++c)
        if (c != '\r' && c != '\n') text += static_cast<char>(c);
    std::string seen;
    auto driver = after_354(options, [&](auto& session, auto const& event) {
        if (auto const* piece = std::get_if<postel::content>(&event)) seen += piece->text;
        accept_everything(session, event);
    });
    driver.feed(text + "\r\n.\r\n");
    CHECK(seen == text + "\r\n");
    CHECK(codes_of(driver.output) == "250");
}

TEST_CASE("headers are not judged",
          "[server_session][S-5321-3.3-07][S-5321-3.3-08]"
          "[S-5321-3.7.2-01]") {
    auto const options = everything_offered();
    for (std::string const content : {"no header at all\r\n", "Resent-To: x\r\n\r\n",
                                      "Received: nonsense\r\n\r\n", ": : :\r\n"}) {
        auto driver = after_354(options);
        driver.feed(content + ".\r\n");
        CHECK(codes_of(driver.output) == "250");
    }
}

TEST_CASE("a declared size does not end the data", "[server_session][S-1870-6-02][S-1870-6.3-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::ready, options);
    driver.feed("MAIL FROM:<a@c.example> SIZE=5\r\nRCPT TO:<r@d.example>\r\nDATA\r\n" +
                many("ten octets", 10) + "\r\n.\r\nNOOP\r\n");
    CHECK(codes_of(driver.output) == "250 250 354 250 250");
    CHECK(driver.count("message_end 102") == 1);
}

TEST_CASE("after the final reply there is no transaction, whatever the reply was",
          "[server_session][S-5321-4.1.1.4-04][S-5321-4.2.5-01][S-6531-3.5-02]") {
    auto const options = everything_offered();
    auto const answer = GENERATE(values<postel::reply>(
        {{250, {2, 0, 0}, "ok"}, {451, {4, 3, 0}, "later"}, {554, {5, 6, 9}, "no UTF-8 here"}}));
    auto driver = after_354(options, [&](auto& session, auto const& event) {
        if (event.kind() == kind::message_end) return session.answer(answer);
        accept_everything(session, event);
    });
    driver.feed("x\r\n.\r\nRCPT TO:<r@d.example>\r\nDATA\r\nMAIL FROM:<>\r\n");
    auto const code = std::to_string(answer.code.value);
    CHECK(codes_of(driver.output) == code + " 503 503 250");
}

TEST_CASE("DATA needs an accepted recipient, and takes the last one for no better than the first",
          "[server_session][S-2920-3.2-03][S-5321-3.3-05][S-2920-3.2-09]") {
    auto const options = everything_offered();
    auto const only = [](std::string who) {
        return [who](auto& session, postel::server_event const& event) {
            auto const* to = std::get_if<postel::recipient>(&event);
            if (to != nullptr && to->forward_path.text() != who)
                return session.refuse({550, {5, 1, 1}, "no such user"});
            accept_everything(session, event);
        };
    };
    std::string const wire =
        "MAIL FROM:<s@c.example>\r\nRCPT TO:<1@d.example>\r\nRCPT TO:<2@d.example>\r\nDATA\r\n";
    auto first = driver_in(server_state::ready, options, only("<1@d.example>"));
    first.feed(wire);
    CHECK(codes_of(first.output) == "250 250 550 354");
    auto none = driver_in(server_state::ready, options, only("nobody"));
    none.feed(wire + "RSET\r\n");
    CHECK(codes_of(none.output) == "250 550 550 503 250");
    CHECK(none.count("data") == 0);
}

TEST_CASE("octets behind a refused DATA are commands", "[server_session][S-2920-3.2-09]") {
    auto const options = everything_offered();
    auto driver =
        driver_in(server_state::rcpt, options, refuse_on(kind::data, {451, {4, 3, 0}, "no room"}));
    driver.feed("DATA\r\nNOOP\r\nRSET\r\n");
    CHECK(codes_of(driver.output) == "451 250 250");
}

TEST_CASE("a second message may follow in the same octets", "[server_session][S-2920-3.2-01]") {
    auto const options = everything_offered();
    std::string const message = "MAIL FROM:<s@c.example>\r\nRCPT TO:<r@d.example>\r\nDATA\r\n";
    std::string const wire = message + "1\r\n.\r\n" + message + "..2\r\n.\r\nQUIT\r\n";
    for_every_cut(wire, [&](pieces const& stream) {
        auto driver = driver_in(server_state::ready, options);
        driver.feed(stream);
        CHECK(codes_of(driver.output) == "250 250 354 250 250 250 354 250 221");
        CHECK(driver.count("message_end") == 2);
        CHECK(driver.content() == "1\\r\\n.2\\r\\n");
    });
}

TEST_CASE("a message that is dropped still counts as one error", "[server_session]") {
    auto options = everything_offered();
    options.limits.errors = 1;
    auto driver = after_354(options);
    auto const again = "MAIL FROM:<>\r\nRCPT TO:<r@d.example>\r\nDATA\r\n"s;
    driver.feed("a\nb\r\n.\r\n" + again);
    CHECK(codes_of(driver.output) == "554 250 250 354");
    driver.feed("a\nb\r\n.\r\n");
    CHECK(codes_of(driver.output) == "554 250 250 354 421");
}

TEST_CASE("content above the limit is read to its end in no memory at all",
          "[server_session][B-SEC-MEM-01]") {
    auto options = everything_offered();
    options.max_message_size = 1000;
    auto driver = after_354(options);
    for (int i = 0; i < 100; ++i) driver.feed(std::string(65536, 'x'));
    CHECK(driver.peak_heap == 0);
    CHECK(driver.count("message_aborted message size") == 1);
    CHECK(driver.output.empty());
    driver.feed("\r\n.\r\nNOOP\r\n");
    CHECK(statuses_of(driver.output) == "552 5.3.4 | 250 2.0.0");
}

// ---- What becomes of octets that are no text -----------------------------------------------

TEST_CASE("line ends and NUL in content are what the policy makes of them",
          "[server_content][S-SEC-BARE-01][S-SEC-NUL-01][B-5321bis-2.3.8-01]") {
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

TEST_CASE("no policy is asked about chunks", "[server_content][S-3030-3-05]") {
    auto const options = everything_offered();
    std::string const octets{"a\nb\rc\0\xFF\r\n.\r\n", 12};
    // Binary content, although MAIL did not say so.
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("BDAT 12 LAST\r\n" + octets);
    CHECK(codes_of(driver.output) == "250");
    CHECK(driver.content() == printable_line(octets));
}
