#include <postel/chunk.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/split.hpp"

using postel::chunk;
using namespace std::string_literals;

static_assert(chunk{0, true}.next("x").done);
static_assert(chunk{3, false}.next("abcd").text == "abc");

TEST_CASE("a chunk takes exactly its octets, however they are cut",
          "[chunk][S-3030-2-04][S-3030-2-06]") {
    auto const wire = "\r\n.\r\nQUIT\r\n\0\n\r.\r\nMAIL FROM:<a@b.example>\r\n"s;
    for (std::size_t size = 0; size <= wire.size(); ++size) {
        CAPTURE(size);
        postel::test::for_every_cut(wire, [&](auto const& stream) {
            chunk counted{size, true};
            std::string text, behind;
            bool done = counted.next("").done;
            for (auto piece : stream) {
                if (!done) {
                    auto const step = counted.next(piece);
                    REQUIRE(step.consumed == step.text.size());
                    text += step.text;
                    done = step.done;
                    piece.remove_prefix(step.consumed);
                }
                behind += piece;
            }
            CHECK(done);
            CHECK(text == wire.substr(0, size));
            CHECK(behind == wire.substr(size));
            CHECK(counted.remaining() == 0);
        });
    }
}

TEST_CASE("a chunk is done with its last octet and not before", "[chunk][S-3030-2-03]") {
    chunk counted{3, false};
    CHECK_FALSE(counted.next("").done);
    CHECK_FALSE(counted.next("ab").done);
    CHECK(counted.remaining() == 1);
    auto const step = counted.next("cNOOP\r\n");
    CHECK(step.done);
    CHECK(step.text == "c");
    CHECK(step.consumed == 1);
}

TEST_CASE("a chunk without octets is done at once", "[chunk][S-3030-2-05]") {
    bool const last = GENERATE(false, true);
    chunk counted{0, last};
    CHECK(counted.last() == last);
    auto const step = counted.next("NOOP\r\n");
    CHECK(step.done);
    CHECK(step.consumed == 0);
    CHECK(step.text.empty());
}

TEST_CASE("a chunk counts to the largest number that a BDAT line can hold", "[chunk]") {
    auto const largest = std::numeric_limits<std::uint64_t>::max();
    chunk counted{largest, true};
    CHECK_FALSE(counted.next("abc").done);
    CHECK(counted.remaining() == largest - 3);
}
