// What a mail server costs before it does any work: one thread, one epoll loop, one read and one
// write for each exchange, fixed replies. It looks at the first letter of a command and for the end
// of content, and checks nothing. A yardstick for compare.py, and no server.
//
//   floor_server PORT           on 127.0.0.1, until it is ended by a signal

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace {

constexpr std::string_view end_of_content = "\r\n.\r\n";

struct connection {
    int socket = -1;
    bool content = false;
    std::size_t seen = 0;          // the last octets of content, or the start of a line
    std::array<char, 600> kept{};  // where they are
};

class replies {
public:
    void add(std::string_view text) {
        if (text.size() > room_.size() - size_) return;
        std::memcpy(room_.data() + size_, text.data(), text.size());
        size_ += text.size();
    }
    [[nodiscard]] std::string_view view() const { return {room_.data(), size_}; }

private:
    std::array<char, 65536> room_;  // not initialised
    std::size_t size_ = 0;
};

// From dot to dot: content has few, so this costs what reading memory costs.
std::size_t find_end(std::string_view in) {
    for (auto dot = in.find('.', 2); dot != in.npos; dot = in.find('.', dot + 1))
        if (in.substr(dot - 2).starts_with(end_of_content)) return dot + 3;
    return in.npos;
}

// How many octets of content are in front: its end may begin in the octets before.
std::size_t skip_content(connection& c, std::string_view in) {
    constexpr std::size_t most = end_of_content.size() - 1;
    std::array<char, 2 * most> seam;
    std::copy_n(c.kept.data(), c.seen, seam.data());
    auto const behind = std::min(in.size(), most);
    std::copy_n(in.data(), behind, seam.data() + c.seen);
    auto end = find_end({seam.data(), c.seen + behind});
    end = end != in.npos ? end - c.seen : find_end(in);
    if (end != in.npos) {
        c.content = false;
        c.seen = 0;
        return end;
    }
    auto const all = c.seen + behind;
    auto const keep = std::min(all, most);
    if (in.size() >= most) {
        std::copy_n(in.data() + in.size() - most, most, c.kept.data());
        c.seen = most;
    } else {
        std::copy_n(seam.data() + all - keep, keep, c.kept.data());
        c.seen = keep;
    }
    return in.size();
}

// False: say goodbye and close.
bool obey(connection& c, char letter, replies& out) {
    switch (letter & 0xdf) {
        case 'E':
            out.add("250-floor\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250 8BITMIME\r\n");
            return true;
        case 'D':
            out.add("354 go\r\n");
            c.content = true;
            std::copy_n("\r\n", 2, c.kept.data());
            c.seen = 2;
            return true;
        case 'Q': out.add("221 2.0.0 bye\r\n"); return false;
        default: out.add("250 2.0.0 ok\r\n"); return true;
    }
}

bool hear(connection& c, std::string_view in, replies& out) {
    while (!in.empty()) {
        if (c.content) {
            in.remove_prefix(skip_content(c, in));
            if (!c.content) out.add("250 2.0.0 ok\r\n");
            continue;
        }
        auto const lf = in.find('\n');
        auto const line = in.substr(0, lf == in.npos ? in.npos : lf + 1);
        if (c.seen + line.size() > c.kept.size()) return false;
        char const letter = c.seen != 0 ? c.kept[0] : line[0];
        if (lf == in.npos) {
            std::copy_n(line.data(), line.size(), c.kept.data() + c.seen);
            c.seen += line.size();
            return true;
        }
        c.seen = 0;
        in.remove_prefix(line.size());
        if (!obey(c, letter, out)) return false;
    }
    return true;
}

void die(char const* what) {
    std::perror(what);
    std::exit(1);
}

int listen_on(int port) {
    int const socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int const one = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
        die("bind");
    if (::listen(socket, 4096) != 0) die("listen");
    return socket;
}

void welcome(int epoll, int listener) {
    constexpr std::string_view greeting = "220 floor ESMTP\r\n";
    for (;;) {
        int const socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) return;
        int const one = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (::write(socket, greeting.data(), greeting.size()) < 0) {
            ::close(socket);
            continue;
        }
        auto c = std::make_unique<connection>();
        c->socket = socket;
        epoll_event event{EPOLLIN, {.ptr = c.release()}};
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
    }
}

void serve(connection* c, std::array<char, 65536>& buffer) {
    auto const got = ::read(c->socket, buffer.data(), buffer.size());
    if (got < 0 && errno == EAGAIN) return;
    replies out;
    bool good = got > 0 && hear(*c, {buffer.data(), static_cast<std::size_t>(got)}, out);
    if (auto const text = out.view(); !text.empty())
        good = ::write(c->socket, text.data(), text.size()) > 0 && good;
    if (good) return;
    ::close(c->socket);
    delete c;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: floor_server PORT\n", stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    int const listener = listen_on(std::atoi(argv[1]));
    int const epoll = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{EPOLLIN, {.ptr = nullptr}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    static std::array<char, 65536> buffer;
    std::array<epoll_event, 256> events;
    for (;;) {
        int const ready = ::epoll_wait(epoll, events.data(), events.size(), -1);
        for (int i = 0; i < ready; ++i) {
            auto* const c = static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr);
            c == nullptr ? welcome(epoll, listener) : serve(c, buffer);
        }
    }
}
