#include <postel/client_table.hpp>

#include <algorithm>
#include <map>
#include <postel/client_session.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/client_driver.hpp"

using postel::action_for;
using postel::client_action;
using postel::client_options;
using postel::client_step;
using postel::client_table;
using postel::may_follow;
using postel::sasl_mechanism;
using postel::test::client_driver;
using postel::test::client_plan;
using postel::test::login;

static_assert(action_for(client_step::data, 250) == client_action::out_of_step);
static_assert(action_for(client_step::mail, 199) == client_action::out_of_step);
static_assert(action_for(client_step::mail, 600) == client_action::out_of_step);
static_assert(may_follow(client_step::content, client_step::mail));
static_assert(!may_follow(client_step::data, client_step::content));

namespace {

// A session that waits for the reply to a step, and the turns of a server that bring it there.
// Without PIPELINING each reply is a turn of its own.
struct place {
    client_options options{.hostname = "client.example", .auth_without_tls = true};
    client_plan plan{};
    std::vector<std::string> turns{};
    std::string asks{};  ///< behind the turns
};

place way_to(client_step step) {
    std::vector<std::string> const whole{"220 hi\r\n",   "250 hi\r\n",   "250 MAIL\r\n",
                                         "250 RCPT\r\n", "354 DATA\r\n", "250 content\r\n"};
    place to;
    to.plan.letters.resize(2);
    to.plan.overlap = false;
    auto const first = [&](int turns) { to.turns.assign(whole.begin(), whole.begin() + turns); };
    switch (step) {
        case client_step::ehlo: first(1); break;
        case client_step::helo: to.turns = {whole[0], "502 what?\r\n"}; break;
        case client_step::starttls:
            to.options.tls = postel::tls_policy::opportunistic;
            to.turns = {whole[0], "250-hi\r\n250 STARTTLS\r\n"};
            break;
        case client_step::auth:
            to.plan.who = login{sasl_mechanism::login, {}, {"x"}};
            to.turns = {whole[0], "250-hi\r\n250 AUTH LOGIN\r\n"};
            break;
        case client_step::auth_at_once:
            to.plan.who = login{sasl_mechanism::plain, "x"};
            to.turns = {whole[0], "250-hi\r\n250 AUTH PLAIN\r\n"};
            break;
        case client_step::rset: to.turns = {whole[0], whole[1], whole[2], "550 RCPT\r\n"}; break;
        case client_step::mail: first(2); break;
        case client_step::rcpt: first(3); break;
        case client_step::data: first(4); break;
        case client_step::content: first(5); break;
        case client_step::chunk: to.plan.piece = 1; [[fallthrough]];
        case client_step::last_chunk:
            to.turns = {whole[0], "250-hi\r\n250 CHUNKING\r\n", whole[2], whole[3]};
            break;
        case client_step::inquiry:
            to.plan.letters.clear();
            to.plan.quit = false;
            first(2);
            to.asks = "NOOP";
            break;
        case client_step::quit:
            to.plan.letters.resize(1);
            first(6);
            break;
        default: break;
    }
    return to;
}

std::string_view outcome_word(int code) {
    return code >= 500 ? "permanent" : "transient";
}

// What is told and sent first when this action is taken, in the session that way_to() prepares.
std::vector<std::string> effect(client_action action, client_step step, int code) {
    using list = std::vector<std::string>;
    auto const name = std::string{to_string(step)};
    auto const number = std::to_string(code);
    auto const refused = std::string{outcome_word(code)} + ", " + name + " " + number;
    switch (action) {
        case client_action::reset_refused:
        case client_action::out_of_step:
            return list{"failed: transient, " + name + " " + number +
                            ", reply code does not answer this command",
                        "disconnected"};
        case client_action::welcomed: return list{"C: EHLO client.example\\r\\n"};
        case client_action::turned_away: return list{"failed: " + refused, "C: QUIT\\r\\n"};
        case client_action::capable: return list{"ready", "C: MAIL FROM:<a@client.example>\\r\\n"};
        case client_action::try_helo: return list{"C: HELO client.example\\r\\n"};
        case client_action::ignored: return list{"C: MAIL FROM:<a@client.example>\\r\\n"};
        case client_action::sender_taken: return list{"C: RCPT TO:<b@server.example>\\r\\n"};
        case client_action::sender_refused:
            return list{"recipient 0: " + refused, "message: " + refused,
                        "C: MAIL FROM:<a@client.example>\\r\\n"};
        case client_action::recipient_taken:
            return list{"recipient 0: accepted, RCPT " + number, "C: DATA\\r\\n"};
        case client_action::recipient_refused:
            return list{
                "recipient 0: " + refused,
                "message: " + std::string{outcome_word(code)} + ", RCPT, no valid recipients",
                "C: RSET\\r\\n"};
        case client_action::go_ahead: return list{"content_wanted", "C: hi\\r\\n.\\r\\n"};
        case client_action::data_refused: return list{"message: " + refused, "C: RSET\\r\\n"};
        case client_action::message_taken:
            return list{"message: accepted, " + name + " " + number,
                        "C: MAIL FROM:<a@client.example>\\r\\n"};
        case client_action::message_refused:
            return list{"message: " + refused, step == client_step::last_chunk
                                                   ? "C: RSET\\r\\n"
                                                   : "C: MAIL FROM:<a@client.example>\\r\\n"};
        case client_action::start_handshake: return list{"tls_requested"};
        case client_action::tls_refused:
            return list{"ready STARTTLS", "C: MAIL FROM:<a@client.example>\\r\\n"};
        case client_action::challenged: return list{"C: *\\r\\n"};  // "x" is not base64
        case client_action::authenticated:
            return list{"auth_result: accepted, AUTH " + number,
                        "C: MAIL FROM:<a@client.example>\\r\\n"};
        case client_action::denied:
            return list{"auth_result: " + refused + ", authentication credentials invalid",
                        "C: QUIT\\r\\n"};
        case client_action::chunk_taken: return list{"content_wanted", "C: BDAT 1\\r\\ni"};
        case client_action::chunk_refused: return list{"message: " + refused, "C: RSET\\r\\n"};
        case client_action::inquiry_answered: return list{"inquiry_result " + number};
        case client_action::bye: return list{"disconnected"};
    }
    return {};
}

struct answer {
    int code;  ///< 0: none that is one
    std::string octets;
};

std::vector<answer> const& answers() {
    static std::vector<answer> const all{
        {220, "220 x\r\n"}, {250, "250 x\r\n"}, {299, "299 x\r\n"}, {334, "334 x\r\n"},
        {354, "354 x\r\n"}, {450, "450 x\r\n"}, {499, "499 x\r\n"}, {500, "500 x\r\n"},
        {502, "502 x\r\n"}, {550, "550 x\r\n"}, {599, "599 x\r\n"}, {421, "421 x\r\n"},
        {0, "199 x\r\n"},   {0, "600 x\r\n"},
    };
    return all;
}

// 500, 501, 502 and 504 alone say that EHLO is not known, and 220 alone that TLS may begin.
client_action expected_action(client_step step, int code) {
    auto const action = action_for(step, code);
    if (action == client_action::start_handshake && code != 220) return client_action::out_of_step;
    bool const unknown = code == 500 || code == 501 || code == 502 || code == 504;
    return action == client_action::try_helo && !unknown ? client_action::turned_away : action;
}

}  // namespace

