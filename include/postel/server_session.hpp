#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <postel/auth_dialog.hpp>
#include <postel/base64.hpp>
#include <postel/capability.hpp>
#include <postel/chunk.hpp>
#include <postel/command.hpp>
#include <postel/content_intake.hpp>
#include <postel/error.hpp>
#include <postel/input_window.hpp>
#include <postel/line_reader.hpp>
#include <postel/octet_buffer.hpp>
#include <postel/output_queue.hpp>
#include <postel/refusal.hpp>
#include <postel/reply.hpp>
#include <postel/server_event.hpp>
#include <postel/server_options.hpp>
#include <postel/server_table.hpp>
#include <span>
#include <string_view>
#include <utility>

namespace postel {

/// The server role of one connection. Octets go in, events and octets come out; the caller owns
/// the socket, the clock and every decision.
///
/// A  look    wants_input(), waiting(), finished(), deadline()        any time, changes nothing
/// B  arrived receive(octets), keep(), closed_by_peer(), expired(), shut_down(), sent(n)
/// C  decide  accept(), refuse(), answer(), tls_established(), tls_failed()   to the last event
/// D  drain   next() until it returns nothing, then output()          after every B and every C
///
/// A plain object: movable, for one thread at a time; it shares nothing with other sessions but
/// the options, which outlive it.
class server_session {
public:
    explicit server_session(server_options const& options) : options_(&options) {
        offered_ = announced().offered;  // not before every member has its value
    }
    explicit server_session(server_options const&&) = delete;

    // A  look

    /// Every octet is used and nothing is outstanding: read more from the transport.
    [[nodiscard]] bool wants_input() const;
    /// The last event asked, and has no answer yet.
    [[nodiscard]] bool waiting() const { return describe(question_).asks; }
    /// The session is over and everything is sent: close the transport.
    [[nodiscard]] bool finished() const;
    /// How long the peer may take for what is expected of it now, from the moment the session
    /// began to wait; nothing while it is not the peer's turn.              RFC 5321 4.5.3.2
    [[nodiscard]] std::optional<timeout> deadline() const;
    [[nodiscard]] server_state state() const { return state_; }
    /// Octets on the heap. None while the session is idle.
    [[nodiscard]] std::size_t heap_octets() const;

    // B  arrived

    /// Opens a window on octets from the peer. They are not copied, and must stay where they are
    /// until wants_input() is true again, or keep() was called. Call it only when wants_input(), or
    /// before the first next().
    void receive(std::string_view octets);
    /// Copies what is unread into the session, so that the caller's buffer is free although a
    /// question is outstanding. Bounded by the size of the window.
    void keep() { window_.keep(); }
    /// The connection ended. A message whose end was not seen is told as aborted.
    void closed_by_peer();
    /// The deadline passed: 421, and the session is over.
    void expired() { leave(error::timed_out); }
    /// This end is going down: 421, and the session is over.                RFC 5321 3.8
    void shut_down() { leave(error::shutting_down); }
    /// The first `octets` of output() are on their way.
    void sent(std::size_t octets) { output_.sent(octets); }

    // C  decide; without an outstanding question, a call is of no effect

    /// Yes, with the usual reply.
    void accept() { answer(describe(question_).accepted); }
    /// Yes, with the usual code and this text.
    void accept(std::string_view text);
    /// No. The text of the reply may hold anything: what could break a line is replaced.
    void refuse(reply const& why) { answer(why); }
    /// No, with a text made by fmt.
    template <class... Values>
    void refuse(reply const& why, fmt::format_string<Values...> text, Values&&... values);
    /// Yes or no, as the code says. A 421 ends the session whatever the question.
    void answer(reply const& what);
    /// The same in several lines, for VRFY, EXPN and HELP.                  RFC 5321 3.5.1
    void answer(reply_code code, enhanced_status status, std::span<std::string_view const> lines);
    /// The mechanism's answer to `auth_exchange`: the client gets the octets and answers them.
    ///                                                                      RFC 4954 4
    void challenge(std::string_view octets);
    /// The handshake is done. All knowledge from before it is gone.         RFC 3207 4.2
    /// Before the first next() it says that the transport is TLS from the start. RFC 8314 3.3
    void tls_established();
    /// The handshake failed; the session is over.
    void tls_failed();

