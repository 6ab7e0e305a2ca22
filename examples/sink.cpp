// The smallest real SMTP server: it takes every message for everybody, and throws it away or files
// it in a maildir.
//
// Shows   many sessions in one thread: one epoll loop, one receive buffer for all connections, an
//         idle connection that costs its session object and nothing else, replies of one batch in
//         one write, deadlines, half-closed connections, peers that never read, 421 at shutdown.
// Leaves  TLS, AUTH, trace fields, and any judgement about who may send. A slow disk stalls all
//         sessions while one message is synced; mail_server does that in threads.

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <postel/server.hpp>

#include "support/maildir.hpp"
#include "support/program.hpp"
#include "support/socket.hpp"

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using support::descriptor;

// What a connection may take to go away after the last word: the peer reads our 421 if it wants to.
constexpr auto farewell = 2s;

struct connection {
    connection(postel::server_options const& options, descriptor from)
        : session(options), socket(std::move(from)) {}

    [[nodiscard]] bool closed() const { return session.state() == postel::server_state::closed; }

    postel::server_session session;
    descriptor socket;
    std::unique_ptr<support::maildir::message> message;    // while its content comes in
    steady::time_point due{};                              // when patience ends
    steady::time_point armed = steady::time_point::max();  // when the timer looks, at the latest
    std::uint32_t watched = 0;                             // what epoll is to report
    bool stored = false;     // the message that is being answered is where it belongs
    bool cut_short = false;  // the session is over, and not by QUIT
    bool leaving = false;    // all is said, and the peer is to see our end before we close
    bool ended = false;      // the peer sends nothing more
};

// -------------------------------------------------------------------------------------------------
// What the application decides: everything is welcome, as long as the disk takes it.

void answer(connection& c, postel::server_event const& event, support::maildir const* folder) {
    using kind = postel::server_event_kind;
    switch (event.kind()) {
        case kind::data:
            if (folder == nullptr) break;
            c.message = support::maildir::message::create(*folder);
            if (!c.message) c.session.refuse(postel::replies::out_of_storage);
            break;
        case kind::content:
            if (c.message) c.message->write(std::get<postel::content>(event).text);
            break;
        case kind::message_aborted: c.message.reset(); break;
        case kind::message_end:
            // LMTP asks once for each recipient, and one file is for all of them.
            if (std::get<postel::message_end>(event).recipient == 0) {
                c.stored = folder == nullptr || (c.message && c.message->deliver());
                c.message.reset();
            }
            c.stored ? c.session.accept() : c.session.refuse(postel::replies::out_of_storage);
            break;
        case kind::closed:
            c.cut_short = std::get<postel::closed>(event).why != postel::error::none;
            break;
        default:
            if (c.session.waiting()) c.session.accept();
    }
}

// -------------------------------------------------------------------------------------------------
// The loop around the sessions

class server {
public:
    server(postel::server_options const& options, support::maildir const* folder,
           descriptor listener)
        : options_(options), folder_(folder), listener_(std::move(listener)) {
        sigset_t stop;
        sigemptyset(&stop);
        sigaddset(&stop, SIGINT);
        sigaddset(&stop, SIGTERM);
        sigprocmask(SIG_BLOCK, &stop, nullptr);
        signals_ = descriptor{signalfd(-1, &stop, SFD_NONBLOCK | SFD_CLOEXEC)};
        epoll_ = descriptor{epoll_create1(EPOLL_CLOEXEC)};
        epoll(EPOLL_CTL_ADD, signals_.get(), EPOLLIN);
        epoll(EPOLL_CTL_ADD, listener_.get(), EPOLLIN);
    }

