#include <postel/reply_reader.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/split.hpp"

using postel::client_limits;
using postel::error;
using postel::reply_reader;
using postel::test::for_every_cut;

namespace {

struct outcome {
    std::vector<std::string> replies;  ///< the octets of each
    error fault{};
    std::size_t at = 0;  ///< octets before the fault

    friend bool operator==(outcome const&, outcome const&) = default;
};

outcome read_all(postel::test::pieces const& stream, client_limits const& limits = {}) {
    outcome all;
    reply_reader reader;
    for (auto piece : stream) {
        for (;;) {
            auto const step = reader.next(piece, limits);
            REQUIRE(reader.heap_octets() <= limits.reply_octets);
            if (!step) {
                all.fault = step.fault().code;
                REQUIRE(reader.heap_octets() == 0);
                REQUIRE(reader.next("250 ok\r\n", limits).fault().code == all.fault);
                // Counted from the start of the stream, not of the reply.
                all.at = static_cast<std::size_t>(piece.data() - stream.front().data()) +
                         step.fault().at;
                return all;
            }
            piece.remove_prefix(step->consumed);
            if (!step->complete) break;
            all.replies.emplace_back(step->reply.octets());
        }
        REQUIRE(piece.empty());
    }
    return all;
}

}  // namespace

TEST_CASE("the replies that come out do not depend on how the octets were cut",
          "[reply_reader][C-5321-4.2-05][C-2920-3.1-09]") {
    using list = std::vector<std::string>;
    struct row {
        std::string wire;
        list replies;
    };
    auto const given = GENERATE(values<row>({
        {"", {}},
        {"250 ok\r", {}},
        {"250-ok\r\n", {}},
        {"220 mx.example.org ESMTP\r\n", {"220 mx.example.org ESMTP\r\n"}},
        {"250\r\n", {"250\r\n"}},
        {"250 \r\n", {"250 \r\n"}},
        {"250-a\r\n250\r\n", {"250-a\r\n250\r\n"}},
        {"250-a\r\n250 b\r\n250 c\r\n", {"250-a\r\n250 b\r\n", "250 c\r\n"}},
        {"250-\r\n250-\r\n250 \r\n5", {"250-\r\n250-\r\n250 \r\n"}},
        {"354 go\r\n250 ok\r\n221 bye\r\n", {"354 go\r\n", "250 ok\r\n", "221 bye\r\n"}},
        {"550 \x80\xff\t\x01\r\n", {"550 \x80\xff\t\x01\r\n"}},
    }));
    CAPTURE(given.wire);
    for_every_cut(given.wire, [&](auto const& stream) {
        CHECK(read_all(stream) == outcome{given.replies, error::none, 0});
    });
}

TEST_CASE("what cannot become a reply is refused at the first octet that shows it",
          "[reply_reader][C-5321-4.2.1-02]") {
    struct row {
        std::string wire;
        error fault;
        std::size_t at;
        std::size_t replies;
    };
    auto const given = GENERATE(values<row>({
        {"250-ok\r\n550 no\r\n", error::reply_code_mismatch, 8, 0},
        {"250-ok\r\n251 no\r\n", error::reply_code_mismatch, 10, 0},
        {"250ok\r\n", error::bad_reply, 3, 0},
        {"25 ok\r\n", error::bad_reply, 2, 0},
        {"abc\r\n", error::bad_reply, 0, 0},
        {"\r\n", error::bad_reply, 0, 0},
        {"199 x\r\n", error::bad_reply, 0, 0},
        {"600 x\r\n", error::bad_reply, 0, 0},
        {"999 x\r\n", error::bad_reply, 0, 0},
        {"2500 x\r\n", error::bad_reply, 3, 0},
        {"250 ok\nRCPT", error::bare_lf, 6, 0},
        {"250\n", error::bare_lf, 3, 0},
        {"\n", error::bare_lf, 0, 0},
        {"250 ok\rx", error::bare_cr, 7, 0},
        {"250 ok\r\r\n", error::bare_cr, 7, 0},
        {"250\rx", error::bare_cr, 4, 0},
        {"250 ok\r\nx", error::bad_reply, 8, 1},
        {"\x80", error::bad_reply, 0, 0},
    }));
    CAPTURE(given.wire);
    for_every_cut(given.wire, [&](auto const& stream) {
        auto const all = read_all(stream);
        CHECK(all.fault == given.fault);
        CHECK(all.at == given.at);
        CHECK(all.replies.size() == given.replies);
    });
}