    // D  drain

    /// The next event; nothing while a question is outstanding, output has to be sent first, or all
    /// octets are used. Views in it are valid until the next call.
    [[nodiscard]] std::optional<server_event> next();
    /// What has to be sent, in order.
    [[nodiscard]] std::string_view output() const { return output_.view(); }

private:
    using maybe_event = std::optional<server_event>;

    // Reading: one function for each thing that a state can read.
    void free_what_was_read();
    [[nodiscard]] bool can_go_on() const;
    [[nodiscard]] maybe_event read();
    [[nodiscard]] maybe_event greet();
    [[nodiscard]] maybe_event read_command();
    [[nodiscard]] maybe_event read_content();
    [[nodiscard]] maybe_event end_of_content();
    [[nodiscard]] maybe_event refuse_content();

    // Commands: what the table and the guards let through.
    [[nodiscard]] maybe_event obey(std::string_view line);
    [[nodiscard]] error gate(command_line const& line) const;
    [[nodiscard]] maybe_event obey(command_line const& line);
    [[nodiscard]] maybe_event on_hello(command_line const& line);
    [[nodiscard]] maybe_event on_mail(command_line const& line);
    [[nodiscard]] maybe_event on_rcpt(command_line const& line);
    [[nodiscard]] maybe_event on_data(command_line const& line);
    [[nodiscard]] maybe_event on_bdat(command_line const& line, error refused);
    [[nodiscard]] maybe_event on_starttls(command_line const& line);
    [[nodiscard]] maybe_event on_rset(command_line const& line);
    [[nodiscard]] maybe_event on_quit(command_line const& line);
    [[nodiscard]] maybe_event on_auth(command_line const& line);
    [[nodiscard]] maybe_event on_etrn(command_line const& line);
    [[nodiscard]] maybe_event on_burl(command_line const& line);
    [[nodiscard]] maybe_event on_xclient(command_line const& line);
    [[nodiscard]] maybe_event on_xforward(command_line const& line);
    [[nodiscard]] maybe_event on_inquiry(command_line const& line);
    template <class Event, class Command>
    [[nodiscard]] maybe_event inquire(question what, result<Command> const& parsed,
                                      command_line const& line);
    [[nodiscard]] command_rules rules() const;

    // AUTH: whose turn it is, until it ends.
    [[nodiscard]] maybe_event read_auth();
    [[nodiscard]] maybe_event hear(std::string_view base64);
    [[nodiscard]] maybe_event take_turn(auth_dialog::step const& step);
    [[nodiscard]] maybe_event end_auth(error why);
    void auth_settled(bool accepted);
    void count_failure();
    void send_challenge(std::string_view octets);

    // Asking and settling.
    template <class Event>
    [[nodiscard]] maybe_event ask(question what, server_state target, Event const& event);
    void settle_by_default();
    void reply_to(question asked, bool accepted, reply_code code, enhanced_status status,
                  std::span<std::string_view const> lines);
    void settled(question asked, bool accepted);
    void begin_data();
    void begin_chunk(error refused);
    void chunk_settled(bool accepted);
    void message_settled(bool accepted);
    void burl_settled(bool accepted);
    void forget_transaction();

    // Refusing on our own authority, and leaving.
    [[nodiscard]] maybe_event violate(failure why, command_line const& line);
    [[nodiscard]] maybe_event violate(failure why, std::string_view line, reply const& with);
    void leave(error why);
    void close(error why);
    void abort_message(error why);

    // Replies.
    [[nodiscard]] capabilities announced() const;
    [[nodiscard]] bool gives_status() const;
    [[nodiscard]] std::uint32_t final_replies() const;
    void send(reply const& what) { write_reply(output_, what, gives_status()); }
    void send_as_host(reply const& what);
    void send_hello();

    // What is told without being asked, in this order, before anything more is read.
    enum notice : std::uint8_t { aborted_notice = 1, reset_notice = 2, closed_notice = 4 };
    [[nodiscard]] maybe_event take_notice();

