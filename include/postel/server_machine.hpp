#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <postel/auth_dialog.hpp>
#include <postel/base64.hpp>
#include <postel/capability.hpp>
#include <postel/chunk.hpp>
#include <postel/command_parser.hpp>
#include <postel/content_intake.hpp>
#include <postel/error.hpp>
#include <postel/input_window.hpp>
#include <postel/line_reader.hpp>
#include <postel/output_queue.hpp>
#include <postel/refusal.hpp>
#include <postel/reply.hpp>
#include <postel/server_event.hpp>
#include <postel/server_options.hpp>
#include <postel/server_table.hpp>
#include <postel/transcript.hpp>
#include <span>
#include <string_view>
#include <utility>

namespace postel {

/// The server role of one connection. Octets go in, events and octets come out; the caller owns
/// the socket, the clock and every decision.
///
/// A  look    wants_input(), waiting(), finished(), deadline()        any time, changes nothing
/// B  arrived receive(octets), keep(), closed_by_peer(), expired(), shut_down(), sent(n)
/// C  decide  accept(), refuse(), answer(), challenge(), hold(), tls_established(), tls_failed()
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
    [[nodiscard]] bool waiting() const { return waits_; }
    /// The session is over and everything is sent: close the transport.
    [[nodiscard]] bool finished() const;
    /// How long the peer may take for what is expected of it now, from the moment the session
    /// began to wait; nothing while it is not the peer's turn, nor once the session is over: how
    /// long a last reply may take to leave is the caller's to say.          RFC 5321 4.5.3.2
    [[nodiscard]] std::optional<timeout> deadline() const;
    [[nodiscard]] server_state state() const { return state_; }
    /// From now on every line is shown to `where`, which outlives the session.
    void write_transcript(transcript const& where) { transcript_ = &where; }
    /// Octets on the heap. None while the session is idle.
    [[nodiscard]] std::size_t heap_octets() const;

    // B  arrived

    /// Opens a window on octets from the peer. They are not copied, and must stay where they are
    /// until wants_input() is true again, or keep() was called. Call it only when wants_input(), or
    /// before the first next(): octets given at any other time are lost, and a debug build asserts.
    void receive(std::string_view octets);
    /// Copies what is unread into the session, so that the caller's buffer is free although a
    /// question is outstanding. Bounded by the size of the window. Views in the outstanding event
    /// still point into that buffer: use or copy them first.
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

    /// The last event only told, and is to be answered later all the same: next() waits.
    void hold() { waits_ = question_ != question::none; }
    /// Yes, with the usual reply.
    void accept();
    /// Yes, with the usual code and this text.
    void accept(std::string_view text);
    /// No, with 4yz or 5yz; "451 4.3.0" stands in for any other code. The text of the reply may
    /// hold anything: what could break a line is replaced.
    void refuse(reply const& why);
    /// No, with a text made by fmt.
    template <class... Values>
    void refuse(reply const& why, fmt::format_string<Values...> text, Values&&... values);
    /// Yes or no, as the code says. A 421 ends the session whatever the question. 3yz belongs to
    /// `data` alone, where 2yz is out of place (challenge() sends 334): no such reply goes out,
    /// "451 4.3.0" stands in for it, and refuses.                          RFC 5321 4.3.2
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
    [[gnu::cold]] void tls_failed();

    // D  drain

    /// The next event; nothing while a question is outstanding, output has to be sent first, or all
    /// octets are used. Views in it are valid until the next call.
    [[nodiscard]] std::optional<server_event> next();
    /// What has to be sent, in order. Valid until sent(), next(), or a call of B or C: octets that
    /// a socket still reads from have to be copied before a decision that comes late.
    [[nodiscard]] std::string_view output() const { return output_.view(); }

private:
    using maybe_event = std::optional<server_event>;

    // Cold is what comes once in a session or never, and what refuses: small, and out of the way.

