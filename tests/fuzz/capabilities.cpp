#include <algorithm>
#include <postel/capability.hpp>
#include <postel/reply_view.hpp>
#include <string>

#include "fuzz/support/fuzz.hpp"

// What a server lists in its reply to EHLO.

namespace {

using namespace postel;

// Each line of the text as a line of the reply.
std::string hello_reply(std::string_view text) {
    std::string lines = "mx.example\n" + std::string{text};
    lines.erase(std::remove(lines.begin(), lines.end(), '\r'), lines.end());
    std::string octets;
    auto const parts = fuzz::split(lines, '\n');
    for (std::size_t i = 0; i < parts.size(); ++i)
        ((octets += i + 1 == parts.size() ? "250 " : "250-") += parts[i]) += "\r\n";
    return octets;
}

capabilities read(std::string const& octets) {
    auto const reply = parse_reply(octets);
    fuzz::require(reply.ok(), "what was written is one reply");
    return parse_capabilities(*reply);
}

std::string written(capabilities const& what) {
    std::string octets;
    write_capabilities(octets, "mx.example", what);
    return octets;
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    auto const first = read(hello_reply(input));
    auto const once = written(first);
    auto const second = read(once);
    require(second.offered == announceable(first), "exactly what can be announced is");
    require(written(second) == once, "what was written means the same");
    for (auto const& row : sasl_mechanism_table)
        if (second.offered.has(extension::auth))
            require(second.mechanisms.has(row.name) == first.mechanisms.has(row.name),
                    "every mechanism is listed");

    // Texts of the application's own cannot add a line either.
    auto const parts = split(input, '\n');
    hello_texts const texts{.greeting = input,
                            .no_soliciting = input,
                            .burl = input,
                            .mt_priority = input,
                            .own_lines = parts};
    std::string octets;
    write_capabilities(octets, input, first, texts);
    auto const reply = parse_reply(octets);
    require(reply.ok() && reply->printable(), "what was written is one reply");
    require(reply->line_count() == 1 + announceable(first).size() + parts.size(),
            "with as many lines as were meant");
}
