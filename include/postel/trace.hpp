#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <postel/address_literal.hpp>
#include <postel/ascii.hpp>
#include <postel/date_time.hpp>
#include <postel/domain.hpp>
#include <postel/limits.hpp>
#include <postel/path.hpp>
#include <postel/utf8.hpp>
#include <postel/verb.hpp>
#include <string_view>

namespace postel {

/// What a Received field says about a session and one message of it. Everything that a peer has
/// chosen is filtered on its way out; what does not fit its rule goes into a comment or is left
/// out, so no value can end the field or start another.            RFC 5321 4.4
struct trace {
    verb hello = verb::ehlo;     ///< ehlo, helo or lhlo; anything else counts as helo
    std::string_view from{};     ///< the argument of the hello, as given
    std::string_view by{};       ///< our own name
    bool tls = false;            ///< the session is inside TLS
    bool authenticated = false;  ///< AUTH succeeded
    bool smtputf8 = false;       ///< MAIL had SMTPUTF8; nothing beyond ASCII is written without

    std::optional<address_literal> peer{};  ///< where the connection came from
    std::string_view peer_name{};           ///< the name the DNS has for it; needs `peer`

    /// What to say about TLS, for example "TLSv1.3 TLS_AES_256_GCM_SHA384".  RFC 8314 4
    std::string_view tls_info{};
    std::string_view id{};  ///< how we call the message: a Dot-string or a msg-id
    /// The recipient of a message that has only one; a second would learn of the first.
    ///                                                              RFC 5321 4.4, 7.2
    std::optional<path> recipient{};
    date_time when{};  ///< when the message arrived
};

namespace detail {

/// The names that a session can have after "with".
struct with_row {
    verb hello;
    bool smtputf8;
    std::array<std::string_view, 4> names;  // plain, TLS, AUTH, both
};

// clang-format off
inline constexpr std::array with_table{                     // RFC 3848 1, RFC 6531 3.7.3
    with_row{verb::ehlo, false, {"ESMTP",    "ESMTPS",    "ESMTPA",    "ESMTPSA"}},
    with_row{verb::ehlo, true,  {"UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA"}},
    with_row{verb::lhlo, false, {"LMTP",     "LMTPS",     "LMTPA",     "LMTPSA"}},
    with_row{verb::lhlo, true,  {"UTF8LMTP", "UTF8LMTPS", "UTF8LMTPA", "UTF8LMTPSA"}},
};
// clang-format on

}  // namespace detail

/// What stands behind "with" in a Received field, for example ESMTPSA.
///
/// hello    ehlo or lhlo; a session that began otherwise is "SMTP", whatever else is true of it.
///                                                RFC 5321 4.4, RFC 3848 1, RFC 6531 3.7.3
[[nodiscard]] constexpr std::string_view with_protocol(verb hello, bool tls, bool authenticated,
                                                       bool smtputf8) {
    for (auto const& row : detail::with_table)
        if (row.hello == hello && row.smtputf8 == smtputf8)
            return row.names[(tls ? 1u : 0u) + (authenticated ? 2u : 0u)];
    return "SMTP";
}

namespace detail {

/// Takes octets only to count them.
struct octet_count {
    std::size_t octets = 0;
    constexpr void append(std::string_view more) { octets += more.size(); }
};

/// Writes a header field as words with a space or a line break between them.
template <class Out>
class folding {
public:
    // One octet of the 78 is kept for ";" or ")".                           RFC 5322 2.1.1
    static constexpr std::size_t width = 77;

    constexpr folding(Out& out, std::string_view name) : out_(out), column_(name.size()) {
        out_.append(name);
    }

