#pragma once

#include <cassert>
#include <cstdint>
#include <postel/base64.hpp>
#include <postel/decimal.hpp>
#include <postel/error.hpp>
#include <postel/sasl/channel_bindings.hpp>
#include <postel/sasl/crypto.hpp>
#include <postel/sasl/gs2.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl/scram_keys.hpp>
#include <postel/sasl/scram_message.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>

namespace postel::sasl {

/// The server side of SCRAM. It asks for the scram_credentials of user().
///
/// After `done` the user has proved to be user(); whether that one may act as authorization_id() is
/// the application's to decide.                                              RFC 5802 5
class scram_server {
public:
    /// which     One of the four SCRAM mechanisms.
    /// bindings  What this connection can be bound to, given exactly where -PLUS is offered on it,
    ///           to the plain forms too: a client that says it would have bound, had it been
    ///           offered, was shown a list that somebody shortened.
    /// nonce     Our part of it; empty: random, as it has to be outside of tests. Copied.
    scram_server(sasl_mechanism which, crypto const& functions,
                 channel_bindings const& bindings = {}, std::string_view nonce = {});

    [[nodiscard]] sasl_mechanism mechanism() const { return which_; }
    [[nodiscard]] step start() { return step::send({}); }
    /// Asks behind client-first, sends server-final behind client-final, is done behind that.
    ///
    /// errors  bad_sasl_message, channel_binding_mismatch, channel_binding_downgrade,
    ///         nonce_mismatch, authentication_failed, crypto_unavailable
    [[nodiscard]] step next(std::string_view response);

    /// Whose credentials are asked for.
    [[nodiscard]] std::string_view user() const { return user_.view(); }
    /// Who to act as; empty: the user.
    [[nodiscard]] std::string_view authorization_id() const { return authorization_id_.view(); }

    // Answers to `ask`; all three octet strings are copied.

    [[nodiscard]] step found(scram_credentials const& stored);
    /// There is no such user. The exchange goes on and looks like any other, if the salt does
    /// (fake_salt) and the iterations are those of other users; its end is authentication_failed.
    [[nodiscard]] step not_found(std::string_view salt, std::uint32_t iterations);

private:
    enum class state : std::uint8_t { first, asking, final, acknowledgement, over };

    [[nodiscard]] error hear_first(std::string_view response);
    [[nodiscard]] error hear_final(std::string_view response);
    [[nodiscard]] error check_header(gs2_header const& header) const;
    [[nodiscard]] std::string_view binding_of(std::string_view type) const;
    [[nodiscard]] error check_proof(std::string_view proof);
    [[nodiscard]] step send_first(std::string_view salt, std::uint32_t iterations);
    [[nodiscard]] step give_up(error why) {
        state_ = state::over;
        return step::fail(why);
    }

