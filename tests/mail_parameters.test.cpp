#include <postel/mail_parameters.hpp>

#include <list>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using namespace std::string_view_literals;
using postel::body_type;
using postel::cursor;
using postel::deliver_by;
using postel::error;
using postel::extension;
using postel::extension_set;
using postel::failure;
using postel::mail_parameters;
using postel::parse_mail_parameters;
using postel::parse_rfc3339;
using postel::return_content;

namespace {

constexpr extension_set everything = [] {
    extension_set all;
    for (auto const& row : postel::extension_table) all.add(row.name);
    return all;
}();

constexpr std::string_view own_keywords[] = {"XFOO", "X-BAR"};

postel::result<mail_parameters> read(std::string_view text, extension_set offered = everything) {
    cursor in{text};
    return parse_mail_parameters(in, offered, own_keywords);
}

// What was parsed has views into its line.
std::string const& kept(std::string line) {
    static std::list<std::string> lines;
    return lines.emplace_back(std::move(line));
}

// A parameter by itself, behind a space; the struct without its text.
mail_parameters read_one(std::string_view parameter) {
    auto const& line = kept(" " + std::string(parameter));
    auto read_back = read(line);
    CAPTURE(line);
    REQUIRE(read_back.ok());
    CHECK(read_back->text == parameter);
    read_back->text = {};
    return *read_back;
}

failure fault_of(std::string_view text, extension_set offered = everything) {
    auto const read_back = read(text, offered);
    REQUIRE_FALSE(read_back.ok());
    return read_back.fault();
}

}  // namespace

TEST_CASE("every parameter of MAIL is read into its member",
          "[mail_parameters][B-5321-2.4-01][S-6152-2-02][S-3461-4.3-01][S-2852-4-01][S-6710-3-01]"
          "[S-4954-8-01][S-4954-5-01][B-6531-3.6-01][B-4141-3-01]") {
    using late = deliver_by::late;
    CHECK(read_one("SIZE=0").size == 0u);
    CHECK(read_one("sIzE=10").size == 10u);
    CHECK(read_one("SIZE=00000000000000000007").size == 7u);
    CHECK(read_one("SIZE=18446744073709551615").size == 18446744073709551615u);
    CHECK(read_one("SIZE=99999999999999999999").size == 18446744073709551615u);
    CHECK(read_one("BODY=7bit").body == body_type::seven_bit);
    CHECK(read_one("BODY=8bitmime").body == body_type::eight_bit_mime);
    CHECK(read_one("body=BINARYMIME").body == body_type::binary_mime);
    CHECK(read_one("SMTPUTF8").smtputf8);
    CHECK(read_one("REQUIRETLS").require_tls);
    CHECK(read_one("CONPERM").conperm);
    CHECK(read_one("RET=full").ret == return_content::full);
    CHECK(read_one("RET=HDRS").ret == return_content::headers);
    CHECK(read_one("ENVID=QQ+20314").envid == "QQ+20314");
    CHECK(read_one("AUTH=<>").auth == "<>");
    CHECK(read_one("AUTH=+3C+3E").auth == "+3C+3E");
    CHECK(read_one("AUTH=e+3Dmc2@example.com").auth == "e+3Dmc2@example.com");
    CHECK(read_one("BY=120;R").by == deliver_by{120, late::give_back, false});
    CHECK(read_one("BY=-5;nt").by == deliver_by{-5, late::notify, true});
    CHECK(read_one("BY=+999999999;N").by == deliver_by{999999999, late::notify, false});
    CHECK(read_one("BY=0;N").by == deliver_by{0, late::notify, false});
    CHECK(read_one("HOLDFOR=999999999").hold_for == std::chrono::seconds{999999999});
    CHECK(read_one("HOLDUNTIL=2026-12-31T23:59:59Z").hold_until ==
          *parse_rfc3339("2026-12-31T23:59:59Z"));
    CHECK(read_one("HOLDUNTIL=2026-12-31T23:59:59.5z").hold_until ==
          *parse_rfc3339("2027-01-01T00:00:00Z"));
    CHECK(read_one("MT-PRIORITY=-9").mt_priority == std::int8_t{-9});
    CHECK(read_one("MT-PRIORITY=0").mt_priority == std::int8_t{0});
    CHECK(read_one("mt-priority=9").mt_priority == std::int8_t{9});
    CHECK(read_one("SOLICIT=org.example:ADV,net.x:a_b-c").solicit == "org.example:ADV,net.x:a_b-c");
    CHECK(read_one("MTRK=abc/+:123").mtrk == "abc/+:123");
    CHECK(read_one("SUBMITTER=a+2Bb@c.example").submitter == "a+2Bb@c.example");
}

