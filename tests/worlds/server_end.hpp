#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/server_session.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/drive.hpp"
#include "support/event_line.hpp"
#include "worlds/plan.hpp"
#include "worlds/server_law.hpp"

namespace postel::test::worlds {

/// The number in "m17@client.example".
[[nodiscard]] inline std::size_t number_in(std::string_view address) {
    std::size_t number = 0;
    for (char const c : address.substr(0, address.find('@')))
        if (c >= '0' && c <= '9') number = number * 10 + static_cast<std::size_t>(c - '0');
    return number;
}

/// What the server's application did about a letter.
struct at_server {
    std::vector<std::optional<outcome>> asked;  ///< for each recipient: what was said to RCPT
    std::vector<std::optional<outcome>> fate;   ///< for each recipient: what decided in the end
    std::vector<std::uint32_t> delivered;       ///< for each recipient: how often
};

/// A server session and its application, which decides as planned.
class server_end {
public:
    server_end(plan const& how, std::string& broken, std::string* log)
        : session(how.server), plan_(&how), law_(how.server.lmtp), broken_(&broken), log_(log) {
        letters.resize(how.letters.size());
        for (std::size_t i = 0; i < letters.size(); ++i) {
            letters[i].asked.resize(how.letters[i].to.size());
            letters[i].fate.resize(how.letters[i].to.size());
            letters[i].delivered.resize(how.letters[i].to.size());
        }
        if (how.client.tls == tls_policy::implicit) session.tls_established();
    }

    server_session session;
    receive_buffer memory;
    std::vector<at_server> letters;
    bool stale = true;       ///< next() has to be called
    bool handshake = false;  ///< tls_requested was told
    bool ended = false;      ///< the end of the connection was seen
    milliseconds since = 0;  ///< the last time that anything happened here

    [[nodiscard]] server_law const& law() const { return law_; }
    /// When the decision is due, if there is one to make.
    [[nodiscard]] std::optional<milliseconds> due() const {
        return verdict_ ? std::optional{due_} : std::nullopt;
    }

    /// One event, if there is one.
    void drain(milliseconds now) {
        auto const event = session.next();
        if (!event) {
            stale = false;
            if (session.wants_input()) memory.spoil();
            return;
        }
        if (log_ != nullptr) *log_ += "server: " + event_line(*event) + "\n";
        law_.heard(*event);
        if (!law_.broken().empty()) complain(law_.broken());
        on(*event, now);
    }
    void decide() {
        auto const verdict = *std::exchange(verdict_, {});
        stale = true;
        if (session.state() == server_state::closed) {  // meanwhile
            law_.unanswered();
            return;
        }
        if (log_ != nullptr) *log_ += "server decides\n";
        answer(verdict);
    }

private:
    void complain(std::string_view what) {
        if (broken_->empty()) *broken_ = "server: " + std::string(what);
    }
    void consider(decision const& verdict, milliseconds now) {
        if (verdict.delay == 0 && !session.waiting()) {  // an event that tells
            if (verdict.what != outcome::accepted) answer(verdict);
            return;
        }
        session.hold();
        verdict_ = verdict;
        due_ = now + verdict.delay;
    }
    void answer(decision const& verdict) {
        bool const yes = verdict.what == outcome::accepted;
        if (yes && asked_ == server_event_kind::message_end) deliver();
        if (asked_ == server_event_kind::recipient) note_recipient(verdict);
        if (!verdict.closes) note_fate(verdict.what);
        law_.settle(yes, !yes && verdict.closes);
        if (yes) return session.accept();
        if (verdict.closes) return session.refuse({421, {4, 3, 2}, "not any more"});
        if (asked_ == server_event_kind::hello && verdict.what == outcome::permanent)
            return session.refuse({plan_->knows_ehlo ? 550 : 502, {}, "no"});
        if (asked_ == server_event_kind::connected) return session.refuse({554, {}, "no"});
        session.refuse(verdict.what == outcome::transient ? reply{450, {4, 7, 1}, "later"}
                                                          : reply{550, {5, 7, 1}, "no"});
    }
    void note_recipient(decision const& verdict) {
        auto& said = letters[letter_].asked[recipient_];
        if (verdict.closes || (said && *said != verdict.what)) return;
        said = verdict.what;
        if (verdict.what == outcome::accepted) taken_.push_back(recipient_);
    }
    void note_fate(outcome what) {
        auto& said = letters[letter_];
        bool const end = asked_ == server_event_kind::message_end;
        bool const spoils = what != outcome::accepted && (asked_ == server_event_kind::data ||
                                                          asked_ == server_event_kind::chunk_end);
        // With LIMITS nobody but the client knows for whom a MAIL was meant.
        bool const for_all = plan_->server.announce.empty();
        if (asked_ == server_event_kind::mail && what != outcome::accepted && for_all)
            for (std::size_t i = 0; i < said.fate.size(); ++i)
                if (!said.asked[i]) said.fate[i] = what;
        if (end && plan_->server.lmtp)
            said.fate[taken_[turn_]] = what;
        else if (end || spoils)
            for (auto const each : taken_) said.fate[each] = what;
    }
    void deliver() {
        if (arrived_ != now_about().arrives) complain("another content than was sent");
        auto& delivered = letters[letter_].delivered;
        if (plan_->server.lmtp)
            ++delivered[taken_[turn_]];
        else
            for (auto const each : taken_) ++delivered[each];
    }
    [[nodiscard]] letter const& now_about() const { return plan_->letters[letter_]; }

