#pragma once

// What can be said on the command line, and what the session is told of it.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <postel/ascii.hpp>
#include <postel/client_options.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/mailbox.hpp>
#include <postel/rcpt_parameters.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/xtext.hpp>

#include "../support/login.hpp"
#include "../support/program.hpp"
#include "../support/socket.hpp"
#include "authentication.hpp"

namespace send_mail {

struct options {
    support::endpoint server{"localhost", 25};
    std::string from;
    std::vector<std::string> to;
    std::string file = "-";
    std::uint64_t count = 1;
    std::string tls = "none";
    std::string ca;
    bool insecure = false;
    std::string user;
    std::string auth;
    std::vector<std::string> notify;
    std::string ret;
    std::string envid;
    bool no_pipelining = false;
    bool no_chunking = false;
    std::optional<std::uint32_t> timeout;
    bool transcript = false;
    postel::client_options session{.hostname = support::host_name()};

    [[nodiscard]] bool wants_auth() const { return !user.empty() || !auth.empty(); }
    // Only after check().
    [[nodiscard]] postel::plain_credentials login() const {
        return support::parse_login(user).value_or(postel::plain_credentials{});
    }
};

// In the order of postel::tls_policy.
inline constexpr std::array<char const*, 4> tls_policies{"none", "opportunistic", "required",
                                                         "implicit"};

inline void describe(CLI::App& app, options& o) {
    auto const one_of = [](auto const& words) {
        return CLI::IsMember(std::vector<std::string>(words.begin(), words.end()));
    };
    app.add_option("--host", o.server.host, "Where to connect")->capture_default_str();
    app.add_option("--port", o.server.port, "Its port")
        ->check(CLI::Range(1, 65535))
        ->capture_default_str();
    app.add_option("--from", o.from, "The sender; empty or <>: the null reverse-path")->required();
    app.add_option("--to", o.to, "A recipient; may be repeated")
        ->required()
        ->allow_extra_args(false);
    app.add_option("--file", o.file, "The message; -: standard input")->capture_default_str();
    app.add_option("--helo", o.session.hostname, "Our name")->capture_default_str();
    app.add_option("--tls", o.tls,
                   "opportunistic: STARTTLS where it is offered, and whoever stands between can "
                   "hide it; required: STARTTLS or nothing; implicit: from the first octet")
        ->check(one_of(tls_policies))
        ->capture_default_str();
    app.add_option("--ca", o.ca, "Trust these certificates, PEM, and not those of the system");
    app.add_flag("--insecure", o.insecure,
                 "Trust whoever answers, with passwords too: TLS without a check");
    app.add_option("--user", o.user, "NAME:PASSWORD, or NAME:TOKEN");
    app.add_option("--auth", o.auth,
                   "The SASL mechanism; else the best that both sides have for a password. "
                   "None that shows a secret is used without TLS");
    app.add_flag("--lmtp", o.session.lmtp, "Speak LMTP instead of SMTP");
    app.add_option("--count", o.count, "Send the message so many times on one connection")
        ->check(support::whole_number)
        ->capture_default_str();
    app.add_option("--notify", o.notify,
                   "When to report to the sender: never, or some of "
                   "success, failure, delay; wants a server with DSN")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"never", "success", "failure", "delay"}));
    app.add_option("--ret", o.ret, "What a report returns of the message")
        ->check(CLI::IsMember({"full", "headers"}));
    app.add_option("--envid", o.envid, "What a report calls this transmission");
    app.add_option("--timeout", o.timeout, "Seconds that no step may exceed")
        ->check(CLI::Range(1, 86400));
    app.add_flag("--no-pipelining", o.no_pipelining, "Wait for each reply");
    app.add_flag("--no-chunking", o.no_chunking, "Send by DATA, never by BDAT");
    app.add_flag("--transcript", o.transcript,
                 "Print what is said on standard output, without content and secrets");
}

[[noreturn]] inline void misused(std::string text) {
    throw support::fatal{support::usage, std::move(text)};
}

inline void check_addresses(options& o) {
    auto const is_mailbox = [](std::string_view text) {
        return postel::parse_mailbox(text, postel::charset::utf8).ok();
    };
    if (o.from == "<>") o.from.clear();  // the null reverse-path, of bounces
    if (!o.from.empty() && !is_mailbox(o.from)) misused("not a mailbox: " + o.from);
    for (auto const& to : o.to)
        if (!postel::equal_ignoring_case(to, "postmaster") && !is_mailbox(to))
            misused("not a mailbox: " + to);
    if (!support::is_host_name(o.session.hostname))
        misused("not a host name: " + o.session.hostname);
}

inline void check_security(options const& o) {
    if (o.tls == "none" && (!o.ca.empty() || o.insecure)) misused("--ca and --insecure want --tls");
    if (!o.user.empty() && !support::parse_login(o.user))  // not shown: it has a password
        misused("--user wants NAME:PASSWORD, both in UTF-8");
    auto const mechanism = postel::find_sasl_mechanism(o.auth);
    if (!o.auth.empty() && (!mechanism || !speakable.has(*mechanism)))
        misused("no such mechanism here: " + o.auth);
    if (mechanism && *mechanism != postel::sasl_mechanism::anonymous && o.user.empty())
        misused("--auth " + o.auth + " wants --user");
}

// What CLI11 cannot see; then the session can be told.
inline void check(options& o) {
    check_addresses(o);
    check_security(o);
    if (o.count == 0) misused("--count wants 1 or more");
    bool const never = std::find(o.notify.begin(), o.notify.end(), "never") != o.notify.end();
    if (never && o.notify.size() != 1) misused("--notify never stands alone");
    auto const policy = std::find(tls_policies.begin(), tls_policies.end(), o.tls);
    o.session.tls = static_cast<postel::tls_policy>(policy - tls_policies.begin());
    o.session.auth_unverified = o.insecure;  // the user's own word for it
    o.session.pipelining = !o.no_pipelining;
    o.session.chunking = !o.no_chunking;
    // The message lies here whole and goes out from there: much at once costs no memory, and each
    // call wakes up the other end.
    o.session.limits.pending_output = 1 << 20;
    std::string encoded;
    postel::encode_xtext(encoded, o.envid);
    o.envid = std::move(encoded);
}

inline postel::notify_when notify_of(options const& o) {
    auto const wanted = [&](char const* word) {
        return std::find(o.notify.begin(), o.notify.end(), word) != o.notify.end();
    };
    return {wanted("never"), wanted("success"), wanted("failure"), wanted("delay")};
}

inline std::optional<postel::return_content> ret_of(options const& o) {
    if (o.ret.empty()) return std::nullopt;
    return o.ret == "full" ? postel::return_content::full : postel::return_content::headers;
}

}  // namespace send_mail