TEST_CASE("every cell of the client table does in a session what it names",
          "[client_table][client_session][C-5321-4.2-03][C-5321-4.2-04][C-5321-3.2-01]"
          "[C-3207-4-01][C-4954-4-05][C-3030-2-04][C-5321-4.1.1.1-01][C-5321-4.3.1-01][C-5321-4.3."
          "1-02][C-5321-3.3-02][C-7504-3-01]") {
    for (auto const& row : client_table) {
        auto const to = way_to(row.step);
        bool const leaving = row.step == client_step::quit;
        for (auto const& given : answers()) {
            CAPTURE(row.name, given.octets);
            postel::test::for_every_cut(given.octets, [&](postel::test::pieces const& cut) {
                client_driver client{to.options, to.plan};
                for (auto const& turn : to.turns) client.hear(turn);
                if (!to.asks.empty()) client.ask(to.asks);
                REQUIRE(client.session.wants_input());
                client.log.clear();
                client.hear(cut);
                auto told = client.log;
                std::vector<std::string> expected;
                auto const name = std::string{row.name};
                if (given.code == 0)
                    expected = leaving ? std::vector<std::string>{"disconnected"}
                                       : std::vector<std::string>{"failed: transient, " + name +
                                                                  ", not a reply line"};
                else if (given.code == 421 && !leaving)
                    expected = {
                        "failed: transient, " + name + " 421, server is closing the session",
                        "disconnected"};
                else
                    expected = effect(expected_action(row.step, given.code), row.step, given.code);
                // Results of a message come before the end of its session.
                if (expected.front().substr(0, 6) == "failed")
                    told.erase(told.begin(), std::find(told.begin(), told.end(), expected.front()));
                told.resize(std::min(told.size(), expected.size()));
                REQUIRE(told == expected);
            });
        }
    }
}

