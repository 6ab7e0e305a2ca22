#pragma once

#include <postel/base64.hpp>
#include <postel/sasl/mechanism.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace postel::test {

inline std::string from_base64(std::string_view text) {
    auto const octets = decode_base64(text);
    return octets ? *octets : "not base64: " + std::string{text};
}
inline std::string to_base64(std::string_view octets) {
    std::string text;
    encode_base64(text, octets);
    return text;
}

/// How an exchange ended on both sides.
struct outcome {
    error client = error::none;       ///< why the client gave up
    error server = error::none;       ///< why the server did
    bool proved = false;              ///< the server is done
    bool verified = false;            ///< the client takes a 235 for an answer
    std::vector<std::string> said{};  ///< by both, in turn, the client's first

    friend bool operator==(outcome const&, outcome const&) = default;
};

/// What may happen to a message on its way: it is told which one it has, counted from 0.
inline std::string untouched(std::size_t, std::string_view message) {
    return std::string{message};
}

/// Lets a client and a server talk. `answer(server)` answers what the server asks. `on_the_way`
/// changes messages. With `initial` off, the client's first message answers an empty challenge.
template <class Client, class Server, class Answer, class Way = decltype(&untouched)>
outcome converse(Client& client, Server& server, Answer&& answer, Way&& on_the_way = untouched,
                 bool initial = true) {
    using sasl::action;
    outcome end;
    // Exactly as long as the message, and gone with the next one: sanitizers see who reads on.
    std::vector<char> wire;
    auto const pass = [&](std::string_view message) {
        end.said.push_back(on_the_way(end.said.size(), message));
        wire = std::vector<char>(end.said.back().begin(), end.said.back().end());
        return std::string_view{wire.data(), wire.size()};
    };
    auto from_client = initial ? client.start() : sasl::step::wait();
    for (int round = 0; round < 10; ++round) {
        if (from_client.what == action::failed) {
            end.client = from_client.why;
            return end;
        }
        bool const silent = from_client.what == action::wait;
        auto from_server = silent ? server.start() : server.next(pass(from_client.octets));
        if (from_server.what == action::ask) from_server = answer(server);
        if (from_server.what != action::send) {
            end.server = from_server.why;
            end.proved = from_server.what == action::done;
            end.verified = client.verified();
            return end;
        }
        from_client = client.next(pass(from_server.octets));
    }
    end.said.push_back("endless");
    return end;
}

}  // namespace postel::test
