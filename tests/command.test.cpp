#include <postel/command.hpp>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using namespace postel;

namespace {

constexpr extension_set everything = [] {
    extension_set all;
    for (auto const& row : extension_table) all.add(row.name);
    return all;
}();

constexpr command_rules all_offered{.offered = everything};
constexpr command_rules with_utf8{.offered = everything, .smtputf8 = true};

template <class Command>
Command read(std::string_view line, command_rules const& rules = all_offered) {
    CAPTURE(line);
    auto const parsed = parse_command(line, rules);
    REQUIRE(parsed.ok());
    REQUIRE(std::holds_alternative<Command>(*parsed));
    return std::get<Command>(*parsed);
}

failure fault_of(std::string_view line, command_rules const& rules = all_offered) {
    CAPTURE(line);
    auto const parsed = parse_command(line, rules);
    REQUIRE_FALSE(parsed.ok());
    return parsed.fault();
}

struct bad_line {
    std::string_view line;
    failure fault;
};

void check_refused(std::initializer_list<bad_line> rows, command_rules const& rules = all_offered) {
    for (auto const& [line, fault] : rows) {
        CAPTURE(line);
        auto const parsed = parse_command(line, rules);
        CHECK_FALSE(parsed.ok());
        CHECK(to_string(parsed.fault().code) == to_string(fault.code));
        CHECK(parsed.fault().at == fault.at);
    }
}

}  // namespace

TEST_CASE("EHLO, HELO and LHLO take a domain or a literal",
          "[command][S-5321-4.1.1.1-01][S-5321-4.1.1.1-03][S-2033-4.1-01][B-5321-2.4-01]") {
    CHECK(read<hello_command>("EHLO c.example") == hello_command{verb::ehlo, "c.example", false});
    CHECK(read<hello_command>("helo C.Example") == hello_command{verb::helo, "C.Example", false});
    CHECK(read<hello_command>("LHLO localhost ") == hello_command{verb::lhlo, "localhost", false});
    CHECK(read<hello_command>("EHLO [192.0.2.1]") ==
          hello_command{verb::ehlo, "[192.0.2.1]", true});
    CHECK(read<hello_command>("EHLO [192.0.2.1] my-host") ==
          hello_command{verb::ehlo, "[192.0.2.1]", true});
    CHECK(read<hello_command>("HELO [IPv6:2001:db8::1]") ==
          hello_command{verb::helo, "[IPv6:2001:db8::1]", true});
    check_refused({{"EHLO", {error::missing_argument, 4}},
                   {"HELO ", {error::missing_argument, 4}},
                   {"EHLO  x", {error::bad_domain, 5}},
                   {"EHLO a b", {error::bad_domain, 6}},
                   {"EHLO a_b", {error::bad_domain, 6}},
                   {"EHLO -a", {error::bad_domain, 5}},
                   {"EHLO a.", {error::bad_domain, 7}},
                   {"EHLO \xC3\xA9.example", {error::bad_domain, 5}},
                   {"EHLO [192.0.2.1]x", {error::bad_address_literal, 16}},
                   {"EHLO [192.0.2.256]", {error::bad_address_literal, 14}},
                   {"EHLO [192.0.2.1] a\x01", {error::bad_octet, 18}}});
}

TEST_CASE("MAIL is read with its path and its parameters",
          "[command][S-5321-4.1.1.2-02][B-5321-2.4-02][S-5321-4.1.2-01][S-5321-3.3-03]") {
    CHECK(read<mail_command>("MAIL FROM:<>").reverse_path.is_null());
    auto const plain = read<mail_command>("mAiL fRoM:<Smith@B.example> sIzE=10 RET=FULL");
    CHECK(plain.reverse_path.text() == "<Smith@B.example>");
    CHECK(plain.reverse_path.mailbox().local_part() == "Smith");
    CHECK(plain.parameters.size == 10u);
    CHECK(plain.parameters.ret == return_content::full);
    CHECK(plain.parameters.text == "sIzE=10 RET=FULL");
    CHECK(read<mail_command>("MAIL FROM:<@x.example,@y.example:a@b.example>")
              .reverse_path.mailbox()
              .text() == "a@b.example");
    auto const odd = read<mail_command>("MAIL FROM:<\"a> SIZE=1 <b\"@c.example> SIZE=2");
    CHECK(odd.parameters.size == 2u);
    CHECK(read<mail_command>("MAIL FROM:<a@b.example>   SIZE=1 ").parameters.size == 1u);
}

