#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/address_literal.hpp>
#include <postel/ascii.hpp>
#include <postel/command_line.hpp>
#include <postel/command_types.hpp>
#include <postel/cursor.hpp>
#include <postel/decimal.hpp>
#include <postel/domain.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/path.hpp>
#include <postel/peer_attribute.hpp>
#include <postel/rcpt_parameters.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <postel/verb.hpp>
#include <string_view>

namespace postel {

// One function a command. Each takes a line that split_command has read and whose verb is its own,
// and counts `at` from the start of that line. None asks whether the verb is offered or has its
// turn: that is the session's.

namespace detail {

[[nodiscard]] constexpr cursor argument_of(command_line const& line) {
    cursor in{line.text};
    in.skip(line.argument_at);
    return in;
}

[[nodiscard]] constexpr result<void> expect_no_argument(command_line const& line) {
    if (line.has_argument()) return failure{error::unexpected_argument, line.argument_at};
    return {};
}

[[nodiscard]] constexpr result<void> expect_argument(command_line const& line) {
    if (!line.has_argument()) return failure{error::missing_argument, line.argument_at};
    return {};
}

template <class Command>
[[nodiscard]] constexpr result<Command> without_argument(command_line const& line) {
    if (auto const none = expect_no_argument(line); !none) return none.fault();
    return Command{};
}

// What a client may say freely: printable ASCII, and UTF-8 where it is allowed.
[[nodiscard]] constexpr result<std::string_view> take_free_text(cursor& in, charset allowed) {
    auto const from = in.at();
    while (!in.done()) {
        if (!in.take_run<printable>().empty()) continue;
        if (allowed == charset::ascii || !in.looking_at(non_ascii))
            return in.fail(error::bad_octet);
        auto const octet = parse_utf8_non_ascii(in, error::bad_octet);
        if (!octet) return octet.fault();
    }
    return in.since(from);
}

}  // namespace detail

/// EHLO, HELO, LHLO. A literal is taken from HELO too, where the grammar has none, and text behind
/// a literal is passed over.                                        RFC 5321 4.1.1.1, RFC 2033 4.1
///
/// errors   missing_argument, bad_domain, domain_too_long, bad_address_literal, bad_octet.
// ( "EHLO" / "HELO" / "LHLO" ) SP ( Domain / address-literal )
[[nodiscard]] constexpr result<hello_command> parse_hello(command_line const& line,
                                                          command_rules const&) {
    if (auto const given = detail::expect_argument(line); !given) return given.fault();
    auto in = detail::argument_of(line);
    auto const from = in.at();
    if (in.peek() == '[') {
        auto const literal = parse_address_literal(in);
        if (!literal) return literal.fault();
        hello_command const hello{line.verb, in.since(from), true};
        if (!in.done() && !in.take(' ')) return in.fail(error::bad_address_literal);
        auto const more = detail::take_free_text(in, charset::ascii);
        if (!more) return more.fault();
        return hello;
    }
    auto const domain = parse_domain(in, charset::ascii);  // no U-label here: RFC 6531 3.7.1
    if (!domain && domain.fault().code == error::non_ascii_address)
        return in.fail(error::bad_domain);
    if (!domain) return domain.fault();
    if (!in.done()) return in.fail(error::bad_domain);
    return hello_command{line.verb, *domain, false};
}

namespace detail {

constexpr void skip_tolerated_space(cursor& in, lenience const& tolerate) {
    while (tolerate.space_after_colon && in.take(' ')) {
    }
}

}  // namespace detail

namespace detail {

// "MAIL FROM:" Reverse-path [SP Mail-parameters]
[[nodiscard]] constexpr result<void> read_mail(command_line const& line, command_rules const& rules,
                                               mail_command& into) {
    if (auto const given = expect_argument(line); !given) return given;
    auto in = argument_of(line);
    if (!in.take_ignoring_case("FROM:")) return in.fail(error::bad_argument);
    skip_tolerated_space(in, rules.tolerate);
    auto const path_at = in.at();
    auto const path = read_reverse_path(in, charset::utf8, rules.tolerate, into.reverse_path);
    if (!path) return path;
    auto const parameters =
        mail_values::read(in, rules.offered, rules.own_mail_parameters, into.parameters);
    if (!parameters) return parameters;
    if (!into.parameters.smtputf8 && into.reverse_path.non_ascii())
        return in.fail_at(error::non_ascii_address, path_at);
    return {};
}

// "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters]
[[nodiscard]] constexpr result<void> read_rcpt(command_line const& line, command_rules const& rules,
                                               rcpt_command& into) {
    if (auto const given = expect_argument(line); !given) return given;
    auto in = argument_of(line);
    if (!in.take_ignoring_case("TO:")) return in.fail(error::bad_argument);
    skip_tolerated_space(in, rules.tolerate);
    auto const path_at = in.at();
    auto const path = read_forward_path(in, charset::utf8, rules.tolerate, into.forward_path);
    if (!path) return path;
    if (!rules.smtputf8 && into.forward_path.non_ascii())
        return in.fail_at(error::non_ascii_address, path_at);
    auto const allowed = rules.smtputf8 ? charset::utf8 : charset::ascii;
    return rcpt_values::read(in, rules.offered, allowed, rules.own_rcpt_parameters,
                             into.parameters);
}

}  // namespace detail

/// MAIL. Whether an address beyond ASCII may stand here is decided by the SMTPUTF8 behind it.
///
/// errors   missing_argument, bad_argument (no "FROM:"), what parse_reverse_path and
///          parse_mail_parameters know, non_ascii_address.           RFC 5321 4.1.1.2, RFC 6531 3.5
[[nodiscard]] constexpr result<mail_command> parse_mail(command_line const& line,
                                                        command_rules const& rules) {
    result<mail_command> mail{std::in_place};
    if (auto const read = detail::read_mail(line, rules, *mail); !read) mail.fail(read.fault());
    return mail;
}

/// RCPT.
///
/// errors   missing_argument, bad_argument (no "TO:"), what parse_forward_path and
///          parse_rcpt_parameters know, non_ascii_address.           RFC 5321 4.1.1.3, RFC 6531 3.5
[[nodiscard]] constexpr result<rcpt_command> parse_rcpt(command_line const& line,
                                                        command_rules const& rules) {
    result<rcpt_command> rcpt{std::in_place};
    if (auto const read = detail::read_rcpt(line, rules, *rcpt); !read) rcpt.fail(read.fault());
    return rcpt;
}

/// DATA. errors: unexpected_argument.                                        RFC 5321 4.1.1
[[nodiscard]] constexpr result<data_command> parse_data(command_line const& line) {
    return detail::without_argument<data_command>(line);
}

/// BDAT.
///
/// errors   bad_chunk_size: nothing was announced that could be skipped; chunk_size_overflow: more
///          was announced than can be counted, and the session cannot go on.       RFC 3030 2
// "BDAT" SP chunk-size [ SP "LAST" ]                  chunk-size = 1*DIGIT
[[nodiscard]] constexpr result<bdat_command> parse_bdat(command_line const& line) {
    auto in = detail::argument_of(line);
    auto const digits = in.take_while(digit);
    if (digits.empty()) return in.fail(error::bad_chunk_size);
    bdat_command chunk;
    if (in.take(' ')) {
        if (!in.take_ignoring_case("LAST")) return in.fail(error::bad_chunk_size);
        chunk.last = true;
    }
    if (!in.done()) return in.fail(error::bad_chunk_size);
    auto const size = parse_decimal(digits);
    if (!size) return in.fail_at(error::chunk_size_overflow, line.argument_at);
    chunk.size = *size;
    return chunk;
}

/// RSET. errors: unexpected_argument.                                        RFC 5321 4.1.1
[[nodiscard]] constexpr result<rset_command> parse_rset(command_line const& line) {
    return detail::without_argument<rset_command>(line);
}

/// NOOP; the argument means nothing. errors: bad_octet.                      RFC 5321 4.1.1.9
// "NOOP" [ SP String ]
[[nodiscard]] constexpr result<noop_command> parse_noop(command_line const& line) {
    auto in = detail::argument_of(line);
    auto const text = detail::take_free_text(in, charset::ascii);
    if (!text) return text.fault();
    return noop_command{*text};
}

/// QUIT. errors: unexpected_argument.                                        RFC 5321 4.1.1
[[nodiscard]] constexpr result<quit_command> parse_quit(command_line const& line) {
    return detail::without_argument<quit_command>(line);
}

namespace detail {

// String [ SP "SMTPUTF8" ]                              RFC 5321 4.1.1.6, RFC 6531 3.7.4.2
//
// Clients send `user@domain`, `<user@domain>` and plain names where the grammar has a String, so
// the argument is handed on as it is. Where SMTPUTF8 is not offered, it is a word like others.
template <class Command>
[[nodiscard]] constexpr result<Command> parse_inquiry(command_line const& line,
                                                      command_rules const& rules) {
    constexpr std::string_view suffix = " SMTPUTF8";
    if (auto const given = expect_argument(line); !given) return given.fault();
    auto text = line.text;
    auto const argument = line.argument();
    auto const smtputf8 =
        rules.offered.has(extension::smtputf8) && argument.size() > suffix.size() &&
        equal_ignoring_case(argument.substr(argument.size() - suffix.size()), suffix);
    if (smtputf8) text.remove_suffix(suffix.size());
    while (wsp(text.back())) text.remove_suffix(1);  // as at the end of any line
    if (text.size() < line.argument_at) return failure{error::missing_argument, text.size()};
    cursor in{text};
    in.skip(line.argument_at);
    auto const who = take_free_text(in, smtputf8 ? charset::utf8 : charset::ascii);
    if (!who) return who.fault();
    return Command{*who, smtputf8};
}

}  // namespace detail

/// VRFY. errors: missing_argument, bad_octet, bad_utf8.  RFC 5321 4.1.1.6, RFC 6531 3.7.4.2
[[nodiscard]] constexpr result<vrfy_command> parse_vrfy(command_line const& line,
                                                        command_rules const& rules) {
    return detail::parse_inquiry<vrfy_command>(line, rules);
}

/// EXPN. errors: missing_argument, bad_octet, bad_utf8.  RFC 5321 4.1.1.7, RFC 6531 3.7.4.2
[[nodiscard]] constexpr result<expn_command> parse_expn(command_line const& line,
                                                        command_rules const& rules) {
    return detail::parse_inquiry<expn_command>(line, rules);
}

/// HELP. errors: bad_octet.                                                  RFC 5321 4.1.1.8
// "HELP" [ SP String ]
[[nodiscard]] constexpr result<help_command> parse_help(command_line const& line) {
    auto in = detail::argument_of(line);
    auto const text = detail::take_free_text(in, charset::ascii);
    if (!text) return text.fault();
    return help_command{*text};
}

/// STARTTLS. errors: unexpected_argument.                                    RFC 3207 4
[[nodiscard]] constexpr result<starttls_command> parse_starttls(command_line const& line) {
    return detail::without_argument<starttls_command>(line);
}

/// AUTH. Whether the mechanism is known, and whether the response is base64, is not judged here.
///
/// errors   missing_argument, bad_argument.                                  RFC 4954 4, 8
// "AUTH" SP sasl-mech [ SP initial-response ]
// sasl-mech = 1*20( %x41-5A / DIGIT / "-" / "_" )     initial-response = base64 / "="
[[nodiscard]] constexpr result<auth_command> parse_auth(command_line const& line) {
    if (auto const given = detail::expect_argument(line); !given) return given.fault();
    auto in = detail::argument_of(line);
    auth_command auth{in.take_while(detail::sasl_mechanism_octet), {}};
    if (auth.mechanism.empty() || auth.mechanism.size() > 20) return in.fail(error::bad_argument);
    if (in.take(' ')) auth.initial_response = in.take_run<vchar>();
    if (!in.done()) return in.fail(error::bad_argument);
    return auth;
}

/// ETRN. errors: missing_argument, bad_argument, what parse_domain knows.    RFC 1985 5
// "ETRN" SP [ "@" / "#" ] node-name
[[nodiscard]] constexpr result<etrn_command> parse_etrn(command_line const& line) {
    using scope = etrn_command::scope;
    if (auto const given = detail::expect_argument(line); !given) return given.fault();
    auto in = detail::argument_of(line);
    if (in.take('#')) {
        etrn_command const queue{scope::queue, in.take_while(vchar)};
        if (queue.name.empty() || !in.done()) return in.fail(error::bad_argument);
        return queue;
    }
    auto const what = in.take('@') ? scope::subdomains : scope::node;
    auto const name = parse_domain(in, charset::ascii);
    if (!name || !in.done()) return in.fail(error::bad_argument);
    return etrn_command{what, *name};
}

/// BURL. errors: missing_argument, bad_argument.                             RFC 4468 3.5
// "BURL" SP absolute-URI [ SP "LAST" ]
[[nodiscard]] constexpr result<burl_command> parse_burl(command_line const& line) {
    if (auto const given = detail::expect_argument(line); !given) return given.fault();
    auto in = detail::argument_of(line);
    burl_command burl{in.take_while(vchar), false};
    if (!detail::is_absolute_uri(burl.url))
        return in.fail_at(error::bad_argument, line.argument_at);
    if (in.take(' ')) {
        if (!in.take_ignoring_case("LAST")) return in.fail(error::bad_argument);
        burl.last = true;
    }
    if (!in.done()) return in.fail(error::bad_argument);
    return burl;
}

/// XCLIENT. errors: missing_argument, what parse_peer_attributes knows.      Postfix
[[nodiscard]] constexpr result<xclient_command> parse_xclient(command_line const& line) {
    if (auto const given = detail::expect_argument(line); !given) return given.fault();
    auto in = detail::argument_of(line);
    auto const attributes = parse_peer_attributes(in, peer_command::xclient);
    if (!attributes) return attributes.fault();
    return xclient_command{*attributes};
}

/// XFORWARD. errors: missing_argument, what parse_peer_attributes knows.     Postfix
[[nodiscard]] constexpr result<xforward_command> parse_xforward(command_line const& line) {
    if (auto const given = detail::expect_argument(line); !given) return given.fault();
    auto in = detail::argument_of(line);
    auto const attributes = parse_peer_attributes(in, peer_command::xforward);
    if (!attributes) return attributes.fault();
    return xforward_command{*attributes};
}

}  // namespace postel
