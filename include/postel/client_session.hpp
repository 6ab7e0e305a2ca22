#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/base64.hpp>
#include <postel/capability.hpp>
#include <postel/client_event.hpp>
#include <postel/client_options.hpp>
#include <postel/client_table.hpp>
#include <postel/command.hpp>
#include <postel/dot_encoder.hpp>
#include <postel/envelope.hpp>
#include <postel/envelope_check.hpp>
#include <postel/error.hpp>
#include <postel/expected_replies.hpp>
#include <postel/input_window.hpp>
#include <postel/octet_buffer.hpp>
#include <postel/output_queue.hpp>
#include <postel/reply.hpp>
#include <postel/reply_reader.hpp>
#include <postel/result.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/tls_requested.hpp>
#include <string_view>
#include <utility>

namespace postel {

/// The client role of one connection. Octets go in, events and octets come out; the caller owns
/// the socket, the clock and the messages.
///
/// A  look    wants_input(), waiting(), finished(), deadline()        any time, changes nothing
/// B  arrived receive(octets), keep(), closed_by_peer(), expired(), sent(n)   what happened outside
/// C  ask for authenticate(), respond(), cancel(), submit(envelope), write(piece), finish(),
///            inquire(), quit(), tls_established(), tls_failed()      what the caller wants or did
/// D  drain   next() until it returns nothing, then output()          after every B and every C
///
/// Two machines share it: one sends steps, the other matches replies to them, and what lies between
/// is the queue of expected replies. So two messages can be under way at once: the one whose
/// replies come in, and the one that is being sent behind it.
///
/// A plain object: movable, for one thread at a time; it shares nothing with other sessions but
/// the options, which outlive it.
class client_session {
public:
    explicit client_session(client_options const& options);
    explicit client_session(client_options const&&) = delete;

    // A  look

    /// A reply is due and every octet so far is used: read more from the transport.
    [[nodiscard]] bool wants_input() const;
    /// It is the caller's turn: to write content, to submit or to quit.
    [[nodiscard]] bool waiting() const;
    /// The session is over and everything is sent: close the transport.
    [[nodiscard]] bool finished() const;
    /// How long the server may take for what is expected of it now, from the moment the last octet
    /// went out or the last reply came in; nothing while nothing is expected.  RFC 5321 4.5.3.2
    [[nodiscard]] std::optional<timeout> deadline() const;
    /// What the server offered in its last reply to a hello.
    [[nodiscard]] capabilities const& offered() const { return capabilities_; }
    /// Octets on the heap. None while the session is idle.
    [[nodiscard]] std::size_t heap_octets() const;

    // B  arrived

    /// Opens a window on octets from the server. They are not copied, and must stay where they are
    /// until next() has returned nothing, or keep() was called. Only when all octets before are
    /// used.
    void receive(std::string_view octets);
    /// Copies what is unread into the session, so that the caller's buffer is free.
    void keep() { window_.keep(); }
    /// The connection ended.
    void closed_by_peer() { break_off({error::connection_lost, outcome::transient, oldest()}); }
    /// The deadline passed: the session is over.
    void expired() { break_off({error::timed_out, outcome::transient, oldest()}); }
    /// The first `octets` of output() are on their way.
    void sent(std::size_t octets);

    // C  ask for

    /// The handshake is done. All knowledge from before it is gone, and EHLO is said again. Before
    /// the first next() it says that the transport is TLS from the start.
    ///
    /// verified  The server is who the caller meant: its certificate was checked.  RFC 3207 4.2
    void tls_established(bool verified);
    /// The handshake failed, or the caller is not content with its result; the session is over.
    void tls_failed();

    /// Sends AUTH. Call it when `ready` was told, before anything is submitted; PLAIN, EXTERNAL and
    /// ANONYMOUS may be followed by submit() at once, which saves a wait.   RFC 4954 4
    ///
    /// response  The initial response before base64; none where the server speaks first. Copied.
    /// errors    not_ready, unknown_mechanism (not offered), tls_required (the mechanism shows a
    ///           password or token, and there is no TLS), already_authenticated.
    [[nodiscard]] result<void> authenticate(sasl_mechanism mechanism,
                                            std::optional<std::string_view> response);
    /// Answers `auth_challenge`. The octets are copied, encoded, and overwritten once they are
    /// sent.
    [[nodiscard]] result<void> respond(std::string_view octets);
    /// Answers `auth_challenge` with "*": auth_result follows.
    [[nodiscard]] result<void> cancel();

