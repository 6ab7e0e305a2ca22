#pragma once

#include <postel/dot_decoder.hpp>
#include <string>
#include <string_view>

#include "support/split.hpp"

namespace postel::test {

/// All that a dot_decoder said about a stream.
struct decoded {
    std::string text;          ///< what was handed out before the end or the fault
    error fault{};             ///< none, or the first fault
    bool done = false;         ///< the end was seen
    std::size_t consumed = 0;  ///< octets up to the end or the fault
    std::string discarded;     ///< what was handed out behind the fault, when everything passes
    std::size_t end = 0;       ///< octets up to the end, seen behind a fault or without one
    bool altered = false;

    friend bool operator==(decoded const&, decoded const&) = default;
};

/// Feeds `stream` to a decoder as a session does: a fault is noted, and reading goes on to the end.
inline decoded decode(pieces const& stream, dot_decoder decoder) {
    decoded all;
    for (auto piece : stream) {
        while (!piece.empty() && all.end == 0) {
            auto const step = decoder.next(piece);
            if (!step) {
                if (step.fault().at != 0 || all.fault != error::none) return {};  // broken promise
                all.fault = step.fault().code;
                decoder.pass_everything();
                continue;
            }
            if (step->consumed == 0 && step->text.empty()) return {};  // no progress
            bool const sound = all.fault == error::none;
            (sound ? all.text : all.discarded) += step->text;
            if (sound) all.consumed += step->consumed;
            piece.remove_prefix(step->consumed);
            if (sound && step->done) all.done = true;
            if (step->done) all.end = 1;
        }
        if (all.end != 0) {
            all.end = static_cast<std::size_t>(piece.data() - stream.front().data());
            break;
        }
    }
    all.altered = decoder.altered();
    return all;
}

}  // namespace postel::test
