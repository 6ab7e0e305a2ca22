#include <postel/format.hpp>

#include <chrono>
#include <string>
#include <string_view>

#include "support/catch.hpp"

using namespace std::string_literals;
using fmt::format;
using postel::charset;
using postel::error;
using postel::visible;

TEST_CASE("octets of a peer are formatted so that they can be seen", "[format]") {
    struct row {
        std::string octets;
        std::string_view seen;
    };
    auto const given = GENERATE(values<row>({
        {"", ""},
        {"plain text {} %s 'quoted' \"twice\"", "plain text {} %s 'quoted' \"twice\""},
        {"a\r\nb\tc", "a\\r\\nb\\tc"},
        {"\0\x1b[31m\x7f"s, "\\x00\\x1b[31m\\x7f"},
        {"\\r", "\\\\r"},
        {"\xC3\xA9\xE4\xBE\x8B\xF0\x9F\x93\xA7", "\xC3\xA9\xE4\xBE\x8B\xF0\x9F\x93\xA7"},
        {"\xFF\xC3 \xE4\xBE", "\\xff\\xc3 \\xe4\\xbe"},
        {"\xC0\x8A\xED\xA0\x80", "\\xc0\\x8a\\xed\\xa0\\x80"},
        {"\xC2\x85\xC2\x9B", "\\xc2\\x85\\xc2\\x9b"},                    // NEL, CSI
        {"\xE2\x80\x8B\xE2\x80\x8F", "\\xe2\\x80\\x8b\\xe2\\x80\\x8f"},  // no width, direction
        {"\xE2\x80\xAE\xE2\x80\xA8", "\\xe2\\x80\\xae\\xe2\\x80\\xa8"},  // right to left, line end
        {"\xE2\x81\xA6\xEF\xBB\xBF", "\\xe2\\x81\\xa6\\xef\\xbb\\xbf"},  // isolate, byte order mark
    }));
    CAPTURE(given.octets);
    CHECK(format("{}", visible{given.octets}) == given.seen);
}

TEST_CASE("no octet and no pair of octets brings a control into a log", "[format]") {
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            std::string const octets{static_cast<char>(a), static_cast<char>(b)};
            auto const seen = format("{}", visible{octets});
            if (postel::any_of(seen, postel::control) || !postel::check_utf8(seen)) {
                CAPTURE(a, b, seen);
                CHECK(false);
            }
        }
    }
    CHECK(format("{}", visible{"\x01"}) == "\\x01");
}

TEST_CASE("errors are formatted as their texts", "[format]") {
    CHECK(format("{}", error::bare_lf) == "LF without CR");
    CHECK(format("{:>15}|{:.2}", error::bare_lf, error::bare_lf) == "  LF without CR|LF");
    CHECK(format("{}", postel::failure{error::bare_lf, 12}) == "LF without CR at octet 12");
    CHECK(format("{} {}", postel::fault::peer, postel::fault::local) == "peer local");
    CHECK(format("{}", postel::describe(error::none).side) == "nobody");
}

TEST_CASE("replies are formatted on one line", "[format]") {
    using postel::reply;
    CHECK(format("{} {} {}", postel::reply_code{550}, postel::reply_code{7},
                 postel::reply_code{}) == "550 007 000");
    CHECK(format("{}", postel::enhanced_status{5, 7, 30}) == "5.7.30");
    CHECK(format("{}", postel::reply_code{450}.kind()) == "transient");
    CHECK(format("{}", postel::reply_code{199}.kind()) == "invalid");
    CHECK(format("{}", reply{550, {5, 1, 1}, "no such\r\nuser"}) == "550 5.1.1 no such\\r\\nuser");
    CHECK(format("{}", reply{250}) == "250");

    auto const seen = [](std::string_view octets) {
        auto const read = postel::parse_reply(octets);
        REQUIRE(read);
        return format("{}", *read);
    };
    CHECK(seen("250 2.1.5 ok\r\n") == "250 2.1.5 ok");
    CHECK(seen("250\r\n") == "250");
    CHECK(seen("250-mx.example\r\n250-\r\n250 SIZE 1\x1b\r\n") ==
          "250 mx.example /  / SIZE 1\\x1b");
    CHECK(seen("250-\r\n250 b\r\n") == "250  / b");
    CHECK(format("{}", postel::reply_view{}) == "000");
}

