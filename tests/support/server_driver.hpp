#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <postel/server_session.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/split.hpp"

namespace postel::test {

// ---- Reading what came out -----------------------------------------------------------------

/// The octets as one printable line: CR, LF and NUL as \r, \n and \0.
inline std::string printable_line(std::string_view octets) {
    std::string line;
    for (char const c : octets) {
        auto const octet = static_cast<unsigned char>(c);
        char hex[5];
        std::snprintf(hex, sizeof hex, "\\x%02X", octet);
        if (c == '\r')
            line += "\\r";
        else if (c == '\n')
            line += "\\n";
        else if (c == '\0')
            line += "\\0";
        else if (octet < 0x20 || octet > 0x7e)
            line += hex;
        else
            line += c;
    }
    return line;
}

/// The lines of some output, without their CR LF. What is not ended by CR LF ends with "<cut>".
inline std::vector<std::string> lines_of(std::string_view output) {
    std::vector<std::string> lines;
    while (!output.empty()) {
        auto const end = output.find("\r\n");
        lines.emplace_back(output.substr(0, end));
        if (end == output.npos) {
            lines.back() += "<cut>";
            break;
        }
        output.remove_prefix(end + 2);
    }
    return lines;
}

/// The codes of all replies in order, one a reply however many lines it has: "250 354 250".
inline std::string codes_of(std::string_view output) {
    std::string codes;
    for (auto const& line : lines_of(output)) {
        if (line.size() > 3 && line[3] == '-') continue;
        codes += (codes.empty() ? "" : " ") + line.substr(0, 3);
    }
    return codes;
}

/// The first 9 octets of each reply, code and status: "250 2.1.0 | 503 5.5.1".
inline std::string statuses_of(std::string_view output) {
    std::string all;
    for (auto const& line : lines_of(output)) {
        if (line.size() > 3 && line[3] == '-') continue;
        all += (all.empty() ? "" : " | ") + line.substr(0, 9);
    }
    return all;
}

inline std::string_view name_of(server_state s) {
    constexpr std::string_view names[]{"hello",  "ready",    "mail", "rcpt", "more",
                                       "barred", "greeting", "data", "bdat", "auth",
                                       "tls",    "closed",   "none"};
    return names[static_cast<std::size_t>(s)];
}

// ---- Events as lines -----------------------------------------------------------------------

/// An event in words: "mail <a@b.example> SIZE=10", "content hi\r\n", "closed timed out".
struct in_words {
    static std::string joined(std::string_view a, std::string_view b, std::string_view c = {}) {
        auto all = std::string(a);
        for (auto const more : {b, c})
            if (!more.empty()) all += " " + printable_line(more);
        return all;
    }

    std::string operator()(connected const& e) const {
        return e.early_talker ? "connected early" : "connected";
    }
    std::string operator()(hello const& e) const {
        return joined("hello", to_string(e.kind), e.domain) + (e.literal ? " literal" : "");
    }
    std::string operator()(tls_requested const&) const { return "tls_requested"; }
    std::string operator()(mail const& e) const {
        return joined("mail", e.reverse_path.text(), e.parameters.text);
    }
    std::string operator()(recipient const& e) const {
        return joined("recipient", e.forward_path.text(), e.parameters.text);
    }
    std::string operator()(data const& e) const { return joined("data", number(e.recipients)); }
    std::string operator()(content const& e) const { return joined("content", e.text); }
    std::string operator()(chunk_end const& e) const { return joined("chunk_end", number(e.size)); }
    std::string operator()(message_end const& e) const {
        return joined("message_end", number(e.size), e.recipient == 0 ? "" : number(e.recipient));
    }
    std::string operator()(message_aborted const& e) const {
        return joined("message_aborted", to_string(e.why));
    }
    std::string operator()(reset const&) const { return "reset"; }
    std::string operator()(noop const& e) const { return joined("noop", e.argument); }
    std::string operator()(verify const& e) const {
        return joined("verify", e.argument, e.smtputf8 ? "in UTF-8" : "");
    }
    std::string operator()(expand const& e) const {
        return joined("expand", e.argument, e.smtputf8 ? "in UTF-8" : "");
    }
    std::string operator()(help const& e) const { return joined("help", e.argument); }
    std::string operator()(credentials const& e) const {
        return joined("credentials", to_string(e.mechanism), e.authentication_id);
    }
    std::string operator()(auth_exchange const& e) const {
        return joined("auth_exchange", to_string(e.mechanism), e.octets);
    }
    std::string operator()(etrn const& e) const { return joined("etrn", e.name); }
    std::string operator()(burl const& e) const { return joined("burl", e.url); }
    std::string operator()(xclient const&) const { return "xclient"; }
    std::string operator()(xforward const&) const { return "xforward"; }
    std::string operator()(unknown_command const& e) const { return joined("unknown", e.line); }
    std::string operator()(violation const& e) const {
        return joined("violation", to_string(e.what), e.at == 0 ? "" : "at " + number(e.at));
    }
    std::string operator()(closed const& e) const { return joined("closed", to_string(e.why)); }

