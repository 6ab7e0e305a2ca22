#include <postel/trace.hpp>

#include <algorithm>
#include <chrono>
#include <postel/received_counter.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

using namespace std::string_literals;
using postel::address_literal;
using postel::charset;
using postel::trace;
using postel::verb;
using postel::with_protocol;

static_assert(with_protocol(verb::ehlo, true, true, false) == "ESMTPSA");

namespace {

constexpr auto noon =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{10};

address_literal literal(std::string_view text) {
    auto const read = postel::parse_address_literal(text);
    REQUIRE(read);
    return *read;
}
postel::path path(std::string_view text) {
    auto const read = postel::parse_forward_path(text, charset::utf8);
    REQUIRE(read);
    return *read;
}

trace simple() {
    trace t;
    t.from = "c.example";
    t.by = "mx.example.org";
    t.peer = literal("[192.0.2.1]");
    t.when = {noon};
    return t;
}

std::string received(trace const& of) {
    std::string out;
    postel::write_received(out, of);
    return out;
}

std::string const date = "Mon, 23 Nov 2026 10:00:00 +0000\r\n";

/// The field without what folded it.
std::string unfold(std::string text) {
    for (std::size_t at; (at = text.find("\r\n ")) != text.npos;) text.erase(at, 2);
    return text;
}

/// One header field and nothing else: what is wrong with it, or nothing.
std::string fault_of(std::string_view field) {
    if (field.substr(0, 10) != "Received: " && field.substr(0, 11) != "Received:\r\n")
        return "not a Received field";
    for (bool first = true; !field.empty(); first = false) {
        auto const end = field.find("\r\n");
        if (end == field.npos) return "no CR LF at the end";
        auto const line = field.substr(0, end);
        if (end > 998) return "a line above 998 octets";
        if (!first && (line.size() < 2 || line[0] != ' ' || line[1] == ' '))
            return "a line that does not continue the field";
        if (postel::any_of(line, postel::control)) return "a control";
        field.remove_prefix(end + 2);
    }
    return {};
}

/// The text outside comments; "?" when comments do not end.
std::string outside_comments(std::string_view text) {
    std::string out;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (depth != 0 && text[i] == '\\') {
            ++i;
        } else if (text[i] == '(') {
            ++depth;
        } else if (text[i] == ')') {
            if (--depth < 0) return "?";
        } else if (depth == 0) {
            out += text[i];
        }
    }
    return depth == 0 ? out : "?";
}

}  // namespace

TEST_CASE("the word behind with says how the session was protected",
          "[trace][S-3848-1-01][S-5321-4.4-06][S-6531-3.7.3-01][S-4954-7-01]") {
    struct row {
        verb hello;
        bool smtputf8;
        std::vector<std::string_view> names;  // plain, TLS, AUTH, both
    };
    auto const given = GENERATE(values<row>({
        {verb::helo, false, {"SMTP", "SMTP", "SMTP", "SMTP"}},
        {verb::helo, true, {"SMTP", "SMTP", "SMTP", "SMTP"}},
        {verb::ehlo, false, {"ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA"}},
        {verb::ehlo, true, {"UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA"}},
        {verb::lhlo, false, {"LMTP", "LMTPS", "LMTPA", "LMTPSA"}},
        {verb::lhlo, true, {"UTF8LMTP", "UTF8LMTPS", "UTF8LMTPA", "UTF8LMTPSA"}},
    }));
    for (std::size_t i = 0; i < 4; ++i) {
        bool const tls = i % 2 == 1;
        bool const authenticated = i >= 2;
        CAPTURE(given.names[i]);
        CHECK(with_protocol(given.hello, tls, authenticated, given.smtputf8) == given.names[i]);
        auto session = simple();
        session.hello = given.hello;
        session.smtputf8 = given.smtputf8;
        session.tls = tls;
        session.authenticated = authenticated;
        CHECK(received(session).find(" with "s + std::string{given.names[i]} + ';') !=
              std::string::npos);
    }
}

TEST_CASE("a Received field names both hosts and the protocol and the time",
          "[trace][S-5321-4.4-02][S-5321-4.4-04]") {
    auto session = simple();
    CHECK(received(session) ==
          "Received: from c.example ([192.0.2.1])\r\n"
          " by mx.example.org with ESMTP; " +
              date);
    session.peer_name = "c.example";
    CHECK(received(session) ==
          "Received: from c.example (c.example [192.0.2.1])\r\n"
          " by mx.example.org with ESMTP; " +
              date);
    session.peer_name = "relay.c.example.";  // as a resolver writes it
    session.peer = literal("[IPv6:2001:DB8:0::1]");
    session.tls = true;
    session.tls_info = "TLSv1.3 TLS_AES_256_GCM_SHA384";
    session.id = "4Zx7";
    session.recipient = path("<b@D.Example>");
    session.when = {noon, std::chrono::minutes{-90}};
    CHECK(received(session) ==
          "Received: from c.example (relay.c.example [IPv6:2001:db8::1])\r\n"
          " by mx.example.org with ESMTPS (using TLSv1.3 TLS_AES_256_GCM_SHA384) id 4Zx7\r\n"
          " for <b@d.example>; Mon, 23 Nov 2026 08:30:00 -0130\r\n");
}

