#pragma once

#include <postel/client_machine.hpp>

// What replies to MAIL, RCPT, DATA, BDAT and content do in a client session.

namespace postel {

// What rides behind a refused MAIL is answered too, but decides nothing. RFC 2920 3.1
inline client_session::maybe_event client_session::sender_refused(reply_view const& reply) {
    auto const code = reply.code().value;
    // Some servers cannot take an envelope that rides behind content: once more, by itself.
    if (first().rode && overlap_ && (code == 503 || code == 554)) {
        first().again = true;
        overlap_ = false;
    }
    decide({outcome_of(reply.code()), error::refused_by_server, client_step::mail}, reply);
    first().sending = client_step::none;
    stop_content();
    return expected_.empty() ? conclude() : std::nullopt;
}

inline client_session::maybe_event client_session::recipient_answered(bool taken,
                                                                      reply_view const& reply) {
    auto& message = first();
    if (message.end.why != error::none)  // MAIL was refused
        return expected_.empty() ? conclude() : std::nullopt;
    auto what = outcome_of(reply.code());
    // 552 to RCPT is an old spelling of 452.                     RFC 5321 4.5.3.1.10
    if (reply.code() == 552) what = outcome::transient;
    if (taken) ++message.accepted;
    if (options_->lmtp) note_recipient(message.answered, taken);
    if (what == outcome::transient) message.deferred = true;
    auto const index = message.answered++;
    if (message.accepted == 0 && message.answered == message.mail->recipients.size())
        decide_without_recipients();
    return recipient_result{index, what, taken ? error::none : error::refused_by_server,
                            client_step::rcpt, reply};
}

// Where nobody is left to send the content to, it is a lone dot.        RFC 2920 3.1
inline void client_session::go_ahead() {
    open_content();
    finishing_ = first().end.why != error::none;
}

inline client_session::maybe_event client_session::data_refused(reply_view const& reply) {
    reset_due_ = first().end.command != client_step::mail;  // else no transaction is open
    decide({outcome_of(reply.code()), error::refused_by_server, client_step::data}, reply);
    return conclude();
}

inline client_session::maybe_event client_session::message_answered(client_step step,
                                                                    reply_view const& reply) {
    auto const what = outcome_of(reply.code());
    bool const taken = what == outcome::accepted;
    // A refused BDAT leaves a transaction behind.                       RFC 3030 2
    if (step == client_step::last_chunk && !taken)
        reset_due_ = first().end.command != client_step::mail;
    bool const more = !expected_.empty() && expected_.front() == step;  // LMTP
    if (first().end.why != error::none) return more ? std::nullopt : conclude();
    first().end = {what, taken ? error::none : error::refused_by_server, step};
    return options_->lmtp ? one_of_lmtp(reply) : pop_message(reply);
}

inline client_session::maybe_event client_session::chunk_answered(bool taken,
                                                                  reply_view const& reply) {
    if (!taken) {
        reset_due_ = first().end.command != client_step::mail;
        decide({outcome_of(reply.code()), error::refused_by_server, client_step::chunk}, reply);
        stop_content();
    }
    return first().end.why != error::none && expected_.empty() ? conclude() : std::nullopt;
}

// ---------------------------------------------------------------------------------------------
// LMTP: a final reply for each accepted recipient                          RFC 2033 4.2

inline void client_session::note_recipient(std::uint32_t index, bool taken) {
    if (index == 0) {
        scratch_.release();
        auto const bits = scratch_.extend((first().mail->recipients.size() + 7) / 8);
        std::fill(bits.begin(), bits.end(), '\0');
        told_ = 0;
    }
    if (!taken) return;
    auto& bits = scratch_.octet(index / 8);
    bits = static_cast<char>(static_cast<unsigned char>(bits) | 1u << index % 8);
}

inline std::size_t client_session::next_accepted() {
    auto const is_accepted = [&](std::size_t i) {
        return (static_cast<unsigned char>(scratch_.view()[i / 8]) >> i % 8 & 1u) != 0;
    };
    while (!is_accepted(told_)) ++told_;
    return told_++;
}

inline message_result client_session::one_of_lmtp(reply_view const& reply) {
    auto const end = std::exchange(first().end, {});
    message_result told{end.what, end.why, end.command, reply, next_accepted()};
    if (--first().accepted == 0) (void)pop_message(reply);
    return told;
}

}  // namespace postel
