#pragma once

#include <cstdint>
#include <postel/credentials.hpp>
#include <postel/error.hpp>
#include <postel/sasl/mechanism.hpp>
#include <postel/sasl/secret.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>

// LOGIN is PLAIN in two questions. It was never standardised; clients that know nothing else are
// what it is for.

namespace postel::sasl {

/// The client side of LOGIN. The first challenge is answered with the name, the second with the
/// password, whatever they say: servers differ in their texts. There is no initial response, since
/// not every server takes one. What is given is copied, and wiped with the client.
///
/// errors   unusable_credentials: an empty name or password, one that cannot be carried, or an
///          authorization identity, for which LOGIN has no room.
class login_client {
public:
    explicit login_client(plain_credentials const& who)
        : name_(who.authentication_id), password_(who.password) {
        bool const fit = can_carry(name_.view()) && can_carry(password_.view()) && !name_.empty() &&
                         !password_.empty() && who.authorization_id.empty();
        if (!fit) state_ = state::unusable;
    }
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::login; }

    [[nodiscard]] step start() const {
        if (state_ == state::unusable) return step::fail(error::unusable_credentials);
        return state_ == state::name ? step::wait() : step::fail(error::not_ready);
    }
    [[nodiscard]] step next(std::string_view) {
        switch (state_) {
            case state::name: state_ = state::password; return step::send(name_.view());
            case state::password: state_ = state::sent; return step::send(password_.view());
            case state::unusable: return step::fail(error::unusable_credentials);
            case state::sent:
            case state::over: break;
        }
        state_ = state::over;
        return step::fail(error::bad_sasl_message);
    }
    /// Both questions were answered, and there was no third.
    [[nodiscard]] bool verified() const { return state_ == state::sent; }

private:
    enum class state : std::uint8_t { name, password, sent, unusable, over };
    secret name_;
    secret password_;
    state state_ = state::name;
};

/// The server side of LOGIN, with the challenges that deployed clients look for. The name may come
/// as an initial response.
class login_server : public detail::application_decides {
public:
    [[nodiscard]] static constexpr sasl_mechanism mechanism() { return sasl_mechanism::login; }

    [[nodiscard]] step start() { return step::send("Username:"); }
    [[nodiscard]] step next(std::string_view response) {
        if (!may_speak()) return fail(error::not_ready);
        if (response.empty() || !can_carry(response)) return fail(error::bad_sasl_message);
        auto& field = name_.empty() ? name_ : password_;
        field.append(response);
        return password_.empty() ? step::send("Password:") : ask();
    }
    /// Who asks; after `ask`, for as long as the server lives.
    [[nodiscard]] plain_credentials credentials() const {
        return {{}, name_.view(), password_.view()};
    }

private:
    secret name_;
    secret password_;
};

}  // namespace postel::sasl
