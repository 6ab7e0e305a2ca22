#pragma once

#include <cstdint>
#include <postel/extension.hpp>
#include <postel/limits.hpp>
#include <postel/policy.hpp>
#include <postel/timeouts.hpp>
#include <string>

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
