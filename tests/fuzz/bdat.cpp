#include <postel/server_session.hpp>
#include <string>
#include <vector>

#include "fuzz/support/fuzz.hpp"
#include "support/event_line.hpp"
#include "support/split.hpp"
#include "support/transcript.hpp"

// Content in chunks: a server counts octets and never takes any of them for a command, whatever it
// thinks of them. A model says what has to be told and replied.

namespace {

using namespace postel;
using fuzz::require;

enum class verdict { yes, no };

constexpr unsigned small_limit = 40;  // of a message

struct chunk_plan {
    std::string_view octets;
    bool last = false;
    verdict says = verdict::yes;  // of the application, at its end
};

struct seen {
    std::string content;  // of messages that were accepted, with "|" behind each
    std::string codes;    // of replies behind the envelope, one character each
    std::size_t noops = 0;
    bool alive = false;

    friend bool operator==(seen const&, seen const&) = default;
};

class server {
public:
    server(server_options const& options, std::vector<verdict> const& verdicts)
        : session_(options), verdicts_(verdicts) {}

    seen hear(test::pieces const& cut) {
        drain();
        for (auto const piece : cut) {
            require(session_.wants_input(), "a server that has answered reads on");
            fuzz::exactly const memory{piece};
            session_.receive(memory.view());
            drain();
        }
        for (auto const& reply : test::replies_in(output_))
            all_.codes += static_cast<char>('0' + reply.code().value / 100);
        all_.alive = session_.state() != server_state::closed;
        return all_;
    }

private:
    void drain() {
        for (auto event = session_.next(); event; event = session_.next()) on(*event);
        output_ += session_.output();
        session_.sent(session_.output().size());
    }
    void on(server_event const& event) {
        switch (event.kind()) {
            case server_event_kind::content: open_ += std::get<content>(event).text; return;
            case server_event_kind::noop: ++all_.noops; return;
            case server_event_kind::chunk_end:
                require(std::get<chunk_end>(event).size == open_.size(), "octets are counted");
                if (next_verdict() == verdict::yes) return;
                open_.clear();
                return session_.refuse({450, {4, 3, 0}, "no"});
            case server_event_kind::message_end: return decide(std::get<message_end>(event));
            case server_event_kind::message_aborted: open_.clear(); return;
            default: break;
        }
        if (session_.waiting()) session_.accept();
    }
    void decide(message_end const& event) {
        require(event.size == open_.size(), "octets are counted");
        if (next_verdict() == verdict::no) {
            session_.refuse({550, {5, 7, 1}, "no"});
        } else {
            all_.content += open_ + "|";
            session_.accept();
        }
        open_.clear();
    }
    verdict next_verdict() {
        require(asked_ < verdicts_.size(), "nobody is asked about a chunk that was refused");
        return verdicts_[asked_++];
    }

    server_session session_;
    std::vector<verdict> const& verdicts_;
    std::size_t asked_ = 0;
    std::string open_;
    std::string output_;
    seen all_;
};

std::vector<chunk_plan> plan_of(fuzz::chooser& how) {
    std::vector<chunk_plan> plan;
    auto rest = how.rest();
    while (plan.size() < 12 && !rest.empty()) {
        // A chunk of more than twice the limit would end the session.
        auto const size = how.below(5) == 0 ? how.below(2 * small_limit + 2) : how.below(24);
        auto const part = rest.substr(0, size);
        rest.remove_prefix(part.size());
        plan.push_back({part, how.below(4) == 0, how.below(6) == 0 ? verdict::no : verdict::yes});
    }
    return plan;
}

constexpr std::string_view envelope_lines =
    "MAIL FROM:<a@client.example> BODY=BINARYMIME\r\nRCPT TO:<b@server.example>\r\n";

// A NOOP follows each chunk, a new envelope each last one.
struct script {
    std::string wire = "EHLO client.example\r\n" + std::string{envelope_lines};
    std::vector<verdict> asked{};  // what the application says, when it is asked
    seen expected{{}, "2222", 0, true};
};

script script_of(std::vector<chunk_plan> const& plan, std::uint64_t limit) {
    script all;
    std::string message;
    bool refused = false;  // and so is every further chunk up to the last
    for (auto const& each : plan) {
        all.wire += "BDAT " + std::to_string(each.octets.size()) + (each.last ? " LAST" : "");
        ((all.wire += "\r\n") += each.octets) += "NOOP\r\n";
        message += each.octets;
        bool const fits = message.size() <= limit;
        bool const asked = fits && !refused;
        if (asked) all.asked.push_back(each.says);
        bool const yes = asked && each.says == verdict::yes;
        if (yes && each.last) all.expected.content += message + "|";
        all.expected.codes += yes ? "22" : asked && !each.last ? "42" : "52";
        ++all.expected.noops;
        refused = !yes;
        if (!each.last) continue;
        all.wire += "RSET\r\n" + std::string{envelope_lines};
        all.expected.codes += "222";
        message.clear();
        refused = false;
    }
    return all;
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 16};
    server_options options{.hostname = "mx.example"};
    options.offer.add(extension::chunking).add(extension::binary_mime);
    options.max_message_size = how.below(4) == 0 ? small_limit : 1 << 20;
    options.limits.errors = options.limits.idle_commands = 1000;
    auto const seed = 1 + how.below(256);
    auto const all = script_of(plan_of(how), options.max_message_size);
    auto const found = same_for_cuts(all.wire, seed, [&](test::pieces const& cut) {
        return server{options, all.asked}.hear(cut);
    });
    require(found.content == all.expected.content, "exactly what was sent arrives");
    require(found.noops == all.expected.noops, "no octet of a chunk is a command");
    require(found.codes == all.expected.codes, "each command has its reply");
    require(found.alive, "and the session goes on");
}