TEST_CASE("the cipher suite of the session stands in a comment", "[trace][S-8314-4-03]") {
    auto session = simple();
    session.tls = true;
    CHECK(received(session).find("using") == std::string::npos);
    session.tls_info = "TLS1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    CHECK(unfold(received(session))
              .find(" with ESMTPS (using TLS1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);") !=
          std::string::npos);
}

TEST_CASE("a name stands in its clause only where the rule of the clause allows it",
          "[trace][S-5321-4.4-02]") {
    struct row {
        std::string_view from;
        std::string_view with_peer;
        std::string_view without;
    };
    auto const given = GENERATE(values<row>({
        {"c.example", "c.example ([192.0.2.1])", "c.example"},
        {"[192.0.2.7]", "[192.0.2.7] ([192.0.2.1])", "unknown (hello [192.0.2.7])"},
        {"[IPv6:2001:DB8::0001]", "[IPv6:2001:db8::1] ([192.0.2.1])",
         "unknown (hello [IPv6:2001:DB8::0001])"},
        {"", "unknown ([192.0.2.1])", "unknown"},
        {"my_pc", "unknown ([192.0.2.1]) (hello my_pc)", "unknown (hello my_pc)"},
        {"a b", "unknown ([192.0.2.1]) (hello a b)", "unknown (hello a b)"},
        {"  a\t\tb ", "unknown ([192.0.2.1]) (hello a b)", "unknown (hello a b)"},
        {"a)(b\\", "unknown ([192.0.2.1]) (hello a\\)\\(b\\\\)", "unknown (hello a\\)\\(b\\\\)"},
        {"[x:a(b]", "unknown ([192.0.2.1]) (hello [x:a\\(b])", "unknown (hello [x:a\\(b])"},
        {"c.example\r\nSubject: x", "unknown ([192.0.2.1]) (hello c.exampleSubject: x)",
         "unknown (hello c.exampleSubject: x)"},
        {"\x7f\x01", "unknown ([192.0.2.1]) (hello)", "unknown (hello)"},
        {"\xE4\xBE\x8B.example", "unknown ([192.0.2.1]) (hello ?.example)",
         "unknown (hello ?.example)"},
    }));
    CAPTURE(given.from);
    auto const expected = [](std::string_view from) {
        return "Received: from " + std::string{from} + " by mx.example.org with ESMTP; " + date;
    };
    auto session = simple();
    session.from = given.from;
    CHECK(unfold(received(session)) == expected(given.with_peer));
    session.peer.reset();
    session.peer_name = "ignored.example";
    CHECK(unfold(received(session)) == expected(given.without));
}

TEST_CASE("our own name may be an address", "[trace]") {
    auto session = simple();
    session.by = "[192.0.2.25]";
    CHECK(received(session).find(" by [192.0.2.25] ([192.0.2.25]) with ESMTP;") !=
          std::string::npos);
    session.by = "not a name";
    CHECK(received(session).find(" by unknown with ESMTP;") != std::string::npos);
}

TEST_CASE("there is one recipient in a Received field or none",
          "[trace][S-5321-4.4-03][B-5321-7.2-01]") {
    auto session = simple();
    CHECK(received(session).find(" for ") == std::string::npos);
    session.recipient = path("<@relay.example:\"b c\"@d.example>");
    CHECK(received(session).find(" for <\"b c\"@d.example>;") != std::string::npos);
    session.recipient = path("<Postmaster>");
    CHECK(received(session).find(" for ") == std::string::npos);
    session.recipient = postel::path{};
    CHECK(received(session).find(" for ") == std::string::npos);
}

TEST_CASE("nothing beyond ASCII is written unless MAIL had SMTPUTF8", "[trace]") {
    auto session = simple();
    session.from = "\xE4\xBE\x8B.example \xC2\x85\xC2\x9F\xC2\xA0 \xFF";
    session.recipient = path("<\xC3\xA9@d.example>");
    auto const ascii = received(session);
    CHECK_FALSE(postel::any_of(ascii, postel::non_ascii));
    CHECK(ascii.find(" for ") == std::string::npos);
    session.smtputf8 = true;
    auto const utf8 = received(session);
    CAPTURE(utf8);
    CHECK(utf8.find("(hello \xE4\xBE\x8B.example \xC2\xA0 ?)") != std::string::npos);
    CHECK(utf8.find(" for <\xC3\xA9@d.example>;") != std::string::npos);
}

