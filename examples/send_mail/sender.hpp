#pragma once

// The loop around the session.

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <postel/client.hpp>
#include <postel/scan.hpp>

#include "../support/socket.hpp"
#include "../support/transcript.hpp"
#include "../support/transport.hpp"
#include "authentication.hpp"
#include "options.hpp"
#include "report.hpp"
#include "tls.hpp"

namespace send_mail {

class sender {
public:
    // tls  There unless it is never wanted.
    sender(options const& what, std::optional<tls_client> const& tls, std::string_view message)
        : what_(what),
          tls_(tls),
          message_(message),
          session_(what.session),
          report_(what),
          socket_(support::connect_to(what.server, patience(std::chrono::seconds{60}))),
          transport_(socket_.get()) {
        if (what.transcript) session_.write_transcript(transcript_);
        for (auto const& to : what.to)
            recipients_.push_back({.mailbox = to, .parameters = {.notify = notify_of(what)}});
        envelope_ = {.reverse_path = what.from, .recipients = recipients_};
        envelope_.parameters.size = message.size();
        if (postel::has_eight_bit(message))
            envelope_.parameters.body = postel::body_type::eight_bit_mime;
        envelope_.parameters.ret = ret_of(what);
        envelope_.parameters.envid = what.envid;
    }

    support::exit_code run() {
        for (;;) {
            while (auto const event = session_.next()) act(*event);
            if (session_.finished()) break;
            shaking_hands_ ? shake_hands() : transfer();
        }
        transport_.end();
        return report_.summary();
    }

private:
    using outcome = support::transport::outcome;
    using steady = std::chrono::steady_clock;

    // ---- What the session tells -----------------------------------------------------------------

    void act(postel::client_event const& event) {
        using kind = postel::client_event_kind;
        switch (event.kind()) {
            case kind::tls_requested: begin_tls(); break;
            case kind::ready: what_.wants_auth() ? authenticate() : submit(); break;
            case kind::auth_challenge: answer(std::get<postel::auth_challenge>(event)); break;
            case kind::auth_result: judge(std::get<postel::auth_result>(event)); break;
            case kind::recipient_result:
                report_.note(std::get<postel::recipient_result>(event));
                break;
            case kind::content_wanted:
                (void)session_.write(message_);
                (void)session_.finish();
                submit();  // so the next envelope leaves with the end of this content
                break;
            case kind::message_result:
                report_.note(std::get<postel::message_result>(event));
                submit();
                break;
            case kind::failed:
                report_.give_up(std::get<postel::failed>(event), tls_problem_);
                break;
            default: break;
        }
    }

    // As soon as the session takes it: it says not_ready while two messages are under way, or one
    // in several parts.
    void submit() {
        if (submitted_ == what_.count) return session_.quit();
        auto const taken = session_.submit(envelope_);
        if (taken)
            ++submitted_;
        else if (taken.fault().code != postel::error::not_ready)
            give_up({taken.fault().code, postel::outcome::permanent});
    }

    void give_up(postel::failed const& why, std::string_view detail = {}) {
        report_.give_up(why, detail);
        session_.quit();
    }

    // ---- AUTH -----------------------------------------------------------------------------------

    void authenticate() {
        auto const& offered = session_.offered().mechanisms;
        tls_bindings const bindings{transport_.tls()};
        auto const which = what_.auth.empty() ? best_mechanism(offered, transport_.tls() != nullptr,
                                                               !bindings.view().empty())
                                              : postel::find_sasl_mechanism(what_.auth);
        if (!which) return refuse_auth(postel::error::unknown_mechanism);
        auto& exchange = exchange_.emplace(*which, what_.login(), bindings.view(), offered);
        auto const said = exchange.start();
        if (said.what == sasl::action::failed) return refuse_auth(said.why);
        auto const sent = session_.authenticate(
            *which, said.what == sasl::action::send ? std::optional{said.octets} : std::nullopt);
        if (!sent) refuse_auth(sent.fault().code);
    }
    // Nothing was said that could be answered.
    void refuse_auth(postel::error why) {
        std::string offer = "the server offers";
        for (auto const& row : postel::sasl_mechanism_table)
            if (session_.offered().mechanisms.has(row.name)) (offer += ' ') += row.spelling;
        if (session_.offered().mechanisms.empty()) offer += " nothing known here";
        if (transport_.tls() == nullptr) offer += ", without TLS";
        give_up({why, postel::outcome::permanent, postel::client_step::auth}, offer);
    }
    void answer(postel::auth_challenge const& challenge) {
        auto const said = exchange_->next(challenge.octets);
        (void)(said.what == sasl::action::send ? session_.respond(said.octets) : session_.cancel());
    }
    // A mechanism that proves the server as well has the last word.
    void judge(postel::auth_result const& result) {
        bool const accepted = result.what == postel::outcome::accepted;
        if (accepted && exchange_->verified()) return submit();
        auto why = exchange_->why();
        bool const ours = why != postel::error::none || accepted;
        if (why == postel::error::none)
            why = accepted ? postel::error::bad_server_signature : result.why;
        give_up({why, ours ? postel::outcome::permanent : result.what, postel::client_step::auth,
                 result.reply},
                exchange_->refusal());
    }

