#pragma once

#include <cstdint>
#include <postel/address_literal.hpp>
#include <postel/ascii.hpp>
#include <postel/command_types.hpp>
#include <postel/cursor.hpp>
#include <postel/decimal.hpp>
#include <postel/domain.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/path.hpp>
#include <postel/rcpt_parameters.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <postel/verb.hpp>
#include <string_view>

namespace postel {

// Each write_command writes one line with its CR LF, the way a client has to. Views are written as
// they are: where they come from somebody else, ask check_command first.

namespace detail {

template <class Out, class... Texts>
constexpr void write_line(Out& out, Texts const&... texts) {
    (out.append(std::string_view{texts}), ...);
    out.append(std::string_view{"\r\n"});
}

template <class Out>
constexpr void write_verb_and_text(Out& out, verb v, std::string_view text) {
    write_line(out, to_string(v), text.empty() ? "" : " ", text);
}

// Whatever write_path() takes for a path.
template <class Out, class Path>
constexpr void write_mail(Out& out, Path const& from, mail_parameters const& parameters) {
    out.append(std::string_view{"MAIL FROM:"});
    write_path(out, from);
    write_mail_parameters(out, parameters);
    write_line(out);
}
template <class Out, class Path>
constexpr void write_rcpt(Out& out, Path const& to, rcpt_parameters const& parameters) {
    out.append(std::string_view{"RCPT TO:"});
    write_path(out, to);
    write_rcpt_parameters(out, parameters);
    write_line(out);
}

}  // namespace detail

template <class Out>
constexpr void write_command(Out& out, hello_command const& c) {
    detail::write_verb_and_text(out, c.kind, c.domain);
}
/// Canonical: the route is dropped, quoting is least, the domain in lower case.
///                                                                           RFC 5321 3.3, 4.1.2
template <class Out>
constexpr void write_command(Out& out, mail_command const& c) {
    detail::write_mail(out, c.reverse_path, c.parameters);
}
/// Canonical, as MAIL.
template <class Out>
constexpr void write_command(Out& out, rcpt_command const& c) {
    detail::write_rcpt(out, c.forward_path, c.parameters);
}
template <class Out>
constexpr void write_command(Out& out, data_command) {
    detail::write_line(out, "DATA");
}
template <class Out>
constexpr void write_command(Out& out, bdat_command c) {
    out.append(std::string_view{"BDAT "});
    write_decimal(out, c.size);
    detail::write_line(out, c.last ? " LAST" : "");
}
template <class Out>
constexpr void write_command(Out& out, rset_command) {
    detail::write_line(out, "RSET");
}
template <class Out>
constexpr void write_command(Out& out, noop_command const& c) {
    detail::write_verb_and_text(out, verb::noop, c.argument);
}
template <class Out>
constexpr void write_command(Out& out, quit_command) {
    detail::write_line(out, "QUIT");
}
template <class Out>
constexpr void write_command(Out& out, vrfy_command const& c) {
    detail::write_line(out, "VRFY ", c.argument, c.smtputf8 ? " SMTPUTF8" : "");
}
template <class Out>
constexpr void write_command(Out& out, expn_command const& c) {
    detail::write_line(out, "EXPN ", c.argument, c.smtputf8 ? " SMTPUTF8" : "");
}
template <class Out>
constexpr void write_command(Out& out, help_command const& c) {
    detail::write_verb_and_text(out, verb::help, c.argument);
}
template <class Out>
constexpr void write_command(Out& out, starttls_command) {
    detail::write_line(out, "STARTTLS");
}
/// An initial response without octets is written "=".                       RFC 4954 4
template <class Out>
constexpr void write_command(Out& out, auth_command const& c) {
    if (!c.initial_response) return detail::write_line(out, "AUTH ", c.mechanism);
    auto const response = c.initial_response->empty() ? "=" : *c.initial_response;
    detail::write_line(out, "AUTH ", c.mechanism, " ", response);
}
template <class Out>
constexpr void write_command(Out& out, etrn_command const& c) {
    constexpr std::string_view marks = "@#";
    auto const mark = c.what == etrn_command::scope::node         ? std::string_view{}
                      : c.what == etrn_command::scope::subdomains ? marks.substr(0, 1)
                                                                  : marks.substr(1);
    detail::write_line(out, "ETRN ", mark, c.name);
}
template <class Out>
constexpr void write_command(Out& out, burl_command const& c) {
    detail::write_line(out, "BURL ", c.url, c.last ? " LAST" : "");
}
template <class Out>
constexpr void write_command(Out& out, xclient_command const& c) {
    detail::write_line(out, "XCLIENT ", c.attributes.text());
}
template <class Out>
constexpr void write_command(Out& out, xforward_command const& c) {
    detail::write_line(out, "XFORWARD ", c.attributes.text());
}

// ---- What may be written -------------------------------------------------------------------

namespace detail {

[[nodiscard]] constexpr bool is_domain_or_literal(std::string_view text) {
    if (text.substr(0, 1) == "[") return parse_address_literal(text).ok();
    return parse_domain(text, charset::ascii).ok();
}

[[nodiscard]] constexpr result<void> check_inquiry(std::string_view argument, bool smtputf8,
                                                   extension_set offered) {
    if (smtputf8 && !offered.has(extension::smtputf8)) return error::server_lacks_smtputf8;
    if (argument.empty() || wsp(argument.back())) return error::bad_argument;
    for (cursor in{argument}; !in.done();) {
        if (!in.take_while(printable).empty()) continue;
        if (!smtputf8 || !in.looking_at(non_ascii)) return in.fail(error::bad_octet);
        if (auto const octet = parse_utf8_non_ascii(in, error::bad_octet); !octet) return octet;
    }
    return {};
}

// White space at the end of a line would be dropped at the other end.
[[nodiscard]] constexpr bool is_free_text(std::string_view text) {
    return all_of(text, printable) && (text.empty() || text.back() != ' ');
}

[[nodiscard]] constexpr result<void> require(bool fits) {
    return fits ? result<void>{} : result<void>{error::bad_argument};
}

}  // namespace detail

/// Judges whether a command can be written for a server that offers these extensions: whether it
/// would read the same there, and nothing else. No line can be forged with a command that passes;
/// those that are not here cannot be wrong. The order of commands is not judged.
///
/// errors   bad_argument, bad_octet, bad_utf8, server_lacks_smtputf8, non_ascii_address, and what
///          check_mail_parameters and check_rcpt_parameters say.
[[nodiscard]] constexpr result<void> check_command(hello_command const& c, extension_set = {}) {
    return detail::require(detail::is_domain_or_literal(c.domain));
}
[[nodiscard]] constexpr result<void> check_command(mail_command const& c, extension_set offered) {
    auto const& parameters = c.parameters;
    if (c.reverse_path.is_postmaster()) return error::bad_path;
    if (c.reverse_path.non_ascii() && !offered.has(extension::smtputf8))
        return error::server_lacks_smtputf8;
    if (c.reverse_path.non_ascii() && !parameters.smtputf8) return error::non_ascii_address;
    return check_mail_parameters(parameters, offered);
}
/// smtputf8  Stands on the MAIL of this transaction.
[[nodiscard]] constexpr result<void> check_command(rcpt_command const& c, extension_set offered,
                                                   bool smtputf8) {
    if (c.forward_path.is_null()) return error::bad_path;
    if (c.forward_path.non_ascii() && !smtputf8) return error::non_ascii_address;
    return check_rcpt_parameters(c.parameters, offered, smtputf8 ? charset::utf8 : charset::ascii);
}
[[nodiscard]] constexpr result<void> check_command(noop_command const& c, extension_set = {}) {
    return detail::require(detail::is_free_text(c.argument));
}
[[nodiscard]] constexpr result<void> check_command(help_command const& c, extension_set = {}) {
    return detail::require(detail::is_free_text(c.argument));
}
[[nodiscard]] constexpr result<void> check_command(vrfy_command const& c, extension_set offered) {
    return detail::check_inquiry(c.argument, c.smtputf8, offered);
}
[[nodiscard]] constexpr result<void> check_command(expn_command const& c, extension_set offered) {
    return detail::check_inquiry(c.argument, c.smtputf8, offered);
}
[[nodiscard]] constexpr result<void> check_command(auth_command const& c, extension_set = {}) {
    auto const& name = c.mechanism;
    auto const named = !name.empty() && name.size() <= 20;
    return detail::require(named && all_of(name, detail::sasl_mechanism_octet) &&
                           all_of(c.initial_response.value_or(std::string_view{}), vchar));
}
[[nodiscard]] constexpr result<void> check_command(etrn_command const& c, extension_set = {}) {
    if (c.what == etrn_command::scope::queue)
        return detail::require(!c.name.empty() && all_of(c.name, vchar));
    return detail::require(parse_domain(c.name, charset::ascii).ok());
}
[[nodiscard]] constexpr result<void> check_command(burl_command const& c, extension_set = {}) {
    return detail::require(detail::is_absolute_uri(c.url));
}

}  // namespace postel
