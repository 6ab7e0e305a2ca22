#pragma once

#include <postel/client_session.hpp>
#include <string>
#include <string_view>

#include "support/client_driver.hpp"

// A client up to the place where it says AUTH, to a server that offers every mechanism.

namespace postel::test {

/// What PLAIN says: "AGFsaWNlAHdvbmRlcmxhbmQ=" in base64.
inline std::string const plain{"\0alice\0wonderland", 17};

inline client_options const in_clear{.hostname = "client.example", .auth_without_tls = true};

/// The reply to EHLO, with more lines of it.
inline std::string offer(std::string_view more = "") {
    return "250-hi\r\n250-PIPELINING\r\n" + std::string{more} +
           "250 AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 EXTERNAL ANONYMOUS OAUTHBEARER "
           "XOAUTH2\r\n";
}

/// Brings a session to the place where it has said AUTH.
inline client_driver& introduce(client_driver& client, std::string_view more = "") {
    client.hear("220 hi\r\n").hear(offer(more));
    return client;
}

/// All that the client has sent, but for its EHLO.
inline std::string behind_ehlo(client_driver const& client) {
    return client.everything_sent.substr(client.everything_sent.find("\r\n") + 2);
}

}  // namespace postel::test
