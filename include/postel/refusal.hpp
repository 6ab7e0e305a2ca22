#pragma once

#include <postel/error.hpp>
#include <postel/reply.hpp>
#include <postel/verb.hpp>
#include <string_view>

// Which reply a server gives to which error, where the place decides and not the error alone.

namespace postel {

/// The reply of the table.
[[nodiscard]] constexpr reply usual_reply(error why) {
    auto const& row = describe(why);
    return {row.code, row.status, row.text};
}

/// The reply to a command. An address is a sender's or a recipient's  RFC 3463 3.2, RFC 6531 3.5;
/// a reply to a hello has no status                                   RFC 2034 4.
[[nodiscard]] constexpr reply usual_reply(error why, verb answered) {
    auto what = usual_reply(why);
    switch (answered) {
        case verb::helo:
        case verb::ehlo:
        case verb::lhlo: what.status = {}; break;
        case verb::mail:
            if (what.status == enhanced_status{5, 1, 3}) what.status = {5, 1, 7};
            if (why == error::non_ascii_address) what.code = 550;
            break;
        default: break;
    }
    return what;
}

/// The final reply to content that was dropped. What is a syntax error in a command is a failed
/// transaction here.                                                  RFC 5321 4.2.2, 4.2.3
[[nodiscard]] constexpr reply content_reply(error why) {
    switch (why) {
        case error::bare_cr: return {554, {5, 5, 2}, "bare CR in message"};
        case error::bare_lf: return {554, {5, 5, 2}, "bare LF in message"};
        case error::nul_octet: return {554, {5, 6, 0}, "NUL in message"};
        default: return usual_reply(why);
    }
}

/// The stream behind this error cannot be trusted or followed: reply, and close.
[[nodiscard]] constexpr bool ends_session(error why) {
    return why == error::early_talker || why == error::cleartext_after_starttls ||
           why == error::chunk_size_overflow || describe(why).code == 421;
}

/// The first word of an HTTP request: a browser was made to talk to this port.
[[nodiscard]] constexpr bool is_http_method(std::string_view token) {
    for (std::string_view const method :
         {"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE"})
        if (token == method) return true;
    return false;
}

}  // namespace postel
