#include <postel/sasl/gs2.hpp>
//
#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace postel;
using namespace std::literals;
using sasl::gs2_flag;

namespace {
constexpr bool reads_at_compile_time() {
    cursor in{"p=tls-exporter,a=x,n=..."};
    auto const header = sasl::parse_gs2_header(in);
    return header && header->binding_type == "tls-exporter" && in.rest() == "n=...";
}
static_assert(reads_at_compile_time());
}  // namespace

TEST_CASE("a gs2-header is read and written", "[sasl_gs2]") {
    struct row {
        std::string_view text;
        gs2_flag flag;
        std::string_view type, name;
    };
    auto const given = GENERATE(values<row>({
        {"n,,", gs2_flag::none, "", ""},
        {"y,,", gs2_flag::unsupported, "", ""},
        {"y,a=bob,", gs2_flag::unsupported, "", "bob"},
        {"p=tls-exporter,,", gs2_flag::bound, "tls-exporter", ""},
        {"p=tls-server-end-point,a=a=2Cb=3Dc=2C,", gs2_flag::bound, "tls-server-end-point",
         "a,b=c,"},
        {"n,a=\xC3\xA4,", gs2_flag::none, "", "\xC3\xA4"},
    }));
    CAPTURE(given.text);
    auto const whole = std::string{given.text} + "rest";
    cursor in{whole};
    auto const header = sasl::parse_gs2_header(in);
    REQUIRE(header);
    CHECK(header->flag == given.flag);
    CHECK(header->binding_type == given.type);
    CHECK(header->text == given.text);
    CHECK(in.rest() == "rest");
    std::string name;
    sasl::decode_saslname(name, header->authorization_id);
    CHECK(name == given.name);
    std::string again;
    sasl::write_gs2_header(again, header->flag, header->binding_type, name);
    CHECK(again == given.text);
}

TEST_CASE("what is not a gs2-header is refused", "[sasl_gs2][S-5802-5.1-02]") {
    auto const bad =
        GENERATE(as<std::string_view>{}, "", "n", "n,", "N,,", "x,,", "p,,", "p=,,", "p=a_b,,",
                 "n,a=,", "n,a=b", "n,b=c,", "n,a=b=c,", "n,a==2c,", "n,a==3d,", "n,a=b=,",
                 "n,a=b=2,", "n,a=b\0c,"sv, "n,a=\xFF,", "n,a=\xE2\x82,", " n,,");
    CAPTURE(bad);
    cursor in{bad};
    auto const header = sasl::parse_gs2_header(in);
    CHECK_FALSE(header);
    CHECK(header.fault().code == error::bad_sasl_message);
}
