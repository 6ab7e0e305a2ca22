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

// TLS comes before everything that the capabilities permit.                 RFC 3207 4.1, 6
inline client_session::maybe_event client_session::secure_or_serve(reply_view const& reply) {
    bool const wanted =
        options_->tls == tls_policy::opportunistic || options_->tls == tls_policy::required;
    if (wanted && !tls_ && capabilities_.offered.has(extension::starttls)) {
        due_ = client_step::starttls;
        return std::nullopt;
    }
    if (options_->tls == tls_policy::required && !tls_)
        return give_up({error::tls_not_offered, outcome::permanent, client_step::ehlo, reply});
    phase_ = phase::serving;
    return ready{capabilities_, reply};
}

// Whatever stands behind the 220 was not said by the server that the handshake will prove, and is
// fatal before it and not only useless after it.                            RFC 3207 6
inline client_session::maybe_event client_session::start_handshake() {
    if (!output_.empty() || std::exchange(handshake_told_, true)) return std::nullopt;
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

inline void client_session::tls_failed() {
    break_off({error::tls_failed, outcome::transient, client_step::starttls});
}

inline client_session::maybe_event client_session::tls_refused(reply_view const& reply) {
    if (options_->tls == tls_policy::required)
        return give_up({error::tls_unavailable, outcome::transient, client_step::starttls, reply});
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

inline result<void> client_session::authenticate(sasl_mechanism mechanism,
                                                 std::optional<std::string_view> response) {
    auto const& row = describe(mechanism);
    bool const idle = under_way_ == 0 && expected_.empty() && due_ == client_step::none;
    if (phase_ != phase::serving || !idle || quit_) return error::not_ready;
    if (authenticated_) return error::already_authenticated;
    bool const offered =
        capabilities_.offered.has(extension::auth) && capabilities_.mechanisms.has(mechanism);
    if (!offered) return error::unknown_mechanism;
    if (row.shows_secrets && !tls_ && !options_->auth_without_tls) return error::tls_required;
    authenticating_ = true;
    auth_fault_ = error::none;
    auth_rounds_ = 0;
    octet_buffer line;
    line.append(std::string_view{"AUTH "});
    line.append(row.spelling);
    auto const room = minimum::command_line - line.size() - 3;
    bool const fits = response && base64_encoded_size(response->size()) <= room;
    if (response && !fits) scratch_.append(*response);  // for the empty challenge  RFC 4954 4
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
    return send_line(at_once ? client_step::auth_at_once : client_step::auth, line.view());
}

// "AUTH" and the mechanism, or "*", may be seen.
inline void client_session::show_auth(std::string_view line) const {
    bool const begins = line.substr(0, 5) == "AUTH ";
    auto const open = begins ? line.substr(0, line.find(' ', 5)) : line.substr(0, line == "*");
    if (!open.empty()) show('C', open);
    if (open.size() != line.size()) show('C', "(hidden)");
}

inline result<void> client_session::send_line(client_step step, std::string_view line) {
    step == client_step::inquiry ? show('C', line) : show_auth(line);
    output_.append(line);
    output_.append(std::string_view{"\r\n"});
    expected_.push(step);
    return {};
}

inline client_session::maybe_event client_session::challenged(reply_view const& reply) {
    if (!scratch_.empty() && reply.text().empty()) {  // the response that did not fit behind AUTH
        octet_buffer const held = std::move(scratch_);
        (void)respond(held.view());
        return std::nullopt;
    }
    scratch_.release();
    auto const text = reply.text();
    auto const size = decode_base64(text, scratch_.extend(base64_decoded_bound(text.size())));
    if (!size || reply.line_count() != 1 || ++auth_rounds_ > most_auth_rounds) {
        auth_fault_ = error::bad_base64;
        (void)cancel();
        return std::nullopt;
    }
    return auth_challenge{scratch_.view().substr(0, *size)};
}

inline result<void> client_session::respond(std::string_view octets) {
    if (!authenticating_ || !expected_.empty()) return error::not_ready;
    octet_buffer line;
    encode_base64(line, octets);
    scratch_.release();
    return send_line(client_step::auth, line.view());
}

inline result<void> client_session::cancel() {
    if (!authenticating_ || !expected_.empty()) return error::not_ready;
    if (auth_fault_ == error::none) auth_fault_ = error::authentication_cancelled;
    return send_line(client_step::auth, "*");
}

// What rides behind AUTH was meant for somebody whom the server now knows, or for nobody.
inline client_session::maybe_event client_session::authenticated(bool accepted,
                                                                 reply_view const& reply) {
    authenticating_ = false;
    scratch_.release();
    authenticated_ = accepted && auth_fault_ == error::none;
    auto const what = authenticated_ ? outcome::accepted
                      : accepted     ? outcome::permanent
                                     : outcome_of(reply.code());
    auto const why = authenticated_               ? error::none
                     : auth_fault_ != error::none ? auth_fault_
                                                  : error::authentication_failed;
    if (!authenticated_ && under_way_ != 0) decide({what, why, client_step::auth}, reply);
    return auth_result{what, why, reply};
}

inline result<void> client_session::inquire(std::string_view line) {
    bool const idle = under_way_ == 0 && expected_.empty() && due_ == client_step::none;
    if (phase_ != phase::serving || !idle || quit_ || authenticating_) return error::not_ready;
    auto const allowed =
        capabilities_.offered.has(extension::smtputf8) ? printable | non_ascii : printable;
    if (line.empty() || !all_of(line, allowed)) return error::bad_octet;
    return send_line(client_step::inquiry, line);
}

}  // namespace postel
