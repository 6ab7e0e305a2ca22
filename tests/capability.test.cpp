#include <postel/capability.hpp>
#include <string>
#include <type_traits>

#include "support/catch.hpp"

using postel::capabilities;
using postel::extension;
using postel::extension_set;
using postel::hello_texts;
using postel::parse_capabilities;
using postel::parse_reply;
using postel::sasl_mechanism;

namespace {

capabilities read(std::string_view octets) {
    auto const reply = parse_reply(octets);
    REQUIRE(reply.ok());
    return parse_capabilities(*reply);
}

// One EHLO line between a greeting line and an end.
capabilities read_line(std::string_view line) {
    return read("250-mx.example\r\n250-" + std::string(line) + "\r\n250 HELP\r\n");
}

std::string written(capabilities const& what, hello_texts const& texts = {}) {
    std::string out;
    write_capabilities(out, "mx.example", what, texts);
    return out;
}

capabilities everything() {
    capabilities all;
    for (auto const& row : postel::extension_table) all.offered.add(row.name);
    all.size_limit = 25'000'000;
    all.mechanisms = {sasl_mechanism::plain, sasl_mechanism::scram_sha_256};
    all.limits = {.mail_max = 5, .rcpt_max = 20, .rcpt_domain_max = 999'999};
    all.deliver_by_minimum = 240;
    all.release = postel::release_window{std::chrono::seconds{604800},
                                         *postel::parse_rfc3339("2026-12-31T23:59:59Z")};
    return all;
}

}  // namespace

TEST_CASE("every keyword is recognised in every letter case",
          "[capability][C-5321-4.1.1.1-04][B-5321-2.4-01]") {
    for (auto const& row : postel::extension_table) {
        std::string small;
        for (char const c : row.keyword) small += postel::to_lower(c);
        CAPTURE(small);
        CHECK(read_line(small).offered.has(row.name));
        CHECK(read_line(row.keyword).offered.has(row.name));
    }
    auto const mixed = read("250-h\r\n250-pipelining\r\n250 Size 1000\r\n");
    CHECK(mixed.offered == extension_set{extension::pipelining, extension::size});
    CHECK(mixed.size_limit == 1000);
}

TEST_CASE("the first line of the reply offers nothing", "[capability][C-5321-4.1.1.1-06]") {
    CHECK(read("250 h.example\r\n") == capabilities{});
    CHECK(read("250 SIZE 1000\r\n") == capabilities{});
    CHECK(read("250-SIZE 1\r\n250 DSN\r\n").offered == extension_set{extension::dsn});
    CHECK(read("250\r\n").offered.empty());
}

TEST_CASE("odd and unknown lines are passed over", "[capability][C-5321-4.1.1.1-05]") {
    auto const found = read(
        "250-h\r\n250-FOO=bar\r\n250-\r\n250-=\r\n250- \r\n250-DSN=1\r\n"
        "250-\xC3\xA9\r\n250-SIZEX 5\r\n250-X-Y z\r\n250 SIZE\r\n");
    CHECK(found.offered == extension_set{extension::size});
    CHECK_FALSE(found.size_limit.has_value());
}

TEST_CASE("a keyword is a whole word, wherever the line has it", "[capability]") {
    CHECK(read_line("  DSN").offered.has(extension::dsn));
    CHECK(read("250-h\r\n250   DSN\r\n").offered == extension_set{extension::dsn});
    for (auto const* const line : {"DSNX", "DS", "ENHANCEDSTATUSCODE", "ENHANCEDSTATUSCODESS",
                                   "ENHANCEDSTATUS-CODES", "PIPELININ\x07",
                                   "\x18"
                                   "BITMIME"}) {
        CAPTURE(line);
        CHECK(read_line(line).offered == extension_set{extension::help});
    }
}

TEST_CASE("parameters of a keyword that has none are ignored", "[capability][C-6531-3.1-01]") {
    CHECK(read_line("SMTPUTF8 foo").offered.has(extension::smtputf8));
    CHECK(read_line("REQUIRETLS a=b").offered.has(extension::require_tls));
    CHECK(read_line("PIPELINING ").offered.has(extension::pipelining));
}

TEST_CASE("SIZE, SIZE 0 and SIZE n are three things", "[capability][C-1870-3-01]") {
    struct row {
        std::string_view line;
        std::optional<std::uint64_t> limit;
    };
    for (auto const& [line, limit] :
         {row{"SIZE", std::nullopt}, row{"SIZE 0", 0u}, row{"SIZE 1000", 1000u},
          row{"SIZE  1000 ", 1000u}, row{"SIZE 18446744073709551615", 18446744073709551615u},
          row{"SIZE 18446744073709551616", std::nullopt}, row{"SIZE x", std::nullopt},
          row{"SIZE -1", std::nullopt}}) {
        CAPTURE(line);
        CHECK(read_line(line).offered.has(extension::size));
        CHECK(read_line(line).size_limit == limit);
    }
}

TEST_CASE("mechanisms are read from AUTH and from the old AUTH=",
          "[capability][S-4954-3-01][C-4954-3-01][B-4422-3.1-01]") {
    using enum sasl_mechanism;
    CHECK(read_line("AUTH PLAIN scram-sha-256 NTLM").mechanisms ==
          postel::sasl_mechanism_set{plain, scram_sha_256});
    CHECK(read_line("AUTH=LOGIN PLAIN").mechanisms == postel::sasl_mechanism_set{login, plain});
    CHECK(read_line("auth=login").offered.has(extension::auth));
    CHECK(read("250-h\r\n250-AUTH=LOGIN\r\n250 AUTH PLAIN\r\n").mechanisms ==
          postel::sasl_mechanism_set{login, plain});
    CHECK(read("250-h\r\n250 AUTH=PLAIN\r\n").mechanisms == postel::sasl_mechanism_set{plain});
    CHECK(read_line("AUTH").mechanisms.empty());
    CHECK(read_line("AUTHX PLAIN").mechanisms.empty());
}

TEST_CASE("a limit without a usable value is ignored alone",
          "[capability][B-9422-4-01][C-9422-3.7-01][B-9422-3-01][B-9422-3.5-01]") {
    struct row {
        std::string_view line;
        postel::announced_limits limits;
    };
    for (auto const& [line, limits] :
         {row{"LIMITS MAILMAX=5 RCPTMAX=20 RCPTDOMAINMAX=1", {5, 20, 1}},
          row{"LIMITS rcptmax=999999", {{}, 999999, {}}},
          row{"LIMITS FOO RCPTMAX=x MAILMAX=3", {3, {}, {}}},
          row{"LIMITS F_O-o=a,b=c MAILMAX=3", {3, {}, {}}}, row{"LIMITS RCPTMAX=0", {}},
          row{"LIMITS RCPTMAX=0100", {}}, row{"LIMITS RCPTMAX=1000000", {}},
          row{"LIMITS RCPTMAX", {}}, row{"LIMITS", {}}, row{"LIMITS MAILMAX=3 ;", {}},
          row{"LIMITS MAILMAX=3 RCPTMAX=", {}}, row{"LIMITS MAILMAX=3 =4", {}},
          row{"LIMITS MAILMAX=3 a;b=4", {}}, row{"LIMITS MAILMAX=3 RCPTMAX=4;5", {}}}) {
        CAPTURE(line);
        CHECK(read_line(line).limits == limits);
    }
}

TEST_CASE("the least by-time is read in front of further tokens", "[capability][S-2852-2-01]") {
    CHECK(read_line("DELIVERBY 240").deliver_by_minimum == 240u);
    CHECK(read_line("DELIVERBY 240,x").deliver_by_minimum == 240u);
    CHECK_FALSE(read_line("DELIVERBY").deliver_by_minimum.has_value());
    CHECK_FALSE(read_line("DELIVERBY ,x").deliver_by_minimum.has_value());
    CHECK_FALSE(read_line("DELIVERBY 1234567890").deliver_by_minimum.has_value());
    CHECK(read_line("DELIVERBY x").offered.has(extension::deliver_by));
}

TEST_CASE("how far ahead a message may be held back is read whole or not at all",
          "[capability][S-4865-3-01]") {
    auto const window = read_line("FUTURERELEASE 604800 2026-12-31T23:59:59Z").release;
    REQUIRE(window.has_value());
    CHECK(window->longest == std::chrono::hours{168});
    CHECK(window->latest == *postel::parse_rfc3339("2026-12-31T23:59:59Z"));
    for (auto const line :
         {"FUTURERELEASE", "FUTURERELEASE 604800", "FUTURERELEASE 0 2026-12-31T23:59:59Z",
          "FUTURERELEASE 1234567890 2026-12-31T23:59:59Z", "FUTURERELEASE x 2026-12-31T23:59:59Z",
          "FUTURERELEASE 604800 2026-12-31"}) {
        CAPTURE(line);
        CHECK_FALSE(read_line(line).release.has_value());
        CHECK(read_line(line).offered.has(extension::future_release));
    }
}

TEST_CASE("XCLIENT and XFORWARD list the attributes they take", "[capability][S-XCLIENT-01]") {
    CHECK(read_line("XCLIENT NAME addr FOO").xclient ==
          postel::peer_attribute_set{postel::peer_attribute::name, postel::peer_attribute::addr});
    CHECK(read_line("XFORWARD SOURCE").xforward ==
          postel::peer_attribute_set{postel::peer_attribute::source});
}

TEST_CASE(
    "a server lists what it offers behind its own name",
    "[capability][S-5321-4.1.1.1-04][S-5321-4.1.1.1-05][S-1870-3-01][S-6152-2-01][S-6531-3.1-01]"
    "[S-3461-2-01][S-3207-2-01][S-9422-3-01][S-3865-2-01]") {
    CHECK(written({}) == "250 mx.example\r\n");
    CHECK(written({}, {.greeting = "greets you"}) == "250 mx.example greets you\r\n");
    CHECK(written({.offered = {extension::size}}) == "250-mx.example\r\n250 SIZE\r\n");
    CHECK(written({.offered = {extension::size}, .size_limit = 0}) ==
          "250-mx.example\r\n250 SIZE 0\r\n");
    std::string_view const own[] = {"XFOO bar", "XBAZ\r\n250 y"};
    CHECK(written({.offered = {extension::dsn}}, {.own_lines = own}) ==
          "250-mx.example\r\n250-DSN\r\n250-XFOO bar\r\n250 XBAZ??250 y\r\n");
    CHECK(written(everything(),
                  {.no_soliciting = "net.example:ADV", .burl = "imap", .mt_priority = "MIXER"}) ==
          "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 25000000\r\n250-8BITMIME\r\n"
          "250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250-BINARYMIME\r\n"
          "250-STARTTLS\r\n250-AUTH SCRAM-SHA-256 PLAIN\r\n250-DSN\r\n250-REQUIRETLS\r\n"
          "250-LIMITS MAILMAX=5 RCPTMAX=20 RCPTDOMAINMAX=999999\r\n250-VRFY\r\n250-EXPN\r\n"
          "250-HELP\r\n250-ETRN\r\n250-BURL imap\r\n250-DELIVERBY 240\r\n"
          "250-FUTURERELEASE 604800 2026-12-31T23:59:59Z\r\n250-MT-PRIORITY MIXER\r\n250-RRVS\r\n"
          "250-NO-SOLICITING net.example:ADV\r\n250-MTRK\r\n250-SUBMITTER\r\n250-CONPERM\r\n"
          "250-CONNEG\r\n250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT\r\n"
          "250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n");
}

TEST_CASE("an extension that lacks what it builds on is not announced",
          "[capability][S-6531-3.1-02][S-3030-3-01][S-4468-4-01]") {
    using enum extension;
    struct row {
        extension_set offered;
        extension_set announced;
    };
    for (auto const& [offered, announced] :
         {row{{smtputf8}, {}}, row{{smtputf8, eight_bit_mime}, {smtputf8, eight_bit_mime}},
          row{{binary_mime, size}, {size}}, row{{binary_mime, chunking}, {binary_mime, chunking}},
          row{{burl, dsn}, {dsn}}, row{{auth}, {}}, row{{limits}, {}}, row{{future_release}, {}}}) {
        CAPTURE(written({.offered = offered}));
        CHECK(postel::announceable({.offered = offered}) == announced);
        CHECK(read(written({.offered = offered})).offered == announced);
    }
    CHECK(postel::announceable({.offered = {xclient}, .xclient = {}}).empty());
    CHECK(postel::announceable({.offered = {xforward}, .xforward = {}}).empty());
}

TEST_CASE("what a server lists is what a client reads", "[capability]") {
    auto const all = everything();
    CHECK(read(written(all)) == all);
    for (auto const& row : postel::extension_table) {
        auto fewer = all;
        fewer.offered.remove(row.name);
        CAPTURE(row.keyword);
        CHECK(read(written(fewer)).offered == announceable(fewer));
    }
}

TEST_CASE("capabilities are small and hold no views", "[capability]") {
    static_assert(std::is_trivially_copyable_v<capabilities>);
    CHECK(sizeof(capabilities) <= 96);
}

TEST_CASE("limits are announced if one of them is", "[capability]") {
    CHECK(postel::announced_limits{}.empty());
    CHECK_FALSE(postel::announced_limits{.mail_max = 1}.empty());
    CHECK_FALSE(postel::announced_limits{.rcpt_max = 1}.empty());
    CHECK_FALSE(postel::announced_limits{.rcpt_domain_max = 1}.empty());
}
