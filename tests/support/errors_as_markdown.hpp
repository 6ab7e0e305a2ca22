#pragma once

#include <array>
#include <cstddef>
#include <postel/error.hpp>
#include <postel/refusal.hpp>
#include <string>
#include <string_view>

#include "support/tables_as_markdown.hpp"

// Prints docs/errors.md: name, text, reply and whose fault it is come from error.hpp; cause and
// advice stand here, a row each, in the same order.

namespace postel::test {

struct error_section {
    error first_of;            // where a new section begins
    std::string_view section;  // its heading
    std::string_view about{};  // a line below the heading
};

struct error_explained {
    error name;
    std::string_view cause;
    std::string_view advice;
};

// clang-format off
inline constexpr std::array error_sections{
    error_section{error::bare_cr, "Octets and lines",
                 "Told as `violation` by a server, or by a parser with the offset of the octet."},
    error_section{error::empty_line, "Commands", "Told as `violation`; the reply is on its way by then."},
    error_section{error::bad_path, "Addresses",
                 "Told as `violation` by a server, and by `submit()` before a client sends anything."},
    error_section{error::bad_parameter, "Parameters and values"},
    error_section{error::too_many_recipients, "Limits and policies of a server"},
    error_section{error::unexpected_initial_response, "Inside an authentication exchange"},
    error_section{error::not_a_proxy_header, "A proxy in front of a server"},
    error_section{error::timed_out, "The end of a session", "Told as `message_aborted` or `closed` by a server, as `failed` by a client."},
    error_section{error::bad_reply, "A client about its server",
                 "Told as `failed`, or as the `why` of a result. Where the session is over, its connection is to be closed."},
    error_section{error::server_lacks_8bitmime, "A client about what it was asked to send",
                 "Returned by `submit()` and its neighbours; nothing was sent."},
};

inline constexpr std::array error_explanations{
    error_explained{error::none, "", ""},

    error_explained{error::bare_cr, "A CR that no LF follows, in a command, a reply or content.", "Server: nothing; the message is refused after its true end. Client: send lines that end in CR LF, or have `client_options::content` convert it. A peer that must be served all the same: `server_options::content_line_endings`."},
    error_explained{error::bare_lf, "An LF that no CR precedes: text with the line ends of a file.", "As for `bare_cr`."},
    error_explained{error::nul_octet, "An octet 0.", "Encode binary content (base64), or send it with BINARYMIME. A server lets it pass with `server_options::content_nul`."},
    error_explained{error::bad_octet, "A control, or an octet above 127 where no extension allows it.", "Look at the offset in the result. For addresses beyond ASCII both sides need SMTPUTF8."},
    error_explained{error::bad_utf8, "Octets above 127 that are not well-formed UTF-8, or a C1 control.", "Convert from the other charset before handing the text over."},
    error_explained{error::line_too_long, "A command line above the limit that its verb and extensions set.", "Nothing: the line was skipped. The limits are those of the RFCs, with what offered extensions add."},

    error_explained{error::empty_line, "CR LF and nothing before it.", "Nothing; it counts as an error of the client."},
    error_explained{error::unknown_command, "A verb that is neither known nor one of the application's own.", "Nothing, or register the verb as an own one."},
    error_explained{error::not_implemented, "A known verb whose extension is not offered.", "Add the extension to `server_options::offer` if it is meant to be there."},
    error_explained{error::bad_sequence, "A verb that has no place in this state.", "Nothing. From `inquire()`: the verb is the session's own, use the function for it."},
    error_explained{error::hello_required, "A command that needs EHLO, HELO or LHLO first.", "Nothing."},
    error_explained{error::mail_required, "RCPT, DATA or BDAT without an accepted MAIL.", "Nothing; behind a refused MAIL of the same group it does not count as an error."},
    error_explained{error::recipient_required, "DATA or BDAT without an accepted RCPT.", "Nothing."},
    error_explained{error::transaction_open, "A second MAIL, or AUTH, inside a transaction.", "Nothing."},
    error_explained{error::wrong_hello, "EHLO or HELO to an LMTP server, LHLO to an SMTP server.", "Check which protocol this port is for: `lmtp` in its options."},
    error_explained{error::missing_argument, "A verb without the argument that it needs.", "Nothing."},
    error_explained{error::unexpected_argument, "An argument behind a verb that takes none.", "Nothing."},
    error_explained{error::bad_argument, "An argument that does not fit the rule of its verb.", "Look at the offset."},

    error_explained{error::bad_path, "No `<`, no `>`, or a source route that is none.", "`submit()` takes mailboxes without brackets. For peers that leave them out: `server_options::tolerate`."},
    error_explained{error::bad_local_part, "Neither atoms with single dots nor a quoted string.", "Quote it: `\"first last\"@example.org`."},
    error_explained{error::bad_domain, "Labels that are empty, begin or end with a hyphen, or hold other octets.", "Look at the offset; beyond ASCII it needs SMTPUTF8 or its A-label."},
    error_explained{error::bad_address_literal, "Brackets without an IPv4 address, an `IPv6:` address or a tagged literal.", "IPv6 takes the tag: `[IPv6:2001:db8::1]`."},
    error_explained{error::local_part_too_long, "More than 64 octets before the `@`.", "Nothing: no conforming server takes more."},
    error_explained{error::domain_too_long, "More than 255 octets behind the `@`, or a label of more than 63.", "Nothing: DNS has no such names."},
    error_explained{error::path_too_long, "More than 256 octets, brackets included.", "Nothing."},
    error_explained{error::non_ascii_address, "An address beyond ASCII in a transaction without SMTPUTF8.", "Offer SMTPUTF8; the client asks for it by itself where the server has it."},

    error_explained{error::bad_parameter, "Not `KEYWORD` or `KEYWORD=value`, or not one space apart.", "Look at the offset."},
    error_explained{error::unknown_parameter, "A parameter that is not known, or whose extension is not offered.", "Offer the extension, or register the keyword as an own one."},
    error_explained{error::duplicate_parameter, "The same keyword twice.", "Nothing: which of the two is meant cannot be known."},
    error_explained{error::conflicting_parameters, "Two that exclude each other, such as HOLDFOR and HOLDUNTIL.", "Give one."},
    error_explained{error::missing_value, "A keyword without the value that it needs.", "Nothing."},
    error_explained{error::unexpected_value, "A value behind a keyword that takes none.", "Nothing."},
    error_explained{error::bad_value, "A value outside its rule or range.", "Look at the offset."},
    error_explained{error::below_minimum, "BY in mode R shorter than what the server announces.", "Ask for more time, or use mode N."},
    error_explained{error::bad_base64, "Not base64: length, alphabet, padding or bits that must be zero.", "Nothing; an exchange ends with 501."},
    error_explained{error::bad_xtext, "Not xtext: `+` with two upper-case hexadecimal digits stands for what is not printable.", "Encode with `encode_xtext`."},
    error_explained{error::bad_chunk_size, "BDAT without a decimal count.", "Nothing: no octets are skipped, and what follows is read as commands."},
    error_explained{error::chunk_size_overflow, "A count above 2^64 - 1.", "Nothing: nobody could find where the next command begins."},

    error_explained{error::too_many_recipients, "RCPT above `server_limits::recipients`.", "The client sends the rest in another transaction by itself."},
    error_explained{error::too_many_messages, "MAIL above the announced MAILMAX.", "The client opens another connection for the rest."},
    error_explained{error::message_too_large, "SIZE declared more than the limit, or more octets came; a chunk of twice the limit is not read and ends the session.", "Raise `server_options::max_message_size` if such messages are wanted."},
    error_explained{error::text_line_too_long, "A line of content above 1000 octets, CR LF included, or above `server_limits::text_line`.", "Encode the body (quoted-printable, base64), or send by BDAT with BINARYMIME."},
    error_explained{error::eight_bit_content, "An octet above 127 in content that did not declare it.", "Set `parameters.body` to `eight_bit_mime`."},
    error_explained{error::no_valid_recipients, "No recipient was accepted, so the content is for nobody.", "Read the results of the recipients: each has its own reply."},
    error_explained{error::too_many_errors, "More refused commands than `server_limits::errors`; 421 and the end.", "Nothing, or raise the limit."},
    error_explained{error::too_many_commands, "More than `server_limits::idle_commands` in a row that bring no mail on, such as NOOP, RSET, VRFY or a RCPT that was refused for good; 421 and the end.", "Nothing, or raise the limit."},
    error_explained{error::no_service, "The greeting was refused with 554; every command draws 503 until QUIT.", "Nothing."},
    error_explained{error::early_talker, "The client spoke before the greeting, where that is forbidden.", "Nothing: most who do it send unwanted mail."},
    error_explained{error::http_on_this_port, "A browser, or somebody who makes one speak to this port.", "Nothing; the session ends after one reply."},
    error_explained{error::tls_on_this_port, "The first octets are a TLS record: the client expects implicit TLS.", "Point the client to the port for implicit TLS (465), or serve TLS from the start here."},
    error_explained{error::cleartext_after_starttls, "Octets behind STARTTLS that came before the handshake: somebody injects commands.", "Close. Do not hand such octets to the TLS library."},
    error_explained{error::tls_required, "A command that has to wait for TLS; or a client that would show a password without it.", "Use STARTTLS, or drop `require_tls` (server), or allow it with `auth_without_tls` (client)."},
    error_explained{error::tls_unavailable, "The application refused STARTTLS for now.", "Check certificate and key."},
    error_explained{error::tls_active, "STARTTLS inside TLS.", "Nothing."},
    error_explained{error::authentication_required, "A command that has to wait for AUTH.", "Authenticate, or drop `require_auth`."},
    error_explained{error::authentication_failed, "Wrong name or password, or a response that the mechanism refuses.", "Nothing; failures count, and too many end the session."},
    error_explained{error::authentication_cancelled, "The client sent `*`.", "Nothing."},
    error_explained{error::authentication_line_too_long, "A line of the exchange above 12288 octets.", "Nothing."},
    error_explained{error::already_authenticated, "AUTH after an AUTH that was accepted.", "Nothing."},
    error_explained{error::unknown_mechanism, "A mechanism that is not offered, or only inside TLS.", "Look at `offered().mechanisms`."},

    error_explained{error::unexpected_initial_response, "An initial response for a mechanism in which the server speaks first.", "Call `authenticate()` without one, and answer the challenge."},
    error_explained{error::bad_sasl_message, "Not what the mechanism says at this point.", "The exchange has failed; begin anew."},
    error_explained{error::nonce_mismatch, "The nonce belongs to another exchange: a replay, or a server that mixes sessions up.", "Do not go on with this connection."},
    error_explained{error::channel_binding_mismatch, "The two ends do not see the same TLS channel: somebody is between them.", "Do not go on with this connection."},
    error_explained{error::channel_binding_downgrade, "The list of mechanisms was changed on its way.", "Do not go on with this connection."},
    error_explained{error::iterations_out_of_range, "SCRAM iterations below what is safe, or so many that they are meant to keep the client busy.", "If the server is yours, set the count between the two bounds."},
    error_explained{error::bad_server_signature, "The server does not know the password: it may be somebody else.", "Do not go on, although 235 may follow."},
    error_explained{error::unusable_credentials, "A name or password that the mechanism cannot carry, such as one with NUL.", "Change the credentials, or choose another mechanism."},
    error_explained{error::crypto_unavailable, "No such hash, or no random numbers, from the `crypto` that was given.", "Check how OpenSSL was built; MD5 may be switched off."},

    error_explained{error::not_a_proxy_header, "The first octets are no PROXY header of either version.", "Close. Check that the proxy is configured to send one."},
    error_explained{error::bad_proxy_header, "Begins like a PROXY header and is none.", "Close."},
    error_explained{error::proxy_header_too_long, "Above 107 octets (version 1), or above the cap (version 2).", "Close, or raise the cap if the proxy sends many TLVs."},
    error_explained{error::bad_proxy_checksum, "The CRC32C in the header is that of other octets.", "Close."},

    error_explained{error::timed_out, "`expired()` was called: the peer did not act in time.", "Client: try again later."},
    error_explained{error::shutting_down, "`shut_down()` was called.", "Nothing; the client tries again."},
    error_explained{error::closed_by_application, "The application answered a question with 421.", "Nothing."},
    error_explained{error::connection_lost, "`closed_by_peer()` was called before the end of the session.", "Server: drop a message that was not complete. Client: read each result; `unknown` means that the end of the message was sent and not answered."},
    error_explained{error::reset_by_client, "RSET or a new hello inside a transaction.", "Drop what was collected of the message."},

    error_explained{error::bad_reply, "Not three digits and a space, hyphen or line end.", "Close. Check that the port speaks SMTP."},
    error_explained{error::reply_line_too_long, "A line of a reply above `client_limits::reply_line`.", "Close, or raise the limit."},
    error_explained{error::reply_too_long, "A reply of too many lines or octets.", "Close, or raise the limit."},
    error_explained{error::reply_code_mismatch, "Lines of one reply with different codes.", "Close: whether it means yes cannot be known."},
    error_explained{error::unexpected_reply, "A reply that answers no command; only 421 may come unasked.", "Close: replies and commands are out of step, or somebody injects."},
    error_explained{error::reply_out_of_step, "A code that this command cannot draw, such as 250 to DATA.", "Close."},
    error_explained{error::refused_by_server, "4yz or 5yz; the reply in the result says more.", "4yz: try again later. 5yz: tell the sender."},
    error_explained{error::server_closing, "421: the server ends the session.", "Try again later."},
    error_explained{error::octets_behind_starttls, "Octets between the reply to STARTTLS and TLS: somebody injects replies.", "Close; do not send anything."},
    error_explained{error::tls_failed, "`tls_failed()` was called: no handshake, or a certificate that does not satisfy.", "Check the certificate, its names and the trusted authorities."},
    error_explained{error::tls_not_offered, "TLS is required, and the server offers none or refused it.", "Nothing was sent. Check the port, or whether somebody strips STARTTLS."},

    error_explained{error::server_lacks_8bitmime, "8-bit content for a server without 8BITMIME.", "Encode the body in seven bits, or return the message to its sender."},
    error_explained{error::server_lacks_smtputf8, "An address beyond ASCII for a server without SMTPUTF8.", "Use an ASCII address of the same person, or return the message."},
    error_explained{error::server_lacks_extension, "A parameter whose extension the server does not offer.", "Leave the parameter away if it is only a wish; return the message if it is a demand, such as REQUIRETLS."},
    error_explained{error::message_above_server_limit, "The message is larger than the server's SIZE.", "Return the message, or send less."},
    error_explained{error::too_many_for_server, "The server takes no more transactions in this session, or none to so many domains (LIMITS).", "Go on over another connection."},
    error_explained{error::no_recipients, "`submit()` with an empty list.", "Give one recipient at least."},
    error_explained{error::not_ready, "A call at the wrong time: see the order of calls in the session's header.", "Wait for the event that permits it: `ready`, `content_wanted`, `auth_challenge`."},
};
// clang-format on

[[nodiscard]] consteval bool explains_every_error() {
    if (error_explanations.size() != error_table.size()) return false;
    for (std::size_t i = 0; i < error_table.size(); ++i)
        if (error_explanations[i].name != error_table[i].name) return false;
    return true;
}
static_assert(explains_every_error(), "error_explanations must follow error_table");

class errors_as_markdown {
public:
    [[nodiscard]] static std::string print() {
        errors_as_markdown all;
        all.page_ =
            "# Errors\n\n"
            "Printed by `tests/errors_as_markdown.cpp` from `include/postel/error.hpp`; not edited "
            "by hand. "
            "The reply is what a server\nusually gives; a dash means that none is given, \"end\" "
            "that it "
            "ends the session. "
            "`describe(error)` has the same at run time.\n";
        for (std::size_t i = 1; i < error_table.size(); ++i) all.row(i);
        return all.page_;
    }

private:
    void row(std::size_t i) {
        for (auto const& section : error_sections)
            if (section.first_of == error_table[i].name) begin(section);
        auto const& known = error_table[i];
        auto const& more = error_explanations[i];
        page_ += "| `" + spelled<error, error_table.size()>(known.name) + "` | " +
                 std::string{known.text} + " | " + reply(known) + " | " + side(known.side) + " | " +
                 std::string{more.cause} + " | " + std::string{more.advice} + " |\n";
    }
    void begin(error_section const& section) {
        page_ += "\n## " + std::string{section.section} + "\n\n";
        if (!section.about.empty()) page_ += std::string{section.about} + "\n\n";
        page_ +=
            "| error | text | reply | fault | cause | what to do |\n| --- | --- | --- | --- | --- "
            "| --- |\n";
    }
    [[nodiscard]] static std::string side(fault whose) {
        return whose == fault::local ? "own" : "peer";
    }
    // What goes over the wire, where something does.
    [[nodiscard]] static std::string reply(error_row const& row) {
        std::string text = row.code.value != 0 ? std::to_string(row.code.value) : "-";
        if (auto const& status = row.status; status.present())
            text += " " + std::to_string(status.code_class) + "." + std::to_string(status.subject) +
                    "." + std::to_string(status.detail);
        return text + (ends_session(row.name) ? ", end" : "");
    }

    std::string page_;
};

}  // namespace postel::test
