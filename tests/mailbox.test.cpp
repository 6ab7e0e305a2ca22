#include <postel/mailbox.hpp>
//
#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <string_view>

using namespace postel;

namespace {

static_assert(parse_mailbox("a.b@c.example")->local_part() == "a.b");
static_assert(parse_mailbox("\"a@b\"@c.example")->domain() == "c.example");
static_assert(*parse_mailbox("\"a\\b\"@d") == *parse_mailbox("ab@D"));
static_assert(!parse_mailbox("\"\"@d"));

std::string canonical(std::string_view text) {
    std::string out;
    write_mailbox(out, *parse_mailbox(text, charset::utf8));
    return out;
}

std::string decoded(std::string_view text) {
    std::string out;
    parse_mailbox(text, charset::utf8)->write_local_part(out);
    return out;
}

}  // namespace

TEST_CASE("a mailbox is a local-part and a domain, each as given",
          "[mailbox][S-5321-4.1.2-01][B-5321-2.3.11-01][B-5321-2.4-02]") {
    struct row {
        std::string_view text, local_part, decoded, domain;
    };
    auto const given = GENERATE(values<row>({
        {"a@b.example", "a", "a", "b.example"},
        {"A.b+C@X.example", "A.b+C", "A.b+C", "X.example"},
        {"a@b", "a", "a", "b"},
        {"!#$%&'*+-/=?^_`{|}~@b", "!#$%&'*+-/=?^_`{|}~", "!#$%&'*+-/=?^_`{|}~", "b"},
        {"1@2", "1", "1", "2"},
        {"user%evil@good", "user%evil", "user%evil", "good"},
        {"evil!user@good", "evil!user", "evil!user", "good"},
        {"=?utf-8?q?x?=@b", "=?utf-8?q?x?=", "=?utf-8?q?x?=", "b"},
        {R"("a b"@d)", R"("a b")", "a b", "d"},
        {R"("a b\"c"@d.example)", R"("a b\"c")", "a b\"c", "d.example"},
        {R"("\\"@d)", R"("\\")", "\\", "d"},
        {R"("\a\ \"\\"@d)", R"("\a\ \"\\")", "a \"\\", "d"},
        {R"(" "@d)", R"(" ")", " ", "d"},
        {R"("a>b"@d)", R"("a>b")", "a>b", "d"},
        {R"("a@evil.example>x"@good.example)", R"("a@evil.example>x")", "a@evil.example>x",
         "good.example"},
        {R"("<,:;@[]()>"@d)", R"("<,:;@[]()>")", "<,:;@[]()>", "d"},
        {R"(".a..b."@d)", R"(".a..b.")", ".a..b.", "d"},
        {"a@[192.0.2.1]", "a", "a", "[192.0.2.1]"},
        {"a@[IPv6:2001:db8::1]", "a", "a", "[IPv6:2001:db8::1]"},
        {"a@[FOO:bar]", "a", "a", "[FOO:bar]"},
    }));
    CAPTURE(given.text);
    auto const allowed = GENERATE(charset::ascii, charset::utf8);
    auto const read = parse_mailbox(given.text, allowed);
    REQUIRE(read);
    CHECK(read->text() == given.text);
    CHECK(read->text().data() == given.text.data());
    CHECK(read->local_part() == given.local_part);
    CHECK(read->quoted() == (given.text.front() == '"'));
    CHECK(decoded(given.text) == given.decoded);
    CHECK(read->domain() == given.domain);
    CHECK(read->has_literal() == (given.domain.front() == '['));
    CHECK_FALSE(read->non_ascii());
}

