#pragma once

#include <cstddef>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/domain.hpp>
#include <postel/error.hpp>
#include <postel/limits.hpp>
#include <postel/mailbox.hpp>
#include <postel/policy.hpp>
#include <postel/result.hpp>
#include <postel/scan.hpp>
#include <postel/utf8.hpp>
#include <string_view>

namespace postel {

class path;

namespace detail {

/// Where a mailbox starts in the line, and where its "@" stands.
struct mailbox_place {
    std::size_t from = 0;
    std::size_t at_sign = 0;
    bool plain = false;  ///< it is known that all around it is ASCII
};

[[nodiscard]] constexpr result<void> read_reverse_path(cursor& in, charset allowed,
                                                       lenience const& tolerate, path& into);
[[nodiscard]] constexpr result<void> read_forward_path(cursor& in, charset allowed,
                                                       lenience const& tolerate, path& into);

}  // namespace detail

/// The argument of MAIL FROM: or RCPT TO:. One that exists is valid.
///
/// It is one of three: the null reverse-path `<>`, `<Postmaster>` without a domain, or a mailbox
/// in brackets, perhaps behind a source route. It is a view: the octets that were parsed must
/// outlive it. A path that nobody parsed is `<>`.                            RFC 5321 4.1.2
class path {
public:
    constexpr path() = default;
    /// A mailbox as a path, for who sends: no route.
    constexpr explicit path(postel::mailbox const& who)
        : text_(who.text()), who_(who.at_), non_ascii_(who.non_ascii()) {}

    /// The octets as given, with "<" and ">" where they were given.
    [[nodiscard]] constexpr std::string_view text() const { return text_; }

    [[nodiscard]] constexpr bool is_null() const { return text_ == "<>"; }
    /// `<Postmaster>` in any letter case, without a domain: RCPT only.  RFC 5321 4.1.1.3
    [[nodiscard]] constexpr bool is_postmaster() const { return !has_mailbox() && !is_null(); }
    [[nodiscard]] constexpr bool has_mailbox() const { return who_ != 0; }

    /// The mailbox behind the route; only where has_mailbox().
    [[nodiscard]] constexpr postel::mailbox mailbox() const {
        return {text_.substr(from_, text_.size() - from_ - (bracketed() ? 1 : 0)), who_};
    }
    /// The source route as given, without its colon; empty where there is none. It is never to be
    /// followed: the mailbox alone says who is meant.                   RFC 5321 3.3, C
    [[nodiscard]] constexpr std::string_view route() const {
        return from_ < 2 ? std::string_view{} : text_.substr(1, from_ - 2u);
    }

    /// Some octet is above 127, in the route too: only SMTPUTF8 can carry this path.
    [[nodiscard]] constexpr bool non_ascii() const { return non_ascii_; }

    /// The same mailbox, or both null, or both `<Postmaster>`. The route makes no difference.
    [[nodiscard]] friend constexpr bool operator==(path const& a, path const& b) {
        if (a.has_mailbox() && b.has_mailbox()) return a.mailbox() == b.mailbox();
        return a.has_mailbox() == b.has_mailbox() && a.is_null() == b.is_null();
    }

private:
    friend constexpr result<void> detail::read_reverse_path(cursor& in, charset allowed,
                                                            lenience const& tolerate, path& into);
    friend constexpr result<void> detail::read_forward_path(cursor& in, charset allowed,
                                                            lenience const& tolerate, path& into);
    constexpr path(std::string_view text, std::size_t start, detail::mailbox_place const& who)
        : text_(text),
          from_(static_cast<std::uint16_t>(who.from - start)),
          who_(static_cast<std::uint16_t>(who.at_sign - who.from)),
          non_ascii_(!who.plain && has_eight_bit(text)) {}
    constexpr explicit path(std::string_view postmaster) : text_(postmaster) {}

    [[nodiscard]] constexpr bool bracketed() const { return text_.front() == '<'; }

