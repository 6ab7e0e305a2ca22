#pragma once

#include <cstdint>
#include <optional>
#include <postel/server_event.hpp>
#include <string>
#include <utility>

namespace postel::test::worlds {

/// What a client of a small world can say or do.
enum class move : std::uint8_t {
    ehlo,
    helo,
    lhlo,
    mail,
    rcpt,
    data,
    chunk,
    last_chunk,
    rset,
    noop,
    quit,
    starttls,
    auth_good,
    auth_bad,
    auth_cancelled,
    auth_garbage,
    vrfy,
    unknown,
    malformed,
    bad_address,
    hang_up,
    fall_silent,
    shut_down,  // the last two are done to it
};
inline constexpr std::size_t moves = static_cast<std::size_t>(move::shut_down) + 1;

/// What the application can answer.
enum class say : std::uint8_t { yes, no, later, bye, held_yes, nothing, lost };
inline constexpr std::size_t sayings = static_cast<std::size_t>(say::lost) + 1;

/// A server as the RFCs tell it, in few words, and without a look at the library's table. It knows
/// what each move asks the application, and with which digit each reply begins.
class server_model {
public:
    enum class phase : std::uint8_t { greeting, hello, ready, mail, rcpt, more, barred, closed };

    /// What follows: replies, then perhaps a question.
    struct step {
        std::string replies;
        std::optional<server_event_kind> asks{};
    };

    explicit server_model(bool lmtp, bool guarded) : lmtp_(lmtp), guarded_(guarded) {}

    [[nodiscard]] phase now() const { return phase_; }

    [[nodiscard]] step hear(move what) {
        using enum move;
        move_ = what;
        if (what == hang_up) return close("");
        if (what == fall_silent || what == shut_down) return close("4");
        if (phase_ == phase::barred) return what == quit ? close("2") : step{"5"};
        if (refused_at_once(what)) return {refusal_of(what)};
        switch (what) {
            case quit: return close("2");
            case rset:
                if (phase_ != phase::hello) phase_ = phase::ready;
                recipients_ = 0;
                return {"2"};
            case starttls: return {"2", server_event_kind::tls_requested};
            case auth_cancelled: return {"35"};
            case auth_good: return {"", server_event_kind::credentials};
            case chunk:
            case last_chunk:
                if (phase_ == phase::more) return end_of_content();
                [[fallthrough]];
            case data: return {"", server_event_kind::data};
            case move::mail: recipients_ = 0; [[fallthrough]];
            default: return {"", question_of(what)};
        }
    }

