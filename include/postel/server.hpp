#pragma once

// The server role: octets in, events and octets out.
//
//     postel::server_options const options{.hostname = "mx.example.org"};
//     postel::server_session session{options};
//     for (;;) {
//         while (auto event = session.next()) answer(session, *event);   // accept(), refuse(...)
//         send_all(session.output());                                    // then session.sent(n)
//         if (session.finished()) break;
//         if (session.wants_input()) session.receive(read_some());
//     }

#include <postel/replies.hpp>
#include <postel/server_event.hpp>
#include <postel/server_options.hpp>
#include <postel/server_session.hpp>
#include <postel/server_table.hpp>
