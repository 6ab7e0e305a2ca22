#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <postel/client_session.hpp>
#include <postel/server_session.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A client and a server session with a distance between them. What one says the other hears one
// unit of time later, and nothing else takes any time: so time counts waits, two units each.

namespace postel::test {

/// What a client has to do, and how far both sides can go.
struct journey {
    client_options client{.hostname = "client.example"};
    server_options server{.hostname = "server.example"};
    std::optional<sasl_mechanism> mechanism{};
    unsigned says = 0;     ///< times the client speaks in AUTH, AUTH itself included
    bool grouped = false;  ///< the first envelope rides behind AUTH
    std::size_t recipients = 3;
};

class virtual_network {
public:
    virtual_network(journey const& how, std::size_t messages)
        : how_(how), to_(how.recipients, {"b@server.example"}), client_(how.client) {
        mail_ = {"a@client.example", to_, {}};
        mail_.parameters.size = content_.size();
        messages_ = messages;
    }

    /// Runs until the client has left.
    ///
    /// returns  When the last reply to each message was heard, in waits since the connection is up.
    ///          Shorter than `messages` if anything went wrong.
    [[nodiscard]] std::vector<double> run() {
        // The transport says that the connection is up; with implicit TLS, the handshake does.
        if (how_.client.tls != tls_policy::implicit) send(up_, signal::finished);
        for (drain_client(); now_ < 10'000 && !client_.finished(); ++now_) {
            while (auto const arrived = take(up_)) server_hears(*arrived);
            while (auto const arrived = take(down_)) client_hears(*arrived);
        }
        return answered_;
    }

private:
    /// Of a handshake: what the client says first, what the server says, and the client's last
    /// word, which octets may follow at once.                               RFC 8446 2
    enum class signal { client_hello, server_hello, finished };
    struct flight {
        unsigned arrives;
        std::variant<signal, std::string> what;
    };
    using way = std::deque<flight>;

    template <class What>
    void send(way& along, What what) {
        along.push_back({now_ + 1, std::move(what)});
    }
    [[nodiscard]] std::optional<flight> take(way& from) const {
        if (from.empty() || from.front().arrives > now_) return std::nullopt;
        auto first = std::move(from.front());
        from.pop_front();
        return first;
    }
    template <class Session>
    void ship(Session& session, way& along) {
        auto const octets = std::string{session.output()};
        if (octets.empty()) return;
        session.sent(octets.size());
        send(along, octets);
    }

    // ---- The client

    void client_hears(flight const& arrived) {
        if (auto const* octets = std::get_if<std::string>(&arrived.what)) {
            client_.receive(*octets);
        } else {
            client_.tls_established(true);
            send(up_, signal::finished);
        }
        drain_client();
    }
    void drain_client() {
        do {
            while (auto const event = client_.next()) on(*event);
            ship(client_, up_);
            while (auto const event = client_.next()) on(*event);
        } while (!client_.output().empty());
    }
    void on(client_event const& event) {
        switch (event.kind()) {
            case client_event_kind::tls_requested: return send(up_, signal::client_hello);
            case client_event_kind::ready: return how_.mechanism ? log_in() : submit();
            case client_event_kind::auth_challenge: return (void)client_.respond("an answer");
            case client_event_kind::auth_result:
                if (!how_.grouped) submit();
                return;
            case client_event_kind::content_wanted:
                (void)client_.write(content_);
                (void)client_.finish();
                return submit();
            case client_event_kind::message_result:
                if (std::get<message_result>(event).what != outcome::accepted) return;
                if (std::get<message_result>(event).last) answered_.push_back(now_ / 2.0);
                return submit();
            default: return;
        }
    }
    void log_in() {
        bool const at_once = describe(*how_.mechanism).client_first;
        std::string_view const response{"\0user\0password", 14};
        (void)client_.authenticate(
            *how_.mechanism, at_once ? std::optional<std::string_view>{response} : std::nullopt);
        if (how_.grouped) submit();
    }
    void submit() {
        if (submitted_ == messages_) return client_.quit();
        if (client_.submit(mail_)) ++submitted_;
    }

    // ---- The server

    void server_hears(flight const& arrived) {
        if (auto const* octets = std::get_if<std::string>(&arrived.what))
            server_->receive(*octets);
        else if (std::get<signal>(arrived.what) == signal::client_hello)
            return send(down_, signal::server_hello);
        else
            server_secured();
        while (auto const event = server_->next()) decide(*event);
        ship(*server_, down_);
    }
    void server_secured() {
        bool const first = !server_;
        if (first) server_.emplace(how_.server);
        if (!first || how_.client.tls == tls_policy::implicit) server_->tls_established();
    }
    void decide(server_event const& event) {
        if (!server_->waiting() || event.kind() == server_event_kind::tls_requested) return;
        bool const more = event.kind() == server_event_kind::auth_exchange && ++said_ < how_.says;
        more ? server_->challenge("a challenge") : server_->accept();
    }

    journey const& how_;
    std::string content_ = "Subject: x\r\n\r\nhi\r\n";
    std::vector<envelope::recipient> to_;
    envelope mail_;
    client_session client_;
    std::optional<server_session> server_;
    way up_;
    way down_;
    unsigned now_ = 0;
    unsigned said_ = 0;
    std::size_t messages_ = 0;
    std::size_t submitted_ = 0;
    std::vector<double> answered_;
};

}  // namespace postel::test
