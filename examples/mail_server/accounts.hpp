#pragma once

// Who may log in, and with which password.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <postel/sasl/crypto.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl/openssl.hpp>
#include <postel/sasl/scram_keys.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>

#include "../support/login.hpp"
#include "../support/program.hpp"

namespace mail_server {

namespace sasl = postel::sasl;

// A real server stores the SCRAM keys alone. Here the password is at hand anyway, and PLAIN, LOGIN
// and CRAM-MD5 are to be seen as well.
class accounts {
public:
    static constexpr std::uint32_t iterations = 4096;

    struct account {
        std::string name;
        sasl::secret password;
        sasl::secret salt;
        sasl::scram_keys sha_1;
        sasl::scram_keys sha_256;

        [[nodiscard]] sasl::scram_credentials keys(sasl::hash which) const {
            auto const& stored = which == sasl::hash::sha_1 ? sha_1 : sha_256;
            return {salt.view(), iterations, stored.stored_key.view(), stored.server_key.view()};
        }
    };

    static postel::sasl_mechanism_set mechanisms(bool over_tls) {
        using enum postel::sasl_mechanism;
        postel::sasl_mechanism_set some{plain, login, cram_md5, scram_sha_1, scram_sha_256};
        if (over_tls) some.add(scram_sha_1_plus).add(scram_sha_256_plus);
        return some;
    }

    explicit accounts(std::vector<std::string> const& users) {
        fill(server_secret_.extend(32));
        for (auto const& user : users) {
            auto const who = *support::parse_login(user);
            add(who.authentication_id, who.password);
        }
    }

    [[nodiscard]] account const* find(std::string_view name) const {
        for (auto const& each : all_)
            if (each.name == name) return &each;
        return nullptr;
    }

    // How long it takes tells neither how much of a password fits nor whether there is such a user.
    [[nodiscard]] bool fits(std::string_view name, std::string_view password) const {
        auto const* const known = find(name);
        auto const expected = known != nullptr ? known->password.view() : std::string_view{};
        return sasl::equal_in_constant_time(mark(password).view(), mark(expected).view()) &&
               known != nullptr;
    }

    // For a user that does not exist, and is not to be told from one that does.
    [[nodiscard]] sasl::secret salt_for_nobody(std::string_view name) const {
        auto salt = sasl::fake_salt(sasl::openssl_crypto, server_secret_.view(), name);
        return salt ? std::move(*salt) : sasl::secret{"0123456789abcdef"};
    }

private:
    void add(std::string_view name, std::string_view password) {
        account a{std::string{name}, sasl::secret{password}, {}, {}, {}};
        fill(a.salt.extend(16));
        a.sha_1 = keys(sasl::hash::sha_1, password, a.salt.view());
        a.sha_256 = keys(sasl::hash::sha_256, password, a.salt.view());
        all_.push_back(std::move(a));
    }
    static sasl::scram_keys keys(sasl::hash which, std::string_view password,
                                 std::string_view salt) {
        auto const made =
            sasl::make_scram_keys(sasl::openssl_crypto, which, password, salt, iterations);
        if (!made) throw support::fatal{support::os_error, "OpenSSL has no SHA-1 or SHA-256"};
        return *made;
    }
    static void fill(std::span<char> out) {
        if (!sasl::openssl_crypto.random(out))
            throw support::fatal{support::os_error, "OpenSSL has no random numbers"};
    }
    [[nodiscard]] sasl::key mark(std::string_view password) const {
        sasl::key made{sasl::hash::sha_256};
        // Without a hash, nothing fits anything.
        if (!sasl::openssl_crypto.hmac(sasl::hash::sha_256, server_secret_.view(), password,
                                       made.span()))
            fill(made.span());
        return made;
    }

    sasl::secret server_secret_;
    std::vector<account> all_;
};

}  // namespace mail_server