    server_options const* options_;
    input_window window_;
    line_reader lines_;
    output_queue output_;
    octet_buffer held_reply_;  // answers a chunk that was refused, once its octets are gone
    std::unique_ptr<auth_dialog> auth_;  // during AUTH
    content_intake intake_;
    chunk announced_{0, false};     // by the BDAT in question
    std::uint32_t recipients_ = 0;  // accepted in this transaction
    std::uint32_t answered_ = 0;    // final replies given to this message
    std::uint32_t errors_ = 0;
    std::uint32_t idle_commands_ = 0;
    std::uint32_t auth_failures_ = 0;
    std::uint32_t mails_ = 0;  // MAIL commands
    extension_set offered_;    // announced now, and so obeyed
    server_state state_ = server_state::greeting;
    server_state target_ = server_state::none;  // where accept() leads, or a refused chunk
    question question_ = question::none;
    verb hello_ = verb::unknown;        // the verb of the hello that was accepted
    verb asked_hello_ = verb::unknown;  // the verb of the one in question
    error aborted_ = error::none;
    error closed_ = error::none;
    std::uint8_t notices_ = 0;
    bool message_open_ = false;  // content has begun; neither complete nor told as aborted
    bool tls_ = false;
    bool authenticated_ = false;
    bool smtputf8_ = false;    // of this transaction
    bool binary_ = false;      // of this transaction: BODY=BINARYMIME
    bool utf8_reply_ = false;  // the VRFY or EXPN in question permits it
};

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
           held_reply_.capacity();
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
    held_reply_.release();
}

// A message that is complete is the application's to decide, and is not open any more.
inline void server_session::abort_message(error why) {
    if (!std::exchange(message_open_, false)) return;
    aborted_ = why;
    notices_ |= aborted_notice;
}

// ---------------------------------------------------------------------------------------------
// C  decide

inline void server_session::accept(std::string_view text) {
    auto what = describe(question_).accepted;
    what.text = text;
    answer(what);
}

template <class... Values>
void server_session::refuse(reply const& why, fmt::format_string<Values...> text,
                            Values&&... values) {
    fmt::memory_buffer formatted;
    fmt::format_to(std::back_inserter(formatted), text, std::forward<Values>(values)...);
    refuse({why.code, why.status, {formatted.data(), formatted.size()}});
}

inline void server_session::answer(reply const& what) {
    answer(what.code, what.status, std::span{&what.text, 1});
}

inline void server_session::answer(reply_code code, enhanced_status status,
                                   std::span<std::string_view const> lines) {
    if (question_ == question::none || question_ == question::tls) return;
    if (code == 421) {
        if (question_ == question::hello) status = {};
        send_as_host({code, status, lines.empty() ? std::string_view{} : lines.front()});
        return close(error::closed_by_application);
    }
    auto const asked = std::exchange(question_, question::none);
    bool const accepted = code.positive() || code.intermediate();
    reply_to(asked, accepted, code, status, lines);
    settled(asked, accepted);
}

// How a reply looks depends on what it answers.
inline void server_session::reply_to(question asked, bool accepted, reply_code code,
                                     enhanced_status status,
                                     std::span<std::string_view const> lines) {
    switch (asked) {
        case question::xclient:
            if (!accepted) break;
            [[fallthrough]];  // back at the greeting
        case question::greeting:
            return send_as_host({code, {}, lines.empty() ? std::string_view{} : lines.front()});
        case question::hello:  // no status, accepted or not                  RFC 2034 4
            return accepted ? send_hello() : write_reply(output_, code, {}, lines, false);
        case question::data:  // BDAT has no 354; its refusal waits for the octets  RFC 3030 2
            if (target_ != server_state::bdat) break;
            if (!accepted) write_reply(held_reply_, code, status, lines, gives_status());
            return;
        case question::verify:
        case question::expand:
            return write_reply(output_, code, status, lines, gives_status(),
                               utf8_reply_ ? charset::utf8 : charset::ascii);
        default: break;
    }
    write_reply(output_, code, status, lines, gives_status());
}

