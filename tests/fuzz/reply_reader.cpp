#include <postel/limits.hpp>
#include <postel/reply_reader.hpp>
#include <postel/reply_view.hpp>
#include <string>
#include <vector>

#include "fuzz/support/fuzz.hpp"

// Replies out of a stream, against a reference that has all of it.

namespace {

using namespace postel;
using fuzz::require;

struct replies {
    std::vector<std::string> all;  // the octets of each
    error fault = error::none;
    std::size_t at = 0;  // of the fault, from the start of the stream

    friend bool operator==(replies const&, replies const&) = default;
};

replies read(test::pieces const& cut, client_limits const& limits) {
    reply_reader reader;
    replies found;
    std::size_t before = 0;
    for (auto const piece : cut) {
        fuzz::exactly const memory{piece};
        for (auto rest = memory.view(); !rest.empty();) {
            auto const step = reader.next(rest, limits);
            require(reader.heap_octets() <= limits.reply_octets, "memory stays within the limit");
            if (!step) {
                found.fault = step.fault().code;
                found.at = before + step.fault().at;
                require(step.fault().at < rest.size(), "the fault is an octet");
                require(reader.next(rest, limits).fault().code == found.fault, "it is told again");
                return found;
            }
            require(step->complete || step->consumed == rest.size(), "there is always progress");
            before += step->consumed;
            rest.remove_prefix(step->consumed);
            if (step->complete) found.all.emplace_back(step->reply.octets());
        }
    }
    return found;
}

// The length of the line with its CR LF; 0 where there is none, or it is no line of a reply.
std::size_t line_length(std::string_view wire, client_limits const& limits) {
    auto const end = wire.find("\r\n");
    if (end == wire.npos || end + 2 > limits.reply_line || end < 3) return 0;
    auto const line = wire.substr(0, end);
    if (line.find_first_of("\r\n") != line.npos) return 0;
    if (line[0] < '2' || line[0] > '5') return 0;
    for (int i = 1; i < 3; ++i)
        if (line[static_cast<std::size_t>(i)] < '0' || line[static_cast<std::size_t>(i)] > '9')
            return 0;
    return end == 3 || line[3] == ' ' || line[3] == '-' ? end + 2 : 0;
}

std::vector<std::string> plainly_read(std::string_view wire, client_limits const& limits) {
    std::vector<std::string> all;
    for (;;) {
        std::size_t length = 0;
        for (std::uint32_t lines = 1;; ++lines) {
            auto const next = line_length(wire.substr(length), limits);
            if (next == 0 || lines > limits.reply_lines) return all;
            if (wire.substr(length, 3) != wire.substr(0, 3)) return all;
            bool const last = next == 5 || wire[length + 3] != '-';
            length += next;
            if (length > limits.reply_octets) return all;
            if (last) break;
        }
        all.emplace_back(wire.substr(0, length));
        wire.remove_prefix(length);
    }
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 4};
    client_limits limits;
    if (how.yes()) limits.reply_line = 10 + how.below(100);
    if (how.yes()) limits.reply_octets = 5 + 2 * how.below(200);
    limits.reply_lines = 1 + how.below(8);
    auto const seed = 1 + how.below(256);
    auto const wire = how.rest();
    auto const found = same_for_cuts(wire, seed, [&](auto const& c) { return read(c, limits); });
    require(found.all == plainly_read(wire, limits), "the reference reads the same replies");
    for (auto const& octets : found.all)
        require(parse_reply(octets).ok(), "what was read can be read again");
}
