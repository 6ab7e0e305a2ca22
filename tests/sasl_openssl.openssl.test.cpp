#include <postel/sasl/openssl.hpp>
//
#include "support/catch.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

using namespace postel::sasl;
using namespace std::literals;

namespace {

std::string hex(std::string_view octets) {
    constexpr auto digits = "0123456789abcdef"sv;
    std::string text;
    for (char const c : octets) {
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

template <class T, auto Free>
struct freed {
    void operator()(T* one) const { Free(one); }
};
template <class T, auto Free>
using owned = std::unique_ptr<T, freed<T, Free>>;
using private_key = owned<EVP_PKEY, EVP_PKEY_free>;
using certificate = owned<X509, X509_free>;
using tls_context = owned<SSL_CTX, SSL_CTX_free>;
using tls_connection = owned<SSL, SSL_free>;

private_key make_key(int type) {
    owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context{EVP_PKEY_CTX_new_id(type, nullptr)};
    EVP_PKEY* made = nullptr;
    REQUIRE(EVP_PKEY_keygen_init(context.get()) == 1);
    if (type == EVP_PKEY_EC)
        REQUIRE(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) == 1);
    REQUIRE(EVP_PKEY_keygen(context.get(), &made) == 1);
    return private_key{made};
}

certificate make_certificate(EVP_PKEY* signer, EVP_MD const* with) {
    certificate made{X509_new()};
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), signer);
    REQUIRE(X509_sign(made.get(), signer, with) > 0);
    return made;
}

/// Two ends of a TLS connection in memory.
struct tls_pair {
    private_key key = make_key(EVP_PKEY_EC);
    certificate own = make_certificate(key.get(), EVP_sha256());
    tls_context server_context{SSL_CTX_new(TLS_server_method())};
    tls_context client_context{SSL_CTX_new(TLS_client_method())};
    tls_connection server, client;

    explicit tls_pair(int version, std::uint64_t options = 0) {
        SSL_CTX_use_certificate(server_context.get(), own.get());
        SSL_CTX_use_PrivateKey(server_context.get(), key.get());
        for (auto* context : {server_context.get(), client_context.get()}) {
            SSL_CTX_set_max_proto_version(context, version);
            SSL_CTX_set_options(context, options);
        }
        server.reset(SSL_new(server_context.get()));
        client.reset(SSL_new(client_context.get()));
        BIO* one = nullptr;
        BIO* other = nullptr;
        REQUIRE(BIO_new_bio_pair(&one, 0, &other, 0) == 1);
        SSL_set_bio(server.get(), one, one);
        SSL_set_bio(client.get(), other, other);
        SSL_set_accept_state(server.get());
        SSL_set_connect_state(client.get());
        for (int i = 0; i < 10; ++i) {
            SSL_do_handshake(client.get());
            SSL_do_handshake(server.get());
        }
        REQUIRE(SSL_is_init_finished(server.get()) == 1);
        REQUIRE(SSL_is_init_finished(client.get()) == 1);
    }
};

}  // namespace

