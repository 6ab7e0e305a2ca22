#pragma once

#include <cstddef>
#include <cstdint>

namespace postel::test::worlds {

/// Drawing by lot, the same from the same seed on every machine: splitmix64 by Sebastiano Vigna.
class lots {
public:
    explicit lots(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] std::uint64_t next() {
        auto z = state_ += 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    /// A number from 0 to `below` - 1.
    [[nodiscard]] std::uint32_t draw(std::size_t below) {
        return static_cast<std::uint32_t>(next() % below);
    }
    [[nodiscard]] bool one_in(std::size_t many) { return draw(many) == 0; }
    /// From 1 up; each order of magnitude up to 2^`magnitudes` as often as any other.
    [[nodiscard]] std::uint64_t some(std::uint32_t magnitudes) {
        return 1 + next() % (std::uint64_t{2} << draw(magnitudes));
    }

private:
    std::uint64_t state_;
};

}  // namespace postel::test::worlds
