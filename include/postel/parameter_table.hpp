#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/parameter.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <span>
#include <string_view>

// mail_parameters.hpp and rcpt_parameters.hpp have one row a parameter; what is common to all of
// them is done here, once: reading, writing, and judging what is to be written.

namespace postel {

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
