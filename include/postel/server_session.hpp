#pragma once

#include <postel/server_auth.hpp>
#include <postel/server_commands.hpp>
#include <postel/server_content.hpp>
#include <postel/server_machine.hpp>

// The server session: server_machine.hpp has the class, this page what its caller calls, how it
// asks and how it replies, its neighbours what it reads.

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
           (held_reply_ ? sizeof *held_reply_ + held_reply_->capacity() : 0) +
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
    question_ = question::none;
    held_ = false;
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
    auto const& usual = describe(question_).accepted;
    answer({usual.code, usual.status, std::span{&usual.text, 1}, &accepting_reply(question_)});
}

inline void server_session::accept(std::string_view text) {
    auto const& usual = describe(question_).accepted;
    answer({usual.code, usual.status, std::span{&text, 1}});
}

inline void server_session::answer(reply const& what) {
    answer({what.code, what.status, std::span{&what.text, 1}});
}

inline void server_session::answer(reply_code code, enhanced_status status,
                                   std::span<std::string_view const> lines) {
    answer({code, status, lines});
}

inline void server_session::answer(saying const& what) {
    if (question_ == question::none || question_ == question::tls) return;
    if (what.code == 421) {
        bool const hello = question_ == question::hello;
        send_as_host({what.code, hello ? enhanced_status{} : what.status, what.text()});
        return close(error::closed_by_application);
    }
    auto const asked = std::exchange(question_, question::none);
    held_ = false;
    bool const accepted = what.code.positive() || what.code.intermediate();
    reply_to(asked, accepted, what);
    settled(asked, accepted);
}

// How a reply looks depends on what it answers.
inline void server_session::reply_to(question asked, bool accepted, saying const& what) {
    switch (asked) {
        case question::xclient:
            if (!accepted) break;
            [[fallthrough]];  // back at the greeting
        case question::greeting: return send_as_host({what.code, {}, what.text()});
        case question::hello:  // no status, accepted or not                  RFC 2034 4
            return accepted ? send_hello() : send({what.code, {}, what.lines});
        case question::data:  // BDAT has no 354; its refusal waits for the octets  RFC 3030 2
            if (target_ != server_state::bdat) break;
            if (accepted) return;
            held_reply_ = std::make_unique<octet_buffer>();
            return what.write(*held_reply_, gives_status());
        case question::verify:
        case question::expand: return send(what, utf8_reply_ ? charset::utf8 : charset::ascii);
        default: break;
    }
    send(what);
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
        question_ = question::none;
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
    maybe_event told;
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
    if (question_ != question::none) return false;
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
        told.emplace(message_aborted{aborted_});
    } else if ((notices_ & reset_notice) != 0) {
        notices_ &= ~reset_notice & all_notices;
        told.emplace(reset{});
    } else {
        notices_ = 0;
        told.emplace(closed{closed_});
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
    if (early && options_->refuse_early_talkers)
        return violate({error::early_talker}, {}, usual_reply(error::early_talker), told);
    return ask(question::greeting, state_, connected{early}, told);
}

// ---------------------------------------------------------------------------------------------
// Asking, refusing, leaving

inline void server_session::violate(failure why, command_line const& line, maybe_event& told) {
    // The argument of AUTH may be a password.
    auto const shown = line.verb == verb::auth ? line.token : line.text;
    return violate(why, shown, usual_reply(why.code, line.verb), told);
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

inline void server_session::violate(failure why, std::string_view line, reply const& with,
                                    maybe_event& told) {
    told.emplace(violation{why.code, why.at, line});
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

// ---------------------------------------------------------------------------------------------
// The transcript

inline void server_session::show(std::string_view text) const {
    if (transcript_ != nullptr) transcript_->line(transcript_->context, 'C', text);
}

// What is no command may be a password that somebody sends where none is expected.
inline void server_session::show_command(command_line const& line) const {
    if (line.verb == verb::unknown) return show("(not a command)");
    if (line.verb != verb::auth) return show(line.text);
    auto const open = line.text.substr(0, line.text.find(' ', line.argument_at));
    open.size() == line.text.size() ? show(open) : transcript_->secret(open);
}

template <class Write>
void server_session::say(Write const& write) {
    auto const before = output_.size();
    write(output_);
    if (transcript_ != nullptr) transcript_->lines('S', output_.view().substr(before));
}

// ---------------------------------------------------------------------------------------------
// Replies

inline capabilities server_session::announced() const {
    auto mechanisms = options_->mechanisms;
    if (!tls_) mechanisms = without_bindings(mechanisms);
    if (!tls_ && !options_->auth_without_tls) mechanisms = without_secrets(mechanisms);
    capabilities what{
        .offered = options_->offer,
        .size_limit = options_->max_message_size,
        .mechanisms = mechanisms,
        .limits = options_->announce,
        .deliver_by_minimum = options_->deliver_by_minimum,
        .release = options_->release,
        .xclient = options_->xclient,
        .xforward = options_->xforward,
    };
    what.offered.remove(tls_ ? extension::starttls : extension::require_tls);  // RFC 8689 2
    what.offered = announceable(what);  // what lacks its ground is neither listed nor obeyed
    return what;
}

// A HELO session has no parameters at all.                                RFC 5321 2.2.1
inline command_rules server_session::rules() const {
    return {.offered = helo_ ? extension_set{} : offered_,
            .smtputf8 = smtputf8_,
            .tolerate = options_->tolerate,
            .own_mail_parameters = options_->own_mail_parameters,
            .own_rcpt_parameters = options_->own_rcpt_parameters};
}

inline bool server_session::gives_status() const {
    return options_->offer.has(extension::enhanced_status_codes);
}

inline std::uint32_t server_session::final_replies() const {
    return options_->lmtp ? recipients_ : 1;
}

inline void server_session::send(reply const& what) {
    send({what.code, what.status, std::span{&what.text, 1}});
}

inline void server_session::send(saying const& what, charset allowed) {
    say([&](auto& out) { what.write(out, gives_status(), allowed); });
}

template <class Out>
void server_session::saying::write(Out& out, bool with_status, charset allowed) const {
    if (ready != nullptr) return ready->write(out, with_status);
    write_reply(out, code, status, lines, with_status, allowed);
}

// The greeting, 221 and 421 start with our name.                   RFC 5321 4.2.2, 4.3.1
inline void server_session::send_as_host(reply const& what) {
    fmt::memory_buffer text;
    fmt::format_to(std::back_inserter(text), "{} {}", options_->hostname, what.text);
    bool const status = gives_status() && state_ != server_state::greeting;
    reply const named{what.code, what.status, {text.data(), text.size()}};
    say([&](auto& out) { write_reply(out, named, status); });
}

inline void server_session::send_hello() {
    if (asked_helo_) return send({250, {}, options_->hostname});
    say([&](auto& out) {
        write_capabilities(out, options_->hostname, announced(), options_->texts);
    });
}

}  // namespace postel
