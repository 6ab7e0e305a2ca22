#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/address_literal.hpp>
#include <postel/ascii.hpp>
#include <postel/date_time.hpp>
#include <postel/decimal.hpp>
#include <postel/enhanced_status.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/mailbox.hpp>
#include <postel/path.hpp>
#include <postel/peer_attribute.hpp>
#include <postel/proxy_header.hpp>
#include <postel/rcpt_parameters.hpp>
#include <postel/reply.hpp>
#include <postel/reply_code.hpp>
#include <postel/reply_view.hpp>
#include <postel/result.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/utf8.hpp>
#include <postel/utf8_address.hpp>
#include <postel/verb.hpp>
#include <string_view>

namespace postel {

// Everything here is for people who read a log: one line, and no octet of a peer that could end it,
// hide in it or move the cursor. What goes to the wire is written by the write_ functions.

[[nodiscard]] constexpr std::string_view to_string(reply_class c) {
    switch (c) {
        case reply_class::positive: return "positive";
        case reply_class::intermediate: return "intermediate";
        case reply_class::transient: return "transient";
        case reply_class::permanent: return "permanent";
        case reply_class::invalid: break;
    }
    return "invalid";
}

[[nodiscard]] constexpr std::string_view to_string(fault f) {
    switch (f) {
        case fault::peer: return "peer";
        case fault::local: return "local";
        case fault::nobody: break;
    }
    return "nobody";
}

namespace detail {

struct point_range {
    std::uint32_t first, last;
};

// Characters that nobody sees, or that change how others are shown.         Unicode 15, UAX 9
// clang-format off
inline constexpr std::array unseen_points{
    point_range{0x80, 0x9F},        // C1 controls
    point_range{0xAD, 0xAD},        // soft hyphen
    point_range{0x61C, 0x61C},      // direction
    point_range{0x180E, 0x180E},    // no width
    point_range{0x200B, 0x200F},    // no width, direction
    point_range{0x2028, 0x202E},    // line and paragraph ends, direction
    point_range{0x2060, 0x206F},    // no width, direction
    point_range{0xFE00, 0xFE0F},    // choice of a variant
    point_range{0xFEFF, 0xFEFF},    // byte order mark
    point_range{0xFFF0, 0xFFFF},    // specials
    point_range{0xE0000, 0x10FFFF}, // tags, private use
};
// clang-format on

// Octets at the start of `text` that may be shown as they are; 0 where the first may not.
[[nodiscard]] constexpr std::size_t visible_length(std::string_view text) {
    if (!non_ascii(text.front())) return printable(text.front()) && text.front() != '\\' ? 1 : 0;
    auto const length = utf8_sequence_length(text);
    if (length == 0) return 0;
    auto const point = code_point(text.substr(0, length));
    for (auto const& unseen : unseen_points)
        if (unseen.first <= point && point <= unseen.last) return 0;
    return length;
}

template <class Out>
constexpr void write_escape(Out& out, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
        case '\r': return (void)out.append(std::string_view{"\\r"});
        case '\n': return (void)out.append(std::string_view{"\\n"});
        case '\t': return (void)out.append(std::string_view{"\\t"});
        case '\\': return (void)out.append(std::string_view{"\\\\"});
        default: break;
    }
    auto const octet = static_cast<unsigned char>(c);
    std::array const escape{'\\', 'x', digits[octet / 16u], digits[octet % 16u]};
    out.append(std::string_view{escape.data(), escape.size()});
}

}  // namespace detail

/// Writes octets of a peer so that they can be seen: what is not printable, and the backslash, as
/// \r, \n, \t, \\ or \x1b. Well-formed UTF-8 passes, except for characters that hide or reorder.
template <class Out>
constexpr void write_visible(Out& out, std::string_view octets) {
    while (!octets.empty()) {
        std::size_t run = 0;
        while (run < octets.size()) {
            auto const length = detail::visible_length(octets.substr(run));
            if (length == 0) break;
            run += length;
        }
        out.append(octets.substr(0, run));
        octets.remove_prefix(run);
        if (octets.empty()) return;
        detail::write_escape(out, octets.front());
        octets.remove_prefix(1);
    }
}

