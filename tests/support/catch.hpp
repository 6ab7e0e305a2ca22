#pragma once

// One test tree for Catch2 2.13 (Debian) and 3 (everywhere else).
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
