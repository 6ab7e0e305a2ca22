#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/enhanced_status.hpp>
#include <postel/reply_code.hpp>
#include <string_view>

namespace postel {

/// What is wrong with the octets, or with what was asked for. Never what to do about it: that is
/// the caller's, and `describe(e).code` is the reply that a server usually gives.
enum class error : std::uint8_t {
    none,

    // Octets and lines
    bare_cr,        ///< CR without LF                                        RFC 5321 2.3.8
    bare_lf,        ///< LF without CR                                        RFC 5321 2.3.8
    nul_octet,      ///< NUL
    bad_octet,      ///< an octet that has no place here: a control, or 8-bit without an extension
    bad_utf8,       ///< not well-formed UTF-8                                RFC 3629 4
    line_too_long,  ///< a command line above its limit                       RFC 5321 4.5.3.1.4

    // Commands
    empty_line,           ///< a line without a verb
    unknown_command,      ///< no such verb                                  RFC 5321 4.2.4
    not_implemented,      ///< a verb that is known and not offered          RFC 5321 4.2.4
    bad_sequence,         ///< a verb that has no place in this state        RFC 5321 4.1.4
    hello_required,       ///< bad_sequence before EHLO                      RFC 5321 4.1.4
    mail_required,        ///< bad_sequence before MAIL                      RFC 5321 3.3
    recipient_required,   ///< bad_sequence before an accepted RCPT          RFC 5321 3.3
    transaction_open,     ///< bad_sequence inside a transaction             RFC 5321 4.1.4
    wrong_hello,          ///< EHLO or HELO to LMTP, LHLO to SMTP            RFC 2033 4.1
    missing_argument,     ///< a verb that needs an argument has none
    unexpected_argument,  ///< a verb that takes no argument has one         RFC 5321 4.1.1
    bad_argument,         ///< an argument that does not fit its rule

    // Addresses
    bad_path,             ///< "<", ">" or the route is wrong                RFC 5321 4.1.2
    bad_local_part,       ///< neither Dot-string nor Quoted-string          RFC 5321 4.1.2
    bad_domain,           ///< not a Domain                                  RFC 5321 4.1.2
    bad_address_literal,  ///< not an address-literal                        RFC 5321 4.1.3
    local_part_too_long,  ///< above 64 octets                               RFC 5321 4.5.3.1.1
    domain_too_long,      ///< above 255 octets, or a label above 63         RFC 5321 4.5.3.1.2
    path_too_long,        ///< above 256 octets                              RFC 5321 4.5.3.1.3
    non_ascii_address,    ///< needs SMTPUTF8, which was not asked for       RFC 6531 3.5

    // Parameters and values
    bad_parameter,           ///< not `keyword` or `keyword=value`              RFC 5321 4.1.2
    unknown_parameter,       ///< not known, or not offered                     RFC 5321 4.1.1.11
    duplicate_parameter,     ///< given twice
    conflicting_parameters,  ///< two that exclude each other
    missing_value,           ///< a parameter that needs a value has none
    unexpected_value,        ///< a parameter that takes no value has one
    bad_value,               ///< a value that does not fit its rule
    below_minimum,           ///< a BY=...;R shorter than what is announced     RFC 2852 3
    bad_base64,              ///< not base64                                    RFC 4648 4
    bad_xtext,               ///< not xtext                                     RFC 3461 4
    bad_chunk_size,          ///< BDAT without a usable count                   RFC 3030 2
    chunk_size_overflow,     ///< a count above 2^64 - 1                        RFC 3030 2

    // Limits and policies of a server
    too_many_recipients,       ///< RCPT above the limit                        RFC 5321 4.5.3.1.10
    too_many_messages,         ///< MAIL above MAILMAX                            RFC 9422 4.1
    message_too_large,         ///< declared, or counted                        RFC 1870 6.1
    text_line_too_long,        ///< a line of content above its limit           RFC 5321 4.5.3.1.6
    eight_bit_content,         ///< 8-bit content without BODY=8BITMIME         RFC 6152 3
    no_valid_recipients,       ///< content for nobody                          RFC 2920 3.2
    too_many_errors,           ///< refused commands above the limit            RFC 5321 7.8
    too_many_commands,         ///< commands that bring no mail on, above the limit
    no_service,                ///< greeted with 554                            RFC 5321 3.1
    early_talker,              ///< the client spoke before the greeting        RFC 5321 4.3.1
    http_on_this_port,         ///< a request line or a header of HTTP
    tls_on_this_port,          ///< a TLS record where cleartext is expected
    cleartext_after_starttls,  ///< octets behind STARTTLS                    RFC 3207 6
    tls_required,              ///< TLS first                                   RFC 3207 4
    tls_unavailable,           ///< STARTTLS cannot be served now               RFC 3207 4
    tls_active,                ///< STARTTLS inside TLS                         RFC 3207 4
    authentication_required,   ///< AUTH first                                RFC 4954 6
    authentication_failed,     ///< the credentials are wrong                 RFC 4954 6
    authentication_cancelled,  ///< the client sent "*"                       RFC 4954 4
    authentication_line_too_long,  ///< above 12288 octets                    RFC 4954 4
    already_authenticated,         ///< AUTH a second time                        RFC 4954 4
    unknown_mechanism,             ///< not offered                               RFC 4954 4

