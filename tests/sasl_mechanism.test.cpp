#include <postel/sasl_mechanism.hpp>
#include <string>

#include "support/catch.hpp"

using postel::find_sasl_mechanism;
using postel::sasl_mechanism;
using postel::sasl_mechanism_set;
using postel::sasl_mechanism_table;

TEST_CASE("every mechanism is found by its name in any letter case",
          "[sasl_mechanism][B-4422-3.1-01]") {
    for (auto const& row : sasl_mechanism_table) {
        CAPTURE(row.spelling);
        std::string small;
        for (char const c : row.spelling) small += postel::to_lower(c);
        CHECK(find_sasl_mechanism(row.spelling) == row.name);
        CHECK(find_sasl_mechanism(small) == row.name);
        CHECK(to_string(row.name) == row.spelling);
        CHECK(row.spelling.size() <= 20);
        CHECK(row.client_first == (row.name != sasl_mechanism::cram_md5));  // RFC 2195 2
    }
    CHECK_FALSE(find_sasl_mechanism("SCRAM-SHA-2").has_value());
    CHECK_FALSE(find_sasl_mechanism("").has_value());
}

TEST_CASE("mechanisms are spelled as they are registered", "[sasl_mechanism][B-4422-3.1-01]") {
    using enum sasl_mechanism;
    CHECK(to_string(plain) == "PLAIN");
    CHECK(to_string(login) == "LOGIN");
    CHECK(to_string(cram_md5) == "CRAM-MD5");
    CHECK(to_string(external) == "EXTERNAL");
    CHECK(to_string(anonymous) == "ANONYMOUS");
    CHECK(to_string(xoauth2) == "XOAUTH2");
    CHECK(to_string(oauthbearer) == "OAUTHBEARER");
    CHECK(to_string(scram_sha_1) == "SCRAM-SHA-1");
    CHECK(to_string(scram_sha_1_plus) == "SCRAM-SHA-1-PLUS");
    CHECK(to_string(scram_sha_256) == "SCRAM-SHA-256");
    CHECK(to_string(scram_sha_256_plus) == "SCRAM-SHA-256-PLUS");
}

TEST_CASE("PLAIN comes before LOGIN, and both behind what hides the password",
          "[sasl_mechanism][C-LOGIN-02]") {
    CHECK(sasl_mechanism::plain < sasl_mechanism::login);
    CHECK(sasl_mechanism::scram_sha_1 < sasl_mechanism::cram_md5);
    CHECK(sasl_mechanism::cram_md5 < sasl_mechanism::plain);
}

TEST_CASE("without TLS nothing is left that shows a password", "[sasl_mechanism][S-4954-4-15]") {
    using enum sasl_mechanism;
    sasl_mechanism_set all;
    for (auto const& row : sasl_mechanism_table) all.add(row.name);
    auto const left = without_secrets(all);
    for (auto const secret : {plain, login, oauthbearer, xoauth2}) CHECK_FALSE(left.has(secret));
    for (auto const safe : {scram_sha_256_plus, scram_sha_256, scram_sha_1_plus, scram_sha_1,
                            cram_md5, external, anonymous})
        CHECK(left.has(safe));
    CHECK(postel::without_secrets({plain, login}).empty());
}

TEST_CASE("without TLS nothing is left that binds to it", "[sasl_mechanism]") {
    using enum sasl_mechanism;
    auto const left =
        postel::without_bindings({scram_sha_256_plus, scram_sha_256, scram_sha_1_plus});
    CHECK(left == sasl_mechanism_set{scram_sha_256});
}

TEST_CASE("a set of mechanisms holds exactly what was put into it", "[sasl_mechanism]") {
    for (auto const& row : sasl_mechanism_table) {
        sasl_mechanism_set one{row.name};
        for (auto const& other : sasl_mechanism_table)
            CHECK(one.has(other.name) == (other.name == row.name));
        CHECK(one.remove(row.name).empty());
    }
}
