#include <postel/expected_replies.hpp>

#include <vector>

#include "support/catch.hpp"

using postel::client_step;
using postel::expected_replies;

TEST_CASE("replies answer steps in the order in which those were sent",
          "[expected_replies][C-2920-3.1-08][B-SEC-COUNT-01]") {
    std::vector<client_step> const sent{client_step::content, client_step::rset, client_step::mail,
                                        client_step::rcpt,    client_step::rcpt, client_step::rcpt,
                                        client_step::data};
    expected_replies expected;
    for (auto const step : sent) {
        expected.push(step);
        CHECK(expected.back() == step);
    }
    for (auto const step : sent) {
        REQUIRE_FALSE(expected.empty());
        CHECK(expected.front() == step);
        CHECK(expected.pop() == step);
    }
    CHECK(expected.empty());
}

TEST_CASE("any number of equal steps takes the room of one", "[expected_replies]") {
    expected_replies expected;
    expected.push(client_step::mail);
    for (int i = 0; i < 100000; ++i) expected.push(client_step::rcpt);
    expected.push(client_step::data);
    CHECK(expected.pop() == client_step::mail);
    int recipients = 0;
    while (expected.front() == client_step::rcpt) {
        expected.pop();
        ++recipients;
    }
    CHECK(recipients == 100000);
    CHECK(expected.pop() == client_step::data);
    CHECK(expected.empty());
}

TEST_CASE("a step can draw any number of replies, none among them",
          "[expected_replies][C-2033-4.2-01]") {
    expected_replies expected;
    expected.push(client_step::content, 0);
    CHECK(expected.empty());
    expected.push(client_step::content, 3);
    expected.push(client_step::mail);
    for (int i = 0; i < 3; ++i) CHECK(expected.pop() == client_step::content);
    CHECK(expected.pop() == client_step::mail);
    CHECK(expected.empty());
}

TEST_CASE("equal steps that are not neighbours stay apart", "[expected_replies]") {
    expected_replies expected;
    expected.push(client_step::mail);
    expected.push(client_step::rcpt);
    CHECK(expected.pop() == client_step::mail);
    expected.push(client_step::rset);
    expected.push(client_step::mail);
    expected.push(client_step::rcpt);
    CHECK(expected.pop() == client_step::rcpt);
    CHECK(expected.pop() == client_step::rset);
    CHECK(expected.pop() == client_step::mail);
    CHECK(expected.pop() == client_step::rcpt);
    CHECK(expected.empty());
}

TEST_CASE("what is cleared expects nothing", "[expected_replies]") {
    expected_replies expected;
    expected.push(client_step::mail);
    expected.push(client_step::rcpt);
    expected.clear();
    CHECK(expected.empty());
    expected.push(client_step::quit);
    CHECK(expected.front() == client_step::quit);
    CHECK(expected.back() == client_step::quit);
}
