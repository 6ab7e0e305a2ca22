#pragma once

#include <cstdint>

namespace postel {

/// What the first digit of a reply code says.                                RFC 5321 4.2.1
enum class reply_class : std::uint8_t {
    positive = 2,      ///< done
    intermediate = 3,  ///< go on: content after 354, a SASL response after 334
    transient = 4,     ///< not now; the same command may succeed later
    permanent = 5,     ///< no; do not repeat it unchanged
    invalid = 0,       ///< not a code of this protocol
};

/// The three digits of a reply.                                              RFC 5321 4.2
///
/// A number converts to it, so that `reply{550, ...}` reads as the RFC does. Nothing is checked on
/// construction; `valid()` says whether a client may act on it.
struct reply_code {
    std::uint16_t value = 0;

    constexpr reply_code() = default;
    constexpr reply_code(int number) : value(static_cast<std::uint16_t>(number)) {}

    /// First digit 2 to 5, three digits. The second digit is not judged: an unknown code counts by
    /// its first digit.                                                      RFC 5321 4.2.1, 4.3.2
    [[nodiscard]] constexpr bool valid() const { return value >= 200 && value <= 599; }

    [[nodiscard]] constexpr reply_class kind() const {
        return valid() ? static_cast<reply_class>(value / 100) : reply_class::invalid;
    }
    [[nodiscard]] constexpr bool positive() const { return kind() == reply_class::positive; }
    [[nodiscard]] constexpr bool intermediate() const {
        return kind() == reply_class::intermediate;
    }
    [[nodiscard]] constexpr bool transient() const { return kind() == reply_class::transient; }
    [[nodiscard]] constexpr bool permanent() const { return kind() == reply_class::permanent; }

    friend constexpr bool operator==(reply_code, reply_code) = default;
};

}  // namespace postel
