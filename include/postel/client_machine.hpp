#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <postel/base64.hpp>
#include <postel/capability.hpp>
#include <postel/client_event.hpp>
#include <postel/client_options.hpp>
#include <postel/client_table.hpp>
#include <postel/command_writer.hpp>
#include <postel/dot_encoder.hpp>
#include <postel/envelope.hpp>
#include <postel/envelope_check.hpp>
#include <postel/error.hpp>
#include <postel/expected_replies.hpp>
#include <postel/input_window.hpp>
#include <postel/octet_buffer.hpp>
#include <postel/output_queue.hpp>
#include <postel/reply_reader.hpp>
#include <postel/reply_view.hpp>
#include <postel/result.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/tls_requested.hpp>
#include <postel/transcript.hpp>
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

    /// A reply is due and every octet so far is used: read more from the transport. While content
    /// goes out none is due; but receive() takes octets at any time, and a server that gives up
    /// says so even then: whoever can read without being blocked should.
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
    /// From now on every line is shown to `where`, which outlives the session.
    void write_transcript(transcript const& where) { transcript_ = &where; }
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
    /// ANONYMOUS may be followed by submit() at once, which saves a wait. Content waits for the
    /// answer all the same (see client_options::content_behind_auth), and nothing that rode behind
    /// an AUTH that failed is delivered: a server that says 354 to it loses the connection.
    ///                                                                       RFC 4954 4
    ///
    /// response  The initial response before base64; none where the server speaks first. Copied.
    ///           LOGIN asks first, but deployed servers take the name from here.
    /// errors    not_ready, unknown_mechanism (not offered), tls_required (the mechanism shows a
    ///           password or token, and there is no TLS, or nobody has checked with whom),
    ///           already_authenticated, unexpected_initial_response (CRAM-MD5),
    ///           authentication_line_too_long.
    [[nodiscard]] result<void> authenticate(sasl_mechanism mechanism,
                                            std::optional<std::string_view> response);
    /// Answers `auth_challenge`. The octets are copied, encoded, and overwritten once they are
    /// sent.
    /// errors    not_ready, authentication_line_too_long.
    [[nodiscard]] result<void> respond(std::string_view octets);
    /// Answers `auth_challenge` with "*": auth_result follows.
    [[nodiscard]] result<void> cancel();

    /// Sends a command by itself, between messages: NOOP, RSET, VRFY, EXPN, HELP, ETRN, or one of
    /// the caller's own. `inquiry_result` brings the reply.
    ///
    /// line     Without CR LF; printable ASCII, or UTF-8 where SMTPUTF8 is offered.
    /// errors   not_ready, bad_octet, bad_utf8, line_too_long, bad_sequence (a verb that is the
    ///          session's own, such as MAIL or STARTTLS).           RFC 5321 3.5, 4.1.1
    [[nodiscard]] result<void> inquire(std::string_view line);

    /// Sends MAIL, RCPT and DATA for this envelope as soon as the order of commands permits. Call
    /// it when `ready` was told, and again once the content before it is finished: where that is an
    /// envelope for several transactions, the content of the last.
    ///
    /// mail     Stays where it is, unchanged, until its last message_result.
    /// errors   What can be known before the first octet, and then none is sent: not_ready,
    ///          no_recipients, too_many_for_server (MAILMAX), server_lacks_8bitmime,
    ///          server_lacks_smtputf8, server_lacks_extension, message_above_server_limit, and the
    ///          grammar's errors for an address. `at` is the index of the recipient at fault, or
    ///          recipients.size() where it is the reverse-path or the message.
    ///                                                    RFC 5321 3.3, 4.1.1.3, RFC 1870 7
    [[nodiscard]] result<void> submit(envelope const& mail);
    [[nodiscard]] result<void> submit(envelope const&& mail) = delete;
    /// Gives the next piece of the content, without dot-stuffing, lines ended by CR LF. It is not
    /// copied, and must stay where it is until content_wanted is told again, or the
    /// message_result. Only after content_wanted. Content that no server has to take ends the
    /// session, told as message_result and failed: bare_cr, bare_lf, nul_octet, eight_bit_content
    /// (BODY does not say so), text_line_too_long.              RFC 5321 2.3.8, 4.5.3.1.6
    ///
    /// errors   not_ready: nobody asked, or nobody needs it any more. A server may refuse a message
    ///          while BDAT carries it; the message_result follows then, and finish() fails as well.
    [[nodiscard]] result<void> write(std::string_view piece);
    /// The content is complete. A last line without CR LF gets one.         RFC 5321 4.1.1.4
    [[nodiscard]] result<void> finish();
    /// Ends the session with QUIT, behind everything that was submitted.    RFC 5321 4.1.1.10
    void quit();

    // D  drain

    /// The next event; nothing when the session waits for the server or the caller. Views in it are
    /// valid until the next call.
    [[nodiscard]] std::optional<client_event> next();
    /// What has to be sent next. Long runs of content are views into the caller's, not copies.
    [[nodiscard]] std::string_view output() const {
        if (payload_.empty()) return output_.view();
        return ahead_ == 0 ? payload_ : output_.view().substr(0, ahead_);
    }
    /// What has to be sent right behind output(), for callers who can send two pieces in one call:
    /// so the end of the content leaves with the content.
    [[nodiscard]] std::string_view output_behind() const {
        if (payload_.empty()) return {};
        return ahead_ == 0 ? output_.view() : payload_;
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

    /// One message under way, to some of its recipients or to all. `sending` is the step that is to
    /// be sent next; `none`: all are sent.
    struct transaction {
        envelope const* mail = nullptr;
        client_step sending = client_step::none;
        std::uint32_t from = 0;      // the first recipient
        std::uint32_t to = 0;        // the one behind the last
        std::uint32_t sent = 0;      // the first that was not asked for yet
        std::uint32_t answered = 0;  // the first without a result
        std::uint32_t accepted = 0;  // recipients
        bool opened : 1 = false;     // the server took MAIL, and has not ended the transaction
        bool deferred : 1 = false;   // some recipient was refused for now only
        bool complete : 1 = false;   // the end of the content is in the output
        bool over : 1 = false;       // no reply to it is due any more
        bool cut_off : 1 = false;    // the end of the session decided
        bool chunked : 1 = false;    // the content goes out by BDAT
        bool rode : 1 = false;       // MAIL went out behind content that was not answered
        bool again : 1 = false;      // it is to be sent once more, by itself
        verdict end{};               // known before it is over, where something was refused
    };

    /// What few messages need: on the heap, as long as any of it is needed.
    struct occasional {
        octet_buffer cause;       // the reply that decided about the first message, before its end
        octet_buffer last_words;  // the reply that ended the session
        // AUTH: a response that waits for its challenge, or a challenge; an inquiry that is not
        // sent; LMTP, later: a bit for each recipient of the first message.
        secret_buffer scratch;
        octet_buffer converted;  // content that is not as the caller gave it
        octet_buffer domains;    // a print of each domain so far; for RCPTDOMAINMAX
        std::uint32_t told = 0;  // LMTP: recipients of the first message looked at for results
        std::uint8_t auth_rounds = 0;
        error auth_fault = error::none;  // why we cancelled

        [[nodiscard]] std::size_t octets() const {
            return cause.capacity() + last_words.capacity() + scratch.capacity() +
                   converted.capacity() + domains.capacity();
        }
    };

    // For what is written to.
    [[nodiscard]] occasional& demand() {
        if (!occasional_) occasional_ = std::make_unique<occasional>();
        return *occasional_;
    }
    template <class Buffer>
    [[nodiscard]] std::string_view view(Buffer occasional::*which) const {
        return occasional_ ? (*occasional_.*which).view() : std::string_view{};
    }
    template <class Buffer>
    void release(Buffer occasional::*which) {
        if (!occasional_) return;
        (*occasional_.*which).release();
        if (occasional_->octets() == 0 && !authenticating_) occasional_.reset();
    }

    // Sending
    void pump();
    [[nodiscard]] client_step upcoming() const;
    [[nodiscard]] bool may_send(client_step step) const;
    void send(client_step step);
    void send_mail(transaction& message);
    void send_rcpt(transaction& message);
    [[nodiscard]] std::size_t room() const;
    [[nodiscard]] transaction part(envelope const& mail, std::uint32_t from) const;
    [[nodiscard]] bool mails_left() const;
    void queue_rest();
    static void forgo(transaction& message);
    [[nodiscard]] bool admits(envelope::recipient const& to) const;
    [[nodiscard]] bool admits_any(transaction const& message) const;
    [[nodiscard]] bool knows_domain(std::uint64_t print) const;
    void admit(envelope::recipient const& to);
    [[nodiscard]] maybe_event next_barred();
    [[nodiscard]] bool is_barred(transaction const& message) const;
    [[nodiscard]] static recipient_result barred_result(std::size_t index);
    [[nodiscard]] bool may_open_content(transaction const& message) const;
    void open_content();
    void stop_content();
    void pump_content();
    void end_content();
    void completed();
    void queue_run(std::string_view text);
    void pump_chunks();
    [[nodiscard]] bool next_chunk(std::string_view& text, bool& last);
    [[nodiscard]] error convert_piece(std::string_view& text);
    void send_chunk(std::string_view text, bool last);
    [[nodiscard]] error auth_objection(sasl_mechanism mechanism,
                                       std::optional<std::string_view> response) const;
    [[nodiscard]] result<void> send_auth(client_step step, std::string_view line);
    [[nodiscard]] body_type declared_body() const;
    [[nodiscard]] error content_fault() const;
    void spoil_content(error why);

    // Answers: one function for each action of the table that does more than a line
    [[nodiscard]] maybe_event read_reply();
    [[nodiscard]] maybe_event answered(client_step step, reply_view const& reply);
    [[nodiscard]] maybe_event welcomed();
    [[nodiscard]] maybe_event capable(client_step step, reply_view const& reply);
    [[nodiscard]] maybe_event try_helo(reply_view const& reply);
    [[nodiscard]] maybe_event secure_or_serve(reply_view const& reply);
    [[nodiscard]] maybe_event tls_accepted(reply_view const& reply);
    [[nodiscard]] maybe_event start_handshake();
    [[nodiscard]] maybe_event tls_refused(reply_view const& reply);
    [[nodiscard]] maybe_event challenged(reply_view const& reply);
    [[nodiscard]] maybe_event authenticated(bool accepted, reply_view const& reply);
    void denied_before(transaction& message, verdict const& end, reply_view const& reply);
    [[nodiscard]] maybe_event answered_too_soon(client_step step, reply_view const& reply);
    [[nodiscard]] maybe_event sender_taken();
    [[nodiscard]] maybe_event chunk_answered(bool taken, reply_view const& reply);
    [[nodiscard]] message_result one_of_lmtp(verdict const& end, reply_view const& reply);
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
    [[nodiscard]] message_result pop_message(verdict const& end, reply_view const& reply);
    void release_told();
    void break_off(failed const& why);
    void close();
    [[nodiscard]] reply_view cause_of(transaction const& message) const;
    [[nodiscard]] static reply_view kept(std::string_view octets);

    void show_auth(std::string_view line) const;
    void show(char who, std::string_view lines) const {
        if (transcript_ != nullptr) transcript_->lines(who, lines);
    }
    // A reply has begun that answers nothing; only a 421 may do that.
    [[nodiscard]] bool disturbed() const { return expected_.empty() && reader_.held() != 0; }
    [[nodiscard]] client_step oldest() const {
        return expected_.empty() ? client_step::none : expected_.front();
    }
    [[nodiscard]] transaction& first() { return transactions_[0]; }
    [[nodiscard]] transaction& last() { return transactions_[under_way_ - 1u]; }
    [[nodiscard]] transaction const& last() const { return transactions_[under_way_ - 1u]; }

    static constexpr std::uint8_t most_auth_rounds = 10;  // no mechanism has half as many
    static constexpr std::size_t small_run = 2048;  // of content: copied, since a write costs more
    // RCPTDOMAINMAX above this counts as this, so that no server can make a session remember more,
    // or look through more for each recipient.
    static constexpr std::size_t most_domains = 1000;

    client_options const* options_;
    transcript const* transcript_ = nullptr;
    input_window window_;
    reply_reader reader_;
    basic_output_queue<122> output_;  // MAIL with SIZE and BODY, RCPT and DATA fit
    dot_encoder encoder_;
    std::unique_ptr<occasional> occasional_;
    std::string_view piece_;    // content that is not encoded yet
    std::string_view payload_;  // content that goes out as it lies, behind ahead_ octets of output_
    capabilities capabilities_;
    std::size_t end_ahead_ = 0;  // octets of output up to the end of the content, with it
    std::uint32_t mails_ = 0;    // MAIL commands
    std::uint32_t ahead_ = 0;    // octets of output before payload_
    expected_replies expected_;
    std::array<transaction, 2> transactions_;
    std::uint8_t under_way_ = 0;
    phase phase_ = phase::opening;
    client_step due_ = client_step::none;  // a step that belongs to no message
    verdict failure_{};                    // to be told, once all results are
    bool content_open_ : 1 = false;        // 354 came; write() and finish() are welcome
    bool content_asked_ : 1 = false;       // content_wanted was told, and neither was called
    bool finishing_ : 1 = false;           // finish() was called
    bool reset_due_ : 1 = false;           // the server has a transaction open that leads nowhere
    bool quit_ : 1 = false;
    bool farewell_told_ : 1 = false;
    bool handshake_told_ : 1 = false;
    bool tls_ : 1 = false;
    bool verified_ : 1 = false;  // the server's certificate was checked
    bool authenticating_ : 1 = false;
    bool authenticated_ : 1 = false;
    bool overlap_ : 1 = true;  // no server on this connection has taken offence at it
};

}  // namespace postel