TEST_CASE("an identifier that fits no rule is left out", "[trace]") {
    auto session = simple();
    auto const written = [&](std::string_view id) {
        session.id = id;
        return received(session).find(" id " + std::string{id} + ';') != std::string::npos;
    };
    for (auto const id : {"4Zx7", "1abc-000.x", "<1@mx.example>", "a"}) {
        CAPTURE(id);
        CHECK(written(id));
    }
    for (auto const id : {"", "a b", "a;b", "<1>", "<@>", "<a@b@c>", "<a@<b@c>>", "<", "<>", "<a",
                          "a@b", "a\r\nb", "(a)", "\xC3\xA9"}) {
        CAPTURE(id);
        session.id = id;
        CHECK(received(session).find(" id ") == std::string::npos);
    }
}

TEST_CASE("nothing that a peer says can end a Received field or start another",
          "[trace][S-5321-4.4-01]") {
    std::string every;
    for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
    std::vector<std::string> hostile{every,
                                     "x\r\nBcc: y\r\n\r\nbody",
                                     "a) by evil (",
                                     "\\",
                                     "((((",
                                     "))))",
                                     "\r",
                                     "\n",
                                     std::string(4000, '('),
                                     std::string(4000, 'a'),
                                     std::string(3000, ' '),
                                     std::string(300, '\xC3') + ")",
                                     "a;b",
                                     "a\\"s};
    for (std::size_t i = 0; i < every.size(); ++i) hostile.push_back("c" + every.substr(i, 1));
    for (auto const& text : hostile) {
        for (int member = 0; member < 10; ++member) {
            auto session = simple();
            session.smtputf8 = member % 2 == 0;
            std::string_view* const members[]{&session.from, &session.by, &session.peer_name,
                                              &session.tls_info, &session.id};
            *members[member / 2] = text;
            auto const field = received(session);
            CAPTURE(field, member);
            CHECK(fault_of(field) == "");
            // The same clauses as ever, each once.
            auto const plain = outside_comments(unfold(field));
            CHECK(plain != "?");
            CHECK(std::count(plain.begin(), plain.end(), ';') == 1);
            CHECK(plain.find(" by ") == plain.rfind(" by "));
            CHECK(plain.find(" with ") == plain.rfind(" with "));
        }
    }
}

TEST_CASE("a peer that is no address of a host is not written down", "[trace]") {
    auto session = simple();
    session.peer = literal("[x:a(b)c(]");
    CHECK(unfold(received(session)) ==
          "Received: from c.example by mx.example.org with ESMTP; " + date);
}

TEST_CASE("lines of a Received field have 78 columns where their words let them", "[trace]") {
    for (std::size_t length = 1; length < 61; ++length) {
        auto session = simple();
        auto const name = std::string(length, 'n') + ".example";
        session.from = name;
        session.peer_name = name;
        session.by = name;
        session.tls_info = "TLSv1.3 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 x25519";
        session.id = name;
        auto const mailbox = "<b@" + name + ">";
        session.recipient = path(mailbox);
        auto const field = received(session);
        CAPTURE(field);
        CHECK(fault_of(field) == "");
        for (std::string_view rest{field}; !rest.empty();) {
            auto const end = rest.find("\r\n");
            CHECK(end <= 78);
            rest.remove_prefix(end + 2);
        }
    }
}

TEST_CASE("the field is one more on top of those that are there",
          "[trace][S-5321-4.1.1.4-07][S-5321-4.4-01][R-5321-3.7.2-01]") {
    std::string const content = "Received: from old\r\nSubject: a\r\n\r\nbody\r\n";
    auto message = received(simple());
    message += content;
    postel::received_counter counter;
    CHECK(counter.next(message) == 2);
    CHECK(message.find(content) + content.size() == message.size());
    CHECK(message.find("\r\nReceived:") == message.find(content) - 2);
}

TEST_CASE("a Return-Path field holds the reverse-path", "[trace][R-5321-4.4-01]") {
    auto const field = [](std::string_view text) {
        auto const read = postel::parse_reverse_path(text, charset::utf8);
        REQUIRE(read);
        std::string out;
        postel::write_return_path(out, *read);
        return out;
    };
    CHECK(field("<a@b.example>") == "Return-Path: <a@b.example>\r\n");
    CHECK(field("<>") == "Return-Path: <>\r\n");
    CHECK(field("<@r.example:a@B.example>") == "Return-Path: <a@b.example>\r\n");
    CHECK(field("<\"a b\"@b.example>") == "Return-Path: <\"a b\"@b.example>\r\n");
    auto const domain = std::string(60, 'd') + ".example";
    CHECK(field("<aaaaaaaaaa@" + domain + ">") ==
          "Return-Path:\r\n <aaaaaaaaaa@" + domain + ">\r\n");
}
