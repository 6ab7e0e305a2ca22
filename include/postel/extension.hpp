#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <postel/word_index.hpp>
#include <string_view>

namespace postel {

/// A service extension with an EHLO keyword of its own. First those that a server usually offers,
/// then the rest, then the two private ones. Not here: what is obsolete (SEND, TURN, UTF8SMTP ...)
/// or never offered by this library (CHECKPOINT, ATRN).
enum class extension : std::uint8_t {
    pipelining,             ///< commands without waiting for replies               RFC 2920
    size,                   ///< SIZE on MAIL and a limit                           RFC 1870
    eight_bit_mime,         ///< BODY on MAIL, 8-bit content                        RFC 6152
    smtputf8,               ///< addresses and headers in UTF-8                     RFC 6531
    enhanced_status_codes,  ///< class.subject.detail in replies                    RFC 2034
    chunking,               ///< BDAT                                               RFC 3030 2
    binary_mime,            ///< BODY=BINARYMIME; only together with chunking       RFC 3030 3
    starttls,               ///< STARTTLS                                           RFC 3207
    auth,                   ///< AUTH, and AUTH on MAIL                             RFC 4954
    dsn,                    ///< RET, ENVID, NOTIFY, ORCPT                          RFC 3461
    require_tls,            ///< REQUIRETLS on MAIL                                 RFC 8689
    limits,                 ///< MAILMAX, RCPTMAX, RCPTDOMAINMAX announced          RFC 9422
    vrfy,                   ///< VRFY, announced; usable without                    RFC 5321 3.5.2
    expn,                   ///< EXPN                                               RFC 5321 3.5.2
    help,                   ///< HELP                                               RFC 5321 4.1.1.8
    etrn,                   ///< ETRN                                               RFC 1985
    burl,                   ///< BURL                                               RFC 4468
    deliver_by,             ///< BY on MAIL                                         RFC 2852
    future_release,         ///< HOLDFOR, HOLDUNTIL on MAIL                         RFC 4865
    mt_priority,            ///< MT-PRIORITY on MAIL                                RFC 6710
    rrvs,                   ///< RRVS on RCPT                                       RFC 7293
    no_soliciting,          ///< SOLICIT on MAIL                                    RFC 3865
    mtrk,                   ///< MTRK on MAIL, passed on unread                     RFC 3885
    submitter,              ///< SUBMITTER on MAIL, historic, passed on unread      RFC 4405
    conperm,                ///< CONPERM on MAIL, passed on unread                  RFC 4141
    conneg,                 ///< CONNEG on RCPT, passed on unread                   RFC 4141
    xclient,                ///< XCLIENT                                            Postfix
    xforward,               ///< XFORWARD                                           Postfix
};

/// All that is fixed about an extension, on one row.
struct extension_row {
    extension name;
    std::string_view keyword;   ///< as it stands in the EHLO reply
    std::uint16_t rfc;          ///< 0 for a private one
    std::uint16_t mail_growth;  ///< octets by which a MAIL line may grow, SP included
    std::uint16_t rcpt_growth;  ///< the same for RCPT
};

// RFC 6152 states no growth for BODY=8BITMIME; 14 is its length with the SP. RFC 3461 5.4 states
// lengths of parameters, to which SP is added: RET 8 and ENVID 100, NOTIFY 28 and ORCPT 500.
// clang-format off
inline constexpr std::array extension_table{
    //                                                                          RFC   MAIL  RCPT
    extension_row{extension::pipelining,            "PIPELINING",              2920,     0,    0},
    extension_row{extension::size,                  "SIZE",                    1870,    26,    0},
    extension_row{extension::eight_bit_mime,        "8BITMIME",                6152,    14,    0},
    extension_row{extension::smtputf8,              "SMTPUTF8",                6531,    10,    0},
    extension_row{extension::enhanced_status_codes, "ENHANCEDSTATUSCODES",     2034,     0,    0},
    extension_row{extension::chunking,              "CHUNKING",                3030,     0,    0},
    extension_row{extension::binary_mime,           "BINARYMIME",              3030,    16,    0},
    extension_row{extension::starttls,              "STARTTLS",                3207,     0,    0},
    extension_row{extension::auth,                  "AUTH",                    4954,   500,    0},
    extension_row{extension::dsn,                   "DSN",                     3461, 9+101, 29+501},
    extension_row{extension::require_tls,           "REQUIRETLS",              8689,    11,    0},
    extension_row{extension::limits,                "LIMITS",                  9422,     0,    0},
    extension_row{extension::vrfy,                  "VRFY",                    5321,     0,    0},
    extension_row{extension::expn,                  "EXPN",                    5321,     0,    0},
    extension_row{extension::help,                  "HELP",                    5321,     0,    0},
    extension_row{extension::etrn,                  "ETRN",                    1985,     0,    0},
    extension_row{extension::burl,                  "BURL",                    4468,     0,    0},
    extension_row{extension::deliver_by,            "DELIVERBY",               2852,    17,    0},
    extension_row{extension::future_release,        "FUTURERELEASE",           4865,    34,    0},
    extension_row{extension::mt_priority,           "MT-PRIORITY",             6710,    15,    0},
    extension_row{extension::rrvs,                  "RRVS",                    7293,     0,   33},
    extension_row{extension::no_soliciting,         "NO-SOLICITING",           3865,  1007,    0},
    extension_row{extension::mtrk,                  "MTRK",                    3885,     0,    0},
    extension_row{extension::submitter,             "SUBMITTER",               4405,     0,    0},
    extension_row{extension::conperm,               "CONPERM",                 4141,     0,    0},
    extension_row{extension::conneg,                "CONNEG",                  4141,     0,    0},
    extension_row{extension::xclient,               "XCLIENT",                    0,     0,    0},
    extension_row{extension::xforward,              "XFORWARD",                   0,     0,    0},
};
// clang-format on

namespace detail {
inline constexpr word_index extension_index{extension_table, &extension_row::keyword};
}  // namespace detail

/// The row of an extension.
[[nodiscard]] constexpr extension_row const& describe(extension e) {
    return extension_table[static_cast<std::size_t>(e)];
}

/// The EHLO keyword.
[[nodiscard]] constexpr std::string_view to_string(extension e) {
    return describe(e).keyword;
}

/// The extension with this EHLO keyword, in any letter case; nothing when it is not known.
///                                                                           RFC 5321 2.4
[[nodiscard]] constexpr std::optional<extension> find_extension(std::string_view keyword) {
    auto const found = detail::extension_index.find(keyword);
    return found ? std::optional{extension_table[*found].name} : std::nullopt;
}

/// Which extensions are offered, in 32 bits.
class extension_set {
public:
    constexpr extension_set() = default;
    constexpr extension_set(std::initializer_list<extension> members) {
        for (auto const e : members) add(e);
    }

