#include "readme_1.hpp"  // the two blocks of code in README.md, as they stand there
#include "readme_2.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <thread>

#include "support/catch.hpp"

namespace {

// What the README asks of a socket, on one end of a pair.
class pair_end {
public:
    explicit pair_end(int descriptor) : descriptor_(descriptor) {}
    pair_end(pair_end const&) = delete;
    ~pair_end() { ::close(descriptor_); }

    void send(std::string_view octets) {
        while (!octets.empty()) {
            auto const sent = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            octets.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    std::string_view receive() {
        auto const received = ::recv(descriptor_, buffer_.data(), buffer_.size(), 0);
        return {buffer_.data(), received > 0 ? static_cast<std::size_t>(received) : 0};
    }

private:
    int descriptor_;
    std::array<char, 4096> buffer_{};
};

}  // namespace

TEST_CASE("the server and the client of the README deliver a message to each other", "[readme]") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    std::thread server{[&] {
        pair_end socket{ends[0]};
        postel::server_options const options{.hostname = "mx.example.org"};
        serve(socket, options);
    }};
    std::array<postel::envelope::recipient, 1> const to{{{.mailbox = "bob@example.org"}}};
    postel::envelope const envelope{.reverse_path = "alice@client.example", .recipients = to};
    postel::client_options const options{.hostname = "client.example"};
    auto result = postel::outcome::unknown;
    {
        pair_end socket{ends[1]};
        result = deliver(socket, options, envelope, "Subject: hello\r\n\r\n.\r\n");
    }
    server.join();
    CHECK(result == postel::outcome::accepted);
}
