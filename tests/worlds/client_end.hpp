#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/client_session.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/drive.hpp"
#include "support/event_line.hpp"
#include "worlds/lots.hpp"
#include "worlds/plan.hpp"

namespace postel::test::worlds {

/// What the client's application was told about a letter.
struct at_client {
    bool submitted = false;
    bool done = false;                         ///< the last result was told
    std::vector<std::optional<outcome>> rcpt;  ///< for each recipient
    std::vector<std::optional<outcome>> fate;  ///< for each recipient, the message with it
};

/// A client session and its application, which sends the letters of a plan, one behind the other.
class client_end {
public:
    client_end(plan const& how, lots& chance, std::string& broken, std::string* log)
        : session(how.client), plan_(&how), lots_(&chance), broken_(&broken), log_(log) {
        letters.resize(how.letters.size());
        envelopes_.reserve(letters.size());
        recipients_.resize(letters.size());
        for (std::size_t i = 0; i < letters.size(); ++i) {
            auto const& one = how.letters[i];
            for (auto const& who : one.to) recipients_[i].push_back({who});
            envelopes_.push_back({one.from, recipients_[i], one.parameters});
            letters[i].rcpt.resize(one.to.size());
            letters[i].fate.resize(one.to.size());
        }
        if (how.client.tls == tls_policy::implicit) session.tls_established(true);
    }

    client_session session;
    receive_buffer memory;
    std::vector<at_client> letters;
    std::optional<error> failure;  ///< what `failed` said
    bool denied = false;           ///< AUTH was refused
    bool stale = true;             ///< next() has to be called
    bool handshake = false;        ///< tls_requested was told
    bool ended = false;            ///< the end of the connection was seen
    bool told_end = false;         ///< `disconnected`
    milliseconds since = 0;        ///< the last time that anything happened here

    /// When the application does something, if it has something to do.
    [[nodiscard]] std::optional<milliseconds> due() const {
        return idle_ || told_end ? std::nullopt : std::optional{due_};
    }

    /// All events.
    void drain(milliseconds now) {
        while (auto const event = session.next()) {
            if (log_ != nullptr) *log_ += "client: " + event_line(*event) + "\n";
            on(*event);
        }
        memory.spoil();
        stale = false;
        if (!idle_) return;
        idle_ = false;
        due_ = now + (plan_->lazy_client ? lots_->some(14) : 0);
    }
    /// One thing that the application does by itself.
    void act() {
        idle_ = true;
        if (!ready_ || told_end) return;
        if (challenge_) return respond();
        if (wanted_) return write_some();
        if (plan_->auth && !authenticated_) {
            authenticated_ = true;
            if (authenticate()) return;
        }
        if (authenticating_ && !plan_->auth->rides) return;
        if (plan_->inquires && lots_->one_in(4) && session.inquire("NOOP still there"))
            return did();
        next_ < letters.size() && !quits_ ? submit() : quit();
    }

private:
    void complain(std::string_view what) {
        if (broken_->empty()) *broken_ = "client: " + std::string(what);
    }
    void did() { stale = true; }

    // ---- What it does -----------------------------------------------------------------------

    [[nodiscard]] bool authenticate() {
        auto const& auth = *plan_->auth;
        auto const& row = describe(auth.mechanism);
        std::optional<std::string> first;
        if (auth.mechanism == sasl_mechanism::plain)
            first = std::string{"\0user\0", 6} + auth.password();
        else if (row.client_first && auth.mechanism != sasl_mechanism::login)
            first = "user " + auth.password();
        auto const sent = session.authenticate(auth.mechanism, first);
        if (!sent) return false;
        authenticating_ = true;
        did();
        idle_ = !auth.rides;
        return true;
    }
    void respond() {
        challenge_ = false;
        did();
        if (plan_->auth->cancels) {
            if (!session.cancel()) complain("cancel() refused");
            return;
        }
        auto answer = "user " + plan_->auth->password();
        if (plan_->auth->mechanism == sasl_mechanism::login)
            answer = asked_++ == 0 ? "user" : plan_->auth->password();
        if (!session.respond(answer)) complain("respond() refused");
    }
    void submit() {
        auto const sent = session.submit(envelopes_[next_]);
        if (!sent && sent.fault().code == error::not_ready) return;
        did();
        if (!sent) {
            if (log_ != nullptr)
                *log_ += "submit: " + std::string(to_string(sent.fault().code)) + "\n";
            if (sent.fault().code == error::too_many_for_server) quits_ = true;
            ++next_;
            idle_ = false;
            return;
        }
        letters[next_].submitted = true;
        order_.push_back(next_++);
        written_ = 0;
    }
    void quit() {
        if (quitted_) return;
        quitted_ = true;
        session.quit();
        did();
    }
    void write_some() {
        wanted_ = false;
        did();
        std::string_view const content = plan_->letters[order_.back()].content;
        auto const rest = content.substr(written_);
        if (rest.empty() && !lots_->one_in(8)) return finish();
        piece_ = rest.substr(0, lots_->one_in(2) ? rest.size() : lots_->draw(rest.size() + 1));
        if (!session.write(piece_)) return refused("write() refused");
        written_ += piece_.size();
    }
    void finish() {
        written_ = 0;
        if (!session.finish()) refused("finish() refused");
    }
    // BDAT lets a server refuse a message before its content is complete.
    void refused(std::string_view what) {
        if (!session.offered().offered.has(extension::chunking) && !told_end) complain(what);
    }

