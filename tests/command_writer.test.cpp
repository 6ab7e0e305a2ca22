#include <postel/command_writer.hpp>

#include <postel/command.hpp>
#include <string>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using namespace postel;

namespace {

constexpr extension_set everything = [] {
    extension_set all;
    for (auto const& row : extension_table) all.add(row.name);
    return all;
}();

template <class Command>
std::string written(Command const& what) {
    std::string out;
    write_command(out, what);
    return out;
}

path to(std::string_view text) {
    auto const read = parse_forward_path(text, charset::utf8);
    REQUIRE(read.ok());
    return *read;
}

}  // namespace

TEST_CASE("every command goes out as its rule has it",
          "[command_writer][C-5321-4.1.1-01][C-5321-4.1.1.1-03][C-4954-4-04][B-5321-3.3-01]"
          "[C-5321-4.1.2-01][C-5321-3.3-01]") {
    using scope = etrn_command::scope;
    CHECK(written(hello_command{verb::ehlo, "c.example"}) == "EHLO c.example\r\n");
    CHECK(written(hello_command{verb::ehlo, "[192.0.2.1]", true}) == "EHLO [192.0.2.1]\r\n");
    CHECK(written(hello_command{verb::helo, "c.example"}) == "HELO c.example\r\n");
    CHECK(written(hello_command{verb::lhlo, "c.example"}) == "LHLO c.example\r\n");
    CHECK(written(mail_command{}) == "MAIL FROM:<>\r\n");
    CHECK(written(mail_command{to("<@x:\"abc\"@D.Example>"), {.size = 5}}) ==
          "MAIL FROM:<abc@d.example> SIZE=5\r\n");
    CHECK(written(rcpt_command{to("<\"a b\"@d.example>"), {.notify = {.never = true}}}) ==
          "RCPT TO:<\"a b\"@d.example> NOTIFY=NEVER\r\n");
    CHECK(written(rcpt_command{to("<postmaster>"), {}}) == "RCPT TO:<Postmaster>\r\n");
    CHECK(written(data_command{}) == "DATA\r\n");
    CHECK(written(bdat_command{0, true}) == "BDAT 0 LAST\r\n");
    CHECK(written(bdat_command{18446744073709551615u}) == "BDAT 18446744073709551615\r\n");
    CHECK(written(rset_command{}) == "RSET\r\n");
    CHECK(written(noop_command{}) == "NOOP\r\n");
    CHECK(written(noop_command{"x"}) == "NOOP x\r\n");
    CHECK(written(quit_command{}) == "QUIT\r\n");
    CHECK(written(vrfy_command{"a"}) == "VRFY a\r\n");
    CHECK(written(vrfy_command{"a", true}) == "VRFY a SMTPUTF8\r\n");
    CHECK(written(expn_command{"a", true}) == "EXPN a SMTPUTF8\r\n");
    CHECK(written(help_command{"MAIL"}) == "HELP MAIL\r\n");
    CHECK(written(starttls_command{}) == "STARTTLS\r\n");
    CHECK(written(auth_command{"PLAIN", {}}) == "AUTH PLAIN\r\n");
    CHECK(written(auth_command{"PLAIN", "AA=="}) == "AUTH PLAIN AA==\r\n");
    CHECK(written(auth_command{"EXTERNAL", ""}) == "AUTH EXTERNAL =\r\n");
    CHECK(written(etrn_command{scope::node, "a"}) == "ETRN a\r\n");
    CHECK(written(etrn_command{scope::subdomains, "a"}) == "ETRN @a\r\n");
    CHECK(written(etrn_command{scope::queue, "a"}) == "ETRN #a\r\n");
    CHECK(written(burl_command{"imap://h/x", true}) == "BURL imap://h/x LAST\r\n");
}

TEST_CASE("a command that was read and written reads as the same", "[command_writer]") {
    command_rules const rules{.offered = everything, .smtputf8 = true};
    for (auto const line :
         {"EHLO c.example"sv,
          "HELO [192.0.2.1]"sv,
          "LHLO x"sv,
          "MAIL FROM:<>"sv,
          "MAIL FROM:<a@b.example> BODY=8BITMIME SIZE=5 SMTPUTF8 RET=FULL ENVID=x AUTH=<>"sv,
          "RCPT TO:<Postmaster>"sv,
          "RCPT TO:<\"a\\\"b\"@c.example> NOTIFY=SUCCESS,DELAY"sv,
          "RCPT TO:<\xC3\xA9@d.example> ORCPT=utf-8;\xC3\xA9"sv,
          "DATA"sv,
          "BDAT 5"sv,
          "BDAT 0 LAST"sv,
          "RSET"sv,
          "NOOP"sv,
          "NOOP a b"sv,
          "QUIT"sv,
          "VRFY a b SMTPUTF8"sv,
          "EXPN list"sv,
          "HELP"sv,
          "STARTTLS"sv,
          "AUTH PLAIN"sv,
          "AUTH EXTERNAL ="sv,
          "ETRN @a"sv,
          "ETRN #q"sv,
          "BURL imap://h/x LAST"sv,
          "XCLIENT NAME=[TEMPUNAVAIL] ADDR=IPV6:2001:db8::1"sv,
          "XFORWARD SOURCE=REMOTE"sv}) {
        CAPTURE(line);
        auto const first = parse_command(line, rules);
        REQUIRE(first.ok());
        CHECK(written(*first) == std::string(line) + "\r\n");
    }
    std::string_view const loose = "mail from:<@x,@y:\"abc\"@D.example>  size=01   ret=hdrs";
    auto const canonical = written(*parse_command(loose, rules));
    CHECK(canonical == "MAIL FROM:<abc@d.example> SIZE=1 RET=HDRS\r\n");
}

