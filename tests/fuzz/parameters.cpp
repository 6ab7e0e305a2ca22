#include <postel/cursor.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/rcpt_parameters.hpp>
#include <string>

#include "fuzz/support/fuzz.hpp"
#include "fuzz/support/grammar.hpp"

// The parameters of MAIL and of RCPT.

namespace {

using namespace postel;
using fuzz::require;

// What stands in the text, one parameter behind the other.
std::string spelt(std::string_view text) {
    std::string all;
    for (auto const& each : parameter_list{text}) {
        all += ' ';
        all += each.keyword;
        if (each.value) (all += '=') += *each.value;
    }
    return all;
}

void check_list(std::string_view text) {
    auto const all = spelt(text);
    require(spelt(all) == all, "a list of parameters is read as it is spelt");
    for (auto const& each : parameter_list{text})
        require(parameter_list{text}.find(each.keyword).has_value(), "each parameter is found");
}

void check_mail(std::string_view text, extension_set offered) {
    cursor in{text};
    auto const read = parse_mail_parameters(in, offered, fuzz::own_parameters);
    if (!read) return require(read.fault().at <= text.size(), "the fault is in the text");
    require(in.done(), "parameters go on to the end of the line");
    check_list(read->text);
    auto const meaning = fuzz::meaning_of(*read);
    require(check_mail_parameters(meaning, offered).ok(), "what was read may be written");
    std::string written;
    write_mail_parameters(written, meaning);
    cursor again{written};
    auto const twice = parse_mail_parameters(again, offered);
    require(twice.ok() && fuzz::meaning_of(*twice) == meaning, "what was written means the same");
    std::string same;
    write_mail_parameters(same, *twice);
    require(same == written, "there is one way to write it");
    cursor with_all{text};
    auto const by_all =
        parse_mail_parameters(with_all, fuzz::every_extension(), fuzz::own_parameters);
    require(by_all == read, "a server that offers more reads the same");
}

void check_rcpt(std::string_view text, extension_set offered, charset allowed) {
    cursor in{text};
    auto const read = parse_rcpt_parameters(in, offered, allowed, fuzz::own_parameters);
    if (!read) return require(read.fault().at <= text.size(), "the fault is in the text");
    require(in.done(), "parameters go on to the end of the line");
    check_list(read->text);
    auto const meaning = fuzz::meaning_of(*read);
    require(check_rcpt_parameters(meaning, offered, allowed).ok(), "what was read may be written");
    std::string written;
    write_rcpt_parameters(written, meaning);
    cursor again{written};
    auto const twice = parse_rcpt_parameters(again, offered, allowed);
    require(twice.ok() && fuzz::meaning_of(*twice) == meaning, "what was written means the same");
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 4};
    // Most inputs are read by a server that offers all.
    auto const bits = how.bits();
    auto const some = bits % 4 == 0 ? extensions_of(bits >> 2) : every_extension();
    check_list(how.rest());
    check_mail(how.rest(), some);
    check_rcpt(how.rest(), some, charset::ascii);
    check_rcpt(how.rest(), some, charset::utf8);
}
