#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/extension.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/path.hpp>
#include <postel/peer_attribute.hpp>
#include <postel/policy.hpp>
#include <postel/rcpt_parameters.hpp>
#include <postel/verb.hpp>
#include <span>
#include <string_view>

namespace postel {

namespace detail {

// What the reader and the writer of commands have to agree on.

inline constexpr char_set sasl_mechanism_octet = let_dig | char_set{"-_"};

// absolute-URI = scheme ":" ...           scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
[[nodiscard]] constexpr bool is_absolute_uri(std::string_view text) {
    cursor in{text};
    if (!in.looking_at(alpha)) return false;
    in.take_while(let_dig | char_set{"+-."});
    return in.take(':') && !in.done() && all_of(in.rest(), vchar);
}

}  // namespace detail

// One struct a command. All are views: the line that was parsed must outlive them.

/// EHLO, HELO, LHLO                                                RFC 5321 4.1.1.1, RFC 2033 4.1
struct hello_command {
    verb kind = verb::ehlo;
    std::string_view domain;  ///< a literal with its brackets
    bool literal = false;

    friend constexpr bool operator==(hello_command const&, hello_command const&) = default;
};

/// MAIL                                                                      RFC 5321 4.1.1.2
struct mail_command {
    path reverse_path{};
    mail_parameters parameters{};

    friend constexpr bool operator==(mail_command const&, mail_command const&) = default;
};

/// RCPT                                                                      RFC 5321 4.1.1.3
struct rcpt_command {
    path forward_path{};
    rcpt_parameters parameters{};

    friend constexpr bool operator==(rcpt_command const&, rcpt_command const&) = default;
};

/// DATA                                                                      RFC 5321 4.1.1.4
struct data_command {
    friend constexpr bool operator==(data_command, data_command) = default;
};

/// BDAT                                                                      RFC 3030 2
struct bdat_command {
    std::uint64_t size = 0;  ///< octets that follow the line
    bool last = false;

    friend constexpr bool operator==(bdat_command, bdat_command) = default;
};

/// RSET                                                                      RFC 5321 4.1.1.5
struct rset_command {
    friend constexpr bool operator==(rset_command, rset_command) = default;
};

/// NOOP                                                                      RFC 5321 4.1.1.9
struct noop_command {
    std::string_view argument{};

    friend constexpr bool operator==(noop_command const&, noop_command const&) = default;
};

/// QUIT                                                                      RFC 5321 4.1.1.10
struct quit_command {
    friend constexpr bool operator==(quit_command, quit_command) = default;
};

/// VRFY                                                          RFC 5321 4.1.1.6, RFC 6531 3.7.4.2
struct vrfy_command {
    std::string_view argument{};  ///< everything but SMTPUTF8: a name, a mailbox, a path
    bool smtputf8 = false;        ///< the reply may hold UTF-8

    friend constexpr bool operator==(vrfy_command const&, vrfy_command const&) = default;
};

/// EXPN                                                          RFC 5321 4.1.1.7, RFC 6531 3.7.4.2
struct expn_command {
    std::string_view argument{};  ///< the name of a list
    bool smtputf8 = false;        ///< the reply may hold UTF-8

    friend constexpr bool operator==(expn_command const&, expn_command const&) = default;
};

/// HELP                                                                      RFC 5321 4.1.1.8
struct help_command {
    std::string_view argument{};

    friend constexpr bool operator==(help_command const&, help_command const&) = default;
};

/// STARTTLS                                                                  RFC 3207 4
struct starttls_command {
    friend constexpr bool operator==(starttls_command, starttls_command) = default;
};

/// AUTH                                                                      RFC 4954 4
struct auth_command {
    std::string_view mechanism{};                        ///< as given, in any letter case
    std::optional<std::string_view> initial_response{};  ///< base64, or "=" for no octets at all

    friend constexpr bool operator==(auth_command const&, auth_command const&) = default;
};

/// ETRN                                                                      RFC 1985 5
struct etrn_command {
    enum class scope : std::uint8_t {
        node,        ///< this domain
        subdomains,  ///< "@": and all below it
        queue,       ///< "#": a queue by its name
    };
    scope what = scope::node;
    std::string_view name{};

    friend constexpr bool operator==(etrn_command const&, etrn_command const&) = default;
};

/// BURL                                                                      RFC 4468 3.5
struct burl_command {
    std::string_view url{};
    bool last = false;

    friend constexpr bool operator==(burl_command const&, burl_command const&) = default;
};

/// XCLIENT                                                                   Postfix
struct xclient_command {
    peer_attributes attributes{};

    friend constexpr bool operator==(xclient_command const&, xclient_command const&) = default;
};

/// XFORWARD                                                                  Postfix
struct xforward_command {
    peer_attributes attributes{};

    friend constexpr bool operator==(xforward_command const&, xforward_command const&) = default;
};

/// What the reading of arguments depends on.
struct command_rules {
    extension_set offered{};  ///< in the latest EHLO reply; nothing after HELO  RFC 5321 2.2.1
    bool smtputf8 = false;    ///< stood on the MAIL of this transaction         RFC 6531 3.4
    lenience tolerate{};
    std::span<std::string_view const> own_mail_parameters{};  ///< see parse_mail_parameters
    std::span<std::string_view const> own_rcpt_parameters{};
};

}  // namespace postel
