#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <postel/client_session.hpp>
#include <postel/server_session.hpp>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A client and a server session, wired to each other in memory. What happens next is drawn by lot:
// octets move in pieces of any size, either application takes its time, the connection may be lost.

namespace postel::test {

/// A letter, what the server's application thinks of it, and what the client was told.
struct parcel {
    // Given
    std::string from;
    std::vector<std::string> to;
    std::string content;
    mail_parameters parameters{};
    outcome mail = outcome::accepted;
    std::vector<outcome> rcpt;
    outcome data = outcome::accepted;
    outcome end = outcome::accepted;

    // What the server's application saw
    std::string arrived;             ///< all pieces of the content
    std::vector<std::string> taken;  ///< recipients it accepted
    std::size_t accepted = 0;        ///< times it took responsibility

    // What the client's application was told
    std::vector<outcome> results{};
    std::optional<outcome> result{};
    error why = error::none;
};

/// One direction of a connection.
class pipe {
public:
    void send(std::string_view octets) { octets_ += octets; }
    [[nodiscard]] bool empty() const { return octets_.empty(); }
    void clear() { octets_.clear(); }
    /// The first octets, in memory of exactly their size.
    [[nodiscard]] std::string_view take(std::size_t count, std::unique_ptr<char[]>& memory) {
        memory.reset(new char[count]);
        octets_.copy(memory.get(), count);
        octets_.erase(0, count);
        return {memory.get(), count};
    }
    [[nodiscard]] std::size_t size() const { return octets_.size(); }

private:
    std::string octets_;
};

struct pair_options {
    client_options client{.hostname = "client.example"};
    server_options server{.hostname = "server.example"};
    bool lossy = false;       ///< the connection is lost at some time
    bool shuts_down = false;  ///< the server goes down at some time
};

class pair {
public:
    pair(pair_options const& how, std::vector<parcel> letters, std::uint32_t seed)
        : parcels(std::move(letters)), random_(seed), client_(how.client), server_(how.server) {
        for (auto const& one : parcels) {
            auto& to = recipients_.emplace_back();
            for (auto const& who : one.to) to.push_back({who});
            envelopes_.push_back({one.from, to, one.parameters});
        }
        if (how.lossy) loss_ = some_time();
        if (how.shuts_down) shutdown_ = some_time();
    }

    /// Runs until both sides are done. False when nothing moves any more before that.
    [[nodiscard]] bool run() {
        for (std::size_t idle = 0; idle < 2000; ++idle) {
            if (client_.finished() && server_.finished()) return true;
            if (step()) idle = 0;
        }
        return false;
    }

    std::vector<parcel> parcels;
    std::optional<error> failure;  ///< what `failed` said
    bool lost = false;             ///< the connection was lost, by order
    std::string broken;            ///< a promise that was broken, in words

private:
    [[nodiscard]] std::uint32_t draw(std::size_t below) {
        return static_cast<std::uint32_t>(random_() % below);
    }
    // Early, or after some messages: each order of magnitude as often as any other.
    [[nodiscard]] std::size_t some_time() { return 1 + draw(std::size_t{64} << draw(8)); }
    void complain(std::string_view what) {
        if (broken.empty()) broken = what;
    }

    // One thing happens, or nothing does. True if anything changed.
    bool step() {
        ++steps_;
        if (loss_ != 0 && steps_ >= loss_ && !lost) return lose();
        if (shutdown_ != 0 && steps_ == shutdown_) server_.shut_down();
        switch (draw(7)) {
            case 0: return drain_client();
            case 1: return drain_server();
            case 2: return ship(client_, up_, lost);
            case 3: return ship(server_, down_, lost);
            case 4: return deliver_to_server();
            case 5: return deliver_to_client();
            default: return decide();
        }
    }

    // Cut at this moment: what is under way may arrive or not.
    bool lose() {
        lost = true;
        if (draw(2) == 0) up_.clear();
        if (draw(2) == 0) down_.clear();
        return true;
    }

