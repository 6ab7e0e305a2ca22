#include <postel/client_session.hpp>
#include <string_view>
#include <vector>

#include "fuzz/support/client_run.hpp"
#include "fuzz/support/fuzz.hpp"

// A client session whose server says anything at all. One line is a turn: what the server says
// before it has heard the answer to its last line is another thing, and has a mode of its own.

namespace {

using namespace postel;
using namespace std::string_view_literals;

constexpr std::string_view senders[]{"a@client.example", "", "\xC3\xA9@client.example", "not one"};
constexpr std::string_view recipients[]{"b@server.example",        "postmaster",
                                        "c@server.example",        "d@other.example",
                                        "\xC3\xA9@server.example", "\"q r\"@[192.0.2.1]"};
constexpr std::string_view contents[]{"hi\r\n"sv, "..\r\n.\r\nlast"sv, ""sv,
                                      "a\nb"sv,   "\xC3\xA9\r\n"sv,    "nul \0\r\n"sv,
                                      "\r"sv,     "a\r\n\r\n.b\r\n"sv};
constexpr std::string_view inquiries[]{"", "", "VRFY somebody", "NOOP", "HELP", "XANY thing"};

client_options options_of(fuzz::chooser& how) {
    client_options options{.hostname = "client.example"};
    auto const flags = how.bits();
    auto const is_set = [flags](unsigned bit) { return (flags >> bit & 1) != 0; };
    options.tls = static_cast<tls_policy>(flags & 3);
    if (is_set(2)) options.tls = tls_policy::none;
    options.auth_without_tls = is_set(3);
    options.auth_unverified = is_set(4);
    options.lmtp = is_set(5);
    options.pipelining = !is_set(6);
    options.overlap = !is_set(7);
    options.chunking = !is_set(8);
    if (is_set(9)) options.eager_content = 0;
    options.content.endings = static_cast<line_ending_repair>(flags >> 10 & 1);
    options.content.nul = static_cast<nul_policy>(flags >> 11 & 1);
    if (is_set(12)) options.limits.pending_output = 1 + (flags >> 16 & 63);
    if (is_set(13)) options.limits = {80, 200, 4, 65536};
    return options;
}

fuzz::fuzz_letter some_letter(fuzz::chooser& how) {
    fuzz::fuzz_letter one{senders[how.below(std::size(senders))], {}, {}, {}};
    for (auto count = 1 + how.below(3); count != 0; --count)
        one.to.push_back(recipients[how.below(std::size(recipients))]);
    one.content = contents[how.below(std::size(contents))];
    auto const flags = how.below(256);
    if ((flags & 1) != 0) one.parameters.size = one.content.size();
    if ((flags & 6) != 0) one.parameters.body = static_cast<body_type>((flags >> 1 & 3) - 1);
    if ((flags & 8) != 0) one.parameters.ret = return_content::headers;
    if ((flags & 48) == 48) one.parameters.require_tls = true;
    return one;
}

fuzz::client_application application_of(fuzz::chooser& how) {
    fuzz::client_application what;
    for (auto count = how.below(4); count != 0; --count) what.letters.push_back(some_letter(how));
    auto const auth = how.below(32);
    if (auth < sasl_mechanism_table.size()) what.mechanism = sasl_mechanism_table[auth].name;
    auto const flags = how.below(256);
    what.initial_response = (flags & 1) != 0;
    what.grouped = (flags & 2) != 0;
    what.cancels = (flags & 12) == 12;
    what.overlaps = (flags & 16) == 0;
    what.sends = (flags & 32) == 0;
    what.verified = (flags & 64) == 0;
    what.handshakes = (flags & 128) == 0;
    what.piece = 1 + how.below(8);
    what.inquiry = inquiries[how.below(std::size(inquiries))];
    return what;
}

// No piece goes on behind the end of a line.
test::pieces cut_at_lines(test::pieces const& cut) {
    test::pieces all;
    for (auto piece : cut) {
        while (!piece.empty()) {
            auto const part = piece.substr(0, piece.find('\n')).size() + 1;
            all.push_back(piece.substr(0, part));
            piece.remove_prefix(all.back().size());
        }
    }
    return all;
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 24};
    auto const options = options_of(how);
    auto const what = application_of(how);
    auto const seed = 1 + how.below(256);
    auto const last = how.below(16);
    auto const talk = [&](test::pieces const& cut) {
        client_run run{options, what};
        run.hear(cut);
        run.end((last & 1) != 0);
        return run.log();
    };
    if (last < 2) return (void)talk({how.rest()});
    same_for_cuts(how.rest(), seed, [&](auto const& cut) { return talk(cut_at_lines(cut)); });
}
