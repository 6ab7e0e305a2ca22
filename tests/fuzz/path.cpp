#include <algorithm>
#include <postel/mailbox.hpp>
#include <postel/path.hpp>
#include <string>

#include "fuzz/support/fuzz.hpp"

// Mailboxes and paths: what is written is read as the same, and a plain reference judges those that
// have neither quotes nor an address literal.

namespace {

using namespace postel;
using fuzz::require;
using fuzz::split;

bool is_any_of(char c, std::string_view more) {
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || more.find(c) != more.npos;
}

bool is_plain_mailbox(std::string_view text) {
    auto const at = text.find('@');
    if (at == text.npos || at > 64) return false;
    for (auto const atom : split(text.substr(0, at), '.')) {
        if (atom.empty()) return false;
        for (char const c : atom)
            if (!is_any_of(c, "!#$%&'*+-/=?^_`{|}~")) return false;
    }
    auto const domain = text.substr(at + 1);
    if (domain.size() > 255) return false;
    for (auto const label : split(domain, '.')) {
        if (label.empty() || label.size() > 63) return false;
        if (label.front() == '-' || label.back() == '-') return false;
        for (char const c : label)
            if (!is_any_of(c, "-")) return false;
    }
    return true;
}

void check_mailbox(mailbox const& who, std::string_view text, charset allowed) {
    require(who.text() == text, "a mailbox shows the octets as given");
    require(who.local_part().size() + 1 + who.domain().size() == text.size(), "nothing is missing");
    require(who.local_part().size() <= 64 && who.domain().size() <= 255, "limits are kept");
    require(allowed == charset::utf8 || !who.non_ascii(), "ASCII means ASCII");
    std::string written;
    write_mailbox(written, who);
    auto const again = parse_mailbox(written, allowed);
    require(again.ok(), "a mailbox that was written can be read");
    require(*again == who, "and it is the same mailbox");
    std::string twice;
    write_mailbox(twice, *again);
    require(twice == written, "there is one canonical form");
    std::string octets;
    who.write_local_part(octets);
    std::string octets_again;
    again->write_local_part(octets_again);
    require(octets == octets_again, "quoting changes nothing");
}

void check_path(result<path> const& read, std::string_view text, charset allowed, bool forward) {
    if (!read) return require(read.fault().at <= text.size(), "the fault is in the text");
    require(read->text() == text, "a path shows the octets as given");
    require(text.size() <= 256, "limits are kept");
    require(allowed == charset::utf8 || !read->non_ascii(), "ASCII means ASCII");
    std::string written;
    write_path(written, *read);
    auto const again = forward ? parse_forward_path(std::string_view{written}, allowed)
                               : parse_reverse_path(std::string_view{written}, allowed);
    require(again.ok() && *again == *read, "a path that was written is read as the same");
    require(again->route().empty(), "a route is never written");
    if (read->has_mailbox()) check_mailbox(read->mailbox(), read->mailbox().text(), allowed);
}

void check_as(std::string_view text, charset allowed) {
    auto const who = parse_mailbox(text, allowed);
    if (who)
        check_mailbox(*who, text, allowed);
    else
        require(who.fault().at <= text.size(), "the fault is in the text");
    auto const reverse = parse_reverse_path(text, allowed);
    auto const forward = parse_forward_path(text, allowed);
    check_path(reverse, text, allowed, false);
    check_path(forward, text, allowed, true);
    if (reverse && reverse->has_mailbox()) require(forward == reverse, "both directions agree");

    auto const bracketed = "<" + std::string{text} + ">";
    auto const in_path = parse_reverse_path(std::string_view{bracketed}, allowed);
    if (who && bracketed.size() <= 256)
        require(in_path.ok() && in_path->mailbox() == *who, "a mailbox in brackets is a path");
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    check_as(input, charset::ascii);
    check_as(input, charset::utf8);
    auto const ascii = parse_mailbox(input, charset::ascii);
    auto const utf8 = parse_mailbox(input, charset::utf8);
    if (ascii) require(utf8.ok() && *utf8 == *ascii, "UTF-8 takes what ASCII takes");
    if (input.find('"') == input.npos && input.find('[') == input.npos)
        require(ascii.ok() == is_plain_mailbox(input), "the reference judges the same");
}
