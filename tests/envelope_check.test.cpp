#include <postel/envelope_check.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

using postel::body_type;
using postel::capabilities;
using postel::envelope;
using postel::error;
using postel::extension;
using postel::extension_set;
using postel::failure;
using postel::mail_parameters;

namespace {

using recipients = std::vector<envelope::recipient>;

capabilities offering(extension_set offered) {
    capabilities server;
    server.offered = offered;
    return server;
}

capabilities const everything = [] {
    capabilities all;
    for (auto const& row : postel::extension_table) all.offered.add(row.name);
    return all;
}();

constexpr envelope::recipient one[]{{"b@server.example"}};
static_assert(postel::check(envelope{"a@client.example", one}, capabilities{}).ok());
static_assert(postel::check(envelope{"a@client.example", {}}, capabilities{}).fault().code ==
              error::no_recipients);

}  // namespace

TEST_CASE("an envelope that any server can take passes", "[envelope_check]") {
    auto const* const from = GENERATE(as<char const*>{}, "", "a@client.example", "a@[192.0.2.1]",
                                      "\"a b\"@client.example", "A.b+C@client.example");
    auto const* const to = GENERATE(as<char const*>{}, "b@server.example", "postmaster",
                                    "POSTMASTER", "\"a>b\"@server.example", "b@[IPv6:::1]");
    CAPTURE(from, to);
    recipients const who{{to}};
    CHECK(check(envelope{from, who}, capabilities{}).ok());
    CHECK(check(envelope{from, {}}, capabilities{}).fault().code == error::no_recipients);
}

TEST_CASE("what was checked is written as the grammar would write it", "[envelope_check]") {
    auto const* const who = GENERATE(
        as<char const*>{}, "b@server.example", "A.b+C@Client.EXAMPLE", "postmaster", "POSTMASTER",
        "\"a b\"@client.example", "\"a@b\"@Client.example", "\"plain\"@server.example",
        "b@[IPv6:0:0::1]", "b@[192.0.2.1]", "b@[tag:@]", "\xc3\xa4@\xc3\xa4.Example", "");
    CAPTURE(who);
    auto const meant = *who == '\0' ? postel::path{} : *postel::forward_path_of({who});
    std::string expected;
    write_path(expected, meant);
    std::string written;
    write_path(written, postel::checked_address{who});
    CHECK(written == expected);
}

TEST_CASE("no address, parameter or name can carry a command of its own",
          "[envelope_check][C-SEC-INJ-01][C-SEC-INJ-02]") {
    auto const text = GENERATE(values<std::string>({
        "a@b.example>\r\nRCPT TO:<x@y.example",
        "a@b.example\r\nRSET",
        "a@b.example\n",
        "a@b.example\r",
        "a\r\nb@b.example",
        "\"a\r\nb\"@b.example",
        "\"a\\\r\nb\"@b.example",
        std::string("a\0@b.example", 12),
        std::string("a@b.example\0", 12),
        std::string("\"a\0\"@b.example", 14),
        "a@b.example> SIZE=0 AUTH=<",
        "a> SIZE=1 <b@c.example",
        "a@b.example SIZE=1",
        "<a@b.example>",
        "@relay.example:a@b.example",
        "a@b.example>",
        "a b@b.example",
        "a@b@c.example",
        "a@[192.0.2.1]>\r\n",
        "a@[x:\r\n]",
        "a@",
        "@b.example",
        "a",
        "postmaster\r\n",
        "a@#12345",
        "a\x7F@b.example",
        "\"\"@b.example",
    }));
    CAPTURE(text);
    recipients const good{{"b@server.example"}, {"c@server.example"}};
    auto const sender = check(envelope{text, good}, everything);
    REQUIRE_FALSE(sender.ok());
    CHECK(sender.fault().at == 2);
    recipients const bad{{"b@server.example"}, {text}};
    auto const second = check(envelope{"a@client.example", bad}, everything);
    REQUIRE_FALSE(second.ok());
    CHECK(second.fault().at == 1);
}

