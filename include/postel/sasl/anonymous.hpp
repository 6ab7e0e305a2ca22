#pragma once

#include <cstddef>
#include <postel/error.hpp>
#include <postel/mailbox.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/utf8.hpp>
#include <string_view>

namespace postel::sasl {

namespace detail {
/// Characters of well-formed UTF-8.
[[nodiscard]] constexpr std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (char const c : text)
        if (!postel::detail::within(c, 0x80, 0xBF)) ++count;
    return count;
}
}  // namespace detail

/// Whether this can be the message of ANONYMOUS. With "@" it is an address, without it is anything.
// message = [ email / token ]         token = 1*255 UTF-8 characters without "@"       RFC 4505 2
[[nodiscard]] constexpr bool is_trace(std::string_view text) {
    if (text.find('@') != text.npos) return parse_mailbox(text, charset::utf8).ok();
    return can_carry(text) && detail::count_characters(text) <= 255;
}

/// The client side of ANONYMOUS: nobody in particular, with or without a trace for the server's
/// log.                                                                      RFC 4505
///
/// errors   unusable_credentials: neither an address nor a token.
class anonymous_client : public detail::one_response_client {
public:
    explicit anonymous_client(std::string_view trace = {}) {
        if (is_trace(trace))
            message().append(trace);
        else
            give_up(error::unusable_credentials);
    }
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::anonymous; }
};

/// The server side of ANONYMOUS. It asks whether strangers may come in.      RFC 4505
class anonymous_server : public detail::application_decides {
public:
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::anonymous; }

    [[nodiscard]] step start() { return step::send({}); }
    [[nodiscard]] step next(std::string_view response) {
        if (!may_speak()) return fail(error::not_ready);
        if (!is_trace(response)) return fail(error::bad_sasl_message);
        trace_.append(response);
        return ask();
    }
    /// What the client says of itself. Nothing proves it.
    [[nodiscard]] std::string_view trace() const { return trace_.view(); }

private:
    secret trace_;
};

}  // namespace postel::sasl
