#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "support/transcript.hpp"
#include "worlds/client_end.hpp"
#include "worlds/lots.hpp"
#include "worlds/plan.hpp"
#include "worlds/server_end.hpp"
#include "worlds/wire_watch.hpp"

namespace postel::test::worlds {

/// One direction of a connection.
struct direction {
    std::string octets{};       ///< under way
    std::uint64_t passed = 0;   ///< octets so far
    std::uint64_t lost_at = 0;  ///< so many pass
    milliseconds arrives = 0;   ///< when the next piece does
};

/// A client and a server session wired to each other in memory, under a virtual clock. What happens
/// next is drawn by lot among what can happen now; when nothing can, the clock goes on to the next
/// moment at which something is due.
class two_ends {
public:
    /// log  Where both ends are written down as they go, if anywhere.
    two_ends(plan const& how, std::uint64_t seed, std::string* log = nullptr)
        : plan_(&how),
          lots_(seed),
          log_(log),
          watch_(how),
          server_(how, broken_, log),
          client_(how, lots_, broken_, log) {
        up_.lost_at = how.lost_up;
        down_.lost_at = how.lost_down;
    }

    /// Runs until both sides are done. What is wrong, in words; nothing where all is well.
    [[nodiscard]] std::string const& run() {
        for (std::size_t steps = 0; broken_.empty(); ++steps) {
            bool const drained = !client_.stale && !server_.stale;
            if (client_.session.finished() && server_.session.finished() && drained) {
                check_end();
                break;
            }
            if (steps == 1'000'000) complain("this goes on for ever");
            if (!anything() && !clock_goes_on()) complain("nothing moves any more");
        }
        return broken_;
    }

    /// Somebody between the two ends puts one text in the place of another, of the same length, if
    /// it is under way to the client in one piece.
    void forge(std::string_view said, std::string_view instead) {
        forged_ = said;
        forgery_ = instead;
    }

    [[nodiscard]] client_end const& client() const { return client_; }
    [[nodiscard]] server_end const& server() const { return server_; }
    [[nodiscard]] wire_watch const& watch() const { return watch_; }

private:
    void complain(std::string_view what) {
        if (broken_.empty()) broken_ = what;
    }
    void note(std::string_view what, std::string_view octets = {}) {
        if (log_ == nullptr) return;
        *log_ += std::string(what) + (octets.empty() ? "" : " \"" + escape(octets) + "\"") + "\n";
    }

    // ---- What can happen --------------------------------------------------------------------

    // One thing, from a random place in the list on. False if nothing can happen now.
    bool anything() {
        constexpr std::uint32_t things = 10;
        auto const from = lots_.draw(things);
        for (std::uint32_t i = 0; i < things; ++i)
            if (happens((from + i) % things)) return true;
        return false;
    }
    bool happens(std::uint32_t thing) {
        switch (thing) {
            case 0: return client_.stale && (client_.drain(now_), true);
            case 1: return server_.stale && (server_.drain(now_), true);
            case 2: return ship_up();
            case 3: return ship_down();
            case 4: return deliver_up();
            case 5: return deliver_down();
            case 6: return server_decides();
            case 7: return client_acts();
            case 8: return shake_hands();
            default: return keep();
        }
    }

    bool server_decides() {
        if (server_.due().value_or(plan::never) > now_) return false;
        server_.decide();
        server_.since = now_;
        return true;
    }
    bool client_acts() {
        if (client_.stale || client_.due().value_or(plan::never) > now_) return false;
        client_.act();
        client_.since = now_;
        return true;
    }
    // A buffer is needed for something else.
    bool keep() {
        if (lots_.draw(4) != 0 || kept_ == now_ + 1) return false;
        kept_ = now_ + 1;
        server_.session.keep();
        server_.memory.spoil();
        if (client_.stale) client_.session.keep(), client_.memory.spoil();
        return true;
    }

    // ---- Octets -----------------------------------------------------------------------------

