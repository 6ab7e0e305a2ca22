#include <postel/rcpt_parameters.hpp>

#include <list>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using postel::charset;
using postel::cursor;
using postel::error;
using postel::extension;
using postel::extension_set;
using postel::failure;
using postel::notify_when;
using postel::parse_rcpt_parameters;
using postel::parse_rfc3339;
using postel::rcpt_parameters;
using postel::valid_since;

namespace {

constexpr extension_set offered{extension::dsn, extension::rrvs, extension::conneg};

postel::result<rcpt_parameters> read(std::string_view text, charset allowed = charset::ascii) {
    cursor in{text};
    return parse_rcpt_parameters(in, offered, allowed);
}

// What was parsed has views into its line.
std::string const& kept(std::string line) {
    static std::list<std::string> lines;
    return lines.emplace_back(std::move(line));
}

rcpt_parameters read_one(std::string_view parameter, charset allowed = charset::ascii) {
    auto const& line = kept(" " + std::string(parameter));
    CAPTURE(line);
    auto found = read(line, allowed);
    REQUIRE(found.ok());
    CHECK(found->text == parameter);
    found->text = {};
    return *found;
}

failure fault_of(std::string_view text, charset allowed = charset::ascii) {
    auto const found = read(text, allowed);
    REQUIRE_FALSE(found.ok());
    return found.fault();
}

}  // namespace

TEST_CASE("every parameter of RCPT is read into its member",
          "[rcpt_parameters][S-3461-4.1-01][S-3461-4.2-01][S-7293-3.1-01][S-3461-4.1-02]"
          "[S-3461-4.1-03]") {
    using when = valid_since::otherwise;
    CHECK(read_one("NOTIFY=NEVER").notify == notify_when{.never = true});
    CHECK(read_one("NOTIFY=success,Delay").notify == notify_when{.success = true, .delay = true});
    CHECK(read_one("NOTIFY=FAILURE").notify == notify_when{.failure = true});
    CHECK(read_one("NOTIFY=DELAY,DELAY").notify == notify_when{.delay = true});
    CHECK_FALSE(read("")->notify.given());
    auto const orcpt = read_one("ORCPT=rfc822;Bob@Example.COM").orcpt;
    CHECK(orcpt.type() == "rfc822");
    CHECK(orcpt.address() == "Bob@Example.COM");
    CHECK(read_one("ORCPT=x-y;a+20b").orcpt.address() == "a+20b");
    CHECK(rcpt_parameters{}.orcpt.type().empty());
    CHECK(rcpt_parameters{}.orcpt.address().empty());
    auto const since = *parse_rfc3339("2014-04-03T23:01:00Z");
    CHECK(read_one("RRVS=2014-04-03T23:01:00Z").rrvs == valid_since{since, when::reject});
    CHECK(read_one("RRVS=2014-04-03T23:01:00Z;C").rrvs == valid_since{since, when::carry_on});
    CHECK(read_one("RRVS=2014-04-03T23:01:00Z;r").rrvs == valid_since{since, when::reject});
    CHECK(read_one("CONNEG").conneg);
}

TEST_CASE("a value that does not fit its rule is refused where it stops to fit",
          "[rcpt_parameters][S-3461-4.1-01][S-3461-4.2-01][S-7293-3.1-01][S-3461-4-01]") {
    struct row {
        std::string_view parameter;
        error code;
        std::size_t at;  // in the value
    };
    for (auto const& [parameter, code, at] : {
             row{"NOTIFY=NEVER,SUCCESS", error::bad_value, 5},
             row{"NOTIFY=SUCCESS,NEVER", error::bad_value, 8},
             row{"NOTIFY=NEVER,NEVER", error::bad_value, 5},
             row{"NOTIFY=SUCCESS,", error::bad_value, 8},
             row{"NOTIFY=,SUCCESS", error::bad_value, 0},
             row{"NOTIFY=OFTEN", error::bad_value, 0},
             row{"NOTIFY=SUCCESSFUL", error::bad_value, 7},
             row{"ORCPT=Bob@Example.COM", error::bad_value, 3},
             row{"ORCPT=;a@b", error::bad_value, 0},
             row{"ORCPT=rfc822", error::bad_value, 6},
             row{"ORCPT=rfc822;", error::bad_value, 7},
             row{"ORCPT=rfc822;a+2", error::bad_xtext, 10},
             row{"ORCPT=rfc822;a+0D", error::bad_xtext, 8},
             row{"ORCPT=utf-8;us\\x{41}", error::bad_xtext, 11},
             row{"ORCPT=utf-8;", error::bad_xtext, 6},
             row{"ORCPT=utf-8;a+2Bb", error::bad_xtext, 7},
             row{"RRVS=2014-04-03T23:01:00.5Z", error::bad_value, 19},
             row{"RRVS=2014-04-03T23:01:00", error::bad_value, 19},
             row{"RRVS=2014-04-03T23:01:00Z;X", error::bad_value, 21},
             row{"RRVS=2014-04-03T23:01:00Z;", error::bad_value, 21},
             row{"RRVS=2014-04-03T23:01:00Z;CC", error::bad_value, 22},
             row{"RRVS=;C", error::bad_value, 0},
         }) {
        auto const line = " " + std::string(parameter);
        CAPTURE(line);
        CHECK(fault_of(line) == failure{code, line.find('=') + 1 + at});
    }
}

