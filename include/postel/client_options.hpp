#pragma once

#include <cstdint>
#include <postel/dot_encoder.hpp>
#include <postel/limits.hpp>
#include <postel/timeouts.hpp>
#include <string>

namespace postel {

/// When a client uses TLS.                                                   RFC 3207, RFC 8314
enum class tls_policy : std::uint8_t {
    none,           ///< never
    opportunistic,  ///< when the server offers STARTTLS. Risk: whoever stands between can hide it
    required,       ///< by STARTTLS, and nothing but EHLO is sent without it
    implicit,       ///< from the first octet, as on port 465
};

/// What all client sessions of a kind have in common. Sessions point at it: it outlives them, and
/// must not change while they live.
struct client_options {
    /// The argument of EHLO: a fully qualified domain, or an address literal.  RFC 5321 2.3.5
    std::string hostname = "localhost";
    tls_policy tls = tls_policy::none;
    /// Sends passwords and tokens without TLS. Risk: whoever listens has them.
    bool auth_without_tls = false;
    /// Sends them within TLS to a server whose certificate nobody has checked. Risk: whoever stands
    /// between has them.                                                    RFC 4954 14
    bool auth_unverified = false;
    /// LHLO instead of EHLO.                                                RFC 2033 4.1
    bool lmtp = false;
    /// Off, every command waits for its reply even if the server could do better.
    bool pipelining = true;
    /// Off, an envelope never rides behind the content before it.
    bool overlap = true;
    /// Off, content goes out by DATA even if the server could take BDAT.    RFC 3030
    bool chunking = true;
    /// Content up to this size, as the envelope declares it, goes out by BDAT together with its
    /// envelope: one wait less, and octets for nothing if nobody is accepted. 0: never.
    std::uint64_t eager_content = 65536;
    /// Such content rides behind an AUTH that is not answered as well: one wait less. Risk: when
    /// AUTH fails, a server that takes mail from anybody has the message all the same.
    bool content_behind_auth = false;
    /// What becomes of bare CR, bare LF and NUL in content. `dots` is the session's own affair.
    content_encoding content{};

    client_limits limits{};
    client_timeouts timeouts{};
};

}  // namespace postel
