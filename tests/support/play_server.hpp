#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <postel/base64.hpp>
#include <postel/capability.hpp>
#include <postel/extension.hpp>
#include <postel/proxy_protocol.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/server_options.hpp>
#include <postel/server_session.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/drive.hpp"
#include "support/event_line.hpp"
#include "support/split.hpp"
#include "support/transcript.hpp"

// Plays a transcript against a server session. What the transcript's replies say is what the
// application wants; everything that is not the application's to decide must come by itself.

namespace postel::test {

/// Octets behind STARTTLS are an attack where they come with it. In a segment of their own they
/// are read by TLS and not by the session, so there is no cut between the two.   RFC 3207 6
[[nodiscard]] inline pieces uncut_behind_starttls(pieces cut) {
    constexpr std::string_view command = "STARTTLS\r\n";
    std::size_t in_command = 0;  // how much of it the pieces so far end with
    for (std::size_t i = 0; i + 1 < cut.size(); ++i) {
        for (auto const c : cut[i])
            in_command = c == command[in_command] ? in_command + 1 : (c == command[0] ? 1u : 0u);
        if (in_command != command.size()) continue;
        auto const* const end = cut.back().data() + cut.back().size();
        cut[i] = {cut[i].data(), static_cast<std::size_t>(end - cut[i].data())};
        cut.resize(i + 1);
    }
    return cut;
}

/// The question that an event is.
[[nodiscard]] inline question question_of(server_event const& event) {
    switch (event.kind()) {
        case server_event_kind::connected: return question::greeting;
        case server_event_kind::hello: return question::hello;
        case server_event_kind::tls_requested: return question::tls;
        case server_event_kind::credentials: return question::credentials;
        case server_event_kind::auth_exchange: return question::exchange;
        case server_event_kind::mail: return question::mail;
        case server_event_kind::recipient: return question::recipient;
        case server_event_kind::data: return question::data;
        case server_event_kind::chunk_end: return question::chunk_end;
        case server_event_kind::message_end: return question::message_end;
        case server_event_kind::noop: return question::noop;
        case server_event_kind::verify: return question::verify;
        case server_event_kind::expand: return question::expand;
        case server_event_kind::help: return question::help;
        case server_event_kind::etrn: return question::etrn;
        case server_event_kind::burl: return question::burl;
        case server_event_kind::xclient: return question::xclient;
        case server_event_kind::xforward: return question::xforward;
        case server_event_kind::unknown_command: return question::unknown_command;
        default: return question::none;
    }
}

/// What an EHLO reply shows of a server's options. What it lists before TLS and what behind it come
/// together: the session itself knows which belongs where.
inline void learn(server_options& options, capabilities const& said, bool tls) {
    for (auto const& row : extension_table)
        if (said.offered.has(row.name)) options.offer.add(row.name);
    for (auto const& row : sasl_mechanism_table)
        if (said.mechanisms.has(row.name)) options.mechanisms.add(row.name);
    options.auth_without_tls = options.auth_without_tls || (!tls && !said.mechanisms.empty());
    options.max_message_size = said.size_limit.value_or(0);
    options.announce = said.limits;
    options.deliver_by_minimum = said.deliver_by_minimum;
    options.release = said.release;
    options.xclient = said.xclient;
    options.xforward = said.xforward;
}

/// What stands behind keywords that a session repeats without understanding it.
inline void learn(hello_texts& texts, reply_view const& hello) {
    for (auto const line : hello.lines()) {
        auto const space = line.find(' ');
        if (space == line.npos) continue;
        auto const keyword = find_extension(line.substr(0, space));
        if (keyword == extension::no_soliciting) texts.no_soliciting = line.substr(space + 1);
        if (keyword == extension::mt_priority) texts.mt_priority = line.substr(space + 1);
        if (keyword == extension::burl) texts.burl = line.substr(space + 1);
    }
}

/// What a server must be set up with to say what this transcript says. Views into `turns`.
[[nodiscard]] inline server_options server_options_for(std::vector<turn> const& turns) {
    server_options options;
    options.hostname.clear();
    options.offer = {};
    options.max_message_size = 0;
    bool status = false;
    bool tls = false;
    for (auto const& each : turns) {
        tls = tls || each.transport == "TLS handshake";
        auto const replies = replies_in(each.out);
        for (auto const& reply : replies) {
            status = status || reply.status().code_class != 0;
            if (reply.code() == 530) (tls ? options.require_auth : options.require_tls) = true;
        }
        if (replies.empty()) continue;
        auto const text = replies.front().text();
        if (options.hostname.empty()) options.hostname = text.substr(0, text.find(' '));
        auto const verb = parse_verb(std::string_view{each.in}.substr(0, 4));
        options.lmtp = options.lmtp || verb == verb::lhlo;
        bool const hello = verb == verb::ehlo || verb == verb::lhlo;
        if (!hello || replies.front().code() != 250) continue;
        learn(options, parse_capabilities(replies.front()), tls);
        learn(options.texts, replies.front());
    }
    if (options.offer.empty() && status) options.offer.add(extension::enhanced_status_codes);
    return options;
}

/// One run of one transcript.
class server_player {
public:
    server_player(script const& what, manner how)
        : script_(what), how_(how), options_(server_options_for(what.turns())), session_(options_) {
        auto const& first = what.turns().front().in;
        if (first.starts_with("PROXY ") || first.starts_with("\r\n\r\n")) proxy_.emplace();
    }

