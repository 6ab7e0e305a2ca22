#pragma once

#include <cstddef>
#include <cstdint>
#include <postel/chunk.hpp>
#include <postel/dot_decoder.hpp>
#include <postel/error.hpp>
#include <string_view>

namespace postel {

/// The content of one message on its way in, by DATA or by BDAT: counts it, holds it to the limit,
/// notices its faults and finds its end. A fault spoils the message; the octets up to the true end
/// are then read and dropped, so that none of them is ever taken for a command.
///                                                     RFC 5321 4.5.2, RFC 3030 2, RFC 1870 6.3
class content_intake {
public:
    struct step {
        std::size_t consumed = 0;
        std::string_view text;      ///< octets of the message, a view into the input
        error fault = error::none;  ///< what has just spoilt the message
    };

    /// A new message, of which nothing has come.
    void begin_message() { octets_ = 0; }
    /// Content follows, up to CR LF "." CR LF, in lines of `text_line` octets at most; 0 for no
    /// limit.
    void begin_data(line_ending_policy endings, nul_policy nul, std::uint16_t text_line = 0) {
        decoder_ = dot_decoder{endings, nul, text_line};
        by_chunk_ = ended_ = refused_ = false;
        fault_ = error::none;
    }
    /// BDAT was read, and may be refused.
    void announce(chunk const& announced) { chunk_ = announced; }
    /// The announced chunk follows. `refused` drops it whatever is in it; the message is not spoilt
    /// by that.
    void begin_chunk(error refused) {
        by_chunk_ = true;
        ended_ = chunk_.remaining() == 0;
        refused_ = refused != error::none;
        fault_ = refused;
    }

    /// Reads on in content that has not ended.
    ///
    /// in     Octets behind those consumed before, cut anywhere.
    /// limit  Octets that the whole message may have; 0 for no limit.
    /// cost   One pass, no copy, no allocation.
    [[nodiscard]] step next(std::string_view in, std::uint64_t limit) {
        return by_chunk_ ? next_of_chunk(in, limit) : next_of_data(in, limit);
    }

    [[nodiscard]] bool ended() const { return ended_; }
    /// Whoever asked about the end has dealt with it.
    void end_is_settled() { ended_ = false; }
    /// It ended with BDAT LAST or the final dot, and not with a chunk before the last.
    [[nodiscard]] bool is_last() const { return !by_chunk_ || chunk_.last(); }
    [[nodiscard]] bool by_chunk() const { return by_chunk_; }
    /// Why the octets are dropped, or none.
    [[nodiscard]] error fault() const { return fault_; }
    /// It was refused before its first octet, and not spoilt on its way.
    [[nodiscard]] bool refused_at_the_door() const { return refused_; }
    /// Octets of the message so far: CR LF counted, stuffed dots not.      RFC 1870 5
    [[nodiscard]] std::uint64_t octets() const { return octets_; }
    /// Line ends were normalised.
    [[nodiscard]] bool altered() const { return !by_chunk_ && decoder_.altered(); }

private:
    [[nodiscard]] step next_of_data(std::string_view in, std::uint64_t limit) {
        auto const read = decoder_.next(in);
        if (!read) return {0, {}, spoil(read.fault().code)};
        ended_ = read->done;
        return count({read->consumed, read->text}, limit);
    }
    [[nodiscard]] step next_of_chunk(std::string_view in, std::uint64_t limit) {
        auto const read = chunk_.next(in);
        ended_ = read.done;
        return count({read.consumed, read.text}, limit);
    }

    // What fits is handed out even of a piece that does not: so how much was does not depend on how
    // the octets were cut.
    [[nodiscard]] step count(step read, std::uint64_t limit) {
        if (fault_ != error::none) return {read.consumed, {}};
        auto const room = limit - octets_;
        octets_ += read.text.size();
        if (limit == 0 || read.text.size() <= room) return read;
        return {read.consumed, read.text.substr(0, room), spoil(error::message_too_large)};
    }
    // What is wrong with the rest does not matter any more.
    error spoil(error why) {
        decoder_.pass_everything();
        return fault_ = why;
    }

    dot_decoder decoder_;
    bool by_chunk_ : 1 = false;
    bool ended_ : 1 = false;
    bool refused_ : 1 = false;
    error fault_ = error::none;
    std::uint64_t octets_ = 0;
    chunk chunk_{0, false};
};

}  // namespace postel
