#pragma once

#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/result.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl/secret.hpp>
#include <string_view>
#include <utility>

// What XOAUTH2 and OAUTHBEARER share: a token that proves by being known, and a refusal in two
// turns, in which the client learns why before the reply that counts.

namespace postel::sasl {

/// Who wants in, with a token.
struct bearer_credentials {
    std::string_view user{};   ///< OAUTHBEARER: may be empty, the token knows
    std::string_view token{};  ///< one or more visible ASCII characters; opaque here
    std::string_view host{};   ///< OAUTHBEARER: which server the client means, if it says so
    std::uint16_t port = 0;    ///< OAUTHBEARER: the same; 0 if it does not say so
};

namespace detail {

inline constexpr std::string_view kvsep = "\x01";

[[nodiscard]] constexpr bool fit_for_bearer(bearer_credentials const& who) {
    return can_carry(who.user) && all_of(who.token, vchar) && !who.token.empty() &&
           all_of(who.host, vchar);
}

// "Bearer" 1*SP 1*VCHAR       the scheme in any letter case       RFC 6750 2.1, RFC 7628 4
[[nodiscard]] constexpr result<std::string_view> parse_bearer(std::string_view value) {
    cursor in{value};
    if (!in.take_ignoring_case("Bearer")) return in.fail(error::bad_sasl_message);
    if (in.take_while(char_set{" "}).empty()) return in.fail(error::bad_sasl_message);
    auto const token = in.take_while(vchar);
    if (token.empty() || !in.done()) return in.fail(error::bad_sasl_message);
    return token;
}

/// The client side of both, after its message was made.
class bearer_client {
public:
    [[nodiscard]] step start() {
        if (state_ == state::unusable) return step::fail(error::unusable_credentials);
        if (state_ != state::ready) return step::fail(error::not_ready);
        state_ = state::sent;
        return step::send(message_.view());
    }
    /// A challenge behind the message says why the server refused: it is kept, and answered so
    /// that the reply can come.
    [[nodiscard]] step next(std::string_view challenge) {
        if (state_ == state::unusable || (state_ == state::ready && challenge.empty()))
            return start();
        bool const judged = state_ == state::sent;
        state_ = judged ? state::refused : state::over;
        if (!judged) return step::fail(error::bad_sasl_message);
        refusal_.append(challenge);
        return step::send(answer_to_refusal_);
    }
    /// The message was sent, and the server had nothing against it.
    [[nodiscard]] bool verified() const { return state_ == state::sent; }
    /// What the server said about a token it does not take: JSON.
    [[nodiscard]] std::string_view refusal() const { return refusal_.view(); }

protected:
    explicit bearer_client(std::string_view answer_to_refusal)
        : answer_to_refusal_(answer_to_refusal) {}
    secret& message() { return message_; }
    void give_up() { state_ = state::unusable; }

private:
    enum class state : std::uint8_t { ready, sent, refused, unusable, over };
    secret message_;
    secret refusal_;
    std::string_view answer_to_refusal_;
    state state_ = state::ready;
};

/// The server side of both, but for reading the message.
class bearer_server {
public:
    [[nodiscard]] step start() { return step::send({}); }
    /// Who asks, and for what server; after `ask`, for as long as the server lives.
    [[nodiscard]] bearer_credentials const& credentials() const { return who_; }

    /// Yes, to `ask`.
    [[nodiscard]] step accept() {
        if (state_ != state::asking) return step::fail(error::not_ready);
        state_ = state::over;
        return step::done();
    }

protected:
    enum class state : std::uint8_t { listening, asking, refused, over };

    bearer_server() = default;
    /// The client's turn came: keeps a message that is to be read, and ends a refusal.
    [[nodiscard]] step hear(std::string_view response) {
        auto const before = std::exchange(state_, state::over);
        if (before == state::refused) return step::fail(error::authentication_failed);
        if (before != state::listening) return step::fail(error::not_ready);
        message_.append(response);
        return step::wait();
    }
    [[nodiscard]] std::string_view message() const { return message_.view(); }
    [[nodiscard]] step ask(bearer_credentials const& who) {
        who_ = who;
        state_ = state::asking;
        return step::ask();
    }
    /// Tells why in a challenge; the failure comes when the client has answered it.
    [[nodiscard]] step refuse_with(std::string_view json) {
        refusal_.append(json);
        state_ = state::refused;
        return step::send(refusal_.view());
    }
    [[nodiscard]] bool asking() const { return state_ == state::asking; }

private:
    secret message_;
    secret refusal_;
    bearer_credentials who_;
    state state_ = state::listening;
};

}  // namespace detail

}  // namespace postel::sasl
