#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <postel/word_index.hpp>
#include <string_view>

namespace postel {

/// The SASL mechanisms that this library has names for, the strongest first: the order in which a
/// server lists them and a client prefers them.
enum class sasl_mechanism : std::uint8_t {
    scram_sha_256_plus,  ///< RFC 7677, bound to the TLS channel
    scram_sha_256,       ///< RFC 7677
    scram_sha_1_plus,    ///< RFC 5802, bound to the TLS channel
    scram_sha_1,         ///< RFC 5802
    external,            ///< RFC 4422 A: who TLS says the client is
    oauthbearer,         ///< RFC 7628
    xoauth2,             ///< OAUTHBEARER before it had an RFC
    cram_md5,            ///< RFC 2195
    plain,               ///< RFC 4616
    login,               ///< PLAIN in two questions; never had an RFC
    anonymous,           ///< RFC 4505
};

/// What a session has to know of a mechanism, on one row.
struct sasl_mechanism_row {
    sasl_mechanism name;
    std::string_view spelling;
    bool client_first;   ///< the client may send an initial response       RFC 4422 3.3
    bool shows_secrets;  ///< a password or a token is readable on the wire: TLS first
};

// LOGIN asks first, but deployed clients send the name as an initial response.
// clang-format off
inline constexpr std::array sasl_mechanism_table{
    //                                                                       first  shows
    sasl_mechanism_row{sasl_mechanism::scram_sha_256_plus, "SCRAM-SHA-256-PLUS", true,  false},
    sasl_mechanism_row{sasl_mechanism::scram_sha_256,      "SCRAM-SHA-256",      true,  false},
    sasl_mechanism_row{sasl_mechanism::scram_sha_1_plus,   "SCRAM-SHA-1-PLUS",   true,  false},
    sasl_mechanism_row{sasl_mechanism::scram_sha_1,        "SCRAM-SHA-1",        true,  false},
    sasl_mechanism_row{sasl_mechanism::external,           "EXTERNAL",           true,  false},
    sasl_mechanism_row{sasl_mechanism::oauthbearer,        "OAUTHBEARER",        true,  true},
    sasl_mechanism_row{sasl_mechanism::xoauth2,            "XOAUTH2",            true,  true},
    sasl_mechanism_row{sasl_mechanism::cram_md5,           "CRAM-MD5",           false, false},
    sasl_mechanism_row{sasl_mechanism::plain,              "PLAIN",              true,  true},
    sasl_mechanism_row{sasl_mechanism::login,              "LOGIN",              true,  true},
    sasl_mechanism_row{sasl_mechanism::anonymous,          "ANONYMOUS",          true,  false},
};
// clang-format on

namespace detail {
inline constexpr word_index mechanism_index{sasl_mechanism_table, &sasl_mechanism_row::spelling};
}  // namespace detail

/// The row of a mechanism.
[[nodiscard]] constexpr sasl_mechanism_row const& describe(sasl_mechanism m) {
    return sasl_mechanism_table[static_cast<std::size_t>(m)];
}

/// The name on the wire.
[[nodiscard]] constexpr std::string_view to_string(sasl_mechanism m) {
    return describe(m).spelling;
}

/// The mechanism with this name, in any letter case; nothing when it is not known.
///                                                                           RFC 4954 8
[[nodiscard]] constexpr std::optional<sasl_mechanism> find_sasl_mechanism(std::string_view name) {
    auto const found = detail::mechanism_index.find(name);
    return found ? std::optional{sasl_mechanism_table[*found].name} : std::nullopt;
}

/// Some of the mechanisms, in 16 bits.
class sasl_mechanism_set {
public:
    constexpr sasl_mechanism_set() = default;
    constexpr sasl_mechanism_set(std::initializer_list<sasl_mechanism> members) {
        for (auto const m : members) add(m);
    }

    [[nodiscard]] constexpr bool has(sasl_mechanism m) const { return (bits_ & bit(m)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

    constexpr sasl_mechanism_set& add(sasl_mechanism m) {
        bits_ = static_cast<std::uint16_t>(bits_ | bit(m));
        return *this;
    }
    constexpr sasl_mechanism_set& remove(sasl_mechanism m) {
        bits_ = static_cast<std::uint16_t>(bits_ & ~bit(m));
        return *this;
    }

    friend constexpr bool operator==(sasl_mechanism_set, sasl_mechanism_set) = default;

private:
    [[nodiscard]] static constexpr unsigned bit(sasl_mechanism m) {
        return 1u << static_cast<unsigned>(m);
    }
    std::uint16_t bits_ = 0;
};

/// What is left of a set when nothing that can be read on the wire may be used: no TLS.
///                                                                           RFC 4954 4
[[nodiscard]] constexpr sasl_mechanism_set without_secrets(sasl_mechanism_set some) {
    for (auto const& row : sasl_mechanism_table)
        if (row.shows_secrets) some.remove(row.name);
    return some;
}

/// What is left of a set where there is no TLS that an exchange could be bound to.
///                                                                           RFC 5802 6
[[nodiscard]] constexpr sasl_mechanism_set without_bindings(sasl_mechanism_set some) {
    return some.remove(sasl_mechanism::scram_sha_256_plus).remove(sasl_mechanism::scram_sha_1_plus);
}

namespace detail {
consteval bool lists_every_mechanism_once() {
    for (std::size_t i = 0; i < sasl_mechanism_table.size(); ++i)
        if (static_cast<std::size_t>(sasl_mechanism_table[i].name) != i) return false;
    return true;
}
static_assert(lists_every_mechanism_once(), "the table must follow enum sasl_mechanism");
static_assert(sasl_mechanism_table.back().name == sasl_mechanism::anonymous, "a row is missing");
static_assert(sasl_mechanism_table.size() <= 16, "sasl_mechanism_set holds 16");
}  // namespace detail

}  // namespace postel
