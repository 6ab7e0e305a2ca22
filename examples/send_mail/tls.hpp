#pragma once

// Whom the client trusts.

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string>

#include "../support/program.hpp"
#include "../support/transport.hpp"

namespace send_mail {

class tls_client {
public:
    // ca        A file of certificates to trust; empty: those that the system trusts.
    // insecure  Goes on whoever the server is.
    tls_client(std::string const& ca, bool insecure)
        : context_(support::make_context(TLS_client_method())) {
        auto* const c = context_.get();
        if (c == nullptr)
            throw support::fatal{support::os_error, "cannot start TLS: " + support::ssl_problem()};
        bool const known = ca.empty() ? SSL_CTX_set_default_verify_paths(c) == 1
                                      : SSL_CTX_load_verify_locations(c, ca.c_str(), nullptr) == 1;
        if (!known)
            throw support::fatal{support::no_input,
                                 fmt::format("cannot use {}: {}", ca.empty() ? "certificates" : ca,
                                             support::ssl_problem())};
        SSL_CTX_set_verify(c, insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    }

    // For a connection to this host, by name or by address.      RFC 6125 6, RFC 6066 3
    [[nodiscard]] support::ssl_connection connection(std::string const& host) const {
        support::ssl_connection made{SSL_new(context_.get())};
        if (!made) return made;
        auto* const tls = made.get();
        auto* const check = SSL_get0_param(tls);
        if (X509_VERIFY_PARAM_set1_ip_asc(check, host.c_str()) != 1) {
            X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
            bool const set = SSL_set1_host(tls, host.c_str()) == 1 &&
                             SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
            if (!set) return nullptr;
        }
        SSL_set_connect_state(tls);
        return made;
    }

    // With --insecure a handshake that is done says nothing yet.
    [[nodiscard]] static bool verified(SSL* tls) { return SSL_get_verify_result(tls) == X509_V_OK; }

private:
    support::ssl_context context_;
};

}  // namespace send_mail
