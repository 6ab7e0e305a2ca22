#include "support/errors_as_markdown.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.hpp"

TEST_CASE("docs/errors.md is what the table of errors prints", "[error][structure]") {
    std::ifstream file{"../docs/errors.md", std::ios::binary};
    std::string const page{std::istreambuf_iterator<char>{file}, {}};
    INFO("if the table changed on purpose: errors_as_markdown >docs/errors.md");
    CHECK(page == postel::test::errors_as_markdown::print());
}

TEST_CASE("the page of errors says of each what causes it and what to do", "[error]") {
    for (auto const& row : postel::test::error_explanations) {
        if (row.name == postel::error::none) continue;
        CAPTURE(postel::to_string(row.name));
        CHECK_FALSE(row.cause.empty());
        CHECK_FALSE(row.advice.empty());
    }
    auto const page = postel::test::errors_as_markdown::print();
    CHECK(page.find("| `unknown_parameter` | parameter not recognised | 555 5.5.4 | peer | ") !=
          std::string::npos);
    CHECK(
        page.find("| `chunk_size_overflow` | chunk size out of range | 501 5.5.4, end | peer | ") !=
        std::string::npos);
    CHECK(page.find("| `not_ready` | called out of order | - | own | ") != std::string::npos);
}

TEST_CASE("no error is nobody's, and has no reply", "[error]") {
    auto const& row = describe(postel::error::none);
    CHECK(row.text == "no error");
    CHECK(row.side == postel::fault::nobody);
    CHECK(row.code == postel::reply_code{});
    CHECK(row.status == postel::enhanced_status{});
}