    /// Sends a command by itself, between messages: NOOP, RSET, VRFY, EXPN, HELP, ETRN, or one of
    /// the caller's own. `inquiry_result` brings the reply.
    ///
    /// line     Without CR LF; printable ASCII, or UTF-8 where SMTPUTF8 is offered.
    /// errors   not_ready, bad_octet.                       RFC 5321 3.5, 4.1.1
    [[nodiscard]] result<void> inquire(std::string_view line);

    /// Sends MAIL, RCPT and DATA for this envelope as soon as the order of commands permits. Call
    /// it when `ready` was told, and again once the content before it is finished.
    ///
    /// mail     Stays where it is, unchanged, until its message_result.
    /// errors   What can be known before the first octet, and then none is sent: not_ready,
    ///          no_recipients, server_lacks_8bitmime, server_lacks_smtputf8,
    ///          server_lacks_extension, message_above_server_limit, and the grammar's errors for an
    ///          address. `at` is the index of the recipient at fault, or recipients.size() where it
    ///          is the reverse-path or the message.          RFC 5321 3.3, 4.1.1.3, RFC 1870 7
    [[nodiscard]] result<void> submit(envelope const& mail);
    [[nodiscard]] result<void> submit(envelope const&& mail) = delete;
    /// Gives the next piece of the content, without dot-stuffing, lines ended by CR LF. It is not
    /// copied, and must stay where it is until content_wanted is told again, or the
    /// message_result. Only after content_wanted. Content that no server has to take ends the
    /// session, told as message_result and failed: bare_cr, bare_lf, nul_octet, eight_bit_content
    /// (BODY does not say so), text_line_too_long.              RFC 5321 2.3.8, 4.5.3.1.6
    [[nodiscard]] result<void> write(std::string_view piece);
    /// The content is complete. A last line without CR LF gets one.         RFC 5321 4.1.1.4
    [[nodiscard]] result<void> finish();
    /// Ends the session with QUIT, behind everything that was submitted.    RFC 5321 4.1.1.10
    void quit() { quit_ = true; }

    // D  drain

    /// The next event; nothing when the session waits for the server or the caller. Views in it are
    /// valid until the next call.
    [[nodiscard]] std::optional<client_event> next();
    /// What has to be sent, in order. Content that goes out by BDAT is a view into the caller's.
    [[nodiscard]] std::string_view output() const {
        return output_.empty() ? payload_ : output_.view();
    }
    /// What has to be sent right behind output(), for callers who can send two pieces in one call.
    [[nodiscard]] std::string_view output_behind() const {
        return output_.empty() ? std::string_view{} : payload_;
    }

private:
    using maybe_event = std::optional<client_event>;

    enum class phase : std::uint8_t { opening, handshake, serving, leaving, closed };

    /// How a message ended; see message_result.
    struct verdict {
        outcome what = outcome::accepted;
        error why = error::none;
        client_step command = client_step::none;
    };

    /// One message under way. `sending` is the step that is to be sent next; `none`: all are sent.
    struct transaction {
        envelope const* mail = nullptr;
        client_step sending = client_step::none;
        std::uint32_t sent = 0;      // RCPT commands
        std::uint32_t answered = 0;  // recipients with a result
        std::uint32_t accepted = 0;  // of them
        bool deferred = false;       // some recipient was refused for now only
        bool complete = false;       // the end of the content is in the output
        bool over = false;           // no reply to it is due any more
        bool cut_off = false;        // the end of the session decided
        bool chunked = false;        // the content goes out by BDAT
        bool rode = false;           // MAIL went out behind content that was not answered
        bool again = false;          // it is to be sent once more, by itself
        verdict end{};               // known before it is over, where something was refused
    };

    // Sending
    void pump();
    [[nodiscard]] client_step upcoming() const;
    [[nodiscard]] bool may_send(client_step step) const;
    void send(client_step step);
    void send_mail(transaction& message);
    void send_rcpt(transaction& message);
    [[nodiscard]] bool may_open_content(transaction const& message) const;
    void open_content();
    void stop_content();
    void pump_content();
    void end_content();
    void pump_chunks();
    [[nodiscard]] bool next_chunk(std::string_view& text, bool& last);
    void send_chunk(std::string_view text, bool last);
    [[nodiscard]] result<void> send_line(client_step step, std::string_view line);
    [[nodiscard]] error content_fault() const;
    void spoil_content(error why);

