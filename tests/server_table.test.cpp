#include <postel/server_table.hpp>

#include <algorithm>
#include <array>
#include <postel/server_session.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using postel::after;
using postel::column_of;
using postel::server_column;
using postel::server_moment;
using postel::server_state;
using postel::verb;
using namespace postel::test;

namespace {

using enum server_state;

constexpr std::array command_states{hello, ready, mail, rcpt, more, barred};

/// A line that the grammar accepts, and what follows it before it has its reply.
struct spoken {
    std::string line;
    std::string octets{};
};

spoken speak(verb v) {
    switch (v) {
        case verb::helo:
        case verb::ehlo:
        case verb::lhlo: return {std::string(to_string(v)) + " again.example"};
        case verb::mail: return {"MAIL FROM:<other@c.example>"};
        case verb::rcpt: return {"RCPT TO:<other@d.example>"};
        case verb::bdat: return {"BDAT 6", "QUIT\r\n"};
        case verb::vrfy: return {"VRFY someone"};
        case verb::expn: return {"EXPN list"};
        case verb::auth: return {"AUTH PLAIN"};
        case verb::etrn: return {"ETRN d.example"};
        case verb::burl: return {"BURL imap://d.example/1 LAST"};
        case verb::xclient: return {"XCLIENT NAME=a.example"};
        case verb::xforward: return {"XFORWARD NAME=a.example"};
        case verb::turn:
        case verb::data:
        case verb::rset:
        case verb::noop:
        case verb::quit:
        case verb::help:
        case verb::atrn:
        case verb::starttls: return {std::string(to_string(v))};
        case verb::send:
        case verb::soml:
        case verb::saml: return {std::string(to_string(v)) + " FROM:<a@c.example>"};
        case verb::unknown: return {"XYZZY with words"};
    }
    return {};
}

enum class answer { accept, refuse, none };

/// Accepts or refuses whatever can be, or leaves tells to what they are by default.
decision always(answer how) {
    return [how](postel::server_session& session, postel::server_event const& event) {
        if (event.kind() == postel::server_event_kind::tls_requested) return;
        if (how == answer::refuse) return session.refuse({550, {5, 7, 1}, "not today"});
        if (how == answer::accept || session.waiting()) session.accept();
    };
}

/// Whether the application is asked about this command where the table lets it through.
bool can_be_refused(server_state s, verb v) {
    switch (column_of(v)) {
        case server_column::rset:
        case server_column::quit:
        case server_column::auth:
        case server_column::starttls: return false;
        case server_column::bdat: return s != more;  // there it is asked at its end
        default: return true;
    }
}

int accepted_code(verb v, answer how) {
    switch (v) {
        case verb::data: return 354;
        case verb::auth: return 334;
        case verb::xclient:
        case verb::starttls: return 220;
        case verb::quit: return 221;
        case verb::help: return 214;
        case verb::vrfy:
        case verb::expn: return how == answer::accept ? 250 : 252;
        case verb::unknown: return how == answer::accept ? 250 : 500;
        default: return 250;
    }
}

struct expected {
    int code;
    server_state state;
};

expected expect(server_state s, verb v, answer how, postel::server_options const& options) {
    auto const column = column_of(v);
    if (s == barred && column != server_column::quit) return {503, s};
    if (v != verb::unknown && !postel::describe(v).implemented) return {502, s};
    if (column == server_column::hello && (v == verb::lhlo) != options.lmtp) return {500, s};
    if (after(s, column) == none) return {503, s};
    // BURL is a whole chunk in one command: refused, it leads where a refused chunk leads.
    if (v == verb::burl) return {how == answer::refuse ? 550 : 250, ready};
    if (how == answer::refuse && v == verb::bdat) return {550, ready};
    if (how == answer::refuse && can_be_refused(s, v)) return {550, s};
    if (v == verb::bdat) return {250, more};  // by way of `bdat`
    return {accepted_code(v, how), after(s, column)};
}

}  // namespace