    void on(server_event const& event, milliseconds now) {
        asked_ = event.kind();
        switch (event.kind()) {
            case server_event_kind::connected: return consider(plan_->greeting, now);
            case server_event_kind::hello: return on(std::get<hello>(event), now);
            case server_event_kind::tls_requested: handshake = true; return;
            case server_event_kind::credentials: return on(std::get<credentials>(event), now);
            case server_event_kind::auth_exchange: return on(std::get<auth_exchange>(event), now);
            case server_event_kind::mail: return on(std::get<mail>(event), now);
            case server_event_kind::recipient: return on(std::get<recipient>(event), now);
            case server_event_kind::data: return consider(now_about().data, now);
            case server_event_kind::content: arrived_ += std::get<content>(event).text; return;
            case server_event_kind::chunk_end: return consider(now_about().chunk, now);
            case server_event_kind::message_end:
                turn_ = std::get<message_end>(event).recipient;
                return consider(now_about().end[turn_], now);
            case server_event_kind::violation: return on(std::get<violation>(event));
            default: return;
        }
    }
    void on(hello const& event, milliseconds now) {
        bool const known = event.kind != verb::ehlo || plan_->knows_ehlo;
        consider(known ? plan_->hello : decision{outcome::permanent}, now);
    }
    void on(credentials const& event, milliseconds now) {
        bool const right =
            event.authentication_id == "user" && event.password == plan_->auth->password(true);
        judge(right, now);
    }
    void on(auth_exchange const& event, milliseconds now) {
        if (event.begins) {
            session.challenge("<1896.697170952@server.example>");
            stale = true;
            return;
        }
        judge(event.octets == "user " + plan_->auth->password(true), now);
    }
    void judge(bool right, milliseconds now) {
        if (right != plan_->auth->right) complain("other credentials than were given");
        auto verdict = plan_->auth_verdict;
        if (!right && verdict.what == outcome::accepted) verdict.what = outcome::permanent;
        consider(verdict, now);
    }
    void on(mail const& event, milliseconds now) {
        letter_ = number_in(event.reverse_path.text());
        if (letter_ >= letters.size()) {
            complain("mail from nobody");
            letter_ = 0;
        }
        taken_.clear();
        arrived_.clear();
        consider(now_about().mail, now);
    }
    void on(recipient const& event, milliseconds now) {
        auto const text = event.forward_path.text();
        recipient_ = number_in(text);
        auto const& to = now_about().to;
        if (recipient_ >= to.size() || text.substr(1, text.size() - 2) != to[recipient_]) {
            complain("a recipient of another letter");
            recipient_ = 0;
        }
        consider(now_about().rcpt[recipient_], now);
    }
    // What a client of ours may cause: what it sent in one group with a command that was refused,
    // and limits that nobody told it.
    void on(violation const& event) {
        switch (event.what) {
            case error::mail_required:
            case error::recipient_required:
            case error::too_many_recipients:
            case error::too_many_errors:
            case error::too_many_messages:
            case error::message_too_large:
            case error::authentication_required:
            case error::authentication_cancelled:
            case error::tls_required: return;
            default: complain(to_string(event.what));
        }
    }

    plan const* plan_;
    server_law law_;
    std::string* broken_;
    std::string* log_;
    std::optional<decision> verdict_;  // not told yet
    milliseconds due_ = 0;
    server_event_kind asked_{};
    std::size_t letter_ = 0;
    std::size_t recipient_ = 0;
    std::uint32_t turn_ = 0;
    std::vector<std::size_t> taken_;  // recipients of this transaction
    std::string arrived_;
};

}  // namespace postel::test::worlds
