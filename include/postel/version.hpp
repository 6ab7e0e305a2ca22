#pragma once

// The build reads these three lines; nothing else states the version.
#define POSTEL_VERSION_MAJOR 0
#define POSTEL_VERSION_MINOR 1
#define POSTEL_VERSION_PATCH 0

namespace postel {

/// The version of these headers.
struct version_number {
    int major_number;  // not `major`: some C libraries define that as a macro
    int minor_number;
    int patch_number;
};

inline constexpr version_number version{POSTEL_VERSION_MAJOR, POSTEL_VERSION_MINOR,
                                        POSTEL_VERSION_PATCH};

}  // namespace postel
