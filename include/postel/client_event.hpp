#pragma once

#include <cstddef>
#include <cstdint>
#include <postel/capability.hpp>
#include <postel/client_table.hpp>
#include <postel/error.hpp>
#include <postel/reply_view.hpp>
#include <postel/tls_requested.hpp>
#include <string_view>
#include <variant>

// What the client side can learn. Views in an event are valid until the next call of next().

namespace postel {

/// How something that was sent fared.
enum class outcome : std::uint8_t {
    accepted,   ///< the server said yes
    transient,  ///< not now: keep it and try again later             RFC 5321 4.2.5
    permanent,  ///< no: tell the sender
    unknown,    ///< the message was complete and no answer came: it may have been accepted, and to
                ///< send it again may deliver it twice. In LMTP that counts as transient, with
                ///< content or BDAT LAST as the command      RFC 1047, RFC 2033 5
};

/// How a reply of this code decides.                                       RFC 5321 4.2.1
[[nodiscard]] constexpr outcome outcome_of(reply_code code) {
    if (code.positive()) return outcome::accepted;
    return code.permanent() ? outcome::permanent : outcome::transient;
}

/// The server's turn in AUTH: respond(), or cancel().                        RFC 4954 4
struct auth_challenge {
    std::string_view octets;  ///< decoded
};

/// AUTH is over. A mechanism that proves the server as well has the last word: `accepted` counts
/// only if it agrees.                                                        RFC 5802 3
struct auth_result {
    outcome what;
    error why;  ///< none, authentication_failed (the server says no), authentication_cancelled,
                ///< bad_base64, bad_sasl_message (challenges without end)
    reply_view reply;
};

/// The answer to inquire().
struct inquiry_result {
    reply_view reply;
};

/// The capabilities are known: authenticate(), submit(), inquire(), or quit().
struct ready {
    postel::capabilities capabilities;
    reply_view reply;  ///< to EHLO, LHLO or HELO
};

/// One for each recipient of an envelope, in its order.
struct recipient_result {
    std::size_t recipient;  ///< index into envelope::recipients
    outcome what;           ///< accepted: the server takes the message for this recipient, if it
                            ///< takes the message
    error why;              ///< none, or what prevented it; too_many_for_server: not even asked for
    client_step command;    ///< the step whose reply decided: rcpt, or an earlier one
    reply_view reply;       ///< code 0 where there was none
};

/// The content is wanted: write(), then finish().
struct content_wanted {};

/// The last word about a transaction, or in LMTP about one of its recipients: then there is one for
/// each that was accepted, in their order.
///
/// An envelope is one transaction, unless the server takes fewer recipients at once (LIMITS
/// RCPTMAX). Then it is several, one behind the other; each asks for the whole content again, and
/// has a result for the recipients that it covers. After the last the envelope is the caller's
/// again.                                                                    RFC 9422 4.2
struct message_result {
    outcome what;
    error why;                   ///< none, or what prevented it
    client_step command;         ///< the step whose reply decided
    reply_view reply;            ///< code 0 where there was none
    std::size_t recipient = 0;   ///< the first it is about: index into envelope::recipients
    std::size_t recipients = 0;  ///< how many in a row it is about, refused ones among them
    bool last = true;            ///< no further result about this envelope follows
};

/// The session cannot go on. Every message under way has had its result before.
///
/// `what` is permanent where the server refuses to serve this client for good, and where the
/// options are at fault: another attempt would end the same way. All else is transient: a lost
/// connection, silence, whatever breaks the protocol, and TLS that is required and not to be had, a
/// 5yz to STARTTLS included. None of it says anything about the message, and whoever stands between
/// can bring it about; that must delay mail, and not return it.
///                                                                     RFC 5321 4.2.1, RFC 3207 6
struct failed {
    error why = error::none;
    outcome what = outcome::transient;
    client_step command = client_step::none;  ///< the step that was to be answered, or none
    reply_view reply{};                       ///< code 0 where there was none
};

/// The session is over: close the transport.
struct disconnected {};

/// The kinds of event, in the order of the variant.
enum class client_event_kind : std::uint8_t {
    tls_requested,
    ready,
    auth_challenge,
    auth_result,
    inquiry_result,
    recipient_result,
    content_wanted,
    message_result,
    failed,
    disconnected,
};

/// One event; see server_event for how to read it.
class client_event
    : public std::variant<tls_requested, ready, auth_challenge, auth_result, inquiry_result,
                          recipient_result, content_wanted, message_result, failed, disconnected> {
public:
    using variant::variant;
    [[nodiscard]] client_event_kind kind() const { return static_cast<client_event_kind>(index()); }
};

static_assert(std::variant_size_v<client_event::variant> ==
              static_cast<std::size_t>(client_event_kind::disconnected) + 1);

}  // namespace postel
