#include "support/tables_as_markdown.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.hpp"

TEST_CASE("docs/state-machines.md is what the tables print",
          "[server_table][client_table][structure]") {
    std::ifstream file{"../docs/state-machines.md", std::ios::binary};
    std::string const page{std::istreambuf_iterator<char>{file}, {}};
    INFO("if the tables changed on purpose: tables_as_markdown >docs/state-machines.md");
    CHECK(page == postel::test::tables_as_markdown::print());
}

TEST_CASE("the printed tables name every state, step and action once in the right place",
          "[server_table][client_table]") {
    using postel::test::spelled;
    auto const page = postel::test::tables_as_markdown::print();
    CHECK(spelled(postel::server_state::none) == "none");
    CHECK(spelled(postel::client_action::bye) == "bye");
    CHECK(page.find("| **hello** | ready |  |") != std::string::npos);
    CHECK(page.find("| data | content_end | ready |") != std::string::npos);
    CHECK(page.find("| mail | asks | `250 2.1.0 sender ok` | none |") != std::string::npos);
    CHECK(page.find("| noop | tells | `250 2.0.0 ok` | as accepted |") != std::string::npos);
    CHECK(page.find("    ready --> mail: MAIL\n") != std::string::npos);
    CHECK(page.find("    data --> go_ahead: 3yz\n") != std::string::npos);
    for (auto const* type : {"state)", "moment)", "question)", "step)", "action)", "place)"})
        CHECK(page.find(type) == std::string::npos);  // "(server_state)14" has no name
}
