#include <postel/dot_decoder.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/decode.hpp"

// SMTP smuggling: octets that one server passes on as content and the next one takes for the end of
// the data. The variants are those published since December 2023 (CVE-2023-51764, -51765, -51766,
// CVE-2024-27305). None of them may end anything, under any policy, at any cut.

using postel::dot_decoder;
using postel::error;
using postel::line_ending_policy;
using postel::nul_policy;
using postel::test::decode;
using postel::test::for_every_cut;
using namespace std::string_literals;

namespace {

struct variant {
    int number;
    std::string octets;   ///< between the text and the smuggled commands
    error fault;          ///< what `reject` says; none where the octets are honest content
    std::string content;  ///< what `pass` makes of the octets
};

std::string const smuggled =
    "MAIL FROM:<admin@victim.example>\r\nRCPT TO:<u@x.example>\r\nDATA\r\nforged\r\n";

// clang-format off
auto const variants = {
    variant{ 1, "\n.\n",             error::bare_lf,   "\n.\n"},
    variant{ 2, "\n.\r\n",           error::bare_lf,   "\n.\r\n"},
    variant{ 3, "\r.\r\n",           error::bare_cr,   "\r.\r\n"},
    variant{ 4, "\r.\r",             error::bare_cr,   "\r.\r"},
    variant{ 5, "\r.\n",             error::bare_cr,   "\r.\n"},
    variant{ 6, "\n.\r",             error::bare_lf,   "\n.\r"},
    variant{ 7, "\r\n.\n",           error::bare_lf,   "\r\n\n"},
    variant{ 8, "\r\n.\rX",          error::bare_cr,   "\r\n\rX"},
    variant{ 9, "\r\n\0.\r\n"s,      error::nul_octet, "\r\n\0.\r\n"s},
    variant{10, "\r\n.\0\r\n"s,      error::nul_octet, "\r\n\0\r\n"s},
    variant{11, "\r\r\n.\r\r\n",     error::bare_cr,   "\r\r\n\r\r\n"},
    variant{12, "\r\n.\r\r\n",       error::bare_cr,   "\r\n\r\r\n"},
    variant{13, "\r\n. \r\n",        error::none,      "\r\n \r\n"},
    variant{13, "\r\n.\t\r\n",       error::none,      "\r\n\t\r\n"},
};
// clang-format on

}  // namespace

TEST_CASE("no malformed end of data ends a message", "[end_of_data][S-SEC-EOD-01]") {
    for (auto const& v : variants) {
        // In the middle of a text, and as the first octets of a message.
        for (std::string const head : {"Subject: x\r\n\r\nhead", ""}) {
            auto const wire = head + v.octets + smuggled + ".\r\n";
            auto const content = head + v.content + smuggled;
            CAPTURE(v.number, v.octets, head);
            for_every_cut(wire + "QUIT\r\n", [&](auto const& stream) {
                auto const passed =
                    decode(stream, dot_decoder{line_ending_policy::pass, nul_policy::pass});
                CHECK(passed.done);
                CHECK(passed.end == wire.size());
                CHECK(passed.text == content);

                auto const strict = decode(stream, dot_decoder{});
                CHECK(strict.fault == v.fault);
                CHECK(strict.done == (v.fault == error::none));
                CHECK(strict.end == wire.size());
                CHECK(strict.text + strict.discarded == content);

                auto const normal =
                    decode(stream, dot_decoder{line_ending_policy::normalise, nul_policy::pass});
                CHECK(normal.done);
                CHECK(normal.end == wire.size());
            });
        }
    }
}

TEST_CASE("a malformed end of data at the start of a message does not end it",
          "[end_of_data][S-SEC-EOD-01][S-5321-4.1.1.4-02]") {
    auto const start = GENERATE(as<std::string>{}, ".\n", ".\rX", ".\0\r\n"s, ".\r\r\n", ". \r\n",
                                "\0.\r\n"s, "\n.\r\n", "\r.\r\n");
    CAPTURE(start);
    auto const wire = start + smuggled + ".\r\n";
    for_every_cut(wire, [&](auto const& stream) {
        auto const policy = {line_ending_policy::reject, line_ending_policy::pass,
                             line_ending_policy::normalise};
        for (auto const endings : policy)
            CHECK(decode(stream, dot_decoder{endings}).end == wire.size());
    });
}

TEST_CASE("the dot on the first line ends an empty message", "[end_of_data][S-5321-4.1.1.4-02]") {
    for_every_cut(".\r\nQUIT\r\n", [](auto const& stream) {
        auto const all = decode(stream, dot_decoder{});
        CHECK(all.done);
        CHECK(all.end == 3);
        CHECK(all.text.empty());
    });
}

TEST_CASE("a message that is normalised and stuffed again holds no end of data", "[end_of_data]") {
    for (auto const& v : variants) {
        auto const wire = "head" + v.octets + smuggled + ".\r\n";
        CAPTURE(v.number, v.octets);
        auto const normal =
            decode({wire}, dot_decoder{line_ending_policy::normalise, nul_policy::pass});
        // Variants 1 to 6 now hold a line "." in their text: it must be told apart from an end by
        // the stuffing of whoever sends it on, so it must still be there to be stuffed.
        bool const dot_line = normal.text.find("\r\n.\r\n") != std::string::npos;
        CHECK(dot_line == (v.number <= 6));
        CHECK(normal.altered == (v.fault == error::bare_cr || v.fault == error::bare_lf));
    }
}
