#pragma once

#include <postel/server_auth.hpp>
#include <postel/server_commands.hpp>
#include <postel/server_content.hpp>
#include <postel/server_machine.hpp>
#include <postel/server_replies.hpp>

// The server session: server_machine.hpp has the class, this page what its caller calls and how it
// asks, its neighbours what it reads and what it says.

namespace postel {

// ---------------------------------------------------------------------------------------------
// A  look

inline bool server_session::finished() const {
    return state_ == server_state::closed && notices_ == 0 && output_.empty();
}

inline bool server_session::wants_input() const {
    return question_ == question::none && !can_go_on() && window_.empty() &&
           state_ != server_state::tls && state_ != server_state::closed &&
           output_.size() < options_->limits.pending_output;
}

inline std::optional<timeout> server_session::deadline() const {
    auto const& grants = options_->timeouts;
    if (state_ == server_state::closed) return std::nullopt;
    if (question_ == question::tls) return grants.tls_handshake;
    if (waiting() || state_ == server_state::greeting) return std::nullopt;
    bool const content = state_ == server_state::data || state_ == server_state::bdat;
    return content ? grants.content : grants.command;
}

inline std::size_t server_session::heap_octets() const {
    return window_.heap_octets() + lines_.heap_octets() + output_.heap_octets() +
           (held_reply_ ? sizeof *held_reply_ + held_reply_->heap_octets() : 0) +
           (auth_ ? sizeof *auth_ + auth_->heap_octets() : 0);
}

// ---------------------------------------------------------------------------------------------
// B  arrived

inline void server_session::receive(std::string_view octets) {
    if (state_ == server_state::closed || octets.empty()) return;
    // Between 220 and the handshake every octet is an attacker's.          RFC 3207 6
    if (state_ == server_state::tls) return leave(error::cleartext_after_starttls);
    [[maybe_unused]] bool const opened = window_.open(octets);
    assert(opened && "receive() while octets are unread");
}

inline void server_session::closed_by_peer() {
    if (state_ == server_state::closed) return;
    output_.clear();
    close(error::connection_lost);
}

// 421 where text can still be read.                                      RFC 5321 3.8, 4.2.2
inline void server_session::leave(error why) {
    if (state_ == server_state::closed) return;
    auto const& row = describe(why);
    if (state_ != server_state::tls) send_as_host({row.code, row.status, row.text});
    close(why);
}

inline void server_session::close(error why) {
    abort_message(why);
    closed_ = why;
    notices_ |= closed_notice;
    state_ = server_state::closed;
    take_question();
    held_reply_.reset();
}

// A message that is complete is the application's to decide, and is not open any more.
inline void server_session::abort_message(error why) {
    if (!message_open_) return;
    message_open_ = false;
    aborted_ = why;
    notices_ |= aborted_notice;
}

// ---------------------------------------------------------------------------------------------
// C  decide

inline void server_session::accept() {
    if (!has_plain_reply(question_)) return answer(describe(question_).accepted);
    send(accepting_reply(question_));
    settled(take_question(), true);
}

inline void server_session::accept(std::string_view text) {
    auto const& usual = describe(question_).accepted;
    answer({usual.code, usual.status, std::span{&text, 1}});
}

// A slip in a code must not say yes to what the application meant to refuse.       RFC 5321 4.2.1
inline void server_session::refuse(reply const& why) {
    bool const no = why.code.transient() || why.code.permanent();
    answer(no ? why : reply{451, {4, 3, 0}, why.text});
}

inline void server_session::answer(reply const& what) {
    answer({what.code, what.status, std::span{&what.text, 1}});
}

inline void server_session::answer(reply_code code, enhanced_status status,
                                   std::span<std::string_view const> lines) {
    answer({code, status, lines});
}

// Content is what 3yz asks for, and nothing but content may follow it.       RFC 5321 4.2.1, 4.3.2
inline bool server_session::can_answer(question asked, reply_code code) const {
    if (asked != question::data) return !code.intermediate();
    return !code.positive() || target_ == server_state::bdat;
}

inline void server_session::answer(saying const& what) {
    if (question_ == question::none || question_ == question::tls) return;
    if (!can_answer(question_, what.code)) return answer({451, {4, 3, 0}, what.lines});
    if (what.code == 421) {
        bool const hello = question_ == question::hello;
        send_as_host({what.code, hello ? enhanced_status{} : what.status, what.text()});
        return close(error::closed_by_application);
    }
    auto const asked = take_question();
    bool const accepted = what.code.positive() || what.code.intermediate();
    reply_to(asked, accepted, what);
    settled(asked, accepted);
    // Nobody tries names for ever.                                         RFC 5321 7.8
    bool const refused_for_good = asked == question::recipient && what.code.permanent();
    if (refused_for_good && exceeds(idle_commands_, options_->limits.idle_commands))
        leave(error::too_many_commands);
}

// What the answer changes. A refused command never moves; a greeting and a message end do.
inline void server_session::settled(question asked, bool accepted) {
    switch (asked) {
        case question::greeting:
            state_ = after(state_, accepted ? server_moment::welcomed : server_moment::turned_away);
            return;
        case question::hello:
            if (!accepted) return;
            helo_ = asked_helo_;
            recipients_ = 0;  // LMTP keeps them behind a chunk that failed
            if (state_ != server_state::hello && state_ != server_state::ready)
                forget_transaction();
            break;
        case question::recipient:
            if (accepted) ++recipients_;
            break;
        case question::data:
            if (target_ == server_state::bdat)
                return begin_chunk(accepted ? error::none : error::closed_by_application);
            return accepted ? begin_data() : void();
        case question::credentials:
        case question::exchange: return auth_settled(accepted);
        case question::burl: return burl_settled(accepted);
        case question::xclient:
            if (!accepted) return;
            helo_ = false;  // somebody else is speaking now
            authenticated_ = vouched_;
            break;
        case question::chunk_end: return chunk_settled(accepted);
        case question::message_end: return message_settled(accepted);
        default: break;
    }
    if (accepted) state_ = target_;
}

inline void server_session::settle_by_default() {
    if (question_ == question::none) return;
    auto const& row = describe(question_);
    if (question_ == question::unknown_command && exceeds(errors_, options_->limits.errors))
        return leave(error::too_many_errors);
    row.by_default.code.valid() ? answer(row.by_default) : accept();
}

inline void server_session::tls_established() {
    if (state_ == server_state::tls) {
        state_ = after(state_, server_moment::tls_up);
        take_question();
        helo_ = false;
        authenticated_ = false;
    } else if (state_ != server_state::greeting) {
        return;
    }
    tls_ = true;
    offered_ = announced().offered;
}

inline void server_session::tls_failed() {
    if (state_ == server_state::tls) close(error::tls_unavailable);
}

// ---------------------------------------------------------------------------------------------
// D  drain

inline std::optional<server_event> server_session::next() {
    maybe_event told{std::in_place, std::in_place_type<closed>};  // else g++ would clear all of it
    told.reset();
    if (waiting()) return told;
    settle_by_default();
    while (!told && can_go_on()) notices_ != 0 ? take_notice(told) : read(told);
    if (!told) free_what_was_read();
    return told;
}

// Not before next() has no event: the last one may point at it, even where it closed the session.
inline void server_session::free_what_was_read() {
    if (state_ == server_state::closed) {
        window_.clear();
        lines_.reset();
        auth_.reset();
    } else {
        window_.release_used();
        lines_.release_used();
    }
}

inline bool server_session::can_go_on() const {
    if (notices_ != 0) return true;
    switch (state_) {
        case server_state::closed: return false;
        case server_state::greeting: return true;
        case server_state::tls: return output_.empty();  // the 220 goes out in the clear
        default: break;
    }
    return (intake_.ended() || !window_.empty()) &&
           output_.size() < options_->limits.pending_output;
}

inline void server_session::take_notice(maybe_event& told) {
    if ((notices_ & aborted_notice) != 0) {
        notices_ &= ~aborted_notice & all_notices;
        tell(message_aborted{aborted_}, told);
    } else if ((notices_ & reset_notice) != 0) {
        notices_ &= ~reset_notice & all_notices;
        tell(reset{}, told);
    } else {
        notices_ = 0;
        tell(closed{closed_}, told);
    }
}

inline void server_session::read(maybe_event& told) {
    switch (state_) {
        case server_state::greeting: return greet(told);
        case server_state::data:
        case server_state::bdat: return intake_.ended() ? end_of_content(told) : read_content(told);
        case server_state::auth: return read_auth(told);
        case server_state::tls: return ask(question::tls, state_, tls_requested{}, told);
        default: return read_command(told);
    }
}

inline void server_session::greet(maybe_event& told) {
    bool const early = !window_.empty();
    if (early && options_->refuse_early_talkers) return violate({error::early_talker}, told);
    return ask(question::greeting, state_, connected{early}, told);
}

// ---------------------------------------------------------------------------------------------
// Asking, refusing, leaving

inline void server_session::violate(failure why, command_line const& line, maybe_event& told) {
    // The argument of AUTH may be a password.
    auto const shown = line.verb == verb::auth ? line.token : line.text;
    return violate(why, shown, usual_reply(why.code, line.verb), told);
}

inline void server_session::violate(failure why, maybe_event& told) {
    return violate(why, {}, usual_reply(why.code), told);
}

// Not the client's: a temporary refusal, and what was sent in one group with a MAIL or a RCPT
// before their refusal was known.                                               RFC 2920 3.1
inline bool server_session::is_error_of_client(error why, reply const& with) {
    if (!with.code.permanent()) return false;
    bool const grouped = why == error::mail_required || why == error::recipient_required;
    if (!grouped || group_ == 0) return true;
    --group_;
    return false;
}

inline void server_session::violate(failure why, std::string_view shown, reply const& with,
                                    maybe_event& told) {
    tell(violation{why.code, why.at, shown}, told);
    if (is_error_of_client(why.code, with) && exceeds(errors_, options_->limits.errors))
        return leave(error::too_many_errors);
    if (with.code == 421 || state_ == server_state::greeting)
        send_as_host(with);
    else if (with.code.valid())
        send(with);
    if (ends_session(why.code)) close(why.code);
}

// Counts one more, up to 65535: a limit that high is none.
inline bool server_session::exceeds(std::uint16_t& count, std::uint32_t granted) {
    if (count != std::numeric_limits<std::uint16_t>::max()) ++count;
    return count > granted;
}

inline void server_session::forget_transaction() {
    recipients_ = 0;
    abort_message(error::reset_by_client);
    notices_ |= reset_notice;
}

}  // namespace postel
