#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <span>
#include <string_view>
#include <utility>

namespace postel {

/// One parameter of MAIL or RCPT, split but not interpreted.
struct parameter {
    std::string_view keyword;
    std::optional<std::string_view> value{};  ///< never empty where there is one
    std::size_t at = 0;                       ///< offset of the keyword in the line

    friend constexpr bool operator==(parameter const&, parameter const&) = default;
};

namespace detail {
inline constexpr char_set esmtp_value = vchar - char_set{"="};
}

namespace detail {

// UTF8-non-ascii and esmtp-value by turns.
[[nodiscard]] constexpr result<void> read_rest_of_value(cursor& in) {
    while (in.looking_at(non_ascii)) {
        if (auto const octet = parse_utf8_non_ascii(in, error::bad_parameter); !octet) return octet;
        in.take_run<esmtp_value>();
    }
    return {};
}

[[nodiscard]] constexpr result<void> read_parameter(cursor& in, charset allowed, parameter& into) {
    into.at = in.at();
    into.value.reset();
    if (!in.looking_at(let_dig)) return in.fail(error::bad_parameter);
    into.keyword = in.take_run<ldh>();
    if (in.take('=')) {
        auto const from = in.at();
        in.take_run<esmtp_value>();
        if (allowed == charset::utf8 && in.looking_at(non_ascii))
            if (auto const rest = read_rest_of_value(in); !rest) return rest;
        if (in.at() == from) return in.fail(error::bad_parameter);
        into.value = in.since(from);
    }
    if (!in.done() && in.peek() != ' ') return in.fail(error::bad_parameter);
    return {};
}

}  // namespace detail

/// Reads one parameter and stops behind it, at a space or at the end.
///
/// allowed  charset::utf8 lets a value hold well-formed UTF-8.       RFC 6531 3.3
/// errors   bad_parameter, bad_utf8.                                 RFC 5321 4.1.2
// esmtp-param   = esmtp-keyword [ "=" esmtp-value ]
// esmtp-keyword = ( ALPHA / DIGIT ) *( ALPHA / DIGIT / "-" )
// esmtp-value   = 1*( %d33-60 / %d62-126 / UTF8-non-ascii )
[[nodiscard]] constexpr result<parameter> parse_parameter(cursor& in, charset allowed) {
    result<parameter> found{std::in_place};
    auto const read = detail::read_parameter(in, allowed, *found);
    if (!read) found.fail(read.fault());
    return found;
}

/// The parameters in a text that was parsed already: `for (auto p : parameter_list{text})`.
/// `at` counts from the start of the text. A text that holds something else ends there.
class parameter_list {
public:
    class iterator {
    public:
        using value_type = parameter;
        using difference_type = std::ptrdiff_t;

        constexpr iterator() = default;
        constexpr explicit iterator(std::string_view text) : in_(text) { ++*this; }

        [[nodiscard]] constexpr parameter const& operator*() const { return *current_; }
        [[nodiscard]] constexpr parameter const* operator->() const { return &*current_; }
        constexpr iterator& operator++() {
            while (in_.take(' ')) {
            }
            auto const read = parse_parameter(in_, charset::utf8);
            current_ = read ? std::optional{*read} : std::nullopt;
            return *this;
        }
        constexpr iterator operator++(int) {
            auto const before = *this;
            ++*this;
            return before;
        }
        friend constexpr bool operator==(iterator const& a, iterator const& b) {
            return a.current_ == b.current_;
        }
        friend constexpr bool operator==(iterator const& i, std::default_sentinel_t) {
            return !i.current_;
        }

    private:
        cursor in_{{}};
        std::optional<parameter> current_;
    };

    constexpr explicit parameter_list(std::string_view text) : text_(text) {}
    [[nodiscard]] constexpr iterator begin() const { return iterator{text_}; }
    [[nodiscard]] constexpr std::default_sentinel_t end() const { return {}; }

    /// The first parameter with this keyword, in any letter case.
    [[nodiscard]] constexpr std::optional<parameter> find(std::string_view keyword) const {
        for (auto const& each : *this)
            if (equal_ignoring_case(each.keyword, keyword)) return each;
        return std::nullopt;
    }

private:
    std::string_view text_;
};

// ---- Tables of parameters ------------------------------------------------------------------
//
// mail_parameters.hpp and rcpt_parameters.hpp have one row a parameter; what is common to all of
// them is done here, once.

namespace detail {

/// The value of a parameter on its way out: short ones are put together here, long ones stay where
/// they are.
class parameter_value {
public:
    constexpr void append(std::string_view piece) {
        for (char const c : piece.substr(0, octets_.size() - size_)) octets_[size_++] = c;
    }
    constexpr void refer(std::string_view elsewhere) { elsewhere_ = elsewhere; }
    [[nodiscard]] constexpr std::string_view view() const {
        return size_ != 0 ? std::string_view{octets_.data(), size_} : elsewhere_;
    }

private:
    std::array<char, 32> octets_{};
    std::size_t size_ = 0;
    std::string_view elsewhere_;
};

enum class value_rule : bool { none, required };

/// A word of letters, digits and hyphens that is looked for, in any letter case.
///
/// Its first four and its last four octets are one number, and that is all of up to eight octets.
/// In what is compared with it there are no controls, which alone could pass for digits or hyphens.
class keyword {
public:
    constexpr keyword(char const* spelling) : spelling_(spelling), number_(number(spelling_)) {}

