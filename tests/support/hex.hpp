#pragma once

#include <string>
#include <string_view>

namespace postel::test {

/// The octets that hexadecimal digits stand for; spaces between them mean nothing.
inline std::string hex(std::string_view digits) {
    std::string octets;
    int half = -1;
    for (char const c : digits) {
        if (c == ' ') continue;
        int const value = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        if (half < 0) {
            half = value;
        } else {
            octets += static_cast<char>(half << 4 | value);
            half = -1;
        }
    }
    return octets;
}

}  // namespace postel::test
