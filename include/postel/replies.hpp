#pragma once

#include <postel/reply.hpp>

namespace postel {

/// Ready-made replies for what applications decide: a code, an enhanced status and a text. Every
/// one can be given another text: `refuse(replies::no_such_user, "no mailbox {} here", path)`.
///                                            RFC 5321 4.2.3, RFC 3463, RFC 5248
namespace replies {

// clang-format off

// Greeting                                                             RFC 5321 3.1, RFC 7504
inline constexpr reply no_service          {554, {5, 3, 2}, "no SMTP service here"};
inline constexpr reply accepts_no_mail     {521, {5, 3, 2}, "this host accepts no mail"};
inline constexpr reply too_busy            {421, {4, 3, 2}, "too busy, try later"};

// Sender
inline constexpr reply sender_not_allowed  {550, {5, 7, 1}, "sender not allowed"};
inline constexpr reply sender_domain_bad   {550, {5, 1, 8}, "sender domain does not exist"};
inline constexpr reply sender_null_mx      {550, {5, 7, 27}, "sender domain accepts no mail"};
inline constexpr reply sender_unresolvable {450, {4, 1, 8}, "sender domain cannot be resolved now"};

// Recipient
inline constexpr reply no_such_user        {550, {5, 1, 1}, "no such user"};
inline constexpr reply mailbox_disabled    {550, {5, 2, 1}, "mailbox disabled"};
inline constexpr reply mailbox_busy        {450, {4, 2, 1}, "mailbox unavailable now"};
inline constexpr reply mailbox_full        {452, {4, 2, 2}, "mailbox full"};
inline constexpr reply over_quota          {552, {5, 2, 2}, "mailbox over quota"};
inline constexpr reply mailbox_name_bad    {553, {5, 1, 3}, "mailbox name not allowed"};
inline constexpr reply relaying_denied     {550, {5, 7, 1}, "relaying denied"};
inline constexpr reply recipient_null_mx   {556, {5, 1, 10}, "recipient domain accepts no mail"};
inline constexpr reply user_moved          {551, {5, 1, 6}, "user not local"};
inline constexpr reply too_many_recipients {452, {4, 5, 3}, "too many recipients"};

// Any step
inline constexpr reply greylisted          {450, {4, 7, 1}, "greylisted, try again later"};
inline constexpr reply try_later           {451, {4, 7, 1}, "try again later"};
inline constexpr reply local_error         {451, {4, 3, 0}, "local error, try again later"};
inline constexpr reply parameter_busy      {455, {4, 5, 4}, "parameter cannot be honoured now"};
inline constexpr reply policy_refusal      {550, {5, 7, 1}, "refused by policy"};
inline constexpr reply access_denied       {550, {5, 7, 2}, "access denied"};

// End of the message
inline constexpr reply out_of_storage      {452, {4, 3, 1}, "out of storage, try again later"};
inline constexpr reply message_too_large   {552, {5, 3, 4}, "message too large"};
inline constexpr reply content_refused     {554, {5, 6, 0}, "content refused"};
inline constexpr reply mail_loop           {554, {5, 4, 6}, "mail loop: too many Received fields"};
inline constexpr reply header_needs_utf8   {554, {5, 6, 9}, "UTF-8 header cannot be delivered"};

// clang-format on

}  // namespace replies

}  // namespace postel
