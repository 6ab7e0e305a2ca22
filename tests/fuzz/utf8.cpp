#include <postel/sasl/mechanism.hpp>
#include <postel/utf8.hpp>

#include "fuzz/support/fuzz.hpp"

// UTF-8 against a plain reference that works out each code point.

namespace {

struct character {
    std::uint32_t value = 0;
    std::size_t length = 0;  // 0: not well formed
};

character plainly_read(std::string_view text) {
    auto const octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned const first = octet(0);
    if (first < 0x80) return {first, 1};
    std::size_t const length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first < 0xC0 || first > 0xF7 || text.size() < length) return {};
    std::uint32_t value = first & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((octet(i) & 0xC0) != 0x80) return {};
        value = value << 6 | (octet(i) & 0x3Fu);
    }
    std::uint32_t const least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool const surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < least[length] || value > 0x10FFFF || surrogate) return {};
    return {value, length};
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    std::size_t at = 0;
    bool controls = false;
    while (at < input.size()) {
        auto const next = plainly_read(input.substr(at));
        if (next.length == 0) break;
        bool const more = next.length > 1;
        require(utf8_sequence_length(input.substr(at)) == (more ? next.length : 0),
                "the length of a sequence is that of the reference");
        controls = controls || next.value < 0x20 || (next.value >= 0x7F && next.value < 0xA0);
        at += next.length;
    }
    auto const judged = check_utf8(input);
    require(judged.ok() == (at == input.size()), "the reference judges the same");
    if (!judged) require(judged.fault().at == at, "the reference finds the same place");
    require(sasl::can_carry(input) == (judged.ok() && !controls), "no control can be carried");
}
