#include <algorithm>
#include <array>
#include <cstddef>
#include <postel/client_session.hpp>
#include <postel/dot_decoder.hpp>
#include <postel/dot_encoder.hpp>
#include <postel/line_reader.hpp>
#include <postel/proxy_protocol.hpp>
#include <postel/received_counter.hpp>
#include <postel/reply_reader.hpp>
#include <postel/scan.hpp>
#include <postel/server_session.hpp>
#include <random>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/guard_page.hpp"

// Everything that reads octets of a peer, on octets between two pages that nobody may touch. What
// the kernels of scan.hpp and runs.hpp do there, each in every variant, is in their own tests.

using postel::test::guarded;
using namespace std::string_literals;

namespace {

using random_source = std::minstd_rand;

/// Octets that what is tested here looks at, between many that it does not.
std::string some_octets(random_source& random, std::size_t most) {
    static std::array<std::string, 16> const parts{
        "\r\n", "\r\n",   "\r\n.\r\n", "\r\n.", ".",         "\r",  "\n",   "\0"s,
        "\x80", "250 ok", "250-",      "x",     "Received:", "354", "NOOP", "PROXY TCP4 "};
    std::string text;
    while (text.size() < most) {
        text += parts[random() % parts.size()];
        if (random() % 3 == 0) text.append(random() % 90, 'y');
    }
    text.resize(most);
    return text;
}

/// Calls `take` for piece after piece of the text. Each lies in front of one of the pages, or
/// behind the other.
template <class Take>
void feed(std::string_view text, random_source& random, Take&& take) {
    guarded memory;
    REQUIRE(memory.usable());
    while (!text.empty()) {
        auto const most = std::min(text.size(), std::size_t{1} << random() % 11);
        auto const piece = text.substr(0, 1 + random() % most);
        take(random() % 4 == 0 ? memory.at_start(piece) : memory.at_end(piece));
        text.remove_prefix(piece.size());
    }
}

/// Tries texts of all lengths up to 3000 or so, the short ones first.
template <class Try>
void for_many_texts(unsigned seed, Try&& attempt) {
    random_source random{seed};
    for (std::size_t length = 0; length < 3000; length += 1 + length / 12)
        for (int round = 0; round < 8; ++round) attempt(some_octets(random, length), random);
}

}  // namespace

TEST_CASE("the search for CR LF looks at nothing beyond its octets", "[scan][guard]") {
    guarded memory;
    REQUIRE(memory.usable());
    for_many_texts(1, [&](std::string const& text, random_source&) {
        CHECK(postel::find_crlf(memory.at_end(text)) == text.find("\r\n"));
        CHECK(postel::find_crlf(memory.at_start(text)) == text.find("\r\n"));
    });
}

TEST_CASE("the dot decoder looks at nothing beyond its octets", "[dot_decoder][guard]") {
    using postel::line_ending_policy;
    for (auto const policy : {line_ending_policy::pass, line_ending_policy::normalise})
        for_many_texts(2, [&](std::string const& text, random_source& random) {
            auto const read = [&](auto&& give) {
                postel::dot_decoder decoder{policy, postel::nul_policy::pass};
                std::string all;
                give([&](std::string_view piece) {
                    while (!piece.empty()) {
                        auto const step = decoder.next(piece);
                        REQUIRE(step);
                        all += step->text;
                        piece.remove_prefix(step->consumed);
                    }
                });
                return all;
            };
            auto const whole = read([&](auto&& take) { take(std::string_view{text}); });
            CHECK(read([&](auto&& take) { feed(text, random, take); }) == whole);
        });
}

TEST_CASE("the dot encoder looks at nothing beyond its octets, and writes there as little",
          "[dot_encoder][guard]") {
    postel::content_encoding const how{postel::line_ending_repair::convert,
                                       postel::nul_policy::pass};
    guarded out;
    REQUIRE(out.usable());
    for_many_texts(3, [&](std::string const& text, random_source& random) {
        postel::dot_encoder views{how};
        postel::dot_encoder copies{how};
        std::string viewed;
        std::string copied;
        feed(text, random, [&](std::string_view piece) {
            for (auto rest = piece; !rest.empty();) {
                auto const step = views.next(rest);
                REQUIRE(step);
                viewed += step->text;
                rest.remove_prefix(step->consumed);
            }
            for (auto rest = piece; !rest.empty();) {
                auto const room = 2 + random() % 300;
                auto* const to = out.at_end(room);
                auto const step = copies.next(rest, {to, room});
                REQUIRE(step);
                copied.append(to, step->written);
                rest.remove_prefix(step->consumed);
            }
        });
        CHECK(viewed == copied);
        CHECK(views.octets() == copies.octets());
    });
}