TEST_CASE("a command with an argument that could forge a line is not let out",
          "[command_writer][C-SEC-INJ-01][C-SEC-INJ-02][C-6531-3.7.1-01]") {
    for (auto const bad : {"a b"sv, "a\r\nDATA"sv, "a\n"sv, "a\0"sv, ""sv, "\xC3\xA9"sv}) {
        CAPTURE(bad);
        CHECK_FALSE(check_command(hello_command{verb::ehlo, bad}).ok());
        CHECK_FALSE(check_command(auth_command{bad, {}}).ok());
        CHECK_FALSE(check_command(etrn_command{etrn_command::scope::node, bad}).ok());
        CHECK_FALSE(check_command(etrn_command{etrn_command::scope::queue, bad}).ok());
        CHECK_FALSE(check_command(burl_command{bad, false}).ok());
        if (bad.empty()) continue;
        CHECK_FALSE(check_command(auth_command{"PLAIN", bad}).ok());
        if (bad == "a b") continue;
        CHECK_FALSE(check_command(noop_command{bad}).ok());
        CHECK_FALSE(check_command(help_command{bad}).ok());
        CHECK_FALSE(check_command(vrfy_command{bad}, everything).ok());
        CHECK_FALSE(check_command(expn_command{bad}, everything).ok());
    }
    CHECK(check_command(hello_command{verb::ehlo, "[192.0.2.1]", true}).ok());
    CHECK(check_command(hello_command{verb::ehlo, "c.example"}).ok());
    CHECK_FALSE(check_command(hello_command{verb::ehlo, "[192.0.2.1] x", true}).ok());
    CHECK(check_command(vrfy_command{"\xC3\xA9", true}, everything).ok());
    CHECK(check_command(vrfy_command{"\xC3\xA9", true}, {}).fault().code ==
          error::server_lacks_smtputf8);
    CHECK_FALSE(check_command(vrfy_command{"\xC0\xAF", true}, everything).ok());
    CHECK_FALSE(check_command(noop_command{"a "}).ok());
    CHECK(check_command(noop_command{}).ok());
}

TEST_CASE("an address beyond ASCII goes out only with SMTPUTF8",
          "[command_writer][C-6531-3.2-01][C-6531-3.4-01]") {
    auto const who = to("<\xC3\xA9@d.example>");
    CHECK(check_command(mail_command{who, {.smtputf8 = true}}, everything).ok());
    CHECK(check_command(mail_command{who, {}}, everything).fault().code ==
          error::non_ascii_address);
    CHECK(check_command(mail_command{who, {.smtputf8 = true}}, {}).fault().code ==
          error::server_lacks_smtputf8);
    CHECK(check_command(rcpt_command{who, {}}, everything, true).ok());
    CHECK(check_command(rcpt_command{who, {}}, everything, false).fault().code ==
          error::non_ascii_address);
    CHECK(check_command(rcpt_command{path{}, {}}, everything, true).fault().code ==
          error::bad_path);
    CHECK(check_command(mail_command{to("<Postmaster>"), {}}, everything).fault().code ==
          error::bad_path);
    CHECK(check_command(mail_command{{}, {.size = 1}}, {}).fault().code ==
          error::server_lacks_extension);
}

TEST_CASE("what is written at the ends of arguments is what is read there", "[command_writer]") {
    CHECK(written(burl_command{"imap://h/x", false}) == "BURL imap://h/x\r\n");
    CHECK(check_command(burl_command{"imap://h/x", false}).ok());
    CHECK_FALSE(check_command(burl_command{"imap://h/\x7F", false}).ok());
    CHECK_FALSE(check_command(burl_command{"imap:", false}).ok());
    CHECK(check_command(noop_command{"as it is"}).ok());
    CHECK(check_command(vrfy_command{""}, everything).fault().code == error::bad_argument);
    CHECK(check_command(vrfy_command{"a "}, everything).fault().code == error::bad_argument);
    CHECK(check_command(vrfy_command{"a\tb", true}, everything).fault() ==
          failure{error::bad_octet, 1});
    CHECK(check_command(vrfy_command{"a"}, everything).ok());
    CHECK(check_command(auth_command{std::string_view{"ABCDEFGHIJKLMNOPQRST"}, "AA=="}).ok());
    CHECK_FALSE(check_command(auth_command{std::string_view{"ABCDEFGHIJKLMNOPQRSTU"}, {}}).ok());
    CHECK(check_command(etrn_command{etrn_command::scope::queue, "q"}).ok());
    CHECK(check_command(rcpt_command{to("<a@d.example>"), {}}, everything, false).ok());
    CHECK(check_command(rcpt_command{to("<a@d.example>"), {}}, everything, true).ok());
}