    // Reading: one function for each thing that a state can read. What it has to tell or to ask
    // goes into `told`, in place, for an event is large.
    void free_what_was_read();
    [[nodiscard]] bool can_go_on() const;
    void read(maybe_event& told);
    [[gnu::cold]] void greet(maybe_event& told);
    void read_command(maybe_event& told);
    void read_content(maybe_event& told);
    void end_of_content(maybe_event& told);
    [[gnu::cold]] void refuse_content(maybe_event& told);

    // Commands: what the table and the guards let through.
    void obey(std::string_view line, maybe_event& told);
    [[nodiscard]] error gate(command_line const& line);
    void obey(command_line const& line, maybe_event& told);
    [[gnu::cold]] void on_hello(command_line const& line, maybe_event& told);
    void on_mail(command_line const& line, maybe_event& told);
    [[nodiscard]] error beyond_announced(mail_parameters const& asked) const;
    void on_rcpt(command_line const& line, maybe_event& told);
    void on_data(command_line const& line, maybe_event& told);
    void on_bdat(command_line const& line, error refused, maybe_event& told);
    [[gnu::cold]] void on_starttls(command_line const& line, maybe_event& told);
    void on_rset(command_line const& line, maybe_event& told);
    [[gnu::cold]] void on_quit(command_line const& line, maybe_event& told);
    [[gnu::cold]] void on_auth(command_line const& line, maybe_event& told);
    [[gnu::cold]] void on_etrn(command_line const& line, maybe_event& told);
    [[gnu::cold]] void on_burl(command_line const& line, maybe_event& told);
    [[gnu::cold]] void on_xclient(command_line const& line, maybe_event& told);
    [[gnu::cold]] void on_xforward(command_line const& line, maybe_event& told);
    [[gnu::cold]] void on_inquiry(command_line const& line, maybe_event& told);
    template <class Event, class Command>
    void inquire(question what, result<Command> const& parsed, command_line const& line,
                 maybe_event& told);
    [[nodiscard]] command_rules rules() const;

    // AUTH: whose turn it is, until it ends.
    [[gnu::cold]] void read_auth(maybe_event& told);
    [[gnu::cold]] void hear(std::string_view base64, maybe_event& told);
    [[gnu::cold]] void take_turn(auth_dialog::step const& step, maybe_event& told);
    [[gnu::cold]] void end_auth(error why, maybe_event& told);
    void auth_settled(bool accepted);
    void count_failure();
    [[gnu::cold]] void send_challenge(std::string_view octets);

    // Asking and settling.
    template <class Event>
    void ask(question what, server_state target, Event const& event, maybe_event& told);
    template <class Event>
    static void tell(Event const& event, maybe_event& told);
    template <class Event>
    [[nodiscard]] static Event& empty_event(maybe_event& told);
    void ask(question what, server_state target);
    question take_question();
    // What the application says.
    struct saying {
        reply_code code;
        enhanced_status status{};
        std::span<std::string_view const> lines{};

        [[nodiscard]] std::string_view text() const {
            return lines.empty() ? std::string_view{} : lines.front();
        }
    };
    void answer(saying const& what);
    [[nodiscard]] bool can_answer(question asked, reply_code code) const;
    void settle_by_default();
    [[nodiscard]] bool has_plain_reply(question asked) const;
    void reply_to(question asked, bool accepted, saying const& what);
    [[nodiscard]] bool burl_asks_recipients() const;
    void settled(question asked, bool accepted);
    void begin_data();
    void begin_chunk(error refused);
    void chunk_settled(bool accepted);
    void message_settled(bool accepted);
    void burl_settled(bool accepted);
    void forget_transaction();

    // Refusing on our own authority, and leaving.
    [[gnu::cold]] void violate(failure why, command_line const& line, maybe_event& told);
    [[gnu::cold]] void violate(failure why, maybe_event& told);
    [[gnu::cold]] void violate(failure why, std::string_view shown, reply const& with,
                               maybe_event& told);
    [[nodiscard]] bool is_error_of_client(error why, reply const& with);
    [[nodiscard]] static bool exceeds(std::uint16_t& count, std::uint32_t granted);
    [[gnu::cold]] void leave(error why);
    [[gnu::cold]] void close(error why);
    [[gnu::cold]] void abort_message(error why);

