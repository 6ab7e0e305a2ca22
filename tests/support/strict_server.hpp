#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A server that shares no code with the library: it says what a script tells it to, and notes
// whatever a client must not do.

namespace postel::test {

enum class say : std::uint8_t { accept, defer, refuse };

/// What is said to one transaction.
struct decisions {
    say mail = say::accept;
    std::vector<say> recipients{};  ///< further ones are accepted
    say data = say::accept;
    say end = say::accept;
    bool lax = false;           ///< 354 although every recipient was refused
    std::vector<say> chunks{};  ///< to BDAT; further ones are accepted
};

class strict_server {
public:
    strict_server(bool pipelining, std::vector<decisions> script, bool chunking = false)
        : pipelining_(pipelining), chunking_(chunking), script_(std::move(script)) {}

    /// What a client did that it must not do.
    std::vector<std::string> faults;
    /// The contents that came, as on the wire, without the final dot; one for each 354.
    std::vector<std::string> contents;
    std::size_t groups = 0;
    bool left = false;

    [[nodiscard]] static std::string greeting() { return "220 server.example\r\n"; }

    /// Reads one group of commands, and gives the replies to all of it.
    [[nodiscard]] std::string take(std::string_view group) {
        ++groups;
        replies_.clear();
        steps_ = 0;
        closed_group_ = false;
        while (!group.empty()) {
            if (content_)
                read_content(group);
            else
                read_command(group);
        }
        return std::exchange(replies_, {});
    }

private:
    void fault(std::string what) { faults.push_back(std::move(what)); }

    // RFC 2920 3.1: only RSET, MAIL and RCPT stand anywhere, content stands first, all else last.
    // RFC 3030 2: BDAT stands before BDAT, and LAST is the last.
    void step(bool may_be_followed, std::string_view what) {
        if (closed_group_) fault("behind the end of a group: " + std::string(what));
        if (steps_++ != 0 && !pipelining_) fault("not waited for: " + std::string(what));
        closed_group_ = !may_be_followed;
    }

    void read_content(std::string_view& group) {
        bool const at_once = contents.back().empty() && group.substr(0, 3) == ".\r\n";
        auto const end = at_once ? 0 : group.find("\r\n.\r\n");
        if (steps_ != 0) fault("content that is not the first of its group");
        if (end == group.npos) {
            contents.back() += group;
            group = {};
            return;
        }
        contents.back() += group.substr(0, at_once ? 0 : end + 2);
        group.remove_prefix(end + (at_once ? 3 : 5));
        step(true, "content");
        content_ = false;
        open_ = false;
        if (accepted_ == 0) return reply("554 5.5.1 no valid recipients");
        reply_to(now().end, "250 2.0.0 queued", "451 4.3.0 content", "550 5.7.1 content");
    }

    void read_command(std::string_view& group) {
        auto const length = group.find("\r\n");
        if (length == group.npos) {
            fault("half a line");
            group = {};
            return;
        }
        auto const line = group.substr(0, length);
        group.remove_prefix(length + 2);
        if (left) fault("behind QUIT: " + std::string(line));
        bool const is_last = line.size() > 5 && line.substr(line.size() - 5) == " LAST";
        bool const chunk = starts(line, "BDAT ");
        bool const anywhere = line == "RSET" || starts(line, "MAIL FROM:<") ||
                              starts(line, "RCPT TO:<") || (chunk && !is_last);
        step(anywhere, line);
        bool const late = failed_in_ != 0 && failed_in_ != groups;
        if (late && line != "RSET" && line != "QUIT")
            fault("not RSET behind a failed BDAT: " + std::string(line));
        chunk ? on_bdat(line.substr(5), is_last, group) : obey(line);
    }

    void obey(std::string_view line) {
        if (starts(line, "EHLO ")) return on_hello();
        if (!helloed_) fault("before EHLO: " + std::string(line));
        if (line == "QUIT") {
            left = true;
            return reply("221 2.0.0 bye");
        }
        if (line == "RSET") {
            if (!open_ && failed_in_ == 0) fault("RSET without a transaction");
            open_ = false;
            failed_in_ = 0;
            return reply("250 2.0.0 reset");
        }
        if (starts(line, "MAIL FROM:<")) return on_mail();
        if (starts(line, "RCPT TO:<")) return on_rcpt();
        if (line == "DATA") return on_data();
        fault("not a command: " + std::string(line));
        reply("500 5.5.2 what?");
    }