/// Octets of a peer to be formatted as write_visible writes them: `fmt::format("{}",
/// visible{line})`.
struct visible {
    std::string_view octets;
};

namespace detail {

// ---- One line for each type ----------------------------------------------------------------

using log_line = fmt::memory_buffer;

/// Lets a write_ function add to a line; its octets may be those of a peer.
struct seen_writer {
    log_line& line;
    constexpr void append(std::string_view octets) { write_visible(line, octets); }
};

inline void add(log_line& line, std::string_view text) {
    line.append(text);
}
inline void add(log_line& line, visible text) {
    write_visible(line, text.octets);
}

inline void add(log_line& line, error e) {
    add(line, to_string(e));
}
inline void add(log_line& line, failure const& f) {
    add(line, f.code);
    add(line, " at octet ");
    write_decimal(line, f.at);
}
inline void add(log_line& line, fault f) {
    add(line, to_string(f));
}
inline void add(log_line& line, reply_class c) {
    add(line, to_string(c));
}
inline void add(log_line& line, reply_code code) {
    for (unsigned unit = 100; unit > 1 && code.value < unit; unit /= 10) add(line, "0");
    write_decimal(line, code.value);
}
inline void add(log_line& line, enhanced_status status) {
    write_decimal(line, status.code_class);
    add(line, ".");
    write_decimal(line, status.subject);
    add(line, ".");
    write_decimal(line, status.detail);
}
inline void add(log_line& line, reply const& said) {
    add(line, said.code);
    if (said.status.present()) {
        add(line, " ");
        add(line, said.status);
    }
    if (said.text.empty()) return;
    add(line, " ");
    add(line, visible{said.text});
}
// The lines of a reply, with " / " between them.
inline void add(log_line& line, reply_view const& said) {
    add(line, said.code());
    std::string_view before = " ";
    for (auto const text : said.lines()) {
        if (before == " " && text.empty() && said.line_count() == 1) return;
        add(line, before);
        add(line, visible{text});
        before = " / ";
    }
}

inline void add(log_line& line, mailbox const& who) {
    add(line, visible{who.text()});
}
inline void add(log_line& line, path const& where) {
    add(line, visible{where.text()});
}
inline void add(log_line& line, address_literal const& literal) {
    seen_writer out{line};
    write_address_literal(out, literal);
}
inline void add(log_line& line, proxy_address const& address) {
    using kind = proxy_address::kind;
    switch (address.type) {
        case kind::none: return add(line, "unknown");
        case kind::unix_socket: return add(line, visible{address.path});
        case kind::ipv4: write_ipv4(line, address.octets.data()); break;
        case kind::ipv6:
            add(line, "[");
            write_ipv6_address(line, address.octets);
            add(line, "]");
            break;
    }
    add(line, ":");
    write_decimal(line, address.port);
}
inline void add(log_line& line, date_time const& moment) {
    write_rfc5322(line, moment);
}

inline void add(log_line& line, verb v) {
    add(line, v == verb::unknown ? "unknown" : to_string(v));
}
inline void add(log_line& line, extension e) {
    add(line, to_string(e));
}
inline void add(log_line& line, sasl_mechanism m) {
    add(line, to_string(m));
}
inline void add(log_line& line, peer_attribute a) {
    add(line, to_string(a));
}

// The members of a set, with a space between them.
template <class Table, class Set>
void add_members(log_line& line, Table const& table, Set const& set) {
    auto const from = line.size();
    for (auto const& row : table) {
        if (!set.has(row.name)) continue;
        if (line.size() != from) add(line, " ");
        add(line, row.name);
    }
}
inline void add(log_line& line, extension_set some) {
    add_members(line, extension_table, some);
}
inline void add(log_line& line, sasl_mechanism_set some) {
    add_members(line, sasl_mechanism_table, some);
}
inline void add(log_line& line, peer_attribute_set some) {
    add_members(line, peer_attribute_table, some);
}

// Parameters as they would be written, without the space in front of the first.
inline void add(log_line& line, mail_parameters const& what) {
    log_line all;
    write_mail_parameters(all, what);
    if (all.size() != 0) add(line, visible{{all.data() + 1, all.size() - 1}});
}
inline void add(log_line& line, rcpt_parameters const& what) {
    log_line all;
    write_rcpt_parameters(all, what);
    if (all.size() != 0) add(line, visible{{all.data() + 1, all.size() - 1}});
}

/// Formats a type as its line; width, fill and precision are those of a string.
template <class T>
struct line_formatter : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(T const& value, Context& context) const {
        log_line line;
        add(line, value);
        return fmt::formatter<fmt::string_view>::format({line.data(), line.size()}, context);
    }
};

}  // namespace detail

}  // namespace postel

