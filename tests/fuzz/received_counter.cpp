#include <postel/received_counter.hpp>
#include <string>

#include "fuzz/support/fuzz.hpp"

// Received fields, against a reference that has the whole message.

namespace {

bool is_received(std::string_view line) {
    std::string name;
    auto const colon = line.find(':');
    if (colon == line.npos) return false;
    for (char const c : line.substr(0, colon))
        name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    while (name.size() > 8 && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
    return name == "received";
}

std::uint32_t plainly_counted(std::string_view message) {
    std::uint32_t count = 0;
    while (!message.empty()) {
        auto const end = message.find('\n');
        auto line = message.substr(0, end);
        message.remove_prefix(end == message.npos ? message.size() : end + 1);
        if (end != message.npos && (line.empty() || line == "\r")) return count;
        if (is_received(line)) ++count;
    }
    return count;
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 1};
    auto const seed = 1 + how.below(256);
    auto const count = same_for_cuts(how.rest(), seed, [](test::pieces const& cut) {
        received_counter counter;
        for (auto const piece : cut) (void)counter.next(piece);
        return counter.count();
    });
    require(count == plainly_counted(how.rest()), "the reference counts the same");
}