    void on_hello() {
        helloed_ = true;
        replies_ += "250-server.example\r\n";
        if (pipelining_) replies_ += "250-PIPELINING\r\n";
        if (chunking_) replies_ += "250-CHUNKING\r\n";
        replies_ += "250-SIZE 100000\r\n250 8BITMIME\r\n";
    }
    void on_mail() {
        if (open_) fault("MAIL inside a transaction");
        ++transaction_;
        accepted_ = asked_ = chunks_ = 0;
        chunked_.clear();
        open_ = now().mail == say::accept;
        reply_to(now().mail, "250 2.1.0 ok", "451 4.3.0 sender", "550 5.7.1 sender");
    }
    void on_rcpt() {
        if (!open_) return reply("503 5.5.1 need MAIL");
        auto const index = asked_++;
        auto const what = index < now().recipients.size() ? now().recipients[index] : say::accept;
        if (what == say::accept) ++accepted_;
        reply_to(what, "250 2.1.5 ok", "450 4.2.1 recipient", "550 5.1.1 recipient");
    }
    void on_bdat(std::string_view line, bool is_last, std::string_view& group) {
        if (!chunking_) fault("BDAT that was not offered");
        std::size_t size = 0;
        for (char const c : line.substr(0, line.find(' ')))
            size = size * 10 + static_cast<std::size_t>(c - '0');
        if (group.size() < size) fault("less than BDAT says");
        auto const octets = group.substr(0, size);
        group.remove_prefix(octets.size());
        if (failed_in_ != 0) return reply("503 5.5.1 after a failed chunk");
        if (!open_ || (accepted_ == 0 && !now().lax)) {
            failed_in_ = groups;
            return reply("503 5.5.1 need RCPT");
        }
        chunked_ += octets;
        auto const index = chunks_++;
        auto what = index < now().chunks.size() ? now().chunks[index] : say::accept;
        if (is_last) what = accepted_ == 0 ? say::refuse : now().end;
        if (what != say::accept) failed_in_ = groups;
        if (is_last) open_ = false;
        if (is_last && what == say::accept) contents.push_back(chunked_);
        reply_to(what, "250 2.0.0 chunk", "451 4.3.0 chunk", "554 5.5.0 chunk");
    }
    void on_data() {
        if (chunks_ != 0) fault("DATA behind BDAT");
        if (!open_) return reply("503 5.5.1 need MAIL");
        if (accepted_ == 0 && !now().lax) return reply("503 5.5.1 need RCPT");
        if (now().data == say::accept) {
            content_ = true;
            contents.emplace_back();
        }
        reply_to(now().data, "354 go ahead", "451 4.3.0 data", "554 5.5.0 data");
    }

    [[nodiscard]] decisions const& now() const {
        static decisions const agreeable{};
        auto const index = transaction_ - 1;
        return index < script_.size() ? script_[index] : agreeable;
    }
    void reply(std::string_view text) { (replies_ += text) += "\r\n"; }
    void reply_to(say what, std::string_view yes, std::string_view later, std::string_view no) {
        reply(what == say::accept ? yes : what == say::defer ? later : no);
    }
    [[nodiscard]] static bool starts(std::string_view line, std::string_view with) {
        return line.substr(0, with.size()) == with;
    }

    bool pipelining_;
    bool chunking_;
    std::vector<decisions> script_;
    std::string chunked_;
    std::size_t chunks_ = 0;
    std::size_t failed_in_ = 0;  ///< the group with the BDAT that failed, until RSET
    std::string replies_;
    std::size_t transaction_ = 0;
    std::size_t asked_ = 0;
    std::size_t accepted_ = 0;
    std::size_t steps_ = 0;
    bool closed_group_ = false;
    bool helloed_ = false;
    bool open_ = false;
    bool content_ = false;
};

}  // namespace postel::test