// clang-format off
template <> struct fmt::formatter<postel::visible>            : postel::detail::line_formatter<postel::visible> {};
template <> struct fmt::formatter<postel::error>              : postel::detail::line_formatter<postel::error> {};
template <> struct fmt::formatter<postel::failure>            : postel::detail::line_formatter<postel::failure> {};
template <> struct fmt::formatter<postel::fault>              : postel::detail::line_formatter<postel::fault> {};
template <> struct fmt::formatter<postel::reply_class>        : postel::detail::line_formatter<postel::reply_class> {};
template <> struct fmt::formatter<postel::reply_code>         : postel::detail::line_formatter<postel::reply_code> {};
template <> struct fmt::formatter<postel::enhanced_status>    : postel::detail::line_formatter<postel::enhanced_status> {};
template <> struct fmt::formatter<postel::reply>              : postel::detail::line_formatter<postel::reply> {};
template <> struct fmt::formatter<postel::reply_view>         : postel::detail::line_formatter<postel::reply_view> {};
template <> struct fmt::formatter<postel::mailbox>            : postel::detail::line_formatter<postel::mailbox> {};
template <> struct fmt::formatter<postel::path>               : postel::detail::line_formatter<postel::path> {};
template <> struct fmt::formatter<postel::address_literal>    : postel::detail::line_formatter<postel::address_literal> {};
template <> struct fmt::formatter<postel::proxy_address>      : postel::detail::line_formatter<postel::proxy_address> {};
template <> struct fmt::formatter<postel::date_time>          : postel::detail::line_formatter<postel::date_time> {};
template <> struct fmt::formatter<postel::verb>               : postel::detail::line_formatter<postel::verb> {};
template <> struct fmt::formatter<postel::extension>          : postel::detail::line_formatter<postel::extension> {};
template <> struct fmt::formatter<postel::extension_set>      : postel::detail::line_formatter<postel::extension_set> {};
template <> struct fmt::formatter<postel::sasl_mechanism>     : postel::detail::line_formatter<postel::sasl_mechanism> {};
template <> struct fmt::formatter<postel::sasl_mechanism_set> : postel::detail::line_formatter<postel::sasl_mechanism_set> {};
template <> struct fmt::formatter<postel::peer_attribute>     : postel::detail::line_formatter<postel::peer_attribute> {};
template <> struct fmt::formatter<postel::peer_attribute_set> : postel::detail::line_formatter<postel::peer_attribute_set> {};
template <> struct fmt::formatter<postel::mail_parameters>    : postel::detail::line_formatter<postel::mail_parameters> {};
template <> struct fmt::formatter<postel::rcpt_parameters>    : postel::detail::line_formatter<postel::rcpt_parameters> {};
// clang-format on
