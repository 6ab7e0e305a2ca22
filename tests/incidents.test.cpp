// docs/incidents.md says which test shows what; here every such test is looked for.

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "support/catch.hpp"

namespace {

std::string contents_of(std::string const& name) {
    std::ifstream file{name, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("every test that docs/incidents.md names exists", "[structure]") {
    auto const page = contents_of("../docs/incidents.md");
    std::regex const cited{"`([a-z0-9_.]+\\.test\\.cpp)`: \"([^\"]+)\""};
    std::size_t found = 0;
    for (std::sregex_iterator each{page.begin(), page.end(), cited}, end; each != end; ++each) {
        auto const file = (*each)[1].str();
        auto const name = (*each)[2].str();
        CAPTURE(file, name);
        // A long name may be a literal of two lines, or stand below its macro.
        auto const source =
            std::regex_replace(contents_of(file), std::regex{"\"\\s+\"|\\n    (?=\")"}, "");
        CHECK(source.find("TEST_CASE(\"" + name + "\"") != std::string::npos);
        ++found;
    }
    CHECK(found >= 40);  // rows of the page; fewer would mean that it could not be read
}
