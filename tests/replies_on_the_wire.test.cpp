#include <postel/replies.hpp>
#include <string>
#include <string_view>

#include "support/catch.hpp"

// The texts are part of what users rely on: they stand in logs, and people search for them.
TEST_CASE("every ready-made reply is this line on the wire", "[replies]") {
    using namespace postel::replies;
    struct row {
        postel::reply const& said;
        std::string_view line;
    };
    // clang-format off
    row const rows[] = {
        {no_service,           "554 5.3.2 no SMTP service here"},
        {accepts_no_mail,      "521 5.3.2 this host accepts no mail"},
        {too_busy,             "421 4.3.2 too busy, try later"},
        {sender_not_allowed,   "550 5.7.1 sender not allowed"},
        {sender_name_bad,      "553 5.1.7 sender mailbox name not allowed"},
        {sender_domain_bad,    "550 5.1.8 sender domain does not exist"},
        {sender_null_mx,       "550 5.7.27 sender domain accepts no mail"},
        {sender_unresolvable,  "450 4.1.8 sender domain not resolvable now"},
        {sender_unqualified,   "554 5.6.2 sender domain not fully qualified"},
        {sender_needs_ascii,   "550 5.6.7 non-ASCII sender not permitted"},
        {tls_chain_impossible, "550 5.7.30 REQUIRETLS cannot be kept"},
        {tls_needed,           "530 5.7.10 REQUIRETLS needs TLS here"},
        {priority_too_low,     "450 4.7.15 priority too low now"},
        {too_big_for_priority, "552 5.7.16 message too big for its priority"},
        {no_such_user,         "550 5.1.1 no such user"},
        {mailbox_disabled,     "550 5.2.1 mailbox disabled"},
        {mailbox_busy,         "450 4.2.1 mailbox unavailable now"},
        {mailbox_full,         "452 4.2.2 mailbox full"},
        {over_quota,           "552 5.2.2 mailbox over quota"},
        {too_big_for_mailbox,  "552 5.2.3 message too large for this mailbox"},
        {mailbox_name_bad,     "553 5.1.3 mailbox name not allowed"},
        {relaying_denied,      "550 5.7.1 relaying denied"},
        {recipient_null_mx,    "556 5.1.10 recipient domain accepts no mail"},
        {user_moved,           "551 5.1.6 user not local"},
        {will_forward,         "251 2.1.5 user not local, will forward"},
        {too_many_recipients,  "452 4.5.3 too many recipients"},
        {owner_changed,        "550 5.7.17 mailbox has another owner now"},
        {domain_owner_changed, "550 5.7.18 domain has another owner now"},
        {owner_unknown,        "550 5.7.19 mailbox owner cannot be checked"},
        {greylisted,           "450 4.7.1 greylisted, try again later"},
        {try_later,            "451 4.7.1 try again later"},
        {local_error,          "451 4.3.0 local error, try again later"},
        {parameter_busy,       "455 4.5.4 parameter cannot be honoured now"},
        {policy_refusal,       "550 5.7.1 refused by policy"},
        {rejected,             "554 5.7.1 rejected"},
        {authentication_first, "530 5.7.0 authentication required"},
        {rate_limited,         "421 4.7.0 too many requests, try later"},
        {out_of_storage,       "452 4.3.1 out of storage, try again later"},
        {message_too_large,    "552 5.3.4 message too large"},
        {content_refused,      "554 5.6.0 content refused"},
        {mail_loop,            "554 5.4.6 mail loop: too many Received fields"},
        {header_needs_utf8,    "554 5.6.9 UTF-8 header cannot be delivered"},
        {dkim_missing,         "550 5.7.20 no passing DKIM signature"},
        {dkim_unacceptable,    "550 5.7.21 no acceptable DKIM signature"},
        {dkim_not_author,      "550 5.7.22 no DKIM signature of the author"},
        {spf_failed,           "550 5.7.23 SPF validation failed"},
        {spf_error,            "451 4.7.24 SPF validation error, try later"},
        {reverse_dns_failed,   "550 5.7.25 reverse DNS validation failed"},
        {checks_failed,        "550 5.7.26 several authenticity checks failed"},
        {arc_failed,           "550 5.7.29 ARC validation failed"},
        {cannot_verify,        "252 2.5.0 cannot verify, send some mail"},
        {cannot_expand,        "252 2.5.0 cannot expand"},
        {user_ambiguous,       "553 5.1.4 user ambiguous"},
        {expansion_prohibited, "550 5.7.2 expansion prohibited"},
        {answer_needs_utf8,    "252 2.6.8 the answer needs SMTPUTF8"},
        {credentials_invalid,  "535 5.7.8 authentication credentials invalid"},
        {mechanism_too_weak,   "534 5.7.9 authentication mechanism too weak"},
        {transition_needed,    "432 4.7.12 password transition needed"},
        {account_disabled,     "525 5.7.13 account disabled"},
        {authentication_down,  "454 4.7.0 temporary authentication failure"},
        {queue_started,        "250 2.0.0 queueing started"},
        {queue_empty,          "251 2.0.0 no messages waiting"},
        {queue_pending,        "252 2.0.0 pending messages started"},
        {queue_unavailable,    "458 4.0.0 unable to queue messages"},
        {node_not_allowed,     "459 4.7.1 node not allowed"},
        {url_server_down,      "451 4.4.1 content server unavailable"},
        {url_content_missing,  "554 5.6.6 content not available"},
        {url_not_trusted,      "554 5.7.14 trust relationship required"},
        {not_authorised,       "550 5.7.0 not authorised"},
    };
    // clang-format on
    for (auto const& [said, line] : rows) {
        std::string written;
        write_reply(written, said, true);
        CHECK(written == std::string(line) + "\r\n");
    }
}
