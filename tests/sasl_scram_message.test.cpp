#include <postel/sasl/scram_message.hpp>
//
#include "support/catch.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

using namespace postel;
using namespace postel::sasl;
using namespace std::literals;

static_assert(parse_scram_client_first("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")->user == "user");

TEST_CASE("the messages of SCRAM are taken apart", "[sasl_scram_message][B-5802-5.1-01]") {
    auto const first = parse_scram_client_first("y,a=boss,n=a=2Cb,r=%~!,x=1,Y=a=b");
    REQUIRE(first);
    CHECK(first->header.flag == gs2_flag::unsupported);
    CHECK(first->header.authorization_id == "boss");
    CHECK(first->bare == "n=a=2Cb,r=%~!,x=1,Y=a=b");
    CHECK(first->user == "a=2Cb");
    CHECK(first->nonce == "%~!");

    auto const answer = parse_scram_server_first("r=abc,s=QSXCR+Q6sek8bf92,i=4096,x=1");
    REQUIRE(answer);
    CHECK(answer->nonce == "abc");
    CHECK(answer->salt == "QSXCR+Q6sek8bf92");
    CHECK(answer->iterations == 4096);

    auto const proof = parse_scram_client_final("c=biws,r=abc,x=p=1,p=AAAA");
    REQUIRE(proof);
    CHECK(proof->binding == "biws");
    CHECK(proof->nonce == "abc");
    CHECK(proof->without_proof == "c=biws,r=abc,x=p=1");
    CHECK(proof->proof == "AAAA");

    auto const last = parse_scram_server_final("v=AAAA,x=1");
    REQUIRE(last);
    CHECK(last->verifier == "AAAA");
    CHECK(last->why == scram_error::none);
}

TEST_CASE("every reason of a SCRAM server has a name", "[sasl_scram_message]") {
    for (std::size_t i = 1; i < scram_error_spellings.size(); ++i) {
        auto const spelling = scram_error_spellings[i];
        CAPTURE(spelling);
        auto const read = parse_scram_server_final("e=" + std::string{spelling});
        REQUIRE(read);
        CHECK(read->why == static_cast<scram_error>(i));
        CHECK(to_string(read->why) == spelling);
        CHECK(read->verifier.empty());
    }
    CHECK(parse_scram_server_final("e=something-new")->why == scram_error::other_error);
    CHECK(to_string(scram_error::other_error) == "other-error");
}

TEST_CASE("an iteration count beyond all numbers is still a count", "[sasl_scram_message]") {
    auto const read = parse_scram_server_first("r=a,s=AAAA,i=99999999999999999999999999");
    REQUIRE(read);
    CHECK(read->iterations == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("client-first in any other shape is refused",
          "[sasl_scram_message][B-5802-7-01][S-5802-5.1-02][S-5802-5.1-03]") {
    auto const bad = GENERATE(
        as<std::string_view>{}, "", "n,,", "n,,r=abc,n=u", "n,,n=u", "n,,n=u,",
        "n,,n=u,r=", "n,,n=,r=abc", "n,,m=x,n=u,r=abc", "n,,n=u,r=abc,m=x", "n,,n=a=b,r=abc",
        "n,,n=a,b,r=abc", "n,,n=a=2c,r=abc", "n,,n=u,r=a b", "n,,n=u,r=abc,", "n,,n=u,r=abc,x",
        "n,,n=u,r=abc,x=", "n,,n=u,r=abc,1=2", "n,,n=u\0,r=abc"sv, "n,,n=u,r=a\0c"sv,
        "n,,n=u,r=abc,x=\xFF", "n,,n=u,r=a\xC3\xA4", "n=u,r=abc", "n,,N=u,r=abc");
    CAPTURE(bad);
    auto const read = parse_scram_client_first(bad);
    CHECK_FALSE(read);
    CHECK(read.fault().code == error::bad_sasl_message);
}

TEST_CASE("server-first in any other shape is refused", "[sasl_scram_message][B-5802-7-01]") {
    auto const bad = GENERATE(
        as<std::string_view>{}, "", "r=a", "r=a,s=AAAA", "r=a,i=4096,s=AAAA", "s=AAAA,r=a,i=4096",
        "m=x,r=a,s=AAAA,i=4096", "r=a,s=AAAA,i=4096,m=x", "r=a,s=,i=4096", "r=a,s=A A,i=4096",
        "r=a,s=AAAA,i=", "r=a,s=AAAA,i=0", "r=a,s=AAAA,i=04096", "r=a,s=AAAA,i=-1",
        "r=a,s=AAAA,i=4096x", "r=a,s=AAAA,i=4096,", "r=,s=AAAA,i=4096", "r=a\0,s=AAAA,i=4096"sv);
    CAPTURE(bad);
    CHECK(parse_scram_server_first(bad).fault().code == error::bad_sasl_message);
}

TEST_CASE("client-final in any other shape is refused", "[sasl_scram_message][B-5802-7-01]") {
    auto const bad = GENERATE(as<std::string_view>{}, "", "c=biws", "c=biws,r=a",
                              "r=a,c=biws,p=AAAA", "c=biws,p=AAAA,r=a", "c=,r=a,p=AAAA",
                              "c=biws,r=,p=AAAA", "c=biws,r=a,p=", "c=biws,r=a,p=AAAA,x=1",
                              "c=biws,r=a,p=AAAA ", "c=biws,r=a,m=x,p=AAAA",
                              "c=biws,r=a,p=AA=A\0"sv, "c=bi ws,r=a,p=AAAA", "c=biws,r=a,,p=AAAA");
    CAPTURE(bad);
    CHECK(parse_scram_client_final(bad).fault().code == error::bad_sasl_message);
}

TEST_CASE("server-final in any other shape is refused", "[sasl_scram_message][B-5802-7-01]") {
    auto const bad = GENERATE(as<std::string_view>{}, "", "v", "v=", "e=", "e", "x=AAAA", "v=AA AA",
                              "v=AAAA,", "v=AAAA,m=x", "e=a,b", " v=AAAA", "e=a\0b"sv);
    CAPTURE(bad);
    CHECK(parse_scram_server_final(bad).fault().code == error::bad_sasl_message);
}
