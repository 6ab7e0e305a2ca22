#pragma once

#include <cstddef>
#include <postel/error.hpp>
#include <utility>

namespace postel {

/// What went wrong, and where: `at` counts octets from the start of the input that was given,
/// unless the function says that it counts something else.
struct failure {
    error code;
    std::size_t at = 0;

    friend constexpr bool operator==(failure, failure) = default;
};

/// A value, or the failure that prevented it.
///
/// `if (auto r = parse(...))` tells them apart; `*r` and `r->` reach the value and must not be used
/// on a failure; `r.fault()` is the failure and must not be used on a value. Our own type and not
/// an alias of `std::expected`, whose presence depends on the language mode: one program built in
/// two modes would have two types of one name.
///
/// T  Starts with something by itself, since one is there beside a failure too: that costs less, to
///    compile and to run, than to say whether there is one.
template <class T>
class [[nodiscard]] result {
public:
    constexpr result(T value) : value_(std::move(value)) {}
    constexpr result(failure why) : failure_(why) {}
    constexpr result(error code) : failure_{code, 0} {}
    /// A value made in its place: large ones are filled there and copied nowhere.
    template <class... Args>
    constexpr explicit result(std::in_place_t, Args&&... args)
        : value_(std::forward<Args>(args)...) {}
    /// Gives the value up again.
    constexpr void fail(failure why) {
        value_ = T{};
        failure_ = why;
    }

    [[nodiscard]] constexpr bool ok() const { return failure_.code == error::none; }
    [[nodiscard]] constexpr explicit operator bool() const { return ok(); }

    [[nodiscard]] constexpr T& operator*() & { return value_; }
    [[nodiscard]] constexpr T const& operator*() const& { return value_; }
    [[nodiscard]] constexpr T&& operator*() && { return std::move(value_); }
    [[nodiscard]] constexpr T* operator->() { return &value_; }
    [[nodiscard]] constexpr T const* operator->() const { return &value_; }

    [[nodiscard]] constexpr failure fault() const { return failure_; }

    friend constexpr bool operator==(result const&, result const&) = default;

private:
    T value_{};  // where there is none, what T starts with
    failure failure_{error::none, 0};
};

/// Success without a value, or the failure.
template <>
class [[nodiscard]] result<void> {
public:
    constexpr result() = default;
    constexpr result(failure why) : failure_(why) {}
    constexpr result(error code) : failure_{code, 0} {}

    [[nodiscard]] constexpr bool ok() const { return failure_.code == error::none; }
    [[nodiscard]] constexpr explicit operator bool() const { return ok(); }
    [[nodiscard]] constexpr failure fault() const { return failure_; }

    friend constexpr bool operator==(result const&, result const&) = default;

private:
    failure failure_{error::none, 0};
};

}  // namespace postel
