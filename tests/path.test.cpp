#include <postel/path.hpp>
//
#include "support/catch.hpp"

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

using namespace postel;

namespace {

static_assert(path{}.is_null());
static_assert(parse_reverse_path("<>")->is_null());
static_assert(parse_forward_path("<@x,@y:a@b>")->mailbox().text() == "a@b");
static_assert(parse_forward_path("<postMaster>")->is_postmaster());

std::string canonical(path const& where) {
    std::string out;
    write_path(out, where);
    return out;
}

std::string local_part(path const& where) {
    std::string out;
    where.mailbox().write_local_part(out);
    return out;
}

}  // namespace

TEST_CASE("a path of the grammar is taken, with its mailbox and its route",
          "[path][S-5321-4.1.2-01][S-5321-3.3-03][S-5321-4.1.1.3-01]") {
    struct row {
        std::string_view text, route, decoded, domain;
    };
    auto const given = GENERATE(values<row>({
        {"<a@b.example>", "", "a", "b.example"},
        {R"(<"a b"@b.example>)", "", "a b", "b.example"},
        {R"(<"a\"b"@b.example>)", "", "a\"b", "b.example"},
        {R"(<"a>b"@b.example>)", "", "a>b", "b.example"},
        {R"(<"a b\"c"@d.example>)", "", "a b\"c", "d.example"},
        {R"(<"@x:a"@d>)", "", "@x:a", "d"},
        {R"(<"a@evil.example>x"@good.example>)", "", "a@evil.example>x", "good.example"},
        {R"(<"<>"@d>)", "", "<>", "d"},
        {"<@x.example,@y.example:a@b.example>", "@x.example,@y.example", "a", "b.example"},
        {"<@good.example:user@evil.example>", "@good.example", "user", "evil.example"},
        {R"(<@x:"a>b:c"@d>)", "@x", "a>b:c", "d"},
        {"<a@[192.0.2.1]>", "", "a", "[192.0.2.1]"},
        {"<a@[IPv6:2001:db8::1]>", "", "a", "[IPv6:2001:db8::1]"},
        {"<a@[FOO:>]>", "", "a", "[FOO:>]"},
        {"<postmaster@d.example>", "", "postmaster", "d.example"},
    }));
    CAPTURE(given.text);
    for (auto const& read : {parse_reverse_path(given.text), parse_forward_path(given.text)}) {
        REQUIRE(read);
        CHECK(read->text() == given.text);
        CHECK(read->text().data() == given.text.data());
        CHECK(read->route() == given.route);
        REQUIRE(read->has_mailbox());
        CHECK_FALSE(read->is_null());
        CHECK_FALSE(read->is_postmaster());
        CHECK(local_part(*read) == given.decoded);
        CHECK(read->mailbox().domain() == given.domain);
        CHECK(read->mailbox() == *parse_mailbox(read->mailbox().text()));
    }
}

