#pragma once

// The certificate, and what connections under it have in common.

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <string>

#include <postel/sasl/openssl.hpp>
#include <postel/sasl/secret.hpp>

#include "../support/program.hpp"
#include "../support/transport.hpp"

namespace mail_server {

class tls_context {
public:
    tls_context(std::string const& certificate, std::string const& key)
        : context_(support::make_context(TLS_server_method())) {
        auto* const c = context_.get();
        if (c == nullptr) fail("cannot start TLS");
        if (SSL_CTX_use_certificate_chain_file(c, certificate.c_str()) != 1)
            fail("cannot use the certificate " + certificate);
        if (SSL_CTX_use_PrivateKey_file(c, key.c_str(), SSL_FILETYPE_PEM) != 1)
            fail("cannot use the key " + key);
        if (SSL_CTX_check_private_key(c) != 1)
            fail("the key " + key + " does not belong to the certificate " + certificate);
        end_point_ = postel::sasl::tls_server_end_point_binding(SSL_CTX_get0_certificate(c));
    }

    [[nodiscard]] support::ssl_connection connection() const {
        support::ssl_connection made{SSL_new(context_.get())};
        if (made) SSL_set_accept_state(made.get());
        return made;
    }
    // The channel binding tls-server-end-point.                                RFC 5929 4
    [[nodiscard]] std::string_view end_point() const { return end_point_.view(); }

private:
    [[noreturn]] static void fail(std::string const& what) {
        throw support::fatal{support::no_input,
                             fmt::format("{}: {}", what, support::ssl_problem())};
    }

    support::ssl_context context_;
    postel::sasl::secret end_point_;
};

}  // namespace mail_server
