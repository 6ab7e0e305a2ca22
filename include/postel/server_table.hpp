#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/reply.hpp>
#include <postel/verb.hpp>
#include <string_view>

// Every transition of a server session is on this page, and nothing else is. server_session.hpp
// obeys it; docs/state-machines.md is printed from it; one test walks every cell.

namespace postel {

/// Where a server session stands. The first six wait for a command, in the order of a normal
/// session; the others wait for something else.
enum class server_state : std::uint8_t {
    hello,     ///< greeting sent; EHLO, HELO or LHLO expected              RFC 5321 3.1
    ready,     ///< hello accepted; no mail transaction                     RFC 5321 4.1.4
    mail,      ///< MAIL accepted; no recipient accepted yet                RFC 5321 3.3
    rcpt,      ///< at least one recipient accepted                         RFC 5321 3.3
    more,      ///< a BDAT chunk ended and was not the last                 RFC 3030 2
    barred,    ///< greeted with 554; only QUIT is obeyed                   RFC 5321 3.1
    greeting,  ///< connected; whether to serve is not decided yet          RFC 5321 3.1
    data,      ///< 354 sent; content up to CR LF "." CR LF                 RFC 5321 4.1.1.4
    bdat,      ///< the octets of a chunk are counted off                   RFC 3030 2
    auth,      ///< the next line answers a SASL challenge                  RFC 4954 4
    tls,       ///< 220 sent to STARTTLS; the caller does the handshake     RFC 3207 4
    closed,    ///< nothing more is read
    none,      ///< in the table: this command is refused here
};

/// What a client can say, as far as the order of commands is concerned.
enum class server_column : std::uint8_t {
    hello,     ///< EHLO, HELO, LHLO
    mail,      ///< MAIL
    rcpt,      ///< RCPT
    data,      ///< DATA
    bdat,      ///< BDAT, BURL
    auth,      ///< AUTH
    starttls,  ///< STARTTLS
    aside,     ///< ETRN, XFORWARD: not inside a transaction, change nothing
    xclient,   ///< XCLIENT: not inside a transaction, back to before the hello
    rset,      ///< RSET
    noop,      ///< NOOP, VRFY, EXPN, HELP and the application's own verbs
    quit,      ///< QUIT
};

namespace detail {
struct server_row {
    std::array<server_state, 12> after;  // by server_column
};

// The state after a command that was accepted. A refused command never moves. Guards (TLS is on
// already, AUTH is done, a limit is reached) may turn a cell into a refusal; they add no arrow.
inline constexpr auto server_matrix = [] {
    using enum server_state;
    // clang-format off
    return std::array{
    //                      hello  mail  rcpt  data  bdat  auth  stls  aside  xclnt  rset   noop    quit
    /* hello  */ server_row{{ready, none, none, none, none, none, none, none,  none,  hello, hello,  closed}},
    /* ready  */ server_row{{ready, mail, none, none, none, auth, tls,  ready, hello, ready, ready,  closed}},
    /* mail   */ server_row{{ready, none, rcpt, none, none, none, none, none,  none,  ready, mail,   closed}},
    /* rcpt   */ server_row{{ready, none, rcpt, data, bdat, none, none, none,  none,  ready, rcpt,   closed}},
    /* more   */ server_row{{ready, none, none, none, bdat, none, none, none,  none,  ready, more,   closed}},
    /* barred */ server_row{{none,  none, none, none, none, none, none, none,  none,  none,  none,   closed}},
    };
    // clang-format on
}();
}  // namespace detail

/// What is not a command and moves a session all the same.
enum class server_moment : std::uint8_t {
    welcomed,        ///< the greeting is 220
    turned_away,     ///< the greeting is 554 or 521
    content_end,     ///< CR LF "." CR LF, and every reply to it is given
    chunk_end,       ///< a chunk that is not the last
    last_chunk_end,  ///< BDAT LAST, and every reply to it is given
    chunk_refused,   ///< a chunk was refused; its octets are gone
    sasl_end,        ///< AUTH succeeded or failed
    tls_up,          ///< the handshake is done: back to before the hello   RFC 3207 4.2
};

struct server_arrow {
    server_moment when;
    server_state from;
    server_state to;
};

inline constexpr auto server_arrows = [] {
    using enum server_state;
    using enum server_moment;
    return std::array{
        server_arrow{welcomed, greeting, hello},   server_arrow{turned_away, greeting, barred},
        server_arrow{content_end, data, ready},    server_arrow{chunk_end, bdat, more},
        server_arrow{last_chunk_end, bdat, ready}, server_arrow{chunk_refused, bdat, ready},
        server_arrow{sasl_end, auth, ready},       server_arrow{tls_up, tls, hello},
    };  // and from anywhere: a 421, a lost connection or a failed handshake closes
}();

/// Whether a state reads command lines.
[[nodiscard]] constexpr bool reads_commands(server_state s) {
    return static_cast<std::size_t>(s) < detail::server_matrix.size();
}

/// The state after an accepted command, or `none` where the command is refused with 503.
[[nodiscard]] constexpr server_state after(server_state s, server_column c) {
    return reads_commands(s) ? detail::server_matrix[static_cast<std::size_t>(s)]
                                   .after[static_cast<std::size_t>(c)]
                             : server_state::none;
}

/// The state after a moment that is not a command.
[[nodiscard]] constexpr server_state after(server_state s, server_moment m) {
    auto const& arrow = server_arrows[static_cast<std::size_t>(m)];
    return arrow.from == s ? arrow.to : server_state::none;
}

/// The column of a verb. A verb of nobody's is the application's own, and changes nothing.
[[nodiscard]] constexpr server_column column_of(verb v) {
    switch (v) {
        case verb::ehlo:
        case verb::helo:
        case verb::lhlo: return server_column::hello;
        case verb::mail: return server_column::mail;
        case verb::rcpt: return server_column::rcpt;
        case verb::data: return server_column::data;
        case verb::bdat:
        case verb::burl: return server_column::bdat;
        case verb::auth: return server_column::auth;
        case verb::starttls: return server_column::starttls;
        case verb::etrn:
        case verb::xforward: return server_column::aside;
        case verb::xclient: return server_column::xclient;
        case verb::rset: return server_column::rset;
        case verb::quit: return server_column::quit;
        default: return server_column::noop;
    }
}

/// Commands that a client can repeat for ever without ever bringing mail.
[[nodiscard]] constexpr bool brings_no_mail_on(verb v) {
    auto const column = column_of(v);
    return column == server_column::hello || column == server_column::aside ||
           column == server_column::rset || column == server_column::noop;
}

/// Verbs that a server obeys although it demands TLS first.                  RFC 3207 4
[[nodiscard]] constexpr bool goes_before_tls(verb v) {
    return column_of(v) == server_column::hello || v == verb::noop || v == verb::starttls ||
           v == verb::quit;
}

/// Verbs that a server obeys although it demands AUTH first; XCLIENT may bring it.  RFC 4954 6
[[nodiscard]] constexpr bool goes_before_auth(verb v) {
    return goes_before_tls(v) || v == verb::auth || v == verb::rset || v == verb::xclient;
}

/// Which error a refused cell is: the reply then says what the client should have sent first.
[[nodiscard]] constexpr error sequence_error(server_state s, server_column c) {
    switch (s) {
        case server_state::barred: return error::no_service;
        case server_state::hello: return error::hello_required;
        case server_state::ready: return error::mail_required;
        case server_state::mail:
            if (c == server_column::data || c == server_column::bdat)
                return error::recipient_required;
            return error::transaction_open;
        case server_state::rcpt: return error::transaction_open;
        default: return error::bad_sequence;
    }
}

/// What a session can have outstanding at the application.
enum class question : std::uint8_t {
    none,
    greeting,
    hello,
    tls,
    credentials,
    exchange,
    mail,
    recipient,
    data,
    chunk_end,
    message_end,
    noop,
    verify,
    expand,
    help,
    etrn,
    burl,
    xclient,
    xforward,
    unknown_command,
};

/// How a question is settled. One that asks waits for an answer as long as it takes; one that tells
/// settles itself with `by_default` when `next()` is called again.
struct question_row {
    question name;
    bool asks;
    reply accepted;    ///< what `accept()` sends; `accept(text)` replaces the text
    reply by_default;  ///< without an answer; code 0: as accepted
};

// clang-format off
inline constexpr std::array question_table{
    question_row{question::none,            false, {0,   {},        ""}, {}},
    question_row{question::greeting,        true,  {220, {},        "ESMTP"}, {}},
    question_row{question::hello,           false, {250, {},        ""}, {}},
    question_row{question::tls,             true,  {0,   {},        ""}, {}},
    question_row{question::credentials,     true,  {235, {2, 7, 0}, "authentication successful"}, {}},
    question_row{question::exchange,        true,  {235, {2, 7, 0}, "authentication successful"}, {}},
    question_row{question::mail,            true,  {250, {2, 1, 0}, "sender ok"}, {}},
    question_row{question::recipient,       true,  {250, {2, 1, 5}, "recipient ok"}, {}},
    question_row{question::data,            false, {354, {},        "end data with <CR><LF>.<CR><LF>"}, {}},
    question_row{question::chunk_end,       false, {250, {2, 0, 0}, "chunk received"}, {}},
    question_row{question::message_end,     true,  {250, {2, 0, 0}, "message accepted"}, {}},
    question_row{question::noop,            false, {250, {2, 0, 0}, "ok"}, {}},
    question_row{question::verify,          false, {250, {2, 1, 5}, "verified"},
                                                   {252, {2, 5, 0}, "cannot verify, will attempt delivery"}},
    question_row{question::expand,          false, {250, {2, 1, 5}, "expanded"},
                                                   {252, {2, 5, 0}, "cannot expand"}},
    question_row{question::help,            false, {214, {2, 0, 0}, "see RFC 5321"}, {}},
    question_row{question::etrn,            true,  {250, {2, 0, 0}, "queueing started"}, {}},
    question_row{question::burl,            true,  {250, {2, 5, 0}, "content fetched"}, {}},
    question_row{question::xclient,         true,  {220, {2, 0, 0}, "ESMTP"}, {}},
    question_row{question::xforward,        true,  {250, {2, 0, 0}, "ok"}, {}},
    question_row{question::unknown_command, false, {250, {2, 0, 0}, "ok"},
                                                   {500, {5, 5, 1}, "command not recognised"}},
};
// clang-format on

[[nodiscard]] constexpr question_row const& describe(question q) {
    return question_table[static_cast<std::size_t>(q)];
}

namespace detail {
inline constexpr auto accepting_replies = [] {
    std::array<ready_reply, question_table.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i)
        if (question_table[i].accepted.code.valid())
            all[i] = ready_reply{question_table[i].accepted};
    return all;
}();
}  // namespace detail