TEST_CASE("MAIL that does not fit its rule is refused where it stops to fit",
          "[command][S-5321-4.1.2-07][S-5321-4.1.2-08][B-5321-3.3-01][S-5321-4.1.4-07]"
          "[S-5321-4.1.2-03][S-5321-4.1.2-04][S-6409-5.1-01]") {
    check_refused({{"MAIL", {error::missing_argument, 4}},
                   {"MAIL FROM", {error::bad_argument, 5}},
                   {"MAIL FROM :<>", {error::bad_argument, 5}},
                   {"MAIL  FROM:<>", {error::bad_argument, 5}},
                   {"MAIL TO:<>", {error::bad_argument, 5}},
                   {"MAIL FROM:", {error::bad_path, 10}},
                   {"MAIL FROM: <a@b.example>", {error::bad_path, 10}},
                   {"MAIL FROM:a@b", {error::bad_path, 10}},
                   {"MAIL FROM:<a@b.example", {error::bad_path, 22}},
                   {"MAIL FROM:<Postmaster>", {error::bad_path, 21}},
                   {"MAIL FROM:<a@b_c.example>", {error::bad_domain, 14}},
                   {"MAIL FROM:<a\x01@d.example>", {error::bad_local_part, 12}},
                   {"MAIL FROM:<a..b@c.example>", {error::bad_local_part, 13}},
                   {"MAIL FROM:<a@b.example>SIZE=1", {error::bad_parameter, 23}},
                   {"MAIL FROM:<> SIZE=1=2", {error::bad_parameter, 19}},
                   {"MAIL FROM:<> NOSUCH", {error::unknown_parameter, 13}},
                   {"MAIL FROM:<> SIZE", {error::missing_value, 17}},
                   {"MAIL FROM:<>\tSIZE=1", {error::bad_parameter, 12}}});
    check_refused({{"MAIL FROM:<> SIZE=1", {error::unknown_parameter, 13}}}, {});
}

TEST_CASE("each lenience accepts its one defect", "[command][B-5321-3.3-01]") {
    command_rules const space{.offered = everything, .tolerate = {.space_after_colon = true}};
    CHECK(read<mail_command>("MAIL FROM:  <a@b.example> SIZE=1", space).parameters.size == 1u);
    CHECK(read<rcpt_command>("RCPT TO: <a@b.example>", space).forward_path.text() ==
          "<a@b.example>");
    CHECK(fault_of("MAIL FROM: a@b.example", space).code == error::bad_path);
    command_rules const bare{.offered = everything, .tolerate = {.path_without_brackets = true}};
    CHECK(read<mail_command>("MAIL FROM:a@b.example SIZE=1", bare).parameters.size == 1u);
    CHECK(fault_of("MAIL FROM: a@b.example", bare).code != error::none);
    CHECK(fault_of("MAIL FROM:", bare).code == error::bad_path);
}

