#pragma once

#include <postel/command_line.hpp>
#include <postel/command_parser.hpp>
#include <postel/command_types.hpp>
#include <postel/command_writer.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/verb.hpp>
#include <string_view>
#include <utility>
#include <variant>

namespace postel {

/// Any command. Who knows the verb has less to compile with the functions of command_parser.hpp.
using command = std::variant<hello_command, mail_command, rcpt_command, data_command, bdat_command,
                             rset_command, noop_command, quit_command, vrfy_command, expn_command,
                             help_command, starttls_command, auth_command, etrn_command,
                             burl_command, xclient_command, xforward_command>;

namespace detail {
template <class Command>
[[nodiscard]] constexpr result<command> any_command(result<Command> const& read) {
    if (!read) return read.fault();
    return result<command>{std::in_place, std::in_place_type<Command>, *read};
}
// The large ones are read into their place.
template <class Command, auto Read>
[[nodiscard]] constexpr result<command> any_command(command_line const& line,
                                                    command_rules const& rules) {
    result<command> any{std::in_place, std::in_place_type<Command>};
    if (auto const read = Read(line, rules, std::get<Command>(*any)); !read) any.fail(read.fault());
    return any;
}
}  // namespace detail

/// Reads the arguments of any command.
///
/// errors   unknown_command; not_implemented for TURN, SEND, SOML, SAML, ATRN; what the function of
///          the verb says.
[[nodiscard]] constexpr result<command> parse_command(command_line const& line,
                                                      command_rules const& rules) {
    switch (line.verb) {
        case verb::helo:
        case verb::ehlo:
        case verb::lhlo: return detail::any_command(parse_hello(line, rules));
        case verb::mail: return detail::any_command<mail_command, detail::read_mail>(line, rules);
        case verb::rcpt: return detail::any_command<rcpt_command, detail::read_rcpt>(line, rules);
        case verb::data: return detail::any_command(parse_data(line));
        case verb::bdat: return detail::any_command(parse_bdat(line));
        case verb::rset: return detail::any_command(parse_rset(line));
        case verb::noop: return detail::any_command(parse_noop(line));
        case verb::quit: return detail::any_command(parse_quit(line));
        case verb::vrfy: return detail::any_command(parse_vrfy(line, rules));
        case verb::expn: return detail::any_command(parse_expn(line, rules));
        case verb::help: return detail::any_command(parse_help(line));
        case verb::starttls: return detail::any_command(parse_starttls(line));
        case verb::auth: return detail::any_command(parse_auth(line));
        case verb::etrn: return detail::any_command(parse_etrn(line));
        case verb::burl: return detail::any_command(parse_burl(line));
        case verb::xclient: return detail::any_command(parse_xclient(line));
        case verb::xforward: return detail::any_command(parse_xforward(line));
        case verb::turn:
        case verb::send:
        case verb::soml:
        case verb::saml:
        case verb::atrn: return error::not_implemented;
        case verb::unknown: return error::unknown_command;
    }
    return error::unknown_command;
}

/// Reads a whole command line, without its CR LF: split_command and parse_command in one.
[[nodiscard]] constexpr result<command> parse_command(std::string_view line,
                                                      command_rules const& rules = {}) {
    auto const split = split_command(line);
    if (!split) return split.fault();
    return parse_command(*split, rules);
}

/// Writes any command, as the write_command of its type does.
template <class Out>
constexpr void write_command(Out& out, command const& c) {
    std::visit([&](auto const& each) { write_command(out, each); }, c);
}

}  // namespace postel
