#pragma once

// What can be said on the command line, and what sessions are told of it.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <postel/server_options.hpp>

#include "../support/login.hpp"
#include "../support/program.hpp"
#include "../support/socket.hpp"
#include "accounts.hpp"

namespace mail_server {

struct options {
    std::vector<std::string> listen{"127.0.0.1:2525"};
    std::string hostname = support::host_name();
    std::string maildir;
    std::string tls_certificate;
    std::string tls_key;
    bool implicit_tls = false;
    bool require_tls = false;
    std::vector<std::string> users;
    bool allow_plaintext_auth = false;
    bool require_auth = false;
    std::vector<std::string> refused;   // patterns of recipients
    std::vector<std::string> deferred;  // the same
    std::uint64_t max_size = postel::server_options{}.max_message_size;
    std::uint32_t max_rcpt = 0;  // 0: the usual limit, not announced
    bool lmtp = false;
    bool proxy_protocol = false;
    bool xclient = false;
    unsigned timeout = 300;  // seconds
    unsigned threads = 1;
    bool transcript = false;
};

inline void describe(CLI::App& app, options& o) {
    auto const repeatable = [](CLI::Option* option) { option->allow_extra_args(false); };
    app.option_defaults()->always_capture_default();
    repeatable(app.add_option("--listen", o.listen,
                              "HOST:PORT, an IPv6 address in brackets; port 0: a free one; "
                              "repeatable"));
    app.add_option("--hostname", o.hostname, "Our name");
    app.option_defaults()->always_capture_default(false);
    app.add_option("--maildir", o.maildir, "Deliver into this folder, made where it is missing")
        ->required();
    auto* const certificate = app.add_option("--tls-cert", o.tls_certificate,
                                             "Certificate and chain, PEM; offers STARTTLS");
    auto* const key = app.add_option("--tls-key", o.tls_key, "Its private key, PEM");
    certificate->needs(key);
    key->needs(certificate);
    app.add_flag("--implicit-tls", o.implicit_tls, "TLS from the first octet, no STARTTLS")
        ->needs(certificate);
    app.add_flag("--require-tls", o.require_tls, "No mail and no AUTH without TLS")
        ->needs(certificate);
    auto* const user =
        app.add_option("--user", o.users, "NAME:PASSWORD; turns AUTH on; repeatable");
    repeatable(user);
    app.add_flag("--allow-plaintext-auth", o.allow_plaintext_auth,
                 "PLAIN and LOGIN without TLS too: who listens has the password")
        ->needs(user);
    app.add_flag("--require-auth", o.require_auth, "No mail without AUTH")->needs(user);
    repeatable(app.add_option("--refuse-rcpt", o.refused,
                              "550 to recipients like this, for example '*@example.org'; "
                              "repeatable"));
    repeatable(app.add_option("--defer-rcpt", o.deferred,
                              "451 to recipients like this; "
                              "repeatable"));
    app.add_option("--max-size", o.max_size, "Octets that a message may have; 0: no limit")
        ->check(support::whole_number)
        ->capture_default_str();
    app.add_option("--max-rcpt", o.max_rcpt, "Recipients that a message may have; is announced")
        ->check(support::whole_number & CLI::Range(1u, 999'999u));
    app.add_flag("--lmtp", o.lmtp, "Speak LMTP instead of SMTP");
    app.add_flag("--proxy-protocol", o.proxy_protocol,
                 "Every connection starts with a PROXY header, version 1 or 2");
    app.add_flag("--xclient", o.xclient, "Believe what XCLIENT says, whoever says it");
    app.add_option("--timeout", o.timeout,
                   "Seconds that a client has for a command or for more content; RFC 5321 wants "
                   "300 at least")
        ->check(support::whole_number & CLI::Range(1u, 86'400u))
        ->capture_default_str();
    app.add_option("--threads", o.threads, "Threads that serve connections")
        ->check(support::whole_number & CLI::Range(1u, 256u))
        ->capture_default_str();
    app.add_flag("--transcript", o.transcript,
                 "Print sessions on standard error, without content and secrets");
    app.footer(
        "Exit codes: 0 stopped by SIGINT or SIGTERM, 64 bad usage, 66 cannot use the\n"
        "certificate or its key, 71 cannot listen, 73 cannot write to the maildir.");
    app.failure_message([](CLI::App const* self, CLI::Error const& wrong) {
        return fmt::format("{}: {}\n", self->get_name(), wrong.what());
    });
}

// What CLI11 cannot see.
inline void check(options const& o) {
    auto const wrong = [](std::string text) { throw support::fatal{support::usage, text}; };
    if (!support::is_host_name(o.hostname)) wrong("not a host name: " + o.hostname);
    for (auto const& where : o.listen)
        if (!support::parse_endpoint(where)) wrong("--listen wants HOST:PORT: " + where);
    for (auto const& user : o.users)  // not shown: it has a password
        if (!support::parse_login(user)) wrong("--user wants NAME:PASSWORD, both in UTF-8");
}

inline postel::server_options session_options(options const& o) {
    using enum postel::extension;
    postel::server_options s{.hostname = o.hostname, .max_message_size = o.max_size};
    s.offer.add(chunking).add(binary_mime).add(dsn).add(require_tls);
    if (!o.tls_certificate.empty() && !o.implicit_tls) s.offer.add(starttls);
    if (!o.users.empty()) s.offer.add(auth);
    if (!o.users.empty()) s.mechanisms = accounts::mechanisms(!o.tls_certificate.empty());
    s.auth_without_tls = o.allow_plaintext_auth;
    s.require_tls = o.require_tls;
    s.require_auth = o.require_auth;
    if (o.max_rcpt != 0) {
        s.offer.add(limits);
        s.announce.rcpt_max = s.limits.recipients = o.max_rcpt;
    }
    if (o.xclient) s.offer.add(xclient);
    s.lmtp = o.lmtp;
    s.timeouts.command = s.timeouts.content = postel::timeout{o.timeout};
    s.timeouts.tls_handshake = std::min(s.timeouts.tls_handshake, s.timeouts.command);
    return s;
}

}  // namespace mail_server