TEST_CASE("the line reader looks at nothing beyond its octets", "[line_reader][guard]") {
    for_many_texts(4, [&](std::string const& text, random_source& random) {
        auto const read = [&](auto&& give) {
            postel::line_reader reader;
            std::string lines;
            give([&](std::string_view piece) {
                while (!piece.empty()) {
                    auto const step = reader.next(piece, 512);
                    piece.remove_prefix(step.consumed);
                    if (step.what == postel::line_reader::outcome::partial) continue;
                    (lines += step.text) += '|';
                }
            });
            return lines;
        };
        auto const whole = read([&](auto&& take) { take(std::string_view{text}); });
        CHECK(read([&](auto&& take) { feed(text, random, take); }) == whole);
    });
}

TEST_CASE("the reply reader looks at nothing beyond its octets", "[reply_reader][guard]") {
    postel::client_limits const limits;
    for_many_texts(5, [&](std::string const& text, random_source& random) {
        // Random octets are hardly ever a reply; with a code in front and no CR LF inside they are.
        auto reply = "250-" + text;
        std::replace(reply.begin(), reply.end(), '\r', 'r');
        std::replace(reply.begin(), reply.end(), '\n', 'n');
        reply = reply.substr(0, 2000) + "\r\n250 2.1.0 " + reply.substr(0, 1000) + "\r\n";
        for (bool const sound : {true, false}) {
            postel::reply_reader reader;
            bool failed = false;
            std::size_t replies = 0;
            feed(sound ? reply : text, random, [&](std::string_view piece) {
                while (!piece.empty() && !failed) {
                    auto const step = reader.next(piece, limits);
                    failed = !step;
                    if (failed) break;
                    if (step->complete) replies += step->reply.line_count();
                    piece.remove_prefix(step->consumed);
                }
            });
            if (sound) CHECK(replies == 2);
        }
    });
}

TEST_CASE("the counter of Received fields and the PROXY reader look at nothing beyond their octets",
          "[received_counter][proxy_protocol][guard]") {
    for_many_texts(6, [&](std::string const& text, random_source& random) {
        auto const whole = postel::received_counter{}.next(text);
        postel::received_counter counter;
        std::uint32_t counted = 0;
        feed(text, random, [&](std::string_view piece) { counted = counter.next(piece); });
        CHECK(counted == (text.empty() ? 0 : whole));
    });
    random_source random{8};
    std::string const v1 = "PROXY TCP6 2001:db8::1 2001:db8::2 56324 25\r\n";
    std::string const v2 =
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C"s + "\xC0\0\2\1\xC6\x33\x64\1\1\0\0\x19"s;
    for (int round = 0; round < 500; ++round)
        for (auto const& header : {v1, v2}) {
            postel::proxy_reader reader;
            bool complete = false;
            feed(header, random, [&](std::string_view piece) {
                auto const step = reader.next(piece);
                REQUIRE(step);
                complete = step->complete;
            });
            CHECK(complete);
        }
}

TEST_CASE("the sessions look at nothing beyond the octets that they are given",
          "[server_session][client_session][guard]") {
    postel::server_options server{.hostname = "mx.example"};
    server.offer.add(postel::extension::chunking);
    server.limits.errors = server.limits.idle_commands = 65535;
    postel::client_options const client{.hostname = "c.example"};
    std::string const talk =
        "EHLO c.example\r\nMAIL FROM:<s@c.example> SIZE=10 BODY=8BITMIME\r\nRCPT TO:<\"r \\\" "
        "r\"@d.example>\r\nRCPT TO:<r@[IPv6:2001:db8::1]>\r\nDATA\r\na: b\r\n\r\n..\r\n.\r\n"
        "MAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nBDAT 6\r\nQUIT\r\nBDAT 2 LAST\r\nhiVRFY r\r\n";
    std::array<std::string, 2> const replies{"220 mx.example\r\n",
                                             "250-mx.example\r\n250-SIZE 1000\r\n250 DSN\r\n"};
    random_source random{7};
    for (int round = 0; round < 200; ++round) {
        postel::server_session takes{server};
        std::size_t messages = 0;
        auto const drain = [&] {
            while (auto const event = takes.next()) {
                messages += event->kind() == postel::server_event_kind::message_end;
                if (takes.waiting()) takes.accept();
            }
            takes.sent(takes.output().size());
        };
        drain();
        feed(talk + (round % 2 == 0 ? some_octets(random, 500) : ""s), random,
             [&](std::string_view piece) {
                 if (!takes.wants_input()) return;
                 takes.receive(piece);
                 drain();
             });
        CHECK(messages == 2);

        postel::client_session gives{client};
        auto const obey = [&] {
            while (gives.next()) {
            }
            gives.sent(gives.output().size());
        };
        for (auto const& reply : replies) {
            obey();
            feed(reply, random, [&](std::string_view piece) {
                gives.receive(piece);
                obey();
            });
        }
        CHECK(gives.offered().size_limit == 1000U);
    }
}
