#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/date_time.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/parameter.hpp>
#include <postel/parameter_table.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <postel/utf8_address.hpp>
#include <postel/xtext.hpp>
#include <span>
#include <string_view>

namespace postel {

/// When the sender wants a report about a recipient. All false: not said, and then failures are
/// reported, perhaps delays.                                                 RFC 3461 4.1
struct notify_when {
    bool never = false;  ///< alone
    bool success = false;
    bool failure = false;
    bool delay = false;

    [[nodiscard]] constexpr bool given() const { return never || success || failure || delay; }
    friend constexpr bool operator==(notify_when, notify_when) = default;
};

/// ORCPT: whom the message was for in the first place. Nothing in it is to be used for routing.
///                                                                           RFC 3461 4.2
struct original_recipient {
    std::string_view text{};  ///< the type, ";", the address; empty where there is none

    [[nodiscard]] constexpr bool given() const { return !text.empty(); }
    /// rfc822, utf-8 ...: an Atom, in any letter case.
    [[nodiscard]] constexpr std::string_view type() const { return text.substr(0, text.find(';')); }
    /// Xtext of printable ASCII; for utf-8 see utf8_address.hpp.
    [[nodiscard]] constexpr std::string_view address() const {
        return text.substr(std::min(text.size(), type().size() + 1));
    }
    friend constexpr bool operator==(original_recipient const&,
                                     original_recipient const&) = default;
};

/// RRVS: since when the recipient has to have had the same owner.            RFC 7293 3.1
struct valid_since {
    enum class otherwise : std::uint8_t {
        reject,    ///< R, or not said: a server that cannot tell must not pass the message on
        carry_on,  ///< C: it may
    };
    std::chrono::sys_seconds when;
    otherwise unsupported = otherwise::reject;

    friend constexpr bool operator==(valid_since const&, valid_since const&) = default;
};

/// The parameters of RCPT. Views point into the line.                        RFC 5321 4.1.2
struct rcpt_parameters {
    std::string_view text{};  ///< all as given, own ones too: see parameter_list

    notify_when notify{};               ///< RFC 3461 4.1
    original_recipient orcpt{};         ///< RFC 3461 4.2
    std::optional<valid_since> rrvs{};  ///< RFC 7293 3.1
    bool conneg = false;                ///< RFC 4141

