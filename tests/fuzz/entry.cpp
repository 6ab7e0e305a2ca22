#include <cstddef>
#include <cstdint>

#include "fuzz/support/fuzz.hpp"

// Where libFuzzer comes in.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    postel::fuzz::check({reinterpret_cast<char const*>(data), size});
    return 0;
}
