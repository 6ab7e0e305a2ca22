#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <postel/server_session.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/support/fuzz.hpp"
#include "support/drive.hpp"
#include "support/event_line.hpp"
#include "support/transcript.hpp"

namespace postel::fuzz {

/// What a server session did with a stream.
struct server_log {
    std::vector<std::string> events;  ///< pieces of content that follow each other are one
    std::string output;
    bool tls = false;  ///< STARTTLS came: what stands behind it in one segment is an attack

    friend bool operator==(server_log const& a, server_log const& b) {
        return (a.tls && b.tls) || (a.events == b.events && a.output == b.output);
    }
};

/// A server session whose application decides as `how` says: each event uses one choice, content
/// none, so that decisions do not depend on how the octets are cut. It checks what has to hold at
/// every moment, whoever speaks.
class server_run {
public:
    server_run(server_options const& options, chooser how)
        : session(options), how_(how), counts_content_(!options.offer.has(extension::burl)) {
        how_.restart();
    }

    server_run& feed(test::pieces const& cut, bool early = false) {
        if (!early || cut.empty()) drain();
        for (auto const piece : cut) {
            if (session.state() == server_state::closed) break;
            fed_ += piece.size();
            session.receive(memory_.fill(piece));
            drain();
            memory_.spoil();
            require(session.wants_input() || session.state() == server_state::closed,
                    "a session whose questions are answered goes on");
        }
        return *this;
    }
    /// The connection ends in one of three ways.
    server_run& end(unsigned way) {
        if (way == 0) session.closed_by_peer();
        if (way == 1) session.expired();
        if (way == 2) session.shut_down();
        drain();
        require(session.finished(), "a session that is over is finished");
        require(closed_, "that it is over is told");
        return *this;
    }
    [[nodiscard]] server_log const& log() const {
        for (auto const& reply : test::replies_in(log_.output))
            for (auto const line : reply.lines())
                require(line.size() + 6 <= minimum::reply_line || reply.code().intermediate() ||
                            reply.line_count() > 1,
                        "no line of a reply is too long");
        return log_;
    }

    server_session session;

private:
    void drain() {
        for (;;) {
            auto const event = session.next();
            if (event) {
                note(*event);
                decide(*event);
            } else if (session.output().empty()) {
                break;
            }
            log_.output += session.output();
            session.sent(session.output().size());
        }
        require(session.heap_octets() <= most_heap + fed_, "memory is bounded");
    }

    void note(server_event const& event) {
        require(!closed_, "nothing is told behind the end");
        closed_ = event.kind() == server_event_kind::closed;
        watch(event);
        auto const* const piece = std::get_if<content>(&event);
        if (piece == nullptr) {
            log_.events.push_back(test::event_line(event));
            content_last_ = false;
            auto const* const wrong = std::get_if<violation>(&event);
            log_.tls = log_.tls || event.kind() == server_event_kind::tls_requested ||
                       (wrong != nullptr && wrong->what == error::cleartext_after_starttls);
            return;
        }
        if (!std::exchange(content_last_, true)) log_.events.emplace_back("content ");
        log_.events.back() += piece->text;
    }

    // Content belongs to a message that was announced, and each message ends once.
    void watch(server_event const& event) {
        if (!counts_content_) return;
        if (std::get_if<data>(&event) != nullptr) {
            require(!open_, "one message at a time");
            open_ = true;
            octets_ = 0;
        } else if (auto const* const piece = std::get_if<content>(&event)) {
            require(open_, "content belongs to a message");
            require(!piece->text.empty(), "a piece of content is not empty");
            octets_ += piece->text.size();
        } else if (auto const* const chunk = std::get_if<chunk_end>(&event)) {
            require(open_ && chunk->size == octets_, "octets are counted");
        } else if (auto const* const end = std::get_if<message_end>(&event)) {
            require(open_ || end->recipient > 0, "a message ends that has begun");
            require(end->size == octets_, "octets are counted");
            open_ = false;
        } else if (event.kind() == server_event_kind::message_aborted) {
            require(open_, "a message is aborted that has begun");
            open_ = false;
        }
    }

    void decide(server_event const& event) {
        if (event.kind() == server_event_kind::content) return;
        auto const choice = how_.below(16);
        if (event.kind() == server_event_kind::tls_requested)
            return choice < 12 ? session.tls_established() : session.tls_failed();
        bool const no = choice == 10 || choice == 11 || choice == 13;
        bool const before_content = event.kind() == server_event_kind::data && (no || choice == 12);
        if (before_content || (event.kind() == server_event_kind::chunk_end && no)) open_ = false;
        if (event.kind() == server_event_kind::auth_exchange && choice < 8)
            return session.challenge("challenge");
        bool const asks = session.waiting();
        switch (choice) {
            case 10: return session.refuse({450, {4, 7, 1}, "later\r\n250 ok"});
            case 11: return session.refuse({550, {5, 7, 1}, std::string_view{"no\0\xFF", 4}});
            case 12: return session.answer({421, {4, 3, 2}, "enough"});
            case 13: return answer_in_lines();
            case 9: return asks ? wait() : void();
            case 8: return asks ? session.answer({999, {9, 9, 9}, "?"}) : void();
            default: return asks ? session.accept() : void();
        }
    }
    // The answer comes when the buffer is used for something else.
    void wait() {
        require(!session.next() && session.waiting(), "a question waits for its answer");
        require(!session.wants_input(), "a session that waits wants nothing");
        session.keep();
        memory_.spoil();
        session.accept();
    }
    void answer_in_lines() {
        constexpr std::string_view lines[]{"one", "two\n", ""};
        session.answer(550, {5, 1, 1}, lines);
    }

    // A line of AUTH twice, a command, and replies that were made but not sent.
    static constexpr std::size_t most_heap = 3 * minimum::authentication_line + 65536;

    chooser how_;
    server_log log_;
    test::receive_buffer memory_;
    std::uint64_t octets_ = 0;
    std::size_t fed_ = 0;
    bool counts_content_;
    bool closed_ = false;
    bool content_last_ = false;
    bool open_ = false;
};

}  // namespace postel::fuzz
