#pragma once

#include <cstdint>

namespace postel {

/// class.subject.detail, for example 5.1.1. The default value, 0.0.0, means that there is none.
///                                                                           RFC 3463 2
struct enhanced_status {
    std::uint16_t code_class = 0;  ///< 2, 4 or 5; equal to the first digit of the reply code
    std::uint16_t subject = 0;     ///< 0 to 999
    std::uint16_t detail = 0;      ///< 0 to 999

    [[nodiscard]] constexpr bool present() const { return code_class != 0; }
    friend constexpr bool operator==(enhanced_status, enhanced_status) = default;
};

}  // namespace postel