    template <class End>
    bool ship(End& from, direction& to) {
        auto const output = from.session.output();
        if (output.empty()) return false;
        auto const count = lots_.one_in(2) ? output.size() : 1 + lots_.draw(output.size());
        auto const octets = output.substr(0, count);
        note(&to == &up_ ? "C:" : "S:", octets);
        auto const room = to.lost_at - std::min(to.lost_at, to.passed);
        if (!lost_) to.octets += octets.substr(0, std::min<std::uint64_t>(count, room));
        to.passed += count;
        from.session.sent(count);
        from.stale = true;
        from.since = now_;
        if (to.passed >= to.lost_at && !lost_) lose();
        return true;
    }
    bool ship_up() {
        auto const output = client_.session.output();
        auto const before = up_.passed;
        std::string_view const whole = output;
        watched_.assign(whole);
        if (!ship(client_, up_)) return false;
        watch_.sent(std::string_view{watched_}.substr(0, up_.passed - before));
        return true;
    }
    bool ship_down() { return ship(server_, down_); }

    // What is under way may arrive or not.
    void lose() {
        lost_ = true;
        note("the connection is lost");
        if (lots_.one_in(2)) up_.octets.clear();
        if (lots_.one_in(2)) down_.octets.clear();
    }

    template <class End>
    bool deliver(End& to, direction& from, bool other_is_gone) {
        if (from.octets.empty()) {
            bool const over = lost_ ? !plan_->silently : other_is_gone;
            if (!over || to.ended) return false;
            note(&from == &up_ ? "server: end of file" : "client: end of file");
            to.ended = to.stale = true;
            to.session.closed_by_peer();
            return true;
        }
        if (from.arrives > now_) return false;
        auto const size = from.octets.size();
        if (&from == &down_ && !forged_.empty())
            if (auto const at = from.octets.find(forged_); at != from.octets.npos)
                from.octets.replace(at, forged_.size(), forgery_);
        auto const count = lots_.one_in(3) ? size : 1 + lots_.draw(std::min<std::size_t>(size, 80));
        auto const piece = to.memory.fill(std::string_view{from.octets}.substr(0, count));
        from.octets.erase(0, count);
        if (&from == &down_) watch_.received(piece);
        to.session.receive(piece);
        to.stale = true;
        to.since = now_;
        if (plan_->latency != 0) from.arrives = now_ + lots_.draw(plan_->latency);
        return true;
    }
    bool deliver_up() {
        // The end may be noticed while a question is open, octets may not come then.
        bool const able = server_.session.wants_input() || (up_.octets.empty() && lots_.one_in(8));
        return !server_.stale && able && deliver(server_, up_, client_.session.finished());
    }
    bool deliver_down() {
        return !client_.stale && deliver(client_, down_, server_.session.finished());
    }

    // ---- TLS --------------------------------------------------------------------------------

    bool shake_hands() {
        if (!client_.handshake || !server_.handshake || lost_) return false;
        client_.handshake = server_.handshake = false;
        note("handshake");
        if (!up_.octets.empty() || !down_.octets.empty()) complain("octets behind STARTTLS");
        bool const here = plan_->tls == handshake::fails_here;
        bool const there = plan_->tls == handshake::fails_there;
        bool const both = plan_->tls == handshake::fails_both;
        if (here || both)
            client_.session.tls_failed();
        else
            client_.session.tls_established(true);
        if (there || both)
            server_.session.tls_failed();
        else
            server_.session.tls_established();
        client_.stale = server_.stale = true;
        client_.since = server_.since = now_;
        return true;
    }

    // ---- The clock --------------------------------------------------------------------------

    template <class End>
    [[nodiscard]] static milliseconds patience_of(End const& end) {
        auto const patience = end.session.deadline();
        if (!patience) return plan::never;
        return end.since + 1000 * static_cast<milliseconds>(patience->count());
    }
    bool clock_goes_on() {
        auto next = plan::never;
        auto const at = [&](milliseconds when) {
            if (when > now_) next = std::min(next, when);
        };
        at(server_.due().value_or(plan::never));
        at(client_.due().value_or(plan::never));
        at(up_.arrives);
        at(down_.arrives);
        at(plan_->shut_down);
        auto const client_ends = patience_of(client_);
        auto const server_ends = patience_of(server_);
        next = std::min({next, client_ends, server_ends});
        if (next == plan::never) return false;
        now_ = std::max(now_, next);
        if (plan_->shut_down == now_) shut_down();
        if (client_ends <= now_) expire(client_, "client: timed out");
        if (server_ends <= now_) expire(server_, "server: timed out");
        return true;
    }
    void shut_down() {
        note("the server goes down");
        server_.session.shut_down();
        server_.stale = true;
    }
    template <class End>
    void expire(End& end, std::string_view words) {
        note(words);
        end.session.expired();
        end.stale = true;
        end.since = now_;
    }