TEST_CASE("a value that does not fit its rule is refused",
          "[mail_parameters][S-1870-3-02][S-3461-4-01][S-3461-4.4-01][S-2852-4-01][S-2852-4-02]"
          "[S-6710-7-01][S-6710-4.1-01][S-4865-4.2-01][S-3865-2.3-01][S-3461-5.1-02]") {
    struct row {
        std::string_view parameter;
        error code;
        std::size_t at;  // in the value
    };
    for (auto const& [parameter, code, at] : {
             row{"SIZE=1x", error::bad_value, 0},
             row{"SIZE=-1", error::bad_value, 0},
             row{"SIZE=000000000000000000001", error::bad_value, 0},
             row{"BODY=FOO", error::bad_value, 0},
             row{"BODY=8BIT", error::bad_value, 0},
             row{"RET=BODY", error::bad_value, 0},
             row{"ENVID=a+2", error::bad_xtext, 3},
             row{"ENVID=a+zz", error::bad_xtext, 2},
             row{"ENVID=a+2b", error::bad_xtext, 3},
             row{"ENVID=+00", error::bad_xtext, 0},
             row{"ENVID=ab+0D", error::bad_xtext, 2},
             row{"ENVID=+7F", error::bad_xtext, 0},
             row{"ENVID=+80", error::bad_xtext, 0},
             row{"AUTH=a+b", error::bad_xtext, 2},
             row{"AUTH=nobody", error::bad_value, 0},
             row{"AUTH=<a@b.example>", error::bad_value, 0},
             row{"AUTH=a@b_c", error::bad_value, 0},
             row{"BY=120", error::bad_value, 3},
             row{"BY=;R", error::bad_value, 0},
             row{"BY=1234567890;N", error::bad_value, 10},
             row{"BY=120;X", error::bad_value, 4},
             row{"BY=120;NTT", error::bad_value, 6},
             row{"BY=+-1;N", error::bad_value, 1},
             row{"BY=0;R", error::bad_value, 0},
             row{"BY=-1;R", error::bad_value, 0},
             row{"HOLDFOR=0", error::bad_value, 0},
             row{"HOLDFOR=01", error::bad_value, 0},
             row{"HOLDFOR=1234567890", error::bad_value, 0},
             row{"HOLDFOR=1s", error::bad_value, 0},
             row{"HOLDUNTIL=2026-12-31T23:59:59", error::bad_value, 18},
             row{"HOLDUNTIL=2026-12-31T23:59:59+01:00", error::bad_value, 24},
             row{"HOLDUNTIL=2026-13-31T23:59:59Z", error::bad_value, 5},
             row{"MT-PRIORITY=-0", error::bad_value, 1},
             row{"MT-PRIORITY=+1", error::bad_value, 0},
             row{"MT-PRIORITY=10", error::bad_value, 1},
             row{"MT-PRIORITY=01", error::bad_value, 1},
             row{"MT-PRIORITY=-", error::bad_value, 1},
             row{"SOLICIT=1a", error::bad_value, 0},
             row{"SOLICIT=a,", error::bad_value, 2},
             row{"SOLICIT=a,,b", error::bad_value, 2},
             row{"SOLICIT=a;b", error::bad_value, 1},
             row{"SUBMITTER=a+b", error::bad_xtext, 2},
         }) {
        auto const line = " " + std::string(parameter);
        CAPTURE(line);
        auto const value_at = line.find('=') + 1;
        CHECK(fault_of(line) == failure{code, value_at + at});
    }
}

