#pragma once

#include <postel/client_machine.hpp>

// A client session up to the first message: greeting, hello, TLS, AUTH, and single commands.

namespace postel {

// A name that does not fit the grammar could hold more than a name.
inline client_session::maybe_event client_session::welcomed() {
    std::string_view const name = options_->hostname;
    if (parse_domain(name) || parse_address_literal(name))
        due_ = client_step::ehlo;
    else
        break_off({error::bad_domain, outcome::permanent, client_step::ehlo});
    return std::nullopt;
}

inline client_session::maybe_event client_session::capable(client_step step,
                                                           reply_view const& reply) {
    capabilities_ = step == client_step::ehlo ? parse_capabilities(reply) : capabilities{};
    if (!options_->chunking) capabilities_.offered.remove(extension::chunking);
    return secure_or_serve(reply);
}

// TLS comes before everything that the capabilities permit. Where it is not to be had, somebody may
// have hidden it, who shall not be able to do more than delay mail.         RFC 3207 4.1, 6
inline client_session::maybe_event client_session::secure_or_serve(reply_view const& reply) {
    bool const wanted =
        options_->tls == tls_policy::opportunistic || options_->tls == tls_policy::required;
    if (wanted && !tls_ && capabilities_.offered.has(extension::starttls)) {
        due_ = client_step::starttls;
        return std::nullopt;
    }
    if (options_->tls == tls_policy::required && !tls_)
        return give_up({error::tls_not_offered, outcome::transient, client_step::ehlo, reply});
    phase_ = phase::serving;
    return ready{capabilities_, reply};
}

// Another 2yz may well be somebody's who wants it to look as if there were TLS.
inline client_session::maybe_event client_session::tls_accepted(reply_view const& reply) {
    auto const at = client_step::starttls;
    if (reply.code() != 220)
        break_off({error::reply_out_of_step, outcome::transient, at, reply});
    else if (!window_.empty())
        break_off({error::octets_behind_starttls, outcome::transient, at});
    else
        phase_ = phase::handshake;
    return std::nullopt;
}

// Whatever stands behind the 220 was not said by the server that the handshake will prove, and is
// fatal before it and not only useless after it.                            RFC 3207 6
inline client_session::maybe_event client_session::start_handshake() {
    if (!output_.empty() || handshake_told_) return std::nullopt;
    handshake_told_ = true;
    return tls_requested{};
}

inline void client_session::tls_established(bool verified) {
    if (tls_ || (phase_ != phase::handshake && oldest() != client_step::greeting)) return;
    if (expected_.empty()) due_ = client_step::ehlo;  // behind STARTTLS; else before the greeting
    phase_ = phase::opening;
    tls_ = true;
    verified_ = verified;
    capabilities_ = {};
}

// With implicit TLS no command has asked for it.
inline void client_session::tls_failed() {
    auto const asked =
        oldest() == client_step::greeting ? client_step::none : client_step::starttls;
    break_off({error::tls_failed, outcome::transient, asked});
}

inline client_session::maybe_event client_session::tls_refused(reply_view const& reply) {
    if (options_->tls == tls_policy::required)
        return give_up({error::tls_not_offered, outcome::transient, client_step::starttls, reply});
    phase_ = phase::serving;
    return ready{capabilities_, reply};
}

// Only a server that does not know EHLO is asked again; every other refusal is meant.
//                                                                   RFC 5321 3.2, 4.1.4
inline client_session::maybe_event client_session::try_helo(reply_view const& reply) {
    auto const code = reply.code().value;
    bool const unknown = code == 500 || code == 501 || code == 502 || code == 504;
    bool const needs_ehlo = options_->lmtp || (options_->tls == tls_policy::required && !tls_);
    if (!unknown || needs_ehlo) return turned_away(client_step::ehlo, reply);
    due_ = client_step::helo;
    return std::nullopt;
}

inline client_session::maybe_event client_session::turned_away(client_step step,
                                                               reply_view const& reply) {
    return give_up({error::refused_by_server, outcome_of(reply.code()), step, reply});
}

// Politely: the server can be trusted, it only brings no mail.
inline client_session::maybe_event client_session::give_up(failed const& why) {
    phase_ = phase::leaving;
    due_ = client_step::quit;
    return why;
}

// ---------------------------------------------------------------------------------------------
// AUTH and single commands

// Why AUTH cannot be sent, or not like this.
inline error client_session::auth_objection(sasl_mechanism mechanism,
                                            std::optional<std::string_view> response) const {
    auto const& row = describe(mechanism);
    bool const idle = under_way_ == 0 && expected_.empty() && due_ == client_step::none;
    bool const between = !reset_due_ && !authenticating_;  // no AUTH in a transaction  RFC 4954 4
    if (phase_ != phase::serving || !idle || !between || quit_) return error::not_ready;
    if (authenticated_) return error::already_authenticated;
    bool const offered =
        capabilities_.offered.has(extension::auth) && capabilities_.mechanisms.has(mechanism);
    if (!offered) return error::unknown_mechanism;
    bool const safe = tls_ ? verified_ || options_->auth_unverified : options_->auth_without_tls;
    if (row.shows_secrets && !safe) return error::tls_required;  // RFC 4954 14
    if (response && !row.client_first) return error::unexpected_initial_response;
    if (response && base64_encoded_size(response->size()) + 2 > minimum::authentication_line)
        return error::authentication_line_too_long;
    return error::none;
}

inline result<void> client_session::authenticate(sasl_mechanism mechanism,
                                                 std::optional<std::string_view> response) {
    if (auto const why = auth_objection(mechanism, response); why != error::none) return why;
    authenticating_ = true;
    demand().auth_fault = error::none;
    demand().auth_rounds = 0;
    secret_buffer line;
    line.append(std::string_view{"AUTH "});
    line.append(to_string(mechanism));
    auto const room = minimum::command_line - line.size() - 3;
    bool const fits = response && base64_encoded_size(response->size()) <= room;
    if (response && !fits)
        demand().scratch.append(*response);  // for the empty challenge  RFC 4954 4
    if (fits) {
        line.append(std::string_view{" "});
        if (response->empty())
            line.append(std::string_view{"="});
        else
            encode_base64(line, *response);
    }
    bool const at_once =
        fits && (mechanism == sasl_mechanism::plain || mechanism == sasl_mechanism::external ||
                 mechanism == sasl_mechanism::anonymous);
    return send_auth(at_once ? client_step::auth_at_once : client_step::auth, line.view());
}

// "AUTH" and the mechanism, or "*", may be seen.
inline void client_session::show_auth(std::string_view line) const {
    bool const begins = line.substr(0, 5) == "AUTH ";
    auto const open = begins ? line.substr(0, line.find(' ', 5)) : line.substr(0, line == "*");
    if (transcript_ == nullptr) return;
    open.size() == line.size() ? show('C', open) : transcript_->secret(open);
}

inline result<void> client_session::send_auth(client_step step, std::string_view line) {
    show_auth(line);
    output_.overwrite_when_sent();
    output_.append(line);
    output_.append(std::string_view{"\r\n"});
    expected_.push(step);
    return {};
}

inline client_session::maybe_event client_session::challenged(reply_view const& reply) {
    auto& held = demand();
    if (held.auth_fault != error::none) {  // "*" was the last word
        break_off({error::reply_out_of_step, outcome::transient, client_step::auth, reply});
        return std::nullopt;
    }
    if (quit_) {
        (void)cancel();
        return std::nullopt;
    }
    if (!held.scratch.empty() && reply.text().empty()) {  // a response that did not fit behind AUTH
        secret_buffer const response = std::move(held.scratch);
        (void)respond(response.view());
        return std::nullopt;
    }
    held.scratch.release();
    auto const text = reply.text();
    auto const size = decode_base64(text, held.scratch.extend(base64_decoded_bound(text.size())));
    bool const endless = ++held.auth_rounds > most_auth_rounds;
    if (!size || reply.line_count() != 1 || endless) {
        held.auth_fault = endless ? error::bad_sasl_message : error::bad_base64;
        (void)cancel();
        return std::nullopt;
    }
    return auth_challenge{held.scratch.view().substr(0, *size)};
}

inline result<void> client_session::respond(std::string_view octets) {
    if (!authenticating_ || !expected_.empty()) return error::not_ready;
    if (base64_encoded_size(octets.size()) + 2 > minimum::authentication_line)
        return error::authentication_line_too_long;
    secret_buffer line;
    encode_base64(line, octets);
    release(&occasional::scratch);
    return send_auth(client_step::auth, line.view());
}

inline result<void> client_session::cancel() {
    if (!authenticating_ || !expected_.empty()) return error::not_ready;
    auto& fault = demand().auth_fault;
    if (fault == error::none) fault = error::authentication_cancelled;
    release(&occasional::scratch);
    return send_auth(client_step::auth, "*");
}

inline client_session::maybe_event client_session::authenticated(bool accepted,
                                                                 reply_view const& reply) {
    auto const fault = demand().auth_fault;
    authenticating_ = false;
    release(&occasional::scratch);
    authenticated_ = accepted && fault == error::none;
    auto const what = authenticated_ ? outcome::accepted
                      : accepted     ? outcome::permanent
                                     : outcome_of(reply.code());
    auto const why = authenticated_         ? error::none
                     : fault != error::none ? fault
                                            : error::authentication_failed;
    if (!authenticated_ && under_way_ != 0)
        denied_before(first(), {what, why, client_step::auth}, reply);
    return auth_result{what, why, reply};
}

// What rides behind AUTH was meant to come from somebody whom the server knows, and to come from
// nobody instead is not for us to choose. MAIL and RCPT are taken back by RSET, DATA by go_ahead();
// if the content is out as well, as the option allows, the server has to choose.   RFC 4954 4
inline void client_session::denied_before(transaction& message, verdict const& end,
                                          reply_view const& reply) {
    if (message.complete) return;
    decide(end, reply);
    message.sending = client_step::none;
    message.to = static_cast<std::uint32_t>(message.mail->recipients.size());
    message.over = expected_.empty();
    stop_content();
}

namespace detail {
// What the session has to say itself, lest it lose count of the server's state.
[[nodiscard]] constexpr bool may_be_inquired(verb v) {
    switch (v) {
        case verb::noop:
        case verb::rset:
        case verb::vrfy:
        case verb::expn:
        case verb::help:
        case verb::etrn:
        case verb::unknown: return true;
        default: return false;
    }
}
}  // namespace detail

inline result<void> client_session::inquire(std::string_view line) {
    bool const idle = under_way_ == 0 && expected_.empty() && due_ == client_step::none;
    if (phase_ != phase::serving || !idle || quit_ || authenticating_) return error::not_ready;
    auto const allowed =
        capabilities_.offered.has(extension::smtputf8) ? printable | non_ascii : printable;
    if (line.empty() || !all_of(line, allowed)) return error::bad_octet;
    if (!check_utf8(line)) return error::bad_utf8;
    if (line.size() + 2 > minimum::command_line) return error::line_too_long;
    if (!detail::may_be_inquired(parse_verb(line.substr(0, line.find(' ')))))
        return error::bad_sequence;
    demand().scratch.append(line);  // RSET may have to come first
    due_ = client_step::inquiry;
    return {};
}

}  // namespace postel
