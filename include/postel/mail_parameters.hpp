#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/date_time.hpp>
#include <postel/decimal.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/mailbox.hpp>
#include <postel/parameter.hpp>
#include <postel/parameter_table.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <postel/word_index.hpp>
#include <postel/xtext.hpp>
#include <span>
#include <string_view>

namespace postel {

/// What BODY says of the content.                                            RFC 6152 3, 3030 3
enum class body_type : std::uint8_t { seven_bit, eight_bit_mime, binary_mime };

/// How much of a message a report about its failure returns.                 RFC 3461 4.3
enum class return_content : std::uint8_t { full, headers };

/// BY: when a message has to be delivered, and what happens if it is not.    RFC 2852 4
struct deliver_by {
    enum class late : std::uint8_t {
        notify,     ///< N: tell the sender, go on trying
        give_back,  ///< R: return the message
    };
    std::int32_t seconds;  ///< from now; 9 digits; negative only with notify
    late action = late::notify;
    bool trace = false;  ///< T: tell the sender of every hop

    friend constexpr bool operator==(deliver_by const&, deliver_by const&) = default;
};

/// The parameters of MAIL. Views point into the line; an empty one was not given, since no value
/// can be empty.                                                             RFC 5321 4.1.2
struct mail_parameters {
    std::string_view text{};  ///< all as given, own ones too: see parameter_list

    std::optional<std::uint64_t> size{};       ///< octets; 2^64 - 1 stands for more   RFC 1870 6
    std::optional<body_type> body{};           ///< RFC 6152 3, RFC 3030 3
    bool smtputf8 = false;                     ///< RFC 6531 3.4
    bool require_tls = false;                  ///< RFC 8689 2
    bool conperm = false;                      ///< RFC 4141
    std::optional<return_content> ret{};       ///< RFC 3461 4.3
    std::string_view envid{};                  ///< xtext of printable ASCII           RFC 3461 4.4
    std::string_view auth{};                   ///< "<>", or xtext of a mailbox        RFC 4954 5
    std::optional<deliver_by> by{};            ///< RFC 2852 4
    std::optional<std::int8_t> mt_priority{};  ///< -9 to 9       RFC 6710 3
    std::optional<std::chrono::seconds> hold_for{};        ///< RFC 4865 4
    std::optional<std::chrono::sys_seconds> hold_until{};  ///< RFC 4865 4
    std::string_view solicit{};    ///< classes, comma between them              RFC 3865 2.3
    std::string_view mtrk{};       ///< not interpreted                          RFC 3885
    std::string_view submitter{};  ///< xtext                                    RFC 4405

