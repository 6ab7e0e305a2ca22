#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <postel/client_session.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/support/fuzz.hpp"
#include "support/drive.hpp"
#include "support/event_line.hpp"

namespace postel::fuzz {

/// A message that a client is to send.
struct fuzz_letter {
    std::string_view from;
    std::vector<std::string_view> to;
    std::string_view content;
    mail_parameters parameters{};
};

/// What the application behind a client does.
struct client_application {
    std::vector<fuzz_letter> letters;
    std::optional<sasl_mechanism> mechanism{};
    bool initial_response = false;
    bool grouped = false;    ///< the first envelope rides behind AUTH
    bool cancels = false;    ///< at the first challenge
    bool overlaps = true;    ///< submits behind the content; else behind the message_result
    bool sends = true;       ///< output is taken off at once; else octet by octet
    bool verified = true;    ///< the server's certificate
    bool handshakes = true;  ///< or they fail
    std::string_view inquiry{};
    std::size_t piece = 1000;  ///< octets of content a write
};

/// A client session with its application. It checks what has to hold whatever the server says.
class client_run {
public:
    client_run(client_options const& options, client_application const& what)
        : session(options), what_(what), limits_(options.limits) {
        for (auto const& one : what.letters) {
            auto& to = recipients_.emplace_back();
            for (auto const who : one.to) to.push_back({who});
            envelopes_.push_back({one.from, to, one.parameters});
        }
        drain();
    }

    void hear(test::pieces const& cut) {
        for (auto const piece : cut) {
            if (over()) return;
            session.receive(memory_.fill(piece));
            drain();
            memory_.spoil();
        }
    }
    /// The connection ends.
    void end(bool by_timeout) {
        by_timeout ? session.expired() : session.closed_by_peer();
        drain();
        require(over() && session.finished(), "a session that is over is finished");
        require(told_ == sent_.size(), "each message has its last result");
        require(session.heap_octets() == 0, "a session that is over owns no heap");
    }

    /// `disconnected` was told.
    [[nodiscard]] bool over() const { return over_; }
    /// All events, and what was sent.
    [[nodiscard]] std::vector<std::string> const& log() const { return log_; }

    client_session session;

private:
    void drain() {
        do {
            while (auto const event = session.next()) {
                note(*event);
                act(*event);
            }
            auto const size = content_ + auth_ + limits_.reply_octets * 3 + limits_.pending_output;
            require(session.heap_octets() <= size + 8192, "memory is bounded");
        } while (send());
    }
    bool send() {
        auto const output = session.output();
        if (output.empty()) return false;
        auto const part = output.substr(0, what_.sends ? output.size() : 1);
        if (log_.empty() || !sent_last_) log_.emplace_back("C: ");
        sent_last_ = true;
        log_.back() += part;
        session.sent(part.size());
        return true;
    }

    void note(client_event const& event) {
        require(!over_, "nothing is told behind the end");
        log_.push_back(test::event_line(event));
        sent_last_ = false;
        if (auto const* const one = std::get_if<recipient_result>(&event)) {
            require(told_ < sent_.size() && !failed_, "a result belongs to a message");
            require(one->recipient == answered_++, "results come in the order of recipients");
            if (one->what == outcome::accepted) require(is_positive(one->reply), "accepted by 2yz");
        } else if (auto const* const all = std::get_if<message_result>(&event)) {
            require(told_ < sent_.size() && !failed_, "a result belongs to a message");
            if (all->what == outcome::accepted) require(is_positive(all->reply), "accepted by 2yz");
            require(all->recipient + all->recipients <= answered_, "recipients come first");
            if (!all->last) return;
            require(answered_ == what_.letters[sent_[told_++]].to.size(), "each recipient has one");
            answered_ = 0;
        } else if (event.kind() == client_event_kind::failed) {
            require(told_ == sent_.size(), "results come before the failure");
            require(!failed_, "a session fails once");
            failed_ = true;
        } else if (event.kind() == client_event_kind::disconnected) {
            over_ = true;
        }
    }
    [[nodiscard]] static bool is_positive(reply_view const& reply) {
        return reply.code().positive();
    }

    void act(client_event const& event) {
        switch (event.kind()) {
            case client_event_kind::tls_requested:
                return what_.handshakes ? session.tls_established(what_.verified)
                                        : session.tls_failed();
            case client_event_kind::ready: return begin();
            case client_event_kind::auth_challenge: return answer();
            case client_event_kind::auth_result:
                return std::get<auth_result>(event).what == outcome::accepted ? submit_next()
                                                                              : session.quit();
            case client_event_kind::inquiry_result: return submit_next();
            case client_event_kind::message_result:
                return std::get<message_result>(event).last ? submit_next() : void();
            case client_event_kind::content_wanted: return write_on();
            default: return;
        }
    }
    void begin() {
        if (what_.mechanism) {
            std::optional<std::string_view> response;
            if (what_.initial_response) response = std::string_view{"\0user\0password", 14};
            if (!session.authenticate(*what_.mechanism, response)) return session.quit();
            auth_ = 4 * minimum::authentication_line;
            return what_.grouped ? submit_next() : void();
        }
        if (!what_.inquiry.empty() && session.inquire(what_.inquiry)) return;
        submit_next();
    }
    void answer() {
        auto const done = what_.cancels ? session.cancel() : session.respond("answer");
        require(done.ok(), "a challenge can be answered");
    }
    // What this server does not take at all is left out.
    void submit_next() {
        for (; next_ != envelopes_.size(); ++next_) {
            if (session.submit(envelopes_[next_])) {
                sent_.push_back(next_++);
                written_ = 0;
                return;
            }
            if (told_ != sent_.size()) return;  // not yet
        }
        session.quit();
    }
    void write_on() {
        auto const rest = what_.letters[sent_.back()].content.substr(written_);
        auto const part = rest.substr(0, what_.piece);
        content_ = 2 * part.size();
        if (!part.empty()) {
            if (!session.write(part)) return;  // BDAT: refused meanwhile
            written_ += part.size();
            if (part.size() != rest.size()) return;
        }
        if (!session.finish()) return;
        written_ = 0;  // for the rest of the recipients
        if (what_.overlaps) submit_next();
    }

    client_application const& what_;
    client_limits limits_;
    std::deque<std::vector<envelope::recipient>> recipients_;
    std::deque<envelope> envelopes_;
    std::vector<std::string> log_;
    test::receive_buffer memory_;
    std::vector<std::size_t> sent_;  // letters that were submitted
    std::size_t next_ = 0;           // to be submitted
    std::size_t told_ = 0;           // of those in sent_, that have their last result
    std::size_t answered_ = 0;       // results of recipients of the message that is told about
    std::size_t written_ = 0;
    std::size_t content_ = 0;
    std::size_t auth_ = 0;
    bool over_ = false;
    bool failed_ = false;
    bool sent_last_ = false;
};

}  // namespace postel::fuzz