TEST_CASE("no value of a parameter can carry a command of its own",
          "[envelope_check][C-SEC-INJ-01]") {
    auto const value = GENERATE(values<std::string>(
        {"x\r\nRSET", "x y", "x=y\r", "x\n", std::string("x\0", 2), "x\x7F", "x RET=FULL"}));
    CAPTURE(value);
    recipients who{{"b@server.example"}};
    auto const judged = [&](mail_parameters const& what) {
        return check(envelope{"a@client.example", who, what}, everything);
    };
    for (auto const member :
         {&mail_parameters::envid, &mail_parameters::auth, &mail_parameters::solicit,
          &mail_parameters::mtrk, &mail_parameters::submitter}) {
        mail_parameters what;
        what.*member = value;
        REQUIRE_FALSE(judged(what).ok());
        CHECK(judged(what).fault().at == 1);
    }
    auto const orcpt = "rfc822;" + value;
    who[0].parameters.orcpt.text = orcpt;
    REQUIRE_FALSE(judged({}).ok());
    CHECK(judged({}).fault().at == 0);
}

TEST_CASE("what an envelope needs and a server lacks has a name",
          "[envelope_check][C-5321-2.4-01][C-5321-4.1.1.3-01][C-6531-3.2-01][C-1870-7-01]") {
    recipients const plain{{"b@server.example"}};
    recipients const foreign{{"b@server.example"}, {"\xC3\xA9@server.example"}};
    recipients notified{{"b@server.example"}, {"c@server.example"}};
    notified[1].parameters.notify.success = true;

    struct row {
        error expected;
        std::size_t at;
        envelope mail;
        capabilities server;
    };
    capabilities small = offering({extension::size});
    small.size_limit = 1000;
    capabilities endless = offering({extension::size});
    endless.size_limit = 0;
    auto const from = std::string_view{"a@client.example"};
    auto const eight_bit = mail_parameters{.body = body_type::eight_bit_mime};
    auto const seven_bit = mail_parameters{.body = body_type::seven_bit};
    auto const binary = mail_parameters{.body = body_type::binary_mime};
    auto const sized = [](std::uint64_t size) { return mail_parameters{.size = size}; };
    std::vector<row> const rows{
        {error::none, 0, {from, plain, seven_bit}, {}},
        {error::server_lacks_8bitmime, 1, {from, plain, eight_bit}, {}},
        {error::none, 0, {from, plain, eight_bit}, offering({extension::eight_bit_mime})},
        {error::server_lacks_extension, 1, {from, plain, binary}, {}},
        {error::server_lacks_extension, 1, {from, plain, binary}, offering({extension::chunking})},
        {error::none,
         0,
         {from, plain, binary},
         offering({extension::chunking, extension::binary_mime})},
        {error::server_lacks_smtputf8, 2, {from, foreign}, {}},
        {error::server_lacks_smtputf8, 1, {from, plain, {.smtputf8 = true}}, {}},
        {error::server_lacks_smtputf8, 1, {"a@\xC3\xA9.example", plain}, {}},
        {error::none, 0, {from, foreign}, offering({extension::smtputf8})},
        {error::none, 0, {from, plain, sized(2000)}, {}},
        {error::none, 0, {from, plain, sized(2000)}, offering({extension::size})},
        {error::none, 0, {from, plain, sized(2000)}, endless},
        {error::none, 0, {from, plain, sized(1000)}, small},
        {error::message_above_server_limit, 1, {from, plain, sized(1001)}, small},
        {error::server_lacks_extension, 1, {from, plain, {.envid = "x"}}, {}},
        {error::none, 0, {from, plain, {.envid = "x"}}, offering({extension::dsn})},
        {error::server_lacks_extension, 1, {from, plain, {.require_tls = true}}, {}},
        {error::server_lacks_extension, 1, {from, notified}, {}},
        {error::none, 0, {from, notified}, offering({extension::dsn})},
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(i);
        auto const judged = check(rows[i].mail, rows[i].server);
        CHECK(judged.fault() == failure{rows[i].expected, rows[i].at});
    }
}

