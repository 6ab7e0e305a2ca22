#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/date_time.hpp>
#include <postel/decimal.hpp>
#include <postel/extension.hpp>
#include <postel/peer_attribute.hpp>
#include <postel/reply.hpp>
#include <postel/reply_view.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/word_index.hpp>
#include <span>
#include <string_view>

namespace postel {

/// How much of something a server takes; absent where it says nothing.       RFC 9422 4
struct announced_limits {
    std::optional<std::uint32_t> mail_max{};         ///< MAIL commands in a session
    std::optional<std::uint32_t> rcpt_max{};         ///< RCPT commands in a transaction
    std::optional<std::uint32_t> rcpt_domain_max{};  ///< different recipient domains in a session

    [[nodiscard]] constexpr bool empty() const {
        return !mail_max && !rcpt_max && !rcpt_domain_max;
    }
    friend constexpr bool operator==(announced_limits const&, announced_limits const&) = default;
};

/// How far ahead a server holds a message back.                              RFC 4865 3
struct release_window {
    std::chrono::seconds longest;     ///< the largest HOLDFOR
    std::chrono::sys_seconds latest;  ///< the last HOLDUNTIL

    friend constexpr bool operator==(release_window const&, release_window const&) = default;
};

/// What a server can do, as its reply to EHLO or LHLO says it. No views: a client keeps it for the
/// session. After HELO it is empty, and after STARTTLS the next EHLO replaces it.
///                                                         RFC 5321 4.1.1.1, RFC 3207 4.2
struct capabilities {
    extension_set offered{};
    peer_attribute_set xclient = xclient_attributes;
    peer_attribute_set xforward = xforward_attributes;
    std::optional<std::uint64_t> size_limit{};  ///< absent: not said; 0: no fixed limit  RFC 1870 3
    sasl_mechanism_set mechanisms{};            ///< those with a name here               RFC 4954 3
    announced_limits limits{};
    std::optional<std::uint32_t> deliver_by_minimum{};  ///< seconds; least by-time of R  RFC 2852 2
    std::optional<release_window> release{};            ///< absent: not to be used      RFC 4865 3

