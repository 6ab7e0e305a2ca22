// worst_input/WHO/FAMILY/CUT     what an octet of hostile or odd input costs, in ns
//
// WHO is dot_decoder (strict up to the first fault, then passing, as a server reads on; and line
// ends normalised), dot_encoder (refusing, and converting to a buffer), parse_command (line reader
// and grammar), server (a whole session, replies written) or client (reading replies to EHLO). CUT
// is how the octets arrive: 65536 or 1 at a time. The worst of each is printed at the end.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <postel/dot_decoder.hpp>
#include <postel/dot_encoder.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/corpus.hpp"
#include "support/parsing.hpp"
#include "support/physical_limits.hpp"
#include "support/sessions.hpp"

namespace {

using namespace std::string_literals;

constexpr std::size_t size = 64 * 1024;

// `unit` again and again, up to `octets`, whole units only.
std::string filled(std::string_view unit, std::size_t octets = size) {
    std::string text;
    while (text.size() + unit.size() <= octets) text += unit;
    return text;
}
std::string random_octets(std::string_view of) {
    bench::dice random{7};
    std::string text;
    while (text.size() < size) text += of[random.below(of.size())];
    return text;
}

struct family {
    std::string name;
    std::string octets;
};

std::vector<family> contents() {
    return {
        {"dots", filled(".")},
        {"dot_lines", filled("..\r\n")},
        {"dot_empty_lines", filled("..\r\n\r\n")},
        {"empty_lines", filled("\r\n")},
        {"short_lines", filled("a\r\n")},
        {"cr", filled("\r")},
        {"lf", filled("\n")},
        {"cr_cr_lf", filled("\r\r\n")},
        {"lf_cr", filled("\n\r")},
        {"cr_text", filled("\ra")},
        {"dot_cr_text", filled("\r\n.\ra")},
        {"lf_dot", filled("\n.")},
        {"nul", std::string(size, '\0')},
        {"lf_far_apart", filled(std::string(40, 'a') + '\n')},
        {"dots_far_apart", filled(std::string(60, 'a') + "\r\n..")},
        {"long_line", filled("a")},
        {"lines_of_1000", filled(std::string(998, 'a') + "\r\n")},
        {"random", random_octets("\r\n.\r\n.a")},
        {"random_lines", random_octets("\n\n.a")},
    };
}

std::vector<family> commands() {
    auto const line = [](std::string_view head, std::string_view unit, std::string_view tail) {
        return std::string{head} + filled(unit, 480 - head.size() - tail.size()) +
               std::string{tail} + "\r\n";
    };
    auto const path = [](std::string_view unit) {
        return "RCPT TO:<\"" + filled(unit, 60) + "\"@" + filled("a.", 180) + "b>\r\n";
    };
    auto all = std::vector<family>{
        {"empty", filled("\r\n")},
        {"unknown", filled("A\r\n")},
        {"not_a_verb", filled("1\r\n")},
        {"noop", filled("NOOP\r\n")},
        {"rset", filled("RSET\r\n")},
        {"noop_long", filled(line("NOOP ", "a", ""))},
        {"unknown_long", filled(line("XA ", "a", ""))},
        {"verb_long", filled(line("", "a", ""))},
        {"spaces", filled(line("NOOP", " ", ""))},
        {"quoted", filled(path("\\\""))},
        {"backslashes", filled(path("\\\\"))},
        {"quotes", filled(line("RCPT TO:<", "\"a\".", "@b>"))},
        {"route", filled(line("RCPT TO:<", "@a,", "@a:b@c>"))},
        {"dots", filled(line("RCPT TO:<a@", "a.", "b>"))},
        {"literal", filled("RCPT TO:<a@[IPv6:1:2:3:4:5:6:255.255.255.255]>\r\n")},
        {"parameters", filled(line("MAIL FROM:<a@b>", " A=1", ""))},
        {"same_parameter", filled(line("MAIL FROM:<a@b>", " SIZE=1", ""))},
        {"size", filled("MAIL FROM:<> SIZE=99999999999999999999\r\nRSET\r\n")},
        {"xtext", filled(line("MAIL FROM:<a@b> AUTH=", "+41", ""))},
        {"auth", filled(line("AUTH PLAIN ", "AAAA", ""))},
        {"utf8", filled(line("MAIL FROM:<", "\xc3\xa4", "@b> SMTPUTF8"))},
        {"ehlo", filled("EHLO a\r\n")},
        {"ehlo_dots", filled(line("EHLO ", "a.", "b"))},
        {"bare_cr", filled(line("NOOP ", "\r", ""))},
        {"bare_lf", filled(line("NOOP ", "\n", ""))},
        {"no_line_end", filled("a")},
        {"too_long", filled(std::string(5000, 'a') + "\r\n")},
        {"random", random_octets("EHLO MAILRCPT<>@:\"\\.,=+\r\n\r\n")},
    };
    return all;
}

std::vector<family> hellos() {
    auto const reply = [](std::string_view line) {
        return "250-a\r\n" + filled(line, std::min(500 * line.size(), size - 100)) + "250 a\r\n";
    };
    return {
        {"empty_lines", reply("250-\r\n")},
        {"keywords", reply("250-SIZE 1\r\n")},
        {"odd_keywords", reply("250-A\r\n")},
        {"auth", reply("250-AUTH" + filled(" A", 1900) + "\r\n")},
        {"auth_known", reply("250-AUTH" + filled(" SCRAM-SHA-256-PLUS", 1900) + "\r\n")},
        {"long_keyword", reply("250-" + filled("A", 1900) + "\r\n")},
        {"limits", reply("250-LIMITS" + filled(" MAILMAX=1", 1900) + "\r\n")},
        {"spaces", reply("250-SIZE" + filled(" ", 1900) + "\r\n")},
    };
}

// Calls `take` with pieces of `cut` octets; false as soon as it says so.
template <class Take>
bool in_pieces(std::string_view octets, std::size_t cut, Take take) {
    for (; !octets.empty(); octets.remove_prefix(std::min(cut, octets.size())))
        if (!take(octets.substr(0, cut))) return false;
    return true;
}

bool decode(std::string_view octets, std::size_t cut, postel::dot_decoder decoder) {
    return in_pieces(octets, cut, [&](std::string_view piece) {
        while (!piece.empty()) {
            auto const step = decoder.next(piece);
            if (!step) {
                decoder.pass_everything();
                continue;
            }
            if (step->consumed == 0 && step->text.empty()) return false;
            piece.remove_prefix(step->consumed);
        }
        return true;
    });
}
bool decode_strictly(std::string_view octets, std::size_t cut) {
    return decode(octets, cut,
                  postel::dot_decoder{postel::line_ending_policy::reject,
                                      postel::nul_policy::reject, std::uint16_t{1000}});
}
bool decode_and_repair(std::string_view octets, std::size_t cut) {
    return decode(octets, cut,
                  postel::dot_decoder{postel::line_ending_policy::normalise,
                                      postel::nul_policy::pass, std::uint16_t{60000}});
}

bool encode(std::string_view octets, std::size_t cut) {
    static std::string out(2 * size + 5, ' ');
    postel::dot_encoder encoder{
        {postel::line_ending_repair::convert, postel::nul_policy::pass, true}};
    return in_pieces(octets, cut, [&](std::string_view piece) {
        while (!piece.empty()) {
            auto const step = encoder.next(piece, out);
            if (!step || (step->consumed == 0 && step->written == 0)) return false;
            piece.remove_prefix(step->consumed);
        }
        return true;
    });
}
bool encode_views(std::string_view octets, std::size_t cut) {
    postel::dot_encoder encoder{
        {postel::line_ending_repair::convert, postel::nul_policy::pass, true}};
    return in_pieces(octets, cut, [&](std::string_view piece) {
        while (!piece.empty()) {
            auto const step = encoder.next(piece);
            if (!step || (step->consumed == 0 && step->text.empty())) return false;
            piece.remove_prefix(step->consumed);
        }
        return true;
    });
}

bool parse(std::string_view octets, std::size_t cut) {
    postel::line_reader lines;
    return in_pieces(octets, cut, [&](std::string_view piece) {
        while (!piece.empty()) {
            auto const step = lines.next(piece, postel::longest_command_line);
            if (step.consumed == 0) return false;
            piece.remove_prefix(step.consumed);
            if (step.what == postel::line_reader::outcome::line)
                benchmark::DoNotOptimize(postel::parse_command(step.text, bench::rules));
        }
        return true;
    });
}

// A server that loses no patience, so that all is read.
bool serve(std::string_view octets, std::size_t cut, std::string_view before) {
    static postel::server_options const options = [] {
        postel::server_options all;
        all.offer = bench::rules.offered;
        all.auth_without_tls = true;
        all.mechanisms = {postel::sasl_mechanism::plain};
        all.max_message_size = 0;
        auto& limits = all.limits;
        limits.errors = limits.idle_commands = limits.authentication_failures = 1'000'000;
        limits.recipients = 1'000'000;
        limits.text_line = 1000;
        return all;
    }();
    bench::server_driver server{options};
    server.open();
    server.hear(before);
    return in_pieces(octets, cut, [&](std::string_view piece) {
        server.hear(piece);  // it pauses where many replies wait to be sent
        while (!server.session().wants_input() && !server.session().finished()) server.hear({});
        return server.session().wants_input();
    });
}
bool serve_commands(std::string_view octets, std::size_t cut) {
    return serve(octets, cut, {});
}
bool serve_mail(std::string_view octets, std::size_t cut) {
    return serve(octets, cut, "MAIL FROM:<>\r\n");
}
bool serve_content(std::string_view octets, std::size_t cut) {
    return serve(octets, cut, "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n");
}

bool greet(std::string_view octets, std::size_t cut) {
    static postel::client_options const options{.hostname = "client.example.com"};
    postel::client_session client{options};
    bool good = true;
    auto const drain = [&] {
        while (auto const event = client.next())
            good = good && event->kind() != postel::client_event_kind::failed;
        client.sent(client.output().size());
    };
    drain();
    client.receive("220 a\r\n");
    drain();
    return in_pieces(octets, cut, [&](std::string_view piece) {
        client.receive(piece);
        drain();
        return good;
    });
}

std::map<std::string, std::pair<double, std::string>> worst;

using read_all = bool (*)(std::string_view, std::size_t);

void measure(benchmark::State& state, std::string const& who, std::string const& what,
             std::string const& octets, std::size_t cut, read_all read) {
    if (!read(octets, cut)) return state.SkipWithError("not all was read");
    std::array<double, 9> rounds{};
    for (auto& each : rounds)
        each = bench::seconds([&] { benchmark::DoNotOptimize(read(octets, cut)); }, 1);
    for (auto _ : state) benchmark::DoNotOptimize(read(octets, cut));
    // The quickest round: what else the machine does only adds to the others.
    auto const ns =
        *std::min_element(rounds.begin(), rounds.end()) * 1e9 / static_cast<double>(octets.size());
    state.counters["ns_per_octet"] = ns;
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(octets.size()));
    if (auto& seen = worst[who]; seen.first < ns) seen = {ns, what};
}

void add(std::string const& who, std::vector<family> const& families, read_all read) {
    for (auto const& each : families)
        for (std::size_t const cut : {std::size_t{65536}, std::size_t{1}}) {
            auto const key = who + "/" + std::to_string(cut);
            auto const name = "worst_input/" + who + "/" + each.name + "/" + std::to_string(cut);
            benchmark::RegisterBenchmark(name.c_str(),
                                         [key, each, cut, read](benchmark::State& state) {
                                             measure(state, key, each.name, each.octets, cut, read);
                                         });
        }
}

}  // namespace

int main(int argc, char** argv) {
    auto const content = contents();
    auto const command = commands();
    add("dot_decoder", content, decode_strictly);
    add("dot_decoder_repairing", content, decode_and_repair);
    add("dot_encoder", content, encode);
    add("dot_encoder_views", content, encode_views);
    add("parse_command", command, parse);
    add("server", command, serve_commands);
    add("server_in_mail", command, serve_mail);
    add("server_content", content, serve_content);
    add("client", hellos(), greet);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    for (auto const& [who, seen] : worst)
        std::fprintf(stderr, "%-32s %8.2f ns an octet: %s\n", who.c_str(), seen.first,
                     seen.second.c_str());
}
