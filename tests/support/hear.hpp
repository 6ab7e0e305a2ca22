#pragma once

#include <postel/client_session.hpp>
#include <string_view>

// For tests that make each call of a client session themselves, where its events do not matter.

namespace postel::test {

/// Takes the events without a look at them.
inline void pass_events(client_session& session) {
    while (session.next()) {
    }
}

/// The same, and what the session has to say is sent.
inline void take_turn(client_session& session) {
    pass_events(session);
    session.sent(session.output().size());
}

/// The server says this, and the session takes its turn.
inline void hear(client_session& session, std::string_view octets) {
    session.receive(octets);
    take_turn(session);
}

}  // namespace postel::test
