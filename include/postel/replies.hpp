#pragma once

#include <postel/reply.hpp>

namespace postel {

/// Ready-made replies for what applications decide: a code, an enhanced status and a text. Every
/// one can be given another text: `refuse(replies::no_such_user, "no mailbox {} here", path)`.
///                                            RFC 5321 4.3.2, RFC 3463, RFC 5248
namespace replies {

// clang-format off

// Greeting                                                             RFC 5321 3.1, RFC 7504
inline constexpr reply no_service           {554, {5, 3, 2}, "no SMTP service here"};
inline constexpr reply accepts_no_mail      {521, {5, 3, 2}, "this host accepts no mail"};
inline constexpr reply too_busy             {421, {4, 3, 2}, "too busy, try later"};

// Sender
inline constexpr reply sender_not_allowed   {550, {5, 7, 1}, "sender not allowed"};
inline constexpr reply sender_name_bad      {553, {5, 1, 7}, "sender mailbox name not allowed"};
inline constexpr reply sender_domain_bad    {550, {5, 1, 8}, "sender domain does not exist"};
inline constexpr reply sender_null_mx       {550, {5, 7, 27}, "sender domain accepts no mail"};
inline constexpr reply sender_unresolvable  {450, {4, 1, 8}, "sender domain not resolvable now"};
inline constexpr reply sender_unqualified   {554, {5, 6, 2}, "sender domain not fully qualified"};
inline constexpr reply sender_needs_ascii   {550, {5, 6, 7}, "non-ASCII sender not permitted"};
inline constexpr reply tls_chain_impossible {550, {5, 7, 30}, "REQUIRETLS cannot be kept"};
inline constexpr reply tls_needed           {530, {5, 7, 10}, "REQUIRETLS needs TLS here"};
inline constexpr reply priority_too_low     {450, {4, 7, 15}, "priority too low now"};
inline constexpr reply too_big_for_priority {552, {5, 7, 16}, "message too big for its priority"};

// Recipient
inline constexpr reply no_such_user         {550, {5, 1, 1}, "no such user"};
inline constexpr reply mailbox_disabled     {550, {5, 2, 1}, "mailbox disabled"};
inline constexpr reply mailbox_busy         {450, {4, 2, 1}, "mailbox unavailable now"};
inline constexpr reply mailbox_full         {452, {4, 2, 2}, "mailbox full"};
inline constexpr reply over_quota           {552, {5, 2, 2}, "mailbox over quota"};
inline constexpr reply too_big_for_mailbox  {552, {5, 2, 3}, "message too large for this mailbox"};
inline constexpr reply mailbox_name_bad     {553, {5, 1, 3}, "mailbox name not allowed"};
inline constexpr reply relaying_denied      {550, {5, 7, 1}, "relaying denied"};
inline constexpr reply recipient_null_mx    {556, {5, 1, 10}, "recipient domain accepts no mail"};
inline constexpr reply user_moved           {551, {5, 1, 6}, "user not local"};
inline constexpr reply will_forward         {251, {2, 1, 5}, "user not local, will forward"};
inline constexpr reply too_many_recipients  {452, {4, 5, 3}, "too many recipients"};
inline constexpr reply owner_changed        {550, {5, 7, 17}, "mailbox has another owner now"};
inline constexpr reply domain_owner_changed {550, {5, 7, 18}, "domain has another owner now"};
inline constexpr reply owner_unknown        {550, {5, 7, 19}, "mailbox owner cannot be checked"};

// Any step
inline constexpr reply greylisted           {450, {4, 7, 1}, "greylisted, try again later"};
inline constexpr reply try_later            {451, {4, 7, 1}, "try again later"};
inline constexpr reply local_error          {451, {4, 3, 0}, "local error, try again later"};
inline constexpr reply parameter_busy       {455, {4, 5, 4}, "parameter cannot be honoured now"};
inline constexpr reply policy_refusal       {550, {5, 7, 1}, "refused by policy"};
inline constexpr reply rejected             {554, {5, 7, 1}, "rejected"};
inline constexpr reply authentication_first {530, {5, 7, 0}, "authentication required"};
inline constexpr reply rate_limited         {421, {4, 7, 0}, "too many requests, try later"};

// End of the message                                                   RFC 7372, RFC 8617
inline constexpr reply out_of_storage       {452, {4, 3, 1}, "out of storage, try again later"};
inline constexpr reply message_too_large    {552, {5, 3, 4}, "message too large"};
inline constexpr reply content_refused      {554, {5, 6, 0}, "content refused"};
inline constexpr reply mail_loop            {554, {5, 4, 6}, "mail loop: too many Received fields"};
inline constexpr reply header_needs_utf8    {554, {5, 6, 9}, "UTF-8 header cannot be delivered"};
inline constexpr reply dkim_missing         {550, {5, 7, 20}, "no passing DKIM signature"};
inline constexpr reply dkim_unacceptable    {550, {5, 7, 21}, "no acceptable DKIM signature"};
inline constexpr reply dkim_not_author      {550, {5, 7, 22}, "no DKIM signature of the author"};
inline constexpr reply spf_failed           {550, {5, 7, 23}, "SPF validation failed"};
inline constexpr reply spf_error            {451, {4, 7, 24}, "SPF validation error, try later"};
inline constexpr reply reverse_dns_failed   {550, {5, 7, 25}, "reverse DNS validation failed"};
inline constexpr reply checks_failed        {550, {5, 7, 26}, "several authenticity checks failed"};
inline constexpr reply arc_failed           {550, {5, 7, 29}, "ARC validation failed"};

// VRFY and EXPN                                        RFC 5321 3.5, RFC 6531 3.7.4.2
inline constexpr reply cannot_verify        {252, {2, 5, 0}, "cannot verify, send some mail"};
inline constexpr reply cannot_expand        {252, {2, 5, 0}, "cannot expand"};
inline constexpr reply user_ambiguous       {553, {5, 1, 4}, "user ambiguous"};
inline constexpr reply expansion_prohibited {550, {5, 7, 2}, "expansion prohibited"};
inline constexpr reply answer_needs_utf8    {252, {2, 6, 8}, "the answer needs SMTPUTF8"};

// AUTH                                                                 RFC 4954 4, 6
inline constexpr reply credentials_invalid  {535, {5, 7, 8}, "authentication credentials invalid"};
inline constexpr reply mechanism_too_weak   {534, {5, 7, 9}, "authentication mechanism too weak"};
inline constexpr reply transition_needed    {432, {4, 7, 12}, "password transition needed"};
inline constexpr reply account_disabled     {525, {5, 7, 13}, "account disabled"};
inline constexpr reply authentication_down  {454, {4, 7, 0}, "temporary authentication failure"};

// ETRN                                                                 RFC 1985 5.1
inline constexpr reply queue_started        {250, {2, 0, 0}, "queueing started"};
inline constexpr reply queue_empty          {251, {2, 0, 0}, "no messages waiting"};
inline constexpr reply queue_pending        {252, {2, 0, 0}, "pending messages started"};
inline constexpr reply queue_unavailable    {458, {4, 0, 0}, "unable to queue messages"};
inline constexpr reply node_not_allowed     {459, {4, 7, 1}, "node not allowed"};

// BURL                                                                 RFC 4468 6, RFC 5248
inline constexpr reply url_server_down      {451, {4, 4, 1}, "content server unavailable"};
inline constexpr reply url_content_missing  {554, {5, 6, 6}, "content not available"};
inline constexpr reply url_not_trusted      {554, {5, 7, 14}, "trust relationship required"};

// XCLIENT and XFORWARD
inline constexpr reply not_authorised       {550, {5, 7, 0}, "not authorised"};

// clang-format on

}  // namespace replies

}  // namespace postel