TEST_CASE("MAIL gets the parameters that this server understands and this message needs",
          "[envelope_check][C-6531-3.4-01][C-6531-3.4-02][C-5321-2.4-02][C-5321-4.1.1.3-01]") {
    auto const written = [](envelope const& mail, capabilities const& server) {
        std::string text;
        write_mail_parameters(text, parameters_for(mail, server, needs_smtputf8(mail)));
        return text;
    };
    recipients const plain{{"b@server.example"}};
    recipients const foreign{{"b@server.example"}, {"\xC3\xA9@server.example"}};
    recipients reported{{"b@server.example"}};
    reported[0].parameters.orcpt.text = "utf-8;\xC3\xA9@server.example";
    auto const from = std::string_view{"a@client.example"};
    CHECK(written({from, plain}, everything).empty());
    CHECK(written({from, plain, {.size = 10, .body = body_type::seven_bit}}, {}).empty());
    CHECK(written({from, plain, {.size = 10}}, everything) == " SIZE=10");
    CHECK(written({from, plain, {.body = body_type::seven_bit}}, everything) == " BODY=7BIT");
    CHECK(written({from, plain, {.body = body_type::eight_bit_mime}}, everything) ==
          " BODY=8BITMIME");
    CHECK(written({from, foreign}, everything) == " SMTPUTF8");
    CHECK(written({from, reported}, everything) == " SMTPUTF8");
    CHECK(check({from, reported}, everything).ok());
    CHECK(written({"\xC3\xA9@client.example", plain, {.size = 1}}, everything) ==
          " SIZE=1 SMTPUTF8");
}

TEST_CASE("the limits of paths hold for envelopes", "[envelope_check][B-5321-4.5.3.1-01]") {
    std::string const local(64, 'l');
    auto const label = std::string(61, 'd') + ".";
    auto const domain = [&](std::size_t size) {
        auto name = label + label + label;
        return name + std::string(size - name.size(), 'e');
    };
    auto const fault = [](std::string const& address) {
        recipients const who{{address}};
        auto const to = check(envelope{"", who}, capabilities{});
        CHECK(check(envelope{address, one}, capabilities{}).fault().code == to.fault().code);
        return to.fault().code;
    };
    CHECK(fault(local + "@" + domain(189)) == error::none);  // 256 octets with brackets
    CHECK(fault(local + "@" + domain(190)) == error::path_too_long);
    CHECK(fault("l" + local + "@b.example") == error::local_part_too_long);
    CHECK(fault("a@" + label + domain(195)) == error::domain_too_long);
}

TEST_CASE("an address that is not well-formed UTF-8 passes no server", "[envelope_check]") {
    auto const* const text =
        GENERATE(as<char const*>{}, "\xC3@b.example", "\xFF@b.example", "a@\xC3.example",
                 "a@\xED\xA0\x80.example", "\"\xC0\xAF\"@b.example", "\xC2\x85@b.example");
    CAPTURE(text);
    recipients const who{{text}};
    CHECK_FALSE(check(envelope{"", who}, everything).ok());
}

TEST_CASE("mail is not scheduled beyond what the server announced",
          "[envelope_check][C-4865-4.1-01][C-4865-5.1.1-01]") {
    using std::chrono::seconds;
    using std::chrono::sys_seconds;
    using late = postel::deliver_by::late;
    struct row {
        std::string_view from;
        postel::mail_parameters parameters;
        postel::error why;
    };
    auto const given = GENERATE(values<row>({
        {"a@b.example", {.hold_for = seconds{86400}}, postel::error::none},
        {"a@b.example", {.hold_for = seconds{86401}}, postel::error::bad_value},
        {"a@b.example", {.hold_until = sys_seconds{seconds{2000}}}, postel::error::none},
        {"a@b.example", {.hold_until = sys_seconds{seconds{2001}}}, postel::error::bad_value},
        {"", {.hold_for = seconds{1}}, postel::error::conflicting_parameters},
        {"a@b.example", {.by = postel::deliver_by{60, late::give_back}}, postel::error::none},
        {"a@b.example",
         {.by = postel::deliver_by{59, late::give_back}},
         postel::error::below_minimum},
        {"a@b.example", {.by = postel::deliver_by{59, late::notify}}, postel::error::none},
    }));
    CAPTURE(given.from, to_string(given.why));
    postel::capabilities server{
        .offered = {postel::extension::future_release, postel::extension::deliver_by}};
    server.deliver_by_minimum = 60;
    server.release = postel::release_window{seconds{86400}, sys_seconds{seconds{2000}}};
    std::vector<postel::envelope::recipient> const to{{"b@server.example"}};
    postel::envelope const mail{given.from, to, given.parameters};
    auto const fit = check(mail, server);
    CHECK((fit ? postel::error::none : fit.fault().code) == given.why);
    server.release.reset();
    bool const held = given.parameters.hold_for || given.parameters.hold_until;
    if (held) CHECK_FALSE(check(mail, server));
}
