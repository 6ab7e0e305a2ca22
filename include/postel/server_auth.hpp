#pragma once

#include <postel/server_machine.hpp>

// AUTH in a server session, from the command to its last reply.

namespace postel {

inline void server_session::on_auth(command_line const& line, maybe_event& told) {
    auto const parsed = parse_auth(line);
    if (!parsed) return violate(parsed.fault(), line, told);
    auto const mechanism = find_sasl_mechanism(parsed->mechanism);
    if (!mechanism || !announced().mechanisms.has(*mechanism))
        return violate({error::unknown_mechanism}, line, told);
    auto const first = parsed->initial_response;
    if (first && !describe(*mechanism).client_first)
        return violate({error::unexpected_initial_response}, line, told);
    state_ = after(state_, server_column::auth);
    auth_ = std::make_unique<auth_dialog>(*mechanism);
    if (!first) return take_turn(auth_->begin(), told);
    return hear(*first == "=" ? std::string_view{} : *first, told);
}

inline void server_session::read_auth(maybe_event& told) {
    auto const step = lines_.next(window_.unread(), minimum::authentication_line);
    window_.consume(step.consumed);
    switch (step.what) {
        case line_reader::outcome::partial: return;
        case line_reader::outcome::too_long:
            return end_auth(error::authentication_line_too_long, told);
        case line_reader::outcome::line: break;
    }
    show(step.text == "*" ? "*" : "(hidden)");
    return step.text == "*" ? end_auth(error::authentication_cancelled, told)
                            : hear(step.text, told);
}

inline void server_session::hear(std::string_view base64, maybe_event& told) {
    auto const step = auth_->hear(base64);
    return step ? take_turn(*step, told) : end_auth(step.fault().code, told);
}

inline void server_session::take_turn(auth_dialog::step const& step, maybe_event& told) {
    auto const mechanism = auth_->mechanism();
    switch (step.whose) {
        case auth_dialog::turn::client: send_challenge(step.challenge); return;
        case auth_dialog::turn::exchange:
            return ask(question::exchange, state_,
                       auth_exchange{mechanism, auth_->octets(), auth_->silent()}, told);
        case auth_dialog::turn::credentials: break;
    }
    auto const said = auth_->credentials();
    return ask(question::credentials, state_,
               credentials{mechanism, said.authorization_id, said.authentication_id, said.password},
               told);
}

// The client spoilt or cancelled it. What it said is not shown to anybody.
inline void server_session::end_auth(error why, maybe_event& told) {
    state_ = after(state_, server_moment::sasl_end);
    auth_.reset();
    violate({why}, told);
    if (why == error::authentication_failed && state_ != server_state::closed) count_failure();
}

inline void server_session::auth_settled(bool accepted) {
    state_ = after(state_, server_moment::sasl_end);
    auth_.reset();
    authenticated_ = accepted;
    if (!accepted) count_failure();
}

// Guessing has an end, and not before the third attempt.                        RFC 4954 9
inline void server_session::count_failure() {
    auto const limit = std::max(options_->limits.authentication_failures, 1u);
    if (exceeds(auth_failures_, limit - 1)) leave(error::too_many_errors);
}

inline void server_session::challenge(std::string_view octets) {
    if (question_ != question::exchange) return;
    take_question();
    send_challenge(octets);
}

// continue-req = "334" SP [ base64 ] CRLF                                       RFC 4954 8
inline void server_session::send_challenge(std::string_view octets) {
    auto const shown = shown_so_far();
    output_.append(std::string_view{"334 "});
    encode_base64(output_, octets);
    output_.append(std::string_view{"\r\n"});
    show_replies(shown);
}

}  // namespace postel
