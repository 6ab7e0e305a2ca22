#pragma once

#include <postel/client_machine.hpp>

// How a client session tells what became of messages, and how it ends.

namespace postel {

// About the first message. What is decided stands: what comes after it is only its consequence.
inline void client_session::decide(verdict const& end, reply_view const& reply) {
    if (first().end.why != error::none) return;
    first().end = end;
    release(&occasional::cause);
    if (!reply.octets().empty()) demand().cause.append(reply.octets());
}

// Nobody is left to send the content to. DATA is needed no more, if it is not on its way.
inline void client_session::decide_without_recipients() {
    auto& message = first();
    decide({message.deferred ? outcome::transient : outcome::permanent, error::no_valid_recipients,
            client_step::rcpt},
           {});
    bool const unsent = message.sending != client_step::none || content_open_;  // by BDAT
    stop_content();
    if (!unsent || !expected_.empty()) return;
    message.sending = client_step::none;
    message.over = reset_due_ = true;
}

// No reply to the first message is due any more.
inline client_session::maybe_event client_session::conclude() {
    if (first().again) {
        first() = part(*first().mail, first().from);
        return std::nullopt;
    }
    if (first().opened) reset_due_ = true;
    first().over = true;
    return next_result();
}

inline client_session::maybe_event client_session::next_result() {
    if (under_way_ != 0 && first().over) {
        auto& message = first();
        auto const cause = cause_of(message);
        auto const end = message.end;
        if (message.answered == message.to)
            return options_->lmtp && message.accepted != 0 ? one_of_lmtp(end, cause)
                                                           : pop_message(end, cause);
        // Nobody is in doubt about a recipient that no RCPT has named.
        if (end.what == outcome::unknown && is_barred(message))
            return barred_result(message.answered++);
        return recipient_result{message.answered++, end.what, end.why, end.command, cause};
    }
    if (failure_.why != error::none) {
        auto const end = std::exchange(failure_, {});
        return failed{end.why, end.what, end.command, kept(view(&occasional::last_words))};
    }
    if (phase_ == phase::closed && !farewell_told_) {
        farewell_told_ = true;
        release(&occasional::cause);
        release(&occasional::last_words);
        release(&occasional::domains);
        return disconnected{};
    }
    return std::nullopt;
}

// What the last event pointed at is of no use any longer.
inline void client_session::release_told() {
    window_.release_used();
    reader_.release_used();
    if (under_way_ == 0 || first().end.why == error::none) release(&occasional::cause);
}

inline message_result client_session::pop_message(verdict const& end, reply_view const& reply) {
    if (under_way_ == 1) queue_rest();
    auto const& done = first();
    message_result const told{end.what,
                              end.why,
                              end.command,
                              reply,
                              done.from,
                              done.to - done.from,
                              done.to == done.mail->recipients.size()};
    transactions_[0] = transactions_[1];
    --under_way_;
    release(&occasional::scratch);
    return told;
}

// The session is over at once, and so is every message under way. One whose final dot went out may
// have been accepted, unless a 421 answered it. In LMTP recipients without an answer have to be
// tried again.                                     RFC 1047, RFC 5321 4.5.4.1, RFC 2033 5
// When all results are known and QUIT is due, nobody minds how the server leaves.
inline void client_session::break_off(failed const& why) {
    if (phase_ == phase::closed) return;
    bool const at_stake = under_way_ != 0 && !last().over;
    if (phase_ == phase::leaving && !at_stake) return close();
    for (auto& message : transactions_) {
        if (message.again) message.end = {};
        message.again = false;
        bool const gone = message.complete && end_ahead_ == 0 && why.why != error::server_closing &&
                          !options_->lmtp;
        message.over = true;
        if (message.end.why != error::none) continue;
        if (!message.complete && message.mail != nullptr)
            message.to = static_cast<std::uint32_t>(message.mail->recipients.size());
        message.end = {gone ? outcome::unknown : outcome::transient, why.why, why.command};
        message.cut_off = true;
    }
    failure_ = {why.what, why.why, why.command};
    if (!why.reply.octets().empty()) demand().last_words.append(why.reply.octets());
    close();
}

inline void client_session::close() {
    phase_ = phase::closed;
    stop_content();
    payload_ = {};
    bool const results_due = !authenticating_ && under_way_ != 0;  // for which LMTP has its bits
    authenticating_ = false;
    release(&occasional::converted);
    if (!results_due) release(&occasional::scratch);
    expected_.clear();
    window_.clear();
    reader_.reset();
    output_.clear();
}

// The reply that decided about a message.
inline reply_view client_session::cause_of(transaction const& message) const {
    if (message.end.why == error::too_many_for_server) return {};  // no server was asked
    return kept(view(message.cut_off ? &occasional::last_words : &occasional::cause));
}

inline reply_view client_session::kept(std::string_view octets) {
    return octets.empty() ? reply_view{} : *parse_reply(octets);
}

}  // namespace postel
