#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/ascii.hpp>
#include <postel/extension.hpp>
#include <postel/limits.hpp>
#include <string_view>

namespace postel {

/// The first word of a command line. First those of RFC 5321 in the order of a session, then those
/// of extensions, then those that are known only to be answered with 502.
enum class verb : std::uint8_t {
    helo,      ///< RFC 5321 4.1.1.1
    ehlo,      ///< RFC 5321 4.1.1.1
    lhlo,      ///< RFC 2033 4.1
    mail,      ///< RFC 5321 4.1.1.2
    rcpt,      ///< RFC 5321 4.1.1.3
    data,      ///< RFC 5321 4.1.1.4
    bdat,      ///< RFC 3030 2
    rset,      ///< RFC 5321 4.1.1.5
    noop,      ///< RFC 5321 4.1.1.9
    quit,      ///< RFC 5321 4.1.1.10
    vrfy,      ///< RFC 5321 4.1.1.6
    expn,      ///< RFC 5321 4.1.1.7
    help,      ///< RFC 5321 4.1.1.8
    starttls,  ///< RFC 3207 4
    auth,      ///< RFC 4954 4
    etrn,      ///< RFC 1985 5
    burl,      ///< RFC 4468 3
    xclient,   ///< Postfix
    xforward,  ///< Postfix
    turn,      ///< obsolete                                                  RFC 5321 F.1
    send,      ///< obsolete                                                  RFC 5321 F.6
    soml,      ///< obsolete                                                  RFC 5321 F.6
    saml,      ///< obsolete                                                  RFC 5321 F.6
    atrn,      ///< not implemented here                                      RFC 2645 5.2
    unknown,   ///< any other word
};

/// A verb, how it is written, and the extension that a server must offer before it obeys.
struct verb_row {
    verb name;
    std::string_view spelling;
    std::optional<extension> needs{};
    bool implemented = true;
};

// VRFY and HELP belong to every server, offered or not.                      RFC 5321 4.5.1
// clang-format off
inline constexpr std::array verb_table{
    verb_row{verb::helo,     "HELO"},
    verb_row{verb::ehlo,     "EHLO"},
    verb_row{verb::lhlo,     "LHLO"},
    verb_row{verb::mail,     "MAIL"},
    verb_row{verb::rcpt,     "RCPT"},
    verb_row{verb::data,     "DATA"},
    verb_row{verb::bdat,     "BDAT",     extension::chunking},
    verb_row{verb::rset,     "RSET"},
    verb_row{verb::noop,     "NOOP"},
    verb_row{verb::quit,     "QUIT"},
    verb_row{verb::vrfy,     "VRFY"},
    verb_row{verb::expn,     "EXPN",     extension::expn},
    verb_row{verb::help,     "HELP"},
    verb_row{verb::starttls, "STARTTLS", extension::starttls},
    verb_row{verb::auth,     "AUTH",     extension::auth},
    verb_row{verb::etrn,     "ETRN",     extension::etrn},
    verb_row{verb::burl,     "BURL",     extension::burl},
    verb_row{verb::xclient,  "XCLIENT",  extension::xclient},
    verb_row{verb::xforward, "XFORWARD", extension::xforward},
    verb_row{verb::turn,     "TURN",     {}, false},
    verb_row{verb::send,     "SEND",     {}, false},
    verb_row{verb::soml,     "SOML",     {}, false},
    verb_row{verb::saml,     "SAML",     {}, false},
    verb_row{verb::atrn,     "ATRN",     {}, false},
    verb_row{verb::unknown,  "",         {}, false},
};
// clang-format on

/// The row of a verb.
[[nodiscard]] constexpr verb_row const& describe(verb v) {
    return verb_table[static_cast<std::size_t>(v)];
}

/// The verb in capitals; empty for `unknown`.
[[nodiscard]] constexpr std::string_view to_string(verb v) {
    return describe(v).spelling;
}

namespace detail {

// Up to eight letters as one number. Clearing bit 5 puts ASCII letters into capitals, and no octet
// but the two cases of a letter becomes that capital, so equal numbers mean equal words.
[[nodiscard]] constexpr std::uint64_t word(std::string_view letters) {
    std::uint64_t packed = 0;
    for (char const c : letters) packed = packed << 8 | (static_cast<unsigned char>(c) & 0xDFu);
    return packed;
}

[[nodiscard]] constexpr verb verb_of_four(char const* token) {
    switch (four_in_capitals(token)) {
        case four_in_capitals("HELO"): return verb::helo;
        case four_in_capitals("EHLO"): return verb::ehlo;
        case four_in_capitals("LHLO"): return verb::lhlo;
        case four_in_capitals("MAIL"): return verb::mail;
        case four_in_capitals("RCPT"): return verb::rcpt;
        case four_in_capitals("DATA"): return verb::data;
        case four_in_capitals("BDAT"): return verb::bdat;
        case four_in_capitals("RSET"): return verb::rset;
        case four_in_capitals("NOOP"): return verb::noop;
        case four_in_capitals("QUIT"): return verb::quit;
        case four_in_capitals("VRFY"): return verb::vrfy;
        case four_in_capitals("EXPN"): return verb::expn;
        case four_in_capitals("HELP"): return verb::help;
        case four_in_capitals("AUTH"): return verb::auth;
        case four_in_capitals("ETRN"): return verb::etrn;
        case four_in_capitals("BURL"): return verb::burl;
        case four_in_capitals("TURN"): return verb::turn;
        case four_in_capitals("SEND"): return verb::send;
        case four_in_capitals("SOML"): return verb::soml;
        case four_in_capitals("SAML"): return verb::saml;
        case four_in_capitals("ATRN"): return verb::atrn;
        default: return verb::unknown;
    }
}

}  // namespace detail

/// The verb that a word spells, in any letter case; `unknown` when it spells none.
///
/// token    The first word of a line, without what follows it.
/// cost     A few comparisons of whole words; nothing is searched.            RFC 5321 2.4
[[nodiscard]] constexpr verb parse_verb(std::string_view token) {
    switch (token.size()) {
        case 4: return detail::verb_of_four(token.data());
        case 7:
            return detail::word(token) == detail::word("XCLIENT") ? verb::xclient : verb::unknown;
        case 8:
            switch (detail::word(token)) {
                case detail::word("STARTTLS"): return verb::starttls;
                case detail::word("XFORWARD"): return verb::xforward;
                default: return verb::unknown;
            }
        default: return verb::unknown;
    }
}

/// A server that offers these extensions obeys this verb; otherwise it answers 502, or 500 when
/// the verb is unknown.                                                      RFC 5321 4.2.4
[[nodiscard]] constexpr bool available(verb v, extension_set offered) {
    auto const& row = describe(v);
    return row.implemented && (!row.needs || offered.has(*row.needs));
}

/// Octets that a command line may have, CR LF included.
///
/// cost     One pass over the table of extensions for MAIL and RCPT; a constant otherwise. A
///          session asks once when its offer changes.                        RFC 5321 4.5.3.1.4
[[nodiscard]] constexpr std::size_t command_line_limit(verb v, extension_set offered) {
    switch (v) {
        case verb::mail: return minimum::command_line + mail_growth(offered);
        case verb::rcpt: return minimum::command_line + rcpt_growth(offered);
        case verb::vrfy:
        case verb::expn:  // RFC 6531 names no growth; room for SP "SMTPUTF8" is a courtesy
            return minimum::command_line + (offered.has(extension::smtputf8) ? 9u : 0u);
        default: return minimum::command_line;
    }
}

namespace detail {
consteval bool lists_every_verb_once() {
    for (std::size_t i = 0; i < verb_table.size(); ++i) {
        if (static_cast<std::size_t>(verb_table[i].name) != i) return false;
        if (parse_verb(verb_table[i].spelling) != verb_table[i].name) return false;
    }
    return true;
}
static_assert(lists_every_verb_once(), "verb_table, enum verb and parse_verb must agree");
static_assert(verb_table.back().name == verb::unknown, "the last verb has no row");
}  // namespace detail

}  // namespace postel
