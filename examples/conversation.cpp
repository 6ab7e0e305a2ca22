// A client session and a server session wired together in memory: no socket, no thread, no clock.
//
// Shows   both roles in one page, the loop that every program has around them, and what goes over
//         the wire: each line is printed behind C: or S:.
// Leaves  everything that has to do with a network; sink.cpp and send_mail.cpp have it.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include <postel/client.hpp>
#include <postel/server.hpp>

#include "support/program.hpp"

namespace {

constexpr std::string_view message =
    "From: <alice@client.example>\r\n"
    "To: <bob@example.org>\r\n"
    "Subject: lunch\r\n"
    "\r\n"
    "Noon, as always.\r\n"
    ".. and bring the dots.\r\n";

// Prints complete lines, and returns what it was given so that it can be passed on.
std::string_view show(char const* who, std::string_view octets) {
    for (auto rest = octets; !rest.empty();) {
        auto const end = rest.find("\r\n");
        fmt::print("{}: {}\n", who, rest.substr(0, end));
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 2);
    }
    return octets;
}

// The server's decisions: everybody but "nobody" has a mailbox here.
void answer(postel::server_session& server, postel::server_event const& event) {
    using kind = postel::server_event_kind;
    switch (event.kind()) {
        case kind::recipient: {
            auto const& to = std::get<postel::recipient>(event).forward_path;
            if (to.has_mailbox() && to.mailbox().local_part() == "nobody")
                server.refuse(postel::replies::no_such_user, "no mailbox {} here", to.text());
            else
                server.accept();
            break;
        }
        case kind::message_end:
            server.accept(
                fmt::format("{} octets taken", std::get<postel::message_end>(event).size));
            break;
        default:
            if (server.waiting()) server.accept();
    }
}

// The client's side: one envelope, one message, and good-bye.
void act(postel::client_session& client, postel::client_event const& event,
         postel::envelope const& envelope) {
    using kind = postel::client_event_kind;
    switch (event.kind()) {
        case kind::ready:
            if (auto const sent = client.submit(envelope); !sent) {
                fmt::print("# cannot send: {}\n", to_string(sent.fault().code));
                client.quit();
            }
            break;
        case kind::content_wanted:
            (void)client.write(message);
            (void)client.finish();
            break;
        case kind::recipient_result: {
            auto const& result = std::get<postel::recipient_result>(event);
            fmt::print("# <{}>: {} {}\n", envelope.recipients[result.recipient].mailbox,
                       result.reply.code().value, result.reply.text());
            break;
        }
        case kind::message_result: client.quit(); break;
        case kind::failed:
            fmt::print("# failed: {}\n", to_string(std::get<postel::failed>(event).why));
            break;
        default: break;  // no TLS, no AUTH, and nothing to do once it is over
    }
}

void converse() {
    postel::server_options const server_options{.hostname = "mx.example.org"};
    postel::client_options const client_options{.hostname = "client.example"};
    std::array<postel::envelope::recipient, 2> const recipients{
        {{.mailbox = "bob@example.org"}, {.mailbox = "nobody@example.org"}}};
    postel::envelope const envelope{.reverse_path = "alice@client.example",
                                    .recipients = recipients,
                                    .parameters = {.size = message.size()}};

    postel::server_session server{server_options};
    postel::client_session client{client_options};
    while (!client.finished()) {
        while (auto const event = server.next()) answer(server, *event);
        std::string const from_server{show("S", server.output())};
        server.sent(from_server.size());

        client.receive(from_server);
        while (auto const event = client.next()) act(client, *event, envelope);
        std::string const from_client{show("C", client.output())};
        client.sent(from_client.size());

        server.receive(from_client);
        while (auto const event = server.next()) answer(server, *event);
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"A client and a server session in memory; prints what they say to each other.",
                 "conversation"};
    return support::run(app, argc, argv, [] {
        converse();
        return support::success;
    });
}