    std::string_view text_ = "<>";
    std::uint16_t from_ = 0;  // where the mailbox starts in text_
    std::uint16_t who_ = 0;   // where its "@" stands, counted from there; 0: no mailbox
    bool non_ascii_ = false;
};

namespace detail {

// A-d-l     = At-domain *( "," At-domain )                             RFC 5321 4.1.2
// At-domain = "@" Domain
[[nodiscard]] constexpr result<void> parse_route(cursor& in, charset allowed) {
    do {
        if (!in.take('@')) return in.fail(error::bad_path);
        if (auto const host = read_domain(in, allowed); !host) return host;
    } while (in.take(','));
    return {};
}

// "<" Dot-string "@" Domain ">", as almost all are written. Where it is not that, or might be too
// long, nothing is taken: the rules decide.
[[nodiscard]] constexpr bool take_plain_path(cursor& in, mailbox_place& who) {
    auto ahead = in;
    if (!ahead.take('<')) return false;
    who.from = ahead.at();
    if (!take_plain_words<dot_string_octet, dots>(ahead, minimum::local_part)) return false;
    who.at_sign = ahead.at();
    if (!ahead.take('@') || !take_plain_name(ahead) || !ahead.take('>')) return false;
    who.plain = true;
    in = ahead;
    return true;
}

// Path = "<" [ A-d-l ":" ] Mailbox ">"                                 RFC 5321 4.1.2
[[nodiscard]] constexpr result<void> read_bracketed(cursor& in, charset allowed,
                                                    mailbox_place& who) {
    auto const from = in.at();
    if (!in.take('<')) return in.fail(error::bad_path);
    if (in.peek() == '@') {
        if (auto const route = parse_route(in, allowed); !route) return route;
        if (!in.take(':')) return in.fail(error::bad_path);
    }
    if (in.peek() == '>' || in.done()) return in.fail(error::bad_path);
    who.from = in.at();
    if (auto const read = read_mailbox(in, allowed, who.at_sign); !read) return read;
    if (!in.take('>'))
        return in.fail(in.done() || in.looking_at(wsp) ? error::bad_path : error::bad_domain);
    if (in.at() - from > minimum::path)
        return in.fail_at(error::path_too_long, from + minimum::path);
    return {};
}

// Mailbox up to a space or the end: lenience::path_without_brackets.
[[nodiscard]] constexpr result<void> read_bare(cursor& in, charset allowed, mailbox_place& who) {
    who.from = in.at();
    if (auto const read = read_mailbox(in, allowed, who.at_sign); !read) return read;
    if (!in.done() && !in.looking_at(wsp)) return in.fail(error::bad_domain);
    if (in.at() - who.from > minimum::path - 2)  // the brackets that others put around it
        return in.fail_at(error::path_too_long, who.from + minimum::path - 2);
    return {};
}

[[nodiscard]] constexpr result<void> read_path(cursor& in, charset allowed,
                                               lenience const& tolerate, mailbox_place& who) {
    if (take_plain_path(in, who)) return {};
    if (tolerate.path_without_brackets && !in.done() && in.peek() != '<')
        return read_bare(in, allowed, who);
    return read_bracketed(in, allowed, who);
}

// Reverse-path = Path / "<>"                                           RFC 5321 4.1.2
constexpr result<void> read_reverse_path(cursor& in, charset allowed, lenience const& tolerate,
                                         path& into) {
    auto const from = in.at();
    if (auto const next = in.rest(); next.size() >= 2 && next[0] == '<' && next[1] == '>') {
        in.skip(2);
        into = path{};
        return {};
    }
    mailbox_place who;
    if (auto const read = read_path(in, allowed, tolerate, who); !read) return read;
    into = path{in.since(from), from, who};
    return {};
}

// "<Postmaster>" / Forward-path                Forward-path = Path     RFC 5321 4.1.2, 4.1.1.3
constexpr result<void> read_forward_path(cursor& in, charset allowed, lenience const& tolerate,
                                         path& into) {
    auto const from = in.at();
    mailbox_place who;
    if (auto const read = read_path(in, allowed, tolerate, who); !read) {
        cursor start{in.line()};
        start.skip(from);
        if (!start.take_ignoring_case("<Postmaster>")) return read;
        in = start;  // no mailbox, and so never read as one
        into = path{in.since(from)};
        return {};
    }
    into = path{in.since(from), from, who};
    return {};
}

}  // namespace detail

/// Reads the argument of MAIL FROM: and stops behind its ">"; what may follow is the caller's.
///
/// returns  Views into the line.
/// errors   bad_path, path_too_long (above 256 octets), everything that parse_mailbox knows.
/// cost     One pass, no allocation; the end is found by the grammar, so that a ">" in a quoted
///          local-part ends nothing.                          RFC 5321 4.1.2, RFC 6531 3.3
// Reverse-path = Path / "<>"
[[nodiscard]] constexpr result<path> parse_reverse_path(cursor& in, charset allowed,
                                                        lenience const& tolerate = {}) {
    path found;
    auto const read = detail::read_reverse_path(in, allowed, tolerate, found);
    return read ? result{found} : read.fault();
}

/// Reads the argument of RCPT TO: and stops behind its ">"; what may follow is the caller's.
///
/// The same as parse_reverse_path, but `<>` is refused and `<Postmaster>` is taken.
///                                                   RFC 5321 4.1.1.3, 4.1.2, RFC 6531 3.3
// "<Postmaster>" / Forward-path                      Forward-path = Path
[[nodiscard]] constexpr result<path> parse_forward_path(cursor& in, charset allowed,
                                                        lenience const& tolerate = {}) {
    path found;
    auto const read = detail::read_forward_path(in, allowed, tolerate, found);
    return read ? result{found} : read.fault();
}

/// The same, for a text that has to be a reverse-path from end to end.
[[nodiscard]] constexpr result<path> parse_reverse_path(std::string_view whole,
                                                        charset allowed = charset::ascii) {
    cursor in{whole};
    auto const read = parse_reverse_path(in, allowed);
    if (read && !in.done()) return in.fail(error::bad_path);
    return read;
}

/// The same, for a text that has to be a forward-path from end to end.
[[nodiscard]] constexpr result<path> parse_forward_path(std::string_view whole,
                                                        charset allowed = charset::ascii) {
    cursor in{whole};
    auto const read = parse_forward_path(in, allowed);
    if (read && !in.done()) return in.fail(error::bad_path);
    return read;
}

/// Writes a path in its canonical form: brackets, no route, the mailbox as write_mailbox does,
/// `<Postmaster>` in this letter case.                                       RFC 5321 3.3
template <class Out>
constexpr void write_path(Out& out, path const& where) {
    if (where.is_null()) {
        out.append(std::string_view{"<>"});
    } else if (where.is_postmaster()) {
        out.append(std::string_view{"<Postmaster>"});
    } else {
        out.append(std::string_view{"<"});
        write_mailbox(out, where.mailbox());
        out.append(std::string_view{">"});
    }
}

}  // namespace postel
