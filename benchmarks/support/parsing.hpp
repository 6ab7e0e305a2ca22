#pragma once

#include <cstddef>
#include <cstdint>
#include <postel/capability.hpp>
#include <postel/command.hpp>
#include <postel/extension.hpp>
#include <postel/limits.hpp>
#include <postel/line_reader.hpp>
#include <postel/reply_reader.hpp>
#include <postel/reply_view.hpp>
#include <string_view>

// What the benchmarks of the grammar and the instruction counts do alike.

namespace bench {

/// How many were read, and how many were refused: a parser that refuses half is fast.
struct tally {
    std::size_t ok = 0;
    std::size_t bad = 0;
    [[nodiscard]] bool all_good(std::size_t items) const { return ok == items && bad == 0; }
};

/// What a server that offers the extensions of the corpus allows.
inline constexpr postel::command_rules rules{
    .offered = {postel::extension::pipelining, postel::extension::size,
                postel::extension::eight_bit_mime, postel::extension::smtputf8,
                postel::extension::enhanced_status_codes, postel::extension::auth,
                postel::extension::dsn}};

/// Finds the end of every command and reads it whole: verb, path, parameters.
[[nodiscard]] inline tally read_commands(std::string_view wire) {
    tally count;
    postel::line_reader lines;
    while (!wire.empty()) {
        auto const step = lines.next(wire, postel::longest_command_line);
        wire.remove_prefix(step.consumed);
        auto const command = postel::parse_command(step.text, rules);
        ++(command ? count.ok : count.bad);
    }
    return count;
}

/// Finds the end of every reply and asks `good` about it.
template <class Good>
[[nodiscard]] tally read_each_reply(std::string_view wire, Good const& good) {
    tally count;
    postel::reply_reader replies;
    postel::client_limits const limits{};
    while (!wire.empty()) {
        auto const step = replies.next(wire, limits);
        if (!step || !step->complete) return ++count.bad, count;
        wire.remove_prefix(step->consumed);
        ++(good(step->reply) ? count.ok : count.bad);
    }
    return count;
}

/// Finds the end of every reply and reads it: code and status.
[[nodiscard]] inline tally read_replies(std::string_view wire) {
    return read_each_reply(wire, [](postel::reply_view const& reply) {
        return reply.code().valid() && reply.status().detail <= 999;
    });
}

/// The same, with everything that an EHLO reply says.
[[nodiscard]] inline tally read_hello_replies(std::string_view wire) {
    return read_each_reply(wire, [](postel::reply_view const& reply) {
        return postel::parse_capabilities(reply).offered.has(postel::extension::help);
    });
}

}  // namespace bench