// What the answer changes. A refused command never moves; a greeting and a message end do.
inline void server_session::settled(question asked, bool accepted) {
    switch (asked) {
        case question::greeting:
            state_ = after(state_, accepted ? server_moment::welcomed : server_moment::turned_away);
            return;
        case question::hello:
            if (!accepted) return;
            hello_ = asked_hello_;
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
            if (accepted) hello_ = verb::unknown;
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
    if (question_ == question::unknown_command && ++errors_ > options_->limits.errors)
        return leave(error::too_many_errors);
    answer(row.by_default.code.valid() ? row.by_default : row.accepted);
}

inline void server_session::tls_established() {
    if (state_ == server_state::tls) {
        state_ = after(state_, server_moment::tls_up);
        question_ = question::none;
        hello_ = verb::unknown;
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
    if (waiting()) return std::nullopt;
    settle_by_default();
    while (can_go_on())
        if (auto event = notices_ != 0 ? take_notice() : read()) return event;
    free_what_was_read();
    return std::nullopt;
}

// Not before next() has no event: the last one may point at it, even where it closed the session.
inline void server_session::free_what_was_read() {
    if (state_ == server_state::closed) {
        window_.clear();
        lines_.reset();
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

inline server_session::maybe_event server_session::take_notice() {
    if ((notices_ & aborted_notice) != 0) {
        notices_ &= static_cast<std::uint8_t>(~aborted_notice);
        return message_aborted{aborted_};
    }
    if ((notices_ & reset_notice) != 0) {
        notices_ &= static_cast<std::uint8_t>(~reset_notice);
        return reset{};
    }
    notices_ = 0;
    return closed{closed_};
}

inline server_session::maybe_event server_session::read() {
    switch (state_) {
        case server_state::greeting: return greet();
        case server_state::data:
        case server_state::bdat: return intake_.ended() ? end_of_content() : read_content();
        case server_state::auth: return read_auth();
        case server_state::tls: return ask(question::tls, state_, tls_requested{});
        default: return read_command();
    }
}

inline server_session::maybe_event server_session::greet() {
    bool const early = !window_.empty();
    if (early && options_->refuse_early_talkers)
        return violate({error::early_talker}, {}, usual_reply(error::early_talker));
    return ask(question::greeting, state_, connected{early});
}

// ---------------------------------------------------------------------------------------------
// Commands

inline server_session::maybe_event server_session::read_command() {
    // No command starts with the first octet of a TLS handshake record.     RFC 8446 5.1
    bool const untouched = state_ == server_state::hello && lines_.between_lines();
    if (untouched && window_.unread().front() == '\x16')
        return violate({error::tls_on_this_port}, {}, usual_reply(error::tls_on_this_port));
    auto const step = lines_.next(window_.unread(), longest_command_line);
    window_.consume(step.consumed);
    switch (step.what) {
        case line_reader::outcome::partial: return std::nullopt;
        case line_reader::outcome::too_long:
            return violate({error::line_too_long, longest_command_line}, {},
                           usual_reply(error::line_too_long));
        case line_reader::outcome::line: return obey(step.text);
    }
    return std::nullopt;
}

inline server_session::maybe_event server_session::obey(std::string_view line) {
    auto const split = split_command(line);
    if (!split) return violate(split.fault(), line, usual_reply(split.fault().code));
    if (line.size() + 2 > minimum::command_line &&
        line.size() + 2 > command_line_limit(split->verb, offered_))
        return violate({error::line_too_long, minimum::command_line}, *split);
    auto const why = gate(*split);
    if (split->verb == verb::bdat) return on_bdat(*split, why);
    if (why != error::none) return violate({why}, *split);
    return obey(*split);
}

// What stands before the reading of arguments, in this order: a barred session, TLS and AUTH that
// are demanded, a verb that is not offered, the order of commands.
inline error server_session::gate(command_line const& line) const {
    auto const column = column_of(line.verb);
    if (state_ == server_state::barred && column != server_column::quit) return error::no_service;
    if (options_->require_tls && !tls_ && !goes_before_tls(line.verb)) return error::tls_required;
    if (options_->require_auth && !authenticated_ && !goes_before_auth(line.verb))
        return error::authentication_required;
    if (column == server_column::starttls && tls_) return error::tls_active;
    if (line.verb != verb::unknown && !available(line.verb, offered_))
        return error::not_implemented;
    if (column == server_column::hello && (line.verb == verb::lhlo) != options_->lmtp)
        return error::wrong_hello;
    if (column == server_column::auth && authenticated_) return error::already_authenticated;
    if (after(state_, column) == server_state::none) return sequence_error(state_, column);
    return error::none;
}

inline server_session::maybe_event server_session::obey(command_line const& line) {
    if (brings_no_mail_on(line.verb) && ++idle_commands_ > options_->limits.idle_commands)
        return violate({error::too_many_commands}, line);
    switch (line.verb) {
        case verb::ehlo:
        case verb::helo:
        case verb::lhlo: return on_hello(line);
        case verb::mail: return on_mail(line);
        case verb::rcpt: return on_rcpt(line);
        case verb::data: return on_data(line);
        case verb::rset: return on_rset(line);
        case verb::quit: return on_quit(line);
        case verb::starttls: return on_starttls(line);
        case verb::auth: return on_auth(line);
        case verb::etrn: return on_etrn(line);
        case verb::burl: return on_burl(line);
        case verb::xclient: return on_xclient(line);
        case verb::xforward: return on_xforward(line);
        default: return on_inquiry(line);
    }
}

inline server_session::maybe_event server_session::on_hello(command_line const& line) {
    auto const parsed = parse_hello(line, rules());
    if (!parsed) return violate(parsed.fault(), line);
    asked_hello_ = parsed->kind;
    return ask(question::hello, after(state_, server_column::hello),
               hello{parsed->kind, parsed->domain, parsed->literal});
}

inline server_session::maybe_event server_session::on_mail(command_line const& line) {
    auto const parsed = parse_mail(line, rules());
    if (!parsed) return violate(parsed.fault(), line);
    auto const limit = options_->max_message_size;
    if (limit != 0 && parsed->parameters.size.value_or(0) > limit)
        return violate({error::message_too_large}, line);
    ++mails_;  // MAILMAX counts refused ones as well                       RFC 9422 4.1
    if (mails_ > options_->announce.mail_max.value_or(mails_))
        return violate({error::too_many_messages}, line);
    smtputf8_ = parsed->parameters.smtputf8;
    binary_ = parsed->parameters.body == body_type::binary_mime;
    recipients_ = 0;
    intake_.begin_message();
    return ask(question::mail, after(state_, server_column::mail),
               mail{parsed->reverse_path, parsed->parameters});
}

inline server_session::maybe_event server_session::on_rcpt(command_line const& line) {
    auto const parsed = parse_rcpt(line, rules());
    if (!parsed) return violate(parsed.fault(), line);
    auto const limit = options_->limits.recipients;
    if (recipients_ >= std::min(limit, options_->announce.rcpt_max.value_or(limit)))
        return violate({error::too_many_recipients}, line);
    return ask(question::recipient, after(state_, server_column::rcpt),
               recipient{parsed->forward_path, parsed->parameters});
}

inline server_session::maybe_event server_session::on_data(command_line const& line) {
    if (auto const parsed = parse_data(line); !parsed) return violate(parsed.fault(), line);
    if (binary_) return violate({error::bad_sequence}, line);  // only by BDAT     RFC 3030 3
    return ask(question::data, after(state_, server_column::data), data{recipients_});
}

// The octets of a chunk are counted off whether it is welcome or not, so that none of them is ever
// taken for a command. Only a count that nobody can read announces none.    RFC 3030 2
inline server_session::maybe_event server_session::on_bdat(command_line const& line,
                                                           error refused) {
    auto const parsed = parse_bdat(line);
    if (!parsed) return violate(parsed.fault(), line);
    announced_ = chunk{parsed->size, parsed->last};
    auto const limit = options_->max_message_size;
    if (limit != 0 && parsed->size / 2 > limit) {  // draining that much serves nobody
        auto told = violate({error::message_too_large}, line);
        close(error::message_too_large);
        return told;
    }
    if (refused == error::none && state_ == server_state::rcpt)
        return ask(question::data, server_state::bdat, data{recipients_});
    begin_chunk(refused);
    return std::nullopt;
}

inline server_session::maybe_event server_session::on_starttls(command_line const& line) {
    if (auto const parsed = parse_starttls(line); !parsed) return violate(parsed.fault(), line);
    if (!window_.empty())
        return violate({error::cleartext_after_starttls}, {},
                       usual_reply(error::cleartext_after_starttls));
    send({220, {2, 0, 0}, "ready to start TLS"});
    state_ = after(state_, server_column::starttls);
    return std::nullopt;
}

inline server_session::maybe_event server_session::on_rset(command_line const& line) {
    if (auto const parsed = parse_rset(line); !parsed) return violate(parsed.fault(), line);
    send({250, {2, 0, 0}, "reset"});
    state_ = after(state_, server_column::rset);
    forget_transaction();
    return std::nullopt;
}

inline server_session::maybe_event server_session::on_quit(command_line const& line) {
    if (auto const parsed = parse_quit(line); !parsed) return violate(parsed.fault(), line);
    send_as_host({221, {2, 0, 0}, "closing"});
    close(error::none);
    return std::nullopt;
}

inline server_session::maybe_event server_session::on_etrn(command_line const& line) {
    auto const parsed = parse_etrn(line);
    if (!parsed) return violate(parsed.fault(), line);
    return ask(question::etrn, after(state_, server_column::aside),
               etrn{parsed->what, parsed->name});
}

inline server_session::maybe_event server_session::on_burl(command_line const& line) {
    auto const parsed = parse_burl(line);
    if (!parsed) return violate(parsed.fault(), line);
    return ask(question::burl, parsed->last ? server_state::ready : server_state::more,
               burl{parsed->url, parsed->last});
}

inline server_session::maybe_event server_session::on_xclient(command_line const& line) {
    auto const parsed = parse_xclient(line);
    if (!parsed) return violate(parsed.fault(), line);
    return ask(question::xclient, after(state_, server_column::xclient),
               xclient{parsed->attributes});
}

inline server_session::maybe_event server_session::on_xforward(command_line const& line) {
    auto const parsed = parse_xforward(line);
    if (!parsed) return violate(parsed.fault(), line);
    return ask(question::xforward, after(state_, server_column::aside),
               xforward{parsed->attributes});
}

// NOOP, VRFY, EXPN, HELP and verbs of nobody's.
inline server_session::maybe_event server_session::on_inquiry(command_line const& line) {
    if (line.verb == verb::unknown) {
        if (state_ == server_state::hello && is_http_method(line.token))
            return violate({error::http_on_this_port}, line);
        return ask(question::unknown_command, state_, unknown_command{line.text});
    }
    switch (line.verb) {
        case verb::noop: return inquire<noop>(question::noop, parse_noop(line), line);
        case verb::help: return inquire<help>(question::help, parse_help(line), line);
        case verb::vrfy: return inquire<verify>(question::verify, parse_vrfy(line, rules()), line);
        default: return inquire<expand>(question::expand, parse_expn(line, rules()), line);
    }
}

template <class Event, class Command>
server_session::maybe_event server_session::inquire(question what, result<Command> const& parsed,
                                                    command_line const& line) {
    if (!parsed) return violate(parsed.fault(), line);
    if constexpr (requires { parsed->smtputf8; }) {
        utf8_reply_ = parsed->smtputf8;
        return ask(what, state_, Event{parsed->argument, parsed->smtputf8});
    } else {
        return ask(what, state_, Event{parsed->argument});
    }
}

// ---------------------------------------------------------------------------------------------
// AUTH

inline server_session::maybe_event server_session::on_auth(command_line const& line) {
    auto const parsed = parse_auth(line);
    if (!parsed) return violate(parsed.fault(), line);
    auto const mechanism = find_sasl_mechanism(parsed->mechanism);
    if (!mechanism || !announced().mechanisms.has(*mechanism))
        return violate({error::unknown_mechanism}, line);
    auto const first = parsed->initial_response;
    if (first && !describe(*mechanism).client_first)
        return violate({error::unexpected_initial_response}, line);
    state_ = after(state_, server_column::auth);
    auth_ = std::make_unique<auth_dialog>(*mechanism);
    if (!first) return take_turn(auth_->begin());
    return hear(*first == "=" ? std::string_view{} : *first);
}

inline server_session::maybe_event server_session::read_auth() {
    auto const step = lines_.next(window_.unread(), minimum::authentication_line);
    window_.consume(step.consumed);
    switch (step.what) {
        case line_reader::outcome::partial: return std::nullopt;
        case line_reader::outcome::too_long: return end_auth(error::authentication_line_too_long);
        case line_reader::outcome::line: break;
    }
    return step.text == "*" ? end_auth(error::authentication_cancelled) : hear(step.text);
}

inline server_session::maybe_event server_session::hear(std::string_view base64) {
    auto const step = auth_->hear(base64);
    return step ? take_turn(*step) : end_auth(step.fault().code);
}

inline server_session::maybe_event server_session::take_turn(auth_dialog::step const& step) {
    auto const mechanism = auth_->mechanism();
    switch (step.whose) {
        case auth_dialog::turn::client: send_challenge(step.challenge); return std::nullopt;
        case auth_dialog::turn::exchange:
            return ask(question::exchange, state_,
                       auth_exchange{mechanism, auth_->octets(), auth_->silent()});
        case auth_dialog::turn::credentials: break;
    }
    auto const said = auth_->credentials();
    return ask(
        question::credentials, state_,
        credentials{mechanism, said.authorization_id, said.authentication_id, said.password});
}

// The client spoilt or cancelled it. What it said is not shown to anybody.
inline server_session::maybe_event server_session::end_auth(error why) {
    state_ = after(state_, server_moment::sasl_end);
    auth_.reset();
    auto told = violate({why}, {}, usual_reply(why));
    if (why == error::authentication_failed && state_ != server_state::closed) count_failure();
    return told;
}

inline void server_session::auth_settled(bool accepted) {
    state_ = after(state_, server_moment::sasl_end);
    auth_.reset();
    authenticated_ = accepted;
    if (!accepted) count_failure();
}

// Guessing has an end, and not before the third attempt.                        RFC 4954 9
inline void server_session::count_failure() {
    if (++auth_failures_ >= options_->limits.authentication_failures) leave(error::too_many_errors);
}

inline void server_session::challenge(std::string_view octets) {
    if (question_ != question::exchange) return;
    question_ = question::none;
    send_challenge(octets);
}

// continue-req = "334" SP [ base64 ] CRLF                                       RFC 4954 8
inline void server_session::send_challenge(std::string_view octets) {
    output_.append(std::string_view{"334 "});
    encode_base64(output_, octets);
    output_.append(std::string_view{"\r\n"});
}

// ---------------------------------------------------------------------------------------------
// Content

inline void server_session::begin_data() {
    state_ = target_;
    intake_.begin_data(options_->content_line_endings, options_->content_nul);
    message_open_ = true;
    answered_ = 0;
}

// A refused chunk leads back to where it came from: a refused command never moves.
inline void server_session::begin_chunk(error refused) {
    target_ = state_;
    state_ = server_state::bdat;
    intake_.begin_chunk(announced_, refused);
    if (refused == error::none) message_open_ = true;
    answered_ = 0;
}

inline server_session::maybe_event server_session::read_content() {
    auto const step = intake_.next(window_.unread(), options_->max_message_size);
    window_.consume(step.consumed);
    if (step.fault != error::none) abort_message(step.fault);
    if (step.text.empty()) return std::nullopt;
    return content{step.text};
}

inline server_session::maybe_event server_session::end_of_content() {
    if (intake_.fault() != error::none) return refuse_content();
    if (!intake_.is_last())
        return ask(question::chunk_end, server_state::more, chunk_end{intake_.octets()});
    message_open_ = false;
    return ask(question::message_end, server_state::ready,
               message_end{intake_.octets(), answered_, intake_.altered()});
}

inline void server_session::chunk_settled(bool accepted) {
    intake_.end_is_settled();
    if (!accepted) message_open_ = false;
    state_ = after(state_, accepted ? server_moment::chunk_end : server_moment::chunk_refused);
}

// BURL has fetched its content, or not; the octets never passed here.            RFC 4468 3
inline void server_session::burl_settled(bool accepted) {
    message_open_ = accepted && target_ == server_state::more;
    state_ = accepted ? target_ : server_state::ready;
    if (state_ == server_state::ready) recipients_ = 0;
}

inline void server_session::message_settled(bool accepted) {
    if (accepted) idle_commands_ = 0;
    if (++answered_ < final_replies()) return;  // LMTP: the next recipient's turn
    intake_.end_is_settled();
    recipients_ = 0;
    state_ = after(state_,
                   intake_.by_chunk() ? server_moment::last_chunk_end : server_moment::content_end);
}

// The end of content that was dropped: refused at the door by the table or by the application, or
// spoilt on its way.
inline server_session::maybe_event server_session::refuse_content() {
    auto const why = intake_.fault();
    // LMTP: the last chunk has a reply for each recipient, behind a chunk that failed too, and
    // none without a recipient.                                            RFC 2033 4.3
    bool const has_turn =
        why != error::hello_required && why != error::no_service && why != error::not_implemented;
    auto replies = intake_.is_last() && has_turn ? final_replies() : 1;
    auto const how = intake_.by_chunk() ? server_moment::chunk_refused : server_moment::content_end;
    state_ = intake_.refused_at_the_door() ? target_ : after(state_, how);
    if (state_ == server_state::ready && intake_.is_last()) recipients_ = 0;
    intake_.end_is_settled();
    if (!held_reply_.empty()) {
        for (; replies != 0; --replies) output_.append(held_reply_.view());
        held_reply_.release();
        return std::nullopt;
    }
    for (; replies > 1; --replies) send(content_reply(why));
    return violate({why}, {}, replies == 0 ? reply{} : content_reply(why));
}

// ---------------------------------------------------------------------------------------------
// Asking, refusing, leaving

template <class Event>
server_session::maybe_event server_session::ask(question what, server_state target,
                                                Event const& event) {
    question_ = what;
    target_ = target;
    return event;
}

inline server_session::maybe_event server_session::violate(failure why, command_line const& line) {
    // The argument of AUTH may be a password.
    auto const shown = line.verb == verb::auth ? line.token : line.text;
    return violate(why, shown, usual_reply(why.code, line.verb));
}

// A temporary refusal is not the client's error, and is not counted.
inline server_session::maybe_event server_session::violate(failure why, std::string_view line,
                                                           reply const& with) {
    violation const told{why.code, why.at, line};
    if (with.code.permanent() && ++errors_ > options_->limits.errors) {
        leave(error::too_many_errors);
        return told;
    }
    if (with.code == 421 || state_ == server_state::greeting)
        send_as_host(with);
    else if (with.code.valid())
        send(with);
    if (ends_session(why.code)) close(why.code);
    return told;
}

inline void server_session::forget_transaction() {
    recipients_ = 0;
    abort_message(error::reset_by_client);
    notices_ |= reset_notice;
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
    return {.offered = hello_ == verb::helo ? extension_set{} : offered_,
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

// The greeting, 221 and 421 start with our name.                   RFC 5321 4.2.2, 4.3.1
inline void server_session::send_as_host(reply const& what) {
    fmt::memory_buffer text;
    fmt::format_to(std::back_inserter(text), "{} {}", options_->hostname, what.text);
    bool const status = gives_status() && state_ != server_state::greeting;
    write_reply(output_, {what.code, what.status, {text.data(), text.size()}}, status);
}

inline void server_session::send_hello() {
    if (asked_hello_ == verb::helo)
        return write_reply(output_, {250, {}, options_->hostname}, false);
    write_capabilities(output_, options_->hostname, announced(), options_->texts);
}

}  // namespace postel
