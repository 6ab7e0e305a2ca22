#pragma once

#include <postel/limits.hpp>
#include <postel/timeouts.hpp>
#include <string>

namespace postel {

/// What all client sessions of a kind have in common. Sessions point at it: it outlives them, and
/// must not change while they live.
struct client_options {
    /// The argument of EHLO: a fully qualified domain, or an address literal.  RFC 5321 2.3.5
    std::string hostname = "localhost";
    /// LHLO instead of EHLO.                                                RFC 2033 4.1
    bool lmtp = false;
    /// Off, every command waits for its reply even if the server could do better.
    bool pipelining = true;

    client_limits limits{};
    client_timeouts timeouts{};
};

}  // namespace postel
