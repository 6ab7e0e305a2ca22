#pragma once

#include <array>
#include <cstdint>
#include <postel/extension.hpp>
#include <postel/mail_parameters.hpp>
#include <postel/rcpt_parameters.hpp>
#include <string_view>
#include <variant>

namespace postel::fuzz {

/// Each bit offers an extension.
[[nodiscard]] inline extension_set extensions_of(std::uint32_t bits) {
    extension_set some;
    for (auto const& row : extension_table)
        if ((bits >> static_cast<unsigned>(row.name) & 1) != 0) some.add(row.name);
    return some;
}
[[nodiscard]] inline extension_set every_extension() {
    return extensions_of(~std::uint32_t{0});
}

/// Parameters that belong to the application.
inline constexpr std::array<std::string_view, 2> own_parameters{"XOWN", "X-OTHER"};

/// What was said, without how it was spelt.
template <class Parameters>
[[nodiscard]] Parameters meaning_of(Parameters what) {
    what.text = {};
    return what;
}

}  // namespace postel::fuzz
