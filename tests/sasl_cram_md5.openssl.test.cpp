#include <postel/sasl/cram_md5.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"
#include "support/scripted_crypto.hpp"

#include <algorithm>
#include <string>
#include <string_view>

using namespace postel;
using namespace std::literals;
using sasl::action;
using sasl::cram_md5_client;
using sasl::cram_md5_server;
using sasl::openssl_crypto;

static_assert(sasl::client_mechanism<cram_md5_client>);
static_assert(sasl::server_mechanism<cram_md5_server>);

namespace {
// 1896 and 697170952, as random octets
std::string const numbers_of_the_rfc{"\0\0\0\0\0\0\x07\x68\0\0\0\0\x29\x8D\xFC\x08", 16};
}  // namespace

TEST_CASE("CRAM-MD5 reproduces the published examples", "[sasl_cram_md5][B-2195-2-01]") {
    struct row {
        std::string_view user, password, host, response;
    };
    auto const given = GENERATE(values<row>({
        {"tim", "tanstaaftanstaaf", "postoffice.reston.mci.net",
         "tim b913a602c7eda7a495b4e6e7334d3890"},  // RFC 2195 2
        {"alice", "wonderland", "mail.example.org", "alice e381b9253b5a26d5030822031d67b8f1"},
    }));
    CAPTURE(given.user);
    test::script = numbers_of_the_rfc;
    cram_md5_client client{openssl_crypto, {"", given.user, given.password}};
    cram_md5_server server{test::scripted_crypto, given.host};
    auto const end = test::converse(client, server, [&](cram_md5_server& s) {
        CHECK(s.user() == given.user);
        return s.password(given.password);
    });
    CHECK(end.said == std::vector<std::string>{"<1896.697170952@" + std::string{given.host} + ">",
                                               std::string{given.response}});
    CHECK(end.proved);
    CHECK(end.verified);
}

TEST_CASE("a CRAM-MD5 challenge has the form of a message id and comes once",
          "[sasl_cram_md5][S-2195-2-01]") {
    cram_md5_server one{openssl_crypto, "mail.example.org"};
    cram_md5_server two{openssl_crypto, "mail.example.org"};
    std::string const first{one.start().octets};
    std::string const second{two.start().octets};
    CHECK(first != second);
    auto const dot = first.find('.');
    auto const at = first.find('@');
    REQUIRE(dot < at);
    CHECK(first.front() == '<');
    CHECK(all_of(std::string_view{first}.substr(1, dot - 1), digit));
    CHECK(all_of(std::string_view{first}.substr(dot + 1, at - dot - 1), digit));
    CHECK(dot > 1);
    CHECK(at > dot + 1);
    CHECK(first.substr(at) == "@mail.example.org>");
}

TEST_CASE("only the right password passes CRAM-MD5", "[sasl_cram_md5]") {
    struct row {
        std::string_view stored;
        bool exists, right;
    };
    auto const given = GENERATE(values<row>({
        {"wonderland", true, true},
        {"Wonderland", true, false},
        {"", true, false},
        {"", false, false},
    }));
    CAPTURE(given.stored, given.exists);
    cram_md5_client client{openssl_crypto, {"", "a b", "wonderland"}};  // split at the last SP
    cram_md5_server server{openssl_crypto, "mail.example.org"};
    auto const end = test::converse(client, server, [&](cram_md5_server& s) {
        CHECK(s.user() == "a b");
        return given.exists ? s.password(given.stored) : s.not_found();
    });
    CHECK(end.proved == given.right);
    CHECK(end.server == (given.right ? error::none : error::authentication_failed));
}

TEST_CASE("CRAM-MD5 takes a digest in the place of a password", "[sasl_cram_md5]") {
    bool const right = GENERATE(true, false);
    cram_md5_client client{openssl_crypto, {"", "alice", "wonderland"}};
    cram_md5_server server{openssl_crypto, "mail.example.org"};
    auto const end = test::converse(client, server, [&](cram_md5_server& s) {
        sasl::key digest{sasl::hash::md5};
        CHECK(openssl_crypto.hmac(sasl::hash::md5, "wonderland", s.challenge(), digest.span()));
        return s.keyed_digest(right ? digest.view() : digest.view().substr(1));
    });
    CHECK(end.proved == right);
}

TEST_CASE("CRAM-MD5 responses are read strictly", "[sasl_cram_md5][B-2195-2-01][S-2195-2-02]") {
    constexpr auto digits = "b913a602c7eda7a495b4e6e7334d3890"sv;
    auto const response = GENERATE_COPY(
        as<std::string>{}, "", "tim", "tim ", " " + std::string{digits}, std::string{digits},
        "tim b913a602c7eda7a495b4e6e7334d389", "tim b913a602c7eda7a495b4e6e7334d38900",
        "tim B913A602C7EDA7A495B4E6E7334D3890", "tim b913a602c7eda7a495b4e6e7334d389g",
        "tim " + std::string{digits} + " ", "t\0m "s + std::string{digits},
        "t\r\nm " + std::string{digits}, "t\xFFm " + std::string{digits});
    CAPTURE(response);
    cram_md5_server server{openssl_crypto, "mail.example.org"};
    REQUIRE(server.start().what == action::send);
    CHECK(server.next(response).why == error::bad_sasl_message);
    CHECK(server.password("tanstaaf").why == error::not_ready);
}

