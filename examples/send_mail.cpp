// Sends a message by SMTP, on a blocking socket.
//
// Shows   the client's loop: one result for each recipient and for the message, many messages on
//         one connection without a wasted round trip, reading while writing so that neither side
//         can block the other, a deadline for each step, an exit code that scripts can rely on.
// Leaves  TLS, AUTH and LMTP, which the library's client does not speak yet; MX look-up, a queue.

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <postel/client.hpp>
#include <postel/mailbox.hpp>
#include <postel/scan.hpp>

#include "support/message_file.hpp"
#include "support/program.hpp"
#include "support/socket.hpp"
#include "support/transcript.hpp"

namespace {

using steady = std::chrono::steady_clock;

struct arguments {
    support::endpoint server{"localhost", 25};
    std::string from;
    std::vector<std::string> to;
    std::string file = "-";
    std::uint64_t count = 1;
    std::optional<std::uint32_t> timeout;
    bool transcript = false;
    postel::client_options session{.hostname = support::host_name()};
};

// -------------------------------------------------------------------------------------------------
// What became of it: told recipient by recipient, and summed up in an exit code

class report {
public:
    report(arguments const& what) : what_(what), taken_(what.to.size()) {}

    void note(postel::recipient_result const& r) {
        taken_[r.recipient] = r.what == postel::outcome::accepted;
        if (!taken_[r.recipient]) failed(r.recipient, {r.why, r.what, r.command, r.reply});
    }
    // Whoever was accepted before shares the fate of the message.
    void note(postel::message_result const& m) {
        for (std::size_t i = 0; i < taken_.size(); ++i)
            if (taken_[i] && m.what != postel::outcome::accepted)
                failed(i, {m.why, m.what, m.command, m.reply});
        taken_.assign(taken_.size(), false);
        ++messages_;
    }
    // No further message goes out, for this reason.
    void give_up(postel::failed const& why) {
        for (; messages_ != what_.count; ++messages_)
            for (std::size_t i = 0; i < taken_.size(); ++i) failed(i, why);
    }
    [[nodiscard]] bool complete() const { return messages_ == what_.count; }

    [[nodiscard]] support::exit_code summary() const {
        if (out_of_protocol_) return support::protocol_error;
        if (again_later_) return support::temporary;
        return refused_ ? support::unavailable : support::success;
    }

private:
    void failed(std::size_t recipient, postel::failed const& why) {
        using postel::outcome;
        (is_protocol(why.why)             ? out_of_protocol_
         : why.what == outcome::permanent ? refused_
                                          : again_later_) = true;
        std::string line = "send_mail: ";
        if (what_.count > 1) line += fmt::format("message {}: ", messages_ + 1);
        line += fmt::format("<{}>: {}", what_.to[recipient], to_string(why.why));
        if (why.command != postel::client_step::none)
            line += fmt::format(", at {}", to_string(why.command));
        for (auto const text : why.reply.lines())
            line += fmt::format(": {} {}", why.reply.code().value, support::printable(text));
        if (why.what == outcome::unknown) line += "; the message may have been accepted";
        fmt::print(stderr, "{}\n", line);
    }

    // What came back is not SMTP, or not an answer to what was said.
    static bool is_protocol(postel::error why) {
        using enum postel::error;
        switch (why) {
            case bare_cr:
            case bare_lf:
            case nul_octet:
            case bad_reply:
            case reply_line_too_long:
            case reply_too_long:
            case reply_code_mismatch:
            case unexpected_reply:
            case reply_out_of_step: return true;
            default: return false;
        }
    }

    arguments const& what_;
    std::vector<bool> taken_;  // by the server, of the message whose results come in
    std::uint64_t messages_ = 0;
    bool out_of_protocol_ = false, again_later_ = false, refused_ = false;
};

// -------------------------------------------------------------------------------------------------
// The loop around the session

class sender {
public:
    sender(arguments const& what, std::string_view message)
        : what_(what),
          message_(message),
          session_(what.session),
          report_(what),
          transcript_(stdout),
          socket_(support::connect_to(what.server, patience(std::chrono::seconds{60}))) {
        for (auto const& to : what.to) recipients_.push_back({.mailbox = to});
        envelope_ = {.reverse_path = what.from, .recipients = recipients_};
        envelope_.parameters.size = message.size();
        if (postel::has_eight_bit(message))
            envelope_.parameters.body = postel::body_type::eight_bit_mime;
    }