    template <class Session>
    bool ship(Session& session, pipe& to, bool gone) {
        auto const output = session.output();
        if (output.empty()) return false;
        auto const count = 1 + draw(output.size());
        if (!gone) to.send(output.substr(0, count));
        session.sent(count);
        return true;
    }

    bool deliver_to_server() {
        if (!server_.wants_input()) {
            if (draw(4) == 0 && server_memory_) {
                server_.keep();
                server_memory_.reset();
                return false;
            }
            return false;
        }
        if (up_.empty()) {
            if (!(lost || client_.finished()) || server_ended_) return false;
            server_ended_ = true;
            server_.closed_by_peer();
            return true;
        }
        server_.receive(up_.take(1 + draw(std::min<std::size_t>(up_.size(), 60)), server_memory_));
        return true;
    }
    bool deliver_to_client() {
        if (!drained_) return false;
        if (down_.empty()) {
            if (!(lost || server_.finished()) || client_ended_) return false;
            client_ended_ = true;
            client_.closed_by_peer();
            drained_ = false;
            return true;
        }
        std::unique_ptr<char[]> memory;
        auto const octets = down_.take(1 + draw(std::min<std::size_t>(down_.size(), 60)), memory);
        client_.receive(octets);
        if (draw(2) == 0) {
            client_.keep();
            memory.reset();
        }
        client_memory_ = std::move(memory);
        drained_ = false;
        return true;
    }

    // ---- The client's application ----------------------------------------------------------

    bool drain_client() {
        bool any = false;
        while (auto const event = client_.next()) {
            any = true;
            on(*event);
        }
        if (!drained_) any = true;
        drained_ = true;
        client_memory_.reset();
        return act() || any;
    }
    void on(client_event const& event) {
        if (gone_) complain("an event behind disconnected");
        switch (event.kind()) {
            case client_event_kind::ready: ready_ = true; return;
            case client_event_kind::content_wanted: wanted_ = true; return;
            case client_event_kind::recipient_result: return on(std::get<recipient_result>(event));
            case client_event_kind::message_result: return on(std::get<message_result>(event));
            case client_event_kind::failed:
                if (failure) complain("failed twice");
                if (told_ != submitted_) complain("failed before the results");
                failure = std::get<failed>(event).why;
                return;
            case client_event_kind::disconnected: gone_ = true; return;
            default: return;
        }
    }
    void on(recipient_result const& told) {
        if (told_ >= submitted_) return complain("a result for nobody");
        auto& results = parcels[told_].results;
        if (told.recipient != results.size()) complain("results out of order");
        results.push_back(told.what);
    }
    void on(message_result const& told) {
        if (told_ >= submitted_) return complain("a result for no message");
        auto& one = parcels[told_++];
        if (one.results.size() != one.to.size()) complain("a message before its recipients");
        one.result = told.what;
        one.why = told.why;
        if (unwanted_ == told_ - 1 && one.why == error::none)
            complain("content refused, and taken");
    }

    // Writes, submits and quits, some time.
    bool act() {
        if (!ready_ || gone_) return false;
        if (wanted_) return draw(3) == 0 && write_some();
        if (submitted_ == envelopes_.size()) {
            if (quit_ || draw(4) != 0) return false;
            client_.quit();
            return quit_ = true;
        }
        if (!client_.submit(envelopes_[submitted_])) return false;
        ++submitted_;
        written_ = 0;
        return true;
    }
    bool write_some() {
        std::string_view const content = parcels[writing()].content;
        auto const rest = content.substr(written_);
        wanted_ = false;
        if (rest.empty()) {
            if (!client_.finish()) content_refused("finish() refused");
            return true;
        }
        auto const piece = rest.substr(0, 1 + draw(rest.size()));
        if (!client_.write(piece)) content_refused("write() refused");
        written_ += piece.size();
        return true;
    }
    // Nobody needs it any more: with BDAT a message may be refused before its content is complete.
    // Then its result has to say so.
    void content_refused(std::string_view what) {
        if (!client_.offered().offered.has(extension::chunking)) complain(what);
        unwanted_ = writing();
    }
    // The message whose content is written was submitted last.
    [[nodiscard]] std::size_t writing() const { return submitted_ - 1; }

