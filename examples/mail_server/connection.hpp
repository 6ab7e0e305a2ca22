#pragma once

// One connection, one coroutine: octets in, events, octets out, until there is nothing left to do.

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <postel/proxy_protocol.hpp>
#include <postel/server.hpp>

#include "../support/maildir.hpp"
#include "../support/transcript.hpp"
#include "accounts.hpp"
#include "authentication.hpp"
#include "delivery.hpp"
#include "options.hpp"
#include "peer.hpp"
#include "policy.hpp"
#include "tls.hpp"
#include "transport.hpp"

namespace mail_server {

class connection;

// What all connections share. It does not change while they live.
struct service {
    mail_server::options const& options;
    postel::server_options session;
    support::maildir folder;
    accounts users;
    std::optional<tls_context> tls;
    postel::transcript transcript = support::transcript_on(stderr);
    asio::thread_pool disk{8};  // for what blocks; the file system syncs several files at once
};

// One thread and the connections that it serves. An idle one needs no buffer: all read into this.
struct worker {
    std::array<char, 65536> buffer;
    std::set<connection*> connections;
    bool stopping = false;
    asio::io_context context{1};  // the last: what is left in it still finds the rest
};

class connection : public std::enable_shared_from_this<connection> {
public:
    connection(service& all, worker& home, asio::ip::tcp::socket socket)
        : all_(all),
          home_(home),
          transport_(std::move(socket)),
          timer_(home.context),
          session_(all.session) {
        if (all.options.transcript) session_.write_transcript(all_.transcript);
    }
    ~connection() { home_.connections.erase(this); }

    asio::awaitable<void> run();
    // 421 as soon as the session can say it. For the worker's thread.
    void stop() { interrupt(interruption::stop); }

private:
    using clock = std::chrono::steady_clock;
    enum class interruption : std::uint8_t { none, expiry, stop };

    // What a client may take to go away after the last word.
    static constexpr std::chrono::seconds farewell{2};
    // Reads in a row before the other connections of this thread have a turn.
    static constexpr unsigned reads_in_a_row = 16;

    // The conversation
    asio::awaitable<bool> read_proxy_header();
    asio::awaitable<bool> handshake();
    asio::awaitable<void> converse();
    asio::awaitable<void> listen();
    asio::awaitable<void> send();
    asio::awaitable<void> leave();

    // The decisions
    void decide(postel::server_event const& event);
    void decide(postel::credentials const& who);
    void decide(postel::auth_exchange const& turn);
    void decide(postel::recipient const& who);
    void decide(postel::data const&);
    asio::awaitable<void> start_tls();
    asio::awaitable<void> take(postel::message_end end);
    [[nodiscard]] std::string tls_info() const;

    // Waiting
    asio::awaitable<void> wait(transport::outcome what);
    void grant(clock::duration patience);
    void arm();
    void ring();
    void interrupt(interruption why);
    void obey_interruption();
    void lose();