    friend constexpr bool operator==(capabilities const&, capabilities const&) = default;
};

// ---- Reading -------------------------------------------------------------------------------

namespace detail {

inline constexpr char_set limit_name = ldh | char_set{"_"};
inline constexpr char_set limit_value = vchar - char_set{";"};

inline constexpr char_set word_octet = reply_octet - wsp;

// Whether there is a further word on the line, and goes there.
[[nodiscard]] constexpr bool begins_word(cursor& in) {
    while (in.looking_at(wsp)) in.skip(1);
    return in.looking_at(word_octet);
}

// The next word of an EHLO line, behind any spaces; empty at the end.
[[nodiscard]] constexpr std::string_view next_word(cursor& in) {
    return begins_word(in) ? in.take_run<word_octet>() : std::string_view{};
}

// The row of the word that is next, if it is one of these; then the word is taken.
template <std::size_t Count>
[[nodiscard]] constexpr std::optional<std::size_t> take_word_of(word_index<Count> const& words,
                                                                cursor& in) {
    auto const found = words.template find_first<word_octet>(in.rest());
    if (found) in.skip(words[*found].size());
    return found;
}

// %x31-39 0*5DIGIT                                                          RFC 9422 4
[[nodiscard]] constexpr std::optional<std::uint32_t> parse_limit_value(std::string_view digits) {
    if (digits.empty() || digits.size() > 6 || digits.front() == '0') return std::nullopt;
    auto const value = parse_decimal(digits);
    if (!value) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

// limit-item = limit-name [ "=" limit-value ]                               RFC 9422 3
//
// False for what is no item at all. An item that is one, but is unknown or has no usable value,
// changes nothing.                                                          RFC 9422 3.7
[[nodiscard]] constexpr bool read_limit(std::string_view item, announced_limits& into) {
    cursor in{item};
    auto const name = in.take_while(limit_name);
    auto const has_value = in.take('=');
    auto const text = in.take_while(limit_value);
    if (name.empty() || !in.done() || has_value == text.empty()) return false;
    auto const value = parse_limit_value(text);
    if (!value) return true;
    if (equal_ignoring_case(name, "MAILMAX")) into.mail_max = value;
    if (equal_ignoring_case(name, "RCPTMAX")) into.rcpt_max = value;
    if (equal_ignoring_case(name, "RCPTDOMAINMAX")) into.rcpt_domain_max = value;
    return true;
}

// limits-param = limit-item *( SP limit-item )                              RFC 9422 3
[[nodiscard]] constexpr announced_limits read_limits(cursor& in) {
    announced_limits found;
    for (auto item = next_word(in); !item.empty(); item = next_word(in))
        if (!read_limit(item, found)) return {};
    return found;
}

constexpr void read_mechanisms(cursor& in, sasl_mechanism_set& into) {
    while (begins_word(in)) {
        if (auto const known = take_word_of(mechanism_index, in))
            into.add(sasl_mechanism_table[*known].name);
        else
            in.take_run<word_octet>();
    }
}

[[nodiscard]] constexpr peer_attribute_set read_attributes(cursor& in) {
    peer_attribute_set found;
    for (auto name = next_word(in); !name.empty(); name = next_word(in))
        if (auto const known = find_peer_attribute(name)) found.add(*known);
    return found;
}

// [ SP min-by-time *( "," token ) ]              min-by-time = [ 1*9DIGIT ]   RFC 2852 2
[[nodiscard]] constexpr std::optional<std::uint32_t> read_by_minimum(cursor& in) {
    in.take_while(wsp);
    auto const digits = in.take_while(digit);
    auto const value = parse_decimal(digits);
    if (!value || digits.size() > 9) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

// SP future-release-integer SP future-release-date-time                     RFC 4865 3
// future-release-integer = %x31-39 *8DIGIT
[[nodiscard]] constexpr std::optional<release_window> read_release_window(cursor& in) {
    auto const digits = next_word(in);
    auto const seconds = parse_decimal(digits);
    auto const latest = parse_rfc3339(next_word(in));
    if (!seconds || digits.size() > 9 || digits.front() == '0' || !latest) return std::nullopt;
    return release_window{std::chrono::seconds{*seconds}, *latest};
}

// What may stand behind any other keyword says nothing to a client.
inline constexpr extension_set with_values{
    extension::size,           extension::auth,    extension::limits,  extension::deliver_by,
    extension::future_release, extension::xclient, extension::xforward};

constexpr void read_values(extension keyword, cursor& in, capabilities& into) {
    switch (keyword) {
        case extension::size: into.size_limit = parse_decimal(next_word(in)); return;
        case extension::auth: read_mechanisms(in, into.mechanisms); return;
        case extension::limits: into.limits = read_limits(in); return;
        case extension::deliver_by: into.deliver_by_minimum = read_by_minimum(in); return;
        case extension::future_release: into.release = read_release_window(in); return;
        case extension::xclient: into.xclient = read_attributes(in); return;
        case extension::xforward: into.xforward = read_attributes(in); return;
        default: return;
    }
}

// ehlo-line = ehlo-keyword *( SP ehlo-param )                               RFC 5321 4.1.1.1
constexpr void read_capability(cursor& in, capabilities& into) {
    auto keyword = extension::auth;
    if (auto const known = take_word_of(extension_index, in))
        keyword = extension_table[*known].name;
    else if (!in.take_ignoring_case("AUTH="))  // before RFC 2554: AUTH=LOGIN PLAIN
        return;
    into.offered.add(keyword);
    if (with_values.has(keyword)) read_values(keyword, in, into);
}

}  // namespace detail

/// What a server offers, read from its reply to EHLO or LHLO.
///
/// hello    A reply with code 250. Its first line greets and offers nothing.
/// returns  Everything that is understood. A line that is odd or unknown is passed over, and so is
///          a value that fits no rule: SIZE beyond 64 bits is a limit nobody said.
/// cost     One pass over the reply, no allocation.           RFC 5321 4.1.1.1
[[nodiscard]] constexpr capabilities parse_capabilities(reply_view const& hello) {
    capabilities found;
    cursor in{hello.octets()};
    auto const next_line = [&] {
        if (in.peek() != '\r') in.take_run<detail::reply_octet>();
        in.skip(2);
        return !in.done();
    };
    while (next_line()) {
        in.skip(3);  // the code
        in.take('-');
        while (in.looking_at(wsp)) in.skip(1);
        detail::read_capability(in, found);
    }
    return found;
}

// ---- Writing -------------------------------------------------------------------------------

/// The extensions that can be announced: those offered, without the ones that lack what they build
/// on or have nothing to announce. What is not here must not be obeyed either.
///
///     SMTPUTF8    needs 8BITMIME                             RFC 6531 3.1
///     BINARYMIME  needs CHUNKING                             RFC 3030 3
///     BURL        needs 8BITMIME                             RFC 4468 4
///     AUTH        needs a mechanism                          RFC 4954 3
///     LIMITS, FUTURERELEASE, XCLIENT, XFORWARD   need something to list
[[nodiscard]] constexpr extension_set announceable(capabilities const& what) {
    auto set = what.offered;
    if (!set.has(extension::eight_bit_mime))
        set.remove(extension::smtputf8).remove(extension::burl);
    if (!set.has(extension::chunking)) set.remove(extension::binary_mime);
    if (what.mechanisms.empty()) set.remove(extension::auth);
    if (what.limits.empty()) set.remove(extension::limits);
    if (!what.release) set.remove(extension::future_release);
    if (what.xclient.empty()) set.remove(extension::xclient);
    if (what.xforward.empty()) set.remove(extension::xforward);
    return set;
}

/// What else stands in the reply to EHLO or LHLO.
struct hello_texts {
    std::string_view greeting{};       ///< behind the host name, for people to read
    std::string_view no_soliciting{};  ///< behind NO-SOLICITING: classes, comma between them
    std::string_view burl{};           ///< behind BURL: "imap", "imap://host"
    std::string_view mt_priority{};    ///< behind MT-PRIORITY: the name of a policy
    std::span<std::string_view const> own_lines{};  ///< whole lines; keywords that start with X
};

namespace detail {

template <class Out>
constexpr void write_word(Out& out, std::string_view text) {
    if (text.empty()) return;
    out.append(std::string_view{" "});
    write_clean(out, text, charset::ascii);
}

template <class Out>
constexpr void write_number(Out& out, std::string_view before,
                            std::optional<std::uint64_t> const& value) {
    if (!value) return;
    out.append(before);
    write_decimal(out, *value);
}

template <class Out>
constexpr void write_release_window(Out& out, release_window const& window) {
    out.append(std::string_view{" "});
    write_decimal(out, static_cast<std::uint64_t>(window.longest.count()));
    out.append(std::string_view{" "});
    write_rfc3339(out, window.latest);
}

template <class Out>
constexpr void write_attributes(Out& out, peer_attribute_set some) {
    for (auto const& row : peer_attribute_table)
        if (some.has(row.name)) write_word(out, row.spelling);
}

template <class Out>
constexpr void write_values(Out& out, extension keyword, capabilities const& what,
                            hello_texts const& texts) {
    switch (keyword) {
        case extension::size: return write_number(out, " ", what.size_limit);
        case extension::auth:
            for (auto const& row : sasl_mechanism_table)
                if (what.mechanisms.has(row.name)) write_word(out, row.spelling);
            return;
        case extension::limits:
            write_number(out, " MAILMAX=", what.limits.mail_max);
            write_number(out, " RCPTMAX=", what.limits.rcpt_max);
            write_number(out, " RCPTDOMAINMAX=", what.limits.rcpt_domain_max);
            return;
        case extension::deliver_by: return write_number(out, " ", what.deliver_by_minimum);
        case extension::future_release: return write_release_window(out, *what.release);
        case extension::no_soliciting: return write_word(out, texts.no_soliciting);
        case extension::burl: return write_word(out, texts.burl);
        case extension::mt_priority: return write_word(out, texts.mt_priority);
        case extension::xclient: return write_attributes(out, what.xclient);
        case extension::xforward: return write_attributes(out, what.xforward);
        default: return;
    }
}

template <class Out>
constexpr void begin_hello_line(Out& out, bool last) {
    out.append(last ? std::string_view{"250 "} : std::string_view{"250-"});
}

}  // namespace detail

/// Writes the whole positive reply to EHLO or LHLO, CR LF included.
///
/// hostname  The server's own domain or address literal: the first word of the reply.
/// what      Lists announceable(what), with values; the rest of `what` is not said.
/// texts     Whatever in them is not printable ASCII goes out as "?".
///                                                    RFC 5321 4.1.1.1, RFC 2034 4: no status
// ehlo-ok-rsp = "250-" Domain [ SP ehlo-greet ] CRLF
//               *( "250-" ehlo-line CRLF ) "250" SP ehlo-line CRLF
template <class Out>
constexpr void write_capabilities(Out& out, std::string_view hostname, capabilities const& what,
                                  hello_texts const& texts = {}) {
    auto const set = announceable(what);
    auto lines_left = set.size() + texts.own_lines.size();
    detail::begin_hello_line(out, lines_left == 0);
    detail::write_clean(out, hostname, charset::ascii);
    detail::write_word(out, texts.greeting);
    out.append(std::string_view{"\r\n"});
    for (auto const& row : extension_table) {
        if (!set.has(row.name)) continue;
        detail::begin_hello_line(out, --lines_left == 0);
        out.append(row.keyword);
        detail::write_values(out, row.name, what, texts);
        out.append(std::string_view{"\r\n"});
    }
    for (auto const line : texts.own_lines) {
        detail::begin_hello_line(out, --lines_left == 0);
        detail::write_clean(out, line, charset::ascii);
        out.append(std::string_view{"\r\n"});
    }
}

}  // namespace postel
