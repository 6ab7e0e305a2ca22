#include <postel/xtext.hpp>
#include <string>
#include <vector>

#include "fuzz/support/fuzz.hpp"

// Xtext against a plain reference.

namespace {

struct decoded {
    std::string octets;
    std::size_t at = std::string::npos;  // the first octet that does not fit
};

decoded plainly_decoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    decoded all;
    for (std::size_t i = 0; i < text.size();) {
        char const c = text[i];
        bool const plain = c > ' ' && c < '\x7F' && c != '+' && c != '=';
        if (plain) {
            all.octets += c;
            ++i;
            continue;
        }
        all.at = i;
        if (c != '+') return all;
        std::size_t value = 0;
        for (int d = 0; d < 2; ++d) {
            all.at = ++i;
            auto const digit = i < text.size() ? digits.find(text[i]) : digits.npos;
            if (digit == digits.npos) return all;
            value = value * 16 + digit;
        }
        all.octets += static_cast<char>(value);
        all.at = std::string::npos;
        ++i;
    }
    return all;
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    std::string text;
    encode_xtext(text, input);
    require(check_xtext(text).ok(), "what was encoded is xtext");
    require(decode_xtext(text) == result{std::string{input}}, "what was encoded can be decoded");
    require(plainly_decoded(text).octets == input, "the reference reads the same");

    auto const expected = plainly_decoded(input);
    bool const sound = expected.at == std::string::npos;
    auto const octets = decode_xtext(input);
    auto const judged = check_xtext(input);
    require(octets.ok() == sound && judged.ok() == sound, "the reference judges the same");
    if (sound) require(*octets == expected.octets, "decoding agrees with the reference");
    if (!sound)
        require(octets.fault().at == expected.at && judged.fault().at == expected.at,
                "the reference finds the same place");

    bool printable_only = sound;
    for (char const c : expected.octets) printable_only = printable_only && c >= ' ' && c < '\x7F';
    require(check_printable_xtext(input).ok() == printable_only, "only printable octets pass");

    std::vector<char> out(input.size() / 2);
    auto const fits = decode_xtext(input, std::span{out});
    require(fits.ok() == (sound && expected.octets.size() <= out.size()),
            "no more is written than fits");
}
