#pragma once

#include <cstdint>
#include <postel/base64.hpp>
#include <postel/credentials.hpp>
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

/// What a client can be told beyond who it is for.
struct scram_client_options {
    /// Fewer: whoever pretends to be the server can guess the password from our proof.
    std::uint32_t least_iterations = 4096;
    /// More: the server keeps us calculating.
    std::uint32_t most_iterations = 10'000'000;
    /// Visible ASCII without ","; empty: random, as it has to be outside of tests. A view that is
    /// used in the constructor only.
    std::string_view nonce{};
};

/// The client side of SCRAM. What is given is copied, and wiped with the client.
///
/// A 235 counts only when verified(): the server has shown that it knows the password, too.
///                                                                           RFC 5802 5
class scram_client {
public:
    /// which     One of the four SCRAM mechanisms.
    /// bindings  What this connection can be bound to. -PLUS needs one and prefers tls_exporter.
    /// The
    ///           plain forms say with it that the server did not offer -PLUS, which the server will
    ///           dispute if somebody struck it off the list: so choose -PLUS wherever it is
    ///           offered.
    /// errors    of start(): unusable_credentials, channel_binding_mismatch (-PLUS without
    /// binding),
    ///           crypto_unavailable
    scram_client(sasl_mechanism which, crypto const& functions, plain_credentials const& who,
                 channel_bindings const& bindings = {}, scram_client_options const& options = {});

    [[nodiscard]] sasl_mechanism mechanism() const { return which_; }
    /// Sends client-first.
    [[nodiscard]] step start();
    /// Answers server-first with client-final, and server-final with nothing.
    ///
    /// errors  bad_sasl_message, nonce_mismatch, iterations_out_of_range, bad_server_signature,
    ///         authentication_failed (server_error() says why), crypto_unavailable
    /// cost    server-first: as many hashes as it asks for, up to the limit, in one go.
    [[nodiscard]] step next(std::string_view challenge);
    [[nodiscard]] bool verified() const { return state_ == state::verified; }
    /// What the server gave as its reason.
    [[nodiscard]] scram_error server_error() const { return server_error_; }

private:
    enum class state : std::uint8_t { ready, first_sent, final_sent, verified, over };

    [[nodiscard]] error hear_first(std::string_view challenge);
    [[nodiscard]] error hear_final(std::string_view challenge);
    [[nodiscard]] error prove(std::string_view salt, std::uint32_t iterations);
    [[nodiscard]] step give_up(error why) {
        state_ = state::over;
        return step::fail(why);
    }

    crypto crypto_;
    secret user_;
    secret authorization_id_;
    secret password_;
    secret header_;      // gs2-header, and behind it the binding
    secret message_;     // ours, the last one
    secret transcript_;  // AuthMessage, as far as it is known
    secret nonce_;
    key server_signature_;
    std::string_view binding_type_;
    std::uint32_t header_size_ = 0;
    std::uint32_t least_iterations_;
    std::uint32_t most_iterations_;
    sasl_mechanism which_;
    gs2_flag flag_ = gs2_flag::none;
    state state_ = state::ready;
    scram_error server_error_ = scram_error::none;
};

inline scram_client::scram_client(sasl_mechanism which, crypto const& functions,
                                  plain_credentials const& who, channel_bindings const& bindings,
                                  scram_client_options const& options)
    : crypto_(functions),
      user_(who.authentication_id),
      authorization_id_(who.authorization_id),
      password_(who.password),
      nonce_(options.nonce),
      least_iterations_(options.least_iterations),
      most_iterations_(options.most_iterations),
      which_(which) {
    bool const exporter = !bindings.tls_exporter.empty();
    if (detail::is_plus(which)) {
        flag_ = gs2_flag::bound;
        binding_type_ = exporter ? detail::exporter_name : detail::end_point_name;
    } else if (!bindings.empty()) {
        flag_ = gs2_flag::unsupported;
    }
    write_gs2_header(header_, flag_, binding_type_, authorization_id_.view());
    header_size_ = static_cast<std::uint32_t>(header_.size());
    if (flag_ == gs2_flag::bound)
        header_.append(exporter ? bindings.tls_exporter : bindings.tls_server_end_point);
}

