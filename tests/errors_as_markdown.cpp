#include <cstdio>

#include "support/errors_as_markdown.hpp"

// Prints docs/errors.md:   errors_as_markdown >docs/errors.md
int main() {
    auto const page = postel::test::errors_as_markdown::print();
    return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
