#include <postel/sasl/scram.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"
#include "support/scripted_crypto.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace postel;
using namespace std::literals;
using sasl::action;
using sasl::channel_bindings;
using sasl::openssl_crypto;
using sasl::scram_client;
using sasl::scram_server;
using sasl::step;

static_assert(sasl::client_mechanism<scram_client>);
static_assert(sasl::server_mechanism<scram_server>);

namespace {

using enum sasl_mechanism;
constexpr std::array all_four{scram_sha_1, scram_sha_1_plus, scram_sha_256, scram_sha_256_plus};

bool plus(sasl_mechanism which) {
    return which == scram_sha_1_plus || which == scram_sha_256_plus;
}

constexpr auto salt = "0123456789abcdef"sv;
constexpr channel_bindings exporter{"an exporter value of 32 octets.."sv, {}};
constexpr channel_bindings end_point{{}, "the hash of the certificate"sv};

/// Answers for a user `alice` with the password `wonderland`.
step look_up(scram_server& server, std::string_view with_salt = salt,
             std::string_view password = "wonderland") {
    constexpr std::uint32_t iterations = 4096;
    if (server.user() != "alice") return server.not_found(with_salt, iterations);
    auto const keys = sasl::make_scram_keys(openssl_crypto, sasl::scram_hash(server.mechanism()),
                                            password, with_salt, iterations);
    REQUIRE(keys);
    return server.found({with_salt, iterations, keys->stored_key.view(), keys->server_key.view()});
}
step look_up_alice(scram_server& server) {
    return look_up(server);
}

channel_bindings bindings_for(sasl_mechanism which) {
    return plus(which) ? exporter : channel_bindings{};
}

test::outcome talk(sasl_mechanism which,
                   plain_credentials const& who = {"", "alice", "wonderland"}) {
    scram_client client{which, openssl_crypto, who, bindings_for(which)};
    scram_server server{which, openssl_crypto, bindings_for(which)};
    return test::converse(client, server, look_up_alice);
}

/// A conversation in which somebody between the two replaces `from` by `to` in one message.
test::outcome tampered(sasl_mechanism which, std::size_t message, std::string_view from,
                       std::string_view to) {
    scram_client client{which, openssl_crypto, {"", "alice", "wonderland"}, bindings_for(which)};
    scram_server server{which, openssl_crypto, bindings_for(which)};
    return test::converse(client, server, look_up_alice,
                          [&](std::size_t current, std::string_view text) {
                              std::string changed{text};
                              if (current != message) return changed;
                              auto const at = changed.find(from);
                              REQUIRE(at != changed.npos);
                              return changed.replace(at, from.size(), to);
                          });
}

}  // namespace

