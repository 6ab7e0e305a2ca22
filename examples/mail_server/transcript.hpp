#pragma once

// Prints what goes over the wire, line by line behind C: and S:. The session itself leaves content
// out and hides what is said during AUTH; here it is only made safe for a terminal.

#include <cstdio>
#include <string_view>

#include <fmt/format.h>
#include <postel/transcript.hpp>

#include "../support/program.hpp"

namespace mail_server {

inline constexpr postel::transcript on_standard_error{[](void*, char who, std::string_view text) {
    fmt::print(stderr, "{}: {}\n", who, support::printable(text));
}};

}  // namespace mail_server
