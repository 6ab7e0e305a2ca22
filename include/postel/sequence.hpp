#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <postel/cursor.hpp>
#include <string_view>
#include <utility>

namespace postel {

/// A text that holds things of one kind, one behind the other: `for (auto const& each : text)`.
/// They are read when they are come to, and nothing is kept.
///
/// Read  std::optional<Thing>(cursor&): reads the next thing and stands behind it; nothing at the
///       end, or where something else stands.
template <auto Read>
class sequence {
public:
    class iterator {
    public:
        using value_type = typename decltype(Read(std::declval<cursor&>()))::value_type;
        using difference_type = std::ptrdiff_t;

        constexpr iterator() = default;
        constexpr explicit iterator(std::string_view text) : in_(text), current_(Read(in_)) {}

        [[nodiscard]] constexpr value_type const& operator*() const { return *current_; }
        [[nodiscard]] constexpr value_type const* operator->() const { return &*current_; }
        constexpr iterator& operator++() {
            current_ = Read(in_);
            return *this;
        }
        constexpr iterator operator++(int) {
            auto const before = *this;
            ++*this;
            return before;
        }
        /// The same place in the same text, or the end of any.
        friend constexpr bool operator==(iterator const& a, iterator const& b) {
            if (!a.current_ || !b.current_) return !a.current_ && !b.current_;
            return a.in_.at() == b.in_.at();
        }
        friend constexpr bool operator==(iterator const& i, std::default_sentinel_t) {
            return !i.current_;
        }

    private:
        cursor in_{{}};
        std::optional<value_type> current_;
    };

    constexpr sequence() = default;
    constexpr explicit sequence(std::string_view text) : text_(text) {}

    /// All of them, as they stand.
    [[nodiscard]] constexpr std::string_view text() const { return text_; }
    [[nodiscard]] constexpr iterator begin() const { return iterator{text_}; }
    [[nodiscard]] constexpr std::default_sentinel_t end() const { return {}; }

    friend constexpr bool operator==(sequence const&, sequence const&) = default;

private:
    std::string_view text_;
};

}  // namespace postel