    // Replies.
    [[nodiscard, gnu::cold]] capabilities announced() const;
    [[nodiscard]] bool gives_status() const;
    [[nodiscard]] std::uint32_t final_replies() const;
    void send(ready_reply const& what);
    void send(reply const& what);
    void send(saying const& what, charset allowed = charset::ascii);
    [[gnu::cold]] void send_as_host(reply const& what);
    [[gnu::cold]] void send_hello();

    // What is told without being asked, in this order, before anything more is read.
    enum notice : std::uint8_t {
        aborted_notice = 1,
        reset_notice = 2,
        closed_notice = 4,
        all_notices = 7,
    };
    void take_notice(maybe_event& told);

    // The transcript.
    [[gnu::cold]] void show_command(command_line const& line) const;
    void show(std::string_view text) const;
    [[nodiscard]] std::size_t shown_so_far() const {
        return transcript_ != nullptr ? output_.size() : 0;
    }
    void show_replies(std::size_t shown_so_far) const;

    // What every command needs comes first: of many sessions at once, few lie in a cache.
    server_options const* options_;
    input_window window_;
    line_reader lines_;
    content_intake intake_;
    std::uint32_t recipients_ = 0;  // accepted in this transaction
    std::uint32_t answered_ = 0;    // final replies given to this message
    std::uint32_t mails_ = 0;       // MAIL commands
    extension_set offered_;         // announced now, and so obeyed
    std::uint16_t group_ = 0;       // commands that may have been on their way with the last MAIL
    std::uint16_t errors_ = 0;
    std::uint16_t idle_commands_ = 0;
    std::uint16_t auth_failures_ = 0;
    server_state state_ = server_state::greeting;
    server_state target_ = server_state::none;  // where accept() leads, or a refused chunk
    question question_ = question::none;
    error aborted_ = error::none;
    error closed_ = error::none;
    bool waits_ = false;  // for an answer, because the question asks or is held
    std::uint8_t notices_ : 3 = 0;
    bool message_open_ : 1 = false;  // content has begun; neither complete nor told as aborted
    bool tls_ : 1 = false;
    bool authenticated_ : 1 = false;
    bool vouched_ : 1 = false;     // the XCLIENT in question names an authenticated client
    bool helo_ : 1 = false;        // the hello that was accepted is HELO
    bool asked_helo_ : 1 = false;  // the one in question is
    bool smtputf8_ : 1 = false;    // of this transaction
    bool binary_ : 1 = false;      // of this transaction: BODY=BINARYMIME
    bool utf8_reply_ : 1 = false;  // the VRFY or EXPN in question permits it
    transcript const* transcript_ = nullptr;
    output_queue output_;
    std::unique_ptr<output_queue> held_reply_;  // to a chunk that was refused: once it has passed
    std::unique_ptr<auth_dialog> auth_;         // during AUTH
};

template <class... Values>
void server_session::refuse(reply const& why, fmt::format_string<Values...> text,
                            Values&&... values) {
    fmt::memory_buffer formatted;
    fmt::format_to(std::back_inserter(formatted), text, std::forward<Values>(values)...);
    refuse({why.code, why.status, {formatted.data(), formatted.size()}});
}

template <class Event>
void server_session::ask(question what, server_state target, Event const& event,
                         maybe_event& told) {
    ask(what, target);
    tell(event, told);
}

inline void server_session::ask(question what, server_state target) {
    question_ = what;
    waits_ = describe(what).asks;
    target_ = target;
}

// The type is named, so that no compiler looks for it among all the others.
template <class Event>
void server_session::tell(Event const& event, maybe_event& told) {
    told.emplace(std::in_place_type<Event>, event);
}

// To be filled in where it lies, for some are large.
template <class Event>
Event& server_session::empty_event(maybe_event& told) {
    return *std::get_if<Event>(&told.emplace(std::in_place_type<Event>));
}

// It is answered, and nothing waits any more.
inline question server_session::take_question() {
    waits_ = false;
    return std::exchange(question_, question::none);
}

}  // namespace postel