TEST_CASE("an address beyond ASCII needs SMTPUTF8 on MAIL",
          "[command][S-6531-3.2-01][S-6531-3.5-01][S-6531-3.3-01][S-5321-2.4-02]") {
    CHECK(read<mail_command>("MAIL FROM:<\xE7\x94\xA8@\xE4\xBE\x8B.example> SMTPUTF8")
              .reverse_path.non_ascii());
    CHECK(fault_of("MAIL FROM:<\xC3\xA9@b.example>") == failure{error::non_ascii_address, 10});
    CHECK(fault_of("MAIL FROM:<\xC3\xA9@b.example> SIZE=1").code == error::non_ascii_address);
    CHECK(fault_of("MAIL FROM:<\xC0\xAF@b.example> SMTPUTF8").code == error::bad_utf8);
    CHECK(fault_of("MAIL FROM:<\xED\xA0\x80@b.example> SMTPUTF8").code == error::bad_utf8);
    CHECK(fault_of("MAIL FROM:<\xC3\xA9@b.example> SMTPUTF8", {}).code == error::unknown_parameter);
    CHECK(fault_of("RCPT TO:<\xC3\xA9@d.example>") == failure{error::non_ascii_address, 8});
    CHECK(read<rcpt_command>("RCPT TO:<\xC3\xA9@d.example>", with_utf8).forward_path.non_ascii());
    CHECK(read<rcpt_command>("RCPT TO:<a@d.example> ORCPT=utf-8;\xC3\xA9", with_utf8)
              .parameters.orcpt.given());
    CHECK(fault_of("RCPT TO:<a@d.example> ORCPT=utf-8;\xC3\xA9").code == error::bad_parameter);
}

TEST_CASE("RCPT is read with its path and its parameters",
          "[command][S-5321-2.3.5-01][S-5321-4.1.1.3-01][S-5321-4.1.1.3-03][B-5321-2.3.11-01]") {
    CHECK(read<rcpt_command>("RCPT TO:<A.b+C@x.example>").forward_path.mailbox().local_part() ==
          "A.b+C");
    CHECK(read<rcpt_command>("RCPT TO:<PostMaster>").forward_path.is_postmaster());
    CHECK(read<rcpt_command>("rcpt to:<pOSTMASTER@d.example>").forward_path.has_mailbox());
    auto const full = read<rcpt_command>("RCPT TO:<u@d.example> NOTIFY=NEVER ORCPT=rfc822;u@d");
    CHECK(full.parameters.notify.never);
    CHECK(full.parameters.orcpt.address() == "u@d");
    check_refused({{"RCPT", {error::missing_argument, 4}},
                   {"RCPT FROM:<a@b>", {error::bad_argument, 5}},
                   {"RCPT TO:<>", {error::bad_path, 9}},
                   {"RCPT TO: <a@b>", {error::bad_path, 8}},
                   {"RCPT TO:<a@-b.example>", {error::bad_domain, 11}},
                   {"RCPT TO:<a@b> SIZE=1", {error::unknown_parameter, 14}},
                   {"RCPT TO:<a@b>NOTIFY=NEVER", {error::bad_parameter, 13}}});
}

TEST_CASE("MAIL and RCPT by themselves are read as among all commands", "[command]") {
    auto const mail = parse_mail(*split_command("MAIL FROM:<a@c.example>"), {});
    REQUIRE(mail.ok());
    CHECK(mail->reverse_path.text() == "<a@c.example>");
    auto const rcpt = parse_rcpt(*split_command("RCPT TO:<b@d.example>"), {});
    REQUIRE(rcpt.ok());
    CHECK(rcpt->forward_path.text() == "<b@d.example>");
    CHECK(parse_mail(*split_command("MAIL TO:<a@c.example>"), {}).fault() ==
          failure{error::bad_argument, 5});
    CHECK(parse_rcpt(*split_command("RCPT FROM:<b@d.example>"), {}).fault() ==
          failure{error::bad_argument, 5});
}

TEST_CASE("own parameters are let through to the application", "[command]") {
    constexpr std::string_view own[] = {"XFOO"};
    command_rules const rules{.own_mail_parameters = own};
    CHECK(read<mail_command>("MAIL FROM:<> XFOO=1", rules).parameters.text == "XFOO=1");
    CHECK(fault_of("RCPT TO:<a@b> XFOO=1", rules).code == error::unknown_parameter);
}