    friend constexpr bool operator==(mail_parameters const&, mail_parameters const&) = default;
};

namespace detail::mail_values {

using parameters = mail_parameters;

// size-value = 1*20DIGIT                                                    RFC 1870 3
[[nodiscard]] constexpr result<void> read_size(std::string_view value, extension_set,
                                               parameters& into) {
    auto const octets = parse_decimal(value);
    if (value.size() > 20 || (!octets && !all_of(value, digit))) return error::bad_value;
    into.size = octets.value_or(~std::uint64_t{0});  // 20 digits can say more
    return {};
}
constexpr void write_size(parameters const& from, parameter_value& value) {
    write_decimal(value, *from.size);
}

// body-value = "7BIT" / "8BITMIME" / "BINARYMIME"                           RFC 6152 2, 3030 3
struct body_row {
    std::string_view value;
};
inline constexpr std::array bodies{body_row{"7BIT"}, body_row{"8BITMIME"}, body_row{"BINARYMIME"}};
inline constexpr word_index body_index{bodies, &body_row::value};

[[nodiscard]] constexpr result<void> read_body(std::string_view value, extension_set offered,
                                               parameters& into) {
    auto const known = body_index.find(value);
    if (!known) return error::bad_value;
    into.body = static_cast<body_type>(*known);
    if (into.body == body_type::binary_mime && !offered.has(extension::binary_mime))
        return error::unknown_parameter;
    return {};
}
constexpr void write_body(parameters const& from, parameter_value& value) {
    value.refer(body_index[static_cast<std::size_t>(*from.body)]);
}

// auth-param = "AUTH=" xtext                    of a Mailbox or of "<>"     RFC 4954 5, 8
[[nodiscard]] constexpr result<void> read_auth(std::string_view value, extension_set,
                                               parameters& into) {
    std::array<char, 384> octets{};  // more than any mailbox has
    auto const size = decode_xtext(value, octets);
    if (!size) return size.fault();
    std::string_view const who{octets.data(), *size};
    if (who != "<>" && !parse_mailbox(who, charset::utf8)) return error::bad_value;
    into.auth = value;
    return {};
}

// ret-value = "FULL" / "HDRS"                                               RFC 3461 4.3
[[nodiscard]] constexpr result<void> read_ret(std::string_view value, extension_set,
                                              parameters& into) {
    if (equal_ignoring_case(value, "FULL"))
        into.ret = return_content::full;
    else if (equal_ignoring_case(value, "HDRS"))
        into.ret = return_content::headers;
    else
        return error::bad_value;
    return {};
}
constexpr void write_ret(parameters const& from, parameter_value& value) {
    value.refer(*from.ret == return_content::full ? "FULL" : "HDRS");
}

// envid-parameter = "ENVID=" xtext              of printable ASCII          RFC 3461 4.4, 5.4
[[nodiscard]] constexpr result<void> read_envid(std::string_view value, extension_set,
                                                parameters& into) {
    if (value.size() > 100) return failure{error::bad_value, 100};
    into.envid = value;
    return check_printable_xtext(value);
}

// by-value = [ "-" / "+" ] 1*9DIGIT ";" ( "N" / "R" ) [ "T" ]               RFC 2852 4
[[nodiscard]] constexpr result<void> read_by(std::string_view value, extension_set,
                                             parameters& into) {
    cursor in{value};
    auto const negative = in.take('-');
    if (!negative) in.take('+');
    auto const digits = in.take_while(digit);
    auto const seconds = parse_decimal(digits);
    if (!seconds || digits.size() > 9 || !in.take(';')) return in.fail(error::bad_value);
    auto const count = static_cast<std::int32_t>(*seconds);
    deliver_by by{negative ? -count : count};
    if (in.take_ignoring_case("R"))
        by.action = deliver_by::late::give_back;
    else if (!in.take_ignoring_case("N"))
        return in.fail(error::bad_value);
    by.trace = in.take_ignoring_case("T");
    if (!in.done()) return in.fail(error::bad_value);
    if (by.action == deliver_by::late::give_back && by.seconds <= 0) return error::bad_value;
    into.by = by;
    return {};
}
constexpr void write_by(parameters const& from, parameter_value& value) {
    auto const seconds = std::int64_t{from.by->seconds};
    if (seconds < 0) value.append("-");
    write_decimal(value, static_cast<std::uint64_t>(seconds < 0 ? -seconds : seconds));
    value.append(from.by->action == deliver_by::late::notify ? ";N" : ";R");
    if (from.by->trace) value.append("T");
}

// future-release-integer = %x31-39 *8DIGIT                                  RFC 4865 4
[[nodiscard]] constexpr result<void> read_hold_for(std::string_view value, extension_set,
                                                   parameters& into) {
    auto const seconds = parse_decimal(value);
    if (!seconds || value.size() > 9 || value.front() == '0') return error::bad_value;
    if (into.hold_until) return error::conflicting_parameters;
    into.hold_for = std::chrono::seconds{*seconds};
    return {};
}
constexpr void write_hold_for(parameters const& from, parameter_value& value) {
    write_decimal(value, static_cast<std::uint64_t>(from.hold_for->count()));
}

// future-release-date-time = date-time of RFC 3339, in UTC                  RFC 4865 4
[[nodiscard]] constexpr result<void> read_hold_until(std::string_view value, extension_set,
                                                     parameters& into) {
    if (to_upper(value.back()) != 'Z') return failure{error::bad_value, value.size() - 1};
    auto const when = parse_rfc3339(value, fraction::rounded_up);
    if (!when) return when.fault();
    if (into.hold_for) return error::conflicting_parameters;
    into.hold_until = *when;
    return {};
}
constexpr void write_hold_until(parameters const& from, parameter_value& value) {
    write_rfc3339(value, *from.hold_until);
}

// priority-value = ( [ "-" ] %x31-39 ) / "0"                                RFC 6710 3, 7
[[nodiscard]] constexpr result<void> read_mt_priority(std::string_view value, extension_set,
                                                      parameters& into) {
    cursor in{value};
    auto const negative = in.take('-');
    if (!in.looking_at(digit) || (negative && in.peek() == '0')) return in.fail(error::bad_value);
    auto const units = in.peek() - '0';
    in.skip(1);
    if (!in.done()) return in.fail(error::bad_value);
    into.mt_priority = static_cast<std::int8_t>(negative ? -units : units);
    return {};
}
constexpr void write_mt_priority(parameters const& from, parameter_value& value) {
    auto const priority = *from.mt_priority;
    if (priority < 0) value.append("-");
    write_decimal(value, static_cast<std::uint64_t>(priority < 0 ? -priority : priority));
}

// Solicitation-keywords = word *( "," word ), up to 1000 characters         RFC 3865 2.3
// word                  = ALPHA *( ALPHA / DIGIT / "." / "-" / "_" / ":" )
[[nodiscard]] constexpr result<void> read_solicit(std::string_view value, extension_set,
                                                  parameters& into) {
    cursor in{value};
    do {
        if (!in.looking_at(alpha)) return in.fail(error::bad_value);
        in.take_while(ldh | char_set{"._:"});
    } while (in.take(','));
    if (!in.done()) return in.fail(error::bad_value);
    if (value.size() > 1000) return in.fail_at(error::bad_value, 1000);
    into.solicit = value;
    return {};
}

[[nodiscard]] constexpr result<void> read_mtrk(std::string_view value, extension_set,
                                               parameters& into) {
    if (!all_of(value, esmtp_value)) return error::bad_value;
    into.mtrk = value;
    return {};
}

// "SUBMITTER=" xtext                                                        RFC 4405 4
[[nodiscard]] constexpr result<void> read_submitter(std::string_view value, extension_set,
                                                    parameters& into) {
    into.submitter = value;
    return check_xtext(value);
}

// In the order in which they are written.
inline constexpr std::array table{
    with_value<&parameters::body>(" BODY=", {extension::eight_bit_mime, extension::binary_mime},
                                  read_body, write_body),
    with_value<&parameters::size>(" SIZE=", {extension::size}, read_size, write_size),
    without_value<&parameters::smtputf8>(" SMTPUTF8", {extension::smtputf8}),
    with_value<&parameters::ret>(" RET=", {extension::dsn}, read_ret, write_ret),
    with_value<&parameters::envid>(" ENVID=", {extension::dsn}, read_envid),
    with_value<&parameters::auth>(" AUTH=", {extension::auth}, read_auth),
    without_value<&parameters::require_tls>(" REQUIRETLS", {extension::require_tls}),
    with_value<&parameters::by>(" BY=", {extension::deliver_by}, read_by, write_by),
    with_value<&parameters::hold_for>(" HOLDFOR=", {extension::future_release}, read_hold_for,
                                      write_hold_for),
    with_value<&parameters::hold_until>(" HOLDUNTIL=", {extension::future_release}, read_hold_until,
                                        write_hold_until),
    with_value<&parameters::mt_priority>(" MT-PRIORITY=", {extension::mt_priority},
                                         read_mt_priority, write_mt_priority),
    with_value<&parameters::solicit>(" SOLICIT=", {extension::no_soliciting}, read_solicit),
    with_value<&parameters::mtrk>(" MTRK=", {extension::mtrk}, read_mtrk),
    with_value<&parameters::submitter>(" SUBMITTER=", {extension::submitter}, read_submitter),
    without_value<&parameters::conperm>(" CONPERM", {extension::conperm}),
};

inline constexpr char_set seven_bit = char_set::range(0, 127);

// Where SMTPUTF8 is not among them, nothing beyond ASCII may be; it may stand behind what needs it.
[[nodiscard]] constexpr result<void> read(cursor& in, extension_set offered,
                                          std::span<std::string_view const> own, parameters& into) {
    if (in.done()) return {};
    auto const from = in.at();
    auto const line = in.rest();
    auto const done =
        parameter_reader<table, parameters>{offered, charset::utf8, own, into}.read_all(in);
    if (!done || into.smtputf8) return done;
    if (auto const end = run_end<seven_bit>(line, 0); end != line.size())
        return in.fail_at(error::bad_parameter, from + end);
    return {};
}

}  // namespace detail::mail_values

/// Reads what stands behind the path of MAIL, to the end of the line.
///
/// in       Stands behind the ">": at a space, or at the end where there are no parameters.
/// offered  What the latest EHLO reply listed; nothing after HELO.
/// own      Further keywords that are let through with any value, in any letter case; they are
///          found in `text`. Of more than 64, only the first 64 are refused when they come twice.
/// returns  Views into the line.
/// errors   unknown_parameter (also: its extension is not offered), duplicate_parameter,
///          conflicting_parameters (HOLDFOR and HOLDUNTIL), missing_value, unexpected_value,
///          bad_value, bad_xtext, bad_utf8, bad_parameter.
/// cost     One pass, no allocation.                                         RFC 5321 4.1.1.11
[[nodiscard]] constexpr result<mail_parameters> parse_mail_parameters(
    cursor& in, extension_set offered, std::span<std::string_view const> own = {}) {
    result<mail_parameters> found{std::in_place};
    auto const done = detail::mail_values::read(in, offered, own, *found);
    if (!done) found.fail(done.fault());
    return found;
}

/// Writes a space in front of each parameter that is set. `text` is not looked at.
template <class Out>
constexpr void write_mail_parameters(Out& out, mail_parameters const& what) {
    detail::write_parameters<detail::mail_values::table>(out, what);
}

/// Judges whether parameters can be written for a server that offers these extensions: whether
/// parse_mail_parameters there would read the same. No line can be forged with a value that passes.
///
/// errors   server_lacks_extension, and what parse_mail_parameters says of a value; `at` is 0.
///                                                                           RFC 5321 4.1.1.3
[[nodiscard]] constexpr result<void> check_mail_parameters(mail_parameters const& what,
                                                           extension_set offered) {
    return detail::check_parameters<detail::mail_values::table>(what, offered);
}

}  // namespace postel
