#include <postel/peer_attribute.hpp>
#include <string>

#include "support/catch.hpp"

using postel::find_peer_attribute;
using postel::peer_attribute;

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
