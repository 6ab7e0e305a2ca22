#include <postel/command_line.hpp>
#include <string>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using postel::error;
using postel::failure;
using postel::split_command;
using postel::verb;

TEST_CASE("a line is split behind its verb", "[command_line][B-5321-2.4-01][S-5321-4.1.1-01]") {
    struct row {
        std::string_view line;
        verb what;
        std::string_view token;
        std::string_view argument;
    };
    for (auto const& [line, what, token, argument] :
         {row{"NOOP", verb::noop, "NOOP", ""}, row{"noop \t ", verb::noop, "noop", ""},
          row{"MAIL FROM:<a@b.example> SIZE=1", verb::mail, "MAIL", "FROM:<a@b.example> SIZE=1"},
          row{"eHlO c.example\t", verb::ehlo, "eHlO", "c.example"},
          row{"DATA ", verb::data, "DATA", ""}, row{"FOO bar", verb::unknown, "FOO", "bar"},
          row{"NOOP  two", verb::noop, "NOOP", " two"}, row{"TURN", verb::turn, "TURN", ""},
          row{"A", verb::unknown, "A", ""}, row{"HELP \xC3\xA9", verb::help, "HELP", "\xC3\xA9"}}) {
        CAPTURE(line);
        auto const split = split_command(line);
        REQUIRE(split.ok());
        CHECK(split->verb == what);
        CHECK(split->token == token);
        CHECK(split->argument() == argument);
        CHECK(split->has_argument() == !argument.empty());
        CHECK(split->text.data() == line.data());
    }
    static_assert(split_command("QUIT")->verb == verb::quit);
}

TEST_CASE("a line that cannot be a command is refused at the octet that does not fit",
          "[command_line][S-SEC-NUL-01][S-SEC-BARE-01][B-5321-2.3.8-01][S-3030-2-11]") {
    struct row {
        std::string_view line;
        failure fault;
    };
    for (auto const& [line, fault] :
         {row{"", {error::empty_line, 0}}, row{" \t ", {error::empty_line, 0}},
          row{" NOOP", {error::bad_octet, 0}}, row{"\xFF\xFE", {error::bad_octet, 0}},
          row{"NOOP1", {error::bad_octet, 4}}, row{"MAIL\tFROM:<>", {error::bad_octet, 4}},
          row{"<a@b>", {error::bad_octet, 0}}, row{"NOOP\0"sv, {error::nul_octet, 4}},
          row{"RCPT TO:<a@b.example>\0"sv, {error::nul_octet, 21}},
          row{"NOOP\nMAIL FROM:<a@b.example>", {error::bare_lf, 4}},
          row{"NOOP\rMAIL FROM:<a@b.example>", {error::bare_cr, 4}},
          row{"EHLO x\r", {error::bare_cr, 6}}, row{"\n", {error::bare_lf, 0}},
          row{"a\nb\rc\0"sv, {error::bare_lf, 1}}, row{"a\0b\nc\r"sv, {error::nul_octet, 1}}}) {
        CAPTURE(line);
        auto const split = split_command(line);
        REQUIRE_FALSE(split.ok());
        CHECK(split.fault() == fault);
    }
}