    // Inside an authentication exchange, on either side
    unexpected_initial_response,  ///< the server speaks first in this mechanism RFC 4954 4
    bad_sasl_message,             ///< not what the mechanism says at this point RFC 4422 3.8
    nonce_mismatch,               ///< the nonce of another exchange             RFC 5802 5.1
    channel_binding_mismatch,     ///< bound to another channel, or to none      RFC 5802 6
    channel_binding_downgrade,    ///< somebody hid -PLUS from the client        RFC 5802 6
    iterations_out_of_range,      ///< too few to be safe, or too many to be meant  RFC 5802 5.1
    bad_server_signature,         ///< the server does not know the password     RFC 5802 5
    unusable_credentials,         ///< a name or password that the mechanism cannot carry
    crypto_unavailable,           ///< no such hash here, or no random numbers

    // A proxy in front of a server; no reply, since nobody is there yet who speaks SMTP
    not_a_proxy_header,     ///< neither version starts like this           PROXY protocol 2
    bad_proxy_header,       ///< starts like one and is none                PROXY protocol 2.1, 2.2
    proxy_header_too_long,  ///< above 107 octets, or above the cap         PROXY protocol 2.1, 2.2
    bad_proxy_checksum,     ///< the CRC32C is that of other octets         PROXY protocol 2.2.3

    // The end of a session
    timed_out,              ///< the deadline of this step passed                  RFC 5321 4.5.3.2
    shutting_down,          ///< this end is going down                            RFC 5321 3.8
    closed_by_application,  ///< the application answered 421
    connection_lost,        ///< the peer is gone without QUIT                     RFC 5321 4.1.1.5
    reset_by_client,        ///< RSET or a new hello inside a transaction          RFC 5321 4.1.1.5

    // A client about its server
    bad_reply,               ///< not a reply line                            RFC 5321 4.2
    reply_line_too_long,     ///< above the limit                             RFC 5321 4.5.3.1.5
    reply_too_long,          ///< too many lines or octets in one reply
    reply_code_mismatch,     ///< lines of one reply with different codes     RFC 5321 4.2.1
    unexpected_reply,        ///< a reply that answers no command
    reply_out_of_step,       ///< a code that this command cannot draw: 250 to DATA, 354 to MAIL
    refused_by_server,       ///< a 4yz or 5yz; the reply says more
    server_closing,          ///< 421                                         RFC 5321 3.8
    octets_behind_starttls,  ///< the server spoke between 220 and TLS        RFC 3207 6
    tls_failed,       ///< the handshake failed, or its result is not good enough  RFC 3207 4.1
    tls_not_offered,  ///< TLS is required, and the server has none  RFC 3207 6

