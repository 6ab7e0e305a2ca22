#pragma once

// One mail transaction, from MAIL to the file in the maildir.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <postel/path.hpp>
#include <postel/received_counter.hpp>
#include <postel/sasl/openssl.hpp>
#include <postel/trace.hpp>

#include "../support/maildir.hpp"
#include "peer.hpp"
#include "policy.hpp"

namespace mail_server {

class delivery {
public:
    delivery(postel::path const& reverse_path, bool smtputf8) : smtputf8_(smtputf8) {
        postel::write_path(reverse_path_, reverse_path);
        // Random, so that it tells nobody how much mail comes here.
        std::array<char, 8> random{};
        (void)postel::sasl::openssl_crypto.random(random);
        for (char const c : random)
            fmt::format_to(std::back_inserter(id_), "{:02x}", static_cast<unsigned char>(c));
    }

    // How we call the message, in its Received field and in our answer.
    [[nodiscard]] std::string const& id() const { return id_; }
    [[nodiscard]] bool looped() const { return hops_.count() > postel::usual_received_limit; }

    void add(postel::path const& forward_path) {
        recipients_.emplace_back();
        postel::write_path(recipients_.back(), forward_path);
    }

    // Content is about to come. False, if there is no place for it.
    [[nodiscard]] bool begin(support::maildir const& folder, std::string_view hostname,
                             peer const& from, std::string_view tls) {
        message_ = support::maildir::message::create(folder);
        if (message_) message_->write(header(hostname, from, tls));
        return message_ != nullptr;
    }
    void write(std::string_view text) {
        hops_.next(text);
        if (message_) message_->write(text);
    }
    // Blocks until the message is safe, or known not to be.
    [[nodiscard]] bool finish() {
        auto const last = std::move(message_);
        return last && last->deliver();
    }

private:
    // RFC 5321 4.4; Delivered-To is what other delivery agents write for the envelope's recipients.
    [[nodiscard]] std::string header(std::string_view hostname, peer const& from,
                                     std::string_view tls) const {
        std::string text;
        write_return_path(text, *parse_reverse_path(reverse_path_, postel::charset::utf8));
        std::vector<postel::path> to;
        for (auto const& each : recipients_) {
            to.push_back(*parse_forward_path(each, postel::charset::utf8));
            fmt::format_to(std::back_inserter(text), "Delivered-To: {}\r\n", address_of(to.back()));
        }
        postel::trace t{.hello = from.verb, .from = from.hello, .by = hostname};
        t.tls = !tls.empty();
        t.authenticated = !from.user.empty();
        t.smtputf8 = smtputf8_;
        t.peer = from.address;
        t.peer_name = from.name;
        t.tls_info = tls;
        t.id = id_;
        if (to.size() == 1) t.recipient = to.front();
        t.when = {std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
        write_received(text, t);
        return text;
    }

    std::string reverse_path_;
    std::vector<std::string> recipients_;
    std::string id_;
    std::unique_ptr<support::maildir::message> message_;  // while its content comes in
    postel::received_counter hops_;
    bool smtputf8_;
};

}  // namespace mail_server
