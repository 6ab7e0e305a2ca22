#pragma once

#include <postel/server_machine.hpp>

// What each command does in a server session, once it is a whole line.

namespace postel {

inline void server_session::read_command(maybe_event& told) {
    // No command starts with the first octet of a TLS handshake record.     RFC 8446 5.1
    bool const untouched = state_ == server_state::hello && lines_.between_lines();
    if (untouched && window_.unread().front() == '\x16')
        return violate({error::tls_on_this_port}, told);
    auto const step = lines_.next(window_.unread(), longest_command_line);
    window_.consume(step.consumed);
    switch (step.what) {
        case line_reader::outcome::partial: return;
        case line_reader::outcome::too_long:
            return violate({error::line_too_long, longest_command_line}, told);
        case line_reader::outcome::line: return obey(step.text, told);
    }
}

namespace detail {
// What may be told of a line that is no command: it can be an AUTH with a slip in it.
[[nodiscard]] constexpr std::string_view without_password(std::string_view line) {
    auto const word = std::min(line.find_first_not_of(" \t"), line.size());
    return equal_ignoring_case(line.substr(word, 4), "AUTH") ? line.substr(0, word + 4) : line;
}
}  // namespace detail

inline void server_session::obey(std::string_view line, maybe_event& told) {
    auto const split = split_command(line);
    if (!split) {
        show("(not a command)");
        return violate(split.fault(), detail::without_password(line),
                       usual_reply(split.fault().code), told);
    }
    if (line.size() + 2 > minimum::command_line &&
        line.size() + 2 > command_line_limit(split->verb, offered_))
        return violate({error::line_too_long, minimum::command_line}, *split, told);
    if (transcript_ != nullptr) show_command(*split);
    auto const why = gate(*split);
    if (split->verb == verb::bdat) return on_bdat(*split, why, told);
    if (why != error::none) return violate({why}, *split, told);
    return obey(*split, told);
}

// What stands before the reading of arguments, in this order: a barred session, a browser, TLS and
// AUTH that are demanded, a verb that is not offered, the order of commands, patience with idle
// ones.
inline error server_session::gate(command_line const& line) {
    auto const column = column_of(line.verb);
    if (state_ == server_state::barred && column != server_column::quit) return error::no_service;
    if (line.verb == verb::unknown && state_ == server_state::hello && is_http_method(line.token))
        return error::http_on_this_port;
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
    if (brings_no_mail_on(line.verb) && exceeds(idle_commands_, options_->limits.idle_commands))
        return error::too_many_commands;
    return error::none;
}

inline void server_session::obey(command_line const& line, maybe_event& told) {
    switch (line.verb) {
        case verb::ehlo:
        case verb::helo:
        case verb::lhlo: return on_hello(line, told);
        case verb::mail: return on_mail(line, told);
        case verb::rcpt: return on_rcpt(line, told);
        case verb::data: return on_data(line, told);
        case verb::rset: return on_rset(line, told);
        case verb::quit: return on_quit(line, told);
        case verb::starttls: return on_starttls(line, told);
        case verb::auth: return on_auth(line, told);
        case verb::etrn: return on_etrn(line, told);
        case verb::burl: return on_burl(line, told);
        case verb::xclient: return on_xclient(line, told);
        case verb::xforward: return on_xforward(line, told);
        default: return on_inquiry(line, told);
    }
}

inline void server_session::on_hello(command_line const& line, maybe_event& told) {
    auto const parsed = parse_hello(line, rules());
    if (!parsed) return violate(parsed.fault(), line, told);
    asked_helo_ = parsed->kind == verb::helo;
    return ask(question::hello, after(state_, server_column::hello),
               hello{parsed->kind, parsed->domain, parsed->literal}, told);
}

inline void server_session::on_mail(command_line const& line, maybe_event& told) {
    // RCPT and DATA, sent before this reply is known
    group_ = static_cast<std::uint16_t>(std::min(options_->limits.recipients, 65534u) + 1);
    ++mails_;         // MAILMAX counts refused ones as well                       RFC 9422 4.1
    recipients_ = 0;  // LMTP keeps them behind a chunk that failed, and no longer
    auto& asked = empty_event<mail>(told);
    auto const read = detail::read_mail(line, rules(), asked);
    if (!read) return violate(read.fault(), line, told);
    auto const limit = options_->max_message_size;
    if (limit != 0 && asked.parameters.size.value_or(0) > limit)
        return violate({error::message_too_large}, line, told);
    if (auto const why = beyond_announced(asked.parameters); why != error::none)
        return violate({why}, line, told);
    if (mails_ > options_->announce.mail_max.value_or(mails_))
        return violate({error::too_many_messages}, line, told);
    smtputf8_ = asked.parameters.smtputf8;
    binary_ = asked.parameters.body == body_type::binary_mime;
    intake_.begin_message();
    return ask(question::mail, after(state_, server_column::mail));
}

// What fits the grammar, and not what the EHLO reply said.           RFC 2852 3, RFC 4865 4.2
inline error server_session::beyond_announced(mail_parameters const& asked) const {
    auto const& by = asked.by;
    if (by && by->action == deliver_by::late::give_back &&  // above 0, then
        static_cast<std::uint32_t>(by->seconds) < options_->deliver_by_minimum.value_or(0))
        return error::below_minimum;
    auto const& window = options_->release;
    if (window && (asked.hold_for > window->longest || asked.hold_until > window->latest))
        return error::bad_value;
    return error::none;
}

inline void server_session::on_rcpt(command_line const& line, maybe_event& told) {
    auto& asked = empty_event<recipient>(told);
    auto const read = detail::read_rcpt(line, rules(), asked);
    if (!read) return violate(read.fault(), line, told);
    auto const limit = options_->limits.recipients;
    if (recipients_ >= std::min(limit, options_->announce.rcpt_max.value_or(limit)))
        return violate({error::too_many_recipients}, line, told);
    return ask(question::recipient, after(state_, server_column::rcpt));
}

inline void server_session::on_data(command_line const& line, maybe_event& told) {
    if (auto const parsed = parse_data(line); !parsed) return violate(parsed.fault(), line, told);
    if (binary_) return violate({error::bad_sequence}, line, told);  // only by BDAT     RFC 3030 3
    return ask(question::data, after(state_, server_column::data), data{recipients_}, told);
}

// The octets of a chunk are counted off whether it is welcome or not, so that none of them is ever
// taken for a command. Only a count that nobody can read announces none.    RFC 3030 2
inline void server_session::on_bdat(command_line const& line, error refused, maybe_event& told) {
    auto const parsed = parse_bdat(line);
    if (!parsed) return violate(parsed.fault(), line, told);
    bool const empty = parsed->size == 0 && !parsed->last;  // and so for ever
    if (empty && exceeds(idle_commands_, options_->limits.idle_commands))
        return violate({error::too_many_commands}, line, told);
    intake_.announce({parsed->size, parsed->last});
    auto const limit = options_->max_message_size;
    if (limit != 0 && parsed->size / 2 >= limit) {  // draining that much serves nobody
        violate({error::message_too_large}, line, told);
        return close(error::message_too_large);
    }
    if (refused == error::none && state_ == server_state::rcpt)
        return ask(question::data, server_state::bdat, data{recipients_}, told);
    begin_chunk(refused);
}

inline void server_session::on_starttls(command_line const& line, maybe_event& told) {
    if (auto const parsed = parse_starttls(line); !parsed)
        return violate(parsed.fault(), line, told);
    if (!window_.empty()) return violate({error::cleartext_after_starttls}, told);
    send({220, {2, 0, 0}, "ready to start TLS"});
    state_ = after(state_, server_column::starttls);
}

inline void server_session::on_rset(command_line const& line, maybe_event& told) {
    if (auto const parsed = parse_rset(line); !parsed) return violate(parsed.fault(), line, told);
    send({250, {2, 0, 0}, "reset"});
    state_ = after(state_, server_column::rset);
    forget_transaction();
}

inline void server_session::on_quit(command_line const& line, maybe_event& told) {
    if (auto const parsed = parse_quit(line); !parsed) return violate(parsed.fault(), line, told);
    send_as_host({221, {2, 0, 0}, "closing"});
    close(error::none);
}

inline void server_session::on_etrn(command_line const& line, maybe_event& told) {
    auto const parsed = parse_etrn(line);
    if (!parsed) return violate(parsed.fault(), line, told);
    return ask(question::etrn, after(state_, server_column::aside),
               etrn{parsed->what, parsed->name}, told);
}

inline void server_session::on_burl(command_line const& line, maybe_event& told) {
    auto const parsed = parse_burl(line);
    if (!parsed) return violate(parsed.fault(), line, told);
    return ask(question::burl, parsed->last ? server_state::ready : server_state::more,
               burl{parsed->url, parsed->last}, told);
}

namespace detail {
// What the EHLO reply does not list is not obeyed: to believe LOGIN is to take it for AUTH.
[[nodiscard]] constexpr bool lists_all(peer_attribute_set listed, peer_attributes const& given) {
    for (auto const& each : given)
        if (!listed.has(each.name)) return false;
    return true;
}
}  // namespace detail

inline void server_session::on_xclient(command_line const& line, maybe_event& told) {
    auto const parsed = parse_xclient(line);
    if (!parsed) return violate(parsed.fault(), line, told);
    if (!detail::lists_all(options_->xclient, parsed->attributes))
        return violate({error::bad_argument}, line, told);
    // LOGIN says that the proxy has authenticated its client, or has not.
    auto const login = parsed->attributes.find(peer_attribute::login);
    vouched_ = login && !peer_attribute_value{peer_attribute::login, *login}.unavailable();
    return ask(question::xclient, after(state_, server_column::xclient),
               xclient{parsed->attributes}, told);
}

inline void server_session::on_xforward(command_line const& line, maybe_event& told) {
    auto const parsed = parse_xforward(line);
    if (!parsed) return violate(parsed.fault(), line, told);
    if (!detail::lists_all(options_->xforward, parsed->attributes))
        return violate({error::bad_argument}, line, told);
    return ask(question::xforward, after(state_, server_column::aside),
               xforward{parsed->attributes}, told);
}

template <class Event, class Command>
void server_session::inquire(question what, result<Command> const& parsed, command_line const& line,
                             maybe_event& told) {
    if (!parsed) return violate(parsed.fault(), line, told);
    if constexpr (requires { parsed->smtputf8; }) {
        utf8_reply_ = parsed->smtputf8;
        return ask(what, state_, Event{parsed->argument, parsed->smtputf8}, told);
    } else {
        return ask(what, state_, Event{parsed->argument}, told);
    }
}

// NOOP, VRFY, EXPN, HELP and verbs of nobody's.
inline void server_session::on_inquiry(command_line const& line, maybe_event& told) {
    if (line.verb == verb::unknown)
        return ask(question::unknown_command, state_, unknown_command{line.text}, told);
    switch (line.verb) {
        case verb::noop: return inquire<noop>(question::noop, parse_noop(line), line, told);
        case verb::help: return inquire<help>(question::help, parse_help(line), line, told);
        case verb::vrfy:
            return inquire<verify>(question::verify, parse_vrfy(line, rules()), line, told);
        default: return inquire<expand>(question::expand, parse_expn(line, rules()), line, told);
    }
}

}  // namespace postel
