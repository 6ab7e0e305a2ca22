#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <postel/client.hpp>
#include <postel/server.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "support/corpus.hpp"

// One transaction with a message of 4 KiB, as each role sees it in memory: the other role's octets
// are a constant, so that only one session is measured.

namespace bench {

/// 4 KiB of text in which one line begins with a dot.
[[nodiscard]] inline std::string message_4k() {
    return "Subject: x\r\n\r\n.\r\n" + content(base64_line, 4096 - 17);
}

inline constexpr std::string_view envelope_commands =
    "MAIL FROM:<alice.foxtrot+list7@mail.example.com> SIZE=4096 BODY=8BITMIME\r\n"
    "RCPT TO:<bob.november@example.org>\r\n"
    "DATA\r\n";
inline constexpr std::string_view hello_command = "EHLO client.example.com\r\n";

/// What every server session of a benchmark is given, and what it says.
class server_driver {
public:
    explicit server_driver(postel::server_options const& options) : session_(options) {}

    /// Octets come in; every question is answered with yes; all that is said goes out.
    void hear(std::string_view octets) {
        if (!octets.empty()) session_.receive(octets);
        while (auto const event = session_.next()) {
            if (auto const* piece = std::get_if<postel::content>(&*event))
                content_ += piece->text.size();
            if (std::holds_alternative<postel::message_end>(*event)) ++messages_;
            if (std::holds_alternative<postel::violation>(*event)) ++violations_;
            if (session_.waiting()) session_.accept();
        }
        said_ += session_.output().size();
        session_.sent(session_.output().size());
    }
    void open() {
        hear({});
        hear(hello_command);
    }

    [[nodiscard]] std::size_t messages() const { return messages_; }
    [[nodiscard]] std::size_t content() const { return content_; }
    [[nodiscard]] std::size_t said() const { return said_; }
    [[nodiscard]] std::size_t violations() const { return violations_; }
    [[nodiscard]] postel::server_session const& session() const { return session_; }

private:
    postel::server_session session_;
    std::size_t messages_ = 0;
    std::size_t content_ = 0;
    std::size_t said_ = 0;
    std::size_t violations_ = 0;
};

/// A server session that takes the same message again and again, commands in one group.
class server_work {
public:
    server_work() : message_(message_4k()), wire_(on_the_wire(message_)) { server_.open(); }

    void transaction() {
        server_.hear(envelope_commands);
        server_.hear(wire_);
    }
    /// So many messages and nothing else came through.
    [[nodiscard]] bool correct(std::size_t messages) const {
        return server_.messages() == messages && server_.violations() == 0 &&
               server_.content() == messages * message_.size();
    }

private:
    postel::server_options options_{};
    std::string message_;
    std::string wire_;
    server_driver server_{options_};
};

/// A client session that sends the same message again and again to a server that takes it.
class client_work {
public:
    client_work() : message_(message_4k()), wire_(on_the_wire(message_)) {
        envelope_.parameters.size = message_.size();
        envelope_.parameters.body = postel::body_type::eight_bit_mime;
        drain();
        hear("220 mx.example.org ESMTP\r\n");
        hear(
            "250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n"
            "250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n");
        said_ = 0;
    }

    void transaction() {
        good_ = bool{client_.submit(envelope_)} && good_;
        drain();
        hear("250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 go ahead\r\n");
        hear("250 2.0.0 OK\r\n");
    }
    /// So many messages were taken, and so many octets went out.
    [[nodiscard]] bool correct(std::size_t messages) const {
        auto const each = std::string_view{commands}.size() + wire_.size();
        return good_ && messages_ == messages && recipients_ == messages &&
               said_ == messages * each;
    }

private:
    static constexpr std::string_view commands =
        "MAIL FROM:<alice.foxtrot+list7@mail.example.com> SIZE=4113 BODY=8BITMIME\r\n"
        "RCPT TO:<bob.november@example.org>\r\n"
        "DATA\r\n";

    void hear(std::string_view octets) {
        client_.receive(octets);
        drain();
    }
    void drain() {
        while (auto const event = client_.next()) on(*event);
        for (auto out = client_.output(); !out.empty(); out = client_.output()) {
            said_ += out.size();
            client_.sent(out.size());
        }
    }
    void on(postel::client_event const& event) {
        using kind = postel::client_event_kind;
        switch (event.kind()) {
            case kind::content_wanted:
                good_ = bool{client_.write(message_)} && bool{client_.finish()} && good_;
                return;
            case kind::recipient_result:
                recipients_ +=
                    std::get<postel::recipient_result>(event).what == postel::outcome::accepted;
                return;
            case kind::message_result:
                messages_ +=
                    std::get<postel::message_result>(event).what == postel::outcome::accepted;
                return;
            case kind::failed: good_ = false; return;
            default: return;
        }
    }

    postel::client_options options_{.hostname = "client.example.com"};
    std::string message_;
    std::string wire_;
    std::array<postel::envelope::recipient, 1> recipient_{
        {{.mailbox = "bob.november@example.org"}}};
    postel::envelope envelope_{.reverse_path = "alice.foxtrot+list7@mail.example.com",
                               .recipients = recipient_};
    postel::client_session client_{options_};
    std::size_t said_ = 0;
    std::size_t messages_ = 0;
    std::size_t recipients_ = 0;
    bool good_ = true;
};

}  // namespace bench
