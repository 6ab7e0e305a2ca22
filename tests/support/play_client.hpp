#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <postel/base64.hpp>
#include <postel/client_options.hpp>
#include <postel/client_session.hpp>
#include <postel/command.hpp>
#include <postel/envelope.hpp>
#include <postel/sasl_mechanism.hpp>
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
    std::optional<sasl_mechanism> mechanism{};  ///< authenticate()
    std::optional<std::string> response{};      ///< with it, before base64
    std::optional<std::string> answer{};        ///< respond(), before base64
    bool cancel = false;
    std::string inquiry{};
    std::deque<outgoing> messages{};
    bool content_first = false;  ///< it belongs to a message of an earlier turn
    std::string content{};       ///< for DATA
    std::vector<pieces> content_cuts{};
    std::vector<std::string> chunks{};  ///< for BDAT: each is written by itself
    bool complete = true;               ///< the content ends in this turn
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

[[nodiscard]] inline verb verb_of(std::string_view line) {
    return parse_verb(line.substr(0, line.find(' ')));
}

[[nodiscard]] inline std::string from_base64(std::string_view text) {
    auto const octets = decode_base64(text);
    if (!octets) throw std::invalid_argument{"not base64: " + escape(text)};
    return *octets;
}

/// Reads the lines of a client in order, and makes calls of them.
class planner {
public:
    /// What a caller has to do so that the session sends `now.out`, after it has read `now.in`.
    void plan(planned_calls& calls, turn const& now) {
        rest_ = now.out;
        auto const replies = replies_in(now.in);
        auto const code = rest_.empty() || replies.empty() ? 0 : replies.back().code().value;
        if (code == 354) plan_content(calls, now);
        if (code == 334) plan_answer(calls, take_line());
        bool const more = !now.asked.empty() && verb_of(now.asked.front()) == verb::rcpt;
        if (!more) plan_unsent(calls, now);
        while (!rest_.empty()) {
            auto const line = take_line();
            if (belongs_to_rest(line)) continue;
            verb_of(line) == verb::bdat ? plan_chunk(calls, line) : plan_command(calls, line);
        }
        if (more) plan_unsent(calls, now);  // recipients of what was just sent
        if (more) rest_of_envelope_.assign(now.asked.begin(), now.asked.end());
    }

private:
    [[nodiscard]] std::string_view take_line() {
        auto const end = rest_.find("\r\n");
        if (end == rest_.npos) throw std::invalid_argument{"half a line: " + escape(rest_)};
        auto const line = rest_.substr(0, end);
        rest_.remove_prefix(end + 2);
        return line;
    }

    void plan_unsent(planned_calls& calls, turn const& now) {
        for (std::string_view const line : now.asked)
            plan_command(calls, line.substr(0, line.size() - 2));
    }

    // Up to the final dot, stuffed dots removed. Without one, the caller goes away in the middle.
    void plan_content(planned_calls& calls, turn const& now) {
        calls.complete = false;
        while (!rest_.empty() && !calls.complete) {
            auto line = rest_.substr(0, std::min(rest_.find("\r\n"), rest_.size() - 2) + 2);
            rest_.remove_prefix(line.size());
            calls.complete = line == ".\r\n";
            if (line.front() == '.') line.remove_prefix(1);
            if (!calls.complete) calls.content += line;
        }
        // A lone dot is the session's own way out where nobody is there to read the content.
        calls.content_first = !now.told.empty() && now.told.back() == "content_wanted";
        calls.content_cuts = all_cuts(calls.content);
    }

    void plan_answer(planned_calls& calls, std::string_view line) {
        calls.cancel = line == "*";
        if (!calls.cancel) calls.answer = from_base64(line);
    }

    // Together with its envelope it goes out only if its size is known.
    void plan_chunk(planned_calls& calls, std::string_view line) {
        auto const parsed = parse_command(line, rules());
        if (!parsed) throw std::invalid_argument{"not a command: " + escape(line)};
        auto const& bdat = std::get<bdat_command>(*parsed);
        auto const size = static_cast<std::size_t>(bdat.size);
        calls.chunks.emplace_back(rest_.substr(0, size));
        rest_.remove_prefix(size);
        calls.complete = bdat.last;
        if (calls.messages.empty())
            calls.content_first = true;
        else
            open_->mail.parameters.size = open_->mail.parameters.size.value_or(0) + bdat.size;
    }

    // What one transaction does not hold, the session says in the next one by itself.
    [[nodiscard]] bool belongs_to_rest(std::string_view line) {
        if (rest_of_envelope_.empty()) return false;
        if (verb_of(line) == verb::mail) {
            bool const same = line == open_->lines.front();
            if (!same) rest_of_envelope_.clear();
            return same;
        }
        if (line != rest_of_envelope_.front().substr(0, line.size())) return false;
        rest_of_envelope_.pop_front();
        return true;
    }

    void plan_command(planned_calls& calls, std::string_view line) {
        switch (verb_of(line)) {
            case verb::mail: open_ = &calls.messages.emplace_back(); return plan_envelope(line);
            case verb::rcpt: return plan_envelope(line);
            case verb::auth: return plan_auth(calls, line);
            case verb::quit: calls.quit = true; return;
            case verb::vrfy:
            case verb::expn:
            case verb::help:
            case verb::noop:
            case verb::etrn:
            case verb::unknown: calls.inquiry = line; return;
            default: return;  // the session's own
        }
    }

    void plan_auth(planned_calls& calls, std::string_view line) {
        auto const words = line.substr(5);
        auto const space = words.find(' ');
        calls.mechanism = find_sasl_mechanism(words.substr(0, space));
        if (!calls.mechanism) throw std::invalid_argument{"no such mechanism: " + escape(line)};
        if (space == words.npos) return;
        auto const response = words.substr(space + 1);
        calls.response = response == "=" ? std::string{} : from_base64(response);
    }

    // `open_` may have begun some turns before.
    void plan_envelope(std::string_view line) {
        if (open_ == nullptr) throw std::invalid_argument{"RCPT without MAIL"};
        auto const parsed = parse_command(open_->lines.emplace_back(line), rules());
        if (!parsed) throw std::invalid_argument{"not a command: " + escape(line)};
        if (auto const* mail = std::get_if<mail_command>(&*parsed)) {
            open_->mail.reverse_path = mailbox_of(mail->reverse_path);
            open_->mail.parameters = mail->parameters;
            open_->mail.parameters.text = {};
            open_->mail.parameters.smtputf8 = false;  // comes by itself
        } else if (auto const* rcpt = std::get_if<rcpt_command>(&*parsed)) {
            auto& to = open_->recipients.emplace_back();
            to.mailbox = mailbox_of(rcpt->forward_path);
            to.parameters = rcpt->parameters;
            to.parameters.text = {};
        }
    }

    [[nodiscard]] static command_rules rules() {
        return {.offered = every_extension(), .smtputf8 = true};
    }

    std::string_view rest_{};
    outgoing* open_ = nullptr;
    std::deque<std::string> rest_of_envelope_{};  // RCPT that were asked for and not sent
};

}  // namespace detail

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
