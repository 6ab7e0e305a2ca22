#pragma once

// The few lines of BSD sockets that the programs here have in common.

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "program.hpp"

namespace support {

/// Owns a file descriptor.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

struct endpoint {
    std::string host;
    std::uint16_t port = 0;
};

/// HOST:PORT, with an IPv6 address in brackets.
inline std::string to_string(endpoint const& where) {
    bool const ipv6 = where.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", where.host, ipv6 ? "]" : "", where.port);
}

inline std::optional<endpoint> parse_endpoint(std::string_view text) {
    auto const colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    auto host = text.substr(0, colon);
    auto const port = text.substr(colon + 1);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.empty() || host.find_first_of(":[]") != host.npos)
        return std::nullopt;
    endpoint where{std::string{host}};
    auto const [end, bad] = std::from_chars(port.data(), port.data() + port.size(), where.port);
    if (bad != std::errc{} || end != port.data() + port.size()) return std::nullopt;
    return where;
}

using address_list = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

/// The addresses of an endpoint; a problem in words where there are none.
inline address_list resolve(endpoint const& where, int flags, std::string& problem) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    auto const port = std::to_string(where.port);
    if (int const why = getaddrinfo(where.host.c_str(), port.c_str(), &hints, &found); why != 0)
        problem = why == EAI_SYSTEM ? system_text(errno) : gai_strerror(why);
    return {found, freeaddrinfo};
}

inline void turn_on(int socket, int level, int option) {
    int const on = 1;
    setsockopt(socket, level, option, &on, sizeof on);
}

/// A socket that listens and does not block.
inline descriptor listen_on(endpoint const& where) {
    std::string problem;
    auto const addresses = resolve(where, AI_PASSIVE, problem);
    for (auto const* a = addresses.get(); a != nullptr; a = a->ai_next) {
        descriptor socket{::socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        if (socket) turn_on(socket.get(), SOL_SOCKET, SO_REUSEADDR);
        if (socket && ::bind(socket.get(), a->ai_addr, a->ai_addrlen) == 0 &&
            ::listen(socket.get(), SOMAXCONN) == 0)
            return socket;
        problem = system_text(errno);
    }
    throw fatal{os_error, fmt::format("cannot listen on {}: {}", to_string(where), problem)};
}

/// Where a socket is bound, in numbers.
inline endpoint local_endpoint(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    char host[NI_MAXHOST] = "";
    char port[NI_MAXSERV] = "";
    getsockname(socket, generic, &size);
    getnameinfo(generic, size, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    endpoint where{host};
    std::from_chars(port, port + std::strlen(port), where.port);
    return where;
}

/// Connects one socket; 0, or the error.
inline int connect_one(int socket, addrinfo const& to, std::chrono::milliseconds patience) {
    if (::connect(socket, to.ai_addr, to.ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    pollfd wait{socket, POLLOUT, 0};
    int const ready = ::poll(&wait, 1, static_cast<int>(patience.count()));
    if (ready <= 0) return ready == 0 ? ETIMEDOUT : errno;
    int why = 0;
    socklen_t size = sizeof why;
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &why, &size);
    return why;
}

/// A connected socket that does not block. The addresses of the host are tried in turn.
inline descriptor connect_to(endpoint const& where, std::chrono::milliseconds patience) {
    std::string problem;
    auto const addresses = resolve(where, 0, problem);
    for (auto const* a = addresses.get(); a != nullptr; a = a->ai_next) {
        descriptor socket{::socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        int const why = socket ? connect_one(socket.get(), *a, patience) : errno;
        if (why == 0) {
            turn_on(socket.get(), IPPROTO_TCP, TCP_NODELAY);
            return socket;
        }
        problem = system_text(why);
    }
    throw fatal{temporary, fmt::format("cannot connect to {}: {}", to_string(where), problem)};
}

}  // namespace support
