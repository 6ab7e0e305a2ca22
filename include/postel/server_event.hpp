#pragma once

#include <cstddef>
#include <cstdint>
#include <postel/command_types.hpp>
#include <postel/error.hpp>
#include <postel/peer_attribute.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/tls_requested.hpp>
#include <postel/verb.hpp>
#include <string_view>
#include <variant>

// What the server side can learn. An event asks or tells (server_table.hpp says which); views in it
// are valid until the next call of next().

namespace postel {

/// Asks whether to serve: accept() greets with 220, refuse() with 554 or 421.  RFC 5321 3.1
struct connected {
    bool early_talker;  ///< the client spoke first
};

/// Tells that the client introduced itself.                                  RFC 5321 4.1.1.1
struct hello {
    verb kind;                ///< EHLO, HELO or LHLO
    std::string_view domain;  ///< a Domain, or an address literal with its brackets
    bool literal;
};

/// Asks whether a name and a password fit: AUTH PLAIN or LOGIN.              RFC 4616 2
struct credentials {
    sasl_mechanism mechanism;
    std::string_view authorization_id;   ///< who to act as; empty: the same
    std::string_view authentication_id;  ///< whose password it is
    std::string_view password;
};

/// Asks what another mechanism says to the client's turn: challenge(), accept() or refuse(). An
/// exchange that ends in a `violation` instead was cancelled or spoilt by the client.  RFC 4954 4
struct auth_exchange {
    sasl_mechanism mechanism;
    std::string_view octets;  ///< decoded
    bool begins;              ///< the client has said nothing yet, not even nothing
};

/// Asks whether this reverse-path may send. It is the command itself.        RFC 5321 4.1.1.2
struct mail : mail_command {};

/// Asks whether this forward-path is taken. It is the command itself.        RFC 5321 4.1.1.3
struct recipient : rcpt_command {};

/// Tells that content is about to come. May be refused before the 354, and the transaction goes on;
/// or before the octets of a chunk, and it is over: `reset` follows.  RFC 5321 4.1.1.4, RFC 3030 2
struct data {
    std::uint32_t recipients;  ///< how many were accepted
};

/// Tells a piece of the content: without stuffed dots, with every CR LF.
struct content {
    std::string_view text;
};

/// Tells that a chunk that was not the last is complete. May be refused.     RFC 3030 2
struct chunk_end {
    std::uint64_t size;  ///< octets of content so far
};

/// Asks whether the message is taken, with all responsibility for it.        RFC 5321 4.2.5
struct message_end {
    std::uint64_t size;       ///< octets of content that came here, and not by BURL
    std::uint32_t recipient;  ///< LMTP: which of the accepted recipients, from 0; else 0
    bool altered = false;     ///< line ends were normalised: it is not as it was sent
};

/// Tells that the message under way will never be complete. What came of it is to be dropped.
struct message_aborted {
    error why;
};

/// Tells that the envelope is to be forgotten: RSET, a new hello, or a first chunk that was refused
/// as `data`.                                                                RFC 5321 4.1.1.5
struct reset {};

/// Tells a NOOP.                                                             RFC 5321 4.1.1.9
struct noop {
    std::string_view argument;
};

/// Tells a VRFY; 252 unless answered.                                        RFC 5321 3.5
struct verify {
    std::string_view argument;
    bool smtputf8;  ///< the reply may hold UTF-8                             RFC 6531 3.7.4.2
};

/// Tells an EXPN; 252 unless answered.                                       RFC 5321 3.5
struct expand {
    std::string_view argument;
    bool smtputf8;
};

/// Tells a HELP.                                                             RFC 5321 4.1.1.8
struct help {
    std::string_view argument;
};

/// Asks whether the queue for a node is to be run.                           RFC 1985 5
struct etrn {
    etrn_command::scope scope;
    std::string_view name;
};

/// Asks for content from an URL; the application fetches it. Refused, it ends the transaction, as a
/// chunk that is refused does.                                               RFC 4468 3
struct burl {
    std::string_view url;
    bool last;  ///< to accept is to take the message; LMTP: message_end follows for each recipient
};

/// Asks whether a proxy may say who the client is. Accepted, the session begins anew.   Postfix
struct xclient {
    peer_attributes attributes;
};

/// Asks whether a proxy may say where the message came from.                 Postfix
struct xforward {
    peer_attributes attributes;
};

/// Tells a verb of nobody's; 500 unless answered. Own verbs are made of this.
struct unknown_command {
    std::string_view line;
};

/// Tells what the session refused on its own authority. The reply is already on its way.
struct violation {
    error what;
    std::size_t at;         ///< offset in `line`
    std::string_view line;  ///< the command line, where there is one
};

/// Tells, last of all, that the session is over.
struct closed {
    error why;  ///< none: QUIT
};

/// The kinds of event, in the order of the variant.
enum class server_event_kind : std::uint8_t {
    connected,
    hello,
    tls_requested,
    credentials,
    auth_exchange,
    mail,
    recipient,
    data,
    content,
    chunk_end,
    message_end,
    message_aborted,
    reset,
    noop,
    verify,
    expand,
    help,
    etrn,
    burl,
    xclient,
    xforward,
    unknown_command,
    violation,
    closed,
};

/// One event. `switch (event->kind())` is checked for completeness by the compiler;
/// `std::get<postel::mail>(*event)` or a visitor gives the content.
class server_event
    : public std::variant<connected, hello, tls_requested, credentials, auth_exchange, mail,
                          recipient, data, content, chunk_end, message_end, message_aborted, reset,
                          noop, verify, expand, help, etrn, burl, xclient, xforward,
                          unknown_command, violation, closed> {
public:
    using variant::variant;
    [[nodiscard]] server_event_kind kind() const { return static_cast<server_event_kind>(index()); }
};

static_assert(std::variant_size_v<server_event::variant> ==
              static_cast<std::size_t>(server_event_kind::closed) + 1);

}  // namespace postel
