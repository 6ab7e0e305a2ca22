#pragma once

#include <cstdint>
#include <optional>
#include <postel/capability.hpp>
#include <postel/dot_decoder.hpp>
#include <postel/extension.hpp>
#include <postel/limits.hpp>
#include <postel/peer_attribute.hpp>
#include <postel/policy.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/timeouts.hpp>
#include <span>
#include <string>
#include <string_view>

namespace postel {

/// What all sessions of one listener have in common. Sessions point at it: it outlives them, and
/// must not change while they live.
struct server_options {
    /// The name in the greeting, in the EHLO reply and in 221 and 421.      RFC 5321 4.3.1
    std::string hostname = "localhost";

    /// Octets of content, CR LF counted, stuffed dots not; 0 sets no limit. RFC 1870
    std::uint64_t max_message_size = 52'428'800;

    /// What the EHLO reply lists, and so what is obeyed. A parameter whose extension is not here
    /// is answered with 555, a verb with 502. SMTPUTF8 wants 8BITMIME beside it.
    extension_set offer{extension::pipelining, extension::size, extension::eight_bit_mime,
                        extension::smtputf8, extension::enhanced_status_codes};

    /// The mechanisms of AUTH, beside extension::auth in `offer`. Without TLS those that show a
    /// password or a token are neither listed nor obeyed, and -PLUS never.   RFC 4954 4
    sasl_mechanism_set mechanisms{};
    /// Lists and obeys them all the same. Risk: whoever listens has the password.
    bool auth_without_tls = false;
    /// Everything but NOOP, EHLO, STARTTLS and QUIT is 530 before TLS.      RFC 3207 4
    bool require_tls = false;
    /// Everything that sends mail is 530 before AUTH.                       RFC 4954 6
    bool require_auth = false;

    /// What is said behind the keywords of the EHLO reply, where the extension is offered.
    announced_limits announce{};                        ///< LIMITS; MAILMAX, RCPTMAX are kept to
    std::optional<std::uint32_t> deliver_by_minimum{};  ///< DELIVERBY
    std::optional<release_window> release{};            ///< FUTURERELEASE
    peer_attribute_set xclient = xclient_attributes;    ///< any other is refused
    peer_attribute_set xforward = xforward_attributes;  ///< likewise
    hello_texts texts{};  ///< a greeting, NO-SOLICITING, BURL, MT-PRIORITY, own lines; views

    /// Parameters of the application's own: they pass, and are reached through `text`.
    std::span<std::string_view const> own_mail_parameters{};
    std::span<std::string_view const> own_rcpt_parameters{};

    /// What becomes of a bare CR, a bare LF or a NUL in content.            RFC 5321 2.3.8
    line_ending_policy content_line_endings = line_ending_policy::reject;
    nul_policy content_nul = nul_policy::reject;

    /// LHLO instead of EHLO and HELO, and one final reply for each recipient.  RFC 2033
    bool lmtp = false;

    /// A client that speaks before the greeting gets 554 and is disconnected. Off, it is only
    /// told: such clients are broken or hostile, but what they say is in order.
    bool refuse_early_talkers = false;

    server_limits limits{};
    server_timeouts timeouts{};
    lenience tolerate{};
};

}  // namespace postel