TEST_CASE("ORCPT takes 500 octets", "[rcpt_parameters][S-3461-4.2-01]") {
    CHECK(read_one("ORCPT=rfc822;" + std::string(493, 'a')).orcpt.text.size() == 500);
    CHECK(fault_of(" ORCPT=rfc822;" + std::string(494, 'a')).code == error::bad_value);
}

TEST_CASE("ORCPT of type utf-8 takes escapes always and UTF-8 with SMTPUTF8",
          "[rcpt_parameters][B-6533-3-01][S-6531-3.2-02]") {
    CHECK(read_one("ORCPT=utf-8;us\\x{E9}r@d.example").orcpt.address() == "us\\x{E9}r@d.example");
    auto const native = "ORCPT=UTF-8;us\xC3\xA9r@d.example"sv;
    CHECK(read_one(native, charset::utf8).orcpt.address() == "us\xC3\xA9r@d.example");
    CHECK(fault_of(" " + std::string(native)).code == error::bad_parameter);
    CHECK(fault_of(" ORCPT=rfc822;us\xC3\xA9r", charset::utf8).code == error::bad_xtext);
    CHECK(fault_of(" ORCPT=utf-8;\xC0\xAF", charset::utf8).code == error::bad_utf8);
}

TEST_CASE("a parameter of RCPT comes once, with its value, and only when it is offered",
          "[rcpt_parameters][S-3461-4.5-02][S-5321-4.1.1.11-01]") {
    CHECK(fault_of(" NOTIFY=NEVER notify=NEVER") == failure{error::duplicate_parameter, 14});
    CHECK(fault_of(" ORCPT=a;b ORCPT=a;b").code == error::duplicate_parameter);
    CHECK(fault_of(" NOTIFY").code == error::missing_value);
    CHECK(fault_of(" NOTIFY=").code == error::bad_parameter);
    CHECK(fault_of(" CONNEG=1").code == error::unexpected_value);
    CHECK(fault_of(" SIZE=1") == failure{error::unknown_parameter, 1});
    CHECK(fault_of(" NOSUCH").code == error::unknown_parameter);
    for (auto const parameter :
         {" NOTIFY=NEVER"sv, " ORCPT=a;b"sv, " CONNEG"sv, " RRVS=2014-04-03T23:01:00Z"sv}) {
        CAPTURE(parameter);
        cursor in{parameter};
        CHECK(parse_rcpt_parameters(in, {}, charset::ascii).fault() ==
              failure{error::unknown_parameter, 1});
    }
    constexpr std::string_view own[] = {"XFOO"};
    cursor in{" XFOO=a NOTIFY=NEVER"};
    auto const found = parse_rcpt_parameters(in, offered, charset::ascii, own);
    REQUIRE(found.ok());
    CHECK(postel::parameter_list{found->text}.find("xfoo")->value == "a");
}

TEST_CASE("parameters of RCPT that were written read as the same", "[rcpt_parameters]") {
    auto const since = *parse_rfc3339("2014-04-03T23:01:00Z");
    for (auto const& what :
         {rcpt_parameters{}, rcpt_parameters{.notify = {.never = true}},
          rcpt_parameters{.notify = {.success = true, .failure = true, .delay = true},
          .orcpt = {"rfc822;a+2Bb@c.example"},
          .rrvs = valid_since{since, valid_since::otherwise::carry_on},
          .conneg = true},
          rcpt_parameters{.rrvs = valid_since{since}}}) {
        std::string out;
        write_rcpt_parameters(out, what);
        CAPTURE(out);
        CHECK(check_rcpt_parameters(what, offered, charset::ascii).ok());
        auto back = read(out);
        REQUIRE(back.ok());
        back->text = {};
        CHECK(*back == what);
    }
}

TEST_CASE("what a server would not read the same as RCPT parameters is not let out",
          "[rcpt_parameters][C-SEC-INJ-01][C-5321-4.1.1.3-01]") {
    auto const judge = [](rcpt_parameters const& what, charset allowed = charset::ascii) {
        return postel::check_rcpt_parameters(what, offered, allowed).fault().code;
    };
    CHECK(judge({.notify = {.never = true, .delay = true}}) == error::bad_value);
    CHECK(judge({.orcpt = {"rfc822;a b"}}) == error::bad_xtext);
    CHECK(judge({.orcpt = {"rfc822;a\r\nDATA"}}) == error::bad_xtext);
    CHECK(judge({.orcpt = {"a@b"}}) == error::bad_value);
    CHECK(judge({.orcpt = {"utf-8;\xC3\xA9"}}) == error::server_lacks_smtputf8);
    CHECK(judge({.orcpt = {"utf-8;\xC3\xA9"}}, charset::utf8) == error::none);
    CHECK(postel::check_rcpt_parameters({.notify = {.never = true}}, {}, charset::ascii)
              .fault()
              .code == error::server_lacks_extension);
    static_assert(std::is_trivially_copyable_v<rcpt_parameters>);
    CHECK(sizeof(rcpt_parameters) <= 72);
}

TEST_CASE("each of the four words of NOTIFY is a NOTIFY", "[rcpt_parameters]") {
    using postel::notify_when;
    CHECK(notify_when{.never = true}.given());
    CHECK(notify_when{.success = true}.given());
    CHECK(notify_when{.failure = true}.given());
    CHECK(notify_when{.delay = true}.given());
    CHECK_FALSE(notify_when{}.given());
}