    service& all_;
    worker& home_;
    transport transport_;
    asio::steady_timer timer_;
    postel::server_session session_;
    mail_server::peer peer_;
    std::unique_ptr<delivery> delivery_;                  // from MAIL to its end
    std::unique_ptr<authentication> authentication_;      // during AUTH
    clock::time_point due_ = clock::time_point::max();    // when patience ends
    clock::time_point armed_ = clock::time_point::max();  // when the timer looks
    std::string taken_as_;
    postel::reply verdict_{};  // about the message that is being answered; code 0: taken
    unsigned reads_ = 0;
    interruption interruption_ = interruption::none;
    bool progress_ = false;   // something happened: the client has its time anew
    bool lost_ = false;       // nobody is there any more
    bool cut_short_ = false;  // the session ended before the client said so
};

// -------------------------------------------------------------------------------------------------
// The conversation

inline asio::awaitable<void> connection::run() {
    auto const self = shared_from_this();
    home_.connections.insert(this);
    if (home_.stopping) stop();
    asio::error_code unknown;
    auto const remote = transport_.socket().remote_endpoint(unknown);
    if (!unknown) peer_.address = literal(remote.address());

    bool serve = !all_.options.proxy_protocol || co_await read_proxy_header();
    if (serve && all_.options.implicit_tls) {
        grant(all_.session.timeouts.tls_handshake);
        serve = co_await handshake();
        if (serve) session_.tls_established();
    }
    if (serve) {
        progress_ = true;
        // Whoever has spoken already is told to the session before the greeting.
        auto const early = transport_.receive(home_.buffer);
        if (early.what == transport::outcome::done)
            session_.receive({home_.buffer.data(), early.octets});
        co_await converse();
        co_await leave();
    }
    timer_.cancel();
}

// Exactly the octets of the header are taken from the socket: those behind it may be TLS.
inline asio::awaitable<bool> connection::read_proxy_header() {
    postel::proxy_reader reader;
    grant(postel::proxy_header_timeout);
    while (session_.state() != postel::server_state::closed) {
        auto const seen = transport_.peek(home_.buffer);
        if (seen.what == transport::outcome::ended) co_return false;
        if (seen.what != transport::outcome::done) {
            co_await wait(seen.what);
            continue;
        }
        auto const step = reader.next({home_.buffer.data(), seen.octets});
        if (!step) co_return false;
        if (step->complete && step->header.has_addresses())
            peer_.address = step->header.source.literal();
        transport_.receive(std::span{home_.buffer}.first(step->consumed));
        if (step->complete) co_return true;
    }
    co_return false;
}

inline asio::awaitable<bool> connection::handshake() {
    auto const before = session_.state();
    if (!transport_.begin_tls(all_.tls->connection())) co_return false;
    while (session_.state() == before) {
        auto const tried = transport_.handshake();
        if (tried.what == transport::outcome::done) co_return true;
        if (tried.what == transport::outcome::ended) co_return false;
        co_await wait(tried.what);
    }
    co_return false;
}

inline asio::awaitable<void> connection::converse() {
    while (!lost_) {
        while (auto const event = session_.next()) {
            progress_ = true;
            if (event->kind() == postel::server_event_kind::tls_requested)
                co_await start_tls();
            else if (event->kind() == postel::server_event_kind::message_end)
                co_await take(std::get<postel::message_end>(*event));
            else
                decide(*event);
        }
        if (!session_.output().empty())
            co_await send();
        else if (session_.finished())
            co_return;
        else if (session_.wants_input())
            co_await listen();
    }
}

inline asio::awaitable<void> connection::listen() {
    if (++reads_ % reads_in_a_row == 0) co_await asio::post(home_.context, asio::use_awaitable);
    obey_interruption();
    while (session_.wants_input()) {
        auto const got = transport_.receive(home_.buffer);
        if (got.what == transport::outcome::done)
            session_.receive({home_.buffer.data(), got.octets});
        else if (got.what == transport::outcome::ended)
            lose();
        else
            co_await wait(got.what);
    }
}

inline asio::awaitable<void> connection::send() {
    while (!lost_ && !session_.output().empty()) {
        auto const put = transport_.send(session_.output());
        if (put.what == transport::outcome::done) {
            session_.sent(put.octets);
        } else if (put.what == transport::outcome::ended) {
            lose();
        } else {
            co_await wait(put.what);
        }
    }
}

// To close at once could destroy a 421 on its way, if the client is still sending.
inline asio::awaitable<void> connection::leave() {
    transport_.end();
    if (!cut_short_) co_return;
    grant(farewell);
    while (!lost_ && clock::now() < due_) {
        auto const got = transport_.receive(home_.buffer);
        if (got.what == transport::outcome::ended) co_return;
        if (got.what != transport::outcome::done) co_await wait(got.what);
    }
}

// -------------------------------------------------------------------------------------------------
// The decisions

inline void connection::decide(postel::server_event const& event) {
    using kind = postel::server_event_kind;
    if (event.kind() != kind::auth_exchange) authentication_.reset();
    switch (event.kind()) {
        case kind::connected: return session_.accept();
        case kind::hello:
            peer_.verb = std::get<postel::hello>(event).kind;
            peer_.hello = std::get<postel::hello>(event).domain;
            return;
        case kind::credentials: return decide(std::get<postel::credentials>(event));
        case kind::auth_exchange: return decide(std::get<postel::auth_exchange>(event));
        case kind::mail: {
            auto const& from = std::get<postel::mail>(event);
            delivery_ = std::make_unique<delivery>(from.reverse_path, from.parameters.smtputf8);
            return session_.accept();
        }
        case kind::recipient: return decide(std::get<postel::recipient>(event));
        case kind::data: return decide(std::get<postel::data>(event));
        case kind::content: return delivery_->write(std::get<postel::content>(event).text);
        case kind::message_aborted:
        case kind::reset: return delivery_.reset();
        case kind::xclient:
            become(peer_, std::get<postel::xclient>(event).attributes);
            return session_.accept();
        case kind::closed: {
            auto const why = std::get<postel::closed>(event).why;
            cut_short_ = why != postel::error::none && why != postel::error::connection_lost;
            return;
        }
        case kind::etrn:
        case kind::burl:
        case kind::xforward:
            return session_.refuse(postel::replies::policy_refusal);  // not offered
        case kind::tls_requested:                                     // see converse()
        case kind::message_end:
        case kind::chunk_end:  // these have an answer of their own
        case kind::noop:
        case kind::verify:
        case kind::expand:
        case kind::help:
        case kind::unknown_command:
        case kind::violation: return;
    }
}

inline void connection::decide(postel::credentials const& who) {
    bool const itself =
        who.authorization_id.empty() || who.authorization_id == who.authentication_id;
    if (!all_.users.fits(who.authentication_id, who.password) || !itself)
        return session_.refuse(postel::replies::credentials_invalid);
    peer_.user = who.authentication_id;
    session_.accept();
}

inline void connection::decide(postel::auth_exchange const& turn) {
    if (!authentication_) {
        auto* const tls = transport_.tls();
        auto const exporter = tls != nullptr ? sasl::tls_exporter_binding(tls) : sasl::secret{};
        sasl::channel_bindings bindings;
        if (tls != nullptr) bindings = {exporter.view(), all_.tls->end_point()};
        authentication_ = std::make_unique<authentication>(turn.mechanism, all_.users,
                                                           all_.options.hostname, bindings);
    }
    auto const said = authentication_->hear(turn.octets, turn.begins);
    if (said.what == sasl::action::send) return session_.challenge(said.octets);
    if (said.what == sasl::action::done) {
        peer_.user = authentication_->user();
        session_.accept();
    } else {
        session_.refuse(said.why == postel::error::crypto_unavailable
                            ? postel::replies::authentication_down
                            : postel::replies::credentials_invalid);
    }
    authentication_.reset();
}

inline void connection::decide(postel::recipient const& who) {
    auto const address = address_of(who.forward_path);
    auto const verdict = judge_recipient(all_.options, address);
    if (verdict == postel::replies::no_such_user)
        return session_.refuse(verdict, "no mailbox {} here", address);
    if (verdict.code.valid()) return session_.refuse(verdict);
    delivery_->add(who.forward_path);
    session_.accept();
}

inline void connection::decide(postel::data const&) {
    if (!delivery_->begin(all_.folder, all_.options.hostname, peer_, tls_info()))
        session_.refuse(postel::replies::out_of_storage);
}

inline asio::awaitable<void> connection::start_tls() {
    bool const done = co_await handshake();
    done ? session_.tls_established() : session_.tls_failed();
    peer_.user.clear();  // nothing that was said before counts              RFC 3207 4.2
}

// To sync a file can take long. The session waits with its answer, this thread does not.
inline asio::awaitable<void> connection::take(postel::message_end end) {
    if (end.recipient == 0) {  // LMTP asks again for each recipient; one file is for all of them
        session_.keep();
        due_ = clock::time_point::max();  // it is our turn
        auto const message = std::move(delivery_);
        bool const stored =
            !message->looped() &&
            co_await asio::co_spawn(
                all_.disk, [&message]() -> asio::awaitable<bool> { co_return message->finish(); },
                asio::use_awaitable);
        verdict_ = stored              ? postel::reply{}
                   : message->looped() ? postel::replies::mail_loop
                                       : postel::replies::out_of_storage;
        if (stored) taken_as_ = message->id();
        progress_ = true;
    }
    if (verdict_.code.valid())
        session_.refuse(verdict_);
    else
        session_.accept(fmt::format("taken as {}", taken_as_));
}

inline std::string connection::tls_info() const {
    auto* const tls = transport_.tls();
    if (tls == nullptr) return {};
    return fmt::format("{} {}", SSL_get_version(tls), SSL_get_cipher_name(tls));
}

// -------------------------------------------------------------------------------------------------
// Waiting

inline asio::awaitable<void> connection::wait(transport::outcome what) {
    if (std::exchange(progress_, false)) grant(session_.deadline().value_or(farewell));
    session_.keep();  // the buffer is for all
    if (interruption_ == interruption::none) {
        using socket = asio::ip::tcp::socket;
        asio::error_code cancelled;
        auto const until =
            what == transport::outcome::wants_read ? socket::wait_read : socket::wait_write;
        co_await transport_.socket().async_wait(
            until, asio::redirect_error(asio::use_awaitable, cancelled));
    }
    obey_interruption();
}

inline void connection::grant(clock::duration patience) {
    due_ = clock::now() + patience;
    if (due_ < armed_) arm();
}

// Deadlines mostly move away from us, and then the timer is left as it is: it looks again when it
// rings.
inline void connection::arm() {
    armed_ = due_;
    timer_.expires_at(due_);
    timer_.async_wait([self = shared_from_this()](asio::error_code const& cancelled) {
        if (!cancelled) self->ring();
    });
}

inline void connection::ring() {
    armed_ = clock::time_point::max();
    if (due_ == clock::time_point::max()) return;
    if (clock::now() < due_) return arm();
    due_ = clock::time_point::max();
    interrupt(interruption::expiry);
}

inline void connection::interrupt(interruption why) {
    if (interruption_ != interruption::stop) interruption_ = why;
    asio::error_code ignored;
    transport_.socket().cancel(ignored);
}

inline void connection::obey_interruption() {
    auto const why = std::exchange(interruption_, interruption::none);
    if (why == interruption::none) return;
    if (session_.state() == postel::server_state::closed) {
        if (why == interruption::expiry) lost_ = true;  // not even the last word is read
        return;
    }
    why == interruption::expiry ? session_.expired() : session_.shut_down();
    progress_ = true;
}

inline void connection::lose() {
    if (session_.state() == postel::server_state::closed) lost_ = true;
    session_.closed_by_peer();
}

}  // namespace mail_server