TEST_CASE("a mailbox outside the grammar is refused where it leaves it",
          "[mailbox][S-5321-4.1.2-03][S-5321-4.1.2-08][B-5321bis-4.1.2-01]") {
    struct row {
        std::string_view text;
        failure why;
    };
    auto const given = GENERATE(values<row>({
        {"", {error::bad_local_part, 0}},
        {"@", {error::bad_local_part, 0}},
        {"@b", {error::bad_local_part, 0}},
        {"a", {error::bad_path, 1}},
        {"a@", {error::bad_domain, 2}},
        {".a@b", {error::bad_local_part, 0}},
        {"a.@b", {error::bad_local_part, 2}},
        {"a..c@b", {error::bad_local_part, 2}},
        {"a b@c", {error::bad_local_part, 1}},
        {"a,b@c", {error::bad_local_part, 1}},
        {"a(b)@c", {error::bad_local_part, 1}},
        {"a\\b@c", {error::bad_local_part, 1}},
        {"a\"b\"@c", {error::bad_local_part, 1}},
        {"a<b@c", {error::bad_local_part, 1}},
        {"a\x01@d.example", {error::bad_local_part, 1}},
        {"a\x7F@d.example", {error::bad_local_part, 1}},
        {std::string_view{"a\0@d", 4}, {error::bad_local_part, 1}},
        {"a\r\nRCPT TO:<x@y>@d", {error::bad_local_part, 1}},
        {R"(""@b.example)", {error::bad_local_part, 1}},
        {R"("a)", {error::bad_local_part, 2}},
        {R"("a@b)", {error::bad_local_part, 4}},
        {R"("a\)", {error::bad_local_part, 3}},
        {R"("a\"@b)", {error::bad_local_part, 6}},
        {R"("a"b@c)", {error::bad_local_part, 3}},
        {R"("a".b@c)", {error::bad_local_part, 3}},
        {R"("a""b"@c)", {error::bad_local_part, 3}},
        {"\"a\tb\"@c", {error::bad_local_part, 2}},
        {"\"a\\\x01\"@c", {error::bad_local_part, 3}},
        {std::string_view{"\"a\0b\"@c", 7}, {error::bad_local_part, 2}},
        {"\"a\r\n\"@c", {error::bad_local_part, 2}},
        {"a@b_c", {error::bad_domain, 3}},
        {"a@-b", {error::bad_domain, 2}},
        {"a@b@c", {error::bad_domain, 3}},
        {"a@b.", {error::bad_domain, 4}},
        {"a@b>", {error::bad_domain, 3}},
        {"a@b ", {error::bad_domain, 3}},
        {"a@[1.2.3]", {error::bad_address_literal, 8}},
        {"a@[1.2.3.4", {error::bad_address_literal, 10}},
        {"a@[1.2.3.4]x", {error::bad_domain, 11}},
        {"a@1.2.3.4]", {error::bad_domain, 9}},
    }));
    CAPTURE(given.text);
    CHECK(parse_mailbox(given.text).fault() == given.why);
    CHECK(parse_mailbox(given.text, charset::utf8).fault() == given.why);
}

TEST_CASE("every octet has its place in a local-part or none", "[mailbox][S-5321-4.1.2-03]") {
    std::string_view const specials = "\"\\(),:;<>@[] .";
    for (int octet = 0; octet < 256; ++octet) {
        CAPTURE(octet);
        char const c = static_cast<char>(octet);
        bool const graphic = octet >= 33 && octet <= 126;
        bool const in_atom = graphic && specials.find(c) == std::string_view::npos;
        CHECK(parse_mailbox(std::string{'a', c, 'b'} + "@d").ok() == (in_atom || c == '.'));
        bool const in_quotes = (graphic || c == ' ') && c != '"' && c != '\\';
        CHECK(parse_mailbox(std::string{'"', 'a', c, 'b', '"'} + "@d").ok() ==
              (in_quotes || c == '\\'));
        CHECK(parse_mailbox(std::string{'"', '\\', c, '"'} + "@d").ok() == (graphic || c == ' '));
    }
}

