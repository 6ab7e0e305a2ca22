#pragma once

// Sockets that listen, threads that serve, and signals that end it.

#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "../support/socket.hpp"
#include "connection.hpp"

namespace mail_server {

class server {
public:
    explicit server(service& all) : all_(all), workers_(all.options.threads) {
        for (auto const& where : all.options.listen) listen_on(where);
    }

    [[nodiscard]] std::vector<std::string> const& names() const { return names_; }

    // Returns after a signal, when every session had its 421.
    void run() {
        using guard = asio::executor_work_guard<asio::io_context::executor_type>;
        std::vector<guard> keep_running;
        for (auto& each : workers_) keep_running.emplace_back(each.context.get_executor());

        signals_.async_wait([&](asio::error_code, int) {
            stop();
            keep_running.clear();
        });
        for (auto& acceptor : acceptors_)
            asio::co_spawn(main().context, accept(acceptor), asio::detached);

        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < workers_.size(); ++i)
            threads.emplace_back([&context = workers_[i].context] { context.run(); });
        main().context.run();
        for (auto& thread : threads) thread.join();
    }

private:
    // The first also accepts connections, and deals them out.
    worker& main() { return workers_.front(); }
    worker& next() { return workers_[++dealt_ % workers_.size()]; }

    void listen_on(std::string const& where) {
        auto socket = support::listen_on(*support::parse_endpoint(where));
        auto const bound = support::local_endpoint(socket.get());
        bool const ipv6 = bound.host.find(':') != std::string::npos;
        acceptors_.emplace_back(main().context, ipv6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(),
                                ::dup(socket.get()));
        names_.push_back(to_string(bound));
    }

    asio::awaitable<void> accept(asio::ip::tcp::acceptor& acceptor) {
        while (acceptor.is_open()) {
            auto& home = next();
            asio::error_code failed;
            auto socket = co_await acceptor.async_accept(
                home.context, asio::redirect_error(asio::use_awaitable, failed));
            if (!acceptor.is_open()) break;
            if (failed) {  // out of descriptors: the next to come wait until somebody leaves
                asio::steady_timer pause{main().context, std::chrono::milliseconds{100}};
                co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failed));
                continue;
            }
            auto served = std::make_shared<connection>(all_, home, std::move(socket));
            asio::co_spawn(
                home.context,
                [served = std::move(served)]() -> asio::awaitable<void> { return served->run(); },
                asio::detached);
        }
    }

    // The first signal says good-bye to everybody, the second does not wait for them.
    void stop() {
        asio::error_code ignored;
        for (auto& acceptor : acceptors_) acceptor.close(ignored);
        signals_.clear();
        for (int const again : {SIGINT, SIGTERM})
            std::signal(again, [](int) { std::_Exit(support::success); });
        for (auto& each : workers_)
            asio::post(each.context, [&worker = each] {
                worker.stopping = true;
                for (auto* const served : worker.connections) served->stop();
            });
    }

    service& all_;
    std::deque<worker> workers_;
    std::vector<asio::ip::tcp::acceptor> acceptors_;
    std::vector<std::string> names_;
    asio::signal_set signals_{main().context, SIGINT, SIGTERM};
    std::size_t dealt_ = 0;
};

// Thousands of connections need as many descriptors.
inline void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace mail_server
