#pragma once

// A connected socket, with or without TLS. No call blocks: each says what to wait for.

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <asio/ip/tcp.hpp>

#include "tls.hpp"

namespace mail_server {

class transport {
public:
    enum class outcome {
        done,         // `octets` of them, at least one
        wants_read,   // wait until the socket can be read, then call again
        wants_write,  // the same for writing
        ended,        // the peer sends nothing more, or the connection is broken
    };
    struct attempt {
        outcome what;
        std::size_t octets = 0;
    };

    explicit transport(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
        asio::error_code ignored;
        socket_.native_non_blocking(true, ignored);
        socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);  // answers are one write anyway
    }

    [[nodiscard]] asio::ip::tcp::socket& socket() { return socket_; }
    [[nodiscard]] SSL* tls() const { return tls_.get(); }

    attempt receive(std::span<char> into) {
        if (!tls_) return judge(::recv(fd(), into.data(), into.size(), 0), outcome::wants_read);
        std::size_t octets = 0;
        ERR_clear_error();
        int const got = SSL_read_ex(tls_.get(), into.data(), into.size(), &octets);
        return judge_tls(got, octets);
    }
    // Octets that stay where they are: the next receive() brings them again. Only before TLS.
    attempt peek(std::span<char> into) {
        return judge(::recv(fd(), into.data(), into.size(), MSG_PEEK), outcome::wants_read);
    }
    attempt send(std::string_view octets) {
        if (!tls_)
            return judge(::send(fd(), octets.data(), octets.size(), MSG_NOSIGNAL),
                         outcome::wants_write);
        std::size_t written = 0;
        ERR_clear_error();
        int const put = SSL_write_ex(tls_.get(), octets.data(), octets.size(), &written);
        return judge_tls(put, written);
    }

    // From now on the socket belongs to TLS, from the next octet that arrives.
    bool begin_tls(tls_context const& context) {
        tls_ = context.connection(fd());
        return tls_ != nullptr;
    }
    attempt handshake() {
        ERR_clear_error();
        return judge_tls(SSL_do_handshake(tls_.get()), 1);
    }

    // Says that nothing more will be sent.
    void end() {
        ERR_clear_error();
        if (tls_ && SSL_is_init_finished(tls_.get()) == 1) SSL_shutdown(tls_.get());
        asio::error_code ignored;
        socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    }

private:
    int fd() { return socket_.native_handle(); }

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

    asio::ip::tcp::socket socket_;
    std::unique_ptr<SSL, free_ssl> tls_;
};

}  // namespace mail_server
