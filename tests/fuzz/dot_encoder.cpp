#include <postel/dot_encoder.hpp>
#include <span>
#include <string>
#include <vector>

#include "fuzz/support/fuzz.hpp"
#include "support/decode.hpp"

// What the encoder writes, the decoder reads: the message, and nothing but the message.

namespace {

using namespace postel;
using fuzz::require;

struct encoded {
    std::string wire;
    error fault = error::none;
    std::size_t consumed = 0;
    std::uint64_t octets = 0;
    bool eight_bit = false, long_line = false, altered = false;

    friend bool operator==(encoded const&, encoded const&) = default;
};

void finish(dot_encoder& encoder, encoded& all) {
    auto const end = encoder.finish();
    if (end)
        all.wire += *end;
    else
        all.fault = end.fault().code;
    all.octets = encoder.octets();
    all.eight_bit = encoder.has_eight_bit();
    all.long_line = encoder.has_long_line();
    all.altered = encoder.altered();
}

encoded encode(test::pieces const& cut, content_encoding how) {
    dot_encoder encoder{how};
    encoded all;
    for (auto const piece : cut) {
        fuzz::exactly const memory{piece};
        for (auto rest = memory.view(); !rest.empty();) {
            auto const step = encoder.next(rest);
            if (!step) {
                require(step.fault().at == 0, "text before a fault comes first");
                all.fault = step.fault().code;
                return all;
            }
            require(step->consumed != 0 || !step->text.empty(), "there is always progress");
            all.wire += step->text;
            all.consumed += step->consumed;
            rest.remove_prefix(step->consumed);
        }
    }
    finish(encoder, all);
    return all;
}

// The same into a buffer of `room` octets.
encoded copy(std::string_view text, content_encoding how, std::size_t room) {
    dot_encoder encoder{how};
    encoded all;
    std::vector<char> out(room);
    while (!text.empty()) {
        auto const step = encoder.next(text, std::span{out});
        if (!step) {
            all.fault = step.fault().code;
            return all;
        }
        require(step->consumed != 0 || step->written != 0, "there is always progress");
        all.wire.append(out.data(), step->written);
        all.consumed += step->consumed;
        text.remove_prefix(step->consumed);
    }
    finish(encoder, all);
    return all;
}

// Every line end as CR LF, the last line ended; or the first fault.
encoded plainly_normal(std::string_view text, content_encoding how) {
    encoded all;
    bool const convert = how.endings == line_ending_repair::convert;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) == "\r\n") {
            all.wire += "\r\n";
            ++i;
            continue;
        }
        char const c = text[i];
        if (c == '\0' && how.nul == nul_policy::reject) all.fault = error::nul_octet;
        if (c == '\r' && !convert) all.fault = error::bare_cr;
        if (c == '\n' && !convert) all.fault = error::bare_lf;
        if (all.fault != error::none) return all;
        all.altered = all.altered || c == '\r' || c == '\n';
        c == '\r' || c == '\n' ? all.wire += "\r\n" : all.wire += c;
    }
    if (!all.wire.empty() && !all.wire.ends_with("\r\n")) all.wire += "\r\n";
    return all;
}

void check_round_trip(encoded const& sent, std::string const& message, content_encoding how) {
    std::string_view const wire{sent.wire};
    require(sent.octets == message.size(), "octets are counted as SIZE counts them");
    bool eight_bit = false;
    for (char const c : message) eight_bit = eight_bit || static_cast<unsigned char>(c) > 127;
    require(sent.eight_bit == eight_bit, "octets above 127 are noticed");
    bool long_line = false;
    for (auto const line : fuzz::split(message, '\n'))
        long_line = long_line || line.size() + 1 > 1000;
    require(sent.long_line == long_line, "long lines are noticed");
    if (!how.dots) return require(wire == message, "without dots the message goes out as it is");
    auto const read = test::decode({wire}, dot_decoder{line_ending_policy::reject, how.nul});
    require(read.done && read.end == wire.size(), "the message ends where it ends");
    require(read.text == message, "what arrives is what was sent");
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 3};
    content_encoding const chosen{static_cast<line_ending_repair>(how.below(2)),
                                  static_cast<nul_policy>(how.below(2)), how.below(4) != 0};
    auto const text = how.rest();
    auto const seed = 1 + how.below(256);
    auto const sent =
        same_for_cuts(text, seed, [&](auto const& cut) { return encode(cut, chosen); });
    require(copy(text, chosen, 2 + how.below(64)) == sent, "into a buffer goes the same");
    auto const message = plainly_normal(text, chosen);
    require(sent.fault == message.fault, "the reference judges the same");
    require(sent.wire.size() <= 2 * text.size() + 5, "it is at most twice as long");
    if (sent.fault != error::none) return;
    require(sent.altered == message.altered, "a change is told");
    check_round_trip(sent, message.wire, chosen);
}