    // Returns after a signal, when every session had its 421.
    void run() {
        std::array<epoll_event, 256> events{};
        while (!stopping_ || !connections_.empty()) {
            int const ready = epoll_wait(epoll_.get(), events.data(), events.size(), time_left());
            now_ = steady::now();
            for (int i = 0; i < ready; ++i) {
                auto const& event = events[static_cast<std::size_t>(i)];
                if (event.data.fd == listener_.get())
                    welcome();
                else if (event.data.fd == signals_.get())
                    stop();
                else
                    wake(event.data.fd, event.events);
            }
            expire();
        }
    }

private:
    void welcome() {
        for (;;) {
            descriptor socket{
                accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
            if (!socket) {
                if (errno == ECONNABORTED || errno == EINTR) continue;
                // Out of descriptors: the next to come wait until somebody leaves.
                if (errno != EAGAIN) accept_later();
                return;
            }
            int const fd = socket.get();
            support::turn_on(fd, IPPROTO_TCP, TCP_NODELAY);  // a batch is one write already
            auto& c = connections_.try_emplace(fd, options_, std::move(socket)).first->second;
            epoll(EPOLL_CTL_ADD, fd, c.watched = EPOLLIN);
            serve(c);
        }
    }

    void wake(int fd, std::uint32_t what) {
        auto const found = connections_.find(fd);
        if (found == connections_.end()) return;
        auto& c = found->second;
        if (c.closed() || c.session.wants_input()) {
            if ((what & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(c);
        } else if ((what & (EPOLLHUP | EPOLLERR)) != 0) {
            lose(c);  // it never read what we said; what it said itself may still lie there
        }
        serve(c);
    }

    void receive(connection& c) {
        auto const n = ::recv(c.socket.get(), buffer_.data(), buffer_.size(), 0);
        if (n > 0) {
            if (!c.closed()) c.session.receive({buffer_.data(), static_cast<std::size_t>(n)});
        } else if (n == 0) {
            c.ended = true;
        } else if (errno != EAGAIN && errno != EINTR) {
            lose(c);
        }
    }

    // Octets in, events, octets out, until there is nothing left to do.
    void serve(connection& c) {
        do {
            while (auto const event = c.session.next()) {
                answer(c, *event, folder_);
                arm(c);
            }
        } while (send(c) && !c.session.wants_input() && !c.session.finished());
        c.session.keep();  // the buffer is for all; only a peer that does not read leaves a rest

        bool const all_sent = c.session.output().empty();
        if (c.ended && all_sent) return end(c);
        if (c.session.finished() && !std::exchange(c.leaving, true)) {
            if (!c.cut_short) return end(c);
            // To close now could destroy a 421 on its way, if the peer is still sending.
            ::shutdown(c.socket.get(), SHUT_WR);
        }
        bool const reads = !c.ended && (c.closed() || c.session.wants_input());
        watch(c, (reads ? EPOLLIN : 0u) | (all_sent ? 0u : EPOLLOUT));
    }

    // True when nothing is left to be sent.
    bool send(connection& c) {
        while (!c.session.output().empty()) {
            auto const octets = c.session.output();
            auto const n = ::send(c.socket.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
            if (n >= 0)
                c.session.sent(static_cast<std::size_t>(n));
            else if (errno == EAGAIN)
                return false;
            else if (errno != EINTR)
                lose(c);
        }
        return true;
    }

    void lose(connection& c) {
        c.ended = true;
        c.session.closed_by_peer();
    }

    void end(connection& c) {
        c.session.closed_by_peer();
        while (auto const event = c.session.next()) answer(c, *event, folder_);
        timers_.erase({c.armed, c.socket.get()});
        connections_.erase(c.socket.get());
        if (std::exchange(full_, false)) epoll(EPOLL_CTL_ADD, listener_.get(), EPOLLIN);
    }

    // Deadlines mostly move away from us, and then the timer is left as it is: it looks again when
    // it rings.
    void arm(connection& c) {
        c.due = now_ + c.session.deadline().value_or(farewell);
        if (c.due < c.armed) set_timer(c);
    }
    void set_timer(connection& c) {
        timers_.erase({c.armed, c.socket.get()});
        c.armed = c.due;
        timers_.insert({c.armed, c.socket.get()});
    }
    void expire() {
        while (!timers_.empty() && timers_.begin()->first <= now_) {
            auto& c = connections_.at(timers_.begin()->second);
            if (c.due > now_) {
                set_timer(c);
            } else if (c.closed()) {
                end(c);
            } else {
                c.session.expired();
                serve(c);
            }
        }
    }
    [[nodiscard]] int time_left() const {
        if (timers_.empty()) return -1;
        auto const left = timers_.begin()->first - steady::now();
        return static_cast<int>(
            std::max(std::chrono::ceil<std::chrono::milliseconds>(left), 0ms).count());
    }

    // The first signal says good-bye to everybody, the second does not wait for them.
    void stop() {
        signalfd_siginfo signal;
        if (::read(signals_.get(), &signal, sizeof signal) < 0) return;
        if (std::exchange(stopping_, true)) return connections_.clear(), timers_.clear();
        listener_ = descriptor{};
        std::vector<int> all;
        for (auto const& [fd, c] : connections_) all.push_back(fd);
        for (int const fd : all) {
            auto& c = connections_.at(fd);
            c.session.shut_down();
            serve(c);
        }
    }

    void accept_later() {
        full_ = true;
        epoll(EPOLL_CTL_DEL, listener_.get(), 0);
    }
    void watch(connection& c, std::uint32_t events) {
        if (c.watched == events) return;
        epoll(EPOLL_CTL_MOD, c.socket.get(), c.watched = events);
    }
    void epoll(int what, int fd, std::uint32_t events) const {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        epoll_ctl(epoll_.get(), what, fd, &event);
    }

    postel::server_options const& options_;
    support::maildir const* folder_;
    descriptor listener_, signals_, epoll_;
    std::unordered_map<int, connection> connections_;
    std::set<std::pair<steady::time_point, int>> timers_;
    steady::time_point now_ = steady::now();
    bool stopping_ = false;
    bool full_ = false;  // no more connections for now
    std::array<char, 65536> buffer_;
};

// Thousands of connections need as many descriptors.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"A small SMTP server that takes every message and files it, or throws it away.",
                 "sink"};
    app.footer(
        "Exit codes: 0 stopped by SIGINT or SIGTERM, 64 bad usage, 71 cannot listen,\n"
        "73 cannot write to the maildir.");
    postel::server_options options{.hostname = support::host_name()};
    std::string listen = "127.0.0.1:2525";
    std::string maildir;
    app.add_option("--listen", listen, "HOST:PORT, an IPv6 address in brackets; port 0: a free one")
        ->capture_default_str();
    bool discard = false;
    auto* const no_maildir =
        app.add_flag("--discard", discard, "Throw messages away (the default)");
    app.add_option("--maildir", maildir, "File messages in this folder, exactly as they came")
        ->excludes(no_maildir);
    app.add_option("--hostname", options.hostname, "Our name")->capture_default_str();
    app.add_option("--max-size", options.max_message_size,
                   "Octets that a message may have; 0: no limit")
        ->check(support::whole_number)
        ->capture_default_str();
    auto patience = options.timeouts.command.count();
    app.add_option("--timeout", patience, "Seconds that a client may take for a command or content")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
    app.add_flag("--lmtp", options.lmtp, "Speak LMTP instead of SMTP");

    return support::run(app, argc, argv, [&] {
        auto const where = support::parse_endpoint(listen);
        if (!where) throw support::fatal{support::usage, "--listen wants HOST:PORT: " + listen};
        if (!support::is_host_name(options.hostname))
            throw support::fatal{support::usage, "not a host name: " + options.hostname};
        options.timeouts.command = options.timeouts.content = postel::timeout{patience};
        std::optional<support::maildir> folder;
        if (!maildir.empty()) folder.emplace(maildir);
        raise_descriptor_limit();

        auto listener = support::listen_on(*where);
        auto const bound = support::local_endpoint(listener.get());
        server all{options, folder ? &*folder : nullptr, std::move(listener)};
        fmt::print("listening on {}\n", to_string(bound));
        std::fflush(stdout);
        all.run();
        return support::success;
    });
}
