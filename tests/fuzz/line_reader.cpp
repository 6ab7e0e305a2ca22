#include <algorithm>
#include <postel/line_reader.hpp>
#include <string>
#include <vector>

#include "fuzz/support/fuzz.hpp"

// Lines out of a stream, against a reference that has all of it.

namespace {

using namespace postel;
using fuzz::require;

// Each line with its number of octets in front; "!" for one that is too long.
using lines = std::vector<std::string>;

lines plainly_read(std::string_view wire, std::size_t limit) {
    lines all;
    for (auto end = wire.find("\r\n"); end != wire.npos; end = wire.find("\r\n")) {
        all.push_back(end + 2 > limit ? "!" : " " + std::string{wire.substr(0, end)});
        wire.remove_prefix(end + 2);
    }
    return all;
}

lines read(test::pieces const& cut, std::size_t limit) {
    line_reader reader;
    lines all;
    for (auto const piece : cut) {
        fuzz::exactly const memory{piece};
        for (auto rest = memory.view(); !rest.empty();) {
            auto const step = reader.next(rest, limit);
            require(step.consumed <= rest.size(), "no more is consumed than there is");
            rest.remove_prefix(step.consumed);
            if (step.what == line_reader::outcome::line)
                all.push_back(" " + std::string{step.text});
            if (step.what == line_reader::outcome::too_long) all.emplace_back("!");
            if (step.what == line_reader::outcome::partial)
                require(rest.empty(), "while a line has not ended everything is used");
            require(reader.heap_octets() <= limit, "memory stays within the limit");
        }
    }
    return all;
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 2};
    std::size_t const limit = 2 + how.below(60);
    auto const seed = 1 + how.below(256);
    auto const wire = how.rest();
    auto const all = same_for_cuts(wire, seed, [&](auto const& cut) { return read(cut, limit); });
    require(all == plainly_read(wire, limit), "the reference reads the same lines");
}
