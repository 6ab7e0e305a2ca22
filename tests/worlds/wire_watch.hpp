#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "worlds/server_end.hpp"

namespace postel::test::worlds {

/// Reads what a client sends, sharing nothing with the library, to know which messages went out
/// whole: only about those may anybody be in doubt.
class wire_watch {
public:
    explicit wire_watch(plan const& how) {
        for (auto const& one : how.letters) complete_.emplace_back(one.to.size());
    }
    void sent(std::string_view octets) {
        octets_ += octets;
        std::string_view rest = octets_;
        while (read(rest)) {
        }
        octets_.erase(0, octets_.size() - rest.size());
    }
    /// What the client gets. Content follows 354, and nothing else does.
    void received(std::string_view octets) {
        for (char const c : octets) {
            if (column_ < 3) code_[column_] = c;
            ++column_;
            if (c != '\n') continue;
            if (std::string_view{code_, 3} == "354") content_ = true;
            column_ = 0;
        }
    }
    /// The end of the letter was sent, to this recipient among others.
    [[nodiscard]] bool complete(std::size_t letter, std::size_t recipient) const {
        return complete_[letter][recipient];
    }

private:
    [[nodiscard]] bool read(std::string_view& rest) {
        if (chunk_ != 0) {
            auto const some = std::min(chunk_, rest.size());
            rest.remove_prefix(some);
            chunk_ -= some;
            if (chunk_ == 0 && last_) end();
            return chunk_ == 0;
        }
        auto const length = rest.find("\r\n");
        if (length == rest.npos) return false;
        auto const line = rest.substr(0, length);
        rest.remove_prefix(length + 2);
        content_ ? read_content(line) : read_command(line);
        return true;
    }
    void read_content(std::string_view line) {
        if (line != ".") return;
        content_ = false;
        end();
    }
    void read_command(std::string_view line) {
        if (line.starts_with("MAIL FROM:")) {
            letter_ = number_in(line);
            to_.clear();
        } else if (line.starts_with("RCPT TO:")) {
            to_.push_back(number_in(line));
        } else if (line.starts_with("BDAT ")) {
            std::from_chars(line.data() + 5, line.data() + line.size(), chunk_);
            last_ = line.ends_with(" LAST");
            if (chunk_ == 0 && last_) end();
        }
    }
    void end() {
        for (auto const each : to_) complete_[letter_][each] = true;
    }

    std::vector<std::vector<bool>> complete_;
    std::vector<std::size_t> to_;
    std::string octets_;
    std::size_t letter_ = 0;
    std::size_t chunk_ = 0;
    std::size_t column_ = 0;
    char code_[3]{};
    bool last_ = false;
    bool content_ = false;
};

}  // namespace postel::test::worlds