TEST_CASE("only what RFC 2920 lets stand in a group stands in one",
          "[client_table][C-2920-3.1-01][C-2920-3.1-02][C-2920-3.1-03][C-2920-3.1-04]"
          "[C-4468-3.2-01]") {
    using step = client_step;
    // RFC 2920 3.1, 3030 2 and 4954 4, read verb by verb: what others may stand behind, and what
    // may stand behind others. Content may only be the first of a group.
    std::vector<step> const followed{step::rset,    step::mail,  step::rcpt,
                                     step::content, step::chunk, step::auth_at_once};
    std::vector<step> const following{step::auth_at_once, step::rset,    step::mail,
                                      step::rcpt,         step::data,    step::chunk,
                                      step::last_chunk,   step::inquiry, step::quit};
    auto const has = [](std::vector<step> const& some, step one) {
        return std::find(some.begin(), some.end(), one) != some.end();
    };
    for (auto const& before : client_table)
        for (auto const& next : client_table) {
            CAPTURE(before.name, next.name);
            CHECK(may_follow(before.step, next.step) ==
                  (has(followed, before.step) && has(following, next.step)));
        }
}

TEST_CASE("each step has the name and the patience of its row", "[client_table]") {
    for (auto const& row : client_table) {
        CHECK(to_string(row.step) == row.name);
        CHECK(&postel::describe(row.step) == &row);
    }
    CHECK(to_string(client_step::none) == "nothing");
    // RFC 5321 4.5.3.2 has a time for each of these; no RFC has one for the others.
    using t = postel::client_timeouts;
    std::map<client_step, postel::timeout t::*> const own{
        {client_step::greeting, &t::greeting},   {client_step::mail, &t::mail},
        {client_step::rcpt, &t::recipient},      {client_step::data, &t::data},
        {client_step::content, &t::message_end}, {client_step::last_chunk, &t::message_end},
        {client_step::quit, &t::quit},
    };
    for (auto const& row : client_table) {
        CAPTURE(row.name);
        CHECK(row.patience == (own.count(row.step) != 0 ? own.at(row.step) : &t::command));
    }
}

TEST_CASE("a client takes no step that RFC 5321 has put aside",
          "[client_table][C-5321-F.1-01][C-5321-F.6-01]") {
    for (auto const& row : client_table)
        for (auto const* const obsolete : {"TURN", "SEND", "SOML", "SAML"})
            CHECK(row.name != obsolete);
}

TEST_CASE("a reply without a code answers no step", "[client_table]") {
    for (auto const& row : postel::client_table) {
        CHECK(action_for(row.step, postel::reply_code{}) == postel::client_action::out_of_step);
        CHECK(action_for(row.step, postel::reply_code{199}) == postel::client_action::out_of_step);
        CHECK(action_for(row.step, postel::reply_code{600}) == postel::client_action::out_of_step);
    }
}
