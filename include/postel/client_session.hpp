#pragma once

#include <postel/client_machine.hpp>
#include <postel/client_opening.hpp>
#include <postel/client_results.hpp>
#include <postel/client_sending.hpp>
#include <postel/client_transaction.hpp>

// The client session: client_machine.hpp has the class, this page what its caller calls and how it
// reads, its neighbours what each reply does and what is sent.

namespace postel {

// ---------------------------------------------------------------------------------------------
// A  look

inline client_session::client_session(client_options const& options)
    : options_(&options), overlap_(options.overlap) {
    expected_.push(client_step::greeting);
    if (options.tls == tls_policy::implicit) phase_ = phase::handshake;
}

inline bool client_session::wants_input() const {
    if (phase_ == phase::closed || phase_ == phase::handshake) return false;
    return window_.empty() && (!expected_.empty() || disturbed());
}

inline bool client_session::waiting() const {
    if (phase_ != phase::serving) return false;
    if (content_open_) return piece_.empty() && payload_.empty() && !finishing_;
    return under_way_ == 0 && !quit_;
}

inline bool client_session::finished() const {
    return farewell_told_;  // the output was cleared before
}

inline std::optional<timeout> client_session::deadline() const {
    if (phase_ == phase::closed) return std::nullopt;
    if (phase_ == phase::handshake) return options_->timeouts.tls_handshake;
    if (disturbed()) return options_->timeouts.command;
    if (content_open_ || !payload_.empty()) return options_->timeouts.content_block;
    if (expected_.empty()) return std::nullopt;
    return options_->timeouts.*describe(expected_.front()).patience;
}

inline std::size_t client_session::heap_octets() const {
    return window_.heap_octets() + reader_.heap_octets() + output_.heap_octets() +
           (occasional_ ? sizeof(occasional) + occasional_->octets() : 0);
}

// ---------------------------------------------------------------------------------------------
// B  arrived

inline void client_session::receive(std::string_view octets) {
    if (phase_ == phase::closed || octets.empty()) return;
    // Before the handshake every octet is an attacker's.                   RFC 3207 6
    if (phase_ == phase::handshake && !expected_.empty()) return tls_failed();
    if (phase_ == phase::handshake)
        return break_off(
            {error::octets_behind_starttls, outcome::transient, client_step::starttls});
    [[maybe_unused]] bool const opened = window_.open(octets);
    assert(opened && "receive() while octets are unread");
}

inline void client_session::sent(std::size_t octets) {
    end_ahead_ -= std::min(end_ahead_, octets);
    if (!payload_.empty()) {
        auto const before = std::min(octets, std::size_t{ahead_});
        auto const within = std::min(octets - before, payload_.size());
        output_.sent(before);
        ahead_ -= static_cast<std::uint32_t>(before);
        payload_.remove_prefix(within);
        if (payload_.empty()) release(&occasional::converted);
        octets -= before + within;
    }
    output_.sent(octets);
}

// ---------------------------------------------------------------------------------------------
// C  ask for

inline result<void> client_session::submit(envelope const& mail) {
    bool const ended = under_way_ == 1 && (first().complete || finishing_) && !authenticating_ &&
                       first().to == first().mail->recipients.size();
    bool const grouped =
        !authenticating_ || (!expected_.empty() && expected_.back() == client_step::auth_at_once);
    if (phase_ != phase::serving || quit_ || !grouped || !(under_way_ == 0 || ended))
        return failure{error::not_ready, mail.recipients.size()};
    if (auto const fit = check(mail, capabilities_); !fit) return fit;
    if (!mails_left()) return failure{error::too_many_for_server, mail.recipients.size()};
    if (mail.parameters.require_tls && !verified_)
        return failure{error::tls_required, mail.recipients.size()};
    transactions_[under_way_++] = part(mail, 0);
    return {};
}

inline result<void> client_session::write(std::string_view piece) {
    bool const room = piece_.empty() && payload_.empty();
    if (!content_open_ || finishing_ || !room) return error::not_ready;
    piece_ = piece;
    content_asked_ = false;
    return {};
}

inline result<void> client_session::finish() {
    if (!content_open_ || finishing_) return error::not_ready;
    finishing_ = true;
    return {};
}

inline void client_session::quit() {
    quit_ = true;
    // Whatever follows a challenge is taken for its answer.
    (void)cancel();  // an exchange, if there is one
}

// ---------------------------------------------------------------------------------------------
// D  drain

// Nothing is sent while octets are unread, or while a reply to nothing has begun, so that no reply
// can answer a command that was sent behind it: that is how replies are injected.
inline std::optional<client_event> client_session::next() {
    for (;;) {
        if (auto result = next_result()) return result;
        if (phase_ == phase::closed) return std::nullopt;
        if (auto barred = next_barred()) return barred;
        if (!window_.empty()) {
            if (auto event = read_reply()) return event;
            continue;
        }
        release_told();
        if (disturbed()) return std::nullopt;
        if (phase_ == phase::handshake) return start_handshake();
        pump();
        if (phase_ == phase::closed || (under_way_ != 0 && first().over)) continue;
        bool const wanted = content_open_ && piece_.empty() && payload_.empty() && !finishing_;
        if (!wanted || content_asked_) return std::nullopt;
        content_asked_ = true;
        return content_wanted{};
    }
}

// ---------------------------------------------------------------------------------------------
// Answers

inline client_session::maybe_event client_session::read_reply() {
    auto const step = reader_.next(window_.unread(), options_->limits);
    auto const asked = oldest();
    if (!step) {
        break_off({step.fault().code, outcome::transient, asked});
        return std::nullopt;
    }
    window_.consume(step->consumed);
    if (!step->complete) return std::nullopt;
    show('S', step->reply.octets());
    bool const closing = step->reply.code() == 421 && asked != client_step::quit;
    if (closing || asked == client_step::none) {
        auto const why = closing ? error::server_closing : error::unexpected_reply;
        break_off({why, outcome::transient, asked, step->reply});
        return std::nullopt;
    }
    expected_.pop();
    bool const judged = expected_.empty() || asked == client_step::content;
    if (judged && !payload_.empty()) return answered_too_soon(asked, step->reply);
    return answered(asked, step->reply);
}

inline client_session::maybe_event client_session::answered(client_step step,
                                                            reply_view const& reply) {
    using action = client_action;
    switch (action_for(step, reply.code())) {
        case action::welcomed: return welcomed();
        case action::turned_away: return turned_away(step, reply);
        case action::capable: return capable(step, reply);
        case action::try_helo: return try_helo(reply);
        case action::ignored: return std::nullopt;
        case action::reset_refused:
            if (reply.code() == 530) return std::nullopt;  // no MAIL was obeyed   RFC 3207 4
            break;
        case action::sender_taken: return sender_taken();
        case action::sender_refused: return sender_refused(reply);
        case action::recipient_taken: return recipient_answered(true, reply);
        case action::recipient_refused: return recipient_answered(false, reply);
        case action::go_ahead: go_ahead(); return std::nullopt;
        case action::data_refused: return data_refused(reply);
        case action::message_taken:
        case action::message_refused: return message_answered(step, reply);
        case action::start_handshake: return tls_accepted(reply);
        case action::tls_refused: return tls_refused(reply);
        case action::challenged: return challenged(reply);
        case action::authenticated: return authenticated(true, reply);
        case action::denied: return authenticated(false, reply);
        case action::chunk_taken: return chunk_answered(true, reply);
        case action::chunk_refused: return chunk_answered(false, reply);
        case action::inquiry_answered: return inquiry_result{reply};
        case action::bye: close(); return std::nullopt;
        case action::out_of_step: break;
    }
    break_off({error::reply_out_of_step, outcome::transient, step, reply});
    return std::nullopt;
}

}  // namespace postel
