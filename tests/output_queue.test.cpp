#include <postel/output_queue.hpp>

#include <random>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using postel::output_queue;

static_assert(sizeof(output_queue) <= 104);
static_assert(std::is_nothrow_move_constructible_v<output_queue>);

TEST_CASE("the replies to MAIL, RCPT and DATA need no heap in an output queue", "[output_queue]") {
    output_queue queue;
    queue.append("250 2.1.0 sender ok\r\n");
    queue.append("250 2.1.5 recipient ok\r\n");
    queue.append("354 end data with <CR><LF>.<CR><LF>\r\n");
    CHECK(queue.heap_octets() == 0);
    CHECK(queue.size() == 82);
    queue.sent(82);
    CHECK(queue.empty());
    queue.append("250 2.0.0 Ok\r\n");
    CHECK(queue.heap_octets() == 0);
}

TEST_CASE("an output queue gives its heap back when all is sent", "[output_queue]") {
    output_queue queue;
    queue.append("250-mx.example.org\r\n");
    queue.append(std::string(200, 'x'));
    CHECK(queue.heap_octets() > 0);
    CHECK(queue.size() == 220);
    queue.sent(219);
    CHECK(queue.heap_octets() > 0);
    CHECK(queue.view() == "x");
    queue.sent(1);
    CHECK(queue.heap_octets() == 0);
    CHECK(queue.view().empty());
    queue.append("again");
    CHECK(queue.view() == "again");
    CHECK(queue.heap_octets() == 0);
}

TEST_CASE("an output queue uses room that sent octets left before it goes to the heap",
          "[output_queue]") {
    output_queue queue;
    for (int i = 0; i < 1000; ++i) {
        queue.append("0123456789");
        if (i >= 7) queue.sent(10);
    }
    CHECK(queue.size() == 70);
    CHECK(queue.heap_octets() == 0);
}

TEST_CASE("the heap of an output queue follows what waits, not what was ever sent",
          "[output_queue]") {
    output_queue queue;
    queue.append(std::string(1000, 'x'));
    for (int i = 0; i < 100'000; ++i) {
        queue.append("0123456789");
        queue.sent(10);
    }
    CHECK(queue.size() == 1000);
    CHECK(queue.heap_octets() <= 4 * 1000);
}

TEST_CASE("an output queue gives out what it was given, in order", "[output_queue]") {
    std::minstd_rand random{7};
    output_queue queue;
    std::string put, got;
    for (int i = 0; i < 20'000; ++i) {
        std::string const piece(random() % (i % 500 == 0 ? 700 : 40), static_cast<char>(random()));
        queue.append(piece);
        put += piece;
        auto const n = random() % 4 == 0 ? queue.size() : random() % (queue.size() + 1);
        got += queue.view().substr(0, n);
        queue.sent(n);
        REQUIRE(queue.size() == put.size() - got.size());
    }
    got += queue.view();
    CHECK(got == put);
}

TEST_CASE("a moved output queue takes its octets along and leaves nothing", "[output_queue]") {
    auto const length = GENERATE(std::size_t{50}, std::size_t{500});
    CAPTURE(length);
    output_queue from;
    from.append(std::string(length, 'x') + "end");
    from.sent(length);
    output_queue to(std::move(from));
    CHECK(from.empty());
    CHECK(from.heap_octets() == 0);
    CHECK(to.view() == "end");
    from.append("new");
    CHECK(from.view() == "new");
    from = std::move(to);
    CHECK(from.view() == "end");
    CHECK(to.empty());
}

TEST_CASE("a cleared output queue holds nothing", "[output_queue]") {
    output_queue queue;
    queue.append(std::string(300, 'x'));
    queue.clear();
    CHECK(queue.empty());
    CHECK(queue.heap_octets() == 0);
}

TEST_CASE("an output queue overwrites a secret once it is sent, and nothing after that",
          "[output_queue]") {
    output_queue queue;
    queue.append("AUTH PLAIN AHRpbQB0YW5zdGFhZg==\r\n");
    auto const place = queue.view();
    queue.overwrite_when_sent();
    queue.sent(10);
    CHECK(queue.view() == " AHRpbQB0YW5zdGFhZg==\r\n");
    queue.sent(queue.size());
    CHECK(place == std::string(place.size(), '\0'));
    queue.append("MAIL FROM:<tim@example.org>\r\n");
    queue.sent(queue.size());
    CHECK(place.substr(0, 4) == "MAIL");
}

TEST_CASE("a moved or outgrown output queue leaves no secret behind", "[output_queue]") {
    output_queue queue;
    queue.append("secret");
    auto const place = queue.view();
    queue.overwrite_when_sent();
    bool const moves = GENERATE(true, false);
    CAPTURE(moves);
    output_queue other;
    if (moves)
        other = std::move(queue);
    else
        queue.append(std::string(100, 'x'));
    CHECK(place == std::string(6, '\0'));
    CHECK((moves ? other : queue).view().substr(0, 6) == "secret");
}