inline step scram_client::start() {
    if (state_ != state::ready) return give_up(error::not_ready);
    bool const fit = can_carry(user_.view()) && can_carry(password_.view()) &&
                     can_carry(authorization_id_.view()) && !user_.empty() && !password_.empty();
    if (!fit) return give_up(error::unusable_credentials);
    if (flag_ == gs2_flag::bound && header_.size() == header_size_)
        return give_up(error::channel_binding_mismatch);
    if (nonce_.empty() && !detail::append_nonce(crypto_, nonce_))
        return give_up(error::crypto_unavailable);
    transcript_.append("n=");
    write_saslname(transcript_, user_.view());
    transcript_.append(",r=");
    transcript_.append(nonce_.view());
    message_.append(header_.view().substr(0, header_size_));
    message_.append(transcript_.view());
    state_ = state::first_sent;
    return step::send(message_.view());
}

inline step scram_client::next(std::string_view challenge) {
    if (state_ == state::ready && challenge.empty()) return start();
    if (state_ == state::first_sent) {
        if (auto const why = hear_first(challenge); why != error::none) return give_up(why);
        state_ = state::final_sent;
        return step::send(message_.view());
    }
    if (state_ == state::final_sent) {
        if (auto const why = hear_final(challenge); why != error::none) return give_up(why);
        state_ = state::verified;
        return step::send({});
    }
    return give_up(error::bad_sasl_message);
}

inline error scram_client::hear_first(std::string_view challenge) {
    // A server that fails this early says so in the words of server-final.
    if (!challenge.empty() && challenge.front() == 'e') return hear_final(challenge);
    auto const first = parse_scram_server_first(challenge);
    if (!first) return first.fault().code;
    auto const ours = nonce_.view();
    bool const extended = first->nonce.size() > ours.size();
    if (!extended || first->nonce.substr(0, ours.size()) != ours) return error::nonce_mismatch;
    if (first->iterations < least_iterations_ || first->iterations > most_iterations_)
        return error::iterations_out_of_range;
    secret salt;
    auto const room = salt.extend(base64_decoded_bound(first->salt.size()));
    auto const size = decode_base64(first->salt, room);
    if (!size) return error::bad_sasl_message;
    salt.shorten(*size);

    transcript_.append(",");
    transcript_.append(challenge);
    message_.clear();
    message_.append("c=");
    encode_base64(message_, header_.view());
    message_.append(",r=");
    message_.append(first->nonce);
    transcript_.append(",");
    transcript_.append(message_.view());
    return prove(salt.view(), static_cast<std::uint32_t>(first->iterations));
}

// ClientSignature = HMAC(StoredKey, AuthMessage)      ClientProof = ClientKey XOR ClientSignature
// ServerSignature = HMAC(ServerKey, AuthMessage)                                  RFC 5802 3
inline error scram_client::prove(std::string_view salt, std::uint32_t iterations) {
    auto const which = scram_hash(which_);
    auto made = detail::derive_scram_keys(crypto_, which, password_.view(), salt, iterations);
    if (!made) return made.fault().code;
    key proof{which};
    server_signature_ = key{which};
    auto const& stored = made->stored;
    auto const all = transcript_.view();
    if (!crypto_.hmac(which, stored.stored_key.view(), all, proof.span()) ||
        !crypto_.hmac(which, stored.server_key.view(), all, server_signature_.span()))
        return error::crypto_unavailable;
    proof ^= made->client_key;
    message_.append(",p=");
    encode_base64(message_, proof.view());
    password_.clear();
    return error::none;
}

inline error scram_client::hear_final(std::string_view challenge) {
    auto const last = parse_scram_server_final(challenge);
    if (!last) return last.fault().code;
    server_error_ = last->why;
    if (last->why != scram_error::none) return error::authentication_failed;
    auto const signature = detail::decode_key(scram_hash(which_), last->verifier);
    if (!signature) return signature.fault().code;
    bool const equal = equal_in_constant_time(signature->view(), server_signature_.view());
    return equal ? error::none : error::bad_server_signature;
}

}  // namespace postel::sasl