    support::exit_code run() {
        for (;;) {
            while (auto const event = session_.next()) act(*event);
            if (session_.finished()) return report_.summary();
            transfer();
        }
    }

private:
    void act(postel::client_event const& event) {
        using kind = postel::client_event_kind;
        switch (event.kind()) {
            case kind::ready: submit(); break;
            case kind::recipient_result:
                report_.note(std::get<postel::recipient_result>(event));
                break;
            case kind::content_wanted:
                transcript_.content_follows();
                (void)session_.write(message_);
                (void)session_.finish();
                submit();  // so the next envelope leaves with the end of this content
                break;
            case kind::message_result:
                report_.note(std::get<postel::message_result>(event));
                submit();
                break;
            case kind::failed: report_.give_up(std::get<postel::failed>(event)); break;
            default: break;
        }
    }

    // As soon as the session takes it: it says not_ready while two messages are under way.
    void submit() {
        if (submitted_ == what_.count) return session_.quit();
        auto const taken = session_.submit(envelope_);
        if (taken) {
            ++submitted_;
        } else if (taken.fault().code != postel::error::not_ready) {
            report_.give_up({taken.fault().code, postel::outcome::permanent});
            session_.quit();
        }
    }

    // Waits until the socket is ready, and moves octets one way. What the server says comes first,
    // at any time: a server that is full of answers would not read on.
    void transfer() {
        bool const sends = !session_.output().empty() && !broken_;
        pollfd wait{socket_.get(), static_cast<short>(sends ? POLLIN | POLLOUT : POLLIN), 0};
        auto const limit = patience(session_.deadline().value_or(what_.session.timeouts.command));
        auto const left =
            std::chrono::ceil<std::chrono::milliseconds>(progress_ + limit - steady::now());
        int const ready =
            ::poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready == 0) return session_.expired();
        if (ready < 0) return;
        progress_ = steady::now();
        (wait.revents & ~POLLOUT) != 0 ? receive() : send();
    }