TEST_CASE("addresses are formatted as they were given", "[format]") {
    auto const mailbox = postel::parse_mailbox("\"a\\\"b\"@D.example");
    REQUIRE(mailbox);
    CHECK(format("{}", *mailbox) == "\"a\\\\\"b\"@D.example");
    auto const international =
        postel::parse_mailbox("\xC3\xA9\xE2\x80\xAE@d.example", charset::utf8);
    REQUIRE(international);
    CHECK(format("{}", *international) == "\xC3\xA9\\xe2\\x80\\xae@d.example");
    auto const path = postel::parse_forward_path("<@r.example:a@d.example>");
    REQUIRE(path);
    CHECK(format("{}", *path) == "<@r.example:a@d.example>");
    CHECK(format("{}", postel::path{}) == "<>");
    auto const literal = postel::parse_address_literal("[IPv6:2001:DB8::0001]");
    REQUIRE(literal);
    CHECK(format("{}", *literal) == "[IPv6:2001:db8::1]");
}

TEST_CASE("ends of a proxied connection are formatted with their ports", "[format]") {
    using postel::proxy_address;
    using kind = proxy_address::kind;
    CHECK(format("{}", proxy_address{}) == "unknown");
    CHECK(format("{}", proxy_address{kind::ipv4, {192, 0, 2, 1}, 25, {}}) == "192.0.2.1:25");
    CHECK(format("{}", proxy_address{kind::ipv6, {0x20, 1, 0xD, 0xB8}, 465, {}}) ==
          "[2001:db8::]:465");
    CHECK(format("{}", proxy_address{kind::unix_socket, {}, 0, std::string_view{"\0x\n", 3}}) ==
          "\\x00x\\n");
}

TEST_CASE("names and sets are formatted as they stand on the wire", "[format]") {
    using postel::extension;
    using postel::peer_attribute;
    using postel::sasl_mechanism;
    CHECK(format("{} {}", postel::verb::rcpt, postel::verb::unknown) == "RCPT unknown");
    CHECK(format("{}", extension::eight_bit_mime) == "8BITMIME");
    CHECK(format("{}", postel::extension_set{extension::size, extension::pipelining}) ==
          "PIPELINING SIZE");
    CHECK(format("{}", postel::extension_set{}) == "");
    CHECK(format("{}", sasl_mechanism::cram_md5) == "CRAM-MD5");
    CHECK(format("[{:>12}]",
                 postel::sasl_mechanism_set{sasl_mechanism::login, sasl_mechanism::plain}) ==
          "[ PLAIN LOGIN]");
    CHECK(format("{}", peer_attribute::helo) == "HELO");
    CHECK(format("{}", postel::peer_attribute_set{peer_attribute::addr, peer_attribute::name}) ==
          "NAME ADDR");
    auto const noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23};
    CHECK(format("{}", postel::date_time{noon}) == "Mon, 23 Nov 2026 00:00:00 +0000");
}

TEST_CASE("parameters are formatted as they would be written", "[format]") {
    postel::mail_parameters mail;
    CHECK(format("{}", mail) == "");
    mail.size = 1000;
    mail.smtputf8 = true;
    CHECK(format("{}", mail) == "SIZE=1000 SMTPUTF8");
    mail = {};
    mail.envid = "a\nb";  // nobody has checked it
    CHECK(format("{}", mail) == "ENVID=a\\nb");
    CHECK(format("[{}]", postel::rcpt_parameters{}) == "[]");
}

TEST_CASE("each class of replies and each fault has a name of its own", "[format]") {
    using postel::fault;
    using postel::reply_class;
    CHECK(format("{}", reply_class::positive) == "positive");
    CHECK(format("{}", reply_class::intermediate) == "intermediate");
    CHECK(format("{}", reply_class::transient) == "transient");
    CHECK(format("{}", reply_class::permanent) == "permanent");
    CHECK(format("{}", reply_class::invalid) == "invalid");
    CHECK(format("{}", fault::peer) == "peer");
    CHECK(format("{}", fault::local) == "local");
    CHECK(format("{}", fault::nobody) == "nobody");
    postel::rcpt_parameters notified;
    notified.notify = postel::notify_when{.never = true};
    CHECK(format("{}", notified) == "NOTIFY=NEVER");
}

TEST_CASE("what hides is shown by its octets, and its neighbours as they are", "[format]") {
    CHECK(format("{}", visible{"\xEF\xB8\x80"}) == "\\xef\\xb8\\x80");  // U+FE00
    CHECK(format("{}", visible{"\xEF\xB7\xBF"}) == "\xEF\xB7\xBF");     // U+FDFF
    CHECK(format("{}", visible{"\xEF\xBF\xBF"}) == "\\xef\\xbf\\xbf");  // U+FFFF
    CHECK(format("{}", postel::reply_code{9}) == "009");
}
