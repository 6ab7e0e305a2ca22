#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/ascii.hpp>
#include <string_view>

namespace postel {

/// Finds words in a table of at most 32, without regard to letter case: only those that begin with
/// the same letter are compared, their first eight octets as one number.
template <std::size_t Count>
class word_index {
    static_assert(Count <= 32, "a word is a bit");

public:
    /// spelling  The member of a row that holds its word: capitals, digits, hyphens, and not empty.
    template <class Row>
    consteval word_index(std::array<Row, Count> const& rows, std::string_view Row::*spelling) {
        for (std::size_t i = 0; i != Count; ++i) {
            auto const text = rows[i].*spelling;
            auto const unused = 64 - 8 * std::min<std::size_t>(text.size(), 8);
            words_[i] = {text, first_eight(text), ~std::uint64_t{0} >> unused};
            of_first_[begins(text)] |= std::uint32_t{1} << i;
        }
    }

    /// The index of the row whose word this is.
    [[nodiscard]] constexpr std::optional<std::size_t> find(std::string_view word) const {
        return find(word, [&](std::size_t size) { return size == word.size(); });
    }
    /// The word of a row.
    [[nodiscard]] constexpr std::string_view operator[](std::size_t i) const {
        return words_[i].word;
    }
    /// The index of the row whose word the text begins with; octets of `Word` behind it would
    /// belong to it.
    template <char_set const& Word>
    [[nodiscard]] constexpr std::optional<std::size_t> find_first(std::string_view text) const {
        return find(text, [&](std::size_t size) {
            return size == text.size() || (size < text.size() && !Word(text[size]));
        });
    }

private:
    struct entry {
        std::string_view word;
        std::uint64_t number;
        std::uint64_t mask;  // the octets of `number` that the word has
    };

    template <class EndsBehind>
    [[nodiscard]] constexpr std::optional<std::size_t> find(std::string_view text,
                                                            EndsBehind ends_behind) const {
        if (text.empty()) return std::nullopt;
        auto const number = first_eight(text);
        for (auto left = of_first_[begins(text)]; left != 0; left &= left - 1) {
            auto const i = static_cast<std::size_t>(std::countr_zero(left));
            auto const& [word, its_number, mask] = words_[i];
            if ((number & mask) == its_number && ends_behind(word.size()) &&
                goes_on_like(text.data(), word))
                return i;
        }
        return std::nullopt;
    }

    // The octets behind the first eight; the last block may begin within the one before it.
    [[nodiscard]] static constexpr bool goes_on_like(char const* text, std::string_view word) {
        for (std::size_t at = 8; at < word.size(); at += 8) {
            auto const from = std::min(at, word.size() - 8);
            if (in_capitals(octets(text + from, 8)) != octets(word.data() + from, 8)) return false;
        }
        return true;
    }

    // The same for a letter in both cases.
    [[nodiscard]] static constexpr std::size_t begins(std::string_view word) {
        return static_cast<unsigned char>(word.front()) % 32u;
    }
    // All octets of a shorter text.
    [[nodiscard]] static constexpr std::uint64_t first_eight(std::string_view text) {
        return in_capitals(octets(text.data(), std::min<std::size_t>(text.size(), 8)));
    }
    // Octets with the bit of letters lose the bit of small ones: so letters become capitals, and
    // nothing becomes a capital, digit or hyphen that is none.
    [[nodiscard]] static constexpr std::uint64_t in_capitals(std::uint64_t octets) {
        return octets & ~((octets & 0x4040404040404040u) >> 1);
    }
    [[nodiscard]] static constexpr std::uint64_t octets(char const* p, std::size_t size) {
        if (size == 8) return four(p) | four(p + 4) << 32;
        if (size >= 4) return four(p) | four(p + size - 4) << 8 * (size - 4);  // some of them twice
        std::uint64_t number = 0;
        for (std::size_t i = 0; i != size; ++i) number |= octet(p[i]) << 8 * i;
        return number;
    }
    // One load, where memory has the first octet lowest.
    [[nodiscard]] static constexpr std::uint64_t four(char const* p) {
        return octet(p[0]) | octet(p[1]) << 8 | octet(p[2]) << 16 | octet(p[3]) << 24;
    }
    [[nodiscard]] static constexpr std::uint64_t octet(char c) {
        return static_cast<unsigned char>(c);
    }

    std::array<entry, Count> words_{};
    std::array<std::uint32_t, 32> of_first_{};  // a bit for each row
};

}  // namespace postel
