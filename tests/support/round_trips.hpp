#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/virtual_network.hpp"

// How many times a client waits for its server, and how many the RFCs oblige it to.

namespace postel::test {

/// What the RFCs leave to be won: waits until the last of N messages to n recipients is answered
/// are once + N * (each + n * each_recipient).
struct round_trip_row {
    std::string_view name;
    std::string_view formula;
    std::size_t once;
    std::size_t each;
    std::size_t each_recipient;
    tls_policy tls;
    bool pipelining;
    char content;  ///< D: DATA, S: BDAT behind the replies to RCPT, E: BDAT with the envelope,
                   ///< A: the same behind the reply to AUTH
    std::optional<sasl_mechanism> mechanism{};
    unsigned says = 0;
    bool grouped = false;
    bool lmtp = false;

    [[nodiscard]] std::size_t least(std::size_t messages, std::size_t recipients) const {
        return once + messages * (each + recipients * each_recipient);
    }
};

// clang-format off
inline constexpr std::array round_trip_table{
    //             transport and extensions                          N messages      once each n   TLS                   PIPELINING content  AUTH
    round_trip_row{"no PIPELINING, DATA",                            "2 + N(n + 3)",    2, 3, 1, tls_policy::none,     false, 'D'},
    round_trip_row{"PIPELINING, DATA",                               "3 + N",           3, 1, 0, tls_policy::none,     true,  'D'},
    round_trip_row{"PIPELINING, BDAT behind the replies to RCPT",    "2 + 2N",          2, 2, 0, tls_policy::none,     true,  'S'},
    round_trip_row{"PIPELINING, BDAT with the envelope",             "2 + N",           2, 1, 0, tls_policy::none,     true,  'E'},
    round_trip_row{"no PIPELINING, BDAT",                            "2 + N(n + 2)",    2, 2, 1, tls_policy::none,     false, 'E'},
    round_trip_row{"STARTTLS, DATA",                                 "6 + N",           6, 1, 0, tls_policy::required, true,  'D'},
    round_trip_row{"STARTTLS, BDAT with the envelope",               "5 + N",           5, 1, 0, tls_policy::required, true,  'E'},
    round_trip_row{"STARTTLS, AUTH PLAIN in the group, DATA",        "6 + N",           6, 1, 0, tls_policy::required, true,  'D', sasl_mechanism::plain, 1, true},
    round_trip_row{"STARTTLS, AUTH PLAIN in the group, BDAT",        "5 + N",           5, 1, 0, tls_policy::required, true,  'E', sasl_mechanism::plain, 1, true},
    round_trip_row{"STARTTLS, AUTH PLAIN by itself, DATA",           "7 + N",           7, 1, 0, tls_policy::required, true,  'D', sasl_mechanism::plain, 1},
    round_trip_row{"STARTTLS, SCRAM, DATA",                          "9 + N",           9, 1, 0, tls_policy::required, true,  'D', sasl_mechanism::scram_sha_256, 3},
    round_trip_row{"implicit TLS, DATA",                             "4 + N",           4, 1, 0, tls_policy::implicit, true,  'D'},
    round_trip_row{"implicit TLS, AUTH PLAIN in the group, DATA",    "4 + N",           4, 1, 0, tls_policy::implicit, true,  'D', sasl_mechanism::plain, 1, true},
    round_trip_row{"implicit TLS, AUTH PLAIN in the group, BDAT",    "3 + N",           3, 1, 0, tls_policy::implicit, true,  'E', sasl_mechanism::plain, 1, true},
    round_trip_row{"the same, BDAT behind the reply to AUTH",        "4 + N",           4, 1, 0, tls_policy::implicit, true,  'A', sasl_mechanism::plain, 1, true},
    round_trip_row{"implicit TLS, OAUTHBEARER, DATA",                "5 + N",           5, 1, 0, tls_policy::implicit, true,  'D', sasl_mechanism::oauthbearer, 1},
    round_trip_row{"implicit TLS, CRAM-MD5, DATA",                   "6 + N",           6, 1, 0, tls_policy::implicit, true,  'D', sasl_mechanism::cram_md5, 2},
    round_trip_row{"implicit TLS, SCRAM, DATA",                      "7 + N",           7, 1, 0, tls_policy::implicit, true,  'D', sasl_mechanism::scram_sha_256, 3},
    round_trip_row{"implicit TLS, SCRAM, BDAT",                      "6 + N",           6, 1, 0, tls_policy::implicit, true,  'E', sasl_mechanism::scram_sha_256, 3},
    round_trip_row{"LMTP, DATA",                                     "3 + N",           3, 1, 0, tls_policy::none,     true,  'D', {}, 0, false, true},
};
// clang-format on

/// How many recipients each message has.
inline constexpr std::size_t round_trip_recipients = 3;
inline constexpr std::array<std::size_t, 3> round_trip_messages{1, 2, 50};

/// When the reply to each of so many messages was heard, in waits.
[[nodiscard]] inline std::vector<double> measure(round_trip_row const& row, std::size_t messages) {
    journey how;
    how.recipients = round_trip_recipients;
    how.mechanism = row.mechanism;
    how.says = row.says;
    how.grouped = row.grouped;
    how.client.tls = row.tls;
    how.client.lmtp = how.server.lmtp = row.lmtp;
    if (row.content == 'S') how.client.eager_content = 0;
    how.client.content_behind_auth = row.content == 'E';
    if (!row.pipelining) how.server.offer.remove(extension::pipelining);
    if (row.content != 'D') how.server.offer.add(extension::chunking);
    if (row.tls == tls_policy::required) how.server.offer.add(extension::starttls);
    if (row.mechanism) {
        how.server.offer.add(extension::auth);
        how.server.mechanisms.add(*row.mechanism);
        how.server.require_auth = true;
    }
    return virtual_network{how, messages}.run();
}

/// docs/round-trips.md. The measured columns are measured here and now.
[[nodiscard]] inline std::string round_trips_as_markdown() {
    auto const number = [](double waits) {
        auto const whole = std::to_string(static_cast<std::size_t>(waits));
        return waits == static_cast<double>(static_cast<std::size_t>(waits)) ? whole : whole + ".5";
    };
    std::string page =
        "# Round trips\n\n"
        "How often `client_session` waits for its server until the reply to the last of N\n"
        "messages is there, counted from the moment the connection is up. Each message has n = " +
        std::to_string(round_trip_recipients) +
        "\n"
        "recipients, and is submitted as soon as the content before it is finished. A TLS\n"
        "handshake counts as one (TLS 1.3). \"Least\" is what the RFCs leave to be won.\n\n"
        "BDAT in the group of AUTH needs `client_options::content_behind_auth`, which is off: the\n"
        "message would be out before the client knows whether AUTH succeeded.\n\n"
        "This page is printed by `tests/round_trips_as_markdown.cpp`, which lets a client and a\n"
        "server session talk over a network in memory; a test fails when it is out of date.\n\n"
        "| transport and extensions | least, N messages |";
    for (auto const messages : round_trip_messages)
        page += " measured, N = " + std::to_string(messages) + " |";
    page += "\n|---|---|---|---|---|\n";
    for (auto const& row : round_trip_table) {
        page += "| " + std::string{row.name} + " | " + std::string{row.formula} + " |";
        for (auto const messages : round_trip_messages) {
            auto const waits = measure(row, messages);
            page += " " + (waits.size() == messages ? number(waits.back()) : "failed") + " |";
        }
        page += "\n";
    }
    return page;
}

}  // namespace postel::test
