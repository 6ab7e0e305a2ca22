#pragma once

#include <postel/client_session.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/event_line.hpp"

namespace postel::test {

/// A client session that asks for the content of its first message. Nothing is written by itself;
/// what it tells and sends from here on is kept.
struct content_by_hand {
    /// `hello` is the reply to EHLO.
    content_by_hand(std::string_view hello, client_options const& options,
                    mail_parameters const& what = {})
        : mail{"a@client.example", to, what}, session{options} {
        hear("220 hi\r\n");
        hear(hello);
        REQUIRE(session.submit(mail));
        bool const chunking = session.offered().offered.has(extension::chunking);
        hear(chunking ? "250 ok\r\n250 ok\r\n" : "250 ok\r\n250 ok\r\n354 go\r\n");
        REQUIRE(told.back() == "content_wanted");
        REQUIRE(session.waiting());
        told.clear();
        wire.clear();
    }
    content_by_hand(content_by_hand const&) = delete;  // the envelope points at `to`

    void hear(std::string_view octets) {
        drain();
        session.receive(octets);
        drain();
    }
    /// next() and output() until there is nothing more.
    void drain() {
        do {
            wire += session.output();
            session.sent(session.output().size());
            while (auto const event = session.next()) told.push_back(event_line(*event));
        } while (!session.output().empty());
    }

    std::vector<envelope::recipient> to{{"b@server.example"}};
    envelope mail;
    client_session session;
    std::vector<std::string> told;
    std::string wire;
};

}  // namespace postel::test