    /// Writes what `write(out)` writes; it is never broken, however long it is.
    template <class Write>
    constexpr void phrase(Write const& write) {
        octet_count length;
        write(length);
        bool const fold = new_line_ || column_ + 1 + length.octets > width;
        out_.append(std::string_view{fold ? "\r\n " : " "});
        column_ = (fold ? 1 : column_ + 1) + length.octets;
        new_line_ = false;
        write(out_);
    }
    constexpr void word(std::string_view text) {
        phrase([&](auto& out) { out.append(text); });
    }
    /// Writes octets directly behind the last word.
    constexpr void glue(std::string_view text) {
        out_.append(text);
        column_ += text.size();
    }
    /// The next word starts a line.
    constexpr void new_line() { new_line_ = true; }
    constexpr void finish() { out_.append(std::string_view{"\r\n"}); }

private:
    Out& out_;
    std::size_t column_;
    bool new_line_ = false;
};

// ccontent without controls: quoted-pairs for what would end or nest a comment, and "?" for what
// is beyond ASCII where that is not allowed, or is not UTF-8.               RFC 5322 3.2.2
template <class Out>
constexpr void write_comment_word(Out& out, std::string_view word, charset allowed) {
    constexpr char_set special{"()\\"};
    while (!word.empty()) {
        char const c = word.front();
        std::size_t length = 1;
        if (special(c)) out.append(std::string_view{"\\"});
        if (printable(c)) {
            out.append(word.substr(0, 1));
        } else if (non_ascii(c)) {
            length = std::max<std::size_t>(utf8_sequence_length(word), 1);
            bool const shown = allowed == charset::utf8 && length > 1;
            bool const c1_control = c == '\xC2' && length > 1 && !within(word[1], 0xA0, 0xBF);
            if (!c1_control) out.append(shown ? word.substr(0, length) : std::string_view{"?"});
        }
        word.remove_prefix(length);
    }
}

// A comment of a label and words. A word that is long beyond reason is cut: a line must stay below
// 998 octets.                                                               RFC 5322 2.1.1
template <class Out>
constexpr void write_comment(folding<Out>& line, std::string_view label, std::string_view text,
                             charset allowed) {
    constexpr std::size_t longest = 72;
    line.word(label);
    while (!text.empty()) {
        auto const word = text.substr(0, std::min(text.find_first_of(" \t"), longest));
        octet_count length;
        write_comment_word(length, word, allowed);
        if (length.octets != 0)
            line.phrase([&](auto& out) { write_comment_word(out, word, allowed); });
        text.remove_prefix(std::max<std::size_t>(word.size(), 1));
    }
    line.glue(")");
}

// An address of a host; other literals could hold anything.
[[nodiscard]] constexpr std::optional<address_literal> host_address(std::string_view text) {
    auto const literal = parse_address_literal(text);
    if (!literal || literal->type == address_literal::kind::general) return std::nullopt;
    return *literal;
}

// TCP-info = address-literal / ( Domain FWS address-literal )               RFC 5321 4.4
template <class Out>
constexpr void write_tcp_info(folding<Out>& line, std::string_view name,
                              address_literal const& address) {
    if (name.size() > 1 && name.back() == '.') name.remove_suffix(1);  // as a resolver gives it
    auto const named = parse_domain(name).ok();
    if (named)
        line.phrase([&](auto& out) {
            out.append(std::string_view{"("});
            out.append(name);
        });
    line.phrase([&](auto& out) {
        if (!named) out.append(std::string_view{"("});
        write_address_literal(out, address);
    });
    line.glue(")");
}

// Extended-Domain = Domain / ( Domain FWS "(" TCP-info ")" )                RFC 5321 4.4
//                 / ( address-literal FWS "(" TCP-info ")" )
//
// A name that is neither becomes "unknown", and so does a literal where nothing is known about TCP.
// Returns whether the name was written.
template <class Out>
constexpr bool write_extended_domain(folding<Out>& line, std::string_view clause,
                                     std::string_view name, std::string_view tcp_name,
                                     std::optional<address_literal> const& tcp_address) {
    auto const literal = tcp_address ? host_address(name) : std::nullopt;
    bool const fits = literal || parse_domain(name).ok();
    line.phrase([&](auto& out) {
        out.append(clause);
        if (literal)
            write_address_literal(out, *literal);
        else
            out.append(fits ? name : std::string_view{"unknown"});
    });
    if (tcp_address) write_tcp_info(line, tcp_name, *tcp_address);
    return fits;
}

// ID = CFWS "ID" FWS ( Atom / msg-id )                                      RFC 5321 4.4
//
// Dots are let in as well: names of messages have them, and RFC 5322 3.6.7 takes them.
[[nodiscard]] constexpr bool is_trace_id(std::string_view id) {
    constexpr char_set dotted = atext | char_set{"."};
    auto const fits = [&](std::string_view part) { return !part.empty() && all_of(part, dotted); };
    if (id.size() > minimum::path) return false;  // beyond reason, and a line has its limit
    if (id.size() < 2 || id.front() != '<' || id.back() != '>') return fits(id);
    id = id.substr(1, id.size() - 2);
    auto const at = std::min(id.find('@'), id.size());
    return at != id.size() && fits(id.substr(0, at)) && fits(id.substr(at + 1));
}

// Opt-info = [Via] [With] [ID] [For] [Additional-Registered-Clauses]        RFC 5321 4.4
template <class Out>
constexpr void write_opt_info(folding<Out>& line, trace const& of, charset allowed) {
    auto const clause = [&](std::string_view name, std::string_view value) {
        line.phrase([&](auto& out) {
            out.append(name);
            out.append(value);
        });
    };
    clause("with ", with_protocol(of.hello, of.tls, of.authenticated, of.smtputf8));
    if (!of.tls_info.empty()) write_comment(line, "(using", of.tls_info, allowed);
    if (is_trace_id(of.id)) clause("id ", of.id);
    // Postmaster without a domain is no Path here.
    if (!of.recipient || !of.recipient->has_mailbox()) return;
    if (allowed == charset::ascii && of.recipient->mailbox().non_ascii()) return;
    line.phrase([&](auto& out) {
        out.append(std::string_view{"for "});
        write_path(out, *of.recipient);
    });
}

}  // namespace detail

/// Writes the field that goes on top of every message that is accepted, CR LF included.
///
/// The lines have 78 columns where their words let them, and never 998. An argument of the hello
/// that is neither a domain nor an address goes into a comment.
/// cost     Two passes over each part, no allocation.                       RFC 5321 4.4
// Time-stamp-line = "Received:" FWS From-domain By-domain Opt-info [CFWS] ";" FWS date-time CRLF
template <class Out>
constexpr void write_received(Out& out, trace const& of) {
    auto const allowed = of.smtputf8 ? charset::utf8 : charset::ascii;
    auto peer = of.peer;
    if (peer && peer->type == address_literal::kind::general) peer.reset();
    detail::folding<Out> line{out, "Received:"};
    auto const named = detail::write_extended_domain(line, "from ", of.from, of.peer_name, peer);
    if (!named && !of.from.empty()) detail::write_comment(line, "(hello", of.from, allowed);
    line.new_line();
    (void)detail::write_extended_domain(line, "by ", of.by, {}, detail::host_address(of.by));
    detail::write_opt_info(line, of, allowed);
    line.glue(";");
    line.phrase([&](auto& to) { write_rfc5322(to, of.when); });
    line.finish();
}

/// Writes the field that the delivering system puts above everything else, CR LF included. A
/// message has it once; one that comes with its own loses that.
///                                                                          RFC 5321 4.4
// Return-path-line = "Return-Path:" FWS Reverse-path CRLF
template <class Out>
constexpr void write_return_path(Out& out, path const& reverse_path) {
    detail::folding<Out> line{out, "Return-Path:"};
    line.phrase([&](auto& to) { write_path(to, reverse_path); });
    line.finish();
}

}  // namespace postel