TEST_CASE("a path outside the grammar is refused where it leaves it",
          "[path][S-5321-4.1.2-03][S-5321-4.1.2-04][S-5321-4.1.2-05][S-5321-4.1.2-08]") {
    struct row {
        std::string_view text;
        failure why;
    };
    auto const given = GENERATE(values<row>({
        {R"(<""@b.example>)", {error::bad_local_part, 2}},
        {"<a@b_c.example>", {error::bad_domain, 4}},
        {"<a@-b.example>", {error::bad_domain, 3}},
        {"<a@b-.example>", {error::bad_domain, 4}},
        {"<a@b.example.>", {error::bad_domain, 13}},
        {"<a@.b>", {error::bad_domain, 3}},
        {"<a@b..c>", {error::bad_domain, 5}},
        {"<.a@b>", {error::bad_local_part, 1}},
        {"<a.@b>", {error::bad_local_part, 3}},
        {"<a..c@b>", {error::bad_local_part, 3}},
        {"<a b@c.example>", {error::bad_local_part, 2}},
        {"<a@b.example", {error::bad_path, 12}},
        {"a@b.example", {error::bad_path, 0}},
        {"<a@b.example>SIZE=1", {error::bad_path, 13}},
        {"<@b.example>", {error::bad_path, 11}},
        {"<a@>", {error::bad_domain, 3}},
        {"<a>", {error::bad_path, 2}},
        {"< a@b.example >", {error::bad_local_part, 1}},
        {"<a@b.example >", {error::bad_path, 12}},
        {"", {error::bad_path, 0}},
        {"<", {error::bad_path, 1}},
        {">", {error::bad_path, 0}},
        {" <a@b>", {error::bad_path, 0}},
        {"<a@b> ", {error::bad_path, 5}},
        {"<a@b>>", {error::bad_path, 5}},
        {"<<a@b>>", {error::bad_local_part, 1}},
        {"<>x", {error::bad_path, 2}},
        {"<a\x01@d.example>", {error::bad_local_part, 2}},
        {R"(<"a>)", {error::bad_local_part, 4}},
        {R"(<"a@b.example>)", {error::bad_local_part, 14}},
        {"<a@b.example>\r\nRCPT TO:<x@y>", {error::bad_path, 13}},
        {"<a@b,c@d>", {error::bad_domain, 4}},
        {"<a@[192.0.2.1]x>", {error::bad_domain, 14}},
        {"<a@[192.0.2.256]>", {error::bad_address_literal, 12}},
        // routes
        {"<@:a@b>", {error::bad_domain, 2}},
        {"<@x:>", {error::bad_path, 4}},
        {"<@x,:a@b>", {error::bad_path, 4}},
        {"<@x,y:a@b>", {error::bad_path, 4}},
        {"<@x a@b>", {error::bad_path, 3}},
        {"<@x:@y:a@b>", {error::bad_local_part, 4}},
        {"<@x, @y:a@b>", {error::bad_path, 4}},
        {"<@[192.0.2.1]:a@b>", {error::bad_domain, 2}},
        {"<@x_y:a@b>", {error::bad_path, 3}},
        {"<x:a@b>", {error::bad_local_part, 2}},
        {"<:a@b>", {error::bad_local_part, 1}},
    }));
    CAPTURE(given.text);
    CHECK(parse_reverse_path(given.text).fault() == given.why);
    CHECK(parse_reverse_path(given.text, charset::utf8).fault() == given.why);
    if (given.text.substr(0, 2) == "<>") return;
    CHECK(parse_forward_path(given.text).fault() == given.why);
}

TEST_CASE("a null path is a reverse-path and no forward-path", "[path][S-5321-4.1.1.2-02]") {
    auto const read = parse_reverse_path("<>");
    REQUIRE(read);
    CHECK(read->is_null());
    CHECK_FALSE(read->has_mailbox());
    CHECK_FALSE(read->is_postmaster());
    CHECK(read->text() == "<>");
    CHECK(read->route().empty());
    CHECK(parse_forward_path("<>").fault() == failure{error::bad_path, 1});
}

TEST_CASE("Postmaster without a domain is a forward-path and no reverse-path",
          "[path][S-5321-2.3.5-01][S-5321-4.1.1.3-03]") {
    auto const text =
        GENERATE(as<std::string_view>{}, "<Postmaster>", "<postmaster>", "<pOSTMASTER>");
    CAPTURE(text);
    auto const read = parse_forward_path(text);
    REQUIRE(read);
    CHECK(read->is_postmaster());
    CHECK_FALSE(read->is_null());
    CHECK_FALSE(read->has_mailbox());
    CHECK(read->text() == text);
    CHECK(read->route().empty());
    CHECK(canonical(*read) == "<Postmaster>");
    CHECK(parse_reverse_path(text).fault() == failure{error::bad_path, 11});
    CHECK_FALSE(parse_forward_path("<Postmasters>"));
    CHECK_FALSE(parse_forward_path("<@x:Postmaster>"));
    CHECK_FALSE(parse_forward_path("<\"Postmaster\">"));
}

TEST_CASE("a path ends behind its bracket and what follows is left", "[path]") {
    auto const rest = GENERATE(as<std::string_view>{}, "", " ", " SIZE=1", "SIZE=1", ">");
    CAPTURE(rest);
    auto const line = "FROM:<\"a>\"@b.example>" + std::string{rest};
    cursor in{line};
    in.skip(5);
    auto const read = parse_reverse_path(in, charset::utf8);
    REQUIRE(read);
    CHECK(read->text() == "<\"a>\"@b.example>");
    CHECK(in.rest() == rest);

    cursor null{"<> BODY=7BIT"};
    CHECK(parse_reverse_path(null, charset::utf8));
    CHECK(null.rest() == " BODY=7BIT");
    cursor postmaster{"<postmaster> NOTIFY=NEVER"};
    CHECK(parse_forward_path(postmaster, charset::utf8));
    CHECK(postmaster.rest() == " NOTIFY=NEVER");
}

