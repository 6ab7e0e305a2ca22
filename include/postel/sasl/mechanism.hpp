#pragma once

#include <concepts>
#include <cstdint>
#include <postel/ascii.hpp>
#include <postel/cursor.hpp>
#include <postel/error.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/utf8.hpp>
#include <string_view>

// What all mechanisms have in common. Each is a machine without I/O that takes and gives decoded
// octets: base64 and the lines around it are the session's.
//
//   client                                            server
//   start() -> send, or wait                          start() -> send: AUTH came without a response
//   next(challenge) -> send                           next(response) -> send, ask, done
//   verified(): does a 235 count?                     an answer of its own after ask -> as above
//
// The glue of a server session is one line: at `auth_exchange`, take
// `event.begins ? start() : next(event.octets)`, and turn the step into challenge(step.octets),
// accept() or refuse(); after `ask`, whenever the answer is known.
//
// `failed` ends either side at any time. A client whose start() could not be sent with the AUTH
// command keeps the octets for the empty challenge, or calls next("") then instead of start().

namespace postel::sasl {

/// What a mechanism wants to be done.
enum class action : std::uint8_t {
    send,    ///< send `octets`: a client as its response, a server as its challenge
    wait,    ///< client: the server speaks first; send AUTH alone
    ask,     ///< server: the application decides, or looks something up, now or later
    done,    ///< server: proved. Who may act as whom is still the application's to decide
    failed,  ///< over: a client cancels with "*", a server refuses
};

/// One step of an exchange. `octets` are valid until the mechanism is used again; a move of the
/// mechanism keeps them.
struct step {
    action what;
    std::string_view octets{};
    error why = error::none;

    [[nodiscard]] static constexpr step send(std::string_view octets) {
        return {action::send, octets, error::none};
    }
    [[nodiscard]] static constexpr step wait() { return {action::wait, {}, error::none}; }
    [[nodiscard]] static constexpr step ask() { return {action::ask, {}, error::none}; }
    [[nodiscard]] static constexpr step done() { return {action::done, {}, error::none}; }
    [[nodiscard]] static constexpr step fail(error why) { return {action::failed, {}, why}; }
};

/// The shape of every client side.
template <class T>
concept client_mechanism = requires(T changed, T const looked_at, std::string_view challenge) {
    { looked_at.mechanism() } -> std::same_as<sasl_mechanism>;
    { changed.start() } -> std::same_as<step>;
    { changed.next(challenge) } -> std::same_as<step>;
    { looked_at.verified() } -> std::same_as<bool>;
};

/// The shape of every server side; the answers to `ask` differ.
template <class T>
concept server_mechanism = requires(T changed, T const looked_at, std::string_view response) {
    { looked_at.mechanism() } -> std::same_as<sasl_mechanism>;
    { changed.start() } -> std::same_as<step>;
    { changed.next(response) } -> std::same_as<step>;
};

/// Whether a name or a password can be carried: well-formed UTF-8 without controls, C1 controls
/// included. SASLprep forbids those, and logs obey them.
///
/// SASLprep itself, which maps what looks alike to one spelling, needs tables of Unicode and is the
/// application's: ASCII is its own preparation, anything else is passed on and compared unchanged.
///                                                             RFC 4013 2, RFC 5802 2.2
[[nodiscard]] constexpr bool can_carry(std::string_view text) {
    cursor in{text};
    while (!in.done()) {
        in.take_while(printable);
        if (!in.done() && !parse_utf8_non_ascii(in, error::bad_octet)) return false;
    }
    return true;
}

namespace detail {

/// A client that has one thing to say.
class one_response_client {
public:
    [[nodiscard]] step start() {
        if (why_not_ != error::none) return step::fail(why_not_);
        if (state_ != state::ready) return step::fail(error::not_ready);
        state_ = state::sent;
        return step::send(message_.view());
    }
    /// The challenge must be the empty one that stands in for the initial response.
    [[nodiscard]] step next(std::string_view challenge) {
        if (state_ == state::ready && challenge.empty()) return start();
        state_ = state::over;
        return step::fail(error::bad_sasl_message);
    }
    /// All was said, and the server had no question.
    [[nodiscard]] bool verified() const { return state_ == state::sent; }

protected:
    one_response_client() = default;
    secret& message() { return message_; }
    void give_up(error why) { why_not_ = why; }

private:
    enum class state : std::uint8_t { ready, sent, over };
    secret message_;
    error why_not_ = error::none;
    state state_ = state::ready;
};

/// A server whose last word is the application's.
class application_decides {
public:
    /// Yes, to `ask`.
    [[nodiscard]] step accept() { return settle(step::done()); }
    /// No, to `ask`.
    [[nodiscard]] step refuse() { return settle(step::fail(error::authentication_failed)); }

protected:
    application_decides() = default;
    [[nodiscard]] bool asking() const { return state_ == state::asking; }
    /// Once: there is one question in an exchange.
    [[nodiscard]] step ask() {
        state_ = state::asking;
        return step::ask();
    }
    [[nodiscard]] step fail(error why) {
        state_ = state::over;
        return step::fail(why);
    }
    [[nodiscard]] step settle(step answer) {
        if (!asking()) return step::fail(error::not_ready);
        state_ = state::over;
        return answer;
    }
    [[nodiscard]] bool may_speak() const { return state_ == state::listening; }

private:
    enum class state : std::uint8_t { listening, asking, over };
    state state_ = state::listening;
};

}  // namespace detail

}  // namespace postel::sasl