    [[nodiscard]] step decide(server_event_kind asked, say how) {
        if (how == say::lost) return close("");
        if (how == say::bye) return close(asked == server_event_kind::tls_requested ? "" : "4");
        bool const yes = how == say::yes || how == say::held_yes ||
                         (how == say::nothing && asked != server_event_kind::unknown_command);
        std::string const no = how == say::later ? "4" : "5";
        switch (asked) {
            case server_event_kind::connected:
                phase_ = yes ? phase::hello : phase::barred;
                return {yes ? "2" : no};
            case server_event_kind::tls_requested:
                if (!yes) return close("");
                tls_ = true;
                authenticated_ = false;
                phase_ = phase::hello;
                return {""};
            case server_event_kind::hello: return moved(yes, phase::ready, no);
            case server_event_kind::credentials: authenticated_ = yes; return {yes ? "2" : no};
            case server_event_kind::mail: return moved(yes, phase::mail, no);
            case server_event_kind::recipient:
                if (yes) ++recipients_;
                return moved(yes, phase::rcpt, no);
            case server_event_kind::data: return begin(yes, no);
            case server_event_kind::chunk_end:
                phase_ = yes ? phase::more : phase::ready;
                return {yes ? "2" : no};
            case server_event_kind::message_end: return ended(yes ? "2" : no);
            default: return {yes ? "2" : no};
        }
    }

private:
    [[nodiscard]] static bool is_auth(move what) {
        return what == move::auth_good || what == move::auth_bad || what == move::auth_garbage ||
               what == move::auth_cancelled;
    }
    [[nodiscard]] static bool is_hello(move what) {
        return what == move::ehlo || what == move::helo || what == move::lhlo;
    }
    // Whether there is nothing to ask the application about.
    [[nodiscard]] bool refused_at_once(move what) const {
        using enum move;
        bool const always = is_hello(what) || what == noop || what == quit || what == starttls;
        if (guarded_ && !tls_ && !always) return true;
        if (guarded_ && !authenticated_ && !always && !is_auth(what) && what != rset) return true;
        switch (what) {
            case ehlo:
            case helo: return lmtp_;
            case lhlo: return !lmtp_;
            case move::mail: return phase_ != phase::ready;
            case move::rcpt: return phase_ != phase::mail && phase_ != phase::rcpt;
            case data: return phase_ != phase::rcpt;
            case chunk:
            case last_chunk: return phase_ != phase::rcpt && phase_ != phase::more;
            case starttls: return phase_ != phase::ready || tls_;
            case auth_good:
            case auth_cancelled: return phase_ != phase::ready || authenticated_;
            case auth_bad:
            case auth_garbage:
            case malformed:
            case bad_address: return true;
            default: return false;
        }
    }
    // In LMTP the last chunk has as many replies as there are recipients, also behind a chunk that
    // was refused.                                                             RFC 2033 4.3
    [[nodiscard]] std::string refusal_of(move what) {
        bool const for_each = lmtp_ && what == move::last_chunk && phase_ != phase::hello;
        if (!for_each) return "5";
        return std::string(phase_ == phase::ready ? std::exchange(recipients_, 0) : recipients_,
                           '5');
    }
    [[nodiscard]] static server_event_kind question_of(move what) {
        switch (what) {
            case move::mail: return server_event_kind::mail;
            case move::rcpt: return server_event_kind::recipient;
            case move::noop: return server_event_kind::noop;
            case move::vrfy: return server_event_kind::verify;
            case move::unknown: return server_event_kind::unknown_command;
            default: return server_event_kind::hello;
        }
    }
    [[nodiscard]] step close(std::string replies) {
        phase_ = phase::closed;
        return {std::move(replies)};
    }
    // A refused command never moves.
    [[nodiscard]] step moved(bool yes, phase to, std::string const& no) {
        if (!yes) return {no};
        if (to == phase::ready) recipients_ = 0;
        phase_ = to;
        return {"2"};
    }
    // What `data` asked about.
    [[nodiscard]] step begin(bool yes, std::string const& no) {
        if (!yes) {
            if (move_ == move::data) return {no};
            phase_ = phase::ready;  // a chunk that failed ends the transaction
            bool const last = move_ == move::last_chunk;
            return {std::string(lmtp_ && last ? std::exchange(recipients_, 0) : 1, no.front())};
        }
        auto then = end_of_content();
        if (move_ == move::data) then.replies.insert(0, "3");
        return then;
    }
    [[nodiscard]] step end_of_content() {
        ended_ = 0;
        if (move_ == move::chunk) return {"", server_event_kind::chunk_end};
        return {"", server_event_kind::message_end};
    }
    [[nodiscard]] step ended(std::string reply) {
        if (lmtp_ && ++ended_ < recipients_)
            return {std::move(reply), server_event_kind::message_end};
        recipients_ = 0;
        phase_ = phase::ready;
        return {std::move(reply)};
    }

    bool lmtp_;
    bool guarded_;  // TLS and AUTH are demanded
    bool tls_ = false;
    bool authenticated_ = false;
    std::size_t recipients_ = 0;
    std::size_t ended_ = 0;
    phase phase_ = phase::greeting;
    move move_ = move::noop;
};

}  // namespace postel::test::worlds