TEST_CASE("a failure counts from the start of the line", "[path]") {
    cursor in{"MAIL FROM:<a@b_c>"};
    in.skip(10);
    CHECK(parse_reverse_path(in, charset::utf8).fault() == failure{error::bad_domain, 14});
}

TEST_CASE("a path has 256 octets at the most, with its brackets and route",
          "[path][S-5321-4.5.3.1.3-01]") {
    std::string labels;
    while (labels.size() < 200) labels += "b.";
    auto const plain = [&](std::size_t octets) {
        auto text = "<" + std::string(40, 'a') + "@" + labels;
        return text + std::string(octets - text.size() - 1, 'c') + ">";
    };
    REQUIRE(plain(256).size() == 256);
    CHECK(parse_reverse_path(plain(256)));
    CHECK(parse_forward_path(plain(256)));
    CHECK(parse_reverse_path(plain(257)).fault() == failure{error::path_too_long, 256});
    CHECK(parse_forward_path(plain(257)).fault() == failure{error::path_too_long, 256});

    auto const routed = [&](std::size_t octets) {
        std::string const end = ":a@b>";
        auto text = "<@" + labels;
        return text + std::string(octets - text.size() - end.size(), 'c') + end;
    };
    auto const longest = routed(256);
    REQUIRE(longest.size() == 256);
    REQUIRE(parse_forward_path(longest));
    CHECK(parse_forward_path(longest)->mailbox().text() == "a@b");
    CHECK(parse_forward_path(longest)->route() == longest.substr(1, 250));
    CHECK(parse_forward_path(routed(257)).fault() == failure{error::path_too_long, 256});
    CHECK(parse_reverse_path("<" + std::string(65, 'a') + "@b>").fault() ==
          failure{error::local_part_too_long, 65});
}

TEST_CASE("a path beyond ASCII needs the charset", "[path][S-6531-3.2-01][S-6531-3.3-01]") {
    std::string_view const address = "<\xE7\x94\xA8@\xE4\xBE\x8B.example>";
    REQUIRE(parse_reverse_path(address, charset::utf8));
    CHECK(parse_reverse_path(address, charset::utf8)->non_ascii());
    CHECK(parse_reverse_path(address).fault() == failure{error::non_ascii_address, 1});
    CHECK(parse_forward_path(address).fault() == failure{error::non_ascii_address, 1});

    std::string_view const route = "<@\xC3\xA9.example:a@b>";
    REQUIRE(parse_forward_path(route, charset::utf8));
    CHECK(parse_forward_path(route, charset::utf8)->non_ascii());
    CHECK_FALSE(parse_forward_path(route, charset::utf8)->mailbox().non_ascii());
    CHECK(parse_forward_path(route).fault() == failure{error::non_ascii_address, 2});
    CHECK_FALSE(parse_forward_path("<a@b>", charset::utf8)->non_ascii());

    CHECK(parse_reverse_path("<\xC0\xAF@b.example>", charset::utf8).fault() ==
          failure{error::bad_utf8, 1});
    CHECK(parse_reverse_path("<\xED\xA0\x80@..>", charset::utf8).fault() ==
          failure{error::bad_utf8, 1});
}

TEST_CASE("a path without brackets is taken only where it is tolerated", "[path][lenience]") {
    auto const read = [](std::string_view text, bool tolerated) {
        cursor in{text};
        lenience tolerate;
        tolerate.path_without_brackets = tolerated;
        return parse_forward_path(in, charset::ascii, tolerate);
    };
    for (std::string_view const text : {"a@b.example", "a@b.example SIZE=1", "\"a b\"@c x"}) {
        CAPTURE(text);
        CHECK(read(text, false).fault() == failure{error::bad_path, 0});
        REQUIRE(read(text, true));
        auto const path = *read(text, true);
        CHECK(path.has_mailbox());
        CHECK(path.route().empty());
        CHECK(text.substr(0, path.text().size()) == path.text());
        CHECK(path.mailbox().text() == path.text());
    }
    CHECK(canonical(*read("a@B.example SIZE=1", true)) == "<a@b.example>");
    CHECK(read("<a@b>", true)->mailbox().text() == "a@b");
    CHECK(read("<a@b", true).fault() == failure{error::bad_path, 4});
    CHECK(read("a@b>", true).fault() == failure{error::bad_domain, 3});
    CHECK(read("a@b;c", true).fault() == failure{error::bad_domain, 3});
    CHECK(read("@x:a@b", true).fault() == failure{error::bad_local_part, 0});
    CHECK(read("", true).fault() == failure{error::bad_path, 0});
    CHECK(read("postmaster", true).fault() == failure{error::bad_path, 10});

    std::string labels;
    while (labels.size() < 248) labels += "b.";
    CHECK(read("abc@" + labels + "cc", true));
    CHECK(read("abc@" + labels + "ccc", true).fault() == failure{error::path_too_long, 254});
}