    static std::string number(std::uint64_t n) { return std::to_string(n); }
};

inline std::string to_line(server_event const& event) {
    return std::visit(in_words{}, static_cast<server_event::variant const&>(event));
}

// ---- Deciding ------------------------------------------------------------------------------

/// What the application does with an event: it answers, or leaves the question open.
using decision = std::function<void(server_session&, server_event const&)>;

inline void accept_everything(server_session& session, server_event const& event) {
    if (event.kind() == server_event_kind::tls_requested) return session.tls_established();
    if (session.waiting()) session.accept();
}

/// Refuses one kind of event, and accepts the rest.
inline decision refuse_on(server_event_kind kind, reply const& with) {
    return [kind, with](server_session& session, server_event const& event) {
        if (event.kind() == kind) return session.refuse(with);
        accept_everything(session, event);
    };
}

// ---- The driver ----------------------------------------------------------------------------

/// A server session, its transport and its application in one: what is fed goes in, events are
/// noted and decided at once, replies are collected as fast as they come.
class server_driver {
public:
    explicit server_driver(server_options const& options, decision how = accept_everything)
        : session(options), decide(std::move(how)) {}

    /// The client connects; greets unless the decision says otherwise.
    server_driver& connect() {
        drain();
        return *this;
    }
    /// Octets arrive. Nothing is lost: false while the session does not want any.
    bool feed(std::string_view octets) {
        if (!session.wants_input()) return false;
        session.receive(octets);
        drain();
        return true;
    }
    /// Octets arrive in pieces, as far as the session wants them.
    server_driver& feed(pieces const& stream) {
        for (auto const piece : stream)
            if (!feed(piece)) break;
        return *this;
    }
    /// next() and output() until there is nothing more.
    void drain() {
        for (;;) {
            auto const event = session.next();
            peak_heap = std::max(peak_heap, session.heap_octets());
            if (event) {
                note(*event);
                decide(session, *event);
            } else if (!session.output().empty()) {
                flush();
            } else {
                return;
            }
        }
    }
    void flush() {
        output += session.output();
        session.sent(session.output().size());
    }

    /// The replies since the last call.
    std::string take_output() { return std::exchange(output, {}); }
    /// The events since the last call.
    std::vector<std::string> take_events() { return std::exchange(events, {}); }

    /// How many events since the last take_events() start with these words.
    [[nodiscard]] std::size_t count(std::string_view words) const {
        return static_cast<std::size_t>(std::count_if(
            events.begin(), events.end(), [&](auto const& e) { return e.starts_with(words); }));
    }
    /// All content since the last take_events(), in words.
    [[nodiscard]] std::string content() const {
        std::string all;
        for (auto const& event : events)
            if (event.starts_with("content ")) all += event.substr(8);
        return all;
    }

    server_session session;
    decision decide;
    std::vector<std::string> events;  ///< pieces of content that follow each other are one event
    std::string output;
    std::size_t peak_heap = 0;

private:
    void note(server_event const& event) {
        auto line = to_line(event);
        if (event.kind() == server_event_kind::content && !events.empty() &&
            events.back().starts_with("content ")) {
            events.back() += line.substr(8);
        } else {
            events.push_back(std::move(line));
        }
    }
};

/// All that a session says about a stream of octets.
struct exchange {
    std::vector<std::string> events;
    std::string output;
    std::size_t peak_heap = 0;  ///< how octets were cut may change this, and nothing else

