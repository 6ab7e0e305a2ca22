#pragma once

#include <cstddef>
#include <cstdint>
#include <postel/address_literal.hpp>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/domain.hpp>
#include <postel/error.hpp>
#include <postel/limits.hpp>
#include <postel/result.hpp>
#include <postel/scan.hpp>
#include <postel/utf8.hpp>
#include <string_view>

namespace postel {

namespace detail {

/// The octets that a local-part stands for, one at a time: without quotes and backslashes.
class local_part_octets {
public:
    constexpr explicit local_part_octets(std::string_view as_given) : rest_(as_given) {
        if (rest_.front() == '"') {  // no local-part is empty
            quoted_ = true;
            rest_.remove_prefix(1);
            rest_.remove_suffix(1);
        }
    }

    [[nodiscard]] constexpr bool done() const { return rest_.empty(); }
    constexpr char next() {
        if (quoted_ && rest_.front() == '\\') rest_.remove_prefix(1);
        char const c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

private:
    std::string_view rest_;
    bool quoted_ = false;
};

[[nodiscard]] constexpr bool equal_local_parts(std::string_view a, std::string_view b) {
    local_part_octets left{a};
    local_part_octets right{b};
    while (!left.done() && !right.done())
        if (left.next() != right.next()) return false;
    return left.done() && right.done();
}

/// The local-part is a Dot-string once its quoting is gone.
[[nodiscard]] constexpr bool needs_no_quotes(std::string_view local_part) {
    char before = '.';
    for (local_part_octets octets{local_part}; !octets.done();) {
        char const c = octets.next();
        if (c == '.' ? before == '.' : !atext(c) && !non_ascii(c)) return false;
        before = c;
    }
    return before != '.';
}

// Atom  = 1*atext                                                      RFC 5321 4.1.2
// atext = ... / UTF8-non-ascii                                         RFC 6531 3.3
[[nodiscard]] constexpr result<void> parse_atom(cursor& in, charset allowed) {
    auto const from = in.at();
    in.take_while(atext);
    while (allowed == charset::utf8 && in.looking_at(non_ascii)) {
        if (auto const step = parse_utf8_non_ascii(in, error::bad_local_part); !step) return step;
        in.take_while(atext);
    }
    if (in.looking_at(non_ascii)) return in.fail(error::non_ascii_address);
    if (in.at() == from) return in.fail(error::bad_local_part);
    return {};
}

inline constexpr char_set dots{"."};
inline constexpr char_set dot_string_octet = atext | dots;

// Dot-string = Atom *( "." Atom )                                      RFC 5321 4.1.2
[[nodiscard]] constexpr result<void> parse_dot_string(cursor& in, charset allowed) {
    do {
        if (auto const atom = parse_atom(in, allowed); !atom) return atom;
    } while (in.take('.'));
    return {};
}

// QcontentSMTP    = qtextSMTP / quoted-pairSMTP                        RFC 5321 4.1.2
// qtextSMTP       = %d32-33 / %d35-91 / %d93-126 / UTF8-non-ascii      RFC 6531 3.3
// quoted-pairSMTP = "\" %d32-126
[[nodiscard]] constexpr result<void> parse_qcontent(cursor& in, charset allowed) {
    if (in.take('\\')) {
        if (!in.looking_at(printable)) return in.fail(error::bad_local_part);
        in.skip(1);
        return {};
    }
    if (!in.looking_at(non_ascii)) return in.fail(error::bad_local_part);
    if (allowed == charset::ascii) return in.fail(error::non_ascii_address);
    return parse_utf8_non_ascii(in, error::bad_local_part);
}

// Quoted-string = DQUOTE 1*QcontentSMTP DQUOTE                         RFC 5321 4.1.2
//
// "*QcontentSMTP" in the RFC; an empty local-part names nobody and erratum 5414 corrects the rule.
[[nodiscard]] constexpr result<void> parse_quoted_string(cursor& in, charset allowed) {
    in.skip(1);
    auto const from = in.at();
    for (;;) {
        in.take_while(qtext);
        if (in.peek() == '"') break;
        if (auto const content = parse_qcontent(in, allowed); !content) return content;
    }
    if (in.at() == from) return in.fail(error::bad_local_part);
    in.skip(1);
    return {};
}

// Local-part = Dot-string / Quoted-string                              RFC 5321 4.1.2
[[nodiscard]] constexpr result<void> parse_local_part(cursor& in, charset allowed) {
    if (take_plain_words<dot_string_octet, dots>(in, minimum::local_part)) return {};
    auto const from = in.at();
    auto const read =
        in.peek() == '"' ? parse_quoted_string(in, allowed) : parse_dot_string(in, allowed);
    if (!read) return read;
    if (in.at() - from > minimum::local_part)
        return in.fail_at(error::local_part_too_long, from + minimum::local_part);
    return {};
}

// Mailbox = Local-part "@" ( Domain / address-literal )                RFC 5321 4.1.2
[[nodiscard]] constexpr result<void> read_mailbox(cursor& in, charset allowed,
                                                  std::size_t& at_sign) {
    if (auto const local_part = parse_local_part(in, allowed); !local_part) return local_part;
    at_sign = in.at();
    if (!in.take('@'))
        return in.fail(in.done() || in.peek() == '>' ? error::bad_path : error::bad_local_part);
    if (in.peek() != '[') return read_domain(in, allowed);
    if (auto const literal = parse_address_literal(in); !literal) return literal.fault();
    return {};
}

}  // namespace detail

/// Who gets or sent a message: local-part "@" domain. One that exists is valid.
///
/// It is a view: the octets that were parsed must outlive it. The local-part is opaque; only the
/// host that its domain names may give it a meaning.                   RFC 5321 2.3.11, 4.1.2
class mailbox {
public:
    /// The octets as given.
    [[nodiscard]] constexpr std::string_view text() const { return text_; }

