// What instructions.sh runs under callgrind: one kind of work, done again and again in `measured`,
// which is all that is counted. Prints what was done, and what was allocated meanwhile.
//
//   instructions WORK       without an argument: the names of all kinds of work

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <postel/dot_decoder.hpp>
#include <postel/dot_encoder.hpp>
#include <string>
#include <string_view>

#include "support/allocations.hpp"
#include "support/corpus.hpp"
#include "support/parsing.hpp"
#include "support/sessions.hpp"

namespace {

// Done once before it is counted, so that nothing is met for the first time.
template <class Work>
[[gnu::noinline]] void measured(Work& work) {
    work();
    asm volatile("" : : : "memory");
}

// Prints the number of items in what was counted.
template <class Work>
[[nodiscard]] bool count(Work& work, std::size_t items) {
    work();
    auto const before = bench::heap.allocations;
    measured(work);
    std::printf("%zu %zu\n", items, bench::heap.allocations - before);
    return true;
}

template <class Read>
[[nodiscard]] bool count(bench::corpus const& corpus, Read read) {
    bool good = true;
    auto work = [&] { good = read(corpus.wire).all_good(corpus.items) && good; };
    return count(work, corpus.items) && good;
}

template <class Transactions>
[[nodiscard]] bool count_transactions() {
    static constexpr std::size_t each = 100;
    Transactions transactions;
    auto work = [&] {
        for (std::size_t i = 0; i != each; ++i) transactions.transaction();
    };
    return count(work, each) && transactions.correct(2 * each);
}

// Items are octets of the message.
[[nodiscard]] bool count_decoding(bench::content_kind const& kind) {
    auto const raw = bench::content(kind.line, bench::in_cache);
    auto const wire = bench::on_the_wire(raw);
    bool good = true;
    auto work = [&] {
        postel::dot_decoder decoder;
        std::size_t octets = 0;
        for (std::string_view rest = wire; !rest.empty();) {
            auto const step = decoder.next(rest);
            if (!step) break;
            octets += step->text.size();
            rest.remove_prefix(step->consumed);
        }
        good = octets == raw.size() && good;
    };
    return count(work, raw.size()) && good;
}
[[nodiscard]] bool count_encoding(bench::content_kind const& kind) {
    auto const raw = bench::content(kind.line, bench::in_cache);
    auto const wire = bench::on_the_wire(raw);
    std::string out(2 * raw.size(), ' ');
    bool good = true;
    auto work = [&] {
        postel::dot_encoder encoder;
        std::size_t written = 0;
        for (std::string_view rest = raw; !rest.empty();) {
            auto const step = encoder.next(rest, std::span{out}.subspan(written));
            if (!step) break;
            rest.remove_prefix(step->consumed);
            written += step->written;
        }
        good = written + 3 == wire.size() && good;
    };
    return count(work, raw.size()) && good;
}

struct kind_of_work {
    std::string_view name;
    bool (*run)();
};

constexpr std::array works{
    kind_of_work{"parse_command",
                 [] { return count(bench::mixed(bench::command_kinds), bench::read_commands); }},
    kind_of_work{"parse_reply",
                 [] { return count(bench::mixed(bench::reply_kinds), bench::read_replies); }},
    kind_of_work{
        "parse_capabilities",
        [] { return count(bench::only(bench::reply_kinds.back()), bench::read_hello_replies); }},
    kind_of_work{"server_transaction", count_transactions<bench::server_work>},
    kind_of_work{"client_transaction", count_transactions<bench::client_work>},
    kind_of_work{"decode_dots/base64", [] { return count_decoding(bench::content_kinds[0]); }},
    kind_of_work{"decode_dots/dots", [] { return count_decoding(bench::content_kinds[2]); }},
    kind_of_work{"encode_dots/base64", [] { return count_encoding(bench::content_kinds[0]); }},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        for (auto const& each : works)
            std::printf("%.*s\n", static_cast<int>(each.name.size()), each.name.data());
        for (auto const& each : bench::command_kinds)
            std::printf("parse_command/%.*s\n", static_cast<int>(each.name.size()),
                        each.name.data());
        return EXIT_SUCCESS;
    }
    std::string_view const asked = argv[1];
    for (auto const& each : works)
        if (asked == each.name) return each.run() ? EXIT_SUCCESS : EXIT_FAILURE;
    for (auto const& each : bench::command_kinds)
        if (asked == "parse_command/" + std::string{each.name})
            return count(bench::only(each), bench::read_commands) ? EXIT_SUCCESS : EXIT_FAILURE;
    return EXIT_FAILURE;
}
