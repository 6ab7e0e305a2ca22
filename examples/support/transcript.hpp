#pragma once

// Prints what goes over the wire, line by line behind C: and S:. The session itself leaves content
// out and hides what is said during AUTH; here it is only made safe for a terminal.

#include <cstdio>
#include <string_view>

#include <fmt/format.h>
#include <postel/transcript.hpp>

#include "program.hpp"

namespace support {

/// Line buffering is up to the file.
inline postel::transcript transcript_on(std::FILE* file) {
    return {[](void* out, char who, std::string_view text) {
                fmt::print(static_cast<std::FILE*>(out), "{}: {}\n", who, printable(text));
            },
            file};
}

}  // namespace support