    friend bool operator==(exchange const& a, exchange const& b) {
        return a.events == b.events && a.output == b.output;
    }
};

inline exchange talk(server_options const& options, pieces const& stream,
                     decision const& decide = accept_everything) {
    server_driver driver{options, decide};
    driver.connect().feed(stream);
    return {driver.events, driver.output, driver.peak_heap};
}

// ---- Bringing a session into a state -------------------------------------------------------

/// What every test offers, unless it says otherwise: all that the machine can do.
inline server_options everything_offered() {
    server_options options{.hostname = "mx.example"};
    for (auto const more : {extension::chunking, extension::binary_mime, extension::starttls,
                            extension::auth, extension::expn, extension::dsn, extension::etrn,
                            extension::burl, extension::xclient, extension::xforward})
        options.offer.add(more);
    options.mechanisms = {sasl_mechanism::plain};
    options.auth_without_tls = true;
    return options;
}

/// What a client says after the greeting to come into a state. Not for greeting and closed.
inline std::string way_to(server_state s, server_options const& options) {
    auto const greet = options.lmtp ? std::string("LHLO c.example\r\n") : "EHLO c.example\r\n";
    auto const sender = greet + "MAIL FROM:<s@c.example>\r\n";
    auto const both = sender + "RCPT TO:<r@d.example>\r\n";
    switch (s) {
        case server_state::ready: return greet;
        case server_state::mail: return sender;
        case server_state::rcpt: return both;
        case server_state::more: return both + "BDAT 1\r\nx";
        case server_state::data: return both + "DATA\r\nhalf a li";
        case server_state::bdat: return both + "BDAT 9\r\nhalf";
        case server_state::auth: return greet + "AUTH PLAIN\r\n";
        case server_state::tls: return greet + "STARTTLS\r\n";
        default: return {};
    }
}

/// A session in the given state, with nothing left to tell or to send; it then decides by `decide`.
inline server_driver driver_in(server_state s, server_options const& options,
                               decision decide = accept_everything) {
    server_driver driver{options};
    if (s == server_state::greeting) {
        driver.decide = std::move(decide);
        return driver;
    }
    if (s == server_state::barred)
        driver.decide = refuse_on(server_event_kind::connected, {554, {}, "no mail here"});
    if (s == server_state::tls)
        driver.decide = [](server_session& session, server_event const&) {
            if (session.state() != server_state::tls && session.waiting()) session.accept();
        };
    driver.connect();
    if (auto const way = way_to(s, options); !way.empty()) driver.feed(way);
    if (s == server_state::closed) driver.feed("QUIT\r\n");
    driver.take_events();
    driver.take_output();
    driver.peak_heap = 0;
    driver.decide = std::move(decide);
    return driver;
}

/// AUTH of the mechanism that everything_offered() has.
inline std::string const auth_line = "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n";

/// Code and status of the reply to one line, in a session behind its hello.
inline std::string status_of(std::string const& line, server_options const& options) {
    auto driver = driver_in(server_state::ready, options);
    driver.feed(line + "\r\n");
    return statuses_of(driver.output);
}

/// The last line of what this line draws in this state.
inline std::string reply_to(server_state from, std::string_view line,
                            server_options const& options = everything_offered(),
                            decision const& decide = accept_everything) {
    auto driver = driver_in(from, options, decide);
    driver.feed(std::string(line) + "\r\n");
    CHECK(codes_of(driver.output).size() == 3);
    return lines_of(driver.output).back();
}

/// The event that this line becomes in this state, and whether it was accepted.
inline std::string event_of(server_state from, std::string_view line) {
    auto const options = everything_offered();
    auto driver = driver_in(from, options);
    driver.feed(std::string(line) + "\r\n");
    REQUIRE(driver.events.size() == 1);
    return codes_of(driver.output) + " " + driver.events.front();
}

}  // namespace postel::test
