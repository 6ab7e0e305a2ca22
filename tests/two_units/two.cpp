#include "every_header.hpp"

void const* error_table_in_two();
void const* error_table_in_two() {
    return &postel::error_table;
}
