#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <postel/client_options.hpp>
#include <postel/client_session.hpp>
#include <postel/command.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/client_calls.hpp"
#include "support/drive.hpp"
#include "support/event_line.hpp"
#include "support/transcript.hpp"

// Plays a transcript against a client session. What the caller wants sent is read off the client's
// lines; that it is sent in these groups, and what the caller is told, must come by itself.

namespace postel::test {

/// A client's script with the calls that its turns need.
class client_script : public script {
public:
    explicit client_script(transcript const& session) : script(session, role::client) {
        detail::planner planner;
        for (auto const& each : turns()) planner.plan(plans_.emplace_back(), each);
        for (auto& plan : plans_)
            for (auto& message : plan.messages) message.mail.recipients = message.recipients;
    }
    [[nodiscard]] planned_calls const& plan(std::size_t turn) const { return plans_[turn]; }
    /// As script::rounds, and each content was written in every way.
    [[nodiscard]] std::size_t rounds() const {
        auto most = script::rounds();
        for (auto const& each : plans_) most = std::max(most, each.content_cuts.size());
        return most;
    }

private:
    std::deque<planned_calls> plans_;
};

/// What a client must be set up with to say what this transcript says.
[[nodiscard]] inline client_options client_options_for(std::vector<turn> const& turns) {
    client_options options;
    bool mail = false;
    bool chunks = false;
    options.eager_content = 0;
    if (turns.front().transport == "TLS handshake") options.tls = tls_policy::implicit;
    for (auto const& each : turns) {
        auto const line = std::string_view{each.out}.substr(0, each.out.find("\r\n"));
        auto const verb = detail::verb_of(line);
        if (verb == verb::ehlo || verb == verb::lhlo) {
            options.hostname = std::string{line.substr(5)};
            options.lmtp = verb == verb::lhlo;
        }
        if (verb == verb::starttls) options.tls = tls_policy::required;
        if (verb == verb::auth && options.tls == tls_policy::none) options.auth_without_tls = true;
        if (verb == verb::mail && !mail)  // alone in its group: the caller turned pipelining off
            options.pipelining = each.out.size() != line.size() + 2;
        bool const envelope = verb == verb::mail || each.out.find("\nMAIL ") != std::string::npos;
        bool const chunk = verb == verb::bdat || each.out.find("\nBDAT ") != std::string::npos;
        if (envelope && chunk) options.eager_content = client_options{}.eager_content;
        mail = mail || envelope;
        chunks = chunks || chunk;
    }
    options.chunking = chunks || !mail;
    return options;
}

/// One run of one transcript.
class client_player {
public:
    client_player(client_script const& what, manner how)
        : script_(what),
          how_(how),
          options_(client_options_for(what.turns())),
          session_(options_) {}

    /// Returns the first difference, or nothing.
    [[nodiscard]] std::string play() {
        for (std::size_t i = 0; i < script_.turns().size() && difference_.empty(); ++i) {
            now_ = &script_.turns()[i];
            plan_ = &script_.plan(i);
            told_.clear();
            said_.clear();
            writes_ = submitted_ = pieces_ = 0;
            written_ = quit_ = authenticated_ = answered_ = inquired_ = false;
            if (now_->transport.empty())
                for (auto const piece : cut_of_turn(i)) feed(piece);
            else
                transport();
            drain();
            resume();
            compare();
        }
        return difference_;
    }

private:
    void differ(std::string const& how) {
        if (difference_.empty())
            difference_ = "turn at line " + std::to_string(now_->line) + ": " + how;
    }

    // ---- what reaches the session

    // In a segment of their own, octets behind the reply to STARTTLS are read by TLS and not by the
    // session: there is no cut between the two.                              RFC 3207 6
    [[nodiscard]] pieces cut_of_turn(std::size_t i) const {
        auto cut = script_.cut(i, how_.round);
        bool const starttls = i != 0 && script_.turns()[i - 1].out == "STARTTLS\r\n";
        for (std::size_t n = 0; starttls && n + 1 < cut.size(); ++n) {
            auto const* const end = cut.back().data() + cut.back().size();
            if (!cut[n].ends_with('\n')) continue;
            cut[n] = {cut[n].data(), static_cast<std::size_t>(end - cut[n].data())};
            cut.resize(n + 1);
        }
        return cut;
    }

    void feed(std::string_view piece) {
        if (session_.finished()) return;
        session_.receive(buffer_.fill(piece));
        if (how_.late) {
            session_.keep();
            buffer_.spoil();
        }
        drain();
        buffer_.spoil();
    }

    void transport() {
        auto const& what = now_->transport;
        bool const servers = what == "server timeout" || what == "server shutdown";
        if (what == "close by server")
            session_.closed_by_peer();
        else if (what == "client timeout")
            session_.expired();
        else if (what == "TLS handshake")
            session_.tls_established(true);
        else if (what == "close by client" && !hungry_ && !session_.finished())
            differ("the session is not finished");
        else if (!servers && what != "close by client")  // the server's, it learns by a reply
            differ("no such transport event: " + what);
    }

