#include <postel/extension.hpp>
#include <string>

#include "support/catch.hpp"

using postel::describe;
using postel::extension;
using postel::extension_set;
using postel::extension_table;
using postel::find_extension;

TEST_CASE("every extension is found by its keyword in any letter case",
          "[extension][B-5321-2.4-01][C-5321-4.1.1.1-04]") {
    for (auto const& row : extension_table) {
        CAPTURE(row.keyword);
        std::string mixed;
        for (char const c : row.keyword)
            mixed += mixed.size() % 2 == 0 ? postel::to_lower(c) : postel::to_upper(c);
        CHECK(find_extension(row.keyword) == row.name);
        CHECK(find_extension(mixed) == row.name);
        CHECK(to_string(row.name) == row.keyword);
    }
}

TEST_CASE("a keyword that is only similar finds no extension", "[extension]") {
    for (std::string_view const word :
         {"", "SIZ", "SIZES", "SIZE ", "UTF8SMTP", "8BITMIME\r", "TURN", "CHECKPOINT"}) {
        CAPTURE(word);
        CHECK_FALSE(find_extension(word).has_value());
    }
}

TEST_CASE("an EHLO keyword is letters, digits and hyphens and starts without a hyphen",
          "[extension]") {
    for (auto const& row : extension_table) {
        CAPTURE(row.keyword);
        CHECK(postel::all_of(row.keyword, postel::ldh));
        CHECK(postel::let_dig(row.keyword.front()));
    }
}

TEST_CASE("what is not from an RFC starts with X", "[extension][S-5321-2.2.2-01]") {
    for (auto const& row : extension_table) {
        CAPTURE(row.keyword);
        CHECK((row.rfc == 0) == (row.keyword.front() == 'X'));
    }
}

TEST_CASE("a set holds exactly what was put into it", "[extension]") {
    constexpr extension_set set{extension::size, extension::xforward};
    static_assert(set.has(extension::size) && !set.has(extension::dsn));
    static_assert(sizeof(extension_set) == 4);
    for (auto const& row : extension_table) {
        CAPTURE(row.keyword);
        auto copy = set;
        CHECK(copy.has(row.name) ==
              (row.name == extension::size || row.name == extension::xforward));
        CHECK(copy.add(row.name).has(row.name));
        CHECK_FALSE(copy.remove(row.name).has(row.name));
        CHECK(extension_set{}.empty());
        CHECK_FALSE(extension_set{row.name}.empty());
        CHECK(set.has_any({row.name, extension::size}));
    }
    CHECK_FALSE(set.has_any({extension::dsn, extension::auth}));
    CHECK_FALSE(set == extension_set{extension::size});
}

TEST_CASE(
    "the growth of MAIL and RCPT lines is the sum over what is offered",
    "[extension][S-1870-3-03][S-3030-3-04][S-4954-3-02][S-6531-3.1-04][S-5321-4.5.3.1.4-01]") {
    using enum extension;
    struct row {
        extension_set offered;
        std::size_t mail;
        std::size_t rcpt;
    };
    for (auto const& [offered, mail, rcpt] :
         {row{{}, 0, 0}, row{{pipelining, chunking, starttls, limits}, 0, 0}, row{{size}, 26, 0},
          row{{size, eight_bit_mime}, 40, 0}, row{{size, binary_mime, eight_bit_mime}, 42, 0},
          row{{size, binary_mime, auth, smtputf8}, 552, 0},
          row{{size, binary_mime, auth, smtputf8, dsn}, 662, 530}, row{{rrvs}, 0, 33}}) {
        CAPTURE(mail, rcpt);
        CHECK(postel::mail_growth(offered) == mail);
        CHECK(postel::rcpt_growth(offered) == rcpt);
    }
    extension_set everything;
    for (auto const& each : extension_table) everything.add(each.name);
    CHECK(postel::mail_growth(everything) == 2258 - 512);
    CHECK(postel::rcpt_growth(everything) == 1075 - 512);
}

TEST_CASE("every extension has the keyword and the RFC that IANA lists it with", "[extension]") {
    struct row {
        extension name;
        std::string_view keyword;
        int rfc;
    };
    // clang-format off
    constexpr row listed[] = {
        {extension::pipelining, "PIPELINING", 2920},
        {extension::size, "SIZE", 1870},
        {extension::eight_bit_mime, "8BITMIME", 6152},
        {extension::smtputf8, "SMTPUTF8", 6531},
        {extension::enhanced_status_codes, "ENHANCEDSTATUSCODES", 2034},
        {extension::chunking, "CHUNKING", 3030},
        {extension::binary_mime, "BINARYMIME", 3030},
        {extension::starttls, "STARTTLS", 3207},
        {extension::auth, "AUTH", 4954},
        {extension::dsn, "DSN", 3461},
        {extension::require_tls, "REQUIRETLS", 8689},
        {extension::limits, "LIMITS", 9422},
        {extension::vrfy, "VRFY", 5321},
        {extension::expn, "EXPN", 5321},
        {extension::help, "HELP", 5321},
        {extension::etrn, "ETRN", 1985},
        {extension::burl, "BURL", 4468},
        {extension::deliver_by, "DELIVERBY", 2852},
        {extension::future_release, "FUTURERELEASE", 4865},
        {extension::mt_priority, "MT-PRIORITY", 6710},
        {extension::rrvs, "RRVS", 7293},
        {extension::no_soliciting, "NO-SOLICITING", 3865},
        {extension::mtrk, "MTRK", 3885},
        {extension::submitter, "SUBMITTER", 4405},
        {extension::conperm, "CONPERM", 4141},
        {extension::conneg, "CONNEG", 4141},
        {extension::xclient, "XCLIENT", 0},
        {extension::xforward, "XFORWARD", 0},
    };
    // clang-format on
    CHECK(std::size(listed) == extension_table.size());
    for (auto const& [name, keyword, rfc] : listed) {
        CAPTURE(keyword);
        CHECK(to_string(name) == keyword);
        CHECK(describe(name).rfc == rfc);
    }
}