TEST_CASE("a path is written without its route and with the least quoting",
          "[path][C-5321-3.3-01][R-5321-3.6.1-01][C-5321-4.1.2-01]") {
    struct row {
        std::string_view given, written;
    };
    auto const given = GENERATE(values<row>({
        {"<>", "<>"},
        {"<Smith@B.example>", "<Smith@b.example>"},
        {"<@x.example,@y.example:a@b.example>", "<a@b.example>"},
        {R"(<"abc"@d>)", "<abc@d>"},
        {R"(<"a>b"@d>)", R"(<"a>b"@d>)"},
        {"<a@[IPV6:0:0:0:0:0:0:0:1]>", "<a@[IPv6:::1]>"},
    }));
    CAPTURE(given.given);
    auto const read = *parse_reverse_path(given.given);
    CHECK(canonical(read) == given.written);
    CHECK(*parse_reverse_path(given.written) == read);
}

TEST_CASE("paths are equal when they mean the same", "[path]") {
    auto const of = [](std::string_view text) {
        return text == "<>" ? path{} : *parse_forward_path(text);
    };
    CHECK(of("<>") == of("<>"));
    CHECK(of("<@x:a@B>") == of("<a@b>"));
    CHECK(of("<postmaster>") == of("<Postmaster>"));
    CHECK_FALSE(of("<postmaster>") == of("<>"));
    CHECK_FALSE(of("<postmaster>") == of("<postmaster@d>"));
    CHECK_FALSE(of("<>") == of("<a@b>"));
    CHECK_FALSE(of("<a@b>") == of("<A@b>"));
}

TEST_CASE("a mailbox becomes a path", "[path]") {
    auto const who = *parse_mailbox("\"a b\"@C.example");
    path const to{who};
    CHECK(to.has_mailbox());
    CHECK(to.mailbox() == who);
    CHECK(to.route().empty());
    CHECK(to.text() == who.text());
    CHECK(canonical(to) == "<\"a b\"@c.example>");
}

TEST_CASE("whatever parses is written in a form that parses to the same", "[path]") {
    std::string_view const parts[] = {
        "<", ">", "@", ":", ",", ".",           "\"",         "\\",       " ",  "a",
        "B", "-", "1", "[", "]", "[192.0.2.1]", "[IPv6:::1]", "\xC3\xA9", "b@c"};
    std::minstd_rand random{42};
    std::size_t taken = 0;
    for (int round = 0; round < 200000; ++round) {
        std::string text = "<";
        for (auto count = random() % 10; count > 0; --count)
            text += parts[random() % std::size(parts)];
        text += ">";
        auto const read = parse_reverse_path(text, charset::utf8);
        if (!read) {
            if (read.fault().at > text.size()) FAIL_CHECK(text);
            continue;
        }
        ++taken;
        auto const once = canonical(*read);
        auto const again = parse_reverse_path(once, charset::utf8);
        if (!again || *again != *read || canonical(*again) != once) FAIL_CHECK(text);
    }
    CHECK(taken > 1000);
}

TEST_CASE("a path with a mailbox is not equal to one without", "[path]") {
    auto const mailbox = postel::parse_forward_path("<a@b.example>", postel::charset::ascii);
    auto const master = postel::parse_forward_path("<Postmaster>", postel::charset::ascii);
    REQUIRE(mailbox.ok());
    REQUIRE(master.ok());
    CHECK_FALSE(*mailbox == *master);
    CHECK_FALSE(*master == *mailbox);
    CHECK_FALSE(*mailbox == postel::path{});
    CHECK(*master == *master);
}
