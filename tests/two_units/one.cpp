#include "every_header.hpp"

// What is `inline` in the headers has one address in the whole program.
void const* error_table_in_two();

int main() {
    return error_table_in_two() == &postel::error_table ? 0 : 1;
}