    crypto crypto_;
    secret tls_exporter_;
    secret tls_server_end_point_;
    secret user_;
    secret authorization_id_;
    secret binding_;     // what "c=" has to say, before base64
    secret transcript_;  // AuthMessage, as far as it is known
    secret message_;     // ours, the last one
    secret nonce_;       // the client's, and ours behind it
    secret own_nonce_;
    key stored_key_;
    key server_key_;
    sasl_mechanism which_;
    state state_ = state::first;
    bool exists_ = false;
};

inline scram_server::scram_server(sasl_mechanism which, crypto const& functions,
                                  channel_bindings const& bindings, std::string_view nonce)
    : crypto_(functions),
      tls_exporter_(bindings.tls_exporter),
      tls_server_end_point_(bindings.tls_server_end_point),
      own_nonce_(nonce),
      which_(which) {}

inline step scram_server::next(std::string_view response) {
    switch (state_) {
        case state::first: {
            auto const why = hear_first(response);
            if (why != error::none) return give_up(why);
            state_ = state::asking;
            return step::ask();
        }
        case state::final: {
            auto const why = hear_final(response);
            if (why != error::none) return give_up(why);
            state_ = state::acknowledgement;
            return step::send(message_.view());
        }
        case state::acknowledgement:
            state_ = state::over;
            return response.empty() ? step::done() : step::fail(error::bad_sasl_message);
        case state::asking:
        case state::over: break;
    }
    return give_up(error::not_ready);
}

inline std::string_view scram_server::binding_of(std::string_view type) const {
    if (type == detail::exporter_name) return tls_exporter_.view();
    if (type == detail::end_point_name) return tls_server_end_point_.view();
    return {};
}

// RFC 5802 6: "p" belongs to -PLUS, and to nothing else.
inline error scram_server::check_header(gs2_header const& header) const {
    bool const binds = header.flag == gs2_flag::bound;
    if (binds != detail::is_plus(which_)) return error::channel_binding_mismatch;
    if (binds && binding_of(header.binding_type).empty()) return error::channel_binding_mismatch;
    bool const can_bind = !tls_exporter_.empty() || !tls_server_end_point_.empty();
    if (header.flag == gs2_flag::unsupported && can_bind) return error::channel_binding_downgrade;
    return error::none;
}

inline error scram_server::hear_first(std::string_view response) {
    auto const first = parse_scram_client_first(response);
    if (!first) return first.fault().code;
    auto const& header = first->header;
    if (auto const why = check_header(header); why != error::none) return why;
    decode_saslname(user_, first->user);
    decode_saslname(authorization_id_, header.authorization_id);
    if (!can_carry(user_.view()) || !can_carry(authorization_id_.view()))
        return error::bad_sasl_message;
    binding_.append(header.text);
    binding_.append(binding_of(header.binding_type));
    transcript_.append(first->bare);
    nonce_.append(first->nonce);
    if (own_nonce_.empty() && !detail::append_nonce(crypto_, own_nonce_))
        return error::crypto_unavailable;
    nonce_.append(own_nonce_.view());
    return error::none;
}

inline step scram_server::found(scram_credentials const& stored) {
    if (state_ != state::asking) return give_up(error::not_ready);
    assert(!stored.salt.empty() && stored.iterations != 0);
    stored_key_ = key{stored.stored_key};
    server_key_ = key{stored.server_key};
    auto const size = hash_size(scram_hash(which_));
    // A store that holds no keys of this hash holds nothing that a proof can match.
    exists_ = stored_key_.size() == size && server_key_.size() == size;
    return send_first(stored.salt, stored.iterations);
}

inline step scram_server::not_found(std::string_view salt, std::uint32_t iterations) {
    if (state_ != state::asking) return give_up(error::not_ready);
    stored_key_ = server_key_ = key{scram_hash(which_)};
    exists_ = false;
    return send_first(salt, iterations);
}

inline step scram_server::send_first(std::string_view salt, std::uint32_t iterations) {
    message_.append("r=");
    message_.append(nonce_.view());
    message_.append(",s=");
    encode_base64(message_, salt);
    message_.append(",i=");
    write_decimal(message_, iterations);
    transcript_.append(",");
    transcript_.append(message_.view());
    state_ = state::final;
    return step::send(message_.view());
}

inline error scram_server::hear_final(std::string_view response) {
    auto const last = parse_scram_client_final(response);
    if (!last) return last.fault().code;
    if (!equal_in_constant_time(last->nonce, nonce_.view())) return error::nonce_mismatch;
    secret expected;
    encode_base64(expected, binding_.view());
    if (!equal_in_constant_time(last->binding, expected.view()))
        return error::channel_binding_mismatch;
    transcript_.append(",");
    transcript_.append(last->without_proof);
    return check_proof(last->proof);
}

// ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage); the proof is right if H(ClientKey) is
// StoredKey.                                                                      RFC 5802 3
inline error scram_server::check_proof(std::string_view base64) {
    auto const which = scram_hash(which_);
    auto client_key = detail::decode_key(which, base64);
    if (!client_key) return client_key.fault().code;
    key signature{which};
    key stored{which};
    key verifier{which};
    auto const all = transcript_.view();
    if (!crypto_.hmac(which, stored_key_.view(), all, signature.span()))
        return error::crypto_unavailable;
    *client_key ^= signature;
    if (!crypto_.digest(which, client_key->view(), stored.span()) ||
        !crypto_.hmac(which, server_key_.view(), all, verifier.span()))
        return error::crypto_unavailable;
    bool const right = equal_in_constant_time(stored.view(), stored_key_.view());
    if (!right || !exists_) return error::authentication_failed;
    message_.clear();
    message_.append("v=");
    encode_base64(message_, verifier.view());
    return error::none;
}

}  // namespace postel::sasl
