#include <postel/word_index.hpp>

#include <array>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

struct row {
    int number;
    std::string_view name;
};
constexpr std::array rows{row{1, "SIZE"}, row{2, "STOP"}, row{3, "8BITMIME"}, row{4, "X"}};
constexpr postel::word_index index{rows, &row::name};

}  // namespace

TEST_CASE("a word is found in any letter case", "[word_index]") {
    for (std::size_t i = 0; i != rows.size(); ++i) CHECK(index.find(rows[i].name) == i);
    CHECK(index.find("sIzE") == 0);
    CHECK(index.find("8bitMime") == 2);
    static_assert(index.find("stop") == 1);
}

TEST_CASE("what is not a word of the table is not found", "[word_index]") {
    for (auto const* const word : {"", "SIZ", "SIZES", "STEP", "XX", "S", "x ",
                                   "\x18"
                                   "BITMIME",
                                   "SIZEE", "0123456789012345678901234567890123456789"}) {
        CAPTURE(word);
        CHECK_FALSE(index.find(word).has_value());
    }
    for (int c = 0; c < 256; ++c) {
        char const one = static_cast<char>(c);
        CAPTURE(c);
        CHECK(index.find({&one, 1}).has_value() == (one == 'x' || one == 'X'));
    }
}

TEST_CASE("the word at the start of a text is found where it ends there", "[word_index]") {
    static constexpr std::array longer{row{1, "PLAIN"}, row{2, "PLAIN-PLUS"},
                                       row{3, "PLAIN-PLUS-TWENTY-MORE"}};
    static constexpr postel::word_index words{longer, &row::name};
    auto const first = [](std::string_view text) { return words.find_first<postel::ldh>(text); };
    for (std::size_t i = 0; i != longer.size(); ++i) {
        auto const text = std::string{longer[i].name};
        CAPTURE(text);
        CHECK(words[i] == text);
        CHECK(first(text) == i);
        CHECK(first(text + " ") == i);
        CHECK(first(text + "\r\nPLAIN") == i);
        CHECK_FALSE(first(text + "X").has_value());
        CHECK(first(text.substr(0, text.size() - 1)) != i);
        for (std::size_t at = 0; at != text.size(); ++at) {
            auto other = text;
            other[at] = static_cast<char>(other[at] ^ 0x40);
            CHECK(first(other) != i);
            other[at] = static_cast<char>(text[at] ^ 0x80);
            CHECK(first(other) != i);
            other[at] = static_cast<char>(text[at] ^ 0x20);
            CHECK((first(other) == i) == postel::alpha(text[at]));
        }
    }
    CHECK_FALSE(first("").has_value());
}
