// Sends a message by SMTP or LMTP, on one socket and without threads.
//
// Shows   the client's loop: one result for each recipient and for the message, many messages on
//         one connection without a wasted round trip, reading while writing so that neither side
//         can block the other, a deadline for each step; STARTTLS and implicit TLS with the
//         server's name checked; AUTH by the best mechanism that both sides have; an exit code that
//         scripts can rely on; a transcript without secrets.
// Leaves  MX look-up, a queue; certificates of our own, and with them EXTERNAL; pipelining behind
//         AUTH, since a wrong password should end in no message at all.
//
// send_mail/  options         what can be said on the command line, and what sessions are told
//             sender          the loop around the session
//             authentication  one AUTH exchange; tls: whom to trust
//             report          what became of it

#include <CLI/CLI.hpp>
#include <csignal>
#include <optional>

#include "send_mail/sender.hpp"
#include "support/message_file.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Sends a message by SMTP or LMTP.", "send_mail"};
    app.footer(
        "A line of the file that ends in LF alone is sent with CR LF, and so is a last line "
        "without\n"
        "an end; nothing else is changed. SIZE and BODY=8BITMIME are declared where the server\n"
        "offers them and the message needs them.\n\n"
        "With TLS the server has to have a certificate for --host that --ca or the system trusts,\n"
        "unless --insecure is given; a connection that fails there does not go on in the clear.\n\n"
        "Exit codes: 0 all recipients accepted; 75 temporary failure of some recipient, no\n"
        "connection, or no TLS with whom we trust: try again; 69 permanent failure of some\n"
        "recipient, and no temporary one, or no TLS or AUTH as it was asked for; 76 protocol\n"
        "error; 64 bad usage; 65 the message cannot be sent by SMTP (a NUL, a CR without LF, a\n"
        "line above 998 octets); 66 the message or the file of --ca cannot be read.");
    send_mail::options options;
    send_mail::describe(app, options);

    return support::run(app, argc, argv, [&] {
        check(options);
        std::signal(SIGPIPE, SIG_IGN);  // a server that goes away is an error like others
        auto const message = support::read_message(options.file);
        std::optional<send_mail::tls_client> tls;
        if (options.tls != "none") tls.emplace(options.ca, options.insecure);
        return send_mail::sender{options, tls, message}.run();
    });
}
