#include <postel/peer_attribute.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using postel::cursor;
using postel::error;
using postel::failure;
using postel::find_peer_attribute;
using postel::parse_peer_attributes;
using postel::peer_attribute;
using postel::peer_attribute_value;
using postel::peer_command;

TEST_CASE("every attribute is found by its name in any letter case",
          "[peer_attribute][S-XCLIENT-01]") {
    for (auto const& row : postel::peer_attribute_table) {
        CAPTURE(row.spelling);
        std::string small;
        for (char const c : row.spelling) small += postel::to_lower(c);
        CHECK(find_peer_attribute(row.spelling) == row.name);
        CHECK(find_peer_attribute(small) == row.name);
        CHECK(to_string(row.name) == row.spelling);
    }
    CHECK_FALSE(find_peer_attribute("NAMES").has_value());
    CHECK_FALSE(find_peer_attribute("").has_value());
}

TEST_CASE("XCLIENT and XFORWARD know different attributes",
          "[peer_attribute][S-XCLIENT-02][S-XFORWARD-01]") {
    using enum peer_attribute;
    CHECK(postel::xclient_attributes ==
          postel::peer_attribute_set{name, addr, port, proto, helo, login, destaddr, destport});
    CHECK(postel::xforward_attributes ==
          postel::peer_attribute_set{name, addr, port, proto, helo, ident, source});
    CHECK_FALSE(postel::xclient_attributes.has(source));
    CHECK_FALSE(postel::xclient_attributes.empty());
}

TEST_CASE("attributes are read in order and found by name",
          "[peer_attribute][S-XCLIENT-01][S-XCLIENT-03][S-XFORWARD-01]") {
    using enum peer_attribute;
    cursor in{"NAME=[tempunavail] addr=IPV6:2001:db8::1 PORT=65535 proto=esmtp HELO=a+20b"};
    CHECK(parse_peer_attributes(in, peer_command::xclient).fault() ==
          failure{error::bad_value, 69});
    cursor good{"NAME=[tempunavail] addr=IPV6:2001:db8::1 PORT=65535 proto=esmtp HELO=a+2Bb"};
    auto const found = parse_peer_attributes(good, peer_command::xclient);
    REQUIRE(found.ok());
    std::vector<peer_attribute_value> all;
    for (auto const& each : *found) all.push_back(each);
    CHECK(all == std::vector<peer_attribute_value>{{name, "[tempunavail]"},
                                                   {addr, "IPV6:2001:db8::1"},
                                                   {port, "65535"},
                                                   {proto, "esmtp"},
                                                   {helo, "a+2Bb"}});
    CHECK(all[0].unavailable());
    CHECK_FALSE(all[1].unavailable());
    CHECK(found->find(helo) == "a+2Bb");
    CHECK_FALSE(found->find(login).has_value());
    CHECK(postel::peer_attributes{}.begin() == postel::peer_attributes{}.end());
}

TEST_CASE("an attribute that does not fit is refused where it stops to fit",
          "[peer_attribute][S-XCLIENT-02][S-XCLIENT-03][S-XCLIENT-05][S-XFORWARD-03]") {
    struct row {
        std::string_view text;
        peer_command of;
        failure fault;
    };
    for (auto const& [text, of, fault] : {
             row{"", peer_command::xclient, {error::bad_argument, 0}},
             row{"FOO=x", peer_command::xclient, {error::bad_argument, 3}},
             row{"NAME", peer_command::xclient, {error::bad_argument, 4}},
             row{"NAME=", peer_command::xclient, {error::bad_value, 5}},
             row{"IDENT=x", peer_command::xclient, {error::bad_argument, 0}},
             row{"NAME=x  PORT=1", peer_command::xclient, {error::bad_argument, 7}},
             row{"NAME=x NAME=y", peer_command::xclient, {error::duplicate_parameter, 7}},
             row{"NAME=a=b", peer_command::xclient, {error::bad_xtext, 6}},
             row{"NAME=a+0D", peer_command::xclient, {error::bad_value, 5}},
             row{"NAME=a+2", peer_command::xclient, {error::bad_xtext, 8}},
             row{"NAME=\xC3\xA9", peer_command::xclient, {error::bad_value, 5}},
             row{"ADDR=192.0.2.256", peer_command::xclient, {error::bad_value, 5}},
             row{"ADDR=2001:db8::1", peer_command::xclient, {error::bad_value, 5}},
             row{"ADDR=[192.0.2.1]", peer_command::xclient, {error::bad_value, 5}},
             row{"PORT=65536", peer_command::xclient, {error::bad_value, 5}},
             row{"PORT=000025", peer_command::xclient, {error::bad_value, 5}},
             row{"DESTPORT=x", peer_command::xclient, {error::bad_value, 9}},
             row{"PROTO=LMTP", peer_command::xclient, {error::bad_value, 6}},
             row{"SOURCE=HERE", peer_command::xforward, {error::bad_value, 7}},
             row{"LOGIN=x", peer_command::xforward, {error::bad_argument, 0}},
         }) {
        CAPTURE(text);
        cursor in{text};
        CHECK(parse_peer_attributes(in, of).fault() == fault);
    }
    cursor protocol{"PROTO=LMTP"};
    CHECK(parse_peer_attributes(protocol, peer_command::xforward).ok());
    auto const longest = "NAME=" + std::string(255, 'a');
    auto const longer = longest + "a";
    cursor in{longest};
    CHECK(parse_peer_attributes(in, peer_command::xforward).ok());
    cursor out{longer};
    CHECK_FALSE(parse_peer_attributes(out, peer_command::xforward).ok());
    for (auto const ok : {"ADDR=[UNAVAILABLE]"sv, "PORT=[unavailable]"sv, "DESTADDR=192.0.2.1"sv,
                          "LOGIN=joe+40x"sv}) {
        CAPTURE(ok);
        cursor each{ok};
        CHECK(parse_peer_attributes(each, peer_command::xclient).ok());
    }
}

TEST_CASE("an iterator over attributes can be kept while another goes on", "[peer_attribute]") {
    cursor in{"NAME=a HELO=b"};
    auto const all = parse_peer_attributes(in, peer_command::xclient);
    REQUIRE(all.ok());
    auto at = all->begin();
    auto const first = at++;
    CHECK(first->name == peer_attribute::name);
    CHECK(at->name == peer_attribute::helo);
    CHECK(first == all->begin());
    CHECK_FALSE(at == first);
    CHECK(++at == postel::peer_attributes::iterator{});
}

TEST_CASE("the protocol of a peer is SMTP, ESMTP or LMTP only where that is its command",
          "[peer_attribute]") {
    for (auto const& [text, good] :
         {std::pair{"PROTO=SMTP"sv, true}, {"PROTO=esmtp"sv, true}, {"PROTO=ESMTPS"sv, false}}) {
        CAPTURE(text);
        cursor in{text};
        CHECK(parse_peer_attributes(in, peer_command::xclient).ok() == good);
    }
}