TEST_CASE("a local-part has 64 octets at the most", "[mailbox][S-5321-4.5.3.1.1-01]") {
    auto const a = [](std::size_t octets) { return std::string(octets, 'a'); };
    CHECK(parse_mailbox(a(64) + "@d"));
    CHECK(parse_mailbox(a(65) + "@d").fault() == failure{error::local_part_too_long, 64});
    CHECK(parse_mailbox('"' + a(62) + "\"@d"));
    CHECK(parse_mailbox('"' + a(63) + "\"@d").fault() == failure{error::local_part_too_long, 64});
    std::string wide;
    for (int i = 0; i < 32; ++i) wide += "\xC3\xA9";
    CHECK(parse_mailbox(wide + "@d", charset::utf8));
    CHECK(parse_mailbox(wide + "a@d", charset::utf8).fault() ==
          failure{error::local_part_too_long, 64});
}

TEST_CASE("the domain of a mailbox has 255 octets at the most", "[mailbox][S-5321-4.5.3.1.2-01]") {
    std::string name;
    for (int i = 0; i < 127; ++i) name += "a.";
    CHECK(parse_mailbox("a@" + name + "a"));
    CHECK(parse_mailbox("a@" + name + "ab").fault() == failure{error::domain_too_long, 257});
}

TEST_CASE("UTF-8 stands for atext and for qtext where it is allowed",
          "[mailbox][B-6531-3.3-01][S-6531-3.2-01]") {
    struct row {
        std::string_view text, decoded;
    };
    auto const given = GENERATE(values<row>({
        {"\xE7\x94\xA8\xE6\x88\xB7@\xE4\xBE\x8B.example", "\xE7\x94\xA8\xE6\x88\xB7"},
        {"\xC3\xA9@b.example", "\xC3\xA9"},
        {"a.\xC3\xA9.b@c", "a.\xC3\xA9.b"},
        {"\"\xC3\xA9 x\"@d.example", "\xC3\xA9 x"},
        {"\"x\\ \xF0\x9F\x98\x80\"@d.example", "x \xF0\x9F\x98\x80"},
        {"a@\xC3\xA9.example", "a"},
    }));
    CAPTURE(given.text);
    auto const read = parse_mailbox(given.text, charset::utf8);
    REQUIRE(read);
    CHECK(read->text() == given.text);
    CHECK(read->non_ascii());
    CHECK(decoded(given.text) == given.decoded);
    auto const refused = parse_mailbox(given.text, charset::ascii);
    CHECK(refused.fault().code == error::non_ascii_address);
    CHECK(non_ascii(given.text[refused.fault().at]));
}

TEST_CASE("UTF-8 in a mailbox is well formed and holds no control", "[mailbox][S-6531-3.3-01]") {
    struct row {
        std::string_view text;
        failure why;
    };
    auto const given = GENERATE(values<row>({
        {"\xC0\xAF@b.example", {error::bad_utf8, 0}},
        {"a\xED\xA0\x80@b", {error::bad_utf8, 1}},
        {"a\xC3@b", {error::bad_utf8, 1}},
        {"\"\xC3\"@b", {error::bad_utf8, 1}},
        {"\"a\xF4\x90\x80\x80\"@b", {error::bad_utf8, 2}},
        {"a@\xC3(", {error::bad_utf8, 2}},
        {"\"\\\xC3\xA9\"@b", {error::bad_local_part, 2}},  // quoted-pair does not grow
        {"a\xC2\x85@b", {error::bad_local_part, 1}},       // U+0085
        {"\"\xC2\x9B\"@b", {error::bad_local_part, 1}},    // U+009B
        {"a@b\xC2\x80", {error::bad_domain, 3}},
        {"a.\xC3\xA9.@b", {error::bad_local_part, 5}},
    }));
    CAPTURE(given.text);
    CHECK(parse_mailbox(given.text, charset::utf8).fault() == given.why);
}

