#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/ascii.hpp>
#include <string_view>

namespace postel {

/// Finds words in a table of at most 32, without regard to letter case: a word is compared only
/// with those of its length that begin like it, which are seldom two.
template <std::size_t Count>
class word_index {
    static_assert(Count <= 32, "a word is a bit");

public:
    /// spelling  The member of a row that holds its word: not empty, below 32 octets.
    template <class Row>
    consteval word_index(std::array<Row, Count> const& rows, std::string_view Row::*spelling) {
        for (std::size_t i = 0; i != Count; ++i) {
            words_[i] = rows[i].*spelling;
            of_size_[words_[i].size()] |= std::uint32_t{1} << i;
            of_first_[begins(words_[i])] |= std::uint32_t{1} << i;
        }
    }

    /// The index of the row whose word this is.
    [[nodiscard]] constexpr std::optional<std::size_t> find(std::string_view word) const {
        if (word.empty() || word.size() >= of_size_.size()) return std::nullopt;
        for (auto left = of_size_[word.size()] & of_first_[begins(word)]; left != 0;
             left &= left - 1) {
            auto const i = static_cast<std::size_t>(std::countr_zero(left));
            // Most write it as it stands in the table.
            if (words_[i] == word || equal_ignoring_case(words_[i], word)) return i;
        }
        return std::nullopt;
    }

private:
    // The same for a letter in both cases.
    [[nodiscard]] static constexpr std::size_t begins(std::string_view word) {
        return static_cast<unsigned char>(word.front()) % 32u;
    }

    std::array<std::string_view, Count> words_{};
    std::array<std::uint32_t, 32> of_size_{};   // a bit for each row
    std::array<std::uint32_t, 32> of_first_{};  // the same
};

}  // namespace postel