TEST_CASE("a reply line passes at its limit and fails at the next octet, ended or not",
          "[reply_reader][B-5321-4.5.3.1.5-01][C-SEC-MEM-01]") {
    client_limits const limits{.reply_line = 32};
    auto const line = "250 " + std::string(26, 'x');
    for_every_cut(line + "\r\n",
                  [&](auto const& stream) { CHECK(read_all(stream, limits).replies.size() == 1); });
    for (std::string const end : {"", "\r\n", "xxxxxxxxx"}) {
        for_every_cut(line + "x" + end, [&](auto const& stream) {
            CHECK(read_all(stream, limits) == outcome{{}, error::reply_line_too_long, 30});
        });
    }
    for_every_cut("250-" + std::string(26, 'y') + "\r\n" + line + "\r\n",
                  [&](auto const& stream) { CHECK(read_all(stream, limits).replies.size() == 1); });
    reply_reader reader;
    auto const longest = "250 " + std::string(506, 'x') + "\r\n";  // 512, by default far below
    CHECK(reader.next(longest, {})->complete);
}

TEST_CASE("a reply passes at its limit of lines and fails at the next",
          "[reply_reader][C-SEC-MEM-01]") {
    client_limits const limits{.reply_lines = 3};
    for_every_cut("250-a\r\n250-b\r\n250 c\r\n250 d\r\n",
                  [&](auto const& stream) { CHECK(read_all(stream, limits).replies.size() == 2); });
    for_every_cut("250-a\r\n250-b\r\n250-c\r\n250 d\r\n", [&](auto const& stream) {
        CHECK(read_all(stream, limits) == outcome{{}, error::reply_too_long, 21});
    });
}

TEST_CASE("a reply passes at its limit of octets and fails at the next",
          "[reply_reader][C-SEC-MEM-01]") {
    client_limits const limits{.reply_octets = 20};
    for_every_cut("250-aaaa\r\n250 bbbb\r\n250 c\r\n",
                  [&](auto const& stream) { CHECK(read_all(stream, limits).replies.size() == 2); });
    for_every_cut("250-aaaa\r\n250 bbbbb\r\n", [&](auto const& stream) {
        CHECK(read_all(stream, limits) == outcome{{}, error::reply_too_long, 20});
    });
}

TEST_CASE("an endless reply takes no more memory than the limit", "[reply_reader][C-SEC-MEM-01]") {
    struct row {
        std::string first, then;
    };
    auto const given = GENERATE(values<row>({
        {"250-a\r\n", "250-a\r\n"},  // lines without end
        {"250-a", "xxxxxx"},         // a line without end
    }));
    CAPTURE(given.first);
    reply_reader reader;
    std::size_t fed = 0;
    for (auto step = reader.next(given.first, {}); step; step = reader.next(given.then, {})) {
        REQUIRE(fed <= client_limits{}.reply_octets);
        REQUIRE(reader.heap_octets() <= client_limits{}.reply_octets);
        fed += given.then.size();
    }
    CHECK(reader.heap_octets() == 0);
}

TEST_CASE("a reply that arrives whole is a view on the caller's octets", "[reply_reader]") {
    std::string const wire = "250-a\r\n250 b\r\n354 go\r\n";
    reply_reader reader;
    auto const step = reader.next(wire, {});
    REQUIRE(step);
    CHECK(step->consumed == 14);
    CHECK(step->reply.octets().data() == wire.data());
    CHECK(step->reply.line_count() == 2);
    CHECK(step->reply.code() == 250);
    CHECK(reader.heap_octets() == 0);
}

TEST_CASE("the heap of a reply reader lives as long as a cut reply and its view",
          "[reply_reader]") {
    reply_reader reader;
    REQUIRE(reader.next("250-a\r\n25", {}));
    CHECK(reader.held() == 9);
    reader.release_used();
    CHECK(reader.held() == 9);
    auto const step = reader.next("0 b\r\n250 c\r\n", {});
    REQUIRE(step->complete);
    CHECK(step->consumed == 5);
    CHECK(step->reply.octets() == "250-a\r\n250 b\r\n");
    CHECK(reader.held() == 0);
    CHECK(reader.heap_octets() > 0);
    reader.release_used();
    CHECK(reader.heap_octets() == 0);
    CHECK(reader.next("250 c\r\n", {})->reply.text() == "c");
}

TEST_CASE("a reset reply reader has forgotten the start of a reply", "[reply_reader]") {
    auto const before = GENERATE(as<std::string>{}, "2", "250-a\r\n", "250 a", "250 a\r", "x");
    CAPTURE(before);
    reply_reader reader;
    (void)reader.next(before, {});
    reader.reset();
    CHECK(reader.heap_octets() == 0);
    CHECK(reader.next("354 go\r\n", {})->reply.code() == 354);
}

TEST_CASE("a moved reply reader goes on where the other stood", "[reply_reader]") {
    reply_reader from;
    REQUIRE(from.next("250-a\r\n2", {}));
    reply_reader to(std::move(from));
    CHECK(from.held() == 0);
    CHECK(to.next("50 b\r\n", {})->reply.line_count() == 2);
    CHECK(from.next("421 x\r\n", {})->reply.code() == 421);
    from = std::move(to);
    CHECK(from.next("250 x\r\n", {})->complete);
}