    void drain() {
        for (;;) {
            if (auto const event = session_.next()) {
                log(*event);
                if (event->kind() == client_event_kind::content_wanted) write();
                if (!how_.late) call();
                continue;
            }
            if (!how_.late || !call()) break;
        }
        if (session_.output().empty()) return;
        ++writes_;
        auto const both = session_.output().size() + session_.output_behind().size();
        (said_ += session_.output()) += session_.output_behind();
        session_.sent(both);
        drain();
    }

    // The caller had no more to write when it was asked, and has now.
    void resume() {
        if (!hungry_ || plan_->chunks.empty() || pieces_ != 0) return;
        write();
        drain();
    }

    // content_wanted comes again for every piece.
    void log(client_event const& event) {
        auto line = event_line(event);
        bool const again = event.kind() == client_event_kind::content_wanted && pieces_ != 0;
        if (!again) told_.push_back(std::move(line));
    }

    // ---- the caller

    void write() {
        hungry_ = false;
        if (!plan_->chunks.empty()) return write_chunk();
        auto const& cuts = plan_->content_cuts;
        if (cuts.empty()) return differ("content is wanted where the transcript has none");
        auto const& cut = cuts[how_.round % cuts.size()];
        if (pieces_ < cut.size()) {
            if (!session_.write(cut[pieces_++])) return differ("write() was refused");
            // The end may be told together with the last piece, or by itself.
            if (pieces_ < cut.size() || how_.round % 2 == 0) return;
        }
        finish();
    }

    // What is written at once is one chunk.
    void write_chunk() {
        hungry_ = pieces_ == plan_->chunks.size();
        if (hungry_) return;
        auto const& chunk = plan_->chunks[pieces_++];
        if (!chunk.empty() && !session_.write(chunk)) return differ("write() was refused");
        if (pieces_ == plan_->chunks.size() && plan_->complete) finish();
    }

    void finish() {
        hungry_ = !plan_->complete;
        if (!hungry_ && !session_.finish()) return differ("finish() was refused");
        written_ = true;
    }

    // Whether the call was made now. One that is refused for good is told like an event.
    bool made(result<void> const& done) {
        if (!done && done.fault().code == error::not_ready) return false;
        if (!done) told_.push_back("not sent: " + std::string{to_string(done.fault().code)});
        return true;
    }

    // AUTH and single commands: whether something of the kind is still to be called.
    bool converse(bool& called) {
        if (plan_->mechanism && !authenticated_)
            called = authenticated_ =
                made(session_.authenticate(*plan_->mechanism, plan_->response));
        if ((plan_->answer || plan_->cancel) && !answered_)
            called = answered_ =
                made(plan_->cancel ? session_.cancel() : session_.respond(*plan_->answer));
        if (!plan_->inquiry.empty() && !inquired_)
            called = inquired_ = made(session_.inquire(plan_->inquiry));
        return (plan_->mechanism && !authenticated_) ||
               ((plan_->answer || plan_->cancel) && !answered_) ||
               (!plan_->inquiry.empty() && !inquired_);
    }

    // Everything else is called as early as possible. Whether anything was.
    bool call() {
        if (plan_->content_first && !written_) return false;
        bool called = false;
        if (converse(called)) return called;
        while (submitted_ < plan_->messages.size()) {
            if (!made(session_.submit(plan_->messages[submitted_].mail))) break;
            ++submitted_;
            called = true;
        }
        bool const all = submitted_ == plan_->messages.size();
        if (plan_->quit && all && !quit_) {
            session_.quit();
            called = quit_ = true;
        }
        return called;
    }

    // ---- what must have come of it

    void compare() {
        for (std::size_t i = 0; i < std::max(told_.size(), now_->told.size()); ++i) {
            auto const told = i < told_.size() ? told_[i] : "nothing";
            auto const wanted = i < now_->told.size() ? now_->told[i] : "nothing";
            if (told != wanted) return differ("the event is " + told + ", not: " + wanted);
        }
        if (said_ != now_->out)
            return differ("sent is \"" + escape(said_) + "\", not: \"" + escape(now_->out) + "\"");
        if (writes_ > 1) differ("one group went out in " + std::to_string(writes_) + " writes");
        bool const over = now_->transport == "close by server";
        if (over && !session_.finished()) differ("the session is not finished");
    }

    client_script const& script_;
    manner how_;
    client_options options_;
    client_session session_;

    turn const* now_ = nullptr;
    planned_calls const* plan_ = nullptr;
    std::vector<std::string> told_;
    std::string said_;
    std::size_t writes_ = 0;
    std::size_t submitted_ = 0;
    std::size_t pieces_ = 0;  // of the content, written so far
    bool written_ = false;
    bool quit_ = false;
    bool authenticated_ = false;
    bool answered_ = false;
    bool inquired_ = false;
    bool hungry_ = false;  // content was wanted, and the caller had none yet
    receive_buffer buffer_;
    std::string difference_;
};

/// Plays a transcript against a client session in one manner. Returns the first difference between
/// what it says and what happens, or nothing.
[[nodiscard]] inline std::string play_client(client_script const& what, manner how) {
    return client_player{what, how}.play();
}

}  // namespace postel::test
