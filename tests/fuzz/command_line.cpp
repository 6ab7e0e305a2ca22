#include <postel/command.hpp>
#include <string>
#include <variant>

#include "fuzz/support/fuzz.hpp"
#include "fuzz/support/grammar.hpp"

// Command lines: what is written is read as the same, and nothing can add a line.

namespace {

using namespace postel;
using fuzz::require;

// Without how it was spelt.
command without_spelling(command what) {
    if (auto* const mail = std::get_if<mail_command>(&what)) mail->parameters.text = {};
    if (auto* const rcpt = std::get_if<rcpt_command>(&what)) rcpt->parameters.text = {};
    return what;
}

struct may_be_written {
    command_rules const& rules;

    bool operator()(rcpt_command const& c) const {
        return check_command(c, rules.offered, rules.smtputf8).ok();
    }
    template <class Command>
    bool operator()(Command const& c) const {
        if constexpr (requires { check_command(c, rules.offered); })
            return check_command(c, rules.offered).ok();
        else
            return true;
    }
};

std::string written(command const& what) {
    std::string line;
    write_command(line, what);
    return line;
}

void check_split(std::string_view line) {
    auto const split = split_command(line);
    if (!split) return require(split.fault().at <= line.size(), "the fault is in the line");
    require(split->verb == parse_verb(split->token), "the verb is the first word");
    require(line.substr(0, split->text.size()) == split->text, "only the end is dropped");
    require(split->argument_at >= split->token.size(), "arguments stand behind the verb");
    require(split->argument_at <= split->text.size(), "arguments stand in the line");
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 5};
    auto const bits = how.bits();
    auto const flags = how.below(256);
    command_rules const rules{
        .offered = bits % 4 == 0 ? extensions_of(bits >> 2) : every_extension(),
        .smtputf8 = (flags & 1) != 0,
        .tolerate = {.space_after_colon = (flags & 2) != 0,
                     .path_without_brackets = (flags & 4) != 0},
        .own_mail_parameters = own_parameters,
        .own_rcpt_parameters = own_parameters,
    };
    auto const line = how.rest();
    check_split(line);
    auto const read = parse_command(line, rules);
    if (!read) return require(read.fault().at <= line.size(), "the fault is in the line");
    require(std::visit(may_be_written{rules}, *read), "what was read may be written");

    auto const once = written(*read);
    require(once.ends_with("\r\n"), "a command ends with CR LF");
    auto const text = std::string_view{once}.substr(0, once.size() - 2);
    require(text.find_first_of(std::string_view{"\r\n\0", 3}) == text.npos, "it is one line");
    auto const again = parse_command(text, rules);
    require(again.ok(), "a command that was written can be read");
    require(without_spelling(*again) == without_spelling(*read), "and it is the same command");
    require(written(*again) == once, "there is one way to write it");
}
