#include <postel/server_session.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using postel::server_state;
using namespace postel::test;

// What a session owns, whatever a peer sends.

namespace {

/// The longest line, what AUTH makes of two of them, and replies up to where next() pauses: a
/// buffer that grows owns up to twice of what it holds.
std::size_t heap_bound(postel::server_options const& options) {
    constexpr std::size_t line = postel::minimum::authentication_line;
    return 2 * (line + line / 4 * 3 + options.limits.pending_output) + 1024;
}

}  // namespace

TEST_CASE("whatever a peer sends, a session holds no more than a line and a reply",
          "[server_memory][B-SEC-MEM-01]") {
    auto options = everything_offered();
    options.limits.errors = options.limits.idle_commands = 1'000'000;
    options.limits.authentication_failures = 1'000'000;
    auto const state = GENERATE(server_state::hello, server_state::ready, server_state::mail,
                                server_state::rcpt, server_state::more, server_state::barred,
                                server_state::data, server_state::bdat, server_state::auth);
    auto const text = GENERATE(values<std::string>({
        "A",
        "\n",
        "\r",
        "\r\n",
        std::string(1, '\0'),
        "AUTH PLAIN ",
        "NOOP\r\n",
        "AUTH PLAIN\r\n" + std::string(12286, 'A') + "\r\n",
        "AUTH LOGIN " + std::string(480, 'A') + "\r\n" + std::string(12284, 'A') + "\r\n",
        "BDAT 9 LAST\r\n",
        "RCPT TO:<" + std::string(60, 'a') + "@d.example>\r\n",
        "EHLO " + std::string(200, 'd') + "\r\n",
        ".\r\n",
    }));
    CAPTURE(name_of(state), printable_line(text.substr(0, 20)));
    std::string wire;
    while (wire.size() < 300'000) wire += text;
    for (std::size_t const piece : {std::size_t{700}, wire.size()}) {
        auto driver = driver_in(state, options);
        for (std::size_t at = 0; at < wire.size(); at += piece)
            if (!driver.feed(std::string_view{wire}.substr(at, piece))) break;
        CHECK(driver.peak_heap <= heap_bound(options));
        // What is kept of the peer's octets is what the caller did not want to keep.
        driver.session.keep();
        CHECK(driver.session.heap_octets() <= heap_bound(options));
    }
}

TEST_CASE("a session that waits for a decision keeps a window and no more", "[server_memory]") {
    auto const options = everything_offered();
    std::string const window(65'536, 'A');
    for (auto const state : {server_state::greeting, server_state::ready}) {
        auto driver = driver_in(state, options, [](auto&, auto const&) {});
        auto const wire = "MAIL FROM:<a@c.example>\r\n" + window;
        driver.session.receive(wire);
        driver.drain();
        REQUIRE(driver.session.waiting());
        driver.session.keep();
        CHECK(driver.session.heap_octets() <= wire.size() + 64);
        CHECK_FALSE(driver.session.wants_input());
    }
}
