#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/capability.hpp>
#include <postel/envelope.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/limits.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/mailbox.hpp>
#include <postel/path.hpp>
#include <postel/rcpt_parameters.hpp>
#include <postel/result.hpp>
#include <postel/scan.hpp>
#include <postel/utf8.hpp>
#include <string_view>

// Everything about an envelope that can be known before its first octet is sent.

namespace postel {

namespace detail {

// The longest local-part and the longest domain do not fit into one path.   RFC 5321 4.5.3.1.3
[[nodiscard]] constexpr result<path> path_to(std::string_view who) {
    auto const parsed = parse_mailbox(who, charset::utf8);
    if (!parsed) return parsed.fault();
    if (who.size() + 2 > minimum::path) return error::path_too_long;
    return path{*parsed};
}

}  // namespace detail

/// The reverse-path as MAIL writes it. The text is read by the grammar, so nothing that could end
/// the path or the line gets through.                                        RFC 5321 4.1.1.2
[[nodiscard]] constexpr result<path> reverse_path_of(envelope const& mail) {
    if (mail.reverse_path.empty()) return path{};
    return detail::path_to(mail.reverse_path);
}

/// The forward-path as RCPT writes it.                                       RFC 5321 4.1.1.3
[[nodiscard]] constexpr result<path> forward_path_of(envelope::recipient const& to) {
    if (equal_ignoring_case(to.mailbox, "postmaster"))
        return parse_forward_path(std::string_view{"<Postmaster>"});
    return detail::path_to(to.mailbox);
}

/// An address of an envelope that check() let through.
struct checked_address {
    std::string_view who;
};

/// Writes what reverse_path_of() or forward_path_of() would be, canonical, without asking the
/// grammar again: only quotes and literals hide the "@", and only they have other spellings.
template <class Out>
constexpr void write_path(Out& out, checked_address const& address) {
    auto const who = address.who;
    auto const at = who.find('@');
    if (who.empty()) return write_path(out, path{});
    if (at == who.npos || who.front() == '"' || who[at + 1] == '[')
        return write_path(out, *forward_path_of({who}));
    out.append(std::string_view{"<"});
    out.append(who.substr(0, at + 1));
    write_domain(out, who.substr(at + 1));
    out.append(std::string_view{">"});
}

/// Something in the envelope is not ASCII, or the caller says that the content needs it.
///                                                                           RFC 6531 3.4
[[nodiscard]] constexpr bool needs_smtputf8(envelope const& mail) {
    if (mail.parameters.smtputf8 || has_eight_bit(mail.reverse_path)) return true;
    for (auto const& to : mail.recipients)
        if (has_eight_bit(to.mailbox) || has_eight_bit(to.parameters.orcpt.text)) return true;
    return false;
}

/// The parameters that MAIL gets at this server: SIZE and BODY=7BIT only inform, and are left out
/// where nobody wants to know; SMTPUTF8 is there where the envelope needs it, as needs_smtputf8()
/// says.                                                                     RFC 5321 4.1.1.3
[[nodiscard]] constexpr mail_parameters parameters_for(envelope const& mail,
                                                       capabilities const& server, bool smtputf8) {
    auto what = mail.parameters;
    if (!server.offered.has(extension::size)) what.size.reset();
    if (what.body == body_type::seven_bit && !server.offered.has(extension::eight_bit_mime))
        what.body.reset();
    what.smtputf8 = smtputf8;
    return what;
}

namespace detail {

[[nodiscard]] constexpr error missing_extension(envelope const& mail, capabilities const& server,
                                                bool smtputf8) {
    auto const& wanted = mail.parameters;
    if (wanted.body == body_type::eight_bit_mime && !server.offered.has(extension::eight_bit_mime))
        return error::server_lacks_8bitmime;
    bool const binary =
        server.offered.has(extension::chunking) && server.offered.has(extension::binary_mime);
    if (wanted.body == body_type::binary_mime && !binary)  // DATA cannot carry it  RFC 3030 3
        return error::server_lacks_extension;
    if (smtputf8 && !server.offered.has(extension::smtputf8)) return error::server_lacks_smtputf8;
    auto const limit = server.size_limit.value_or(0);
    if (limit != 0 && wanted.size.value_or(0) > limit) return error::message_above_server_limit;
    return error::none;
}

// What the server said it would not keep to. A report is not to be held back.
//                                                                RFC 2852 3, RFC 4865 4.1, 5.1.1
[[nodiscard]] constexpr error unfit_schedule(envelope const& mail, capabilities const& server) {
    auto const& wanted = mail.parameters;
    bool const returns = wanted.by && wanted.by->action == deliver_by::late::give_back;
    if (returns && wanted.by->seconds < std::int64_t{server.deliver_by_minimum.value_or(0)})
        return error::below_minimum;
    if (!wanted.hold_for && !wanted.hold_until) return error::none;
    if (mail.reverse_path.empty()) return error::conflicting_parameters;
    if (!server.release) return error::server_lacks_extension;
    bool const too_late =
        wanted.hold_for.value_or(std::chrono::seconds{0}) > server.release->longest ||
        wanted.hold_until.value_or(server.release->latest) > server.release->latest;
    return too_late ? error::bad_value : error::none;
}

}  // namespace detail

/// Whether this server can be sent this envelope.
///
/// errors   See client_session::submit. `at` is the index of the recipient at fault, or
///          recipients.size() for the reverse-path and the message.
/// cost     Two passes over each address, no allocation.
[[nodiscard]] constexpr result<void> check(envelope const& mail, capabilities const& server) {
    auto const whole = mail.recipients.size();
    if (whole == 0) return failure{error::no_recipients, whole};
    if (auto const from = reverse_path_of(mail); !from) return failure{from.fault().code, whole};
    bool const smtputf8 = needs_smtputf8(mail);
    if (auto const why = detail::missing_extension(mail, server, smtputf8); why != error::none)
        return failure{why, whole};
    if (auto const why = detail::unfit_schedule(mail, server); why != error::none)
        return failure{why, whole};
    auto const fit = check_mail_parameters(parameters_for(mail, server, smtputf8), server.offered);
    if (!fit) return failure{fit.fault().code, whole};
    auto const written_in = smtputf8 ? charset::utf8 : charset::ascii;
    for (std::size_t i = 0; i < whole; ++i) {
        auto const& to = mail.recipients[i];
        if (auto const who = forward_path_of(to); !who) return failure{who.fault().code, i};
        auto const good = check_rcpt_parameters(to.parameters, server.offered, written_in);
        if (!good) return failure{good.fault().code, i};
    }
    return {};
}

}  // namespace postel
