#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "worlds/exchange.hpp"

// Lets random clients talk to random servers, and holds them to the truth:
//
//     exchanges [SEED [COUNT]]    so many letters; from a seed of chance, and a million
//     exchanges --plan SEED       the one plan of which a run said that it failed, in full

namespace {

using namespace postel::test::worlds;

int repeat(std::uint64_t seed) {
    std::string log;
    auto const what = exchange_letters(seed, plan_size, &log);
    std::printf("%s\nplan %" PRIu64 ": %s\n", log.c_str(), seed,
                what.broken.empty() ? "all is well" : what.broken.c_str());
    return what.broken.empty() ? 0 : 1;
}

int run(std::uint64_t seed, std::uint64_t count) {
    tally all;
    lots seeds{seed};
    while (all.letters < count) {
        auto const one = seeds.next();
        auto const most = std::min<std::uint64_t>(count - all.letters, plan_size);
        auto const what = exchange_letters(one, most);
        if (!what.broken.empty()) {
            std::printf("seed %" PRIu64 ", after %" PRIu64 " exchanges:\n", seed, all.letters);
            return repeat(one);
        }
        all += what;
    }
    std::printf("exchanges: %" PRIu64 ", %" PRIu64 " delivered, %" PRIu64 " refused, %" PRIu64
                " lost, seed %" PRIu64 "\n",
                all.letters, all.delivered, all.refused, all.lost, seed);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    auto const number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
    if (argc == 3 && std::string_view{argv[1]} == "--plan") return repeat(number(2));
    auto const seed = argc > 1 ? number(1) : std::random_device{}();
    return run(seed, argc > 2 ? number(2) : 1'000'000);
}
