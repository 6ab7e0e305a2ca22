#pragma once

#include <chrono>

namespace postel {

using timeout = std::chrono::seconds;

/// How long a client waits for each answer; the minima of RFC 5321 4.5.3.2 where it names one.
struct client_timeouts {
    timeout greeting{300};       ///< 4.5.3.2.1
    timeout command{300};        ///< EHLO, RSET, NOOP and everything without a row of its own
    timeout mail{300};           ///< 4.5.3.2.2
    timeout recipient{300};      ///< 4.5.3.2.3
    timeout data{120};           ///< 4.5.3.2.4, the 354
    timeout content_block{180};  ///< 4.5.3.2.5, each piece of content on its way out
    timeout message_end{600};    ///< 4.5.3.2.6, the reply to the final dot
    timeout tls_handshake{120};  ///< no RFC names one
    timeout quit{10};            ///< no RFC names one; nothing is lost by leaving
};

/// How long a server waits for its peer.
struct server_timeouts {
    timeout command{300};       ///< 4.5.3.2.7, a whole command line
    timeout content{300};       ///< 4.5.3.2.7, further octets of a message
    timeout tls_handshake{60};  ///< no RFC names one
};

}  // namespace postel
