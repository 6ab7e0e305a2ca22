#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <postel/reply_view.hpp>
#include <postel/utf8.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Transcripts are sessions written down: the octets on the wire, and what the program at either end
// is told. transcripts/README.md explains the notation; here it is read.

namespace postel::test {

enum class role : std::uint8_t { server, client };

/// What a line of a transcript is.
enum class line_kind : std::uint8_t {
    client_octets,  ///< C: or C!
    server_octets,  ///< S: or S!
    transport,      ///< T:
    server_event,   ///< s:
    client_event,   ///< c:
    client_call,    ///< c!
};

struct transcript_line {
    line_kind kind;
    std::string text;  ///< octets: as on the wire, with CR LF
    std::size_t number;
};

/// One connection.
struct transcript {
    std::string file;
    std::vector<transcript_line> lines;
    /// Why no client session says this.
    std::string server_only{};

    /// A role is played where the file says what it is told.
    [[nodiscard]] bool is_for(role who) const {
        for (auto const& line : lines)
            if (line.kind ==
                (who == role::server ? line_kind::server_event : line_kind::client_event))
                return true;
        return false;
    }
};

[[noreturn]] inline void bad_transcript(std::string_view file, std::size_t line,
                                        std::string_view why) {
    throw std::runtime_error{std::string{file} + ":" + std::to_string(line) + ": " +
                             std::string{why}};
}

// ---- Escapes ---------------------------------------------------------------------------------

[[nodiscard]] inline int hex_digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Reads `\r`, `\n`, `\\`, `\xHH`, and `\{300 ab}` for "ab" three hundred times.
/// throws  std::invalid_argument for anything else behind a backslash.
[[nodiscard]] inline std::string unescape(std::string_view text) {
    std::string octets;
    auto const take = [&text](std::size_t n) {
        if (text.size() < n) throw std::invalid_argument{"unfinished escape"};
        auto const taken = text.substr(0, n);
        text.remove_prefix(n);
        return taken;
    };
    while (!text.empty()) {
        auto const c = take(1).front();
        if (c != '\\') {
            octets += c;
            continue;
        }
        switch (take(1).front()) {
            case 'r': octets += '\r'; break;
            case 'n': octets += '\n'; break;
            case '\\': octets += '\\'; break;
            case 'x': {
                auto const digits = take(2);
                auto const high = hex_digit_value(digits[0]);
                auto const low = hex_digit_value(digits[1]);
                if (high < 0 || low < 0) throw std::invalid_argument{"\\x without two digits"};
                octets += static_cast<char>(high * 16 + low);
                break;
            }
            case '{': {
                auto const body = take(text.find('}') == std::string_view::npos ? text.size() + 1
                                                                                : text.find('}'));
                take(1);
                auto const space = body.find(' ');
                if (space == std::string_view::npos) throw std::invalid_argument{"\\{n text}"};
                auto const times = std::stoul(std::string{body.substr(0, space)});
                for (std::size_t i = 0; i < times; ++i) octets += body.substr(space + 1);
                break;
            }
            default: throw std::invalid_argument{"unknown escape"};
        }
    }
    return octets;
}

/// Octets as they can stand in a transcript. UTF-8 stays as it is, other octets are escaped.
[[nodiscard]] inline std::string escape(std::string_view octets) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    bool const utf8 = check_utf8(octets).ok();
    std::string text;
    for (auto const c : octets) {
        auto const octet = static_cast<unsigned char>(c);
        if (c == '\r')
            text += "\\r";
        else if (c == '\n')
            text += "\\n";
        else if (c == '\\')
            text += "\\\\";
        else if ((octet >= 0x20 && octet < 0x7F) || (octet > 0x7F && utf8))
            text += c;
        else
            (text += "\\x").append({digits[octet / 16], digits[octet % 16]});
    }
    return text;
}

// ---- Reading a file --------------------------------------------------------------------------