    // ---- What it is told --------------------------------------------------------------------

    void on(client_event const& event) {
        if (told_end) complain("an event behind disconnected");
        switch (event.kind()) {
            case client_event_kind::tls_requested: handshake = true; return;
            case client_event_kind::ready: ready_ = true; return;
            case client_event_kind::auth_challenge: challenge_ = true; return;
            case client_event_kind::auth_result: return on(std::get<auth_result>(event));
            case client_event_kind::inquiry_result: return;
            case client_event_kind::recipient_result: return on(std::get<recipient_result>(event));
            case client_event_kind::content_wanted:
                std::fill(piece_.begin(), piece_.end(), '~');  // nobody may look at it any more
                wanted_ = true;
                return;
            case client_event_kind::message_result: return on(std::get<message_result>(event));
            case client_event_kind::failed:
                if (failure) complain("failed twice");
                if (told_ != order_.size()) complain("failed before the results");
                failure = std::get<failed>(event).why;
                return;
            case client_event_kind::disconnected:
                if (told_ != order_.size()) complain("disconnected before the results");
                told_end = true;
                return;
        }
    }
    void on(auth_result const& told) {
        if (!std::exchange(authenticating_, false)) complain("the result of no AUTH");
        denied = told.what != outcome::accepted;
        if (denied && !plan_->auth->goes_on) quits_ = true;
    }
    void on(recipient_result const& told) {
        if (told_ >= order_.size()) return complain("a recipient of nobody");
        auto& results = letters[order_[told_]].rcpt;
        auto const next = std::find(results.begin(), results.end(), std::nullopt);
        if (next == results.end() || told.recipient != std::size_t(next - results.begin()))
            return complain("recipients out of order");
        *next = told.what;
    }
    void on(message_result const& told) {
        if (told_ >= order_.size()) return complain("a result for no message");
        wanted_ = false;
        auto& one = letters[order_[told_]];
        for (auto i = told.recipient; i != told.recipient + told.recipients; ++i) {
            if (!one.rcpt[i]) complain("a message before its recipients");
            if (one.rcpt[i] != outcome::accepted) continue;
            if (one.fate[i]) complain("two results for one recipient");
            one.fate[i] = told.what;
        }
        if (order_.back() == order_[told_]) written_ = 0;
        if (!told.last) return;
        one.done = true;
        ++told_;
    }

    plan const* plan_;
    lots* lots_;
    std::string* broken_;
    std::string* log_;
    std::vector<std::vector<envelope::recipient>> recipients_;
    std::vector<envelope> envelopes_;
    std::vector<std::size_t> order_;  // letters that were submitted
    std::size_t next_ = 0;            // the letter to be submitted next
    std::size_t told_ = 0;            // of `order_`: the first without its last result
    std::size_t written_ = 0;
    std::string piece_;
    milliseconds due_ = 0;
    int asked_ = 0;
    bool idle_ = true;  // nothing to do before the next drain
    bool ready_ = false;
    bool wanted_ = false;
    bool challenge_ = false;
    bool authenticated_ = false;
    bool authenticating_ = false;
    bool quits_ = false;
    bool quitted_ = false;
};

}  // namespace postel::test::worlds
