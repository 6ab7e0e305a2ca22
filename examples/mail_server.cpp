// A mail server that takes mail for everybody it knows of and delivers it into a maildir. It does
// everything that the server role can do, on Asio coroutines and OpenSSL.
//
// Shows   one coroutine for a connection, several threads, one receive buffer for a thread;
//         STARTTLS and implicit TLS on sockets that never block; AUTH with every mechanism that
//         passwords are good for; answers that come late, because a disk was synced elsewhere;
//         trace fields; PROXY headers and XCLIENT; deadlines; a transcript without secrets; 421 at
//         shutdown.
// Leaves  relaying, and with it all that has to be refused to strangers; delivery status
//         notifications: NOTIFY is obeyed as far as nothing is ever sent; a store for passwords.
//
// mail_server/  options       what can be said on the command line, and what sessions are told
//               connection    one connection: the loop around the session, and its decisions;
//                             service: what all connections share
//               server        listening, threads, signals
//               transport     a socket with or without TLS; tls: the certificate
//               delivery      one message on its way into the maildir; policy: who is taken
//               accounts      users and passwords; authentication: one AUTH exchange
//               peer          who the client is

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "mail_server/server.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Takes mail by SMTP or LMTP and delivers it into a maildir.", "mail_server"};
    mail_server::options options;
    mail_server::describe(app, options);

    return support::run(app, argc, argv, [&] {
        check(options);
        std::signal(SIGPIPE, SIG_IGN);  // a client that goes away, and
        std::signal(SIGXFSZ, SIG_IGN);  // a file that becomes too large, are errors like others
        mail_server::raise_descriptor_limit();

        mail_server::service all{.options = options,
                                 .session = session_options(options),
                                 .folder = support::maildir{options.maildir},
                                 .users = mail_server::accounts{options.users},
                                 .tls = {}};
        if (!options.tls_certificate.empty())
            all.tls.emplace(options.tls_certificate, options.tls_key);
        mail_server::server server{all};
        for (auto const& name : server.names()) fmt::print("listening on {}\n", name);
        std::fflush(stdout);
        server.run();
        return support::success;
    });
}