TEST_CASE("the hashes are the hashes", "[sasl_openssl]") {
    struct row {
        hash which;
        std::string_view digest, hmac;
    };
    auto const given = GENERATE(values<row>({
        // of "abc" (RFC 1321 A.5, RFC 3174 7.3, FIPS 180-2 B.1); keyed with "Jefe" (RFC 2202, 4231)
        {hash::md5, "900150983cd24fb0d6963f7d28e17f72", "750c783e6ab0b503eaa86e310a5db738"},
        {hash::sha_1, "a9993e364706816aba3e25717850c26c9cd0d89d",
         "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {hash::sha_256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    }));
    key out{given.which};
    REQUIRE(openssl_crypto.digest(given.which, "abc", out.span()));
    CHECK(hex(out.view()) == given.digest);
    REQUIRE(openssl_crypto.hmac(given.which, "Jefe", "what do ya want for nothing?", out.span()));
    CHECK(hex(out.view()) == given.hmac);
    CHECK(openssl_crypto.hmac(given.which, "", "", out.span()));
    CHECK_FALSE(openssl_crypto.digest(given.which, "abc", out.span().first(15)));
    CHECK_FALSE(openssl_crypto.hmac(given.which, "Jefe", "abc", out.span().first(15)));
}

TEST_CASE("PBKDF2 is the one of RFC 6070", "[sasl_openssl]") {
    key out{hash::sha_1};
    REQUIRE(openssl_crypto.pbkdf2(hash::sha_1, "password", "salt", 4096, out.span()));
    CHECK(hex(out.view()) == "4b007901b765489abead49d926f721d065a429c1");
    CHECK_FALSE(openssl_crypto.pbkdf2(hash::sha_1, "password", "salt", 0, out.span()));
    CHECK_FALSE(openssl_crypto.pbkdf2(hash::sha_1, "password", "salt", 1, out.span().first(15)));
    CHECK(openssl_crypto.pbkdf2(hash::sha_1, "", "salt", 1, out.span()));
    CHECK_FALSE(openssl_crypto.pbkdf2(hash::sha_1, "password", "salt", 0xFFFFFFFF, out.span()));
}

TEST_CASE("random octets do not come twice", "[sasl_openssl]") {
    std::array<char, 16> one{};
    std::array<char, 16> two{};
    REQUIRE(openssl_crypto.random(one));
    REQUIRE(openssl_crypto.random(two));
    CHECK(one != two);
}

TEST_CASE("both ends of a TLS connection have one exporter binding, and no other connection has it",
          "[sasl_openssl][B-9266-3-01]") {
    tls_pair const here{TLS1_3_VERSION};
    tls_pair const there{TLS1_3_VERSION};
    auto const binding = tls_exporter_binding(here.server.get());
    CHECK(binding.size() == 32);
    CHECK(binding.view() == tls_exporter_binding(here.client.get()).view());
    CHECK(binding.view() != tls_exporter_binding(there.server.get()).view());
}

TEST_CASE("a connection that could renegotiate or has no extended master secret is not bound",
          "[sasl_openssl][B-9266-4.2-01][B-7677-4-01]") {
    CHECK(tls_exporter_binding(tls_pair{TLS1_2_VERSION}.server.get()).empty());
    auto const pinned = static_cast<std::uint64_t>(SSL_OP_NO_RENEGOTIATION);
    tls_pair const fixed{TLS1_2_VERSION, pinned};
    CHECK(tls_exporter_binding(fixed.server.get()).size() == 32);
    CHECK(tls_exporter_binding(fixed.server.get()).view() ==
          tls_exporter_binding(fixed.client.get()).view());
#ifdef SSL_OP_NO_EXTENDED_MASTER_SECRET
    auto const old = pinned | static_cast<std::uint64_t>(SSL_OP_NO_EXTENDED_MASTER_SECRET);
    CHECK(tls_exporter_binding(tls_pair{TLS1_2_VERSION, old}.server.get()).empty());
#endif
}

TEST_CASE("a certificate is hashed as it was signed, and never with SHA-1 or MD5",
          "[sasl_openssl]") {
    auto const signer = make_key(EVP_PKEY_EC);
    auto const of = [&](EVP_MD const* with) {
        return tls_server_end_point_binding(make_certificate(signer.get(), with).get()).size();
    };
    CHECK(of(EVP_sha256()) == 32);
    CHECK(of(EVP_sha384()) == 48);
    CHECK(of(EVP_sha512()) == 64);
    CHECK(of(EVP_sha1()) == 32);
    auto const old = make_key(EVP_PKEY_RSA);
    CHECK(tls_server_end_point_binding(make_certificate(old.get(), EVP_md5()).get()).size() == 32);
    auto const plain = make_key(EVP_PKEY_ED25519);
    CHECK(tls_server_end_point_binding(make_certificate(plain.get(), nullptr).get()).empty());
}