TEST_CASE("SCRAM reproduces the published exchanges",
          "[sasl_scram][B-7677-3-01][B-5802-3-01][B-9266-3-01]") {
    std::string octets_0_to_31;
    for (char c = 0; c < 32; ++c) octets_0_to_31 += c;
    auto const octets_0_to_15 = octets_0_to_31.substr(0, 16);
    struct row {
        sasl_mechanism which;
        std::string_view user, password, client_nonce, server_nonce;
        std::string salt;
        std::string_view client_final, server_final;
    };
    auto const given = GENERATE_REF(values<row>({
        {scram_sha_1, "user", "pencil", "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j",
         test::from_base64("QSXCR+Q6sek8bf92"),  // RFC 5802 5
         "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
         "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
        {scram_sha_256, "user", "pencil", "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
         test::from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="),  // RFC 7677 3
         "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
         "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
         "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
        {scram_sha_256, "alice", "wonderland", "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j",
         octets_0_to_15,
         "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
         "p=GXLNJRqo7cA7rJalWlF9V8dBZie/PmE9S10fBvA/AU4=",
         "v=OKG9ELI4zRIcCuehISxyGdthlWnE92ovHYxcU0byrA0="},
        {scram_sha_256_plus, "alice", "wonderland", "fyko+d2lbbFgONRv9qkxdawL",
         "3rfcNHYJY1ZVvWVs7j", octets_0_to_15,
         "c=cD10bHMtZXhwb3J0ZXIsLAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f,"
         "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
         "p=4tdQr+Z8bvBTW+LbAGA5pP3ghxPuXhkxC47FREPCGcA=",
         "v=XWdg3/wDvuGj9JfAmW3BEMqEIkE+w0o2dDFnASv80u8="},
    }));
    CAPTURE(to_string(given.which), given.user);
    channel_bindings const bound{plus(given.which) ? octets_0_to_31 : std::string_view{}, {}};
    sasl::scram_client_options options;
    options.nonce = given.client_nonce;
    scram_client client{
        given.which, openssl_crypto, {"", given.user, given.password}, bound, options};
    scram_server server{given.which, openssl_crypto, bound, given.server_nonce};
    auto const end = test::converse(client, server, [&](scram_server& s) {
        CHECK(s.user() == given.user);
        auto const keys = sasl::make_scram_keys(openssl_crypto, sasl::scram_hash(given.which),
                                                given.password, given.salt, 4096);
        return s.found({given.salt, 4096, keys->stored_key.view(), keys->server_key.view()});
    });
    std::string const header = plus(given.which) ? "p=tls-exporter,," : "n,,";
    std::string const nonce{given.client_nonce};
    CHECK(end.said == std::vector<std::string>{
                          header + "n=" + std::string{given.user} + ",r=" + nonce,
                          "r=" + nonce + std::string{given.server_nonce} +
                              ",s=" + test::to_base64(given.salt) + ",i=4096",
                          std::string{given.client_final}, std::string{given.server_final}, ""});
    CHECK(end.proved);
    CHECK(end.verified);
}

TEST_CASE("both sides of SCRAM agree exactly when the password is right",
          "[sasl_scram][S-5802-5.1-05]") {
    struct row {
        std::string_view user, password;
        bool right;
    };
    auto const which = GENERATE(from_range(all_four));
    auto const given = GENERATE(values<row>({
        {"alice", "wonderland", true},
        {"alice", "Wonderland", false},
        {"alice", "wonderland ", false},
        {"bob", "wonderland", false},
    }));
    CAPTURE(to_string(which), given.user, given.password);
    auto const end = talk(which, {"", given.user, given.password});
    CHECK(end.proved == given.right);
    CHECK(end.verified == given.right);
    CHECK(end.server == (given.right ? error::none : error::authentication_failed));
    CHECK(end.said.size() == (given.right ? 5u : 3u));
}

TEST_CASE("SCRAM carries names with commas and equals signs, and who to act as",
          "[sasl_scram][S-5802-5.1-02]") {
    constexpr auto name = "a,b=c=2C"sv;
    scram_client client{scram_sha_256, openssl_crypto, {"boss=,", name, "p\xC3\xA4ss"}};
    scram_server server{scram_sha_256, openssl_crypto};
    auto const end = test::converse(client, server, [&](scram_server& s) {
        CHECK(s.user() == name);
        CHECK(s.authorization_id() == "boss=,");
        auto const keys =
            sasl::make_scram_keys(openssl_crypto, sasl::hash::sha_256, "p\xC3\xA4ss", salt, 4096);
        return s.found({salt, 4096, keys->stored_key.view(), keys->server_key.view()});
    });
    CHECK(end.said.front().find("n,a=boss=3D=2C,n=a=2Cb=3Dc=3D2C,r=") == 0);
    CHECK(end.proved);
}

TEST_CASE("whoever changes a SCRAM message on its way is found out",
          "[sasl_scram][C-5802-5.1-01][S-5802-5.1-01][S-5802-6-01][C-5802-5-01][S-5802-5.1-04]") {
    struct row {
        std::size_t message;
        std::string_view from, to;
        error client, server;
    };
    constexpr auto ok = error::none;
    constexpr auto failed = error::authentication_failed;
    auto const given = GENERATE(values<row>({
        {0, "n=alice", "n=bob", ok, failed},              // another user
        {0, ",n=", ",n=x", ok, failed},                   //
        {1, "r=", "r=X", error::nonce_mismatch, ok},      // not our nonce
        {1, ",s=", "x,s=", ok, error::nonce_mismatch},    // a longer one
        {1, ",s=MDEy", ",s=MDEz", ok, failed},            // another salt
        {1, ",s=", ",s=A", error::bad_sasl_message, ok},  // not base64
        {1, ",i=4096", ",i=4095", error::iterations_out_of_range, ok},
        {1, ",i=4096", ",i=1", error::iterations_out_of_range, ok},
        {1, ",i=4096", ",i=10000001", error::iterations_out_of_range, ok},
        {1, ",i=4096", ",i=2147483647", error::iterations_out_of_range, ok},
        {1, ",i=4096", ",i=4294971392", error::iterations_out_of_range, ok},  // 2^32 + 4096
        {1, ",i=4096", ",i=18446744073709555712", error::iterations_out_of_range, ok},
        {1, ",i=4096", ",i=4097", ok, failed},
        {1, ",i=4096", ",i=4096,x=y", ok, failed},  // ignored, but part of what is proved
        {1, "r=", "m=x,r=", error::bad_sasl_message, ok},
        {2, ",r=", ",r=X", ok, error::nonce_mismatch},
        {2, ",p=", ",x=y,p=", ok, failed},
        {2, ",p=", ",p=A", ok, error::bad_sasl_message},
        {3, "v=", "v=A", error::bad_sasl_message, ok},
        {3, "v=", "e=other-error,v=", failed, ok},
        {4, "", "x", ok, error::bad_sasl_message},
    }));
    auto const which = GENERATE(from_range(all_four));
    CAPTURE(to_string(which), given.message, given.from, given.to);
    auto const end = tampered(which, given.message, given.from, given.to);
    CHECK(end.client == given.client);
    CHECK(end.server == given.server);
    CHECK_FALSE(end.proved);
}

TEST_CASE("no octet of a proof or a signature can be changed", "[sasl_scram][C-5802-5-01]") {
    auto const which = GENERATE(scram_sha_1, scram_sha_256);
    std::size_t const message = GENERATE(2u, 3u);
    bool const of_client = message == 2;
    auto const size = sasl::hash_size(sasl::scram_hash(which));
    for (std::size_t octet = 0; octet < size; ++octet) {
        scram_client client{which, openssl_crypto, {"", "alice", "wonderland"}};
        scram_server server{which, openssl_crypto};
        auto const end = test::converse(
            client, server, look_up_alice, [&](std::size_t current, std::string_view text) {
                if (current != message) return std::string{text};
                auto const at = text.find(of_client ? "p=" : "v=") + 2;
                auto value = test::from_base64(text.substr(at));
                value[octet] = static_cast<char>(value[octet] ^ 1);
                return std::string{text.substr(0, at)} + test::to_base64(value);
            });
        CAPTURE(to_string(which), octet);
        CHECK(end.server == (of_client ? error::authentication_failed : error::none));
        CHECK(end.client == (of_client ? error::none : error::bad_server_signature));
        CHECK_FALSE(client.verified());
    }
}

TEST_CASE("a 235 that comes too early counts for nothing", "[sasl_scram][C-5802-5-01]") {
    scram_client client{scram_sha_256, openssl_crypto, {"", "alice", "wonderland"}};
    scram_server server{scram_sha_256, openssl_crypto};
    CHECK_FALSE(client.verified());
    auto const first = client.start();
    CHECK_FALSE(client.verified());
    REQUIRE(server.next(first.octets).what == action::ask);
    auto const last = client.next(look_up(server).octets);
    CHECK(last.what == action::send);
    CHECK_FALSE(client.verified());
    auto const verifier = server.next(last.octets);
    REQUIRE(client.next(verifier.octets).what == action::send);
    CHECK(client.verified());
    CHECK(client.next("more").why == error::bad_sasl_message);
    CHECK_FALSE(client.verified());
}

TEST_CASE("a server that names a reason is understood", "[sasl_scram]") {
    scram_client client{scram_sha_256, openssl_crypto, {"", "alice", "wonderland"}};
    REQUIRE(client.start().what == action::send);
    CHECK(client.next("e=unknown-user").why == error::authentication_failed);
    CHECK(client.server_error() == sasl::scram_error::unknown_user);
    CHECK_FALSE(client.verified());
}

TEST_CASE("a binding to another channel is found out", "[sasl_scram][S-5802-6-01][S-5802-6-03]") {
    struct row {
        channel_bindings client, server;
        error why;
    };
    constexpr auto mismatch = error::channel_binding_mismatch;
    constexpr channel_bindings both{exporter.tls_exporter, end_point.tls_server_end_point};
    constexpr channel_bindings other{"another exporter value, 32 octets"sv, {}};
    auto const given = GENERATE_REF(values<row>({
        {exporter, exporter, error::none},
        {end_point, end_point, error::none},
        {both, both, error::none},
        {end_point, both, error::none},
        {exporter, other, mismatch},  // somebody in the middle of TLS
        {end_point, exporter, mismatch},
        {exporter, {}, mismatch},
    }));
    auto const which = GENERATE(scram_sha_1_plus, scram_sha_256_plus);
    scram_client client{which, openssl_crypto, {"", "alice", "wonderland"}, given.client};
    scram_server server{which, openssl_crypto, given.server};
    auto const end = test::converse(client, server, look_up_alice);
    CHECK(end.server == given.why);
    CHECK(end.proved == (given.why == error::none));
    if (given.client.tls_exporter.empty())
        CHECK(end.said[0].find("p=tls-server-end-point,,") == 0);
    else
        CHECK(end.said[0].find("p=tls-exporter,,") == 0);
}

TEST_CASE("a client that could bind says so, whatever it could bind to",
          "[sasl_scram][C-5802-6-01]") {
    for (auto const& binding : {channel_bindings{}, exporter, end_point}) {
        scram_client client{scram_sha_256, openssl_crypto, {"", "alice", "wonderland"}, binding};
        CHECK(client.start().octets.substr(0, 1) == (binding.empty() ? "n" : "y"));
        CHECK(binding.empty() ==
              (binding.tls_exporter.empty() && binding.tls_server_end_point.empty()));
    }
}

TEST_CASE("a client that binds needs something to bind to", "[sasl_scram]") {
    scram_client client{scram_sha_256_plus, openssl_crypto, {"", "alice", "wonderland"}};
    CHECK(client.start().why == error::channel_binding_mismatch);
}

TEST_CASE("whoever strikes -PLUS off the list is found out",
          "[sasl_scram][S-5802-6-02][C-5802-6-01][C-5802-6-02]") {
    auto const which = GENERATE(scram_sha_1, scram_sha_256);
    bool const offers_plus = GENERATE(true, false);
    scram_client client{which, openssl_crypto, {"", "alice", "wonderland"}, exporter};
    scram_server server{which, openssl_crypto, offers_plus ? exporter : channel_bindings{}};
    auto const end = test::converse(client, server, look_up_alice);
    CHECK(end.said[0].find("y,,") == 0);
    CHECK(end.server == (offers_plus ? error::channel_binding_downgrade : error::none));
    CHECK(end.proved != offers_plus);
    // "n" passes: such a client cannot bind. To make one of "y" breaks the proof.
    scram_client honest{which, openssl_crypto, {"", "alice", "wonderland"}, exporter};
    scram_server fooled{which, openssl_crypto, exporter};
    auto const hidden = test::converse(
        honest, fooled, look_up_alice, [](std::size_t current, std::string_view text) {
            return (current == 0 ? "n" : "") + std::string{text.substr(current == 0 ? 1 : 0)};
        });
    CHECK(hidden.server == error::channel_binding_mismatch);
}

TEST_CASE("a gs2-header must belong to the mechanism", "[sasl_scram][S-5802-6-03][S-5802-5.1-03]") {
    struct row {
        sasl_mechanism which;
        std::string_view first;
        error why;
    };
    constexpr auto mismatch = error::channel_binding_mismatch;
    constexpr auto bad = error::bad_sasl_message;
    auto const given = GENERATE(values<row>({
        {scram_sha_256_plus, "p=tls-exporter,,n=u,r=abc", error::none},
        {scram_sha_256_plus, "p=foo,,n=u,r=abc", mismatch},
        {scram_sha_256_plus, "p=tls-unique,,n=u,r=abc", mismatch},
        {scram_sha_256_plus, "p=tls-server-end-point,,n=u,r=abc", mismatch},
        {scram_sha_256_plus, "n,,n=u,r=abc", mismatch},
        {scram_sha_256_plus, "y,,n=u,r=abc", mismatch},
        {scram_sha_256, "p=tls-exporter,,n=u,r=abc", mismatch},
        {scram_sha_256, "y,,n=u,r=abc", error::channel_binding_downgrade},
        {scram_sha_256, "n,,n=u,r=abc", error::none},
        {scram_sha_256, "n,,m=x,n=u,r=abc", bad},
        {scram_sha_256, "n,,n=a=b,r=abc", bad},
        {scram_sha_256, "n,,n=a\r\nb,r=abc", bad},
        {scram_sha_256, "n,,n=a\0b,r=abc"sv, bad},
        {scram_sha_256, "n,a=\x7F,n=u,r=abc", bad},
        {scram_sha_256, "n,,n=\xC2\x9B,r=abc", bad},
        {scram_sha_256, "", bad},
    }));
    CAPTURE(to_string(given.which), given.first);
    scram_server server{given.which, openssl_crypto, exporter};
    auto const heard = server.next(given.first);
    CHECK(heard.why == given.why);
    CHECK((heard.what == action::ask) == (given.why == error::none));
}

TEST_CASE("a user that does not exist looks like one that does", "[sasl_scram]") {
    auto const secret_of_server = "kept by the server for good"sv;
    auto const one = sasl::fake_salt(openssl_crypto, secret_of_server, "bob");
    auto const again = sasl::fake_salt(openssl_crypto, secret_of_server, "bob");
    auto const other = sasl::fake_salt(openssl_crypto, secret_of_server, "carol");
    auto const elsewhere = sasl::fake_salt(openssl_crypto, "another", "bob");
    REQUIRE(one);
    CHECK(one->size() == 16);
    CHECK(one->view() == again->view());
    CHECK(one->view() != other->view());
    CHECK(one->view() != elsewhere->view());
    CHECK(sasl::fake_salt(test::without_hmac, "s", "bob").fault().code ==
          error::crypto_unavailable);

    scram_client client{scram_sha_256, openssl_crypto, {"", "bob", "wonderland"}};
    scram_server server{scram_sha_256, openssl_crypto};
    auto const end = test::converse(
        client, server, [&](scram_server& s) { return s.not_found(one->view(), 4096); });
    REQUIRE(end.said.size() == 3);  // refused only after the proof
    auto const known = talk(scram_sha_256);
    CHECK(end.said[1].size() == known.said[1].size());
    CHECK(end.server == error::authentication_failed);
}

TEST_CASE("nobody gets in who does not exist, even where the proof fits", "[sasl_scram]") {
    // Hashes that are all zeros, as the keys of nobody are: every proof of zeros fits.
    constexpr sasl::crypto zeros{
        [](sasl::hash, std::string_view, std::span<char> out) {
            std::fill(out.begin(), out.end(), '\0');
            return true;
        },
        [](sasl::hash, std::string_view, std::string_view, std::span<char> out) {
            std::fill(out.begin(), out.end(), '\0');
            return true;
        },
        openssl_crypto.pbkdf2, openssl_crypto.random};
    bool const exists = GENERATE(true, false);
    scram_server server{scram_sha_1, zeros};
    REQUIRE(server.next("n,,n=bob,r=abc").what == action::ask);
    std::string const none(20, '\0');
    auto const asked =
        exists ? server.found({salt, 4096, none, none}) : server.not_found(salt, 4096);
    std::string const first{asked.octets};
    auto const nonce = first.substr(0, first.find(','));
    auto const end = server.next("c=biws," + nonce + ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    CHECK(end.why == (exists ? error::none : error::authentication_failed));
}

TEST_CASE("a proof or a signature that is no base64 is a message that is none", "[sasl_scram]") {
    scram_client client{scram_sha_1, openssl_crypto, {"", "alice", "wonderland"}};
    std::string const first{client.start().octets};
    auto const nonce = first.substr(first.find("r="));
    REQUIRE(client.next(nonce + "x,s=AAAA,i=4096").what == action::send);
    CHECK(client.next("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAA").why == error::bad_sasl_message);  // 21
}

TEST_CASE("keys of another hash prove nothing", "[sasl_scram]") {
    scram_client client{scram_sha_256, openssl_crypto, {"", "alice", "wonderland"}};
    scram_server server{scram_sha_256, openssl_crypto};
    auto const end = test::converse(client, server, [](scram_server& s) {
        auto const keys =
            sasl::make_scram_keys(openssl_crypto, sasl::hash::sha_1, "wonderland", salt, 4096);
        return s.found({salt, 4096, keys->stored_key.view(), keys->server_key.view()});
    });
    CHECK(end.server == error::authentication_failed);
    scram_server empty{scram_sha_256, openssl_crypto};
    scram_client anybody{scram_sha_256, openssl_crypto, {"", "alice", "wonderland"}};
    auto const none = test::converse(anybody, empty, [](scram_server& s) {
        return s.found({salt, 4096, "", ""});
    });
    CHECK(none.server == error::authentication_failed);
}

TEST_CASE("the client's limits are the application's", "[sasl_scram][S-5802-5.1-04]") {
    std::uint32_t const count = GENERATE(4095u, 4096u, 5000u, 5001u);
    sasl::scram_client_options options;
    options.least_iterations = 4096;
    options.most_iterations = 5000;
    scram_client client{scram_sha_1, openssl_crypto, {"", "alice", "wonderland"}, {}, options};
    std::string const first{client.start().octets};
    auto const nonce = first.substr(first.find("r="));
    auto const heard = client.next(nonce + "x,s=AAAA,i=" + std::to_string(count));
    bool const within = count >= 4096 && count <= 5000;
    CHECK(heard.why == (within ? error::none : error::iterations_out_of_range));
}

TEST_CASE("SCRAM fails by name where a hash is missing or a name cannot be carried",
          "[sasl_scram][B-5802-2.2-01]") {
    plain_credentials const alice{"", "alice", "wonderland"};
    scram_client no_random{scram_sha_256, test::without_random, alice};
    CHECK(no_random.start().why == error::crypto_unavailable);
    for (auto const& missing : {test::without_pbkdf2, test::without_hmac, test::without_digest}) {
        scram_client client{scram_sha_256, missing, alice};
        scram_server server{scram_sha_256, openssl_crypto};
        CHECK(test::converse(client, server, look_up_alice).client == error::crypto_unavailable);
        CHECK_FALSE(client.verified());
    }
    for (auto const& missing : {test::without_random, test::without_hmac, test::without_digest}) {
        scram_client client{scram_sha_256, openssl_crypto, alice};
        scram_server server{scram_sha_256, missing};
        CHECK(test::converse(client, server, look_up_alice).server == error::crypto_unavailable);
    }
    for (auto const& who :
         {plain_credentials{"", "", "p"}, plain_credentials{"", "a", ""},
          plain_credentials{"", "a\r\n", "p"}, plain_credentials{"", "a", "p\0"sv},
          plain_credentials{"\xFF", "a", "p"}}) {
        scram_client client{scram_sha_256, openssl_crypto, who};
        CHECK(client.start().why == error::unusable_credentials);
        CHECK(client.next("").why == error::bad_sasl_message);
    }
}

TEST_CASE("SCRAM does nothing out of turn, and survives a move", "[sasl_scram]") {
    scram_server server{scram_sha_256, openssl_crypto};
    CHECK(server.found({salt, 4096, "k", "k"}).why == error::not_ready);
    CHECK(server.next("n,,n=u,r=abc").why == error::not_ready);
    scram_server looking{scram_sha_256, openssl_crypto};
    REQUIRE(looking.next("n,,n=u,r=abc").what == action::ask);
    CHECK(looking.next("c=biws,r=abc,p=AAAA").why == error::not_ready);
    scram_server unasked{scram_sha_256, openssl_crypto};
    CHECK(unasked.not_found(salt, 4096).why == error::not_ready);
    scram_client spoken_to{scram_sha_256, openssl_crypto, {"", "alice", "wonderland"}};
    CHECK(spoken_to.next("who?").why == error::bad_sasl_message);

    scram_client client{scram_sha_256, openssl_crypto, {"", "alice", "wonderland"}};
    auto const first = client.start();
    auto moved_client = std::move(client);
    scram_server asked{scram_sha_256, openssl_crypto};
    REQUIRE(asked.next(first.octets).what == action::ask);
    auto moved = std::move(asked);
    CHECK(moved.user() == "alice");
    auto const second = look_up(moved);
    CHECK(look_up(moved).why == error::not_ready);
    CHECK(moved_client.next(second.octets).what == action::send);
    CHECK(moved_client.start().why == error::not_ready);
}