TEST_CASE("every cell of the server table is obeyed, and a refused command never moves",
          "[server_table][S-5321-4.1.4-06][S-5321-4.2-01][S-5321-4.2.4-01][S-5321-4.3.2-01]"
          "[S-5321-4.3.2-02][S-5321-4.5.1-01][S-5321-4.1.4-01][S-5321-4.1.4-02][S-5321-4.1.4-04]"
          "[S-2033-4.1-01][S-2033-4.1-02][S-2033-4.1-03]") {
    auto options = everything_offered();
    options.lmtp = GENERATE(false, true);
    auto const how = GENERATE(answer::accept, answer::refuse, answer::none);
    for (auto const from : command_states)
        for (auto const& row : postel::verb_table) {
            auto const said = speak(row.name);
            auto const wanted = expect(from, row.name, how, options);
            CAPTURE(options.lmtp, static_cast<int>(how), name_of(from), said.line);
            auto driver = driver_in(from, options, always(how));
            REQUIRE(name_of(driver.session.state()) == name_of(from));

            driver.feed(said.line + "\r\n");
            if (!said.octets.empty()) {
                CHECK(driver.output.empty());
                CHECK(name_of(driver.session.state()) == "bdat");
                driver.feed(said.octets);
            }
            CHECK(codes_of(driver.output) == std::to_string(wanted.code));
            CHECK(name_of(driver.session.state()) == name_of(wanted.state));
        }
}

TEST_CASE("a command with a bad argument draws one reply and moves nothing",
          "[server_table][S-5321-4.1.4-04][S-5321-4.1.4-07][S-5321-4.1.1-02]") {
    struct row {
        std::string line;
        std::string codes;  // in hello, ready, mail, rcpt, more, barred
    };
    auto const given = GENERATE(values<row>({
        {"EHLO", "501 501 501 501 501 503"},
        {"HELO -a.example", "501 501 501 501 501 503"},
        {"MAIL FROM:a@c.example", "503 501 503 503 503 503"},
        {"RCPT TO:<>", "503 503 501 501 503 503"},
        {"DATA now", "503 503 503 501 503 503"},
        {"BDAT", "501 501 501 501 501 501"},
        {"RSET x", "501 501 501 501 501 503"},
        {"VRFY", "501 501 501 501 501 503"},
        {"EXPN", "501 501 501 501 501 503"},
        {"NOOP \x01", "500 500 500 500 500 503"},
        {"HELP \x7f", "500 500 500 500 500 503"},
        {"QUIT now", "501 501 501 501 501 501"},
        {"STARTTLS 1", "503 501 503 503 503 503"},
    }));
    CAPTURE(given.line);
    auto const options = everything_offered();
    std::string codes;
    for (auto const from : command_states) {
        auto driver = driver_in(from, options);
        driver.feed(given.line + "\r\n");
        CHECK(name_of(driver.session.state()) == name_of(from));
        CHECK(driver.events.size() == 1);
        CHECK(driver.count("violation ") == 1);
        codes += (codes.empty() ? "" : " ") + codes_of(driver.output);
    }
    CHECK(codes == given.codes);
}

TEST_CASE("every arrow of the server table is walked", "[server_table]") {
    auto const options = everything_offered();
    for (auto const& arrow : postel::server_arrows) {
        CAPTURE(name_of(arrow.from), static_cast<int>(arrow.when), name_of(arrow.to));
        CHECK(after(arrow.from, arrow.when) == arrow.to);
        auto driver = driver_in(arrow.from, options);
        REQUIRE(name_of(driver.session.state()) == name_of(arrow.from));
        switch (arrow.when) {
            case server_moment::welcomed: driver.connect(); break;
            case server_moment::turned_away:
                driver.decide = refuse_on(postel::server_event_kind::connected, {521, {}, "no"});
                driver.connect();
                break;
            case server_moment::content_end: driver.feed("ne\r\n.\r\n"); break;
            case server_moment::chunk_end: driver.feed("-full"); break;
            case server_moment::last_chunk_end: driver.feed("-fullBDAT 0 LAST\r\n"); break;
            case server_moment::chunk_refused:
                driver.decide =
                    refuse_on(postel::server_event_kind::chunk_end, {452, {4, 3, 1}, "full"});
                driver.feed("-full");
                break;
            case server_moment::tls_up: driver.session.tls_established(); break;
            case server_moment::sasl_end: driver.feed("AGEAYg==\r\n"); break;
        }
        CHECK(name_of(driver.session.state()) == name_of(arrow.to));
    }
}