TEST_CASE("commands without arguments refuse them",
          "[command][S-5321-4.1.1-01][S-5321-4.1.1-02][S-3207-4-01]") {
    read<data_command>("DATA");
    read<data_command>("data \t ");
    read<rset_command>("RSET");
    read<quit_command>("Quit");
    read<starttls_command>("STARTTLS");
    check_refused({{"DATA x", {error::unexpected_argument, 5}},
                   {"RSET x", {error::unexpected_argument, 5}},
                   {"QUIT now", {error::unexpected_argument, 5}},
                   {"STARTTLS x", {error::unexpected_argument, 9}}});
}

TEST_CASE("BDAT takes a count and LAST and nothing else",
          "[command][S-3030-2-01][S-3030-2-05][S-SEC-BDATOV-01]") {
    CHECK(read<bdat_command>("BDAT 5") == bdat_command{5, false});
    CHECK(read<bdat_command>("bdat 0 last") == bdat_command{0, true});
    CHECK(read<bdat_command>("BDAT 000012 LAST ") == bdat_command{12, true});
    CHECK(read<bdat_command>("BDAT 18446744073709551615") ==
          bdat_command{18446744073709551615u, false});
    check_refused({{"BDAT", {error::bad_chunk_size, 4}},
                   {"BDAT x", {error::bad_chunk_size, 5}},
                   {"BDAT -1", {error::bad_chunk_size, 5}},
                   {"BDAT +1", {error::bad_chunk_size, 5}},
                   {"BDAT 5x", {error::bad_chunk_size, 6}},
                   {"BDAT 5 FOO", {error::bad_chunk_size, 7}},
                   {"BDAT 5 LASTING", {error::bad_chunk_size, 11}},
                   {"BDAT 5  LAST", {error::bad_chunk_size, 7}},
                   {"BDAT 5 LAST LAST", {error::bad_chunk_size, 11}},
                   {"BDAT LAST", {error::bad_chunk_size, 5}},
                   {"BDAT 18446744073709551616 LAST", {error::chunk_size_overflow, 5}},
                   {"BDAT 99999999999999999999999", {error::chunk_size_overflow, 5}}});
}

TEST_CASE("NOOP and HELP take any printable text",
          "[command][S-5321-4.1.1.9-02][S-5321-4.1.1.8-01]") {
    CHECK(read<noop_command>("NOOP").argument.empty());
    CHECK(read<noop_command>("NOOP hello \"you\" <x>").argument == "hello \"you\" <x>");
    CHECK(read<help_command>("HELP").argument.empty());
    CHECK(read<help_command>("HELP MAIL").argument == "MAIL");
    check_refused({{"NOOP a\tb", {error::bad_octet, 6}},
                   {"NOOP \x1B[2J", {error::bad_octet, 5}},
                   {"NOOP \x7F", {error::bad_octet, 5}},
                   {"HELP \xC3\xA9", {error::bad_octet, 5}}},
                  with_utf8);
}

TEST_CASE("free text has no controls, with UTF-8 or without", "[command]") {
    postel::cursor in{"a\x01"};
    auto const read = postel::detail::take_free_text(in, postel::charset::utf8);
    REQUIRE_FALSE(read.ok());
    CHECK(read.fault() == postel::failure{error::bad_octet, 1});
}

