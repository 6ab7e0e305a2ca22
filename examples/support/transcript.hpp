#pragma once

// Prints a session as it goes over the wire: commands behind C:, replies behind S:, and of content
// its length only.

#include <cstdint>
#include <cstdio>
#include <string_view>

#include <postel/ascii.hpp>
#include <postel/dot_decoder.hpp>
#include <postel/line_reader.hpp>

#include "program.hpp"

namespace support {

class transcript {
public:
    explicit transcript(std::FILE* out) : out_(out) {}

    void received(std::string_view octets) { lines('S', server_, octets); }
    /// What the client sends next is the content of a message.
    void content_follows() {
        in_content_ = true;
        content_octets_ = 0;
    }
    void sent(std::string_view octets) {
        while (in_content_ && !octets.empty()) octets.remove_prefix(content(octets));
        lines('C', client_, octets);
    }

private:
    void lines(char who, postel::line_reader& reader, std::string_view octets) {
        while (!octets.empty()) {
            auto const step = reader.next(octets, 65536);
            octets.remove_prefix(step.consumed);
            if (step.what == postel::line_reader::outcome::line)
                fmt::print(out_, "{}: {}\n", who, printable(step.text));
        }
        std::fflush(out_);
    }
    // The library's own decoder knows where content ends.
    std::size_t content(std::string_view octets) {
        auto const step = decoder_.next(octets);
        if (!step) return octets.size();  // not with content that the client session let out
        content_octets_ += step->text.size();
        in_content_ = !step->done;
        if (step->done) fmt::print(out_, "C: ({} octets of content)\nC: .\n", content_octets_);
        return step->consumed;
    }

    std::FILE* out_;
    postel::line_reader client_, server_;
    postel::dot_decoder decoder_;
    std::uint64_t content_octets_ = 0;
    bool in_content_ = false;
};

}  // namespace support