    [[nodiscard]] constexpr bool has(extension e) const { return (bits_ & bit(e)) != 0; }
    [[nodiscard]] constexpr bool has_any(extension_set other) const {
        return (bits_ & other.bits_) != 0;
    }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    [[nodiscard]] constexpr std::size_t size() const {
        return static_cast<std::size_t>(std::popcount(bits_));
    }

    constexpr extension_set& add(extension e) {
        bits_ |= bit(e);
        return *this;
    }
    constexpr extension_set& remove(extension e) {
        bits_ &= ~bit(e);
        return *this;
    }

    friend constexpr bool operator==(extension_set, extension_set) = default;

private:
    [[nodiscard]] static constexpr std::uint32_t bit(extension e) {
        return std::uint32_t{1} << static_cast<unsigned>(e);
    }
    std::uint32_t bits_ = 0;
};

/// What the parameters of all offered extensions add to the 512 octets of a MAIL line.
///                                                                           RFC 5321 4.5.3.1.4
[[nodiscard]] constexpr std::size_t mail_growth(extension_set offered) {
    std::size_t growth = 0;
    for (auto const& row : extension_table)
        if (offered.has(row.name)) growth += row.mail_growth;
    // BODY is one parameter of two extensions: the longer spelling counts, not both.
    if (offered.has(extension::eight_bit_mime) && offered.has(extension::binary_mime))
        growth -= describe(extension::eight_bit_mime).mail_growth;
    return growth;
}

/// The same for a RCPT line.
[[nodiscard]] constexpr std::size_t rcpt_growth(extension_set offered) {
    std::size_t growth = 0;
    for (auto const& row : extension_table)
        if (offered.has(row.name)) growth += row.rcpt_growth;
    return growth;
}

namespace detail {
consteval bool lists_every_extension_once() {
    for (std::size_t i = 0; i < extension_table.size(); ++i)
        if (static_cast<std::size_t>(extension_table[i].name) != i) return false;
    return true;
}
static_assert(lists_every_extension_once(), "extension_table must follow enum extension");
static_assert(extension_table.back().name == extension::xforward, "the last one has no row");
static_assert(extension_table.size() <= 32, "extension_set holds 32");
}  // namespace detail

}  // namespace postel