TEST_CASE("VRFY and EXPN hand on what they are asked, SMTPUTF8 apart",
          "[command][S-6531-3.7.4.2-01]") {
    CHECK(read<vrfy_command>("VRFY smith") == vrfy_command{"smith", false});
    CHECK(read<vrfy_command>("VRFY <a@b.example>") == vrfy_command{"<a@b.example>", false});
    CHECK(read<vrfy_command>("VRFY John Smith smtputf8") == vrfy_command{"John Smith", true});
    CHECK(read<vrfy_command>("VRFY \xC3\xA9 SMTPUTF8") == vrfy_command{"\xC3\xA9", true});
    CHECK(read<vrfy_command>("VRFY SMTPUTF8") == vrfy_command{"SMTPUTF8", false});
    CHECK(read<vrfy_command>("VRFY a SMTPUTF8", {}) == vrfy_command{"a SMTPUTF8", false});
    CHECK(read<vrfy_command>("VRFY a \t SMTPUTF8") == vrfy_command{"a", true});
    CHECK(read<expn_command>("EXPN list SMTPUTF8") == expn_command{"list", true});
    CHECK(read<expn_command>("EXPN list") == expn_command{"list", false});
    check_refused({{"VRFY", {error::missing_argument, 4}},
                   {"EXPN ", {error::missing_argument, 4}},
                   {"VRFY   SMTPUTF8", {error::missing_argument, 4}},
                   {"VRFY \xC3\xA9", {error::bad_octet, 5}},
                   {"EXPN \xC3\xA9", {error::bad_octet, 5}},
                   {"VRFY \xC0\xAF SMTPUTF8", {error::bad_utf8, 5}},
                   {"VRFY a\tb", {error::bad_octet, 6}},
                   {"VRFY \xC2\x85 SMTPUTF8", {error::bad_octet, 5}}});
}

TEST_CASE("AUTH tells an empty initial response from none",
          "[command][S-4954-4-08][B-4422-3.1-01][C-4954-4-04]") {
    CHECK(read<auth_command>("AUTH PLAIN") == auth_command{"PLAIN", std::nullopt});
    CHECK(read<auth_command>("auth scram-sha-256 biws") == auth_command{"scram-sha-256", "biws"});
    CHECK(read<auth_command>("AUTH EXTERNAL =") == auth_command{"EXTERNAL", "="});
    CHECK(read<auth_command>("AUTH A_b-1 AA==").initial_response == "AA==");
    CHECK(read<auth_command>("AUTH " + std::string(20, 'A')).mechanism.size() == 20);
    CHECK(fault_of("AUTH " + std::string(21, 'A')).code == error::bad_argument);
    check_refused({{"AUTH", {error::missing_argument, 4}},
                   {"AUTH PL@IN", {error::bad_argument, 7}},
                   {"AUTH PLAIN a b", {error::bad_argument, 12}},
                   {"AUTH PLAIN  a", {error::bad_argument, 11}},
                   {"AUTH  PLAIN", {error::bad_argument, 5}},
                   {"AUTH PLAIN a\tb", {error::bad_argument, 12}},
                   {"AUTH PLAIN \xC3\xA9", {error::bad_argument, 11}}});
}

TEST_CASE("ETRN names a node, a node with all below it, or a queue", "[command][S-1985-5-01]") {
    using scope = etrn_command::scope;
    CHECK(read<etrn_command>("ETRN x.example") == etrn_command{scope::node, "x.example"});
    CHECK(read<etrn_command>("etrn @x.example") == etrn_command{scope::subdomains, "x.example"});
    CHECK(read<etrn_command>("ETRN #uucp_1") == etrn_command{scope::queue, "uucp_1"});
    check_refused({{"ETRN", {error::missing_argument, 4}},
                   {"ETRN @", {error::bad_argument, 6}},
                   {"ETRN #", {error::bad_argument, 6}},
                   {"ETRN a b", {error::bad_argument, 6}},
                   {"ETRN #a b", {error::bad_argument, 7}},
                   {"ETRN a_b", {error::bad_argument, 6}}});
}

TEST_CASE("BURL takes an absolute URI and LAST", "[command][S-4468-3.5-01]") {
    CHECK(read<burl_command>("BURL imap://h/x LAST") == burl_command{"imap://h/x", true});
    CHECK(read<burl_command>("burl imap://h/x;a=b") == burl_command{"imap://h/x;a=b", false});
    check_refused({{"BURL", {error::missing_argument, 4}},
                   {"BURL LAST", {error::bad_argument, 5}},
                   {"BURL /x", {error::bad_argument, 5}},
                   {"BURL imap:", {error::bad_argument, 5}},
                   {"BURL imap://h/x FIRST", {error::bad_argument, 16}},
                   {"BURL imap://h/x LAST x", {error::bad_argument, 20}}});
}