    // ---- The server's application ----------------------------------------------------------

    bool drain_server() {
        if (asked_) return false;
        auto const event = server_.next();
        if (!event) return false;
        on(*event);
        return true;
    }
    void on(server_event const& event) {
        switch (event.kind()) {
            case server_event_kind::mail: return begin(std::get<mail>(event));
            case server_event_kind::recipient: return add(std::get<recipient>(event));
            case server_event_kind::data:
                if (now().data == outcome::accepted) return;
                return server_.refuse(refusal(now().data));
            case server_event_kind::content: now().arrived += std::get<content>(event).text; return;
            case server_event_kind::violation:
                // Commands behind a refused one are out of order, and nothing else ever is wrong.
                if (std::get<violation>(event).what != error::mail_required &&
                    std::get<violation>(event).what != error::recipient_required)
                    complain(to_string(std::get<violation>(event).what));
                return;
            default: break;
        }
        if (server_.waiting()) asked_ = verdict_on(event);
    }
    void begin(mail const& event) {
        std::string from{event.reverse_path.text()};
        for (current_ = 0; current_ < parcels.size(); ++current_)
            if ("<" + parcels[current_].from + ">" == from) break;
        if (current_ == parcels.size()) {
            complain("mail from nobody");
            current_ = 0;
        }
        asked_ = now().mail;
        index_ = 0;
    }
    void add(recipient const& event) {
        if (index_ >= now().to.size()) return complain("a recipient too many");
        auto const& expected = now().to[index_];
        if (event.forward_path.text() != "<" + expected + ">") complain("another recipient");
        asked_ = now().rcpt[index_++];
        if (asked_ == outcome::accepted) now().taken.push_back(expected);
    }
    [[nodiscard]] outcome verdict_on(server_event const& event) {
        return event.kind() == server_event_kind::message_end ? now().end : outcome::accepted;
    }
    // The answer comes when it comes.
    bool decide() {
        if (!asked_) return false;
        auto const what = *std::exchange(asked_, {});
        if (!server_.waiting()) return true;  // the session ended meanwhile
        auto const state = server_.state();
        bool const is_end = state == server_state::data || state == server_state::bdat;
        if (what != outcome::accepted) {
            server_.refuse(refusal(what));
            return true;
        }
        server_.accept();
        if (is_end) ++now().accepted;
        return true;
    }
    [[nodiscard]] static reply refusal(outcome what) {
        return what == outcome::transient ? reply{450, {4, 7, 1}, "later"}
                                          : reply{550, {5, 7, 1}, "no"};
    }
    [[nodiscard]] parcel& now() { return parcels[current_]; }

    std::minstd_rand random_;
    client_session client_;
    server_session server_;
    pipe up_;
    pipe down_;
    std::unique_ptr<char[]> client_memory_;
    std::unique_ptr<char[]> server_memory_;
    std::deque<std::vector<envelope::recipient>> recipients_;
    std::deque<envelope> envelopes_;
    std::size_t steps_ = 0;
    std::size_t loss_ = 0;
    std::size_t shutdown_ = 0;
    std::size_t submitted_ = 0;
    std::size_t told_ = 0;
    std::size_t written_ = 0;
    std::size_t current_ = 0;
    std::size_t index_ = 0;
    std::optional<outcome> asked_;
    std::optional<std::size_t> unwanted_;  // the letter whose content the client took no more of
    bool drained_ = false;                 // next() of the client has returned nothing
    bool server_ended_ = false;
    bool client_ended_ = false;
    bool ready_ = false;
    bool wanted_ = false;
    bool quit_ = false;
    bool gone_ = false;
};

}  // namespace postel::test
