#pragma once

#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <string_view>

namespace postel {

/// Who a client says it is, and its proof in clear: what PLAIN and LOGIN carry.
struct plain_credentials {
    std::string_view authorization_id{};   ///< who to act as; empty: the same
    std::string_view authentication_id{};  ///< whose password it is
    std::string_view password{};
};

/// Reads the one message of PLAIN, after base64.
///
/// returns  Views into `message`.
/// errors   authentication_failed: not three fields, an empty name or password, or octets that are
///          not UTF-8. The reply to it says no more than to a wrong password.    RFC 4616 2
// message = [authzid] NUL authcid NUL passwd
[[nodiscard]] constexpr result<plain_credentials> parse_plain_message(std::string_view message) {
    auto const first = message.find('\0');
    if (first == message.npos) return failure{error::authentication_failed, message.size()};
    auto const second = message.find('\0', first + 1);
    if (second == message.npos) return failure{error::authentication_failed, message.size()};
    plain_credentials const said{message.substr(0, first),
                                 message.substr(first + 1, second - first - 1),
                                 message.substr(second + 1)};
    auto const third = said.password.find('\0');
    if (third != message.npos) return failure{error::authentication_failed, second + 1 + third};
    if (said.authentication_id.empty() || said.password.empty() || !check_utf8(message))
        return error::authentication_failed;
    return said;
}

}  // namespace postel