    /// The local-part as given, with its quotes if it has any.
    [[nodiscard]] constexpr std::string_view local_part() const { return text_.substr(0, at_); }
    [[nodiscard]] constexpr bool quoted() const { return text_.front() == '"'; }
    /// Writes the octets that the local-part stands for: `"a\"b"` is a"b.
    template <class Out>
    constexpr void write_local_part(Out& out) const;
    /// The local-part is "postmaster", in any letter case and quoting.  RFC 5321 4.1.1.3, 4.5.1
    [[nodiscard]] constexpr bool names_postmaster() const;

    /// The domain as given; an address literal with its brackets.
    [[nodiscard]] constexpr std::string_view domain() const { return text_.substr(at_ + 1u); }
    [[nodiscard]] constexpr bool has_literal() const { return text_[at_ + 1u] == '['; }
    /// The address literal, read anew at each call; only where has_literal().
    [[nodiscard]] constexpr address_literal literal() const {
        return *parse_address_literal(domain());
    }

    /// Some octet is above 127: only SMTPUTF8 can carry this mailbox.  RFC 6531 3.2
    [[nodiscard]] constexpr bool non_ascii() const { return has_eight_bit(text_); }

    /// The same mailbox: local-parts exactly, once their quoting is gone, domains without regard to
    /// case, address literals by value.                                RFC 5321 2.4, 4.1.2
    [[nodiscard]] friend constexpr bool operator==(mailbox const& a, mailbox const& b) {
        if (!detail::equal_local_parts(a.local_part(), b.local_part())) return false;
        if (a.has_literal() && b.has_literal()) return a.literal() == b.literal();
        return equal_domains(a.domain(), b.domain());
    }

private:
    friend constexpr result<mailbox> parse_mailbox(cursor& in, charset allowed);
    friend class path;
    friend class result<mailbox>;  // which holds one that is none beside a failure
    constexpr mailbox() = default;
    constexpr mailbox(std::string_view text, std::size_t at)
        : text_(text), at_(static_cast<std::uint16_t>(at)) {}

    std::string_view text_;
    std::uint16_t at_ = 0;  // where "@" stands between local-part and domain
};

/// Reads a mailbox and stops at the first octet that cannot belong to it.
///
/// returns  A view into the line.
/// errors   bad_local_part, bad_domain, bad_address_literal, bad_path (no "@"), bad_utf8,
///          local_part_too_long (above 64 octets as given), domain_too_long, and non_ascii_address
///          where `allowed` is charset::ascii.
/// cost     One pass, no allocation.                          RFC 5321 4.1.2, RFC 6531 3.3
[[nodiscard]] constexpr result<mailbox> parse_mailbox(cursor& in, charset allowed) {
    auto const from = in.at();
    std::size_t at_sign = 0;
    if (auto const read = detail::read_mailbox(in, allowed, at_sign); !read) return read.fault();
    return mailbox{in.since(from), at_sign - from};
}

/// The same, for a text that has to be a mailbox from end to end.
[[nodiscard]] constexpr result<mailbox> parse_mailbox(std::string_view whole,
                                                      charset allowed = charset::ascii) {
    cursor in{whole};
    auto const read = parse_mailbox(in, allowed);
    if (read && !in.done()) return in.fail(error::bad_domain);
    return read;
}

template <class Out>
constexpr void mailbox::write_local_part(Out& out) const {
    for (detail::local_part_octets octets{local_part()}; !octets.done();) {
        char const c = octets.next();
        out.append(std::string_view{&c, 1});
    }
}

constexpr bool mailbox::names_postmaster() const {
    std::string_view const name = "postmaster";
    detail::local_part_octets octets{local_part()};
    for (char const c : name)
        if (octets.done() || to_lower(octets.next()) != c) return false;
    return octets.done();
}

namespace detail {

/// Quotes, and a backslash only before a quote or a backslash.          RFC 5321 4.1.2
template <class Out>
constexpr void write_quoted_string(Out& out, std::string_view local_part) {
    out.append(std::string_view{"\""});
    for (local_part_octets octets{local_part}; !octets.done();) {
        char const c = octets.next();
        if (c == '"' || c == '\\') out.append(std::string_view{"\\"});
        out.append(std::string_view{&c, 1});
    }
    out.append(std::string_view{"\""});
}

}  // namespace detail

/// Writes a mailbox in its canonical form: the least quoting, the domain in lower case, an address
/// in its one spelling. Equal mailboxes give the same octets.                RFC 5321 4.1.2
template <class Out>
constexpr void write_mailbox(Out& out, mailbox const& who) {
    if (!who.quoted())
        out.append(who.local_part());
    else if (detail::needs_no_quotes(who.local_part()))
        who.write_local_part(out);
    else
        detail::write_quoted_string(out, who.local_part());
    out.append(std::string_view{"@"});
    if (who.has_literal())
        write_address_literal(out, who.literal());
    else
        write_domain(out, who.domain());
}

}  // namespace postel
