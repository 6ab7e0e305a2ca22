#pragma once

// An accepted socket: asio waits, support::transport moves octets.

#include <utility>

#include <asio/ip/tcp.hpp>

#include "../support/transport.hpp"

namespace mail_server {

class transport : public support::transport {
public:
    explicit transport(asio::ip::tcp::socket socket)
        : support::transport(socket.native_handle()), socket_(std::move(socket)) {
        asio::error_code ignored;
        socket_.native_non_blocking(true, ignored);
        socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);  // answers are one write anyway
    }

    [[nodiscard]] asio::ip::tcp::socket& socket() { return socket_; }

private:
    asio::ip::tcp::socket socket_;
};

}  // namespace mail_server
