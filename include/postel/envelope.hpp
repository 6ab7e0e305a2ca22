#pragma once

#include <postel/mail_parameters.hpp>
#include <postel/rcpt_parameters.hpp>
#include <span>
#include <string_view>

namespace postel {

/// Who sends a message to whom, and how: what MAIL and RCPT say. Views; the caller keeps what they
/// point at, and the envelope itself, until the message_result.              RFC 5321 2.3.1
struct envelope {
    struct recipient {
        /// A mailbox without brackets, or "postmaster".
        std::string_view mailbox;
        rcpt_parameters parameters{};
    };

    /// A mailbox without brackets; empty for the null reverse-path.
    std::string_view reverse_path;
    std::span<recipient const> recipients;
    /// `size`, when known, is sent where the server offers SIZE; `body` says whether the content
    /// has octets above 127; `smtputf8` is added by itself when an address needs it.
    mail_parameters parameters{};
};

}  // namespace postel