    // Answers: one function for each action of the table that does more than a line
    [[nodiscard]] maybe_event read_reply();
    [[nodiscard]] maybe_event answered(client_step step, reply_view const& reply);
    [[nodiscard]] maybe_event welcomed();
    [[nodiscard]] maybe_event capable(client_step step, reply_view const& reply);
    [[nodiscard]] maybe_event try_helo(reply_view const& reply);
    [[nodiscard]] maybe_event secure_or_serve(reply_view const& reply);
    [[nodiscard]] maybe_event start_handshake();
    [[nodiscard]] maybe_event tls_refused(reply_view const& reply);
    [[nodiscard]] maybe_event challenged(reply_view const& reply);
    [[nodiscard]] maybe_event authenticated(bool accepted, reply_view const& reply);
    [[nodiscard]] maybe_event chunk_answered(bool taken, reply_view const& reply);
    [[nodiscard]] message_result one_of_lmtp(reply_view const& reply);
    void note_recipient(std::uint32_t index, bool taken);
    [[nodiscard]] std::size_t next_accepted();
    [[nodiscard]] maybe_event give_up(failed const& why);
    [[nodiscard]] maybe_event turned_away(client_step step, reply_view const& reply);
    [[nodiscard]] maybe_event sender_refused(reply_view const& reply);
    [[nodiscard]] maybe_event recipient_answered(bool taken, reply_view const& reply);
    [[nodiscard]] maybe_event data_refused(reply_view const& reply);
    [[nodiscard]] maybe_event message_answered(client_step step, reply_view const& reply);
    void go_ahead();

    // Results
    void decide(verdict const& end, reply_view const& reply);
    void decide_without_recipients();
    [[nodiscard]] maybe_event conclude();
    [[nodiscard]] maybe_event next_result();
    [[nodiscard]] message_result pop_message(reply_view const& reply);
    void release_told();
    void break_off(failed const& why);
    void close();
    [[nodiscard]] reply_view cause_of(transaction const& message) const;
    [[nodiscard]] static reply_view kept(octet_buffer const& octets);

    // A reply has begun that answers nothing; only a 421 may do that.
    [[nodiscard]] bool disturbed() const { return expected_.empty() && reader_.held() != 0; }
    [[nodiscard]] client_step oldest() const {
        return expected_.empty() ? client_step::none : expected_.front();
    }
    [[nodiscard]] transaction& first() { return transactions_[0]; }
    [[nodiscard]] transaction& last() { return transactions_[under_way_ - 1u]; }
    [[nodiscard]] transaction const& last() const { return transactions_[under_way_ - 1u]; }

    static constexpr std::uint8_t most_auth_rounds = 10;  // no mechanism has half as many
    static constexpr std::size_t small_chunk = 2048;      // copied behind its BDAT: one write less

