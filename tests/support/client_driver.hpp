#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <postel/client_session.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "support/catch.hpp"
#include "support/event_line.hpp"
#include "support/split.hpp"

namespace postel::test {

/// A message, and all that its envelope points at.
struct letter {
    std::vector<std::string> to{"b@server.example"};
    std::string content = "hi\r\n";
    mail_parameters parameters{};
    std::string from = "a@client.example";
};

/// What the application says of itself.
struct login {
    sasl_mechanism mechanism = sasl_mechanism::plain;
    std::optional<std::string> response{};  ///< the initial one
    std::vector<std::string> answers{};     ///< to challenges; then it cancels
    bool grouped = false;                   ///< the first envelope rides behind it
};

/// What the application behind a client does.
struct client_plan {
    std::vector<letter> letters{letter{}};
    std::size_t piece = 1u << 20;  ///< octets of content a write
    bool overlap = true;           ///< submits behind the final dot; else after the message_result
    bool quit = true;              ///< when nothing is left to submit
    bool sends = true;             ///< output is taken off at once
    std::optional<login> who{};
};

/// A client session with an application that follows a plan.
///
/// `log` has each event as a line, and behind the events of each turn what was sent, as one line
/// that starts with "C: ". So it does not depend on how the turn was cut.
class client_driver {
public:
    /// What was told about one letter.
    struct account {
        std::vector<outcome> recipients{};
        std::optional<message_result> result{};  ///< the last; its reply is not to be looked at
        std::vector<message_result> results{};  ///< all; in LMTP and with RCPTMAX there are several
    };

    explicit client_driver(client_options const& options, client_plan plan = {})
        : session(options), plan_(std::move(plan)), accounts(plan_.letters.size()) {
        for (auto const& one : plan_.letters) {
            auto& to = recipients_.emplace_back();
            for (auto const& who : one.to) to.push_back({who});
            envelopes_.push_back({one.from, to, one.parameters});
        }
        drain();
        flush();
    }
    client_driver(client_driver const&) = delete;
    client_driver& operator=(client_driver const&) = delete;

    /// The server says all this without waiting for anything in between.
    client_driver& hear(pieces const& turn) {
        for (auto const piece : turn) {
            // A copy of just these octets, freed at once: who looks beyond or behind is caught.
            std::unique_ptr<char[]> const octets(new char[piece.size()]);
            piece.copy(octets.get(), piece.size());
            session.receive({octets.get(), piece.size()});
            drain();
        }
        flush();
        return *this;
    }
    client_driver& hear(std::string_view turn) { return hear(pieces{turn}); }
    client_driver& lose_connection() {
        session.closed_by_peer();
        drain();
        flush();
        return *this;
    }
    client_driver& expire() {
        session.expired();
        drain();
        flush();
        return *this;
    }
    /// The transport has TLS now.
    client_driver& handshake(bool verified = true) {
        session.tls_established(verified);
        drain();
        flush();
        return *this;
    }
    /// Ends what the plan began.
    client_driver& quit() {
        session.quit();
        drain();
        flush();
        return *this;
    }
    /// Asks for a single command.
    client_driver& ask(std::string_view line) {
        REQUIRE(session.inquire(line));
        drain();
        flush();
        return *this;
    }
    /// One that is not in the plan. Results are in the log only from here on.
    client_driver& submit(envelope const& mail) {
        by_hand_ = true;
        submitted_results.push_back(session.submit(mail));
        drain();
        flush();
        return *this;
    }

    /// What was sent since the last call.
    [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }
    /// The last line of the log.
    [[nodiscard]] std::string last() const { return log.empty() ? std::string{} : log.back(); }
    [[nodiscard]] std::size_t count(std::string_view line) const {
        std::size_t found = 0;
        for (auto const& one : log) found += one == line ? 1 : 0;
        return found;
    }
    [[nodiscard]] std::size_t submitted() const { return submitted_; }
    [[nodiscard]] std::vector<letter> const& letters() const { return plan_.letters; }

