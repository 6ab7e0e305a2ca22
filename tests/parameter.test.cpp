#include <postel/parameter.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using postel::charset;
using postel::cursor;
using postel::error;
using postel::failure;
using postel::parameter;
using postel::parameter_list;
using postel::parse_parameter;

TEST_CASE("a parameter is a keyword with or without a value",
          "[parameter][S-5321-4.1.2-06][B-5321-2.4-01]") {
    struct row {
        std::string_view text;
        parameter wanted;
    };
    for (auto const& [text, wanted] :
         {row{"SIZE", {"SIZE"}}, row{"size=10", {"size", "10"}},
          row{"8-x=!<>[]~", {"8-x", "!<>[]~"}}, row{"A- B", {"A-"}}, row{"A=b C=d", {"A", "b"}},
          row{"a=\"q\"", {"a", "\"q\""}}}) {
        CAPTURE(text);
        cursor in{text};
        auto const read = parse_parameter(in, charset::ascii);
        REQUIRE(read.ok());
        CHECK(*read == wanted);
        CHECK((in.done() || in.peek() == ' '));
    }
}

TEST_CASE("what is no parameter is refused at the octet that does not fit",
          "[parameter][S-5321-4.1.2-06]") {
    struct row {
        std::string_view text;
        failure fault;
    };
    for (auto const& [text, fault] :
         {row{"", {error::bad_parameter, 0}}, row{"=1", {error::bad_parameter, 0}},
          row{"-A", {error::bad_parameter, 0}}, row{"A_B=1", {error::bad_parameter, 1}},
          row{"A=", {error::bad_parameter, 2}}, row{"A= B", {error::bad_parameter, 2}},
          row{"A=1=2", {error::bad_parameter, 3}}, row{"A==", {error::bad_parameter, 2}},
          row{"A=1\t", {error::bad_parameter, 3}}, row{"A=1\x7F", {error::bad_parameter, 3}},
          row{"A\t=1", {error::bad_parameter, 1}}, row{"A=\xC3\xA9", {error::bad_parameter, 2}},
          row{"\xC3\xA9=1", {error::bad_parameter, 0}}, row{"<a@b>", {error::bad_parameter, 0}}}) {
        CAPTURE(text);
        cursor in{text};
        auto const read = parse_parameter(in, charset::ascii);
        REQUIRE_FALSE(read.ok());
        CHECK(read.fault() == fault);
    }
}

TEST_CASE("a value holds UTF-8 only where it is allowed, and well formed",
          "[parameter][S-6531-3.3-01]") {
    cursor good{"A=\xC3\xA9x B"};
    CHECK(parse_parameter(good, charset::utf8)->value == "\xC3\xA9x");
    cursor overlong{"A=x\xC0\xAF"};
    CHECK(parse_parameter(overlong, charset::utf8).fault() == failure{error::bad_utf8, 3});
    cursor control{"A=\xC2\x85"};
    CHECK(parse_parameter(control, charset::utf8).fault() == failure{error::bad_parameter, 2});
}

TEST_CASE("a list walks over all parameters and finds each by its keyword", "[parameter]") {
    parameter_list const list{"SIZE=10  XFOO XBAR=a "};
    std::vector<parameter> all;
    for (auto const& each : list) all.push_back(each);
    CHECK(all == std::vector<parameter>{{"SIZE", "10", 0}, {"XFOO", {}, 9}, {"XBAR", "a", 14}});
    CHECK(list.find("xbar")->value == "a");
    CHECK(list.find("XFOO").has_value());
    CHECK_FALSE(list.find("XFO").has_value());
    CHECK(parameter_list{""}.begin() == parameter_list{""}.end());
    CHECK(parameter_list{"=\r\n"}.begin() == parameter_list{"="}.end());
    static_assert(parameter_list{"a=b c"}.find("C").has_value());
}

TEST_CASE("an iterator over parameters can be kept while another goes on", "[parameter]") {
    parameter_list const list{"A=1 B"};
    auto at = list.begin();
    auto const first = at++;
    CHECK(first->keyword == "A");
    CHECK(at->keyword == "B");
    CHECK(first == list.begin());
    CHECK_FALSE(at == first);
    CHECK(++at == parameter_list::iterator{});
}
