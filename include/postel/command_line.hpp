#pragma once

#include <cstddef>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/runs.hpp>
#include <postel/verb.hpp>
#include <string_view>
#include <utility>

namespace postel {

/// A command line whose verb is known and whose arguments are not read yet: a session decides by
/// the verb whether they are worth reading.
struct command_line {
    postel::verb verb = verb::unknown;
    std::string_view token;       ///< the verb as given
    std::string_view text;        ///< the line without white space at its end
    std::size_t argument_at = 0;  ///< where the arguments start in `text`; its end without any

    [[nodiscard]] constexpr bool has_argument() const { return argument_at != text.size(); }
    [[nodiscard]] constexpr std::string_view argument() const { return text.substr(argument_at); }

    friend constexpr bool operator==(command_line const&, command_line const&) = default;
};

namespace detail {

// CR, LF and NUL have no place anywhere in a line.                          RFC 5321 2.3.8
inline constexpr char_set line_octet = char_set::range(1, 255) - char_set{"\r\n"};

[[nodiscard]] constexpr result<void> check_line_octets(std::string_view line) {
    if (!any_below_space(line)) return {};
    auto const end = run_end<line_octet>(line, 0);
    if (end == line.size()) return {};
    return failure{line[end] == '\r'   ? error::bare_cr
                   : line[end] == '\n' ? error::bare_lf
                                       : error::nul_octet,
                   end};
}

// 1*ALPHA [ SP argument ] *WSP                                              RFC 5321 4.1.1
[[nodiscard]] constexpr result<void> read_verb(std::string_view line, command_line& into) {
    if (auto const octets = check_line_octets(line); !octets) return octets;
    while (!line.empty() && wsp(line.back())) line.remove_suffix(1);
    if (line.empty()) return error::empty_line;
    into.text = line;
    // Almost every verb has four letters. One that is known needs no look at each of them.
    bool const four = line.size() == 4 || (line.size() > 4 && line[4] == ' ');
    if (four) into.verb = verb_of_four(line.data());
    if (into.verb != verb::unknown) {
        into.token = {line.data(), 4};
        into.argument_at = line.size() == 4 ? 4 : 5;
        return {};
    }
    cursor in{line};
    into.token = in.take_while(alpha);
    if (into.token.empty() || (!in.done() && !in.take(' '))) return in.fail(error::bad_octet);
    into.verb = parse_verb(into.token);
    into.argument_at = in.at();
    return {};
}

}  // namespace detail

/// Reads the verb of a command line.
///
/// line     Without its CR LF.
/// returns  Views into `line`. A verb that nobody knows is a value: verb::unknown. White space at
///          the end is dropped.                                              RFC 5321 4.1.1
/// errors   empty_line; bare_cr, bare_lf, nul_octet, wherever they stand; bad_octet: the line does
///          not start with letters that a space or the end follows.
/// cost     One pass over the line, many octets at a time; no allocation.
[[nodiscard]] constexpr result<command_line> split_command(std::string_view line) {
    result<command_line> found{std::in_place};
    if (auto const read = detail::read_verb(line, *found); !read) found.fail(read.fault());
    return found;
}

}  // namespace postel