    /// Returns the first difference, or nothing.
    [[nodiscard]] std::string play() {
        for (std::size_t i = 0; i < script_.turns().size() && difference_.empty(); ++i) {
            now_ = &script_.turns()[i];
            wanted_ = replies_in(now_->out);
            said_.clear();
            said_count_ = 0;
            decided_.assign(wanted_.size(), false);
            told_.clear();
            if (now_->transport.empty())
                feed(uncut_behind_starttls(script_.cut(i, how_.round)));
            else
                transport();
            compare();
        }
        return difference_;
    }

private:
    struct told_line {
        std::string line;
        std::optional<std::string> content{};
    };

    void differ(std::string const& how) {
        if (difference_.empty())
            difference_ = "turn at line " + std::to_string(now_->line) + ": " + how;
    }

    // ---- what reaches the session

    void feed(pieces const& cut) {
        for (auto const piece : cut) feed(piece);
        drain();
        bool const idle = session_.wants_input() && session_.state() != server_state::auth;
        if (idle && session_.heap_octets() != 0)
            differ("an idle session owns " + std::to_string(session_.heap_octets()) + " octets");
        if (!session_.wants_input() && !session_.waiting() && !session_.finished())
            differ("the session is stuck");
    }

    void transport() {
        auto const& what = now_->transport;
        if (what == "TLS handshake") {
            session_.tls_established();
        } else if (what == "server timeout") {
            session_.expired();
        } else if (what == "server shutdown") {
            session_.shut_down();
        } else if (what == "close by client") {
            session_.closed_by_peer();
        } else if (what == "close by server") {
            if (!session_.finished()) differ("the session is not finished");
        } else if (what != "client timeout") {  // that, the session learns by a close
            differ("no such transport event: " + what);
        }
        drain();
    }

    // A proxy comes before the session, which does not even greet before it has spoken.
    void feed_proxy(std::string_view piece) {
        auto const step = proxy_->next(buffer_.fill(piece));
        if (!step) return differ("no PROXY header: " + std::string{to_string(step.fault().code)});
        if (step->complete) told_.push_back({proxy_line(step->header)});
        if (step->complete) proxy_.reset();
        if (step->consumed != piece.size()) differ("octets behind the PROXY header");
        buffer_.spoil();
    }

    void feed(std::string_view piece) {
        if (proxy_) return feed_proxy(piece);
        if (session_.state() == server_state::closed) return;  // and so is the connection
        if (session_.waiting()) return;  // nobody reads on before there is an answer
        if (session_.state() != server_state::greeting && !session_.wants_input())
            return differ("octets left that the session does not want");
        session_.receive(buffer_.fill(piece));
        drain();
        buffer_.spoil();
    }

    void drain() {
        for (;;) {
            auto const event = session_.next();
            bool const sent = take_output();
            if (!event && !sent) return;
            if (!event) continue;
            log(*event);
            decide(*event);
            take_output();
        }
    }

    bool take_output() {
        auto const octets = session_.output();
        if (octets.empty()) return false;
        said_ += octets;
        session_.sent(octets.size());
        said_count_ = replies_in(said_).size();
        return true;
    }

    void log(server_event const& event) {
        if (auto const* piece = std::get_if<content>(&event)) {
            if (told_.empty() || !told_.back().content) told_.push_back({{}, std::string{}});
            told_.back().content->append(piece->text);
            return;
        }
        told_.push_back({event_line(event)});
    }

    // ---- the application

    void decide(server_event const& event) {
        auto const asked = question_of(event);
        bool const open = asked == question::none || asked == question::tls;
        if (open || said_count_ >= wanted_.size()) return;
        auto const& row = describe(asked);
        if (row.asks && how_.late) wait();
        auto const& wanted = wanted_[said_count_];
        if (asked == question::data && content_follows()) return;
        auto const& usual = row.by_default.code.valid() ? row.by_default : row.accepted;
        bool const as_usual = wanted.code() == usual.code && wanted.status() == usual.status;
        if (!row.asks && as_usual) return;
        decided_[said_count_] = true;
        answer(wanted, row);
    }

    // A decision takes its time: nothing happens, and the buffer is used for something else.
    void wait() {
        if (session_.next()) differ("an event came while a question was open");
        if (!session_.waiting()) differ("the session does not wait for the answer");
        if (session_.wants_input()) differ("the session wants input while it waits");
        session_.keep();
        buffer_.spoil();
    }

