#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postel {

/// Counts the octets of one BDAT chunk; they are raw, and no rule of lines or dots holds in them.
///                                                                           RFC 3030 2
class chunk {
public:
    struct step {
        std::size_t consumed = 0;
        std::string_view text;
        bool done = false;
    };

    /// size  The count of the BDAT line; nothing is reserved for it.
    /// last  The line said LAST: with the end of this chunk the message ends.
    constexpr chunk(std::uint64_t size, bool last) : remaining_(size), last_(last) {}

    /// Takes what belongs to the chunk.
    ///
    /// in       Octets that follow those consumed before: any length, cut anywhere, may be empty.
    /// returns  text: the octets consumed, a view into `in`. done: the chunk is complete, and
    ///          nothing behind it was consumed; at once for a chunk of 0 octets.
    [[nodiscard]] constexpr step next(std::string_view in) {
        auto const length =
            static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, in.size()));
        remaining_ -= length;
        return {length, in.substr(0, length), remaining_ == 0};
    }

    /// Octets that have yet to arrive.
    [[nodiscard]] constexpr std::uint64_t remaining() const { return remaining_; }
    [[nodiscard]] constexpr bool last() const { return last_; }

private:
    std::uint64_t remaining_;
    bool last_;
};

}  // namespace postel