    // A client about what it was asked to send
    server_lacks_8bitmime,       ///< 8-bit content, no 8BITMIME               RFC 6152 3
    server_lacks_smtputf8,       ///< a non-ASCII address, no SMTPUTF8         RFC 6531 3.2
    server_lacks_extension,      ///< a parameter whose extension is not offered  RFC 5321 4.1.1.3
    message_above_server_limit,  ///< larger than SIZE allows                 RFC 1870 7
    too_many_for_server,         ///< the server takes no more in this session  RFC 9422 4
    no_recipients,               ///< an envelope without a recipient
    not_ready,                   ///< called where the order of calls does not allow it
};

/// Whose fault an error is.
enum class fault : std::uint8_t { nobody, peer, local };

/// All that is known of an error, on one row.
struct error_row {
    error name;
    std::string_view text;   ///< one line for a log or a reply, without a full stop
    reply_code code;         ///< the reply a server usually gives; 0 where none is given
    enhanced_status status;  ///< RFC 3463; goes with `code`
    fault side = fault::peer;
};

// clang-format off
inline constexpr std::array error_table{
    error_row{error::none,                 "no error",                                    0, {},      fault::nobody},

    error_row{error::bare_cr,              "CR without LF",                             500, {5, 5, 2}},
    error_row{error::bare_lf,              "LF without CR",                             500, {5, 5, 2}},
    error_row{error::nul_octet,            "NUL octet",                                 500, {5, 5, 2}},
    error_row{error::bad_octet,            "invalid octet",                             500, {5, 5, 2}},
    error_row{error::bad_utf8,             "invalid UTF-8",                             501, {5, 6, 7}},
    error_row{error::line_too_long,        "line too long",                             500, {5, 5, 2}},

    error_row{error::empty_line,           "command expected",                          500, {5, 5, 2}},
    error_row{error::unknown_command,      "command not recognised",                    500, {5, 5, 1}},
    error_row{error::not_implemented,      "command not implemented",                   502, {5, 5, 1}},
    error_row{error::bad_sequence,         "bad sequence of commands",                  503, {5, 5, 1}},
    error_row{error::hello_required,       "EHLO first",                                503, {5, 5, 1}},
    error_row{error::mail_required,        "need MAIL first",                           503, {5, 5, 1}},
    error_row{error::recipient_required,   "need RCPT first",                           503, {5, 5, 1}},
    error_row{error::transaction_open,     "mail transaction is open",                  503, {5, 5, 1}},
    error_row{error::wrong_hello,          "wrong hello: EHLO is for SMTP, LHLO for LMTP", 500, {5, 5, 1}},
    error_row{error::missing_argument,     "argument required",                         501, {5, 5, 4}},
    error_row{error::unexpected_argument,  "no argument allowed",                       501, {5, 5, 4}},
    error_row{error::bad_argument,         "bad argument",                              501, {5, 5, 4}},

    error_row{error::bad_path,             "bad path: expected <local-part@domain>",    501, {5, 1, 3}},
    error_row{error::bad_local_part,       "bad local-part",                            501, {5, 1, 3}},
    error_row{error::bad_domain,           "bad domain",                                501, {5, 1, 3}},
    error_row{error::bad_address_literal,  "bad address literal",                       501, {5, 1, 3}},
    error_row{error::local_part_too_long,  "local-part above 64 octets",                501, {5, 1, 3}},
    error_row{error::domain_too_long,      "domain above 255 octets or label above 63", 501, {5, 1, 3}},
    error_row{error::path_too_long,        "path above 256 octets",                     501, {5, 1, 3}},
    error_row{error::non_ascii_address,    "SMTPUTF8 required for this address",        553, {5, 6, 7}},

    error_row{error::bad_parameter,        "bad parameter syntax",                      501, {5, 5, 4}},
    error_row{error::unknown_parameter,    "parameter not recognised",                  555, {5, 5, 4}},
    error_row{error::duplicate_parameter,  "duplicate parameter",                       501, {5, 5, 4}},
    error_row{error::conflicting_parameters, "conflicting parameters",                  501, {5, 5, 4}},
    error_row{error::missing_value,        "parameter needs a value",                   501, {5, 5, 4}},
    error_row{error::unexpected_value,     "parameter takes no value",                  501, {5, 5, 4}},
    error_row{error::bad_value,            "bad parameter value",                       501, {5, 5, 4}},
    error_row{error::below_minimum,        "BY below the announced minimum",            555, {5, 5, 4}},
    error_row{error::bad_base64,           "invalid base64",                            501, {5, 5, 2}},
    error_row{error::bad_xtext,            "invalid xtext",                             501, {5, 5, 4}},
    error_row{error::bad_chunk_size,       "syntax: BDAT count [LAST]",                 501, {5, 5, 4}},
    error_row{error::chunk_size_overflow,  "chunk size out of range",                   501, {5, 5, 4}},

    error_row{error::too_many_recipients,  "too many recipients",                       452, {4, 5, 3}},
    error_row{error::too_many_messages,    "too many messages in this session",         452, {4, 5, 3}},
    error_row{error::message_too_large,    "message size exceeds fixed limit",          552, {5, 3, 4}},
    error_row{error::text_line_too_long,   "line of content too long",                  554, {5, 6, 0}},
    error_row{error::eight_bit_content,    "8-bit content without BODY=8BITMIME",       554, {5, 6, 1}},
    error_row{error::no_valid_recipients,  "no valid recipients",                       554, {5, 5, 1}},
    error_row{error::too_many_errors,      "too many errors",                           421, {4, 7, 0}},
    error_row{error::too_many_commands,    "too many commands without mail",            421, {4, 7, 0}},
    error_row{error::no_service,           "no service here",                           503, {5, 5, 1}},
    error_row{error::early_talker,         "client spoke before the greeting",          554, {5, 5, 0}},
    error_row{error::http_on_this_port,    "this port speaks SMTP, not HTTP",           421, {4, 7, 0}},
    error_row{error::tls_on_this_port,     "this port expects no TLS record here",      421, {4, 7, 0}},
    error_row{error::cleartext_after_starttls, "cleartext behind STARTTLS",             554, {5, 5, 0}},
    error_row{error::tls_required,         "must issue STARTTLS first",                 530, {5, 7, 0}},
    error_row{error::tls_unavailable,      "TLS temporarily unavailable",               454, {4, 7, 0}, fault::local},
    error_row{error::tls_active,           "TLS is already active",                     503, {5, 5, 1}},
    error_row{error::authentication_required,  "authentication required",               530, {5, 7, 0}},
    error_row{error::authentication_failed,    "authentication credentials invalid",    535, {5, 7, 8}},
    error_row{error::authentication_cancelled, "authentication cancelled",              501, {5, 7, 0}},
    error_row{error::authentication_line_too_long, "authentication line too long",      500, {5, 5, 6}},
    error_row{error::already_authenticated,    "already authenticated",                 503, {5, 5, 1}},
    error_row{error::unknown_mechanism,        "mechanism not supported",               504, {5, 5, 4}},

    error_row{error::unexpected_initial_response, "mechanism takes no initial response", 501, {5, 7, 0}},
    error_row{error::bad_sasl_message,         "malformed authentication message",      535, {5, 7, 8}},
    error_row{error::nonce_mismatch,           "nonce does not match",                  535, {5, 7, 8}},
    error_row{error::channel_binding_mismatch, "channel bindings do not match",         535, {5, 7, 8}},
    error_row{error::channel_binding_downgrade, "channel binding downgrade detected",   535, {5, 7, 8}},
    error_row{error::iterations_out_of_range,  "iteration count out of range",            0, {5, 7, 8}},
    error_row{error::bad_server_signature,     "server could not prove itself",           0, {5, 7, 8}},
    error_row{error::unusable_credentials,     "credentials unfit for this mechanism",    0, {5, 7, 8}, fault::local},
    error_row{error::crypto_unavailable,       "temporary authentication failure",      454, {4, 7, 0}, fault::local},

    error_row{error::not_a_proxy_header,   "PROXY header expected",                       0, {}},
    error_row{error::bad_proxy_header,     "malformed PROXY header",                      0, {}},
    error_row{error::proxy_header_too_long, "PROXY header too long",                      0, {}},
    error_row{error::bad_proxy_checksum,   "PROXY header with a wrong checksum",          0, {}},

    error_row{error::timed_out,            "timed out",                                 421, {4, 4, 2}},
    error_row{error::shutting_down,        "shutting down",                             421, {4, 3, 2}, fault::local},
    error_row{error::closed_by_application, "closed by the application",                421, {4, 3, 2}, fault::local},
    error_row{error::connection_lost,      "connection lost",                             0, {}},
    error_row{error::reset_by_client,      "transaction reset by the client",             0, {}},

    error_row{error::bad_reply,            "not a reply line",                            0, {}},
    error_row{error::reply_line_too_long,  "reply line too long",                         0, {}},
    error_row{error::reply_too_long,       "reply has too many lines or octets",          0, {}},
    error_row{error::reply_code_mismatch,  "one reply with different codes",              0, {}},
    error_row{error::unexpected_reply,     "reply to no command",                         0, {}},
    error_row{error::reply_out_of_step,    "reply code does not answer this command",     0, {}},
    error_row{error::refused_by_server,    "refused by the server",                       0, {}},
    error_row{error::server_closing,       "server is closing the session",               0, {}},
    error_row{error::octets_behind_starttls, "octets behind STARTTLS reply",              0, {}},
    error_row{error::tls_failed,           "TLS handshake failed",                       0, {}},
    error_row{error::tls_not_offered,      "server does not offer TLS",                  0, {}},

    error_row{error::server_lacks_8bitmime,  "server does not offer 8BITMIME",            0, {5, 6, 3}},
    error_row{error::server_lacks_smtputf8,  "server does not offer SMTPUTF8",            0, {5, 6, 7}},
    error_row{error::server_lacks_extension, "server does not offer this extension",      0, {5, 5, 4}},
    error_row{error::message_above_server_limit, "message larger than the server takes",  0, {5, 3, 4}, fault::local},
    error_row{error::too_many_for_server,  "server takes no more in this session",         0, {4, 5, 3}, fault::local},
    error_row{error::no_recipients,        "envelope without a recipient",                0, {5, 5, 4}, fault::local},
    error_row{error::not_ready,            "called out of order",                         0, {},        fault::local},
};
// clang-format on

namespace detail {
consteval bool lists_every_error_once() {
    for (std::size_t i = 0; i < error_table.size(); ++i)
        if (static_cast<std::size_t>(error_table[i].name) != i) return false;
    return true;
}
static_assert(lists_every_error_once(), "error_table must follow the order of enum error");
static_assert(error_table.back().name == error::not_ready, "the last error has no row");
}  // namespace detail

/// The row of an error: its text, the usual reply, the enhanced status, whose fault it is.
[[nodiscard]] constexpr error_row const& describe(error e) {
    return error_table[static_cast<std::size_t>(e)];
}

/// The text alone.
[[nodiscard]] constexpr std::string_view to_string(error e) {
    return describe(e).text;
}

}  // namespace postel