    // The event behind `data` shows that it was let through: the refusal is one of the chunk.
    [[nodiscard]] bool content_follows() const {
        if (now_->told.size() <= told_.size()) return false;
        std::string_view const next = now_->told[told_.size()];
        for (std::string_view const word : {"content ", "chunk_end ", "message_"})
            if (next.substr(0, word.size()) == word) return true;
        return false;
    }

    void answer(reply_view const& wanted, question_row const& row) {
        if (row.name == question::exchange && wanted.code() == 334) {
            auto const octets = decode_base64(wanted.text());
            if (!octets) return differ("not base64: " + std::string{wanted.text()});
            return session_.challenge(*octets);
        }
        std::vector<std::string> texts;
        for (auto const line : wanted.lines()) texts.emplace_back(wanted.without_status(line));
        // The session puts its name in front of these itself.
        if (wanted.code() == 220 || row.name == question::greeting || wanted.code() == 421) {
            auto& text = texts.front();
            text.erase(0, std::min(text.size(), options_.hostname.size() + 1));
        }
        bool const plain = texts.size() == 1;
        if (plain && wanted.code() == row.accepted.code && wanted.status() == row.accepted.status)
            return session_.accept(texts.front());
        if (plain) return session_.answer({wanted.code(), wanted.status(), texts.front()});
        std::vector<std::string_view> const lines(texts.begin(), texts.end());
        session_.answer(wanted.code(), wanted.status(), lines);
    }

    // ---- what must have come of it

    void compare() {
        compare_events();
        auto const said = replies_in(said_);
        for (std::size_t i = 0; i < std::max(said.size(), wanted_.size()); ++i) {
            if (i >= said.size()) return differ("no reply, not: " + octets(wanted_[i]));
            if (i >= wanted_.size()) return differ("a reply too many: " + octets(said[i]));
            if (!same(said[i], wanted_[i], decided_[i]))
                return differ("the reply is " + octets(said[i]) + ", not: " + octets(wanted_[i]));
        }
    }

    void compare_events() {
        for (std::size_t i = 0; i < std::max(told_.size(), now_->told.size()); ++i) {
            auto const told = i < told_.size() ? shown(told_[i]) : "nothing";
            if (i >= now_->told.size()) return differ("an event too many: " + told);
            if (i >= told_.size()) return differ("no event, not: " + now_->told[i]);
            if (!same(told_[i], now_->told[i]))
                return differ("the event is " + told + ", not: " + now_->told[i]);
        }
    }

    [[nodiscard]] static std::string octets(reply_view const& reply) {
        return escape(reply.octets());
    }
    [[nodiscard]] static std::string shown(told_line const& told) {
        return told.content ? "content \"" + escape(*told.content) + "\"" : told.line;
    }

    // Content is spelled out, or counted; counted, it must be what the client's lines say.
    [[nodiscard]] bool same(told_line const& told, std::string const& wanted) const {
        if (!told.content || wanted == shown(told)) return wanted == shown(told);
        if (wanted != "content " + std::to_string(told.content->size()) + " octets") return false;
        auto const found = [this](std::string const& what) {
            return now_->in.find(what) != std::string::npos;
        };
        return found(stuffed(*told.content)) || found(*told.content);
    }

    [[nodiscard]] static std::string stuffed(std::string const& content) {
        std::string wire;
        bool line_start = true;
        for (auto const c : content) {
            if (line_start && c == '.') wire += '.';
            wire += c;
            line_start = c == '\n';
        }
        return wire;
    }

    // The text is the application's where it decided, and free where the session did. The order of
    // what EHLO lists is free as well.                                  RFC 5321 4.1.1.1
    [[nodiscard]] static bool same(reply_view const& said, reply_view const& wanted, bool decided) {
        if (said.code() != wanted.code() || said.status() != wanted.status()) return false;
        if (decided) return lines_of(said) == lines_of(wanted);
        if (wanted.line_count() == 1) return said.line_count() == 1;
        auto a = lines_of(said);
        auto b = lines_of(wanted);
        std::sort(a.begin() + 1, a.end());
        std::sort(b.begin() + 1, b.end());
        a.front() = b.front();
        return a == b;
    }

    [[nodiscard]] static std::vector<std::string> lines_of(reply_view const& reply) {
        std::vector<std::string> lines;
        for (auto const line : reply.lines()) lines.emplace_back(line);
        return lines;
    }

    script const& script_;
    manner how_;
    server_options options_;
    server_session session_;
    std::optional<proxy_reader> proxy_{};  // until its header is read

    turn const* now_ = nullptr;
    std::vector<reply_view> wanted_;
    std::vector<bool> decided_;  // by us, and not by the session
    std::string said_;
    std::size_t said_count_ = 0;
    std::vector<told_line> told_;
    receive_buffer buffer_;
    std::string difference_;
};

/// Plays a transcript against a server session in one manner. Returns the first difference between
/// what it says and what happens, or nothing.
[[nodiscard]] inline std::string play_server(script const& what, manner how) {
    return server_player{what, how}.play();
}

}  // namespace postel::test