    // ---- The end ----------------------------------------------------------------------------

    void check_end() {
        if (!server_.law().over()) complain("the server ended without closed");
        if (!client_.told_end) complain("the client ended without disconnected");
        if (server_.session.heap_octets() != 0) complain("the server's session holds memory");
        if (client_.session.heap_octets() != 0) complain("the client's session holds memory");
        for (std::size_t i = 0; i < plan_->letters.size(); ++i) check(i);
        if (!broken_.empty()) return;
        auto const why = client_.failure.value_or(error::none);
        switch (why) {
            case error::none:
            case error::connection_lost:
            case error::timed_out:
            case error::server_closing:
            case error::refused_by_server:
            case error::tls_not_offered:
            case error::tls_unavailable:
            case error::tls_failed:
            case error::authentication_failed:
            case error::bare_lf: return;
            case error::reply_out_of_step:  // a chunk so large that its server did not wait for it
                if (plan_->server.max_message_size < 1000) return;
                [[fallthrough]];
            default: complain("failed: " + std::string(to_string(why)));
        }
    }
    // Whatever went wrong: nobody is told that a letter was delivered if it was not, or that it was
    // not if it was; and in doubt is only what was sent whole and not answered.
    void check(std::size_t index) {
        auto const& here = client_.letters[index];
        auto const& there = server_.letters[index];
        auto const& one = plan_->letters[index];
        if (here.submitted && !here.done) complain("a letter without its last result");
        for (std::size_t i = 0; i < one.to.size(); ++i) {
            auto const times = there.delivered[i];
            if (times > 1) complain("delivered twice");
            if (times != 0 && !one.fit_to_send) complain("a spoilt letter was delivered");
            if (!here.submitted) {
                if (times != 0) complain("delivered, and never submitted");
                continue;
            }
            if (!here.rcpt[i]) return complain("a recipient without a result");
            check_recipient(index, i);
        }
    }
    void check_recipient(std::size_t letter, std::size_t i) {
        auto const& here = client_.letters[letter];
        auto const& there = server_.letters[letter];
        bool const delivered = there.delivered[i] != 0;
        bool const named = here.rcpt[i] == outcome::accepted;
        if (named && !here.fate[i]) return complain("no result of the message for a recipient");
        auto const told = named ? *here.fate[i] : *here.rcpt[i];
        bool const torn =
            client_.failure == error::connection_lost || client_.failure == error::timed_out;
        bool const doubtful = torn && watch_.complete(letter, i);
        // What is in doubt has to be tried again in LMTP.                      RFC 2033 5
        if (plan_->client.lmtp && doubtful && told == outcome::transient) return;
        if (told == outcome::unknown) {
            if (!doubtful) complain("doubt without need");
        } else if (delivered != (told == outcome::accepted)) {
            complain(delivered ? "delivered, and not told" : "told, and not delivered");
        }
        if (client_.failure || client_.denied) return;
        if (there.asked[i] && there.asked[i] != here.rcpt[i])
            complain("told something else than RCPT was answered");
        if (there.fate[i] && there.fate[i] != told)
            complain("told something else than was decided");
    }

    plan const* plan_;
    lots lots_;
    std::string* log_;
    std::string broken_;
    wire_watch watch_;
    server_end server_;
    client_end client_;
    direction up_;
    direction down_;
    std::string watched_;
    std::string_view forged_;
    std::string_view forgery_;
    milliseconds now_ = 0;
    milliseconds kept_ = 0;
    bool lost_ = false;
};

}  // namespace postel::test::worlds