    client_options const* options_;
    input_window window_;
    reply_reader reader_;
    output_queue output_;
    octet_buffer cause_;       // the reply that decided about the first message, before its end
    octet_buffer last_words_;  // the reply that ended the session
    dot_encoder encoder_;
    // AUTH: a response that waits for its challenge, or a challenge; LMTP, later: a bit for each
    // recipient of the first message.
    octet_buffer scratch_;
    std::string_view piece_;     // content that is not encoded yet
    std::string_view payload_;   // content that goes out as it lies, behind output_
    std::size_t end_ahead_ = 0;  // octets of output up to the end of the content, with it
    std::uint32_t told_ = 0;     // LMTP: recipients of the first message looked at for results
    std::uint32_t mails_ = 0;    // MAIL commands
    capabilities capabilities_;
    expected_replies expected_;
    std::array<transaction, 2> transactions_;
    std::uint8_t under_way_ = 0;
    phase phase_ = phase::opening;
    client_step due_ = client_step::none;  // a step that belongs to no message
    verdict failure_{};                    // to be told, once all results are
    bool content_open_ = false;            // 354 came; write() and finish() are welcome
    bool content_asked_ = false;           // content_wanted was told, and neither was called
    bool finishing_ = false;               // finish() was called
    bool reset_due_ = false;               // the server has a transaction open that leads nowhere
    bool quit_ = false;
    bool farewell_told_ = false;
    bool handshake_told_ = false;
    bool tls_ = false;
    bool verified_ = false;  // the server's certificate was checked
    bool authenticating_ = false;
    bool authenticated_ = false;
    bool overlap_ = true;             // no server on this connection has taken offence at it
    error auth_fault_ = error::none;  // why we cancelled
    std::uint8_t auth_rounds_ = 0;
};

// ---------------------------------------------------------------------------------------------
// A  look

inline client_session::client_session(client_options const& options) : options_(&options) {
    expected_.push(client_step::greeting);
    if (options.tls == tls_policy::implicit) phase_ = phase::handshake;
}

inline bool client_session::wants_input() const {
    if (phase_ == phase::closed || phase_ == phase::handshake) return false;
    return window_.empty() && (!expected_.empty() || disturbed());
}

inline bool client_session::waiting() const {
    if (phase_ != phase::serving) return false;
    return content_open_ ? piece_.empty() && !finishing_ : under_way_ == 0 && !quit_;
}

inline bool client_session::finished() const {
    return phase_ == phase::closed && farewell_told_ && output_.empty();
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
           cause_.capacity() + last_words_.capacity() + scratch_.capacity();
}

// ---------------------------------------------------------------------------------------------
// B  arrived

inline void client_session::receive(std::string_view octets) {
    if (phase_ == phase::closed || octets.empty()) return;
    // Between 220 and the handshake every octet is an attacker's.          RFC 3207 6
    if (phase_ == phase::handshake && expected_.empty())
        return break_off(
            {error::octets_behind_starttls, outcome::transient, client_step::starttls});
    [[maybe_unused]] bool const opened = window_.open(octets);
    assert(opened && "receive() while octets are unread");
}

inline void client_session::sent(std::size_t octets) {
    auto const queued = std::min(octets, output_.size());
    output_.sent(queued);
    payload_.remove_prefix(octets - queued);
    end_ahead_ -= std::min(end_ahead_, octets);
}

// ---------------------------------------------------------------------------------------------
// C  ask for

inline result<void> client_session::submit(envelope const& mail) {
    bool const room = under_way_ == 0 || (under_way_ == 1 && (first().complete || finishing_));
    bool const grouped = !authenticating_ || expected_.empty() ||
                         expected_.back() == client_step::auth_at_once ||
                         due_ == client_step::auth_at_once;
    if (phase_ != phase::serving || quit_ || !room || !grouped)
        return failure{error::not_ready, mail.recipients.size()};
    if (auto const fit = check(mail, capabilities_); !fit) return fit;
    auto const& limits = capabilities_.limits;
    if (mails_ + under_way_ >= limits.mail_max.value_or(~std::uint32_t{0}))
        return failure{error::too_many_for_server, mail.recipients.size()};
    if (mail.parameters.require_tls && !verified_)
        return failure{error::tls_required, mail.recipients.size()};
    transactions_[under_way_] = transaction{};
    transactions_[under_way_].mail = &mail;
    transactions_[under_way_].sending = client_step::mail;
    transactions_[under_way_].chunked = capabilities_.offered.has(extension::chunking);
    ++under_way_;
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

// ---------------------------------------------------------------------------------------------
// D  drain

// Nothing is sent while octets are unread, or while a reply to nothing has begun, so that no reply
// can answer a command that was sent behind it: that is how replies are injected.
inline std::optional<client_event> client_session::next() {
    for (;;) {
        if (auto result = next_result()) return result;
        if (phase_ == phase::closed) return std::nullopt;
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
        if (wanted && !std::exchange(content_asked_, true)) return content_wanted{};
        return std::nullopt;
    }
}

// ---------------------------------------------------------------------------------------------
// Sending

inline void client_session::pump() {
    if (!payload_.empty()) return;  // announced, so nothing may come before it
    pump_content();
    for (auto step = upcoming(); step != client_step::none && may_send(step); step = upcoming()) {
        if (output_.size() >= options_->limits.pending_output) return;
        send(step);
    }
}

inline client_step client_session::upcoming() const {
    if (due_ != client_step::none) return due_;
    if (phase_ != phase::serving || content_open_ || !payload_.empty()) return client_step::none;
    if (under_way_ != 0 && last().sending != client_step::none)
        return reset_due_ ? client_step::rset : last().sending;
    if (quit_ && (under_way_ == 0 || last().complete)) return client_step::quit;
    return client_step::none;
}

inline bool client_session::may_send(client_step step) const {
    if (step == client_step::chunk && !content_open_ && !may_open_content(last())) return false;
    if (expected_.empty()) return true;
    if (step == client_step::mail && under_way_ == 2 && !overlap_) return false;
    if (!options_->pipelining || !capabilities_.offered.has(extension::pipelining)) return false;
    return may_follow(expected_.back(), step);
}

inline void client_session::send(client_step step) {
    switch (step) {
        case client_step::ehlo:
            write_command(output_, hello_command{options_->lmtp ? verb::lhlo : verb::ehlo,
                                                 options_->hostname});
            break;
        case client_step::helo:
            write_command(output_, hello_command{verb::helo, options_->hostname});
            break;
        case client_step::rset:
            write_command(output_, rset_command{});
            reset_due_ = false;
            break;
        case client_step::starttls: write_command(output_, starttls_command{}); break;
        case client_step::mail: send_mail(last()); break;
        case client_step::chunk: return open_content();  // BDAT comes with its octets
        case client_step::rcpt: send_rcpt(last()); break;
        case client_step::data:
            write_command(output_, data_command{});
            last().sending = client_step::none;
            break;
        case client_step::quit:
            write_command(output_, quit_command{});
            phase_ = phase::leaving;
            break;
        default: break;
    }
    due_ = client_step::none;
    expected_.push(step);
}

// MAIL with the parameters that the server understands and the message needs.
inline void client_session::send_mail(transaction& message) {
    write_command(output_, mail_command{*reverse_path_of(*message.mail),
                                        parameters_for(*message.mail, capabilities_)});
    message.sending = client_step::rcpt;
    message.rode = !expected_.empty() && expected_.back() == client_step::content;
    ++mails_;
}

inline void client_session::send_rcpt(transaction& message) {
    auto const& to = message.mail->recipients[message.sent];
    write_command(output_, rcpt_command{*forward_path_of(to), to.parameters});
    if (++message.sent != message.mail->recipients.size()) return;
    message.sending = message.chunked ? client_step::chunk : client_step::data;
}

// BDAT follows the replies to RCPT; in the eager form it follows RCPT.  RFC 3030 2, RFC 4468 3.2
inline bool client_session::may_open_content(transaction const& message) const {
    auto const size = message.mail->parameters.size;
    bool const eager = size && *size <= options_->eager_content && options_->eager_content != 0;
    return expected_.empty() || (eager && !options_->lmtp);
}

inline void client_session::open_content() {
    encoder_ = dot_encoder{{.dots = !first().chunked}};
    content_open_ = true;
    if (first().chunked) first().sending = client_step::none;
}

inline void client_session::stop_content() {
    content_open_ = content_asked_ = finishing_ = false;
    piece_ = {};
}

inline void client_session::pump_content() {
    if (content_open_ && first().chunked) return pump_chunks();
    while (!piece_.empty() && output_.size() < options_->limits.pending_output) {
        auto const room = options_->limits.pending_output - output_.size();
        auto const step = encoder_.next(piece_.substr(0, room));
        auto const why = step ? content_fault() : step.fault().code;
        if (why != error::none) return spoil_content(why);
        output_.append(step->text);
        piece_.remove_prefix(step->consumed);
    }
    if (content_open_ && piece_.empty() && finishing_) end_content();
}

inline void client_session::end_content() {
    auto const tail = encoder_.finish();
    auto const why = tail ? content_fault() : tail.fault().code;
    if (why != error::none) return spoil_content(why);
    output_.append(*tail);
    end_ahead_ = output_.size();
    expected_.push(client_step::content, options_->lmtp ? first().accepted : 1);
    first().complete = true;
    first().over = options_->lmtp && first().accepted == 0;  // no recipient, no reply  RFC 2033 4.2
    stop_content();
}

// Every run of content is a chunk of its own, and goes out from where it lies.   RFC 3030 2
inline void client_session::pump_chunks() {
    while (content_open_ && payload_.empty() && may_send(client_step::chunk)) {
        if (piece_.empty() && !finishing_) return;
        std::string_view text;
        bool last = false;
        if (!next_chunk(text, last)) return;
        if (!text.empty() || last) send_chunk(text, last);
    }
}

// False: the content is at fault, and the session over.
inline bool client_session::next_chunk(std::string_view& text, bool& last) {
    if (first().mail->parameters.body == body_type::binary_mime) {
        text = std::exchange(piece_, {});
        last = finishing_;
        return true;
    }
    auto const step = encoder_.next(piece_);
    auto why = step ? content_fault() : step.fault().code;
    if (why == error::none) {
        text = step->text;
        piece_.remove_prefix(step->consumed);
        if (!finishing_ || !piece_.empty()) return true;
        auto const tail = encoder_.finish();  // CR LF where the last line has none
        why = tail ? error::none : tail.fault().code;
        last = tail && (text.empty() || tail->empty());
        if (tail && text.empty())
            text = *tail;
        else if (tail)
            piece_ = *tail;
    }
    if (why != error::none) spoil_content(why);
    return why == error::none;
}

inline void client_session::send_chunk(std::string_view text, bool last) {
    write_command(output_, bdat_command{text.size(), last});
    if (text.size() <= small_chunk)
        output_.append(text);
    else
        payload_ = text;
    expected_.push(last ? client_step::last_chunk : client_step::chunk,
                   last && options_->lmtp ? first().accepted : 1);
    if (!last) return;
    end_ahead_ = output_.size() + payload_.size();
    first().complete = true;
    stop_content();
}

// What no server has to take.                             RFC 6152 3, RFC 5321 4.5.3.1.6
inline error client_session::content_fault() const {
    auto const declared = transactions_[0].mail->parameters.body.value_or(body_type::seven_bit);
    if (encoder_.has_eight_bit() && declared == body_type::seven_bit)
        return error::eight_bit_content;
    return encoder_.has_long_line() ? error::text_line_too_long : error::none;
}

// Half of the message may be on its way and must never be taken for the whole: only the end of the
// connection says so.
inline void client_session::spoil_content(error why) {
    decide({outcome::permanent, why, client_step::content}, {});
    break_off({why, outcome::transient, client_step::content});
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
    bool const closing = step->reply.code() == 421 && asked != client_step::quit;
    if (closing || asked == client_step::none) {
        auto const why = closing ? error::server_closing : error::unexpected_reply;
        break_off({why, outcome::transient, asked, step->reply});
        return std::nullopt;
    }
    expected_.pop();
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
        case action::ignored:
        case action::sender_taken: return std::nullopt;
        case action::sender_refused: return sender_refused(reply);
        case action::recipient_taken: return recipient_answered(true, reply);
        case action::recipient_refused: return recipient_answered(false, reply);
        case action::go_ahead: go_ahead(); return std::nullopt;
        case action::data_refused: return data_refused(reply);
        case action::message_taken:
        case action::message_refused: return message_answered(step, reply);
        case action::start_handshake: phase_ = phase::handshake; return std::nullopt;
        case action::tls_refused: return tls_refused(reply);
        case action::challenged: return challenged(reply);
        case action::authenticated: return authenticated(true, reply);
        case action::denied: return authenticated(false, reply);
        case action::chunk_taken: return chunk_answered(true, reply);
        case action::chunk_refused: return chunk_answered(false, reply);
        case action::inquiry_answered: return inquiry_result{reply};
        case action::bye: close(); return std::nullopt;
        default:
            break_off({error::reply_out_of_step, outcome::transient, step, reply});
            return std::nullopt;
    }
}

// A name that does not fit the grammar could hold more than a name.
inline client_session::maybe_event client_session::welcomed() {
    std::string_view const name = options_->hostname;
    if (parse_domain(name) || parse_address_literal(name))
        due_ = client_step::ehlo;
    else
        break_off({error::bad_domain, outcome::permanent, client_step::ehlo});
    return std::nullopt;
}

inline client_session::maybe_event client_session::capable(client_step step,
                                                           reply_view const& reply) {
    capabilities_ = step == client_step::ehlo ? parse_capabilities(reply) : capabilities{};
    if (!options_->chunking) capabilities_.offered.remove(extension::chunking);
    return secure_or_serve(reply);
}

// TLS comes before everything that the capabilities permit.                 RFC 3207 4.1, 6
inline client_session::maybe_event client_session::secure_or_serve(reply_view const& reply) {
    bool const wanted =
        options_->tls == tls_policy::opportunistic || options_->tls == tls_policy::required;
    if (wanted && !tls_ && capabilities_.offered.has(extension::starttls)) {
        due_ = client_step::starttls;
        return std::nullopt;
    }
    if (options_->tls == tls_policy::required && !tls_)
        return give_up({error::tls_not_offered, outcome::permanent, client_step::ehlo, reply});
    phase_ = phase::serving;
    return ready{capabilities_, reply};
}

// Whatever stands behind the 220 was not said by the server that the handshake will prove, and is
// fatal before it and not only useless after it.                            RFC 3207 6
inline client_session::maybe_event client_session::start_handshake() {
    if (!output_.empty() || std::exchange(handshake_told_, true)) return std::nullopt;
    return tls_requested{};
}

inline void client_session::tls_established(bool verified) {
    if (tls_ || (phase_ != phase::handshake && oldest() != client_step::greeting)) return;
    if (expected_.empty()) due_ = client_step::ehlo;  // behind STARTTLS; else before the greeting
    phase_ = phase::opening;
    tls_ = true;
    verified_ = verified;
    capabilities_ = {};
}

inline void client_session::tls_failed() {
    break_off({error::tls_failed, outcome::transient, client_step::starttls});
}

inline client_session::maybe_event client_session::tls_refused(reply_view const& reply) {
    if (options_->tls == tls_policy::required)
        return give_up({error::tls_unavailable, outcome::transient, client_step::starttls, reply});
    phase_ = phase::serving;
    return ready{capabilities_, reply};
}

// Only a server that does not know EHLO is asked again; every other refusal is meant.
//                                                                   RFC 5321 3.2, 4.1.4
inline client_session::maybe_event client_session::try_helo(reply_view const& reply) {
    auto const code = reply.code().value;
    bool const unknown = code == 500 || code == 501 || code == 502 || code == 504;
    bool const needs_ehlo = options_->lmtp || (options_->tls == tls_policy::required && !tls_);
    if (!unknown || needs_ehlo) return turned_away(client_step::ehlo, reply);
    due_ = client_step::helo;
    return std::nullopt;
}

inline client_session::maybe_event client_session::turned_away(client_step step,
                                                               reply_view const& reply) {
    return give_up({error::refused_by_server, outcome_of(reply.code()), step, reply});
}

// Politely: the server can be trusted, it only brings no mail.
inline client_session::maybe_event client_session::give_up(failed const& why) {
    phase_ = phase::leaving;
    due_ = client_step::quit;
    return why;
}

// ---------------------------------------------------------------------------------------------
// AUTH and single commands

inline result<void> client_session::authenticate(sasl_mechanism mechanism,
                                                 std::optional<std::string_view> response) {
    auto const& row = describe(mechanism);
    bool const idle = under_way_ == 0 && expected_.empty() && due_ == client_step::none;
    if (phase_ != phase::serving || !idle || quit_) return error::not_ready;
    if (authenticated_) return error::already_authenticated;
    bool const offered =
        capabilities_.offered.has(extension::auth) && capabilities_.mechanisms.has(mechanism);
    if (!offered) return error::unknown_mechanism;
    if (row.shows_secrets && !tls_ && !options_->auth_without_tls) return error::tls_required;
    authenticating_ = true;
    auth_fault_ = error::none;
    auth_rounds_ = 0;
    octet_buffer line;
    line.append(std::string_view{"AUTH "});
    line.append(row.spelling);
    auto const room = minimum::command_line - line.size() - 3;
    bool const fits = response && base64_encoded_size(response->size()) <= room;
    if (response && !fits) scratch_.append(*response);  // for the empty challenge  RFC 4954 4
    if (fits) {
        line.append(std::string_view{" "});
        if (response->empty())
            line.append(std::string_view{"="});
        else
            encode_base64(line, *response);
    }
    bool const at_once =
        fits && (mechanism == sasl_mechanism::plain || mechanism == sasl_mechanism::external ||
                 mechanism == sasl_mechanism::anonymous);
    return send_line(at_once ? client_step::auth_at_once : client_step::auth, line.view());
}

inline result<void> client_session::send_line(client_step step, std::string_view line) {
    output_.append(line);
    output_.append(std::string_view{"\r\n"});
    expected_.push(step);
    return {};
}

inline client_session::maybe_event client_session::challenged(reply_view const& reply) {
    if (!scratch_.empty() && reply.text().empty()) {  // the response that did not fit behind AUTH
        octet_buffer const held = std::move(scratch_);
        (void)respond(held.view());
        return std::nullopt;
    }
    scratch_.release();
    auto const text = reply.text();
    auto const size = decode_base64(text, scratch_.extend(base64_decoded_bound(text.size())));
    if (!size || reply.line_count() != 1 || ++auth_rounds_ > most_auth_rounds) {
        auth_fault_ = error::bad_base64;
        (void)cancel();
        return std::nullopt;
    }
    return auth_challenge{scratch_.view().substr(0, *size)};
}

inline result<void> client_session::respond(std::string_view octets) {
    if (!authenticating_ || !expected_.empty()) return error::not_ready;
    octet_buffer line;
    encode_base64(line, octets);
    scratch_.release();
    return send_line(client_step::auth, line.view());
}

inline result<void> client_session::cancel() {
    if (!authenticating_ || !expected_.empty()) return error::not_ready;
    if (auth_fault_ == error::none) auth_fault_ = error::authentication_cancelled;
    return send_line(client_step::auth, "*");
}

// What rides behind AUTH was meant for somebody whom the server now knows, or for nobody.
inline client_session::maybe_event client_session::authenticated(bool accepted,
                                                                 reply_view const& reply) {
    authenticating_ = false;
    scratch_.release();
    authenticated_ = accepted && auth_fault_ == error::none;
    auto const what = authenticated_ ? outcome::accepted
                      : accepted     ? outcome::permanent
                                     : outcome_of(reply.code());
    auto const why = authenticated_               ? error::none
                     : auth_fault_ != error::none ? auth_fault_
                                                  : error::authentication_failed;
    if (!authenticated_ && under_way_ != 0) decide({what, why, client_step::auth}, reply);
    return auth_result{what, why, reply};
}

inline result<void> client_session::inquire(std::string_view line) {
    bool const idle = under_way_ == 0 && expected_.empty() && due_ == client_step::none;
    if (phase_ != phase::serving || !idle || quit_ || authenticating_) return error::not_ready;
    auto const allowed =
        capabilities_.offered.has(extension::smtputf8) ? printable | non_ascii : printable;
    if (line.empty() || !all_of(line, allowed)) return error::bad_octet;
    return send_line(client_step::inquiry, line);
}

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

// ---------------------------------------------------------------------------------------------
// Results

// About the first message. What is decided stands: what comes after it is only its consequence.
inline void client_session::decide(verdict const& end, reply_view const& reply) {
    if (first().end.why != error::none) return;
    first().end = end;
    cause_.release();
    cause_.append(reply.octets());
}

// Nobody is left to send the content to. DATA is needed no more, if it is not on its way.
inline void client_session::decide_without_recipients() {
    auto& message = first();
    decide({message.deferred ? outcome::transient : outcome::permanent, error::no_valid_recipients,
            client_step::rcpt},
           {});
    bool const unsent = message.sending != client_step::none || (content_open_ && message.chunked);
    if (content_open_ && message.chunked) stop_content();
    if (!unsent || !expected_.empty()) return;
    message.sending = client_step::none;
    message.over = reset_due_ = true;
}

// No reply to the first message is due any more.
inline client_session::maybe_event client_session::conclude() {
    if (std::exchange(first().again, false)) {
        auto const* const mail = first().mail;
        first() = transaction{};
        first().mail = mail;
        first().sending = client_step::mail;
        return std::nullopt;
    }
    first().over = true;
    return next_result();
}

inline client_session::maybe_event client_session::next_result() {
    if (under_way_ != 0 && first().over) {
        auto& message = first();
        auto const cause = cause_of(message);
        if (message.answered == message.mail->recipients.size()) {
            if (!options_->lmtp || message.accepted == 0) return pop_message(cause);
            auto const end = message.end;
            auto const told = one_of_lmtp(cause);
            if (under_way_ != 0 && first().over) first().end = end;
            return told;
        }
        return recipient_result{message.answered++, message.end.what, message.end.why,
                                message.end.command, cause};
    }
    if (failure_.why != error::none) {
        auto const end = std::exchange(failure_, {});
        return failed{end.why, end.what, end.command, kept(last_words_)};
    }
    if (phase_ == phase::closed && !std::exchange(farewell_told_, true)) {
        cause_.release();
        last_words_.release();
        return disconnected{};
    }
    return std::nullopt;
}

// What the last event pointed at is of no use any longer.
inline void client_session::release_told() {
    window_.release_used();
    reader_.release_used();
    if (under_way_ == 0 || first().end.why == error::none) cause_.release();
}

inline message_result client_session::pop_message(reply_view const& reply) {
    auto const& end = first().end;
    message_result const told{end.what, end.why, end.command, reply};
    transactions_[0] = transactions_[1];
    --under_way_;
    scratch_.release();
    return told;
}

// The session is over at once, and so is every message under way. One whose final dot went out may
// have been accepted, unless a 421 answered it.                         RFC 1047, RFC 5321 4.5.4.1
// When all results are known and QUIT is due, nobody minds how the server leaves.
inline void client_session::break_off(failed const& why) {
    if (phase_ == phase::closed) return;
    bool const at_stake = under_way_ != 0 && !last().over;
    if (phase_ == phase::leaving && !at_stake) return close();
    for (auto& message : transactions_) {
        bool const gone = message.complete && end_ahead_ == 0 && why.why != error::server_closing;
        message.over = true;
        if (message.end.why != error::none) continue;
        message.end = {gone ? outcome::unknown : outcome::transient, why.why, why.command};
        message.cut_off = true;
    }
    failure_ = {why.what, why.why, why.command};
    last_words_.append(why.reply.octets());
    close();
}

inline void client_session::close() {
    phase_ = phase::closed;
    stop_content();
    payload_ = {};
    expected_.clear();
    window_.clear();
    reader_.reset();
    output_.clear();
}

// The reply that decided about a message.
inline reply_view client_session::cause_of(transaction const& message) const {
    return kept(message.cut_off ? last_words_ : cause_);
}

inline reply_view client_session::kept(octet_buffer const& octets) {
    return octets.empty() ? reply_view{} : *parse_reply(octets.view());
}

}  // namespace postel
