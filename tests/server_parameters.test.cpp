#include <postel/server_session.hpp>

#include <postel/replies.hpp>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using postel::server_state;
using namespace postel::test;
using kind = postel::server_event_kind;

TEST_CASE("a parameter that cannot be honoured, or not as asked, has its own replies",
          "[server_session][S-2852-4-03][S-6710-4.1-03][S-6710-4.1-04][S-6409-6.1-01]") {
    auto options = everything_offered();
    options.offer.add(postel::extension::deliver_by);
    options.offer.add(postel::extension::mt_priority);
    struct row {
        std::string_view parameter;
        postel::reply with;
        std::string sent;
        server_state then;
    };
    auto const given = GENERATE(values<row>({
        {"BY=120;R", postel::replies::parameter_busy, "455 4.5.4 parameter cannot be honoured now",
         server_state::ready},
        {"BY=120;R",
         {555, {5, 5, 4}, "no deadlines"},
         "555 5.5.4 no deadlines",
         server_state::ready},
        {"MT-PRIORITY=3",
         {250, {2, 3, 6}, "2 is the highest here"},
         "250 2.3.6 2 is the highest here",
         server_state::mail},
        {"MT-PRIORITY=-3", postel::replies::priority_too_low, "450 4.7.15 priority too low now",
         server_state::ready},
        {"MT-PRIORITY=6 SIZE=9999", postel::replies::too_big_for_priority,
         "552 5.7.16 message too big for its priority", server_state::ready},
        {"BODY=8BITMIME", postel::replies::sender_not_allowed, "550 5.7.1 sender not allowed",
         server_state::ready},
    }));
    CAPTURE(given.sent);
    auto driver = driver_in(server_state::ready, options, [&](auto& session, auto const& event) {
        if (event.kind() == kind::mail) return session.answer(given.with);
        accept_everything(session, event);
    });
    driver.feed("MAIL FROM:<a@c.example> " + std::string{given.parameter} + "\r\n");
    CHECK(driver.output == given.sent + "\r\n");
    CHECK(name_of(driver.session.state()) == name_of(given.then));
}
