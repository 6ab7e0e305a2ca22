#pragma once

// Prints a session line by line behind C: and S:. What is hidden is decided by where the session
// stands: content is not shown, and neither is anything that is said during AUTH.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <postel/command.hpp>
#include <postel/line_reader.hpp>
#include <postel/server_table.hpp>

#include "../support/transcript.hpp"

namespace mail_server {

// The session is fed one line at a time, so that for each it is known where the session stood when
// it read it. A session does not care how its input is cut.
class transcript {
public:
    void arrived(std::string_view octets) {
        waiting_.erase(0, fed_);
        fed_ = 0;
        waiting_ += octets;
    }
    [[nodiscard]] bool has_more() const { return fed_ != waiting_.size(); }

    // The octets to be fed next; they stay where they are until they are used.
    std::string_view next(postel::server_state where) {
        auto const rest = std::string_view{waiting_}.substr(fed_);
        auto const piece = rest.substr(0, where == postel::server_state::bdat
                                              ? std::min<std::uint64_t>(chunk_, rest.size())
                                              : end_of_line(rest));
        fed_ += piece.size();
        bool const content =
            where == postel::server_state::bdat || where == postel::server_state::data;
        if (content)
            take_content(where, piece);
        else if (show(where, piece) == postel::verb::starttls)
            return take_rest(piece);
        return piece;
    }
    void sent(std::string_view octets) {
        show_content();
        while (!octets.empty()) {
            auto const step = server_.next(octets, longest);
            octets.remove_prefix(step.consumed);
            if (step.what != postel::line_reader::outcome::line) continue;
            bool const challenge = step.text.substr(0, 3) == "334";
            print('S', challenge ? "334 (hidden)" : step.text);
        }
    }

private:
    static constexpr std::size_t longest = 65536;

    static std::size_t end_of_line(std::string_view octets) {
        auto const at = octets.find('\n');
        return at == octets.npos ? octets.size() : at + 1;
    }
    // What stands behind STARTTLS in the same octets has to reach the session with it, since it
    // makes all the difference.                                                RFC 3207 6
    std::string_view take_rest(std::string_view piece) {
        fed_ = waiting_.size();
        return {piece.data(), static_cast<std::size_t>(waiting_.data() + fed_ - piece.data())};
    }

    postel::verb show(postel::server_state where, std::string_view piece) {
        auto const step = client_.next(piece, longest);
        if (step.what != postel::line_reader::outcome::line) return postel::verb::unknown;
        show_content();
        if (where == postel::server_state::auth) {
            print('C', step.text == "*" ? "*" : "(hidden)");
            return postel::verb::unknown;
        }
        auto const line = postel::split_command(step.text);
        auto const verb = line ? line->verb : postel::verb::unknown;
        if (verb == postel::verb::auth) {
            print('C', hide_response(step.text));
        } else if (verb == postel::verb::unknown) {
            // Whoever sends a password where none is expected wants it hidden all the same.
            print('C', "(not a command)");
        } else {
            print('C', step.text);
            if (verb != postel::verb::bdat) return verb;
            if (auto const chunk = postel::parse_bdat(*line)) chunk_ = chunk->size;
        }
        return verb;
    }
    static std::string hide_response(std::string_view line) {
        auto const mechanism = line.find_first_not_of(' ', line.find(' '));
        auto const end = mechanism == line.npos ? line.npos : line.find(' ', mechanism);
        return std::string{line.substr(0, end)} + (end == line.npos ? "" : " (hidden)");
    }

    void take_content(postel::server_state where, std::string_view piece) {
        content_ += piece.size();
        if (where == postel::server_state::bdat) chunk_ -= piece.size();
    }
    void show_content() {
        if (content_ != 0) print('C', fmt::format("({} octets of content)", content_));
        content_ = 0;
    }
    static void print(char who, std::string_view text) {
        fmt::print(stderr, "{}: {}\n", who, support::printable(text));
    }

    std::string waiting_;  // arrived and not all fed
    std::size_t fed_ = 0;
    std::uint64_t chunk_ = 0;    // octets to come of this one
    std::uint64_t content_ = 0;  // octets not shown
    postel::line_reader client_, server_;
};

}  // namespace mail_server
