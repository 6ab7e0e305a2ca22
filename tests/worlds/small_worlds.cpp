#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <postel/server_session.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/event_line.hpp"
#include "worlds/choices.hpp"
#include "worlds/server_law.hpp"
#include "worlds/server_model.hpp"

// Says everything that a client can say, in every order, to a server whose application answers in
// every way, and compares each step with a model of a server that knows nothing of the library:
//
//     small_worlds [DEPTH]    one command less or more in every sequence than usual: -1, 1

namespace {

using namespace postel::test::worlds;
using postel::test::escape;
using postel::test::event_line;
using kind = postel::server_event_kind;
using phase = server_model::phase;

/// What may be said, and what may be answered, in one kind of world.
struct world {
    std::string_view name;
    bool lmtp;
    bool guarded;  ///< TLS and AUTH are demanded
    std::vector<postel::test::worlds::move> said;
    std::vector<say> answered;
    int depth;
};

std::string_view line_of(postel::test::worlds::move what) {
    using enum postel::test::worlds::move;
    switch (what) {
        case ehlo: return "EHLO c.example\r\n";
        case helo: return "HELO c.example\r\n";
        case lhlo: return "LHLO c.example\r\n";
        case mail: return "MAIL FROM:<s@c.example>\r\n";
        case rcpt: return "RCPT TO:<r@d.example>\r\n";
        case data: return "DATA\r\n";
        case chunk: return "BDAT 6\r\nQUIT\r\n";
        case last_chunk: return "BDAT 0 LAST\r\n";
        case rset: return "RSET\r\n";
        case noop: return "NOOP\r\n";
        case quit: return "QUIT\r\n";
        case starttls: return "STARTTLS\r\n";
        case auth_good: return "AUTH PLAIN AGEAYg==\r\n";
        case auth_bad: return "AUTH PLAIN AA==\r\n";
        case auth_cancelled: return "AUTH PLAIN\r\n";
        case auth_garbage: return "AUTH PLAIN ?\r\n";
        case vrfy: return "VRFY r\r\n";
        case unknown: return "XYZZY\r\n";
        case malformed: return "\x01\r\n";
        case bad_address: return "RCPT TO:<a b@d.example>\r\n";
        case hang_up: return "(hangs up)";
        case fall_silent: return "(falls silent)";
        case shut_down: return "(is shut down)";
    }
    return {};
}

std::string_view name_of(say how) {
    constexpr std::string_view names[]{"yes", "no", "later", "bye", "held, yes", "nothing", "lost"};
    return names[static_cast<std::size_t>(how)];
}

/// One sequence, from the greeting to its end.
class walk {
public:
    walk(world const& where, postel::server_options const& options, choices& way, std::string* log)
        : where_(&where),
          way_(&way),
          log_(log),
          session_(options),
          law_(where.lmtp),
          model_(where.lmtp, where.guarded) {}

    /// False: a law was broken; broken() says which.
    [[nodiscard]] bool run() {
        expect({"", kind::connected});
        for (int i = 0; i < where_->depth && good() && model_.now() != phase::closed; ++i) {
            auto const what = where_->said[way_->choose(where_->said.size())];
            note("C: ", line_of(what));
            auto then = model_.hear(what);
            act(what);
            if (what == postel::test::worlds::move::auth_cancelled && !then.replies.empty() &&
                then.replies[0] == '3')
                feed("*\r\n");
            expect(std::move(then));
        }
        if (model_.now() == phase::closed) nothing_more();
        return good();
    }
    [[nodiscard]] std::string_view broken() const { return broken_; }

private:
    [[nodiscard]] bool good() const { return broken_.empty(); }
    void complain(std::string_view what) {
        if (good()) broken_ = what;
    }
    void note(std::string_view what, std::string_view text) {
        if (log_ != nullptr) *log_ += std::string(what) + escape(text) + "\n";
    }

    void act(postel::test::worlds::move what) {
        if (what == postel::test::worlds::move::hang_up) return session_.closed_by_peer();
        if (what == postel::test::worlds::move::fall_silent) return session_.expired();
        if (what == postel::test::worlds::move::shut_down) return session_.shut_down();
        feed(line_of(what));
    }
    void feed(std::string_view octets) {
        drain();
        if (!session_.wants_input()) complain("no input is wanted");
        session_.receive(octets);
    }

    /// The replies, then the question, that the model foretells; then an answer, and so on.
    void expect(server_model::step then) {
        while (good()) {
            drain();
            if (replies_ != then.replies) return complain("other replies than foretold");
            replies_.clear();
            if (!then.asks) return settled();
            if (asked_ != *then.asks) return complain("another question");
            then = answer(*then.asks);
        }
    }

    // Events, until one asks or could be answered, or there are no more. Replies are collected.
    void drain() {
        while (!asking_ && good()) {
            auto const event = session_.next();
            bool const sent = collect();
            if (!event && !sent) return;
            if (!event) continue;
            if (log_ != nullptr) note("   ", event_line(*event));
            law_.heard(*event);
            if (!law_.broken().empty()) return complain(law_.broken());
            asked_ = event->kind();
            switch (asked_) {
                case kind::content:
                case kind::violation:
                case kind::message_aborted:
                case kind::reset:
                case kind::closed: break;
                default: asking_ = true;
            }
        }
    }
    // True if there was something to send.
    bool collect() {
        auto output = session_.output();
        if (output.empty()) return false;
        note("S: ", output);
        while (!output.empty()) {
            auto const end = output.find("\r\n");
            if (end == output.npos || end < 4) {
                complain("not a reply");
                break;
            }
            if (output[3] == ' ') replies_ += output[0];
            output.remove_prefix(end + 2);
        }
        session_.sent(session_.output().size());
        return true;
    }