TEST_CASE("XCLIENT and XFORWARD are read with their attributes",
          "[command][S-XCLIENT-01][S-XFORWARD-01]") {
    auto const client = read<xclient_command>("XCLIENT NAME=h.example addr=192.0.2.9");
    CHECK(client.attributes.find(peer_attribute::name) == "h.example");
    CHECK(client.attributes.find(peer_attribute::addr) == "192.0.2.9");
    auto const forward = read<xforward_command>("XFORWARD SOURCE=LOCAL");
    CHECK(forward.attributes.find(peer_attribute::source) == "LOCAL");
    check_refused({{"XCLIENT", {error::missing_argument, 7}},
                   {"XFORWARD", {error::missing_argument, 8}},
                   {"XCLIENT SOURCE=LOCAL", {error::bad_argument, 8}},
                   {"XFORWARD LOGIN=x", {error::bad_argument, 9}}});
}

TEST_CASE("a verb that nobody obeys is known or unknown", "[command][S-5321-4.2.4-01]") {
    check_refused({{"FOO", {error::unknown_command, 0}},
                   {"TURN", {error::not_implemented, 0}},
                   {"SEND FROM:<a@b>", {error::not_implemented, 0}},
                   {"SOML FROM:<a@b>", {error::not_implemented, 0}},
                   {"SAML FROM:<a@b>", {error::not_implemented, 0}},
                   {"ATRN x.example", {error::not_implemented, 0}},
                   {"", {error::empty_line, 0}}});
}

TEST_CASE("every verb has a function that reads it", "[command][S-5321-4.3.2-02]") {
    for (auto const& row : verb_table) {
        CAPTURE(row.spelling);
        if (!row.implemented) continue;
        auto const parsed = parse_command(row.spelling, all_offered);
        auto const code = parsed.fault().code;
        CHECK((parsed.ok() || code == error::missing_argument || code == error::bad_chunk_size));
    }
}

TEST_CASE("octets of every kind are read or refused inside the line", "[command][S-3030-2-11]") {
    std::minstd_rand random{7};
    std::vector<std::string> const seeds{
        "MAIL FROM:<\"a b\"@[IPv6:::1]> SIZE=5 BY=1;R ENVID=+20 HOLDUNTIL=2026-12-31T23:59:59Z",
        "RCPT TO:<@x:u@d.example> NOTIFY=SUCCESS,DELAY ORCPT=utf-8;\\x{E9} "
        "RRVS=2026-12-31T23:59:59Z",
        "XCLIENT NAME=+41 ADDR=IPV6:::1 PORT=25 PROTO=ESMTP",
        "EHLO [1.2.3.4] x",
        "BDAT 12 LAST",
        "AUTH PLAIN AA==",
        "VRFY \xC3\xA9 SMTPUTF8",
        "ETRN @a.b",
        "BURL imap://x LAST"};
    for (int round = 0; round < 20000; ++round) {
        auto line = seeds[random() % seeds.size()];
        for (auto changes = random() % 3; changes-- > 0;)
            line[random() % line.size()] = static_cast<char>(random() % 256);
        line.resize(random() % (line.size() + 1));
        auto const parsed = parse_command(line, with_utf8);
        if (!parsed.ok() && (parsed.fault().code == error::none || parsed.fault().at > line.size()))
            FAIL_CHECK(line << " at " << parsed.fault().at);
    }
}

TEST_CASE("a command is a view and cheap to copy", "[command]") {
    static_assert(std::is_trivially_copyable_v<command>);
    CHECK(sizeof(command) <= 300);
    static_assert(parse_command("NOOP").ok());
}
