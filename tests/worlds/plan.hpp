#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/client_event.hpp>
#include <postel/client_options.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/server_options.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "worlds/lots.hpp"

// What a client and a server are to do in one session, drawn by lot.

namespace postel::test::worlds {

using milliseconds = std::uint64_t;

/// What the server's application will say, and when.
struct decision {
    outcome what = outcome::accepted;
    bool closes = false;  ///< with 421
    milliseconds delay = 0;
};

/// A message, who sends it to whom, and what the server's application thinks of it.
struct letter {
    std::string from;
    std::vector<std::string> to;
    std::string content;
    std::string arrives;  ///< the content as the server has to get it
    bool fit_to_send = true;
    mail_parameters parameters{};
    decision mail{};
    std::vector<decision> rcpt{};
    decision data{};
    decision chunk{};
    std::vector<decision> end{};  ///< LMTP: for each recipient
};

struct auth_plan {
    sasl_mechanism mechanism = sasl_mechanism::plain;
    bool right = true;     ///< what the client says is true
    bool cancels = false;  ///< the client does, if it is asked
    bool wordy = false;    ///< the password does not fit behind AUTH
    bool rides = false;    ///< the first letter does not wait for the answer
    bool goes_on = true;   ///< sends letters even if refused

    /// What the client says; what is right is the server's to know.
    [[nodiscard]] std::string password() const { return password(right); }
    [[nodiscard]] std::string password(bool is_right) const {
        return (is_right ? "secret" : "wrong!") + std::string(wordy ? 500 : 0, '.');
    }
};

enum class handshake : std::uint8_t { succeeds, fails_here, fails_there, fails_both };

struct plan {
    client_options client{};
    server_options server{};
    std::vector<letter> letters{};
    decision greeting{};
    decision hello{};
    bool knows_ehlo = true;
    std::optional<auth_plan> auth{};
    decision auth_verdict{};
    handshake tls = handshake::succeeds;
    bool inquires = false;
    bool lazy_client = false;  ///< pauses before it does something
    milliseconds latency = 0;  ///< at most
    std::uint64_t lost_up =
        never;  ///< octets of the client that pass before the connection is lost
    std::uint64_t lost_down = never;  ///< octets of the server
    bool silently = false;            ///< and nobody tells
    milliseconds shut_down = never;   ///< when the server goes down

    static constexpr std::uint64_t never = ~std::uint64_t{0};
};

/// Draws plans.
class planner {
public:
    explicit planner(std::uint64_t seed) : lots_(seed) {}

    [[nodiscard]] plan draw(std::size_t most_letters) {
        plan how;
        trouble_ = lots_.one_in(3);
        slow_ = lots_.one_in(4);
        draw_server(how.server);
        draw_client(how.client);
        how.client.lmtp = how.server.lmtp = lots_.one_in(8);
        if (how.client.tls == tls_policy::implicit) how.server.offer.remove(extension::starttls);
        how.letters.resize(1 + lots_.draw(lots_.one_in(4) ? 20 : 6));
        if (how.letters.size() > most_letters) how.letters.resize(most_letters);
        for (std::size_t i = 0; i < how.letters.size(); ++i) draw_letter(how, i);
        draw_opening(how);
        if (trouble_) draw_trouble(how);
        how.inquires = lots_.one_in(8);
        how.lazy_client = slow_ && lots_.one_in(2);
        if (slow_) how.latency = lots_.some(10);
        return how;
    }

private:
    void draw_server(server_options& how) {
        how.hostname = "server.example";
        auto const sometimes = [&](extension what, std::size_t in) {
            lots_.one_in(in) ? how.offer.remove(what) : how.offer.add(what);
        };
        sometimes(extension::pipelining, 4);
        sometimes(extension::size, 3);
        sometimes(extension::eight_bit_mime, 4);
        sometimes(extension::smtputf8, 3);
        sometimes(extension::enhanced_status_codes, 4);
        sometimes(extension::chunking, 2);
        sometimes(extension::binary_mime, 2);
        sometimes(extension::dsn, 2);
        sometimes(extension::starttls, 2);
        if (lots_.one_in(8)) {
            how.offer.add(extension::limits);
            if (lots_.one_in(2)) how.announce.rcpt_max = 1 + lots_.draw(4);
            if (lots_.one_in(3)) how.announce.mail_max = 1 + lots_.draw(8);
            if (lots_.one_in(3)) how.announce.rcpt_domain_max = 1 + lots_.draw(4);
        }
        if (lots_.one_in(2)) how.limits.pending_output = 1 + lots_.draw(200);
        if (lots_.one_in(16)) how.limits.recipients = 1 + lots_.draw(5);
        if (lots_.one_in(16)) how.max_message_size = 1 + lots_.draw(300);
        // RCPTs behind a refused MAIL are not errors; letters that nobody takes bring nothing on.
        how.limits.idle_commands = 1000;
        how.limits.errors = lots_.one_in(8) ? 1 + lots_.draw(10) : 1000;
    }
    void draw_client(client_options& how) {
        how.hostname = "client.example";
        how.pipelining = !lots_.one_in(6);
        how.overlap = !lots_.one_in(4);
        how.chunking = !lots_.one_in(4);
        how.eager_content = lots_.one_in(2) ? 0 : lots_.draw(400);
        if (lots_.one_in(2)) how.limits.pending_output = 1 + lots_.draw(200);
        if (lots_.one_in(4)) how.content.endings = line_ending_repair::convert;
        switch (lots_.draw(8)) {
            case 0: how.tls = tls_policy::required; break;
            case 1: how.tls = tls_policy::implicit; break;
            case 2: how.tls = tls_policy::opportunistic; break;
            default: break;
        }
    }
    void draw_opening(plan& how) {
        how.server.require_tls = how.client.tls != tls_policy::none && lots_.one_in(4);
        if (lots_.one_in(4)) draw_auth(how);
        if (how.client.tls != tls_policy::none && trouble_ && lots_.one_in(4))
            how.tls = static_cast<handshake>(1 + lots_.draw(3));
        how.greeting = some_decision(40);
        how.hello = some_decision(60);
        how.knows_ehlo = how.server.lmtp || !lots_.one_in(20);
    }
    void draw_auth(plan& how) {
        static constexpr std::array mechanisms{sasl_mechanism::plain, sasl_mechanism::login,
                                               sasl_mechanism::cram_md5, sasl_mechanism::external,
                                               sasl_mechanism::xoauth2};
        how.server.offer.add(extension::auth);
        for (auto const each : mechanisms) how.server.mechanisms.add(each);
        how.server.require_auth = lots_.one_in(3);
        how.server.auth_without_tls = how.client.auth_without_tls = !lots_.one_in(4);
        how.client.auth_unverified = true;
        how.client.content_behind_auth = lots_.one_in(2);
        auto& auth = how.auth.emplace();
        auth.mechanism = mechanisms[lots_.draw(mechanisms.size())];
        auth.right = !lots_.one_in(4);
        auth.cancels = lots_.one_in(8);
        auth.wordy = lots_.one_in(8);
        auth.rides = lots_.one_in(2);
        auth.goes_on = lots_.one_in(2);
        how.auth_verdict = some_decision(60);
    }
    void draw_trouble(plan& how) {
        // Most sessions are some thousand octets long.
        switch (lots_.draw(5)) {
            case 0: how.lost_up = lots_.some(14); break;
            case 1: how.lost_down = lots_.some(13); break;
            case 2: how.shut_down = lots_.some(14); break;
            case 3:
                how.lost_up = lots_.some(14);
                how.lost_down = lots_.some(13);
                break;
            default: break;
        }
        how.silently = lots_.one_in(4);
    }