    void receive() {
        auto const n = ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) return session_.closed_by_peer();
        std::string_view const octets{buffer_.data(), static_cast<std::size_t>(n)};
        if (what_.transcript) transcript_.received(octets);
        session_.receive(octets);
    }

    void send() {
        auto const octets = session_.output();
        auto const n =
            ::send(socket_.get(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {  // the server may have said why before it closed: that is read first
            broken_ = errno != EAGAIN && errno != EINTR;
            return;
        }
        auto const sent = octets.substr(0, static_cast<std::size_t>(n));
        if (what_.transcript) transcript_.sent(sent);
        session_.sent(sent.size());
    }

    // No step takes longer than the user wants to wait.
    [[nodiscard]] std::chrono::milliseconds patience(std::chrono::seconds granted) const {
        return what_.timeout ? std::min(granted, std::chrono::seconds{*what_.timeout}) : granted;
    }

    arguments const& what_;
    std::string_view message_;
    postel::client_session session_;
    report report_;
    support::transcript transcript_;
    support::descriptor socket_;
    std::vector<postel::envelope::recipient> recipients_;
    postel::envelope envelope_;
    std::uint64_t submitted_ = 0;
    steady::time_point progress_ = steady::now();
    bool broken_ = false;  // sending has failed
    std::array<char, 65536> buffer_;
};

// -------------------------------------------------------------------------------------------------
// The command line

[[noreturn]] void misused(std::string text) {
    throw support::fatal{support::usage, std::move(text)};
}

void check_addresses(arguments& what) {
    auto const is_mailbox = [](std::string_view text) {
        return postel::parse_mailbox(text, postel::charset::utf8).ok();
    };
    if (what.from == "<>") what.from.clear();  // the null reverse-path, of bounces
    if (!what.from.empty() && !is_mailbox(what.from)) misused("not a mailbox: " + what.from);
    for (auto const& to : what.to)
        if (!postel::equal_ignoring_case(to, "postmaster") && !is_mailbox(to))
            misused("not a mailbox: " + to);
    if (!support::is_host_name(what.session.hostname))
        misused("not a host name: " + what.session.hostname);
}

// Options that other programs may already give, and that cannot be obeyed today.
struct not_yet {
    std::string tls = "none", ca, user, auth;
    bool insecure = false, lmtp = false;

    void offer(CLI::App& app) {
        auto const group = "Not built yet, and refused";
        app.add_option("--tls", tls, "none; later also opportunistic, required, implicit")
            ->check(CLI::IsMember({"none", "opportunistic", "required", "implicit"}))
            ->capture_default_str();
        app.add_option("--ca", ca, "Whom to trust")->group(group);
        app.add_flag("--insecure", insecure, "Trust everybody")->group(group);
        app.add_option("--user", user, "NAME:PASSWORD")->group(group);
        app.add_option("--auth", auth, "The SASL mechanism")->group(group);
        app.add_flag("--lmtp", lmtp, "Speak LMTP instead of SMTP")->group(group);
    }
    void refuse() const {
        if (tls != "none") misused("--tls " + tls + " is not built yet: only none");
        if (!ca.empty() || insecure) misused("--ca and --insecure are not built yet: no TLS");
        if (!user.empty() || !auth.empty()) misused("--user and --auth are not built yet");
        if (lmtp) misused("--lmtp is not built yet: only SMTP");
    }
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Sends a message by SMTP.", "send_mail"};
    app.footer(
        "A line of the file that ends in LF alone is sent with CR LF, and so is a last line "
        "without\n"
        "an end; nothing else is changed. SIZE and BODY=8BITMIME are declared where the server\n"
        "offers them and the message needs them.\n\n"
        "Exit codes: 0 all recipients accepted; 75 temporary failure of some recipient, or no\n"
        "connection: try again; 69 permanent failure of some recipient, and no temporary one;\n"
        "76 protocol error; 64 bad usage; 65 the message cannot be sent by SMTP (a NUL, a CR\n"
        "without LF, a line above 998 octets); 66 the message cannot be read.");
    arguments what;
    not_yet later;
    bool no_pipelining = false;
    bool no_chunking = false;
    app.add_option("--host", what.server.host, "Where to connect")->capture_default_str();
    app.add_option("--port", what.server.port, "Its port")
        ->check(CLI::Range(1, 65535))
        ->capture_default_str();
    app.add_option("--from", what.from, "The sender; empty or <>: the null reverse-path")
        ->required();
    app.add_option("--to", what.to, "A recipient; may be repeated")
        ->required()
        ->allow_extra_args(false);
    app.add_option("--file", what.file, "The message; -: standard input")->capture_default_str();
    app.add_option("--helo", what.session.hostname, "Our name")->capture_default_str();
    app.add_option("--count", what.count, "Send the message so many times on one connection")
        ->check(support::whole_number)
        ->capture_default_str();
    app.add_option("--timeout", what.timeout, "Seconds that no step may exceed")
        ->check(CLI::Range(1, 86400));
    app.add_flag("--no-pipelining", no_pipelining, "Wait for each reply");
    app.add_flag("--no-chunking", no_chunking, "Send by DATA, never by BDAT; so far always so");
    app.add_flag("--transcript", what.transcript,
                 "Print what is said on standard output, without the content");
    later.offer(app);

    return support::run(app, argc, argv, [&] {
        later.refuse();
        check_addresses(what);
        if (what.count == 0) misused("--count wants 1 or more");
        what.session.pipelining = !no_pipelining;
        auto const message = support::read_message(what.file);
        return sender{what, message}.run();
    });
}
