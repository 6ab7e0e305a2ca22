#pragma once

#include <cstddef>
#include <cstdint>
#include <postel/base64.hpp>
#include <postel/credentials.hpp>
#include <postel/error.hpp>
#include <postel/octet_buffer.hpp>
#include <postel/result.hpp>
#include <postel/sasl_mechanism.hpp>
#include <string_view>

namespace postel {

/// The server's side of one AUTH, from its mechanism to its end: decodes what the client says, and
/// knows whose turn it is. PLAIN and LOGIN come out as credentials; what every other mechanism says
/// is for whoever knows the mechanism. Everything it holds is overwritten at the end.  RFC 4954 4
class auth_dialog {
public:
    enum class turn : std::uint8_t {
        client,       ///< send `challenge`, then read a line
        credentials,  ///< name and password are known: somebody has to judge them
        exchange,     ///< `octets` are for the mechanism: it answers, accepts or refuses
    };
    struct step {
        turn whose;
        std::string_view challenge{};  ///< before base64
    };

    explicit auth_dialog(sasl_mechanism mechanism) : mechanism_(mechanism) {}

    [[nodiscard]] sasl_mechanism mechanism() const { return mechanism_; }
    /// What the client said in its last turn, decoded. Valid until it says more.
    [[nodiscard]] std::string_view octets() const { return said_.view(); }
    /// The client has not said anything yet, not even nothing.
    [[nodiscard]] bool silent() const { return silent_; }
    /// Octets of heap that are owned now.
    [[nodiscard]] std::size_t heap_octets() const { return said_.capacity() + name_.capacity(); }
    /// Where the step is `credentials`.
    [[nodiscard]] plain_credentials credentials() const {
        if (mechanism_ == sasl_mechanism::plain) return *parse_plain_message(said_.view());
        return {{}, name_.view(), said_.view()};
    }

    /// AUTH came without an initial response.
    [[nodiscard]] step begin() const {
        if (mechanism_ == sasl_mechanism::login) return {turn::client, "Username:"};
        return {describe(mechanism_).client_first ? turn::client : turn::exchange};
    }

    /// The client said something: an initial response, or the line behind a challenge.
    ///
    /// errors   bad_base64, authentication_failed (PLAIN that is not PLAIN, LOGIN without a name).
    [[nodiscard]] result<step> hear(std::string_view base64) {
        silent_ = false;
        said_.release();
        auto const size = decode_base64(base64, said_.extend(base64_decoded_bound(base64.size())));
        if (!size) return size.fault();
        said_.shorten(*size);
        switch (mechanism_) {
            case sasl_mechanism::plain: return hear_plain();
            case sasl_mechanism::login: return hear_login();
            default: return step{turn::exchange};
        }
    }

private:
    [[nodiscard]] result<step> hear_plain() const {
        if (auto const message = parse_plain_message(said_.view()); !message)
            return message.fault();
        return step{turn::credentials};
    }
    // The name, and then the password.
    [[nodiscard]] result<step> hear_login() {
        if (said_.empty() || said_.view().find('\0') != std::string_view::npos)
            return error::authentication_failed;
        if (!name_.empty()) return step{turn::credentials};
        name_ = std::move(said_);
        return step{turn::client, "Password:"};
    }

    secret_buffer said_;
    secret_buffer name_;  // of LOGIN
    sasl_mechanism mechanism_;
    bool silent_ = true;
};

}  // namespace postel
