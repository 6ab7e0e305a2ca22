#pragma once

#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <string_view>

// What SCRAM and OAUTHBEARER begin with: how the exchange is bound to the TLS channel, and who the
// client wants to act as.                                                    RFC 5801 4, RFC 5802 7

namespace postel::sasl {

/// What the first octet of a gs2-header says.
enum class gs2_flag : char {
    none = 'n',         ///< the client does not bind
    unsupported = 'y',  ///< the client would, and believes that the server cannot
    bound = 'p',        ///< the client binds
};

/// A gs2-header as it was given; views into the message.
struct gs2_header {
    gs2_flag flag = gs2_flag::none;
    std::string_view binding_type{};      ///< with gs2_flag::bound
    std::string_view authorization_id{};  ///< still escaped; empty where there is none
    std::string_view text{};              ///< all of it, commas included
};

namespace detail {

inline constexpr char_set value_safe_char = (char_set::range(1, 127) | non_ascii) - char_set{",="};
inline constexpr char_set value_char = value_safe_char | char_set{"="};
inline constexpr char_set binding_name_char = let_dig | char_set{".-"};

/// Consumes `x=`.
[[nodiscard]] constexpr bool take_attribute(cursor& in, char name) {
    auto const next = in.rest().substr(0, 2);
    if (next.size() != 2 || next[0] != name || next[1] != '=') return false;
    in.skip(2);
    return true;
}

// saslname = 1*( value-safe-char / "=2C" / "=3D" )                                 RFC 5802 7
[[nodiscard]] constexpr result<std::string_view> parse_saslname(cursor& in) {
    auto const from = in.at();
    for (;;) {
        in.take_while(value_safe_char);
        if (in.peek() != '=') break;
        auto const escape = in.rest().substr(0, 3);
        if (escape != "=2C" && escape != "=3D") return in.fail(error::bad_sasl_message);
        in.skip(escape.size());
    }
    auto const name = in.since(from);
    if (name.empty()) return in.fail(error::bad_sasl_message);
    if (!check_utf8(name)) return in.fail_at(error::bad_sasl_message, from);
    return name;
}

// gs2-cbind-flag = ( "p=" cb-name ) / "n" / "y"      cb-name = 1*( ALPHA / DIGIT / "." / "-" )
[[nodiscard]] constexpr result<void> parse_gs2_flag(cursor& in, gs2_header& into) {
    if (in.take('n')) return {};
    if (in.take('y')) {
        into.flag = gs2_flag::unsupported;
        return {};
    }
    if (!take_attribute(in, 'p')) return in.fail(error::bad_sasl_message);
    into.flag = gs2_flag::bound;
    into.binding_type = in.take_while(binding_name_char);
    if (into.binding_type.empty()) return in.fail(error::bad_sasl_message);
    return {};
}

}  // namespace detail

// gs2-header = gs2-cbind-flag "," [ "a=" saslname ] ","                            RFC 5802 7
[[nodiscard]] constexpr result<gs2_header> parse_gs2_header(cursor& in) {
    auto const from = in.at();
    gs2_header header;
    if (auto const flag = detail::parse_gs2_flag(in, header); !flag) return flag.fault();
    if (!in.take(',')) return in.fail(error::bad_sasl_message);
    if (detail::take_attribute(in, 'a')) {
        auto const name = detail::parse_saslname(in);
        if (!name) return name.fault();
        header.authorization_id = *name;
    }
    if (!in.take(',')) return in.fail(error::bad_sasl_message);
    header.text = in.since(from);
    return header;
}

/// Writes a name as a saslname: "," and "=" are escaped.
template <class Out>
constexpr void write_saslname(Out& out, std::string_view name) {
    for (; !name.empty(); name.remove_prefix(1)) {
        char const c = name.front();
        out.append(c == ',' ? "=2C" : c == '=' ? "=3D" : name.substr(0, 1));
    }
}

/// Writes what a saslname stands for. It was parsed before, so that every "=" is an escape.
template <class Out>
constexpr void decode_saslname(Out& out, std::string_view escaped) {
    while (!escaped.empty()) {
        bool const escape = escaped.front() == '=';
        auto const comma = escaped.substr(0, 3) == "=2C";
        out.append(escape ? (comma ? "," : "=") : escaped.substr(0, 1));
        escaped.remove_prefix(escape ? 3 : 1);
    }
}

/// Writes a gs2-header; `binding_type` counts with gs2_flag::bound only.
template <class Out>
constexpr void write_gs2_header(Out& out, gs2_flag flag, std::string_view binding_type,
                                std::string_view authorization_id) {
    char const letter = static_cast<char>(flag);
    out.append(std::string_view{&letter, 1});
    if (flag == gs2_flag::bound) {
        out.append("=");
        out.append(binding_type);
    }
    out.append(",");
    if (!authorization_id.empty()) {
        out.append("a=");
        write_saslname(out, authorization_id);
    }
    out.append(",");
}

}  // namespace postel::sasl
