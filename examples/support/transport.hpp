#pragma once

// What goes over a connected socket, with or without TLS. No call blocks: each says what to wait
// for.

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace support {

struct free_ssl {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* connection) const { SSL_free(connection); }
};
using ssl_context = std::unique_ptr<SSL_CTX, free_ssl>;
using ssl_connection = std::unique_ptr<SSL, free_ssl>;

/// What clients and servers want alike; no context, if OpenSSL has none to give.
inline ssl_context make_context(SSL_METHOD const* side) {
    ssl_context made{SSL_CTX_new(side)};
    if (!made) return made;
    auto* const c = made.get();
    SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);  // RFC 8996
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Nothing is kept for idle connections, and any part of what is sent may go out.
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    return made;
}

/// What OpenSSL said last.
inline std::string ssl_problem() {
    auto const* const reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason != nullptr ? reason : "unknown reason";
}

/// The socket is somebody else's, who closes it after the transport is gone. It has to be one that
/// does not block, and SIGPIPE has to be ignored.
class transport {
public:
    enum class outcome {
        done,         ///< `octets` of them, at least one
        wants_read,   ///< wait until the socket can be read, then call again
        wants_write,  ///< the same for writing
        ended,        ///< the peer sends nothing more, or the connection is broken
    };
    struct attempt {
        outcome what;
        std::size_t octets = 0;
    };

    explicit transport(int socket) : socket_(socket) {}

    [[nodiscard]] SSL* tls() const { return tls_.get(); }

    attempt receive(std::span<char> into) {
        if (!tls_) return judge(::recv(socket_, into.data(), into.size(), 0), outcome::wants_read);
        std::size_t octets = 0;
        ERR_clear_error();
        int const got = SSL_read_ex(tls_.get(), into.data(), into.size(), &octets);
        return judge_tls(got, octets);
    }
    /// Octets that stay where they are: the next receive() brings them again. Only before TLS.
    attempt peek(std::span<char> into) {
        return judge(::recv(socket_, into.data(), into.size(), MSG_PEEK), outcome::wants_read);
    }
    /// Sends what it can. Without TLS what stands behind goes out in the same call.
    attempt send(std::string_view octets, std::string_view behind = {}) {
        if (!tls_) {
            std::array<iovec, 2> const both{view(octets), view(behind)};
            return judge(::writev(socket_, both.data(), 2), outcome::wants_write);
        }
        std::size_t written = 0;
        ERR_clear_error();
        int const put = SSL_write_ex(tls_.get(), octets.data(), octets.size(), &written);
        return judge_tls(put, written);
    }

    /// From now on the socket belongs to TLS, from the next octet that arrives.
    bool begin_tls(ssl_connection connection) {
        tls_ = std::move(connection);
        return tls_ && SSL_set_fd(tls_.get(), socket_) == 1;
    }
    attempt handshake() {
        ERR_clear_error();
        return judge_tls(SSL_do_handshake(tls_.get()), 1);
    }
    /// Why the handshake ended without success.
    [[nodiscard]] std::string handshake_problem() const {
        auto const error = ERR_peek_last_error();
        if (error == 0) return "the peer closed the connection";
        if (ERR_GET_REASON(error) != SSL_R_CERTIFICATE_VERIFY_FAILED) return ssl_problem();
        return X509_verify_cert_error_string(SSL_get_verify_result(tls_.get()));
    }

    /// Says that nothing more will be sent.
    void end() {
        ERR_clear_error();
        if (tls_ && SSL_is_init_finished(tls_.get()) == 1) SSL_shutdown(tls_.get());
        ::shutdown(socket_, SHUT_WR);
    }

private:
    static iovec view(std::string_view octets) {
        return {const_cast<char*>(octets.data()), octets.size()};
    }
    static attempt judge(ssize_t result, outcome otherwise) {
        if (result > 0) return {outcome::done, static_cast<std::size_t>(result)};
        bool const wait = result < 0 && (errno == EAGAIN || errno == EINTR);
        return {wait ? otherwise : outcome::ended};
    }
    [[nodiscard]] attempt judge_tls(int result, std::size_t octets) const {
        if (result == 1) return {outcome::done, octets};
        switch (SSL_get_error(tls_.get(), result)) {
            case SSL_ERROR_WANT_READ: return {outcome::wants_read};
            case SSL_ERROR_WANT_WRITE: return {outcome::wants_write};
            default: return {outcome::ended};
        }
    }

    int socket_;
    ssl_connection tls_;
};

}  // namespace support
