#pragma once

namespace postel {

/// Asks the caller to do the handshake on its transport, and then to call tls_established() or
/// tls_failed(). Told once everything that has to go out in the clear is sent.  RFC 3207 4
struct tls_requested {};

}  // namespace postel