    friend constexpr bool operator==(rcpt_parameters const&, rcpt_parameters const&) = default;
};

namespace detail::rcpt_values {

using parameters = rcpt_parameters;

// notify-esmtp-value = "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" )      RFC 3461 4.1
//
// A word twice says nothing new and is tolerated; spaces and empty words are not.
[[nodiscard]] constexpr result<void> read_notify(std::string_view value, extension_set,
                                                 parameters& into) {
    cursor in{value};
    notify_when when;
    do {
        if (in.take_ignoring_case("SUCCESS"))
            when.success = true;
        else if (in.take_ignoring_case("FAILURE"))
            when.failure = true;
        else if (in.take_ignoring_case("DELAY"))
            when.delay = true;
        else if (in.at() == 0 && in.take_ignoring_case("NEVER"))
            when.never = true;
        else
            return in.fail(error::bad_value);
    } while (!when.never && in.take(','));
    if (!in.done()) return in.fail(error::bad_value);
    into.notify = when;
    return {};
}
constexpr void write_notify(parameters const& from, parameter_value& value) {
    auto const& when = from.notify;
    auto const add = [&](bool wanted, std::string_view word) {
        if (!wanted) return;
        if (!value.view().empty()) value.append(",");
        value.append(word);
    };
    add(when.never, "NEVER");
    add(when.success, "SUCCESS");
    add(when.failure, "FAILURE");
    add(when.delay, "DELAY");
}

// original-recipient-address = addr-type ";" xtext        addr-type = Atom  RFC 3461 4.2, 5.4
//
// Bare UTF-8 came through the splitting only if the line may hold it, so it is not judged again.
[[nodiscard]] constexpr result<void> read_orcpt(std::string_view value, extension_set,
                                                parameters& into) {
    cursor in{value};
    auto const type = in.take_while(atext);
    if (type.empty() || !in.take(';')) return in.fail(error::bad_value);
    auto const from = in.at();
    auto const address = in.take_rest();
    if (value.size() > 500) return in.fail_at(error::bad_value, 500);
    auto const judged = equal_ignoring_case(type, "utf-8")
                            ? check_utf8_address(address, charset::utf8)
                            : check_printable_xtext(address);
    if (!judged) return in.fail_at(judged.fault().code, from + judged.fault().at);
    if (address.empty()) return in.fail(error::bad_value);
    into.orcpt.text = value;
    return {};
}
constexpr void write_orcpt(parameters const& from, parameter_value& value) {
    value.refer(from.orcpt.text);
}

// rrvs-param = "RRVS=" date-time [ ";" ( "C" / "R" ) ]                      RFC 7293 3.1
[[nodiscard]] constexpr result<void> read_rrvs(std::string_view value, extension_set,
                                               parameters& into) {
    cursor in{value};
    auto const time = in.take_while(vchar - char_set{";"});
    auto const when = parse_rfc3339(time);
    if (!when) return when.fault();
    valid_since since{*when};
    if (in.take(';')) {
        if (in.take_ignoring_case("C"))
            since.unsupported = valid_since::otherwise::carry_on;
        else if (!in.take_ignoring_case("R"))
            return in.fail(error::bad_value);
    }
    if (!in.done()) return in.fail(error::bad_value);
    into.rrvs = since;
    return {};
}
constexpr void write_rrvs(parameters const& from, parameter_value& value) {
    write_rfc3339(value, from.rrvs->when);
    if (from.rrvs->unsupported == valid_since::otherwise::carry_on) value.append(";C");
}

// In the order in which they are written.
// clang-format off
inline constexpr std::array table{
    with_value<&parameters::notify>   (" NOTIFY=", {extension::dsn},  read_notify, write_notify),
    with_value<&parameters::orcpt>    (" ORCPT=",  {extension::dsn},  read_orcpt,  write_orcpt),
    with_value<&parameters::rrvs>     (" RRVS=",   {extension::rrvs}, read_rrvs,   write_rrvs),
    without_value<&parameters::conneg>(" CONNEG",  {extension::conneg}),
};
// clang-format on

[[nodiscard]] constexpr result<void> read(cursor& in, extension_set offered, charset allowed,
                                          std::span<std::string_view const> own, parameters& into) {
    if (in.done()) return {};
    return parameter_reader<table, parameters>{offered, allowed, own, into}.read_all(in);
}

}  // namespace detail::rcpt_values

/// Reads what stands behind the path of RCPT, to the end of the line.
///
/// in       Stands behind the ">": at a space, or at the end where there are no parameters.
/// offered  What the latest EHLO reply listed; nothing after HELO.
/// allowed  charset::utf8 when MAIL had SMTPUTF8: values may then hold UTF-8.  RFC 6531 3.3
/// own      Further keywords that are let through; see parse_mail_parameters.
/// returns  Views into the line.
/// errors   unknown_parameter (also: its extension is not offered), duplicate_parameter,
///          missing_value, unexpected_value, bad_value, bad_xtext, bad_utf8, bad_parameter.
/// cost     One pass, no allocation.                                         RFC 5321 4.1.1.11
[[nodiscard]] constexpr result<rcpt_parameters> parse_rcpt_parameters(
    cursor& in, extension_set offered, charset allowed,
    std::span<std::string_view const> own = {}) {
    result<rcpt_parameters> found{std::in_place};
    auto const done = detail::rcpt_values::read(in, offered, allowed, own, *found);
    if (!done) found.fail(done.fault());
    return found;
}

/// Writes a space in front of each parameter that is set. `text` is not looked at.
template <class Out>
constexpr void write_rcpt_parameters(Out& out, rcpt_parameters const& what) {
    detail::write_parameters<detail::rcpt_values::table>(out, what);
}

/// Judges whether parameters can be written for a server that offers these extensions: whether
/// parse_rcpt_parameters there would read the same. No line can be forged with a value that passes.
///
/// allowed  charset::utf8 when SMTPUTF8 stands on MAIL.
/// errors   server_lacks_extension, server_lacks_smtputf8, and what parse_rcpt_parameters says of a
///          value; `at` is 0.                                                RFC 5321 4.1.1.3
[[nodiscard]] constexpr result<void> check_rcpt_parameters(rcpt_parameters const& what,
                                                           extension_set offered, charset allowed) {
    if (allowed == charset::ascii && any_of(what.orcpt.text, non_ascii))
        return error::server_lacks_smtputf8;
    return detail::check_parameters<detail::rcpt_values::table>(what, offered);
}

}  // namespace postel
