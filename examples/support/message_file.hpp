#pragma once

// A message as users keep it in a file, made fit for SMTP.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <postel/limits.hpp>

#include "program.hpp"

namespace support {

/// All octets of a file; "-" is standard input.
inline std::string read_file(std::string const& name) {
    auto const cannot = [&] {
        return fatal{no_input, fmt::format("cannot read {}: {}", name, system_text(errno))};
    };
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened{nullptr, std::fclose};
    if (name != "-") opened.reset(std::fopen(name.c_str(), "rb"));
    auto* const file = name == "-" ? stdin : opened.get();
    if (file == nullptr) throw cannot();
    std::string text;
    for (std::size_t used = 0, got = 1; got != 0; used += got) {
        text.resize(std::max(used * 2, std::size_t{65536}));
        got = std::fread(text.data() + used, 1, text.size() - used, file);
        if (got == 0) text.resize(used);
    }
    if (std::ferror(file) != 0) throw cannot();
    return text;
}

/// Ends every line by CR LF, as mail wants it: files on Unix end theirs by LF alone.
inline std::string with_crlf(std::string text) {
    auto const next_bare = [&](std::size_t from) {
        auto at = text.find('\n', from);
        while (at != text.npos && at != 0 && text[at - 1] == '\r') at = text.find('\n', at + 1);
        return at;
    };
    if (next_bare(0) == text.npos) return text;
    std::string converted;
    converted.reserve(text.size() + text.size() / 16);
    std::size_t from = 0;
    for (auto at = next_bare(0); at != text.npos; at = next_bare(at + 1)) {
        converted.append(text, from, at - from).append("\r\n");
        from = at + 1;
    }
    return converted.append(text, from);
}

/// Finds what no server has to take, and names the line.                RFC 5321 2.3.8, 4.5.3.1.6
inline void check_lines(std::string_view name, std::string_view text) {
    auto rest = text;
    for (std::size_t number = 1; !rest.empty(); ++number) {
        auto const end = rest.find("\r\n");
        auto const line = rest.substr(0, end);
        char const* problem = nullptr;
        if (line.size() + 2 > postel::minimum::text_line) problem = "is longer than 998 octets";
        if (line.find('\r') != line.npos) problem = "holds a CR without LF";
        if (line.find('\0') != line.npos) problem = "holds a NUL";
        if (problem != nullptr)
            throw fatal{bad_data, fmt::format("{}: line {} {}", name, number, problem)};
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 2);
    }
}

/// The message in this file, with CR LF at the end of each line, also of the last.
inline std::string read_message(std::string const& name) {
    auto text = with_crlf(read_file(name));
    check_lines(name, text);
    if (!text.empty() && !text.ends_with("\r\n")) text += "\r\n";
    return text;
}

}  // namespace support
