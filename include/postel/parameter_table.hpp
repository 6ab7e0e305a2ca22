#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/parameter.hpp>
#include <postel/result.hpp>
#include <postel/utf8.hpp>
#include <postel/word_index.hpp>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

// mail_parameters.hpp and rcpt_parameters.hpp have one row a parameter; what is common to all of
// them is done here, once: reading, writing, and judging what is to be written.

namespace postel {

namespace detail {

/// The value of a parameter on its way out: short ones are put together here, long ones stay where
/// they are.
class parameter_value {
public:
    constexpr void append(std::string_view piece) {
        size_ += piece.copy(octets_.data() + size_, octets_.size() - size_);
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

template <class Parameters>
struct parameter_row {
    std::string_view start;  // as it is written: SP, keyword, and "=" in front of a value
    std::string_view keyword;
    extension_set needs;  // one of these has to be offered
    value_rule value;
    // Whether the struct holds it.
    bool (*given)(Parameters const& from);
    // Puts a value into the struct. `at` of a failure counts from the start of the value.
    result<void> (*read)(std::string_view value, extension_set offered, Parameters& into);
    // Gets it out again, where it is given.
    void (*write)(Parameters const& from, parameter_value& value);
};

[[nodiscard]] constexpr bool is_given(bool flag) {
    return flag;
}
[[nodiscard]] constexpr bool is_given(std::string_view text) {
    return !text.empty();
}
template <class Value>
[[nodiscard]] constexpr bool is_given(std::optional<Value> const& value) {
    return value.has_value();
}
template <class Value>
[[nodiscard]] constexpr auto is_given(Value const& value) -> decltype(value.given()) {
    return value.given();
}

// The type of the struct that a member belongs to.
template <class Parameters, class Value>
Parameters struct_of(Value Parameters::*);
template <auto Member>
using parameters_of = decltype(struct_of(Member));

template <auto Member>
[[nodiscard]] constexpr bool holds(parameters_of<Member> const& from) {
    return is_given(from.*Member);
}
template <auto Member>
[[nodiscard]] constexpr result<void> read_flag(std::string_view, extension_set,
                                               parameters_of<Member>& into) {
    into.*Member = true;
    return {};
}
template <auto Member>
constexpr void write_as_given(parameters_of<Member> const& from, parameter_value& value) {
    if constexpr (std::is_same_v<decltype(from.*Member), std::string_view const&>)
        value.refer(from.*Member);
}

/// The row of a parameter that is kept in `Member`. A view is written as it is, without `write`.
template <auto Member, class Row = parameter_row<parameters_of<Member>>>
[[nodiscard]] consteval Row with_value(std::string_view start, extension_set needs,
                                       decltype(Row::read) read,
                                       decltype(Row::write) write = write_as_given<Member>) {
    return {
        start, start.substr(1, start.size() - 2), needs, value_rule::required, holds<Member>, read,
        write};
}
/// The row of one that is only there or not.
template <auto Member, class Row = parameter_row<parameters_of<Member>>>
[[nodiscard]] consteval Row without_value(std::string_view start, extension_set needs) {
    return {start,         start.substr(1),   needs,  value_rule::none,
            holds<Member>, read_flag<Member>, nullptr};
}

/// Marks the i-th of 64 things that may be seen once. True the first time.
[[nodiscard]] constexpr bool mark(std::uint64_t& seen, std::size_t i) {
    auto const bit = i < 64 ? std::uint64_t{1} << i : 0;
    auto const before = seen;
    seen |= bit;
    return (before & bit) == 0;
}

/// Reads parameters by a table. What is not in the table may be one of the application's own.
template <auto const& Table, class Parameters>
class parameter_reader {
public:
    constexpr parameter_reader(extension_set offered, charset allowed,
                               std::span<std::string_view const> own, Parameters& into)
        : into_(into), own_(own), offered_(offered), allowed_(allowed) {}

    // *( SP esmtp-param )                                                   RFC 5321 4.1.2
    //
    // Runs of SP are tolerated, also at the end.
    [[nodiscard]] constexpr result<void> read_all(cursor& in) {
        auto from = in.at();
        auto until = from;
        while (in.take(' ')) {
            if (in.done() || in.peek() == ' ') continue;
            if (until == from) from = in.at();
            if (auto const read = read_next(in); !read) return read;
            until = in.at();
        }
        if (!in.done()) return in.fail(error::bad_parameter);
        if (until != from) into_.text = {in.line().data() + from, until - from};
        return {};
    }

private:
    using row = parameter_row<Parameters>;
    static constexpr word_index keywords{Table, &row::keyword};

    // esmtp-param = esmtp-keyword [ "=" esmtp-value ]
    //
    // A word of the table needs no look at its octets: it is an esmtp-keyword.
    [[nodiscard]] constexpr result<void> read_next(cursor& in) {
        auto const at = in.at();
        auto const known = keywords.template find_first<ldh>(in.rest());
        if (!known) return read_own(in);
        row const& its_row = Table[*known];
        in.skip(its_row.keyword.size());
        auto const value_at = in.at();
        std::string_view value;
        if (auto const read = take_value(in, allowed_, value); !read) return read;
        if (!offered_.has_any(its_row.needs)) return failure{error::unknown_parameter, at};
        if (!mark(seen_, *known)) return failure{error::duplicate_parameter, at};
        return read_row(its_row, value, value_at);
    }

    [[nodiscard]] constexpr result<void> read_row(row const& known, std::string_view value,
                                                  std::size_t value_at) {
        bool const given = !value.empty();
        if (given != (known.value == value_rule::required))
            return failure{given ? error::unexpected_value : error::missing_value, value_at};
        auto const read = known.read(value, offered_, into_);
        if (read) return {};
        return failure{read.fault().code, value_at + 1 + read.fault().at};
    }

    // A parameter that only the application knows.
    [[nodiscard]] constexpr result<void> read_own(cursor& in) {
        auto const given = parse_parameter(in, allowed_);
        if (!given) return given.fault();
        std::size_t i = 0;
        while (i != own_.size() && !equal_ignoring_case(own_[i], given->keyword)) ++i;
        if (i == own_.size()) return failure{error::unknown_parameter, given->at};
        if (!mark(own_seen_, i)) return failure{error::duplicate_parameter, given->at};
        return {};
    }

    Parameters& into_;
    std::span<std::string_view const> own_;
    std::uint64_t seen_ = 0;
    std::uint64_t own_seen_ = 0;
    extension_set offered_;
    charset allowed_;
};

// Does something with the row of each parameter that the struct holds, until that returns false.
// There are many rows, and seldom more than two are given: so each is asked in turn, without a loop
// and a call.
template <auto const& Table, class Parameters, class Act>
constexpr void for_each_given(Parameters const& from, Act const& act) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        static_cast<void>(((!Table[I].given(from) || act(Table[I])) && ...));
    }
    (std::make_index_sequence<Table.size()>{});
}

template <auto const& Table, class Out, class Parameters>
constexpr void write_parameters(Out& out, Parameters const& from) {
    for_each_given<Table>(from, [&](parameter_row<Parameters> const& row) {
        out.append(row.start);
        if (row.value == value_rule::none) return true;
        parameter_value value;
        row.write(from, value);
        out.append(value.view());
        return true;
    });
}

template <class Parameters>
[[nodiscard]] constexpr result<void> check_row(parameter_row<Parameters> const& row,
                                               Parameters const& from, extension_set offered,
                                               Parameters& scratch) {
    if (!offered.has_any(row.needs)) return error::server_lacks_extension;
    if (row.value == value_rule::none) return {};
    parameter_value value;
    row.write(from, value);
    auto const read = row.read(value.view(), offered, scratch);
    if (read) return {};
    return read.fault().code == error::unknown_parameter ? error::server_lacks_extension
                                                         : read.fault().code;
}

// What is about to be written must be what a server that offers `offered` reads back.
template <auto const& Table, class Parameters>
[[nodiscard]] constexpr result<void> check_parameters(Parameters const& from,
                                                      extension_set offered) {
    Parameters scratch{};
    result<void> judged;
    for_each_given<Table>(from, [&](parameter_row<Parameters> const& row) {
        judged = check_row(row, from, offered, scratch);
        return judged.ok();
    });
    return judged;
}

}  // namespace detail

}  // namespace postel
