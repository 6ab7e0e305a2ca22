#include "support/pair.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using postel::error;
using postel::extension;
using postel::outcome;
using postel::test::pair;
using postel::test::pair_options;
using postel::test::parcel;

namespace {

using random_source = std::minstd_rand;

std::size_t draw(random_source& random, std::size_t below) {
    return random() % below;
}

outcome some_decision(random_source& random) {
    switch (draw(random, 8)) {
        case 0: return outcome::transient;
        case 1: return outcome::permanent;
        default: return outcome::accepted;
    }
}

std::string some_content(random_source& random, bool eight_bit) {
    std::string text;
    std::vector<std::string> const words{"a",     ".",     "..",   "\r\n", "\r\n",     "\r\n.",
                                         "text ", ".\r\n", "QUIT", "\t",   "\r\n.\r\n"};
    for (auto count = draw(random, 40); count != 0; --count)
        text += eight_bit && draw(random, 4) == 0 ? "\xC3\xA9" : words[draw(random, words.size())];
    return text;
}

parcel some_letter(random_source& random, std::size_t index, bool foreign) {
    parcel one;
    bool const eight_bit = foreign && draw(random, 2) == 0;
    one.from = "m" + std::to_string(index) + "@client.example";
    for (auto count = 1 + draw(random, draw(random, 5) == 0 ? 60 : 4); count != 0; --count) {
        auto const number = std::to_string(one.to.size());
        bool const odd = foreign && draw(random, 8) == 0;
        one.to.push_back((odd ? "\xC3\xA9" : "r") + number + "@server.example");
        one.rcpt.push_back(some_decision(random));
    }
    one.content = some_content(random, eight_bit);
    if (eight_bit) one.parameters.body = postel::body_type::eight_bit_mime;
    if (draw(random, 2) == 0) one.parameters.size = one.content.size();
    one.mail = some_decision(random);
    one.data = some_decision(random);
    one.end = some_decision(random);
    return one;
}

pair_options some_options(random_source& random) {
    pair_options how;
    how.client.pipelining = draw(random, 4) != 0;
    if (draw(random, 4) == 0) how.server.offer.remove(extension::pipelining);
    if (draw(random, 2) == 0)
        how.server.offer.remove(extension::smtputf8).remove(extension::eight_bit_mime);
    if (draw(random, 3) == 0) how.server.offer.remove(extension::size);
    if (draw(random, 3) == 0) how.server.offer.add(extension::chunking);
    if (draw(random, 2) == 0) how.client.limits.pending_output = 50;
    if (draw(random, 2) == 0) how.server.limits.pending_output = 50;
    how.server.limits.errors = 100000;
    how.server.limits.idle_commands = 100000;
    return how;
}

// The content as it must arrive: a last line gets its end.
std::string whole(std::string const& content) {
    bool const ended = content.empty() || content.substr(content.size() - 1) == "\n";
    return ended ? content : content + "\r\n";
}

// What the application decided, as the client has to hear it.
outcome expected_message(parcel const& one) {
    if (one.mail != outcome::accepted) return one.mail;
    bool anybody = false;
    bool later = false;
    for (auto const what : one.rcpt) {
        anybody = anybody || what == outcome::accepted;
        later = later || what == outcome::transient;
    }
    if (!anybody) return later ? outcome::transient : outcome::permanent;
    return one.data != outcome::accepted ? one.data : one.end;
}

void check_truth(parcel const& one) {
    REQUIRE(one.accepted <= 1);
    if (one.accepted == 1) REQUIRE(one.arrived == whole(one.content));
    if (!one.result) {
        REQUIRE(one.accepted == 0);  // never submitted
        REQUIRE(one.results.empty());
        return;
    }
    REQUIRE(one.results.size() == one.to.size());
    if (*one.result == outcome::unknown) return;
    REQUIRE((one.accepted == 1) == (*one.result == outcome::accepted));
    if (one.accepted == 0) return;
    std::vector<std::string> told;
    for (std::size_t i = 0; i < one.to.size(); ++i)
        if (one.results[i] == outcome::accepted) told.push_back(one.to[i]);
    REQUIRE(told == one.taken);
}

struct run {
    pair_options how;
    std::vector<parcel> letters;
    explicit run(random_source& random) : how(some_options(random)) {
        bool const foreign = how.server.offer.has(extension::smtputf8);
        for (auto count = 1 + draw(random, 5); count != 0; --count)
            letters.push_back(some_letter(random, letters.size(), foreign));
    }
};

}  // namespace

TEST_CASE("a client hears exactly what the server decided, and the server gets what was sent",
          "[client_session][server_session][pair][C-2920-3.1-10][C-5321-4.2.5-01]"
          "[B-5321-2.3.11-01]") {
    auto const seed = GENERATE(range(1u, 1500u));
    CAPTURE(seed);
    random_source random{seed};
    run plan{random};
    pair both{plan.how, plan.letters, seed};
    REQUIRE(both.run());
    REQUIRE(both.broken.empty());
    REQUIRE_FALSE(both.failure);
    for (std::size_t i = 0; i < both.parcels.size(); ++i) {
        CAPTURE(i);
        auto const& one = both.parcels[i];
        REQUIRE(one.result);
        check_truth(one);
        REQUIRE(*one.result == expected_message(one));
        if (one.mail == outcome::accepted) {
            REQUIRE(one.results == one.rcpt);
        } else {
            REQUIRE(one.results == std::vector<outcome>(one.to.size(), one.mail));
        }
    }
}

TEST_CASE("no message is lost or made up when the connection is",
          "[client_session][server_session][pair][C-5321-3.8-01][C-5321-4.1.1.10-02]") {
    auto const seed = GENERATE(range(1u, 3000u));
    CAPTURE(seed);
    random_source random{seed};
    run plan{random};
    plan.how.lossy = seed % 3 != 0;
    plan.how.shuts_down = seed % 3 != 1;
    pair both{plan.how, plan.letters, seed};
    REQUIRE(both.run());
    REQUIRE(both.broken.empty());
    for (std::size_t i = 0; i < both.parcels.size(); ++i) {
        CAPTURE(i);
        auto const& one = both.parcels[i];
        check_truth(one);
        if (one.result == outcome::unknown) REQUIRE(both.failure == error::connection_lost);
    }
}