TEST_CASE("CRAM-MD5 takes no initial response", "[sasl_cram_md5][S-4954-4-09]") {
    cram_md5_client client{openssl_crypto, {"", "alice", "wonderland"}};
    CHECK(client.start().what == action::wait);
    CHECK_FALSE(client.verified());
    cram_md5_server server{openssl_crypto, "mail.example.org"};
    CHECK(server.next("alice x").why == error::unexpected_initial_response);
    CHECK(server.start().why == error::not_ready);
}

TEST_CASE("every octet of the CRAM-MD5 exchange counts", "[sasl_cram_md5]") {
    std::size_t const message = GENERATE(0u, 1u);
    std::size_t const octet = GENERATE(0u, 3u, 7u, 30u);
    CAPTURE(message, octet);
    cram_md5_client client{openssl_crypto, {"", "alice", "wonderland"}};
    cram_md5_server server{openssl_crypto, "mail.example.org"};
    auto const end = test::converse(
        client, server,
        [](cram_md5_server& s) {
            return s.user() == "alice" ? s.password("wonderland") : s.not_found();
        },
        [&](std::size_t which, std::string_view text) {
            std::string changed{text};
            if (which == message) changed[octet] = static_cast<char>(changed[octet] ^ 1);
            return changed;
        });
    CHECK_FALSE(end.proved);
    CHECK(end.server != error::none);
}

TEST_CASE("CRAM-MD5 fails by name where a hash or a name is missing", "[sasl_cram_md5]") {
    cram_md5_server no_random{test::without_random, "mail.example.org"};
    CHECK(no_random.start().why == error::crypto_unavailable);
    cram_md5_client no_md5{test::without_hmac, {"", "alice", "wonderland"}};
    CHECK(no_md5.next("<1.2@x>").why == error::crypto_unavailable);
    CHECK_FALSE(no_md5.verified());
    cram_md5_server no_md5_either{test::without_hmac, "mail.example.org"};
    REQUIRE(no_md5_either.start().what == action::send);
    REQUIRE(no_md5_either.next("tim b913a602c7eda7a495b4e6e7334d3890").what == action::ask);
    CHECK(no_md5_either.password("x").why == error::crypto_unavailable);

    auto const who = GENERATE(values<plain_credentials>(
        {{"", "", "p"}, {"", "a", ""}, {"b", "a", "p"}, {"", "a\0"sv, "p"}, {"", "a\n", "p"}}));
    cram_md5_client unfit{openssl_crypto, who};
    CHECK(unfit.start().why == error::unusable_credentials);
    CHECK(unfit.next("<1.2@x>").why == error::unusable_credentials);
}

TEST_CASE("a CRAM-MD5 client answers one challenge, and not an empty one", "[sasl_cram_md5]") {
    cram_md5_client client{openssl_crypto, {"", "alice", "wonderland"}};
    CHECK(client.next("").why == error::bad_sasl_message);
    cram_md5_client twice{openssl_crypto, {"", "alice", "wonderland"}};
    CHECK(twice.next("<1.2@x>").what == action::send);
    CHECK(twice.verified());
    CHECK(twice.next("<1.2@x>").why == error::bad_sasl_message);
    CHECK_FALSE(twice.verified());
}

TEST_CASE("neither side of CRAM-MD5 does anything out of turn", "[sasl_cram_md5]") {
    cram_md5_client client{openssl_crypto, {"", "alice", "wonderland"}};
    CHECK(client.start().what == action::wait);
    CHECK(client.next("<1.2@x>").what == action::send);
    CHECK(client.start().why == error::not_ready);
    cram_md5_client unfit{openssl_crypto, {"", "alice", "\xFF"}};
    CHECK(unfit.start().why == error::unusable_credentials);
    cram_md5_server server{openssl_crypto, "mail.example.org"};
    REQUIRE(server.start().what == action::send);
    REQUIRE(server.next("tim b913a602c7eda7a495b4e6e7334d3890").what == action::ask);
    CHECK(server.next("tim b913a602c7eda7a495b4e6e7334d3890").why == error::not_ready);
    CHECK(server.password("x").why == error::not_ready);
}

TEST_CASE("not even the right digest lets in a CRAM-MD5 user who does not exist",
          "[sasl_cram_md5]") {
    cram_md5_server server{openssl_crypto, "mail.example.org"};
    std::string const challenge{server.start().octets};
    cram_md5_client client{openssl_crypto, {"", "nobody", challenge}};
    REQUIRE(server.next(client.next(challenge).octets).what == action::ask);
    CHECK(server.not_found().why == error::authentication_failed);
}
