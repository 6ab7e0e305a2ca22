#pragma once

#include <cstddef>
#include <deque>
#include <postel/client_options.hpp>
#include <postel/client_session.hpp>
#include <postel/command.hpp>
#include <postel/envelope.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "support/drive.hpp"
#include "support/event_line.hpp"
#include "support/transcript.hpp"

// Plays a transcript against a client session. What the caller wants sent is read off the client's
// lines; that it is sent in these groups, and what the caller is told, must come by itself.

namespace postel::test {

/// A message that a transcript sends.
struct outgoing {
    std::deque<std::string> lines{};  ///< MAIL and RCPT; the envelope points into them
    std::vector<envelope::recipient> recipients{};
    envelope mail{};
};

/// What the caller of a client session does before its next octets go out.
struct planned_calls {
    std::deque<outgoing> messages{};
    bool has_content = false;
    std::string content{};
    std::vector<pieces> content_cuts{};
    bool quit = false;
};

namespace detail {

[[nodiscard]] inline extension_set every_extension() {
    extension_set all;
    for (auto const& row : extension_table) all.add(row.name);
    return all;
}

[[nodiscard]] inline std::string_view mailbox_of(path const& where) {
    if (where.is_null()) return {};
    return where.has_mailbox() ? where.mailbox().text() : "postmaster";
}

// A line of the transcript becomes the arguments of a call. `open` is the message it belongs to,
// which may have begun some turns before.
inline void plan_command(planned_calls& plan, outgoing*& open, std::string_view line) {
    auto const verb = parse_verb(line.substr(0, 4));
    if (verb == verb::mail) open = &plan.messages.emplace_back();
    if (verb == verb::quit) plan.quit = true;
    if (verb != verb::mail && verb != verb::rcpt) return;
    if (open == nullptr) throw std::invalid_argument{"RCPT without MAIL"};
    command_rules const rules{.offered = every_extension(), .smtputf8 = true};
    auto const parsed = parse_command(open->lines.emplace_back(line), rules);
    if (!parsed) throw std::invalid_argument{"not a command: " + escape(line)};
    if (auto const* mail = std::get_if<mail_command>(&*parsed)) {
        open->mail.reverse_path = mailbox_of(mail->reverse_path);
        open->mail.parameters = mail->parameters;
        open->mail.parameters.text = {};
        open->mail.parameters.smtputf8 = false;  // comes by itself
    } else if (auto const* rcpt = std::get_if<rcpt_command>(&*parsed)) {
        auto& to = open->recipients.emplace_back();
        to.mailbox = mailbox_of(rcpt->forward_path);
        to.parameters = rcpt->parameters;
        to.parameters.text = {};
    }
}

// Takes the content off the front of `octets`: up to the final dot, stuffed dots removed.
[[nodiscard]] inline std::string take_content(std::string_view& octets) {
    std::string text;
    while (!octets.empty()) {
        auto const end = octets.find("\r\n") + 2;
        auto line = octets.substr(0, end);
        octets.remove_prefix(end);
        if (line == ".\r\n") return text;
        if (line.front() == '.') line.remove_prefix(1);
        text += line;
    }
    return text;
}

}  // namespace detail

/// What a caller has to do so that the session sends `out`, after it has read `in`.
inline void make_plan(planned_calls& plan, outgoing*& open, turn const& now) {
    std::string_view rest = now.out;
    auto const replies = replies_in(now.in);
    if (!rest.empty() && !replies.empty() && replies.back().code() == 354) {
        plan.content = detail::take_content(rest);
        // A lone dot is the session's own way out where nobody is there to read the content.
        plan.has_content = !now.told.empty() && now.told.back() == "content_wanted";
        plan.content_cuts = all_cuts(plan.content);
    }
    for (auto const& line : now.asked)
        detail::plan_command(plan, open, line.substr(0, line.size() - 2));
    for (; !rest.empty(); rest.remove_prefix(rest.find("\r\n") + 2))
        detail::plan_command(plan, open, rest.substr(0, rest.find("\r\n")));
}

/// A client's script with the calls that its turns need.
class client_script : public script {
public:
    explicit client_script(transcript const& session) : script(session, role::client) {
        outgoing* open = nullptr;
        for (auto const& each : turns()) make_plan(plans_.emplace_back(), open, each);
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
    for (auto const& each : turns) {
        auto const line = std::string_view{each.out}.substr(0, each.out.find("\r\n"));
        auto const verb = parse_verb(line.substr(0, 4));
        if (verb == verb::ehlo || verb == verb::lhlo) {
            options.hostname = std::string{line.substr(5)};
            options.lmtp = verb == verb::lhlo;
        }
        if (line == "STARTTLS") options.tls = tls_policy::required;
        if (verb == verb::mail) {  // alone in its group: the caller turned pipelining off
            options.pipelining = each.out.size() != line.size() + 2;
            break;
        }
    }
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
            written_ = quit_ = false;
            if (now_->transport.empty())
                for (auto const piece : cut_of_turn(i)) feed(piece);
            else
                transport();
            drain();
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
        else if (what == "close by client" && !session_.finished())
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
        said_ += session_.output();
        session_.sent(session_.output().size());
    }

    // content_wanted comes again for every piece.
    void log(client_event const& event) {
        auto line = event_line(event);
        bool const again = event.kind() == client_event_kind::content_wanted && pieces_ != 0;
        if (!again) told_.push_back(std::move(line));
    }

    // ---- the caller

    void write() {
        auto const& cuts = plan_->content_cuts;
        if (cuts.empty()) return differ("content is wanted where the transcript has none");
        auto const& cut = cuts[how_.round % cuts.size()];
        if (pieces_ < cut.size()) {
            if (!session_.write(cut[pieces_++])) return differ("write() was refused");
            // The end may be told together with the last piece, or by itself.
            if (pieces_ < cut.size() || how_.round % 2 == 0) return;
        }
        if (!session_.finish()) return differ("finish() was refused");
        written_ = true;
    }

    // Everything else is called as early as possible. Whether anything was.
    bool call() {
        if (plan_->has_content && !written_) return false;
        bool called = false;
        while (submitted_ < plan_->messages.size()) {
            auto const done = session_.submit(plan_->messages[submitted_].mail);
            if (!done && done.fault().code == error::not_ready) break;
            if (!done) told_.push_back("not sent: " + std::string{to_string(done.fault().code)});
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
    receive_buffer buffer_;
    std::string difference_;
};

/// Plays a transcript against a client session in one manner. Returns the first difference between
/// what it says and what happens, or nothing.
[[nodiscard]] inline std::string play_client(client_script const& what, manner how) {
    return client_player{what, how}.play();
}

}  // namespace postel::test
