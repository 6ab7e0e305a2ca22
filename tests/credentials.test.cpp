#include <postel/credentials.hpp>

#include <string>
#include <string_view>

#include "support/catch.hpp"

using postel::error;
using postel::parse_plain_message;
using namespace std::string_literals;
using namespace std::string_view_literals;

static_assert(parse_plain_message("\0a\0p"sv)->password == "p");
static_assert(!parse_plain_message(""));

TEST_CASE("PLAIN has three fields, of which the first may be empty", "[credentials]") {
    struct row {
        std::string message;
        std::string act_as;
        std::string name;
        std::string password;
    };
    auto const given = GENERATE(values<row>({
        {"\0alice\0secret"s, "", "alice", "secret"},
        {"boss\0alice\0secret"s, "boss", "alice", "secret"},
        {"\0josé\0pässwörd"s, "", "josé", "pässwörd"},
        {"\0a b\0 \t\r\n"s, "", "a b", " \t\r\n"},
        {"\0"s + std::string(255, 'n') + "\0"s + std::string(9000, 'p'), "", std::string(255, 'n'),
         std::string(9000, 'p')},
    }));
    auto const said = parse_plain_message(given.message);
    REQUIRE(said);
    CHECK(said->authorization_id == given.act_as);
    CHECK(said->authentication_id == given.name);
    CHECK(said->password == given.password);
    CHECK(said->password.data() + said->password.size() ==
          given.message.data() + given.message.size());
}

TEST_CASE("whatever is no PLAIN message fails like a wrong password",
          "[credentials][S-4954-4-12]") {
    struct row {
        std::string message;
        std::size_t at;
    };
    auto const given = GENERATE(values<row>({
        {"", 0},
        {"alice", 5},
        {"\0"s, 1},
        {"\0alice"s, 6},
        {"alice\0secret"s, 12},
        {"\0\0"s, 0},                     // no name, no password
        {"\0\0secret"s, 0},               // no name
        {"\0alice\0"s, 0},                // no password
        {"\0alice\0secret\0"s, 13},       // a fourth field
        {"\0alice\0se\0cret"s, 9},        // NUL in the password
        {"\0al\xFFice\0secret"s, 0},      // not UTF-8
        {"\xC0\x80\0alice\0secret"s, 0},  // not the shortest form
        {"\0alice\0\xED\xA0\x80"s, 0},    // a surrogate
    }));
    CAPTURE(given.message);
    auto const said = parse_plain_message(given.message);
    REQUIRE_FALSE(said);
    CHECK(said.fault().code == error::authentication_failed);
    CHECK(said.fault().at == given.at);
}
