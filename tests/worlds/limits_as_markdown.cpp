#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <postel/client_session.hpp>
#include <postel/server_session.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/heap.hpp"

// Does to a session whatever might make it grow, counts what it takes from the heap, and prints
// docs/limits.md:
//
//     limits_as_markdown >docs/limits.md
//     limits_as_markdown --check docs/limits.md    fails where a bound is exceeded or the page is
//     old

namespace {

using postel::client_session;
using postel::server_session;
using postel::test::heap;

constexpr std::size_t window = 65536;  // what a caller reads at once, at most

struct row {
    std::string_view limit;
    std::string_view setting;
    std::string_view hostile;
    std::size_t bound;
    std::size_t peak;
};

/// Most octets that are on the heap while this runs, and allocations. What the caller of a session
/// needs has to exist before.
struct meter {
    std::size_t octets = heap.octets;
    std::size_t allocations = heap.allocations;
    meter() { heap.peak = heap.octets; }
    [[nodiscard]] std::size_t peak() const { return heap.peak - octets; }
    [[nodiscard]] std::size_t made() const { return heap.allocations - allocations; }
};

// ---- The server's side ---------------------------------------------------------------------

enum class transport { sends, is_stuck };

/// All that happens after octets came: the application says yes to everything.
void drain(server_session& session, transport how = transport::sends) {
    do {
        session.sent(how == transport::sends ? session.output().size() : 0);
        while (auto const event = session.next())
            if (session.waiting()) session.accept();
    } while (how == transport::sends && !session.output().empty());
}
void feed(server_session& session, std::string_view octets, transport how = transport::sends) {
    if (!session.wants_input()) return;
    session.receive(octets);
    drain(session, how);
}

postel::server_options const& everything() {
    static postel::server_options const options = [] {
        postel::server_options all{.hostname = "mx.example"};
        all.offer.add(postel::extension::chunking).add(postel::extension::auth);
        all.mechanisms = {postel::sasl_mechanism::login, postel::sasl_mechanism::plain};
        all.auth_without_tls = true;
        all.limits.idle_commands = 1'000'000;
        return all;
    }();
    return options;
}

constexpr std::string_view hello = "EHLO c.example\r\n";
constexpr std::string_view envelope = "MAIL FROM:<s@c.example>\r\nRCPT TO:<r@d.example>\r\n";

/// The peak while `endless` comes again and again behind `way`, whole and octet by octet.
std::size_t server_peak(std::string_view way, std::string_view endless,
                        transport how = transport::sends, std::size_t times = 64) {
    std::size_t peak = 0;
    for (std::size_t const piece : {endless.size(), std::size_t{1}}) {
        meter const taken;
        server_session session{everything()};
        drain(session);
        feed(session, hello);
        feed(session, way);
        for (std::size_t i = 0; i < times; ++i)
            for (std::size_t at = 0; at < endless.size(); at += piece)
                feed(session, endless.substr(at, piece), how);
        peak = std::max(peak, taken.peak());
    }
    return peak;
}

std::size_t peak_of_login() {
    std::string const line = std::string(12284, 'Q') + "\r\n";
    meter const taken;
    server_session session{everything()};
    drain(session);
    feed(session, hello);
    feed(session, "AUTH LOGIN\r\n");
    for (int i = 0; i < 2; ++i)
        for (auto const& octet : line) feed(session, {&octet, 1});
    return taken.peak();
}

std::size_t peak_of_kept_window(std::string const& octets) {
    meter const taken;
    server_session session{everything()};
    drain(session);
    feed(session, hello);
    session.receive(octets);
    while (!session.waiting() && session.next()) {
    }
    for (int i = 0; i < 100; ++i) session.keep();
    return taken.peak();
}

// ---- The client's side ---------------------------------------------------------------------

struct client_world {
    postel::client_options options{.hostname = "c.example", .auth_without_tls = true};
    std::vector<postel::envelope::recipient> to{{"r@d.example"}};
    postel::envelope mail{"s@c.example", to};
};

void drain(client_session& session, transport how = transport::sends) {
    for (;;) {
        while (session.next()) {
        }
        if (how == transport::is_stuck || session.output().empty()) return;
        session.sent(session.output().size());
    }
}
void feed(client_session& session, std::string_view octets) {
    session.receive(octets);
    drain(session);
}
void feed_by_octets(client_session& session, std::string_view octets) {
    for (auto const& octet : octets) feed(session, {&octet, 1});
}

constexpr std::string_view greeting = "220 mx.example\r\n";
constexpr std::string_view capable = "250-mx.example\r\n250-AUTH LOGIN\r\n250 PIPELINING\r\n";

/// A session that may submit.
client_session welcomed(client_world const& world) {
    client_session session{world.options};
    drain(session);
    feed(session, greeting);
    feed(session, capable);
    return session;
}
void submit(client_session& session, postel::envelope const& mail) {
    (void)session.submit(mail);
    drain(session);
}

std::size_t client_peak(std::string_view way, std::string_view endless) {
    std::size_t peak = 0;
    for (std::size_t const piece : {endless.size(), std::size_t{1}}) {
        client_world const world;
        meter const taken;
        client_session session{world.options};
        drain(session);
        if (!way.empty()) feed(session, way);
        for (std::size_t i = 0; i < 64; ++i)
            for (std::size_t at = 0; at < endless.size(); at += piece)
                feed(session, endless.substr(at, piece));
        peak = std::max(peak, taken.peak());
    }
    return peak;
}

/// A reply as long as it may be.
std::string long_reply(std::string_view code) {
    std::string reply;
    std::string const text(1000, 'x');
    while (reply.size() + 2 * (text.size() + 6) < postel::client_limits{}.reply_octets)
        reply += std::string(code) + "-" + text + "\r\n";
    return reply + std::string(code) + " " + text + "\r\n";
}

// The reply that decided about a message, the one that ended the session, and the one being read.
std::size_t peak_of_long_replies() {
    client_world const world;
    auto const refusal = long_reply("550");
    auto const end = long_reply("421");
    meter const taken;
    auto session = welcomed(world);
    submit(session, world.mail);
    feed_by_octets(session, refusal);
    feed_by_octets(session, refusal);
    feed_by_octets(session, end);
    return taken.peak();
}

std::size_t peak_of_stuck_content() {
    client_world const world;
    std::string lines;
    while (lines.size() < 1'000'000) lines += ".\r\n";
    meter const taken;
    auto session = welcomed(world);
    submit(session, world.mail);
    feed(session, "250 ok\r\n250 ok\r\n354 go\r\n");
    (void)session.write(lines);
    drain(session, transport::is_stuck);
    return taken.peak();
}

std::size_t peak_of_challenge() {
    client_world const world;
    std::string const challenge = "334 " + std::string(2040, 'Q') + "\r\n";
    meter const taken;
    auto session = welcomed(world);
    (void)session.authenticate(postel::sasl_mechanism::login, std::nullopt);
    drain(session);
    feed_by_octets(session, challenge);
    return taken.peak();
}

// ---- Without an attack ---------------------------------------------------------------------

/// What a session allocates in its second transaction, and what it holds when that is over.
struct calm {
    std::size_t allocations;
    std::size_t idle;
};

calm calm_server() {
    constexpr std::array turns{std::string_view{"MAIL FROM:<s@c.example> SIZE=9\r\n"
                                                "RCPT TO:<r@d.example>\r\nDATA\r\n"},
                               std::string_view{"a: b\r\n\r\n..\r\n.\r\n"}};
    server_session session{everything()};
    drain(session);
    feed(session, hello);
    for (auto const turn : turns) feed(session, turn);
    auto const before = heap.octets;
    meter const taken;
    for (auto const turn : turns) feed(session, turn);
    auto const idle = session.heap_octets() + heap.octets - before;
    feed(session, "QUIT\r\n");
    return {taken.made(), idle};
}

calm calm_client() {
    client_world const world;
    auto session = welcomed(world);
    auto const transaction = [&] {
        submit(session, world.mail);
        feed(session, "250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go ahead\r\n");
        (void)session.write("a: b\r\n\r\n..\r\n");
        drain(session);
        (void)session.finish();
        drain(session);
        feed(session, "250 2.0.0 ok\r\n");
    };
    transaction();
    auto const before = heap.octets;
    meter const taken;
    transaction();
    auto const idle = session.heap_octets() + heap.octets - before;
    session.quit();
    drain(session);
    feed(session, "221 bye\r\n");
    return {taken.made(), idle};
}

// ---- The page ------------------------------------------------------------------------------

std::vector<row> measure() {
    postel::server_limits const server;
    postel::client_limits const client;
    std::string const line(window, 'A');
    std::string parameters;
    while (parameters.size() < window) parameters += " X=1";
    std::string commands;
    while (commands.size() < window) commands += "EHLO c.example\r\n";
    std::string recipients;
    while (recipients.size() < window) recipients += "RCPT TO:<r@d.example>\r\n";
    auto const data = std::string(envelope) + "DATA\r\n";
    std::string mails;
    while (mails.size() + envelope.size() < window) mails += envelope;
    std::string lines;
    while (lines.size() < window) lines += "250-x\r\n";
    // A buffer that grows is there twice for a moment: the old one, and one of at most twice its
    // size, or of what the limit leaves.
    constexpr std::size_t reply = 512;
    return {
        {"`longest_command_line`", "4096", "a command line that does not end",
         postel::longest_command_line * 3 / 2, server_peak("", line)},
        {"", "", "MAIL with parameters that do not end", postel::longest_command_line * 3 / 2,
         server_peak("MAIL FROM:<s@c.example>", parameters)},
        {"`server_limits::pending_output`", "16384", "a client that reads no reply",
         3 * server.pending_output + reply, server_peak("", commands, transport::is_stuck)},
        {"`server_limits::recipients`", "1000", "RCPT in groups of 64 KiB, their replies read",
         3 * server.pending_output + reply, server_peak("MAIL FROM:<>\r\n", recipients)},
        {"`minimum::authentication_line`", "12288", "an answer in AUTH that does not end",
         2 * postel::minimum::authentication_line, server_peak("AUTH PLAIN\r\n", line)},
        {"", "", "LOGIN with the longest name and the longest password",
         3 * postel::minimum::authentication_line, peak_of_login()},
        {"what the caller reads at once", "65536 here", "more behind a question, and `keep()`",
         window, peak_of_kept_window(mails)},
        {"", "", "content whose line does not end", reply, server_peak(data, line)},
        {"", "", "BDAT that is refused, 50 MB of it", reply,
         server_peak("BDAT 50000000\r\n", line)},
        {"`client_limits::reply_line`", "2048", "a reply line that does not end",
         client.reply_line * 3 / 2, client_peak("220 ", line)},
        {"", "", "the longest challenge in AUTH", 2 * client.reply_line, peak_of_challenge()},
        {"`client_limits::reply_lines`", "512", "a reply of short lines that does not end",
         client.reply_octets, client_peak(greeting, lines)},
        {"`client_limits::reply_octets`", "65536",
         "the longest replies to MAIL and RCPT, and the longest 421", 3 * client.reply_octets,
         peak_of_long_replies()},
        {"`client_limits::pending_output`", "65536", "a server that reads no content",
         3 * client.pending_output, peak_of_stuck_content()},
    };
}

std::string page(std::vector<row> const& rows, calm const& server, calm const& client) {
    std::string text =
        "# Limits\n\n"
        "What a session takes from the heap, whatever its peer does. "
        "`tests/worlds/limits_as_markdown.cpp`\n"
        "measures it with a counting `operator new`, prints this page, and fails as a test where a "
        "bound\n"
        "is exceeded. A buffer that grows is counted twice for a moment, as it is there twice.\n\n"
        "| limit | default | hostile input | bound | most octets on the heap |\n"
        "| --- | ---: | --- | ---: | ---: |\n";
    for (auto const& each : rows)
        text += "| " + std::string(each.limit) + " | " + std::string(each.setting) + " | " +
                std::string(each.hostile) + " | " + std::to_string(each.bound) + " | " +
                std::to_string(each.peak) + " |\n";
    text +=
        "\nIn peace a session allocates nothing. A transaction behind the first one, with MAIL, "
        "RCPT and DATA\n"
        "in one group, and QUIT behind it, takes octets from the heap " +
        std::to_string(server.allocations) + " times in a server and " +
        std::to_string(client.allocations) + " times in a\nclient; after it they hold " +
        std::to_string(server.idle) + " and " + std::to_string(client.idle) +
        " octets. More replies in one group than fit into 82 octets,\n"
        "or a line that arrives in pieces, take a buffer for as long as they are there.\n";
    return text;
}

int check(std::string const& printed, std::vector<row> const& rows, bool peaceful,
          char const* file) {
    bool good = peaceful;
    if (!peaceful) std::puts("a session allocates in peace");
    for (auto const& each : rows) {
        if (each.peak <= each.bound) continue;
        good = false;
        std::printf("above its bound: %s\n", std::string(each.hostile).c_str());
    }
    std::ifstream in{file, std::ios::binary};
    std::string const kept{std::istreambuf_iterator<char>{in}, {}};
    if (kept != printed) {
        good = false;
        std::printf("%s differs; if it has to: limits_as_markdown >docs/limits.md\n%s", file,
                    printed.c_str());
    }
    if (good) std::printf("limits: %zu measured, all within their bounds\n", rows.size());
    return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    auto const rows = measure();
    auto const server = calm_server();
    auto const client = calm_client();
    auto const text = page(rows, server, client);
    bool const peaceful = server.allocations + server.idle + client.allocations + client.idle == 0;
    if (argc == 3 && std::string_view{argv[1]} == "--check")
        return check(text, rows, peaceful, argv[2]);
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
