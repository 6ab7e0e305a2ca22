#include <postel/reply.hpp>
#include <postel/reply_view.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/support/fuzz.hpp"

// Replies with a text that an attacker wrote: it can add neither a reply nor a line of another
// code, and no line is too long.

namespace {

using namespace postel;
using fuzz::require;

void check_octets(std::string_view out, reply_code code, charset allowed) {
    auto const read = parse_reply(out);
    require(read.ok(), "what was written is one reply");
    require(read->code() == (code.valid() ? code : reply_code{451}),
            "with the code that was meant");
    for (auto const line : read->lines())
        require(code.intermediate() || line.size() + 6 <= 512, "no line is too long");
    require(allowed == charset::utf8 || read->printable(), "controls do not get out");
    if (allowed == charset::utf8) {
        require(check_utf8(out).ok(), "what is not ASCII is UTF-8");
        for (auto const line : read->lines())
            for (char const c : line)
                require(static_cast<unsigned char>(c) >= ' ' || c == '\t', "controls stay inside");
    }
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 8};
    reply_code const code{static_cast<int>(how.below(8) * 100 + how.below(100))};
    enhanced_status const status{static_cast<std::uint16_t>(how.below(8)),
                                 static_cast<std::uint16_t>(how.below(256) * 5),
                                 static_cast<std::uint16_t>(how.below(256) * 5)};
    bool const with_status = how.yes();
    auto const allowed = how.yes() ? charset::utf8 : charset::ascii;

    std::string out;
    write_reply(out, {code, status, how.rest()}, with_status, allowed);
    check_octets(out, code, allowed);
    auto const read = *parse_reply(out);
    bool const shown = with_status && code.valid() && !code.intermediate() &&
                       status.code_class == code.value / 100 && status.subject <= 999 &&
                       status.detail <= 999;
    if (shown && code.value / 100 != 3)
        require(read.status() == status, "the status is the one that was meant");

    auto const lines = split(how.rest(), '\n');
    out.clear();
    write_reply(out, code, status, lines, with_status, allowed);
    check_octets(out, code, allowed);
    require(parse_reply(out)->line_count() >= lines.size(), "every line has a line");
}
