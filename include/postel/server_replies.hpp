#pragma once

#include <postel/server_machine.hpp>

// What a server session says, and what it shows of that in a transcript.

namespace postel {

inline capabilities server_session::announced() const {
    auto mechanisms = options_->mechanisms;
    if (!tls_) mechanisms = without_bindings(mechanisms);
    if (!tls_ && !options_->auth_without_tls) mechanisms = without_secrets(mechanisms);
    capabilities what{
        .offered = options_->offer,
        .xclient = options_->xclient,
        .xforward = options_->xforward,
        .size_limit = options_->max_message_size,
        .mechanisms = mechanisms,
        .limits = options_->announce,
        .deliver_by_minimum = options_->deliver_by_minimum,
        .release = options_->release,
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

// ---------------------------------------------------------------------------------------------
// Replies

// What is said is what is sent, and says all.
inline bool server_session::has_plain_reply(question asked) const {
    switch (asked) {
        case question::none:
        case question::tls:
        case question::greeting:
        case question::hello:
        case question::xclient: return false;
        case question::data: return target_ != server_state::bdat;
        case question::burl: return !burl_asks_recipients();
        default: return true;
    }
}

// How a reply looks depends on what it answers.
inline void server_session::reply_to(question asked, bool accepted, saying const& what) {
    if (has_plain_reply(asked)) {
        bool const names = asked == question::verify || asked == question::expand;
        return send(what, names && utf8_reply_ ? charset::utf8 : charset::ascii);
    }
    switch (asked) {
        case question::greeting: return send_as_host({what.code, {}, what.text()});
        case question::hello:  // no status, accepted or not                 RFC 2034 4
            return accepted ? send_hello() : send(saying{what.code, {}, what.lines});
        case question::xclient:  // accepted, it is back at the greeting
            return accepted ? send_as_host({what.code, {}, what.text()}) : send(what);
        case question::data:  // BDAT has no 354; its refusal waits for the octets  RFC 3030 2
            if (accepted) return;
            held_reply_ = std::make_unique<output_queue>();
            return write_reply(*held_reply_, what.code, what.status, what.lines, gives_status());
        case question::burl:  // accepted, the recipients are asked about
            for (auto n = accepted ? 0 : final_replies(); n != 0; --n) send(what);
            return;
        default: return;
    }
}

inline void server_session::send(ready_reply const& what) {
    auto const shown = shown_so_far();
    what.write(output_, gives_status());
    show_replies(shown);
}

inline void server_session::send(reply const& what) {
    send({what.code, what.status, std::span{&what.text, 1}});
}

inline void server_session::send(saying const& what, charset allowed) {
    auto const shown = shown_so_far();
    write_reply(output_, what.code, what.status, what.lines, gives_status(), allowed);
    show_replies(shown);
}

// The greeting, 221 and 421 start with our name.                   RFC 5321 4.2.2, 4.3.1
inline void server_session::send_as_host(reply const& what) {
    fmt::memory_buffer text;  // not format_to(): it takes long to compile
    for (auto const part : {std::string_view{options_->hostname}, std::string_view{" "}, what.text})
        text.append(part.data(), part.data() + part.size());
    bool const status = gives_status() && state_ != server_state::greeting;
    reply const named{what.code, what.status, {text.data(), text.size()}};
    auto const shown = shown_so_far();
    write_reply(output_, named, status);
    show_replies(shown);
}

inline void server_session::send_hello() {
    if (asked_helo_) return send({250, {}, options_->hostname});
    auto const shown = shown_so_far();
    write_capabilities(output_, options_->hostname, announced(), options_->texts);
    show_replies(shown);
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

inline void server_session::show_replies(std::size_t shown_so_far) const {
    if (transcript_ != nullptr) transcript_->lines('S', output_.view().substr(shown_so_far));
}

}  // namespace postel