    // ---- TLS ------------------------------------------------------------------------------------

    void begin_tls() {
        shaking_hands_ = transport_.begin_tls(tls_->connection(what_.server.host));
        progress_ = steady::now();
        if (shaking_hands_) return;
        tls_problem_ = support::ssl_problem();
        session_.tls_failed();
    }
    void shake_hands() {
        auto const tried = transport_.handshake();
        if (tried.what == outcome::wants_read || tried.what == outcome::wants_write) {
            if (wait(tried.what == outcome::wants_read ? POLLIN : POLLOUT) != 0) return;
        } else if (tried.what == outcome::done) {
            progress_ = steady::now();
            session_.tls_established(tls_client::verified(transport_.tls()));
        } else {
            tls_problem_ = transport_.handshake_problem();
            session_.tls_failed();
        }
        shaking_hands_ = false;
    }

    // ---- Octets ---------------------------------------------------------------------------------

    // Waits until the socket is ready, and moves octets one way. What the server says comes first,
    // at any time: a server that is full of answers would not read on. OpenSSL keeps nothing that
    // poll() does not see: no record is longer than our buffer.
    void transfer() {
        bool const sends = !session_.output().empty() && !broken_;
        auto const ready = wait(static_cast<short>(sends ? POLLIN | POLLOUT : POLLIN));
        if (ready != 0) (ready & ~POLLOUT) != 0 ? receive() : send();
    }

    void receive() {
        auto const got = transport_.receive(buffer_);
        if (got.what == outcome::ended) return session_.closed_by_peer();
        if (got.what != outcome::done) return;
        progress_ = steady::now();
        session_.receive({buffer_.data(), got.octets});
    }

    void send() {
        auto const put = transport_.send(session_.output(), session_.output_behind());
        // The server may have said why before it closed: that is read first.
        broken_ = put.what == outcome::ended;
        if (put.what != outcome::done) return;
        progress_ = steady::now();
        session_.sent(put.octets);
    }

    // What the socket is ready for; nothing, when the session's patience has ended.
    short wait(short events) {
        std::fflush(stdout);
        pollfd socket{socket_.get(), events, 0};
        auto const limit = patience(session_.deadline().value_or(what_.session.timeouts.command));
        auto const left =
            std::chrono::ceil<std::chrono::milliseconds>(progress_ + limit - steady::now());
        int const ready =
            ::poll(&socket, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready == 0) session_.expired();
        return ready > 0 ? socket.revents : short{0};
    }

    // No step takes longer than the user wants to wait.
    [[nodiscard]] std::chrono::milliseconds patience(std::chrono::seconds granted) const {
        return what_.timeout ? std::min(granted, std::chrono::seconds{*what_.timeout}) : granted;
    }

    options const& what_;
    std::optional<tls_client> const& tls_;
    std::string_view message_;
    postel::client_session session_;
    report report_;
    postel::transcript const transcript_ = support::transcript_on(stdout);
    support::descriptor socket_;
    support::transport transport_;
    std::vector<postel::envelope::recipient> recipients_;
    postel::envelope envelope_;
    std::optional<authentication> exchange_;
    std::uint64_t submitted_ = 0;
    steady::time_point progress_ = steady::now();
    std::string tls_problem_;  // why the handshake failed
    bool shaking_hands_ = false;
    bool broken_ = false;  // sending has failed
    std::array<char, 65536> buffer_;
};

}  // namespace send_mail
