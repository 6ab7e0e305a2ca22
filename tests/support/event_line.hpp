#pragma once

#include <postel/address_literal.hpp>
#include <postel/client_event.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/path.hpp>
#include <postel/proxy_header.hpp>
#include <postel/rcpt_parameters.hpp>
#include <postel/server_event.hpp>
#include <string>
#include <variant>

#include "support/transcript.hpp"

// Each event as one line, as transcripts have it behind s: and c:.

namespace postel::test {

namespace detail {

[[nodiscard]] inline std::string with_number(std::string_view words, std::uint64_t number) {
    return std::string{words} + " " + std::to_string(number);
}

[[nodiscard]] inline std::string with_argument(std::string_view word, std::string_view argument) {
    return argument.empty() ? std::string{word} : std::string{word} + " " + escape(argument);
}

struct server_event_line {
    std::string operator()(connected const& e) const {
        return e.early_talker ? "connected, and spoke first" : "connected";
    }
    std::string operator()(hello const& e) const {
        return "hello " + with_argument(to_string(e.kind), e.domain) +
               (e.literal ? " literal" : "");
    }
    std::string operator()(tls_requested const&) const { return "tls_requested"; }
    std::string operator()(credentials const& e) const {
        auto line = "credentials " + std::string{to_string(e.mechanism)};
        line = with_argument(with_argument(line, e.authentication_id), e.password);
        return e.authorization_id.empty() ? line : with_argument(line + " as", e.authorization_id);
    }
    std::string operator()(auth_exchange const& e) const {
        auto const line = "auth_exchange " + std::string{to_string(e.mechanism)};
        return e.begins ? line : line + " \"" + escape(e.octets) + "\"";
    }
    std::string operator()(mail const& e) const {
        std::string line = "mail ";
        write_path(line, e.reverse_path);
        write_mail_parameters(line, e.parameters);
        return line;
    }
    std::string operator()(recipient const& e) const {
        std::string line = "recipient ";
        write_path(line, e.forward_path);
        write_rcpt_parameters(line, e.parameters);
        return line;
    }
    std::string operator()(data const& e) const { return with_number("data", e.recipients); }
    std::string operator()(content const& e) const { return "content \"" + escape(e.text) + "\""; }
    std::string operator()(chunk_end const& e) const { return with_number("chunk_end", e.size); }
    std::string operator()(message_end const& e) const {
        auto const line = with_number("message_end", e.size);
        return e.recipient == 0 ? line : with_number(line + " recipient", e.recipient);
    }
    std::string operator()(message_aborted const& e) const {
        return with_argument("message_aborted:", to_string(e.why));
    }
    std::string operator()(reset const&) const { return "reset"; }
    std::string operator()(noop const& e) const { return with_argument("noop", e.argument); }
    std::string operator()(verify const& e) const {
        return with_argument("verify", e.argument) + (e.smtputf8 ? " SMTPUTF8" : "");
    }
    std::string operator()(expand const& e) const {
        return with_argument("expand", e.argument) + (e.smtputf8 ? " SMTPUTF8" : "");
    }
    std::string operator()(help const& e) const { return with_argument("help", e.argument); }
    std::string operator()(etrn const& e) const {
        constexpr std::string_view scopes[] = {"node", "subdomains", "queue"};
        auto const scope = scopes[static_cast<std::size_t>(e.scope)];
        return with_argument("etrn " + std::string{scope}, e.name);
    }
    std::string operator()(burl const& e) const {
        return with_argument("burl", e.url) + (e.last ? " last" : "");
    }
    std::string operator()(xclient const& e) const {
        return with_argument("xclient", e.attributes.text());
    }
    std::string operator()(xforward const& e) const {
        return with_argument("xforward", e.attributes.text());
    }
    std::string operator()(unknown_command const& e) const {
        return with_argument("unknown_command", e.line);
    }
    std::string operator()(violation const& e) const {
        auto const line = with_argument("violation:", to_string(e.what));
        return e.line.empty() || e.at == 0 ? line : with_number(line + " at", e.at);
    }
    std::string operator()(closed const& e) const {
        return e.why == error::none ? "closed" : with_argument("closed:", to_string(e.why));
    }
};

}  // namespace detail

[[nodiscard]] inline std::string event_line(server_event const& event) {
    server_event::variant const& any = event;
    return std::visit(detail::server_event_line{}, any);
}

/// What a proxy said before the session: "proxy 192.0.2.1 56324 to 198.51.100.1 25"
[[nodiscard]] inline std::string proxy_line(proxy_header const& header) {
    auto const end_point = [](proxy_address const& from) {
        auto const literal = from.literal();
        if (!literal) return std::string{"?"};
        std::string text;
        write_address_literal(text, *literal);
        return detail::with_number(text.substr(1, text.size() - 2), from.port);
    };
    return "proxy " + end_point(header.source) + " to " + end_point(header.destination);
}

[[nodiscard]] inline std::string_view to_string(outcome what) {
    switch (what) {
        case outcome::accepted: return "accepted";
        case outcome::transient: return "transient";
        case outcome::permanent: return "permanent";
        case outcome::unknown: return "unknown";
    }
    return "?";
}

namespace detail {

/// "permanent, RCPT 550 5.1.1", or "transient, RCPT 421 4.3.2, server is closing the session"
[[nodiscard]] inline std::string fate(outcome what, error why, client_step command,
                                      reply_view const& reply) {
    std::string line{to_string(what)};
    if (command != client_step::none) (line += ", ") += postel::to_string(command);
    if (reply.code().valid()) {
        line += with_number(command == client_step::none ? "," : "", reply.code().value);
        auto const status = reply.status();
        if (status.code_class != 0)
            line += " " + std::to_string(status.code_class) + "." + std::to_string(status.subject) +
                    "." + std::to_string(status.detail);
    }
    if (why != error::none && why != error::refused_by_server)
        (line += ", ") += postel::to_string(why);
    return line;
}

[[nodiscard]] inline std::string ready_line(capabilities const& server) {
    std::string line = "ready";
    for (auto const& row : extension_table) {
        if (!server.offered.has(row.name)) continue;
        (line += " ") += row.keyword;
        if (row.name == extension::size && server.size_limit)
            line += "=" + std::to_string(*server.size_limit);
    }
    return line;
}

struct client_event_line {
    std::string operator()(tls_requested const&) const { return "tls_requested"; }
    std::string operator()(ready const& e) const { return ready_line(e.capabilities); }
    std::string operator()(auth_challenge const& e) const {
        return with_argument("auth_challenge", e.octets);
    }
    std::string operator()(auth_result const& e) const {
        return "auth_result: " + fate(e.what, e.why, client_step::auth, e.reply);
    }
    std::string operator()(inquiry_result const& e) const {
        return with_number("inquiry_result", e.reply.code().value);
    }
    std::string operator()(recipient_result const& e) const {
        return with_number("recipient", e.recipient) + ": " +
               fate(e.what, e.why, e.command, e.reply);
    }
    std::string operator()(content_wanted const&) const { return "content_wanted"; }
    std::string operator()(message_result const& e) const {
        return "message: " + fate(e.what, e.why, e.command, e.reply);
    }
    std::string operator()(failed const& e) const {
        return "failed: " + fate(e.what, e.why, e.command, e.reply);
    }
    std::string operator()(disconnected const&) const { return "disconnected"; }
};

}  // namespace detail

[[nodiscard]] inline std::string event_line(client_event const& event) {
    client_event::variant const& any = event;
    return std::visit(detail::client_event_line{}, any);
}

}  // namespace postel::test
