#pragma once

// Prints a session as it goes over the wire: commands behind C:, replies behind S:. Of content only
// the length is shown, and of AUTH only the mechanism.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <postel/command.hpp>
#include <postel/dot_decoder.hpp>
#include <postel/line_reader.hpp>

#include "program.hpp"

namespace support {

/// AUTH as it may be shown: without the initial response.
inline std::string without_response(std::string_view line) {
    auto const mechanism = line.find_first_not_of(' ', line.find(' '));
    auto const end = mechanism == line.npos ? line.npos : line.find(' ', mechanism);
    return std::string{line.substr(0, end)} + (end == line.npos ? "" : " (hidden)");
}

/// A client's. What the client sends next follows from what was said before: a response behind 334,
/// content behind 354, a chunk behind BDAT.
class transcript {
public:
    explicit transcript(std::FILE* out) : out_(out) {}

    void received(std::string_view octets) {
        while (!octets.empty()) {
            auto const step = server_.next(octets, longest);
            octets.remove_prefix(step.consumed);
            if (step.what == postel::line_reader::outcome::line) show_reply(step.text);
        }
        std::fflush(out_);
    }
    void sent(std::string_view octets) {
        while (!octets.empty()) octets.remove_prefix(take(octets));
        std::fflush(out_);
    }

private:
    enum class part { command, response, content, chunk };
    static constexpr std::size_t longest = 65536;

    void show_reply(std::string_view line) {
        auto const code = line.substr(0, 3);
        print('S', code == "334" ? "334 (hidden)" : line);
        if (code == "334") next_ = part::response;
        if (code == "354") begin(part::content);
    }
    std::size_t take(std::string_view octets) {
        if (next_ == part::content) return take_content(octets);
        if (next_ == part::chunk) return take_chunk(octets);
        auto const step = client_.next(octets, longest);
        if (step.what != postel::line_reader::outcome::line) return step.consumed;
        if (next_ == part::response)
            print('C', step.text == "*" ? "*" : "(hidden)");
        else
            show_command(step.text);
        if (next_ == part::response) next_ = part::command;
        return step.consumed;
    }
    void show_command(std::string_view text) {
        auto const line = postel::split_command(text);
        auto const verb = line ? line->verb : postel::verb::unknown;
        print('C', verb == postel::verb::auth ? without_response(text) : text);
        if (verb != postel::verb::bdat) return;
        auto const chunk = postel::parse_bdat(*line);
        if (!chunk || chunk->size == 0) return;
        begin(part::chunk);
        chunk_ = chunk->size;
    }

    void begin(part what) {
        next_ = what;
        shown_ = 0;
    }
    // The library's own decoder knows where content ends.
    std::size_t take_content(std::string_view octets) {
        auto const step = decoder_.next(octets);
        if (!step) return octets.size();  // not with content that the client session let out
        shown_ += step->text.size();
        if (!step->done) return step->consumed;
        next_ = part::command;
        print('C', fmt::format("({} octets of content)", shown_));
        print('C', ".");
        return step->consumed;
    }
    std::size_t take_chunk(std::string_view octets) {
        auto const size = std::min<std::uint64_t>(octets.size(), chunk_ - shown_);
        shown_ += size;
        if (shown_ == chunk_) {
            next_ = part::command;
            print('C', fmt::format("({} octets of content)", chunk_));
        }
        return size;
    }

    void print(char who, std::string_view text) {
        fmt::print(out_, "{}: {}\n", who, printable(text));
    }

    std::FILE* out_;
    postel::line_reader client_, server_;
    postel::dot_decoder decoder_;
    part next_ = part::command;  // what the client sends next
    std::uint64_t shown_ = 0;    // octets of content or of a chunk
    std::uint64_t chunk_ = 0;    // octets that it has
};

}  // namespace support