    client_session session;

private:
    client_plan plan_;

public:
    std::vector<std::string> log;
    std::vector<account> accounts;                ///< one for each letter
    std::vector<result<void>> submitted_results;  ///< one for each submit
    result<void> login_result{};
    std::string everything_sent;
    std::optional<error> failure;  ///< that of the event `failed`, and what it says of the rest
    outcome failed_as = outcome::accepted;
    std::size_t most_heap = 0;     ///< octets of the session

private:
    void drain() {
        for (;;) {
            while (auto const event = session.next()) {
                note(*event);
                act(*event);
            }
            most_heap = std::max(most_heap, session.heap_octets());
            if (!plan_.sends || session.output().empty()) return;
            output_ += session.output();
            turn_ += session.output();
            everything_sent += session.output();
            session.sent(session.output().size());
        }
    }
    void flush() {
        if (!turn_.empty()) log.push_back("C: " + escape(turn_));
        turn_.clear();
    }

    void note(client_event const& event) {
        log.push_back(event_line(event));
        if (by_hand_) return;
        if (auto const* e = std::get_if<recipient_result>(&event)) {
            REQUIRE(told_ < submitted_);
            REQUIRE_FALSE(failure);
            REQUIRE(e->recipient == accounts[told_].recipients.size());
            accounts[told_].recipients.push_back(e->what);
        } else if (auto const* m = std::get_if<message_result>(&event)) {
            REQUIRE(told_ < submitted_);
            REQUIRE_FALSE(failure);
            auto told = *m;
            told.reply = {};
            auto& known = accounts[told_];
            REQUIRE(known.recipients.size() >= m->recipient + m->recipients);
            known.results.push_back(told);
            if (!m->last) return;
            REQUIRE(known.recipients.size() == plan_.letters[told_++].to.size());
            known.result = told;
        } else if (auto const* f = std::get_if<failed>(&event)) {
            REQUIRE_FALSE(failure);
            REQUIRE(f->why != error::none);
            failure = f->why;
            failed_as = f->what;
        }
    }

    void act(client_event const& event) {
        switch (event.kind()) {
            case client_event_kind::ready: return begin();
            case client_event_kind::auth_challenge: return answer();
            case client_event_kind::auth_result:
                return std::get<auth_result>(event).what == outcome::accepted ? submit_next()
                                                                              : session.quit();
            case client_event_kind::message_result:
                return std::get<message_result>(event).last ? submit_next() : void();
            case client_event_kind::content_wanted: return by_hand_ ? void() : write_on();
            default: return;
        }
    }
    void begin() {
        if (!plan_.who) return submit_next();
        auto const& response = plan_.who->response;
        login_result = session.authenticate(
            plan_.who->mechanism,
            response ? std::optional<std::string_view>{*response} : std::nullopt);
        if (!login_result) return session.quit();
        if (plan_.who->grouped) submit_next();
    }
    void answer() {
        bool const more = answered_ != plan_.who->answers.size();
        REQUIRE((more ? session.respond(plan_.who->answers[answered_++]) : session.cancel()));
    }
    void submit_next() {
        if (submitted_ == envelopes_.size()) return plan_.quit ? session.quit() : void();
        auto const done = session.submit(envelopes_[submitted_]);
        submitted_results.push_back(done);
        if (!done) return;
        ++submitted_;
        written_ = 0;
    }
    void write_on() {
        std::string_view const content = plan_.letters[submitted_ - 1].content;
        auto const rest = content.substr(written_);
        if (!rest.empty()) {
            auto const part = rest.substr(0, plan_.piece);
            REQUIRE(session.write(part));
            written_ += part.size();
            if (part.size() != rest.size()) return;
        }
        REQUIRE(session.finish());
        written_ = 0;  // for the rest of the recipients
        if (plan_.overlap) submit_next();
    }

    std::deque<std::vector<envelope::recipient>> recipients_;
    std::deque<envelope> envelopes_;
    std::string output_;
    std::string turn_;
    std::size_t submitted_ = 0;
    std::size_t told_ = 0;
    std::size_t written_ = 0;
    std::size_t answered_ = 0;
    bool by_hand_ = false;
};

}  // namespace postel::test
