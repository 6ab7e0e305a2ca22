#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/reply_code.hpp>
#include <postel/timeouts.hpp>
#include <string_view>

// What a client session may send when, and what each reply means, is on this page, and nothing else
// is. client_session.hpp obeys it; docs/state-machines.md is printed from it; one test walks every
// cell.

namespace postel {

/// Everything that draws a reply, in the order of a session. A step is sent at one time and
/// answered at another; what lies between are the replies that are still expected.
enum class client_step : std::uint8_t {
    greeting,      ///< nothing is sent; the server speaks first              RFC 5321 4.3.1
    ehlo,          ///< EHLO, or LHLO in LMTP                                 RFC 5321 4.1.1.1
    helo,          ///< HELO, after a server that knows no EHLO               RFC 5321 3.2
    starttls,      ///< STARTTLS                                              RFC 3207 4
    auth,          ///< AUTH and each answer to a challenge                   RFC 4954 4
    auth_at_once,  ///< AUTH that says all it has to say                    RFC 4954 4
    rset,          ///< RSET                                                  RFC 5321 4.1.1.5
    mail,          ///< MAIL                                                  RFC 5321 4.1.1.2
    rcpt,          ///< RCPT, one step for each recipient                     RFC 5321 4.1.1.3
    data,          ///< DATA                                                  RFC 5321 4.1.1.4
    content,       ///< the content behind 354, with its final dot            RFC 5321 4.1.1.4
    chunk,         ///< BDAT, and not the last                                RFC 3030 2
    last_chunk,    ///< BDAT LAST                                             RFC 3030 2
    inquiry,       ///< VRFY, EXPN, NOOP, HELP, ETRN and the caller's own     RFC 5321 3.5
    quit,          ///< QUIT                                                  RFC 5321 4.1.1.10
    none,
};

/// Where a step may stand among those that are sent without waiting between them.
enum class group_place : std::uint8_t {
    alone,     ///< nothing before it is unanswered, and nothing follows before its answer
    first,     ///< nothing before it is unanswered
    anywhere,  ///< neither
    last,      ///< nothing follows before its answer
};

/// What a reply does to the session: the name of a function of the engine.
enum class client_action : std::uint8_t {
    out_of_step,        ///< no such reply can answer this step: the peer is not to be trusted
    welcomed,           ///< say hello
    turned_away,        ///< this session brings no mail: QUIT
    capable,            ///< capabilities are known
    try_helo,           ///< the server knows no EHLO
    start_handshake,    ///< the caller does the handshake
    tls_refused,        ///< go on without TLS, if that is allowed
    challenged,         ///< it is the caller's turn in AUTH
    authenticated,      ///< AUTH is over, and the server says yes
    denied,             ///< the same, and it says no
    ignored,            ///< whatever it says changes nothing
    reset_refused,      ///< before TLS 530, and nothing is open; else out of step
    sender_taken,       ///< a transaction is open
    sender_refused,     ///< the message is decided; what follows MAIL is only counted
    recipient_taken,    ///< one more to send the content to
    recipient_refused,  ///< the last one decides the message, if none was taken
    go_ahead,           ///< content follows
    data_refused,       ///< the message is decided
    message_taken,      ///< responsibility is the server's now
    message_refused,    ///< responsibility stays where it is
    chunk_taken,        ///< the message goes on
    chunk_refused,      ///< the message is decided; RSET
    inquiry_answered,   ///< the caller is told
    bye,                ///< the session is over
};

struct client_row {
    client_step step;
    std::string_view name;
    group_place place;
    timeout client_timeouts::*patience;
    std::array<client_action, 4> on;  ///< 2yz, 3yz, 4yz, 5yz; a 421 ends the session from anywhere
};

inline constexpr auto client_table = [] {
    using enum group_place;
    using enum client_action;
    using t = client_timeouts;
    // clang-format off
    return std::array{
    //                                                                               2yz               3yz              4yz                5yz
    client_row{client_step::greeting,   "greeting", alone,    &t::greeting,    {{welcomed,         out_of_step,     turned_away,       turned_away}}},
    client_row{client_step::ehlo,       "EHLO",     alone,    &t::command,     {{capable,          out_of_step,     turned_away,       try_helo}}},
    client_row{client_step::helo,       "HELO",     alone,    &t::command,     {{capable,          out_of_step,     turned_away,       turned_away}}},
    client_row{client_step::starttls,   "STARTTLS", alone,    &t::command,     {{start_handshake,  out_of_step,     tls_refused,       tls_refused}}},
    client_row{client_step::auth,       "AUTH",     alone,    &t::command,     {{authenticated,    challenged,      denied,            denied}}},
    client_row{client_step::auth_at_once, "AUTH",   anywhere, &t::command,     {{authenticated,    out_of_step,     denied,            denied}}},
    client_row{client_step::rset,       "RSET",     anywhere, &t::command,     {{ignored,          out_of_step,     out_of_step,       reset_refused}}},
    client_row{client_step::mail,       "MAIL",     anywhere, &t::mail,        {{sender_taken,     out_of_step,     sender_refused,    sender_refused}}},
    client_row{client_step::rcpt,       "RCPT",     anywhere, &t::recipient,   {{recipient_taken,  out_of_step,     recipient_refused, recipient_refused}}},
    client_row{client_step::data,       "DATA",     last,     &t::data,        {{out_of_step,      go_ahead,        data_refused,      data_refused}}},
    client_row{client_step::content,    "content",  first,    &t::message_end, {{message_taken,    out_of_step,     message_refused,   message_refused}}},
    client_row{client_step::chunk,      "BDAT",     anywhere, &t::command,     {{chunk_taken,      out_of_step,     chunk_refused,     chunk_refused}}},
    client_row{client_step::last_chunk, "BDAT LAST", last,    &t::message_end, {{message_taken,    out_of_step,     message_refused,   message_refused}}},
    client_row{client_step::inquiry,    "inquiry",  last,     &t::command,     {{inquiry_answered, out_of_step,     inquiry_answered,  inquiry_answered}}},
    client_row{client_step::quit,       "QUIT",     last,     &t::quit,        {{bye,              bye,             bye,               bye}}},
    };
    // clang-format on
}();

/// The row of a step; not for `none`.
[[nodiscard]] constexpr client_row const& describe(client_step step) {
    return client_table[static_cast<std::size_t>(step)];
}
[[nodiscard]] constexpr std::string_view to_string(client_step step) {
    return step == client_step::none ? std::string_view{"nothing"} : describe(step).name;
}

/// What a reply of this code does when it answers this step.
[[nodiscard]] constexpr client_action action_for(client_step step, reply_code code) {
    if (!code.valid()) return client_action::out_of_step;
    return describe(step).on[static_cast<std::size_t>(code.value / 100 - 2)];
}

/// Whether `next` may be sent behind `before`, whose reply is still expected, on a connection with
/// PIPELINING.                                                                RFC 2920 3.1
[[nodiscard]] constexpr bool may_follow(client_step before, client_step next) {
    auto const left = describe(before).place;
    auto const right = describe(next).place;
    return (left == group_place::anywhere || left == group_place::first) &&
           (right == group_place::anywhere || right == group_place::last);
}

namespace detail {
consteval bool client_table_is_in_order() {
    for (std::size_t i = 0; i < client_table.size(); ++i)
        if (static_cast<std::size_t>(client_table[i].step) != i) return false;
    return client_table.size() == static_cast<std::size_t>(client_step::none);
}
static_assert(client_table_is_in_order(), "client_table must follow the order of client_step");
}  // namespace detail

}  // namespace postel
