#pragma once

#include <cstdint>
#include <postel/ascii.hpp>
#include <string_view>

namespace postel {

/// Received fields of a message at which it is taken to be going round in circles. Many hops are
/// no fault, so the number is large.                                         RFC 5321 6.3
inline constexpr std::uint32_t usual_received_limit = 100;

/// Counts the Received fields of a message while its content passes, to find loops.
///
/// Only the header section counts: behind the first empty line nothing is looked at any more. The
/// format of the fields is not judged: a message must not be refused for it.
///                                                                   RFC 5321 3.7.2, 6.3
class received_counter {
public:
    /// Takes the next octets of the message.
    ///
    /// in       Any length, cut anywhere, may be empty. Lines end with LF; a CR before it is part
    ///          of the line end.
    /// returns  The fields counted so far.
    /// cost     One pass over the header section, nothing for the body.
    constexpr std::uint32_t next(std::string_view in) {
        while (!in.empty() && where_ != place::body) {
            if (where_ == place::rest) {
                auto const end = in.find('\n');
                if (end == std::string_view::npos) break;
                in.remove_prefix(end + 1);
                matched_ = 0;
                where_ = place::name;
                continue;
            }
            take(in.front());
            in.remove_prefix(1);
        }
        return count_;
    }

    [[nodiscard]] constexpr std::uint32_t count() const { return count_; }
    /// The header section has ended.
    [[nodiscard]] constexpr bool in_body() const { return where_ == place::body; }

private:
    // Where in a line the next octet lies.
    enum class place : std::uint8_t {
        name,   // of a field, all of it so far the start of "Received"
        cr,     // behind a CR that starts a line
        blank,  // between "Received" and the colon            RFC 5322 4.5.8 allows it
        rest,   // anywhere else
        body,
    };

    constexpr void take(char c) {
        constexpr std::string_view received = "received";
        if (c == '\n') {
            bool const empty = where_ == place::cr || (where_ == place::name && matched_ == 0);
            where_ = empty ? place::body : place::name;
            matched_ = 0;
        } else if (where_ == place::name && matched_ < received.size() &&
                   to_lower(c) == received[matched_]) {
            ++matched_;
        } else if (where_ == place::name && matched_ == 0 && c == '\r') {
            where_ = place::cr;
        } else if (matched_ == received.size() && wsp(c)) {
            where_ = place::blank;
        } else {
            if (matched_ == received.size() && c == ':') ++count_;
            where_ = place::rest;
        }
    }

    std::uint32_t count_ = 0;
    std::uint8_t matched_ = 0;  // letters of "received" at the start of this line
    place where_ = place::name;
};

}  // namespace postel
