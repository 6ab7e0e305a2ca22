#pragma once

#include <cstdint>
#include <postel/decimal.hpp>
#include <postel/octet_buffer.hpp>
#include <string_view>

namespace postel {

/// Where a session writes what goes over the wire, line by line, as anybody may see it. Content is
/// left out, and so is everything that is said during AUTH: the session knows where it stands, and
/// needs no pattern to find a secret. What stands in for them is in parentheses.
///
///     postel::transcript const log{[](void*, char who, std::string_view text) {
///         fmt::print("{}: {}\n", who, text);
///     }};
///     session.write_transcript(log);
struct transcript {
    /// who      'C' or 'S'.
    /// text     One line without CR LF, valid during the call. It comes from the peer and may hold
    ///          any octet but CR LF.
    void (*line)(void* context, char who, std::string_view text) = nullptr;
    void* context = nullptr;

    /// What stands for a command whose argument is a secret, or for a line that is one.
    void secret(std::string_view open) const {
        octet_buffer text;
        text.append(open);
        text.append(open.empty() ? std::string_view{"(hidden)"} : std::string_view{" (hidden)"});
        line(context, 'C', text.view());
    }
    /// What stands for content.
    void content(std::uint64_t octets) const {
        octet_buffer text;
        text.append(std::string_view{"("});
        write_decimal(text, octets);
        text.append(std::string_view{" octets of content)"});
        line(context, 'C', text.view());
    }
    /// Whole lines, each ended by CR LF.
    void lines(char who, std::string_view octets) const {
        while (!octets.empty()) {
            auto const end = octets.find("\r\n");
            auto const text = octets.substr(0, end);
            bool const challenge = who == 'S' && text.substr(0, 3) == "334";
            line(context, who, challenge ? std::string_view{"334 (hidden)"} : text);
            octets.remove_prefix(end == octets.npos ? octets.size() : end + 2);
        }
    }
};

}  // namespace postel