/// What `accept()` sends, written by the compiler.
[[nodiscard]] constexpr ready_reply const& accepting_reply(question q) {
    return detail::accepting_replies[static_cast<std::size_t>(q)];
}

namespace detail {
consteval bool question_table_is_in_order() {
    for (std::size_t i = 0; i < question_table.size(); ++i)
        if (static_cast<std::size_t>(question_table[i].name) != i) return false;
    return question_table.back().name == question::unknown_command;
}
static_assert(question_table_is_in_order(), "question_table must follow the order of question");

consteval bool server_arrows_are_in_order() {
    for (std::size_t i = 0; i < server_arrows.size(); ++i)
        if (static_cast<std::size_t>(server_arrows[i].when) != i) return false;
    return server_arrows.back().when == server_moment::tls_up;
}
static_assert(server_arrows_are_in_order(), "server_arrows must follow the order of server_moment");

// Reached from the greeting by cells and arrows, or left out by mistake.
consteval bool every_server_state_is_reachable() {
    std::array<bool, static_cast<std::size_t>(server_state::none) + 1> reached{};
    auto const at = [](server_state s) { return static_cast<std::size_t>(s); };
    reached[at(server_state::greeting)] = true;
    for (std::size_t round = 0; round < reached.size(); ++round) {
        for (std::size_t s = 0; s < server_matrix.size(); ++s)
            if (reached[s])
                for (auto const to : server_matrix[s].after) reached[at(to)] = true;
        for (auto const& arrow : server_arrows)
            if (reached[at(arrow.from)]) reached[at(arrow.to)] = true;
    }
    for (std::size_t s = 0; s < at(server_state::none); ++s)
        if (!reached[s]) return false;
    return true;
}
static_assert(every_server_state_is_reachable(), "a server state cannot be reached");
}  // namespace detail

}  // namespace postel
