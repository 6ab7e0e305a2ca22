#pragma once

#include <cstddef>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/limits.hpp>
#include <postel/result.hpp>
#include <postel/runs.hpp>
#include <postel/utf8.hpp>
#include <string_view>

namespace postel {

namespace detail {

inline constexpr std::size_t longest_label = 63;  // RFC 1035 2.3.4; RFC 5321 sets no limit

// Words of ASCII with single dots between them, at once. Where they do not fit, or something beyond
// ASCII goes on, nothing is taken: the rules decide, word by word.
template <char_set const& Set, char_set const& Joints>
[[nodiscard]] constexpr bool take_plain_words(cursor& in, std::size_t most) {
    if (!in.looking_at(Set)) return false;
    auto const end = dotted_end<Set, Joints>(in.line(), in.at());
    auto const length = end - in.at();
    if (length == 0 || length > most) return false;
    if (end != in.line().size() && non_ascii(in.line()[end])) return false;
    in.skip(length);
    return true;
}

inline constexpr char_set name_octet = ldh | char_set{"."};
inline constexpr char_set name_joint{"-."};

// sub-domain = Let-dig [Ldh-str] / U-label               RFC 5321 4.1.2, RFC 6531 3.3
// Ldh-str    = *( ALPHA / DIGIT / "-" ) Let-dig
//
// Whether a label beyond ASCII is a U-label of RFC 5890 is left to the code that turns it into an
// A-label for the DNS. The limit of a label holds for its A-label, so it cannot be applied either.
[[nodiscard]] constexpr result<void> parse_sub_domain(cursor& in, charset allowed) {
    auto const from = in.at();
    bool ascii = true;
    if (in.peek() == '-') return in.fail(error::bad_domain);
    in.take_while(ldh);
    while (allowed == charset::utf8 && in.looking_at(non_ascii)) {
        ascii = false;
        if (auto const step = parse_utf8_non_ascii(in, error::bad_domain); !step) return step;
        in.take_while(ldh);
    }
    if (in.looking_at(non_ascii)) return in.fail(error::non_ascii_address);
    auto const label = in.since(from);
    if (label.empty()) return in.fail(error::bad_domain);
    if (label.back() == '-') return in.fail_at(error::bad_domain, in.at() - 1);
    if (ascii && label.size() > longest_label)
        return in.fail_at(error::domain_too_long, from + longest_label);
    return {};
}

// In so few octets no label can be too long.
[[nodiscard]] constexpr bool take_plain_name(cursor& in) {
    return take_plain_words<name_octet, name_joint>(in, longest_label);
}

// Domain = sub-domain *( "." sub-domain )
[[nodiscard]] constexpr result<void> read_domain(cursor& in, charset allowed) {
    if (take_plain_name(in)) return {};
    auto const from = in.at();
    do {
        if (auto const label = parse_sub_domain(in, allowed); !label) return label;
    } while (in.take('.'));
    if (in.at() - from > minimum::domain)
        return in.fail_at(error::domain_too_long, from + minimum::domain);
    return {};
}

}  // namespace detail

/// Reads a domain name and stops at the first octet that cannot belong to it.
///
/// returns  The name as given, a view into the line; no trailing dot, 1 to 255 octets.
/// errors   bad_domain, domain_too_long (the name, or a label of ASCII above 63), bad_utf8, and
///          non_ascii_address where `allowed` is charset::ascii.
/// cost     One pass, no allocation.                          RFC 5321 4.1.2, RFC 6531 3.3
// Domain = sub-domain *( "." sub-domain )
[[nodiscard]] constexpr result<std::string_view> parse_domain(cursor& in, charset allowed) {
    auto const from = in.at();
    if (auto const read = detail::read_domain(in, allowed); !read) return read.fault();
    return in.since(from);
}

/// The same, for a text that has to be a domain name from end to end.
[[nodiscard]] constexpr result<std::string_view> parse_domain(std::string_view whole,
                                                              charset allowed = charset::ascii) {
    cursor in{whole};
    auto const name = parse_domain(in, allowed);
    if (name && !in.done()) return in.fail(error::bad_domain);
    return name;
}

/// Two spellings of one name: ASCII letters without regard to case, everything else exactly. A
/// U-label does not equal its A-label here; compare them in one form.        RFC 5321 2.4
[[nodiscard]] constexpr bool equal_domains(std::string_view a, std::string_view b) {
    return equal_ignoring_case(a, b);
}

/// Writes a domain name in its canonical form: ASCII letters in lower case.
template <class Out>
constexpr void write_domain(Out& out, std::string_view name) {
    while (!name.empty()) {
        std::size_t run = 0;
        while (run < name.size() && !upper(name[run])) ++run;
        out.append(name.substr(0, run));
        name.remove_prefix(run);
        if (name.empty()) return;
        char const small = to_lower(name.front());
        out.append(std::string_view{&small, 1});
        name.remove_prefix(1);
    }
}

}  // namespace postel