[[nodiscard]] inline transcript_line read_line(std::string_view line, std::size_t number) {
    bool const escaped = line.size() >= 2 && line[1] == '!';
    if (line.size() < 2 || (line[1] != ':' && !escaped))
        throw std::invalid_argument{"a line starts with C: C! S: S! T: s: c: c! or #"};
    auto text = line.substr(2);
    if (!text.empty() && text.front() != ' ')
        throw std::invalid_argument{"a space is missing behind the first two characters"};
    if (!text.empty()) text.remove_prefix(1);
    auto const octets =
        escaped && line.front() != 'c' ? unescape(text) : std::string{text} + "\r\n";
    switch (line.front()) {
        case 'C': return {line_kind::client_octets, octets, number};
        case 'S': return {line_kind::server_octets, octets, number};
        case 'c':
            if (escaped) return {line_kind::client_call, octets, number};
            return {line_kind::client_event, escape(unescape(text)), number};
        case 's': return {line_kind::server_event, escape(unescape(text)), number};
        case 'T': return {line_kind::transport, std::string{text}, number};
        default: throw std::invalid_argument{"no such kind of line"};
    }
}

/// The sessions of a file. An empty line ends a session; comments are skipped.
/// throws  std::runtime_error that names the file and the line.
[[nodiscard]] inline std::vector<transcript> read_transcripts(std::string_view file,
                                                              std::string_view text) {
    std::vector<transcript> sessions;
    bool open = false;
    std::string server_only;
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto const end = text.find('\n');
        auto const line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty()) open = false;
        if (constexpr std::string_view mark = "# server only: "; line.substr(0, 15) == mark)
            server_only = line.substr(mark.size());
        if (line.empty() || line.front() == '#') continue;
        if (!open) sessions.push_back({std::string{file}, {}, std::exchange(server_only, {})});
        open = true;
        try {
            sessions.back().lines.push_back(read_line(line, number));
        } catch (std::invalid_argument const& why) {
            bad_transcript(file, number, why.what());
        }
    }
    return sessions;
}

[[nodiscard]] inline std::string read_whole_file(std::string const& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw std::runtime_error{"cannot open " + path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// ---- One side of it --------------------------------------------------------------------------

/// What reaches one role, and all that has to follow before anything else reaches it.
struct turn {
    std::size_t line = 0;              ///< where it starts
    std::string in{};                  ///< octets from the peer, sent as one
    std::string transport{};           ///< or what happens to the connection
    std::vector<std::string> told{};   ///< the events
    std::vector<std::string> asked{};  ///< what the caller asks for and nobody sees on the wire
    std::string out{};                 ///< octets to the peer
};

/// The turns of a role. The first one is the start of the connection.
[[nodiscard]] inline std::vector<turn> turns_of(transcript const& session, role who) {
    bool const server = who == role::server;
    auto const peer = server ? line_kind::client_octets : line_kind::server_octets;
    auto const self = server ? line_kind::server_octets : line_kind::client_octets;
    auto const event = server ? line_kind::server_event : line_kind::client_event;
    std::vector<turn> turns(1);
    turns.front().line = session.lines.front().number;
    for (auto const& line : session.lines) {
        auto const& now = turns.back();
        bool const fresh = now.out.empty() && now.transport.empty();
        bool const begun = !now.told.empty() && now.in.empty();
        bool const first = &line == &session.lines.front();
        if (!first &&
            (line.kind == line_kind::transport || (line.kind == peer && (!fresh || begun))))
            turns.push_back(turn{.line = line.number});
        auto& here = turns.back();
        if (line.kind == line_kind::transport) here.transport = line.text;
        if (line.kind == peer) here.in += line.text;
        if (line.kind == self) here.out += line.text;
        if (line.kind == event) here.told.push_back(line.text);
        if (line.kind == line_kind::client_call && !server) here.asked.push_back(line.text);
    }
    return turns;
}

/// The complete replies in these octets.
/// throws  std::invalid_argument when they are something else.
[[nodiscard]] inline std::vector<reply_view> replies_in(std::string_view octets) {
    std::vector<reply_view> replies;
    for (std::size_t from = 0, at = 0; at < octets.size();) {
        auto const end = octets.find("\r\n", at);
        if (end == std::string_view::npos) throw std::invalid_argument{"half a reply"};
        bool const last = end - at <= 3 || octets[at + 3] != '-';
        at = end + 2;
        if (!last) continue;
        auto const reply = parse_reply(octets.substr(from, at - from));
        if (!reply) throw std::invalid_argument{"not a reply: " + escape(octets.substr(from))};
        replies.push_back(*reply);
        from = at;
    }
    return replies;
}

}  // namespace postel::test
