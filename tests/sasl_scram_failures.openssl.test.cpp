#include <postel/sasl/scram.hpp>
//
#include "support/catch.hpp"
#include "support/sasl.hpp"
#include "support/scripted_crypto.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

using namespace postel;
using namespace std::literals;
using sasl::action;
using sasl::openssl_crypto;
using sasl::scram_client;
using sasl::scram_server;
using enum sasl_mechanism;

namespace {

constexpr auto salt = "0123456789abcdef"sv;

/// `alice` has the password `wonderland`.
sasl::step look_up_alice(scram_server& server) {
    auto const keys = sasl::make_scram_keys(openssl_crypto, sasl::scram_hash(server.mechanism()),
                                            "wonderland", salt, 4096);
    REQUIRE(keys);
    return server.found({salt, 4096, keys->stored_key.view(), keys->server_key.view()});
}

}  // namespace

TEST_CASE("each hash that fails on the way ends SCRAM on either side", "[sasl_scram]") {
    static int left = 0;  // so many keyed hashes succeed
    static constexpr auto counted = [](sasl::hash which, std::string_view key,
                                       std::string_view octets, std::span<char> out) {
        return left-- > 0 && openssl_crypto.hmac(which, key, octets, out);
    };
    constexpr sasl::crypto failing{openssl_crypto.digest, counted, openssl_crypto.pbkdf2,
                                   openssl_crypto.random};
    for (int good = 0; good < 4; ++good) {  // a client needs four
        CAPTURE(good);
        left = good;
        scram_client client{scram_sha_256, failing, {"", "alice", "wonderland"}};
        scram_server server{scram_sha_256, openssl_crypto};
        CHECK(test::converse(client, server, look_up_alice).client == error::crypto_unavailable);
    }
    for (int good = 0; good < 2; ++good) {  // and a server two
        CAPTURE(good);
        left = good;
        scram_client client{scram_sha_256, openssl_crypto, {"", "alice", "wonderland"}};
        scram_server server{scram_sha_256, failing};
        CHECK(test::converse(client, server, look_up_alice).server == error::crypto_unavailable);
    }
    CHECK(sasl::make_scram_keys(test::without_pbkdf2, sasl::hash::sha_256, "p", salt, 4096)
              .fault()
              .code == error::crypto_unavailable);
}

TEST_CASE("a SCRAM client refuses a server that adds no nonce or sends no salt", "[sasl_scram]") {
    sasl::scram_client_options options;
    options.nonce = "fyko+d2lbbFgONRv9qkxdawL";
    for (auto const& [challenge, why] :
         {std::pair{"r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096"sv,
                    error::nonce_mismatch},
          {"r=fyko+d2lbbFgONRv9qkxdawLx,s=,i=4096"sv, error::bad_sasl_message},
          {"r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXC!,i=4096"sv, error::bad_sasl_message}}) {
        CAPTURE(challenge);
        scram_client client{scram_sha_1, openssl_crypto, {"", "user", "pencil"}, {}, options};
        CHECK(client.next("").what == action::send);  // the empty challenge asks to begin
        CHECK(client.next(challenge).why == why);
    }
}

TEST_CASE("a store with keys of another hash lets nobody in", "[sasl_scram]") {
    auto const stored_size = GENERATE(std::size_t{20}, std::size_t{32});
    auto const server_size = 52 - stored_size;
    std::string const stored_key(stored_size, 's');
    std::string const server_key(server_size, 'k');
    scram_client client{scram_sha_256, openssl_crypto, {"", "alice", "wonderland"}};
    scram_server server{scram_sha_256, openssl_crypto};
    CHECK(server.start().octets.empty());
    auto const end = test::converse(client, server, [&](scram_server& s) {
        return s.found({salt, 4096, stored_key, server_key});
    });
    CHECK(end.server == error::authentication_failed);
    CHECK_FALSE(end.proved);
}
