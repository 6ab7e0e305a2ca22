#include <postel/base64.hpp>
#include <string>
#include <vector>

#include "fuzz/support/fuzz.hpp"

// Base64 against a plain reference that writes bits as text.

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string plainly_encoded(std::string_view octets) {
    std::string bits;
    for (char const c : octets)
        for (int i = 7; i >= 0; --i)
            bits += (static_cast<unsigned char>(c) >> i & 1) != 0 ? '1' : '0';
    while (bits.size() % 6 != 0) bits += '0';
    std::string text;
    for (std::size_t i = 0; i < bits.size(); i += 6)
        text += alphabet[std::stoul(bits.substr(i, 6), nullptr, 2)];
    while (text.size() % 4 != 0) text += '=';
    return text;
}

// Whatever the letters stand for; whether that was well written shows when it is encoded again.
std::string loosely_decoded(std::string_view text) {
    std::string bits;
    for (char const c : text) {
        auto const value = alphabet.find(c);
        if (value == alphabet.npos) break;
        for (int i = 5; i >= 0; --i) bits += (value >> i & 1) != 0 ? '1' : '0';
    }
    std::string octets;
    for (std::size_t i = 0; i + 8 <= bits.size(); i += 8)
        octets += static_cast<char>(std::stoul(bits.substr(i, 8), nullptr, 2));
    return octets;
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    std::string text;
    encode_base64(text, input);
    require(text == plainly_encoded(input), "encoding agrees with the reference");
    require(text.size() == base64_encoded_size(input.size()), "the size is known before");
    require(decode_base64(text) == result{std::string{input}}, "what was encoded can be decoded");

    auto const octets = decode_base64(input);
    bool const sound = plainly_encoded(loosely_decoded(input)) == input;
    require(octets.ok() == sound, "exactly what an encoder can write is decoded");
    if (octets) require(*octets == loosely_decoded(input), "decoding agrees with the reference");
    if (!octets) require(octets.fault().at <= input.size(), "the fault is in the text");

    std::vector<char> out(input.size() / 2);
    auto const fits = decode_base64(input, std::span{out});
    require(fits.ok() == (sound && octets->size() <= out.size()), "no more is written than fits");
}