    [[nodiscard]] server_model::step answer(kind asked) {
        auto how = where_->answered[way_->choose(where_->answered.size())];
        bool const tls = asked == kind::tls_requested;
        bool const asks = session_.waiting();
        if (how == say::nothing && asks) how = say::yes;  // it has to say something
        if (log_ != nullptr) note("      ", name_of(how));
        if (how == say::held_yes && !tls) hold();
        auto then = model_.decide(asked, how);
        asking_ = false;
        switch (how) {
            case say::lost:
                law_.unanswered();
                session_.closed_by_peer();
                return then;
            case say::bye: return bye(tls), then;
            case say::no:
            case say::later: return refuse(how, tls), then;
            case say::nothing: break;
            default: tls ? session_.tls_established() : session_.accept();
        }
        speak_on(asked);
        return then;
    }
    // Nothing happens before the answer.
    void hold() {
        session_.hold();
        if (!session_.waiting() || session_.wants_input() || session_.next() ||
            !session_.output().empty())
            complain("something happens before the answer");
    }
    void bye(bool tls) {
        law_.settle(false, true);
        tls ? session_.tls_failed() : session_.refuse({421, {4, 3, 2}, "not any more"});
    }
    void refuse(say how, bool tls) {
        law_.settle(false);
        if (tls) return session_.tls_failed();
        session_.refuse(how == say::no ? postel::reply{550, {5, 7, 1}, "no"}
                                       : postel::reply{450, {4, 7, 1}, "later"});
    }
    // What a client says only after 354.
    void speak_on(kind asked) {
        if (asked != kind::data) return;
        drain();
        if (session_.state() == postel::server_state::data) feed("text\r\n.\r\n");
    }

    // Between two commands.
    void settled() {
        if (session_.heap_octets() != 0) complain("memory is held between commands");
        if (state_of(model_.now()) != session_.state()) complain("another state");
        bool const over = model_.now() == phase::closed;
        if (session_.wants_input() == over || session_.finished() != over || law_.over() != over)
            complain("neither open nor closed");
    }
    void nothing_more() {
        session_.receive("NOOP\r\n");
        session_.accept();
        session_.expired();
        session_.closed_by_peer();
        if (session_.next() || !session_.output().empty()) complain("something behind the end");
    }
    [[nodiscard]] static postel::server_state state_of(phase now) {
        using enum postel::server_state;
        constexpr postel::server_state states[]{greeting, hello, ready,  mail,
                                                rcpt,     more,  barred, closed};
        return states[static_cast<std::size_t>(now)];
    }

    world const* where_;
    choices* way_;
    std::string* log_;
    postel::server_session session_;
    server_law law_;
    server_model model_;
    kind asked_ = kind::closed;
    bool asking_ = false;
    std::string replies_;  // the first digit of each
    std::string broken_;
};

postel::server_options options_for(world const& where) {
    using postel::extension;
    postel::server_options options{.hostname = "mx.example"};
    options.offer.add(extension::chunking).add(extension::starttls).add(extension::auth);
    options.mechanisms = {postel::sasl_mechanism::plain};
    options.auth_without_tls = true;
    options.lmtp = where.lmtp;
    options.require_tls = options.require_auth = where.guarded;
    options.limits.authentication_failures = 100;
    return options;
}

// How many sequences there are. 0: one of them broke a law.
std::uint64_t walk_all(world const& where) {
    auto const options = options_for(where);
    choices way;
    std::uint64_t sequences = 0;
    do {
        ++sequences;
        if (walk one{where, options, way, nullptr}; one.run()) continue;
        std::string log;
        choices again = way.again();
        walk one{where, options, again, &log};
        (void)one.run();
        std::printf("%s%s: %s\n", log.c_str(), where.name.data(), one.broken().data());
        return 0;
    } while (way.next());
    return sequences;
}

std::vector<postel::test::worlds::move> every_move() {
    std::vector<postel::test::worlds::move> all;
    for (std::size_t i = 0; i < moves; ++i)
        all.push_back(static_cast<postel::test::worlds::move>(i));
    return all;
}
std::vector<say> every_saying() {
    std::vector<say> all;
    for (std::size_t i = 0; i < sayings; ++i) all.push_back(static_cast<say>(i));
    return all;
}

std::vector<world> all_worlds() {
    using enum postel::test::worlds::move;
    std::vector<postel::test::worlds::move> const plain{
        ehlo, mail, rcpt, data, chunk, last_chunk, rset, starttls, auth_good, noop, unknown};
    std::vector<postel::test::worlds::move> const local{lhlo,  mail,       rcpt, data,
                                                        chunk, last_chunk, rset};
    return {
        {"SMTP, every answer", false, false, every_move(), every_saying(), 4},
        {"LMTP, every answer", true, false, every_move(), every_saying(), 4},
        {"TLS and AUTH demanded", false, true, every_move(), every_saying(), 4},
        {"SMTP, yes or no", false, false, plain, {say::yes, say::no}, 6},
        {"LMTP, yes or no", true, false, local, {say::yes, say::no}, 6},
        {"TLS and AUTH demanded, yes", false, true, plain, {say::yes}, 6},
    };
}

}  // namespace

int main(int argc, char** argv) {
    int const more = argc > 1 ? std::atoi(argv[1]) : 0;
    std::uint64_t sequences = 0;
    int depth = 0;
    for (auto where : all_worlds()) {
        where.depth += more;
        depth = std::max(depth, where.depth);
        auto const count = walk_all(where);
        if (count == 0) return 1;
        std::printf("%-28s %9" PRIu64 " sequences of %d commands\n", where.name.data(), count,
                    where.depth);
        sequences += count;
    }
    std::printf("small worlds: %" PRIu64 " sequences to depth %d, all lawful\n", sequences, depth);
    return 0;
}
