#include <cstdio>
#include <postel/reply_code.hpp>
#include <postel/version.hpp>

int main() {
    std::printf("postel %d.%d.%d\n", postel::version.major_number, postel::version.minor_number,
                postel::version.patch_number);
    return postel::reply_code{250}.positive() ? 0 : 1;
}
