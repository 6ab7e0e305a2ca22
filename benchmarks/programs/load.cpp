// Sends a number of messages to a server on 127.0.0.1 over several connections, at little cost, and
// fails unless each is accepted. Postfix's smtp-source cannot send groups; this can.
//
//   load PORT CONNECTIONS MESSAGES OCTETS turn|group|overlap
//
//   turn      one command at a time: four turns a message
//   group     MAIL, RCPT and DATA in one write: two turns
//   overlap   the content and the next group in one write: one turn

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void die(char const* what) {
    std::fprintf(stderr, "load: %s\n", what);
    std::exit(1);
}

// What is said in turn, and how many replies answer it.
struct step {
    std::string_view text;
    int replies;
};

struct script {
    script(std::string_view mode, std::size_t octets) {
        while (content.size() + 72 < octets) content.append(70, 'x').append("\r\n");
        content.append(octets - content.size() - 2, 'x').append("\r\n.\r\n");
        both = content + std::string{group};
        if (mode == "turn")
            steps = {{mail, 1}, {rcpt, 1}, {data, 1}, {content, 1}};
        else if (mode == "group")
            steps = {{group, 3}, {content, 1}};
        else if (mode == "overlap")
            steps = {{group, 3}}, rides = true;
        else
            die("MODE is turn, group or overlap");
    }

    static constexpr std::string_view mail = "MAIL FROM:<sender@example.com>\r\n";
    static constexpr std::string_view rcpt = "RCPT TO:<rcpt@example.com>\r\n";
    static constexpr std::string_view data = "DATA\r\n";
    static constexpr std::string_view group =
        "MAIL FROM:<sender@example.com>\r\nRCPT TO:<rcpt@example.com>\r\nDATA\r\n";
    std::string content;
    std::string both;  // the content, and the group of the next message
    std::vector<step> steps;
    bool rides = false;
};

class connection {
public:
    connection(int port, long messages) : left_(messages) {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            die("cannot connect");
        int const one = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }

    [[nodiscard]] int socket() const { return socket_; }

    // The server has said something. False: it said goodbye.
    bool hear(script const& what) {
        std::array<char, 4096> buffer;
        auto const got = ::read(socket_, buffer.data(), buffer.size());
        if (got <= 0) die("the server is gone");
        for (char const c : std::string_view{buffer.data(), static_cast<std::size_t>(got)}) {
            if (at_ == 0 && c != '2' && c != '3') die("the server refused");
            if (at_ == 3) more_ = c == '-';
            ++at_;
            if (c != '\n') continue;
            at_ = 0;
            if (!more_) --due_;
        }
        if (due_ > 0) return true;
        if (due_ < 0) die("more replies than commands");
        return speak(what);
    }

private:
    bool speak(script const& what) {
        if (ended_) return false;
        if (!greeted_) {
            greeted_ = true;
            say({"EHLO client.example.com\r\n", 1});
        } else if (what.rides && riding_) {
            riding_ = --left_ > 0;
            say(riding_ ? step{what.both, 4} : step{what.content, 1});
        } else if (next_ == 0 && left_ == 0) {
            ended_ = true;
            say({"QUIT\r\n", 1});
        } else {
            say(what.steps[next_]);
            riding_ = what.rides;
            next_ = what.rides ? 0 : (next_ + 1) % what.steps.size();
            if (next_ == 0 && !what.rides) --left_;
        }
        return true;
    }
    void say(step const& what) {
        due_ = what.replies;
        for (auto text = what.text; !text.empty();) {
            auto const sent = ::write(socket_, text.data(), text.size());
            if (sent < 0) die("the server does not read");
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    int socket_ = -1;
    long left_;
    int due_ = 1;  // the greeting
    std::size_t at_ = 0;
    bool more_ = false;
    std::size_t next_ = 0;
    bool greeted_ = false;
    bool riding_ = false;
    bool ended_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fputs("usage: load PORT CONNECTIONS MESSAGES OCTETS turn|group|overlap\n", stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    ::alarm(120);  // whatever the server does, this ends
    long const connections = std::atol(argv[2]);
    long const messages = std::atol(argv[3]);
    auto const octets = static_cast<std::size_t>(std::atol(argv[4]));
    if (connections < 1 || messages < connections || octets < 80) die("too few to send");
    script const what{argv[5], octets};
    std::vector<connection> all;
    std::vector<pollfd> ready;
    for (long i = 0; i < connections; ++i) {
        auto const share = messages / connections + (i < messages % connections ? 1 : 0);
        all.emplace_back(std::atoi(argv[1]), share);
        ready.push_back({all.back().socket(), POLLIN, 0});
    }
    for (long open = connections; open > 0;) {
        if (::poll(ready.data(), ready.size(), -1) < 0) die("poll");
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (ready[i].revents == 0 || all[i].hear(what)) continue;
            ::close(ready[i].fd);
            ready[i].fd = -1;
            --open;
        }
    }
    std::printf("%ld messages\n", messages);
}