    [[nodiscard]] static constexpr std::uint64_t number(std::string_view word) {
        if (word.size() < 4) return 0;
        auto const first = four_in_capitals(word.data());
        auto const last = four_in_capitals(word.data() + word.size() - 4);
        return std::uint64_t{first} << 32 | last;
    }
    /// `its_number` is worked out once for a word that is compared with many.
    [[nodiscard]] constexpr bool is(std::string_view word, std::uint64_t its_number) const {
        if (number_ != its_number || spelling_.size() != word.size()) return false;
        return (word.size() >= 4 && word.size() <= 8) || equal_ignoring_case(spelling_, word);
    }
    [[nodiscard]] constexpr std::string_view spelling() const { return spelling_; }

private:
    std::string_view spelling_;
    std::uint64_t number_;
};

template <class Parameters>
struct parameter_row {
    detail::keyword keyword;
    extension_set needs;  // one of these has to be offered
    value_rule value;
    // Puts a value into the struct. `at` of a failure counts from the start of the value.
    result<void> (*read)(std::string_view value, extension_set offered, Parameters& into);
    // Gets it out again; false when the struct does not hold this parameter.
    bool (*write)(Parameters const& from, parameter_value& value);
};

template <class Parameters>
using parameter_table = std::span<parameter_row<Parameters> const>;

/// Marks the i-th of 64 things that may be seen once. True the first time.
[[nodiscard]] constexpr bool mark(std::uint64_t& seen, std::size_t i) {
    auto const bit = i < 64 ? std::uint64_t{1} << i : 0;
    auto const before = seen;
    seen |= bit;
    return (before & bit) == 0;
}

// A keyword of the table, or its size.
template <class Parameters>
[[nodiscard]] constexpr std::size_t find_row(parameter_table<Parameters> table,
                                             std::string_view word) {
    auto const number = keyword::number(word);
    std::size_t i = 0;
    while (i < table.size() && !table[i].keyword.is(word, number)) ++i;
    return i;
}

template <class Parameters>
[[nodiscard]] constexpr result<void> read_row(parameter_row<Parameters> const& row,
                                              parameter const& given, extension_set offered,
                                              Parameters& into) {
    auto const value_at = given.at + given.keyword.size();
    if (row.value == value_rule::required && !given.value)
        return failure{error::missing_value, value_at};
    if (row.value == value_rule::none && given.value)
        return failure{error::unexpected_value, value_at};
    auto const read = row.read(given.value.value_or(std::string_view{}), offered, into);
    if (read) return {};
    return failure{read.fault().code, value_at + 1 + read.fault().at};
}

// A parameter that only the application knows.
[[nodiscard]] constexpr result<void> pass_own(std::span<std::string_view const> own,
                                              parameter const& given, std::uint64_t& seen) {
    std::size_t i = 0;
    while (i < own.size() && !equal_ignoring_case(own[i], given.keyword)) ++i;
    if (i == own.size()) return failure{error::unknown_parameter, given.at};
    if (!mark(seen, i)) return failure{error::duplicate_parameter, given.at};
    return {};
}

// *( SP esmtp-param )                                                       RFC 5321 4.1.2
//
// Runs of SP are tolerated, also at the end.
template <class Parameters>
[[nodiscard]] constexpr result<void> read_parameters(cursor& in, parameter_table<Parameters> table,
                                                     extension_set offered, charset allowed,
                                                     std::span<std::string_view const> own,
                                                     Parameters& into) {
    std::uint64_t seen = 0;
    std::uint64_t own_seen = 0;
    parameter given;
    auto from = in.at();
    auto until = from;
    while (in.take(' ')) {
        if (in.done() || in.peek() == ' ') continue;
        if (until == from) from = in.at();
        if (auto const read = read_parameter(in, allowed, given); !read) return read;
        until = in.at();
        auto const row = find_row(table, given.keyword);
        auto const judged = row == table.size() ? pass_own(own, given, own_seen)
                            : !offered.has_any(table[row].needs)
                                ? failure{error::unknown_parameter, given.at}
                            : !mark(seen, row) ? failure{error::duplicate_parameter, given.at}
                                               : read_row(table[row], given, offered, into);
        if (!judged) return judged;
    }
    if (!in.done()) return in.fail(error::bad_parameter);
    if (until != from) into.text = {in.line().data() + from, until - from};
    return {};
}

template <class Out, class Parameters>
constexpr void write_parameters(Out& out, parameter_table<Parameters> table,
                                Parameters const& from) {
    for (auto const& row : table) {
        parameter_value value;
        if (!row.write(from, value)) continue;
        out.append(std::string_view{" "});
        out.append(row.keyword.spelling());
        if (row.value == value_rule::none) continue;
        out.append(std::string_view{"="});
        out.append(value.view());
    }
}

// What is about to be written must be what a server that offers `offered` reads back.
template <class Parameters>
[[nodiscard]] constexpr result<void> check_parameters(parameter_table<Parameters> table,
                                                      Parameters const& from,
                                                      extension_set offered) {
    Parameters scratch{};
    for (auto const& row : table) {
        parameter_value value;
        if (!row.write(from, value)) continue;
        if (!offered.has_any(row.needs)) return error::server_lacks_extension;
        if (row.value == value_rule::none) continue;
        auto const read = row.read(value.view(), offered, scratch);
        if (read) continue;
        return read.fault().code == error::unknown_parameter ? error::server_lacks_extension
                                                             : read.fault().code;
    }
    return {};
}

}  // namespace detail

}  // namespace postel
