#include <postel/replies.hpp>
#include <postel/reply_view.hpp>

#include <algorithm>
#include <array>
#include <postel/error.hpp>
#include <string>

#include "support/catch.hpp"

using namespace postel;

namespace {

using namespace postel::replies;

constexpr std::array all{
    &no_service,
    &accepts_no_mail,
    &too_busy,
    &sender_not_allowed,
    &sender_name_bad,
    &sender_domain_bad,
    &sender_null_mx,
    &sender_unresolvable,
    &sender_unqualified,
    &sender_needs_ascii,
    &tls_chain_impossible,
    &tls_needed,
    &priority_too_low,
    &too_big_for_priority,
    &no_such_user,
    &mailbox_disabled,
    &mailbox_busy,
    &mailbox_full,
    &over_quota,
    &too_big_for_mailbox,
    &mailbox_name_bad,
    &relaying_denied,
    &recipient_null_mx,
    &user_moved,
    &will_forward,
    &too_many_recipients,
    &owner_changed,
    &domain_owner_changed,
    &owner_unknown,
    &greylisted,
    &try_later,
    &local_error,
    &parameter_busy,
    &policy_refusal,
    &rejected,
    &authentication_first,
    &rate_limited,
    &out_of_storage,
    &message_too_large,
    &content_refused,
    &mail_loop,
    &header_needs_utf8,
    &dkim_missing,
    &dkim_unacceptable,
    &dkim_not_author,
    &spf_failed,
    &spf_error,
    &reverse_dns_failed,
    &checks_failed,
    &arc_failed,
    &cannot_verify,
    &cannot_expand,
    &user_ambiguous,
    &expansion_prohibited,
    &answer_needs_utf8,
    &credentials_invalid,
    &mechanism_too_weak,
    &transition_needed,
    &account_disabled,
    &authentication_down,
    &queue_started,
    &queue_empty,
    &queue_pending,
    &queue_unavailable,
    &node_not_allowed,
    &url_server_down,
    &url_content_missing,
    &url_not_trusted,
    &not_authorised,
};

// The codes that RFC 5321 4.3.2 and the extensions give a meaning. RFC 5248 lists a few more.
constexpr std::array known_codes{211, 214, 220, 221, 235, 250, 251, 252, 253, 334, 354,
                                 421, 432, 450, 451, 452, 453, 454, 455, 458, 459, 500,
                                 501, 502, 503, 504, 521, 523, 524, 525, 530, 534, 535,
                                 538, 550, 551, 552, 553, 554, 555, 556};

bool known(reply_code code) {
    return std::find(known_codes.begin(), known_codes.end(), code.value) != known_codes.end();
}

// How many details the registry has for each subject, 0 to 7.                RFC 5248
constexpr std::array<unsigned, 8> last_detail{0, 10, 4, 6, 7, 6, 10, 30};

bool registered(enhanced_status status) {
    return status.subject < last_detail.size() && status.detail <= last_detail[status.subject];
}

}  // namespace

TEST_CASE("ready-made replies use known codes with a status of the same class",
          "[replies][S-5321-4.2.2-01][S-2034-4-03][S-3463-2-01]") {
    for (auto const* each : all) {
        CAPTURE(each->text);
        CHECK(known(each->code));
        CHECK(each->status.code_class == each->code.value / 100);
        CHECK(registered(each->status));
    }
}

TEST_CASE("ready-made replies say something that goes out as it is",
          "[replies][S-5321-4.2-03][S-SEC-REPLY-01]") {
    for (auto const* each : all) {
        CAPTURE(each->text);
        std::string out;
        write_reply(out, *each, true);
        auto const back = parse_reply(out);
        REQUIRE(back.ok());
        CHECK_FALSE(each->text.empty());
        CHECK(back->line_count() == 1);
        CHECK(reply{back->code(), back->status(), back->text()} == *each);
    }
}

TEST_CASE("the failures of AUTH that a server tells apart have a reply each",
          "[replies][S-4954-6-02]") {
    CHECK(authentication_down.code == 454);
    CHECK(authentication_down.status == enhanced_status{4, 7, 0});
    CHECK(mechanism_too_weak.code == 534);
    CHECK(mechanism_too_weak.status == enhanced_status{5, 7, 9});
    CHECK(transition_needed.code == 432);
    CHECK(transition_needed.status == enhanced_status{4, 7, 12});
}

TEST_CASE("the usual reply to an error uses a known code with a status of the same class",
          "[replies][S-5321-4.2.2-01][S-2034-4-03][S-3463-2-01]") {
    for (auto const& row : error_table) {
        CAPTURE(row.text);
        if (row.code == 0) continue;
        CHECK(known(row.code));
        CHECK(row.status.code_class == row.code.value / 100);
        CHECK(registered(row.status));
    }
}
