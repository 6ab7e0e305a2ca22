#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What is parsed, decoded and sent: made here, from a seed, the same on every machine (std::
// distributions are not, so none is used).

namespace bench {

class dice {
public:
    explicit dice(std::uint_fast32_t seed) : engine_(seed) {}
    /// 0 to n - 1.
    [[nodiscard]] std::size_t below(std::size_t n) { return engine_() % n; }
    [[nodiscard]] std::size_t between(std::size_t least, std::size_t most) {
        return least + below(most - least + 1);
    }
    [[nodiscard]] bool percent(std::size_t n) { return below(100) < n; }
    template <class List>
    [[nodiscard]] auto const& one_of(List const& list) {
        return list[below(list.size())];
    }

private:
    std::mt19937 engine_;
};

inline constexpr std::array<std::string_view, 16> words{
    "alpha", "bravo",  "charlie", "delta", "echo", "foxtrot",  "golf",  "hotel",
    "india", "juliet", "kilo",    "lima",  "mike", "november", "oscar", "papa"};
inline constexpr std::array<std::string_view, 7> top_domains{"com",   "org", "net", "example",
                                                             "co.uk", "io",  "de"};

[[nodiscard]] inline std::string word(dice& random) {
    return std::string{random.one_of(words)};
}

[[nodiscard]] inline std::string domain(dice& random) {
    static constexpr std::array<std::size_t, 5> labels{1, 2, 2, 2, 3};
    std::string text;
    for (auto n = random.one_of(labels); n != 0; --n) {
        text += word(random);
        if (random.percent(30)) text += std::to_string(random.below(99));
        text += '.';
    }
    return text.append(random.one_of(top_domains));
}

[[nodiscard]] inline std::string local_part(dice& random) {
    auto text = word(random);
    if (random.percent(50)) text += "." + word(random);
    if (random.percent(30)) text += "+" + word(random) + std::to_string(random.below(1000));
    return text;
}

[[nodiscard]] inline std::string mailbox(dice& random) {
    auto const local = local_part(random);
    return local + "@" + domain(random);
}

[[nodiscard]] inline std::string quoted_string(dice& random) {
    static constexpr std::array<std::string_view, 7> odd{" ", "\\\"", "\\\\", "@", ".", ">", "<"};
    std::string text = "\"";
    while (text.size() < 48) text += random.percent(12) ? word(random) : random.one_of(odd);
    return text + "\"";
}

[[nodiscard]] inline std::string hexadecimal(dice& random) {
    std::string text;
    for (auto n = random.between(1, 4); n != 0; --n) text += "123456789abcdef"[random.below(15)];
    return text;
}

[[nodiscard]] inline std::string ipv6_literal(dice& random) {
    auto const a = hexadecimal(random);
    auto const b = hexadecimal(random);
    return "[IPv6:2001:db8:" + a + ":" + b + "::" + hexadecimal(random) + "]";
}

[[nodiscard]] inline std::string base64_text(dice& random, std::size_t octets) {
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    while (text.size() < octets) text += alphabet[random.below(alphabet.size())];
    return text;
}

// "+" and "=" are written in hexadecimal.                                     RFC 3461 4
[[nodiscard]] inline std::string xtext(std::string_view plain) {
    std::string text;
    for (char const c : plain)
        if (c == '+')
            text += "+2B";
        else
            text += c;
    return text;
}

/// A kind of command or of reply, and how often it comes in the mixture, per cent.
struct item_kind {
    std::string_view name;
    std::size_t weight;
    std::string (*make)(dice&);
};

[[nodiscard]] inline std::string mail_with_parameters(dice& random) {
    auto const from = mailbox(random);
    return "MAIL FROM:<" + from + "> SIZE=" + std::to_string(random.between(500, 50'000'000)) +
           " BODY=8BITMIME SMTPUTF8\r\n";
}
[[nodiscard]] inline std::string rcpt_with_parameters(dice& random) {
    static constexpr std::array<std::string_view, 4> when{"SUCCESS,FAILURE", "FAILURE,DELAY",
                                                          "NEVER", "SUCCESS,FAILURE,DELAY"};
    auto const to = mailbox(random);
    return "RCPT TO:<" + to + "> NOTIFY=" + std::string{random.one_of(when)} + " ORCPT=rfc822;" +
           xtext(to) + "\r\n";
}

inline constexpr std::array<item_kind, 13> command_kinds{{
    {"ehlo", 9, [](dice& random) { return "EHLO " + domain(random) + "\r\n"; }},
    {"ehlo_literal", 1, [](dice& random) { return "EHLO " + ipv6_literal(random) + "\r\n"; }},
    {"mail_parameters", 17, mail_with_parameters},
    {"mail", 2, [](dice& random) { return "MAIL FROM:<" + mailbox(random) + ">\r\n"; }},
    {"mail_null", 1, [](dice&) { return std::string{"MAIL FROM:<>\r\n"}; }},
    {"rcpt", 17, [](dice& random) { return "RCPT TO:<" + mailbox(random) + ">\r\n"; }},
    {"rcpt_parameters", 17, rcpt_with_parameters},
    {"rcpt_quoted", 4,
     [](dice& random) {
         auto const local = quoted_string(random);
         return "RCPT TO:<" + local + "@" + domain(random) + ">\r\n";
     }},
    {"rcpt_literal", 3,
     [](dice& random) {
         auto const local = local_part(random);
         return "RCPT TO:<" + local + "@" + ipv6_literal(random) + ">\r\n";
     }},
    {"data", 14, [](dice&) { return std::string{"DATA\r\n"}; }},
    {"rset", 4, [](dice&) { return std::string{"RSET\r\n"}; }},
    {"quit", 6, [](dice&) { return std::string{"QUIT\r\n"}; }},
    {"auth", 5, [](dice& random) { return "AUTH PLAIN " + base64_text(random, 56) + "\r\n"; }},
}};

[[nodiscard]] inline std::string refusal_in_lines(dice& random) {
    std::string text;
    for (auto n = random.between(2, 5); n != 0; --n)
        text += std::string{n == 1 ? "450 " : "450-"} + "4.2.1 greylisted, see http://" +
                domain(random) + "/ for help\r\n";
    return text;
}
[[nodiscard]] inline std::string hello_reply(dice& random) {
    static constexpr std::array<std::string_view, 11> lines{
        "PIPELINING",
        "SIZE 52428800",
        "VRFY",
        "ETRN",
        "STARTTLS",
        "AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256",
        "ENHANCEDSTATUSCODES",
        "8BITMIME",
        "DSN",
        "SMTPUTF8",
        "CHUNKING"};
    std::string text = "250-" + domain(random) + "\r\n";
    for (auto const line : lines)
        if (random.percent(90)) text.append("250-").append(line).append("\r\n");
    return text + "250 HELP\r\n";
}

inline constexpr std::array<item_kind, 8> reply_kinds{{
    {"ok", 40,
     [](dice& random) { return "250 2.1." + std::to_string(random.below(6)) + " Ok\r\n"; }},
    {"go_ahead", 15, [](dice&) { return std::string{"354 End data with <CR><LF>.<CR><LF>\r\n"}; }},
    {"queued", 15,
     [](dice& random) { return "250 2.0.0 Ok: queued as " + hexadecimal(random) + "F4E2\r\n"; }},
    {"greeting", 5, [](dice& random) { return "220 " + domain(random) + " ESMTP ready\r\n"; }},
    {"bye", 5, [](dice&) { return std::string{"221 2.0.0 Bye\r\n"}; }},
    {"refusal", 10,
     [](dice& random) {
         return "550 5.1.1 <" + mailbox(random) +
                ">: Recipient address rejected: User unknown in local recipient table\r\n";
     }},
    {"lines", 10, refusal_in_lines},
    {"hello", 0, hello_reply},
}};

/// What is parsed one by one, as it comes over the wire.
struct corpus {
    std::string wire;
    std::size_t items = 0;
};

/// 4096 items of one kind.
[[nodiscard]] inline corpus only(item_kind const& which) {
    dice random{5321};
    corpus made;
    for (; made.items != 4096; ++made.items) made.wire += which.make(random);
    return made;
}

/// 4096 items of all kinds in a random order, as often as their weights say.
template <std::size_t N>
[[nodiscard]] corpus mixed(std::array<item_kind, N> const& kinds) {
    dice random{5321};
    std::vector<item_kind const*> drawn_from;
    for (auto const& each : kinds) drawn_from.insert(drawn_from.end(), each.weight, &each);
    corpus made;
    for (; made.items != 4096; ++made.items) made.wire += random.one_of(drawn_from)->make(random);
    return made;
}

// ---------------------------------------------------------------------------------------------
// Content

[[nodiscard]] inline std::string base64_line(dice& random) {
    return base64_text(random, 76) + "\r\n";
}
[[nodiscard]] inline std::string html_line(dice& random) {
    static constexpr std::array<std::string_view, 7> parts{"<td style=\"padding:0 4px;\">",
                                                           "</td>",
                                                           "<a href=\"https://example.com/x?y=1\">",
                                                           "lorem ipsum ",
                                                           "&nbsp;",
                                                           "</a>",
                                                           "1.25. "};
    std::string text;
    for (auto const length = random.between(200, 900); text.size() < length;)
        text += random.one_of(parts);
    return text + "\r\n";
}
// Every line begins with a dot: the worst that an honest sender can do.
[[nodiscard]] inline std::string dots_line(dice& random) {
    std::string text(random.between(1, 3), '.');
    for (auto n = random.below(5); n != 0; --n) text += "abcdefgh ij"[random.below(11)];
    return text + "\r\n";
}

/// A message of at least `octets`, before dot-stuffing.
[[nodiscard]] inline std::string content(std::string (*line)(dice&), std::size_t octets) {
    dice random{2920};
    std::string text;
    while (text.size() < octets) text += line(random);
    return text;
}

/// The same as it goes over the wire, stuffed by the simplest of loops.
[[nodiscard]] inline std::string on_the_wire(std::string_view raw) {
    std::string wire;
    bool line_starts = true;
    for (char const c : raw) {
        if (line_starts && c == '.') wire += '.';
        wire += c;
        line_starts = c == '\n';
    }
    return wire + ".\r\n";
}

struct content_kind {
    std::string_view name;
    std::string (*line)(dice&);
};
inline constexpr std::array<content_kind, 3> content_kinds{{
    {"base64", base64_line},
    {"html", html_line},
    {"dots", dots_line},
}};

/// Fits into every second-level cache of today together with a copy of itself.
inline constexpr std::size_t in_cache = 256 * 1024;
/// Fits into none.
inline constexpr std::size_t out_of_cache = 256 * 1024 * 1024;

}  // namespace bench
