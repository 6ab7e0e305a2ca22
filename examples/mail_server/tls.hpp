#pragma once

// The certificate, and what connections under it have in common.

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include <postel/sasl/openssl.hpp>
#include <postel/sasl/secret.hpp>

#include "../support/program.hpp"

namespace mail_server {

struct free_ssl {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* connection) const { SSL_free(connection); }
};

class tls_context {
public:
    tls_context(std::string const& certificate, std::string const& key)
        : context_(SSL_CTX_new(TLS_server_method())) {
        auto* const c = context_.get();
        if (c == nullptr) fail("cannot start TLS");
        SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);  // RFC 8996
        SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
        // Nothing is kept for idle connections, and any part of an answer may go out.
        SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
        if (SSL_CTX_use_certificate_chain_file(c, certificate.c_str()) != 1)
            fail("cannot use the certificate " + certificate);
        if (SSL_CTX_use_PrivateKey_file(c, key.c_str(), SSL_FILETYPE_PEM) != 1)
            fail("cannot use the key " + key);
        if (SSL_CTX_check_private_key(c) != 1)
            fail("the key " + key + " does not belong to the certificate " + certificate);
        end_point_ = postel::sasl::tls_server_end_point_binding(SSL_CTX_get0_certificate(c));
    }

    [[nodiscard]] std::unique_ptr<SSL, free_ssl> connection(int socket) const {
        std::unique_ptr<SSL, free_ssl> made{SSL_new(context_.get())};
        if (made && SSL_set_fd(made.get(), socket) != 1) made.reset();
        if (made) SSL_set_accept_state(made.get());
        return made;
    }
    // The channel binding tls-server-end-point.                                RFC 5929 4
    [[nodiscard]] std::string_view end_point() const { return end_point_.view(); }

private:
    [[noreturn]] static void fail(std::string const& what) {
        auto const* const reason = ERR_reason_error_string(ERR_peek_error());
        throw support::fatal{
            support::no_input,
            fmt::format("{}: {}", what, reason != nullptr ? reason : "unknown reason")};
    }

    std::unique_ptr<SSL_CTX, free_ssl> context_;
    postel::sasl::secret end_point_;
};

}  // namespace mail_server