TEST_CASE("ENVID takes 100 octets and SOLICIT 1000",
          "[mail_parameters][S-3461-4.4-01][S-3865-2-01]") {
    CHECK(read_one("ENVID=" + std::string(100, 'a')).envid.size() == 100);
    CHECK(fault_of(" ENVID=" + std::string(101, 'a')).code == error::bad_value);
    CHECK(read_one("SOLICIT=" + std::string(1000, 'a')).solicit.size() == 1000);
    CHECK(fault_of(" SOLICIT=" + std::string(1001, 'a')).code == error::bad_value);
}

TEST_CASE("AUTH takes the longest mailbox, all of it escaped", "[mail_parameters][S-4954-8-01]") {
    std::string domain = "d";
    while (domain.size() < 250) domain += ".d";
    std::string mailbox = std::string(64, 'l') + "@" + domain;
    std::string escaped;
    for (char const c : mailbox) {
        escaped += c == 'l' ? "+6C" : std::string(1, c);
    }
    CHECK(read_one("AUTH=" + escaped).auth == escaped);
    CHECK(fault_of(" AUTH=" + std::string(2000, 'a')).code != error::none);
}

TEST_CASE("a parameter has a value exactly when its rule says so",
          "[mail_parameters][S-6531-3.1-03][S-8689-2-01]") {
    CHECK(fault_of(" SMTPUTF8=1") == failure{error::unexpected_value, 9});
    CHECK(fault_of(" REQUIRETLS=1") == failure{error::unexpected_value, 11});
    CHECK(fault_of(" CONPERM=x").code == error::unexpected_value);
    for (auto const keyword : {"SIZE", "BODY", "RET", "ENVID", "AUTH", "BY", "HOLDFOR", "HOLDUNTIL",
                               "MT-PRIORITY", "SOLICIT", "MTRK", "SUBMITTER"}) {
        CAPTURE(keyword);
        CHECK(fault_of(" " + std::string(keyword)).code == error::missing_value);
        CHECK(fault_of(" " + std::string(keyword) + "=").code == error::bad_parameter);
    }
}

TEST_CASE("a parameter whose extension is not offered is as unknown as any",
          "[mail_parameters][S-5321-4.1.1.11-01][S-5321-2.2.2-02][S-8689-2-02]") {
    CHECK(fault_of(" NOSUCH") == failure{error::unknown_parameter, 1});
    CHECK(fault_of(" SIZE=1 NOSUCH=x") == failure{error::unknown_parameter, 8});
    CHECK(fault_of(" NOTIFY=NEVER").code == error::unknown_parameter);
    struct row {
        std::string_view parameter;
        extension needs;
    };
    for (auto const& [parameter, needs] :
         {row{"SIZE=1", extension::size}, row{"BODY=7BIT", extension::eight_bit_mime},
          row{"SMTPUTF8", extension::smtputf8}, row{"RET=FULL", extension::dsn},
          row{"ENVID=x", extension::dsn}, row{"AUTH=<>", extension::auth},
          row{"BY=1;N", extension::deliver_by}, row{"HOLDFOR=1", extension::future_release},
          row{"HOLDUNTIL=2026-12-31T23:59:59Z", extension::future_release},
          row{"MT-PRIORITY=1", extension::mt_priority}, row{"REQUIRETLS", extension::require_tls},
          row{"SOLICIT=a", extension::no_soliciting}, row{"MTRK=a", extension::mtrk},
          row{"SUBMITTER=a", extension::submitter}, row{"CONPERM", extension::conperm}}) {
        auto const line = " " + std::string(parameter);
        CAPTURE(line);
        CHECK(read(line, {needs}).ok());
        CHECK(fault_of(line, {}) == failure{error::unknown_parameter, 1});
    }
    CHECK(fault_of(" BODY=BINARYMIME", {extension::eight_bit_mime}).code ==
          error::unknown_parameter);
    CHECK(read(" BODY=BINARYMIME", {extension::binary_mime}).ok());
}

