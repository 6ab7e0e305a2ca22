#pragma once

#include <postel/client_machine.hpp>

// What replies to MAIL, RCPT, DATA, BDAT and content do in a client session.

namespace postel {

inline client_session::maybe_event client_session::sender_taken() {
    first().opened = true;
    return first().end.why != error::none && expected_.empty() ? conclude() : std::nullopt;
}

// What rides behind a refused MAIL is answered too, but decides nothing. RFC 2920 3.1
inline client_session::maybe_event client_session::sender_refused(reply_view const& reply) {
    auto const code = reply.code().value;
    // Some servers cannot take an envelope that rides behind content: once more, by itself.
    if (first().rode && mails_left() && (code == 503 || code == 554)) {
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
    if (options_->lmtp) note_recipient(message.answered - message.from, taken);
    if (what == outcome::transient) message.deferred = true;
    auto const index = message.answered++;
    if (message.accepted == 0 && message.answered == message.to) decide_without_recipients();
    return recipient_result{index, what, taken ? error::none : error::refused_by_server,
                            client_step::rcpt, reply};
}

// Where nobody is left to send the content to, it is a lone dot.        RFC 2920 3.1
// Not so behind an AUTH that failed: a server that takes mail from anybody would deliver an empty
// message in the user's name. Only the end of the connection takes DATA back.   RFC 4954 4
inline void client_session::go_ahead() {
    auto const& end = first().end;
    if (end.command == client_step::auth)
        return break_off({end.why, end.what, client_step::data, cause_of(first())});
    open_content();
    finishing_ = end.why != error::none;
}

inline client_session::maybe_event client_session::data_refused(reply_view const& reply) {
    decide({outcome_of(reply.code()), error::refused_by_server, client_step::data}, reply);
    return conclude();
}

inline client_session::maybe_event client_session::message_answered(client_step step,
                                                                    reply_view const& reply) {
    auto const what = outcome_of(reply.code());
    bool const taken = what == outcome::accepted;
    if (step == client_step::last_chunk && !taken) reset_due_ = true;  // nobody knows  RFC 3030 2
    first().opened = false;
    bool const more = !expected_.empty() && expected_.front() == step;  // LMTP
    if (first().end.why != error::none) return more ? std::nullopt : conclude();
    verdict const end{what, taken ? error::none : error::refused_by_server, step};
    return options_->lmtp ? one_of_lmtp(end, reply) : pop_message(end, reply);
}

inline client_session::maybe_event client_session::chunk_answered(bool taken,
                                                                  reply_view const& reply) {
    if (!taken) {
        reset_due_ = true;  // nobody knows what is left of the transaction  RFC 3030 2
        decide({outcome_of(reply.code()), error::refused_by_server, client_step::chunk}, reply);
        stop_content();
    }
    return first().end.why != error::none && expected_.empty() ? conclude() : std::nullopt;
}

// The server judges content whose octets it cannot have. They have to go out, but the caller would
// be told that nobody needs them any more.                                  RFC 3030 2
inline client_session::maybe_event client_session::answered_too_soon(client_step step,
                                                                     reply_view const& reply) {
    auto const what = outcome_of(reply.code());
    if (what != outcome::accepted) decide({what, error::refused_by_server, step}, reply);
    break_off({error::reply_out_of_step, outcome::transient, step, reply});
    return std::nullopt;
}

// ---------------------------------------------------------------------------------------------
// LIMITS: envelopes that the server does not take as a whole               RFC 9422

// The recipients from here on, as many as one transaction may have.        RFC 9422 4.2
inline client_session::transaction client_session::part(envelope const& mail,
                                                        std::uint32_t from) const {
    auto const rest = static_cast<std::uint32_t>(mail.recipients.size()) - from;
    auto const most = std::max(capabilities_.limits.rcpt_max.value_or(rest), std::uint32_t{1});
    transaction one;
    one.mail = &mail;
    one.sending = client_step::mail;
    one.from = one.sent = one.answered = from;
    one.to = from + std::min(rest, most);
    one.chunked = capabilities_.offered.has(extension::chunking);
    return one;
}

inline bool client_session::mails_left() const {
    auto const most = capabilities_.limits.mail_max;
    return !most || mails_ < *most;
}

inline void client_session::forgo(transaction& message) {
    message.end = {outcome::transient, error::too_many_for_server, client_step::mail};
    message.sending = client_step::none;
    message.over = true;
}

// What is left of an envelope comes before all others.
inline void client_session::queue_rest() {
    auto const& mail = *last().mail;
    auto const all = static_cast<std::uint32_t>(mail.recipients.size());
    if (last().to == all) return;
    auto rest = part(mail, last().to);
    if (phase_ == phase::closed) {
        rest.end = {outcome::transient, failure_.why, failure_.command};
        rest.over = rest.cut_off = true;
    } else if (!mails_left()) {
        forgo(rest);
    }
    if (rest.over) rest.to = all;
    transactions_[under_way_++] = rest;
}

// A domain is counted from the first RCPT that names it, and for the whole session. One that is
// kept out stays out, so nobody has to remember which recipients that were.  RFC 9422 4.3
namespace detail {
// Stands for the domain of a recipient, whatever its letter case; 0 for one that has none. Two
// domains with one print would count as one, and the server would refuse the second by itself.
[[nodiscard]] constexpr std::uint64_t domain_print(std::string_view mailbox) {
    auto const at = mailbox.rfind('@');
    if (at == mailbox.npos) return 0;
    std::uint64_t print = 14695981039346656037u;  // FNV-1a
    for (char const c : mailbox.substr(at + 1))
        print = (print ^ static_cast<unsigned char>(to_lower(c))) * 1099511628211u;
    return print;
}
}  // namespace detail

inline bool client_session::knows_domain(std::uint64_t print) const {
    auto const known = view(&occasional::domains);
    for (std::size_t at = 0; at != known.size(); at += sizeof print)
        if (std::memcmp(known.data() + at, &print, sizeof print) == 0) return true;
    return false;
}

inline bool client_session::admits(envelope::recipient const& to) const {
    auto const announced = capabilities_.limits.rcpt_domain_max;
    if (!announced) return true;
    auto const most = std::min<std::size_t>(*announced, most_domains);
    if (view(&occasional::domains).size() / sizeof(std::uint64_t) < most) return true;
    auto const print = detail::domain_print(to.mailbox);
    return print == 0 || knows_domain(print);
}

inline bool client_session::admits_any(transaction const& message) const {
    for (auto i = message.from; i != message.to; ++i)
        if (admits(message.mail->recipients[i])) return true;
    return false;
}

inline void client_session::admit(envelope::recipient const& to) {
    if (!capabilities_.limits.rcpt_domain_max) return;
    auto const print = detail::domain_print(to.mailbox);
    if (print == 0 || knows_domain(print)) return;
    auto const octets = std::bit_cast<std::array<char, sizeof print>>(print);
    demand().domains.append({octets.data(), octets.size()});
}

// The result of a recipient that no RCPT was sent for, when it is its turn.
inline client_session::maybe_event client_session::next_barred() {
    if (under_way_ == 0) return std::nullopt;
    auto& message = first();
    bool const due = message.opened && message.end.why == error::none;
    if (!due || !is_barred(message)) return std::nullopt;
    message.deferred = true;
    if (options_->lmtp) note_recipient(message.answered - message.from, false);
    auto const index = message.answered++;
    if (message.accepted == 0 && message.answered == message.to) decide_without_recipients();
    return barred_result(index);
}

// No RCPT was sent for the recipient whose result is next.
inline bool client_session::is_barred(transaction const& message) const {
    return message.answered < message.sent && !admits(message.mail->recipients[message.answered]);
}

inline recipient_result client_session::barred_result(std::size_t index) {
    return {index, outcome::transient, error::too_many_for_server, client_step::rcpt, {}};
}

// ---------------------------------------------------------------------------------------------
// LMTP: a final reply for each accepted recipient                          RFC 2033 4.2

inline void client_session::note_recipient(std::uint32_t index, bool taken) {
    if (index == 0) {
        auto& bits = demand();
        bits.scratch.release();
        auto const octets = bits.scratch.extend((first().to - first().from + 7) / 8);
        std::fill(octets.begin(), octets.end(), '\0');
        bits.told = 0;
    }
    if (!taken) return;
    auto& bits = demand().scratch.octet(index / 8);
    bits = static_cast<char>(static_cast<unsigned char>(bits) | 1u << index % 8);
}

inline std::size_t client_session::next_accepted() {
    auto& held = demand();
    auto const is_accepted = [&](std::size_t i) {
        return (static_cast<unsigned char>(held.scratch.view()[i / 8]) >> i % 8 & 1u) != 0;
    };
    while (!is_accepted(held.told)) ++held.told;
    return first().from + held.told++;
}

inline message_result client_session::one_of_lmtp(verdict const& end, reply_view const& reply) {
    message_result told{end.what, end.why, end.command, reply, next_accepted(), 1, false};
    if (--first().accepted == 0) told.last = pop_message(end, reply).last;
    return told;
}

}  // namespace postel