TEST_CASE("a mailbox ends at the first octet that is not its own", "[mailbox]") {
    cursor in{"To: \"a>b\"@c.example> x"};
    in.skip(4);
    auto const read = parse_mailbox(in, charset::ascii);
    REQUIRE(read);
    CHECK(read->text() == "\"a>b\"@c.example");
    CHECK(in.rest() == "> x");
}

TEST_CASE("mailboxes are equal however they are quoted and whatever the case of the domain",
          "[mailbox][S-5321-4.1.2-02][B-5321-2.4-03]") {
    struct row {
        std::string_view a, b;
        bool equal;
    };
    auto const given = GENERATE(values<row>({
        {R"("abc"@d)", "abc@d", true},
        {R"("a\bc"@d)", "abc@d", true},
        {R"("\a\b\c"@d)", R"("abc"@D)", true},
        {R"("a b"@d)", R"("a\ b"@d)", true},
        {R"("\\"@d)", R"("\""@d)", false},
        {"a@EXAMPLE.org", "a@example.ORG", true},
        {"A@example.org", "a@example.org", false},
        {"ab@d", "abc@d", false},
        {"abc@d", "ab@d", false},
        {"a@d", "a@e", false},
        {"a@[192.0.2.1]", "a@[192.000.002.001]", true},
        {"a@[IPv6:::1]", "a@[ipv6:0:0::0:1]", true},
        {"a@[192.0.2.1]", "a@192.0.2.1", false},
        {"a@[192.0.2.1]", "a@[192.0.2.2]", false},
        {"\xC3\xA9@d", "\xC3\xA9@D", true},
        {"\xC3\xA9@d", "\xC3\x89@d", false},
    }));
    CAPTURE(given.a, given.b);
    auto const a = *parse_mailbox(given.a, charset::utf8);
    auto const b = *parse_mailbox(given.b, charset::utf8);
    CHECK((a == b) == given.equal);
    CHECK((b == a) == given.equal);
    CHECK((canonical(given.a) == canonical(given.b)) == given.equal);
}

TEST_CASE("a mailbox is written with the least quoting", "[mailbox][C-5321-4.1.2-01]") {
    struct row {
        std::string_view given, written;
    };
    auto const given = GENERATE(values<row>({
        {"abc@d", "abc@d"},
        {R"("abc"@d)", "abc@d"},
        {R"("a\bc"@d)", "abc@d"},
        {R"("a.b"@d)", "a.b@d"},
        {R"("a b"@d)", R"("a b"@d)"},
        {R"("\a\ \b"@d)", R"("a b"@d)"},
        {R"("a\"b\\c\d"@d)", R"("a\"b\\cd"@d)"},
        {R"(".a"@d)", R"(".a"@d)"},
        {R"("a."@d)", R"("a."@d)"},
        {R"("a..b"@d)", R"("a..b"@d)"},
        {R"("."@d)", R"("."@d)"},
        {R"("a@b"@d)", R"("a@b"@d)"},
        {"\"\xC3\xA9\"@d", "\xC3\xA9@d"},
        {"Smith@EXAMPLE.org", "Smith@example.org"},
        {"a@[192.000.002.001]", "a@[192.0.2.1]"},
        {"a@[ipv6:2001:DB8:0:0::1]", "a@[IPv6:2001:db8::1]"},
    }));
    CAPTURE(given.given);
    CHECK(canonical(given.given) == given.written);
    CHECK(*parse_mailbox(given.written, charset::utf8) ==
          *parse_mailbox(given.given, charset::utf8));
}

TEST_CASE("postmaster is known in any letter case and quoting", "[mailbox][S-5321-4.1.1.3-03]") {
    auto const named = [](std::string_view text) {
        return parse_mailbox(text)->names_postmaster();
    };
    CHECK(named("pOSTMASTER@d.example"));
    CHECK(named(R"("Post\master"@d.example)"));
    CHECK_FALSE(named("postmaste@d"));
    CHECK_FALSE(named("postmasters@d"));
    CHECK_FALSE(named("a@postmaster"));
}
