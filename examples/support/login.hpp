#pragma once

// NAME:PASSWORD, as --user takes it.

#include <optional>
#include <string_view>

#include <postel/credentials.hpp>
#include <postel/sasl/mechanism.hpp>

namespace support {

/// A password may have colons. Views into `user`; nothing where it is not of this form, or holds
/// what no mechanism can carry.
inline std::optional<postel::plain_credentials> parse_login(std::string_view user) {
    auto const colon = user.find(':');
    if (colon == 0 || colon == user.npos || colon + 1 == user.size()) return std::nullopt;
    if (!postel::sasl::can_carry(user)) return std::nullopt;
    return postel::plain_credentials{{}, user.substr(0, colon), user.substr(colon + 1)};
}

}  // namespace support
