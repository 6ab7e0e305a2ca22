#include <cstdio>

#include "support/tables_as_markdown.hpp"

// Prints docs/state-machines.md:   tables_as_markdown >docs/state-machines.md
int main() {
    auto const page = postel::test::tables_as_markdown::print();
    return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