    // `rarely`: how rarely it is a refusal.
    [[nodiscard]] decision some_decision(std::size_t rarely) {
        decision one;
        if (lots_.one_in(rarely)) {
            one.what = lots_.one_in(2) ? outcome::transient : outcome::permanent;
            one.closes = trouble_ && lots_.one_in(8);
        }
        if (lots_.one_in(slow_ ? 2 : 16)) one.delay = lots_.some(10);
        if (trouble_ && lots_.one_in(64)) one.delay = 1000 * lots_.some(10);  // above every timeout
        return one;
    }

    void draw_letter(plan& how, std::size_t index) {
        auto& one = how.letters[index];
        one.from = "m" + std::to_string(index) + "@client.example";
        bool const foreign = lots_.one_in(6);
        for (auto count = 1 + lots_.draw(lots_.one_in(20) ? 60 : 4); count != 0; --count) {
            bool const odd = foreign && lots_.one_in(4);
            one.to.push_back((odd ? "\xC3\xA9" : "r") + std::to_string(one.to.size()) +
                             (lots_.one_in(8) ? "@other.example" : "@server.example"));
            one.rcpt.push_back(some_decision(6));
            one.end.push_back(some_decision(6));
        }
        one.mail = some_decision(8);
        one.data = some_decision(12);
        one.chunk = some_decision(12);
        draw_content(one, how.client.content.endings == line_ending_repair::convert);
        if (lots_.one_in(2)) one.parameters.size = one.content.size();
        if (how.server.offer.has(extension::dsn) && lots_.one_in(6)) one.parameters.envid = "QQ1";
    }
    void draw_content(letter& one, bool converts) {
        static std::array<std::string_view, 12> const words{
            "a",        ".",     "..",        "\r\n",
            "\r\n",     "\r\n.", "text ",     ".\r\n",
            "QUIT\r\n", "\t",    "\r\n.\r\n", "Subject: a line of some length, as most are\r\n"};
        bool const eight_bit = lots_.one_in(5);
        bool const binary = lots_.one_in(10);
        if (eight_bit) one.parameters.body = body_type::eight_bit_mime;
        if (binary) one.parameters.body = body_type::binary_mime;
        auto& text = one.content;
        for (auto count = lots_.draw(lots_.one_in(16) ? 800 : 20); count != 0; --count) {
            if (binary && lots_.one_in(4))
                text += static_cast<char>(lots_.draw(256));
            else
                text += eight_bit && lots_.one_in(4) ? "\xC3\xA9" : words[lots_.draw(words.size())];
        }
        one.arrives = text;
        if (binary) return;
        if (!text.empty() && !text.ends_with("\r\n")) one.arrives += "\r\n";
        if (lots_.one_in(30)) spoil(one, converts);
    }
    // A bare LF is either repaired or not sent.
    void spoil(letter& one, bool converts) {
        one.arrives.insert(0, converts ? "spoilt\r\n" : "spoilt\n");
        one.content.insert(0, "spoilt\n");
        one.fit_to_send = converts;
    }

    lots lots_;
    bool trouble_ = false;
    bool slow_ = false;
};

}  // namespace postel::test::worlds
