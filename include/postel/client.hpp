#pragma once

// The client role: octets in, events and octets out.
//
//     postel::client_options const options{.hostname = "client.example.org"};
//     postel::client_session session{options};
//     for (;;) {
//         while (auto event = session.next()) act(session, *event);   // submit(), write(), quit()
//         send_all(session.output());                                 // then session.sent(n)
//         if (session.finished()) break;
//         if (session.wants_input()) session.receive(read_some());
//     }

#include <postel/client_event.hpp>
#include <postel/client_options.hpp>
#include <postel/client_session.hpp>
#include <postel/client_table.hpp>
#include <postel/envelope.hpp>