TEST_CASE(
    "a parameter comes once, and those that exclude each other not together",
    "[mail_parameters][S-1870-6-01][S-6152-3-01][S-3461-4.5-01][S-6710-4.1-01][S-4865-3-02]") {
    for (auto const twice : {" SIZE=1 SIZE=2"sv, " SIZE=1 size=1"sv, " BODY=7BIT BODY=8BITMIME"sv,
                             " RET=FULL RET=HDRS"sv, " ENVID=a ENVID=a"sv, " SMTPUTF8 SMTPUTF8"sv,
                             " MT-PRIORITY=1 MT-PRIORITY=2"sv, " XFOO=1 XFOO=2"sv}) {
        CAPTURE(twice);
        auto const second = twice.find(' ', 1) + 1;
        CHECK(fault_of(twice) == failure{error::duplicate_parameter, second});
    }
    CHECK(fault_of(" HOLDFOR=1 HOLDUNTIL=2026-12-31T23:59:59Z").code ==
          error::conflicting_parameters);
    CHECK(fault_of(" HOLDUNTIL=2026-12-31T23:59:59Z HOLDFOR=1").code ==
          error::conflicting_parameters);
}

TEST_CASE("parameters stand behind a space, and runs of spaces are tolerated",
          "[mail_parameters][S-5321-4.1.2-07]") {
    CHECK(read("")->text.empty());
    CHECK(read("  ")->text.empty());
    CHECK(read("  SIZE=1   RET=FULL  ")->text == "SIZE=1   RET=FULL");
    CHECK(fault_of("SIZE=1") == failure{error::bad_parameter, 0});
    CHECK(fault_of(" SIZE=1\tRET=FULL") == failure{error::bad_parameter, 7});
    CHECK(fault_of("\tSIZE=1") == failure{error::bad_parameter, 0});
}

TEST_CASE("own keywords are let through and found in the text", "[mail_parameters]") {
    auto const found = read(" xfoo=1 SIZE=2 X-BAR");
    REQUIRE(found.ok());
    CHECK(found->size == 2u);
    postel::parameter_list const all{found->text};
    CHECK(all.find("XFOO")->value == "1");
    CHECK(all.find("X-BAR").has_value());
    cursor none{" XFOO=1"};
    CHECK(parse_mail_parameters(none, everything).fault().code == error::unknown_parameter);
}

TEST_CASE("a keyword is known only when it is the whole word", "[mail_parameters]") {
    for (auto const* const word : {"SIZEX=1", "SIZE-1=1", "SIZ=1", "BODY8=7BIT", "SMTPUTF", "RETX"})
        for (auto const* const before : {" ", " XFOO "}) {
            auto const& line = kept(std::string(before) + word);
            CAPTURE(line);
            CHECK(fault_of(line) == failure{error::unknown_parameter, line.find(word)});
        }
    CHECK(fault_of(" BODY=7BI").code == error::bad_value);
    CHECK(fault_of(" BODY=7BITS").code == error::bad_value);
    CHECK(fault_of(" SIZE_1=1") == failure{error::bad_parameter, 5});
}

TEST_CASE("UTF-8 in an own value needs SMTPUTF8 in front of it or behind it",
          "[mail_parameters][S-6531-3.3-01]") {
    CHECK(read(" XFOO=\xC3\xA9 SMTPUTF8").ok());
    CHECK(read(" SMTPUTF8 XFOO=\xC3\xA9").ok());
    CHECK(fault_of(" XFOO=a\xC3\xA9") == failure{error::bad_parameter, 7});
    CHECK(fault_of(" SMTPUTF8 XFOO=a\xC0\xAF").code == error::bad_utf8);
    CHECK(fault_of(" SMTPUTF8 MTRK=\xC3\xA9").code == error::bad_value);
    CHECK(fault_of(" SMTPUTF8 ENVID=\xC3\xA9").code == error::bad_xtext);
}

TEST_CASE("the position counts from the start of the line", "[mail_parameters]") {
    cursor in{"MAIL FROM:<> SIZE=x"};
    in.skip(12);
    CHECK(parse_mail_parameters(in, everything).fault() == failure{error::bad_value, 18});
}

