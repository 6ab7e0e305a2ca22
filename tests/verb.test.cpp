#include <postel/verb.hpp>
#include <string>

#include "support/catch.hpp"

using postel::extension;
using postel::extension_set;
using postel::parse_verb;
using postel::verb;
using postel::verb_table;

TEST_CASE("every verb is recognised in every letter case", "[verb][B-5321-2.4-01]") {
    static_assert(parse_verb("MaIl") == verb::mail);
    for (auto const& row : verb_table) {
        auto const letters = row.spelling.size();
        for (unsigned cases = 0; cases < 1u << letters; ++cases) {
            std::string word;
            for (std::size_t i = 0; i < letters; ++i)
                word +=
                    (cases >> i & 1u) != 0 ? postel::to_lower(row.spelling[i]) : row.spelling[i];
            if (parse_verb(word) != row.name) FAIL_CHECK(word);
        }
        CHECK(to_string(row.name) == row.spelling);
    }
}

TEST_CASE("a word that differs in one octet from a verb is unknown or another verb", "[verb]") {
    for (auto const& row : verb_table) {
        for (std::size_t i = 0; i < row.spelling.size(); ++i) {
            for (unsigned octet = 0; octet < 256; ++octet) {
                auto word = std::string(row.spelling);
                word[i] = static_cast<char>(octet);
                auto const found = parse_verb(word);
                if (found == verb::unknown) continue;
                if (!postel::equal_ignoring_case(to_string(found), word)) FAIL_CHECK(word);
            }
        }
    }
    CHECK(parse_verb("DAT\x01") == verb::unknown);
    CHECK(parse_verb("HELP") == verb::help);
}

TEST_CASE("a word of another length than its verb is unknown", "[verb]") {
    using namespace std::string_view_literals;
    for (auto const word :
         {""sv, "M"sv, "MAI"sv, "MAILS"sv, "MAIL "sv, "\0MAIL"sv, "MAIL\0"sv, "STARTTL"sv,
          "STARTTLSS"sv, "XCLIENTS"sv, "XFORWAR"sv, "AMUCHTOOLONGWORD"sv}) {
        CAPTURE(word);
        CHECK(parse_verb(word) == verb::unknown);
    }
}

TEST_CASE("a verb of an extension is available only when that is offered",
          "[verb][S-5321-4.2.4-01]") {
    extension_set everything;
    for (auto const& row : postel::extension_table) everything.add(row.name);
    for (auto const& row : verb_table) {
        CAPTURE(row.spelling);
        CHECK(available(row.name, everything) == row.implemented);
        if (!row.needs) continue;
        CHECK_FALSE(available(row.name, {}));
        CHECK(available(row.name, {*row.needs}));
        CHECK_FALSE(available(row.name, extension_set(everything).remove(*row.needs)));
    }
    CHECK(available(verb::vrfy, {}));
    CHECK(available(verb::help, {}));
    CHECK_FALSE(available(verb::turn, everything));
    CHECK_FALSE(available(verb::unknown, everything));
    CHECK(available(verb::burl, {extension::burl}));
    CHECK(available(verb::xclient, {extension::xclient}));
    CHECK(available(verb::xforward, {extension::xforward}));
    CHECK(to_string(verb::unknown).empty());
}

TEST_CASE("command lines may grow with what is offered",
          "[verb][S-5321-4.5.3.1.4-01][S-3461-5.4-01][S-3865-2.3-01][S-2852-2-02]") {
    using enum extension;
    struct row {
        extension_set offered;
        std::size_t mail;
        std::size_t rcpt;
    };
    for (auto const& [offered, mail, rcpt] :
         {row{{}, 512, 512}, row{{size}, 538, 512}, row{{size, eight_bit_mime}, 552, 512},
          row{{size, binary_mime, eight_bit_mime}, 554, 512},
          row{{size, binary_mime, auth, smtputf8}, 1064, 512},
          row{{size, binary_mime, auth, smtputf8, dsn}, 1174, 1042},
          row{{no_soliciting}, 1519, 512}, row{{deliver_by}, 529, 512},
          row{{dsn, rrvs}, 622, 1075}}) {
        CAPTURE(mail, rcpt);
        CHECK(command_line_limit(verb::mail, offered) == mail);
        CHECK(command_line_limit(verb::rcpt, offered) == rcpt);
        CHECK(command_line_limit(verb::auth, offered) == 512);
        CHECK(command_line_limit(verb::unknown, offered) == 512);
    }
    CHECK(command_line_limit(verb::vrfy, {}) == 512);
    CHECK(command_line_limit(verb::expn, {smtputf8}) == 521);
}