TEST_CASE("the end of content leads on whether the message was taken or not",
          "[server_table][S-5321-4.1.1.4-04]") {
    auto const options = everything_offered();
    auto const refuse =
        refuse_on(postel::server_event_kind::message_end, {554, {5, 6, 0}, "rather not"});
    auto by_dot = driver_in(data, options, refuse);
    by_dot.feed("ne\r\n.\r\nRCPT TO:<r@d.example>\r\nMAIL FROM:<s@c.example>\r\n");
    CHECK(codes_of(by_dot.output) == "554 503 250");
    auto by_chunk = driver_in(more, options, refuse);
    by_chunk.feed("BDAT 0 LAST\r\nRCPT TO:<r@d.example>\r\nMAIL FROM:<s@c.example>\r\n");
    CHECK(codes_of(by_chunk.output) == "554 503 250");
}

TEST_CASE("where the table has no state, the error says what is missing", "[server_table]") {
    using postel::error;
    STATIC_REQUIRE(sequence_error(hello, server_column::mail) == error::hello_required);
    STATIC_REQUIRE(sequence_error(ready, server_column::rcpt) == error::mail_required);
    STATIC_REQUIRE(sequence_error(mail, server_column::data) == error::recipient_required);
    STATIC_REQUIRE(sequence_error(mail, server_column::mail) == error::transaction_open);
    STATIC_REQUIRE(sequence_error(barred, server_column::noop) == error::no_service);
    for (auto const s : command_states)
        for (std::size_t c = 0; c <= static_cast<std::size_t>(server_column::quit); ++c) {
            auto const column = static_cast<server_column>(c);
            if (after(s, column) == none)
                CHECK(postel::describe(sequence_error(s, column)).code == 503);
        }
}

TEST_CASE("states that read no commands accept none", "[server_table]") {
    for (auto const s : {greeting, data, bdat, postel::server_state::auth, tls, closed}) {
        CHECK_FALSE(reads_commands(s));
        for (auto const& row : postel::verb_table) CHECK(after(s, column_of(row.name)) == none);
    }
    for (auto const s : command_states) CHECK(reads_commands(s));
}

TEST_CASE("a question that lets mail in has no answer by default", "[server_table]") {
    using postel::question;
    for (auto const& row : postel::question_table) {
        CAPTURE(static_cast<int>(row.name));
        if (row.asks) CHECK_FALSE(row.by_default.code.valid());
    }
    for (auto const q : {question::greeting, question::mail, question::recipient,
                         question::message_end, question::tls})
        CHECK(postel::describe(q).asks);
}

TEST_CASE("the replies of the question table have a status of their own class or none",
          "[server_table][S-2034-4-03][S-2034-4-02]") {
    for (auto const& row : postel::question_table)
        for (auto const& reply : {row.accepted, row.by_default}) {
            CAPTURE(static_cast<int>(row.name), reply.text);
            if (reply.status.present()) CHECK(reply.status.code_class == reply.code.value / 100);
            if (reply.code.intermediate()) CHECK_FALSE(reply.status.present());
        }
}

TEST_CASE("the replies to a transaction that is taken tell which command they answer",
          "[server_table][S-2920-3.2-10]") {
    std::vector<std::string_view> texts;
    for (auto const what : {postel::question::mail, postel::question::recipient,
                            postel::question::chunk_end, postel::question::message_end}) {
        auto const text = postel::describe(what).accepted.text;
        CHECK_FALSE(text.empty());
        CHECK(std::find(texts.begin(), texts.end(), text) == texts.end());
        texts.push_back(text);
    }
}

TEST_CASE("a moment that has no arrow leads nowhere", "[server_table]") {
    CHECK(after(closed, server_moment::welcomed) == none);
    CHECK(after(greeting, server_moment::tls_up) == none);
    CHECK(after(data, server_column::quit) == none);
}

TEST_CASE("a question that nobody asked, and one that TLS answers, have no reply",
          "[server_table]") {
    for (auto const name : {postel::question::none, postel::question::tls}) {
        CHECK(describe(name).accepted == postel::reply{});
        CHECK(describe(name).by_default == postel::reply{});
    }
    CHECK_FALSE(describe(postel::question::none).asks);
}