TEST_CASE("parameters that were written read as the same", "[mail_parameters]") {
    using late = deliver_by::late;
    mail_parameters const all{.size = 18446744073709551615u,
                              .body = body_type::binary_mime,
                              .smtputf8 = true,
                              .require_tls = true,
                              .conperm = true,
                              .ret = return_content::headers,
                              .envid = "QQ+20314",
                              .auth = "a@b.example",
                              .by = deliver_by{-999999999, late::notify, true},
                              .mt_priority = std::int8_t{-9},
                              .hold_until = *parse_rfc3339("2026-12-31T23:59:59Z"),
                              .solicit = "a:b",
                              .mtrk = "x",
                              .submitter = "y"};
    for (auto const& what :
         {all, mail_parameters{}, mail_parameters{.size = 0}, mail_parameters{.auth = "<>"},
          mail_parameters{.hold_for = std::chrono::seconds{1}},
          mail_parameters{.mt_priority = std::int8_t{0}},
          mail_parameters{.by = deliver_by{0, late::notify}},
          mail_parameters{.by = deliver_by{1, late::give_back}}}) {
        std::string out;
        write_mail_parameters(out, what);
        CAPTURE(out);
        CHECK(check_mail_parameters(what, everything).ok());
        auto back = read(out);
        REQUIRE(back.ok());
        back->text = {};
        CHECK(*back == what);
    }
    std::string out;
    write_mail_parameters(out, all);
    CHECK(out ==
          " BODY=BINARYMIME SIZE=18446744073709551615 SMTPUTF8 RET=HDRS ENVID=QQ+20314 "
          "AUTH=a@b.example REQUIRETLS BY=-999999999;NT HOLDUNTIL=2026-12-31T23:59:59Z "
          "MT-PRIORITY=-9 SOLICIT=a:b MTRK=x SUBMITTER=y CONPERM");
}

TEST_CASE("what a server would not read the same is not let out",
          "[mail_parameters][C-SEC-INJ-01][C-5321-4.1.1.3-01]") {
    using late = deliver_by::late;
    struct row {
        mail_parameters what;
        error code;
    };
    for (auto const& [what, code] : {
             row{{.envid = "a\r\nRSET"}, error::bad_xtext},
             row{{.envid = "a b"}, error::bad_xtext},
             row{{.auth = "a@b.example>\r\nDATA"}, error::bad_xtext},
             row{{.auth = "a b"}, error::bad_xtext},
             row{{.by = deliver_by{-1, late::give_back}}, error::bad_value},
             row{{.by = deliver_by{1000000000, late::notify}}, error::bad_value},
             row{{.mt_priority = std::int8_t{10}}, error::bad_value},
             row{{.mt_priority = std::int8_t{-128}}, error::bad_value},
             row{{.hold_for = std::chrono::seconds{0}}, error::bad_value},
             row{{.hold_for = std::chrono::seconds{-1}}, error::bad_value},
             row{{.hold_for = std::chrono::seconds{1},
             .hold_until = *parse_rfc3339("2026-12-31T23:59:59Z")},
                 error::conflicting_parameters},
             row{{.solicit = "a b"}, error::bad_value},
             row{{.mtrk = "a=b"}, error::bad_value},
             row{{.mtrk = "a\nb"}, error::bad_value},
             row{{.submitter = "a b"}, error::bad_xtext},
         }) {
        std::string out;
        write_mail_parameters(out, what);
        CAPTURE(out);
        CHECK(check_mail_parameters(what, everything).fault().code == code);
    }
    CHECK(postel::check_mail_parameters({.size = 1}, {}).fault().code ==
          error::server_lacks_extension);
    CHECK(
        postel::check_mail_parameters({.body = body_type::binary_mime}, {extension::eight_bit_mime})
            .fault()
            .code == error::server_lacks_extension);
    CHECK(postel::check_mail_parameters({.smtputf8 = true}, {}).fault().code ==
          error::server_lacks_extension);
    CHECK(postel::check_mail_parameters({}, {}).ok());
}

TEST_CASE("the parameters of MAIL are views and cheap to copy", "[mail_parameters]") {
    static_assert(std::is_trivially_copyable_v<mail_parameters>);
    CHECK(sizeof(mail_parameters) <= 256);
    constexpr auto known = [] {
        cursor in{" SIZE=5"};
        return parse_mail_parameters(in, {extension::size})->size;
    }();
    static_assert(known == 5u);
}
