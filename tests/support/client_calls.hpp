#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <postel/base64.hpp>
#include <postel/command.hpp>
#include <postel/envelope.hpp>
#include <postel/sasl_mechanism.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "support/drive.hpp"
#include "support/transcript.hpp"

// What a client's program has to ask for so that its session sends the lines of a transcript.

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

}  // namespace postel::test
