#include <postel/refusal.hpp>

#include <string>

#include "support/catch.hpp"

using postel::content_reply;
using postel::ends_session;
using postel::error;
using postel::usual_reply;
using postel::verb;

TEST_CASE("the usual reply is the one of the error table", "[refusal][S-5321-4.2.2-01]") {
    for (auto const& row : postel::error_table) {
        auto const reply = usual_reply(row.name);
        CHECK(reply.code == row.code);
        CHECK(reply.status == row.status);
        CHECK(reply.text == row.text);
    }
    STATIC_REQUIRE(usual_reply(error::unknown_command) ==
                   postel::reply{500, {5, 5, 1}, "command not recognised"});
}

TEST_CASE("no reply to a hello has a status", "[refusal][S-2034-4-01]") {
    for (auto const& row : postel::error_table)
        for (auto const v : {verb::helo, verb::ehlo, verb::lhlo}) {
            CHECK_FALSE(usual_reply(row.name, v).status.present());
            CHECK(usual_reply(row.name, v).code == row.code);
        }
}

TEST_CASE("a bad address is a sender's in MAIL and a recipient's elsewhere",
          "[refusal][S-6531-3.5-01]") {
    for (auto const why :
         {error::bad_path, error::bad_local_part, error::bad_domain, error::bad_address_literal,
          error::local_part_too_long, error::domain_too_long, error::path_too_long}) {
        CHECK(usual_reply(why, verb::mail).status == postel::enhanced_status{5, 1, 7});
        CHECK(usual_reply(why, verb::rcpt).status == postel::enhanced_status{5, 1, 3});
    }
    STATIC_REQUIRE(usual_reply(error::non_ascii_address, verb::mail).code == 550);
    STATIC_REQUIRE(usual_reply(error::non_ascii_address, verb::rcpt).code == 553);
    STATIC_REQUIRE(usual_reply(error::bad_value, verb::mail) == usual_reply(error::bad_value));
}

TEST_CASE("content that was dropped fails as a transaction, not as a command",
          "[refusal][S-SEC-BARE-01]") {
    STATIC_REQUIRE(content_reply(error::bare_cr).code == 554);
    STATIC_REQUIRE(content_reply(error::bare_lf).status == postel::enhanced_status{5, 5, 2});
    STATIC_REQUIRE(content_reply(error::nul_octet).code == 554);
    STATIC_REQUIRE(content_reply(error::nul_octet).status == postel::enhanced_status{5, 6, 0});
    STATIC_REQUIRE(content_reply(error::message_too_large) ==
                   usual_reply(error::message_too_large));
    STATIC_REQUIRE(content_reply(error::mail_required).code == 503);
}

TEST_CASE("every reply of the tables has the class of its status",
          "[refusal][S-2034-4-03][S-5321-4.2-02]") {
    for (auto const& row : postel::error_table)
        for (auto const& reply : {usual_reply(row.name), usual_reply(row.name, verb::mail),
                                  usual_reply(row.name, verb::ehlo), content_reply(row.name)}) {
            CAPTURE(row.text);
            if (!reply.code.valid()) continue;
            CHECK((reply.code.transient() || reply.code.permanent()));
            if (reply.status.present()) CHECK(reply.status.code_class == reply.code.value / 100);
        }
}

TEST_CASE("a stream that cannot be followed ends the session, and an error in it does not",
          "[refusal][S-5321-3.8-01]") {
    for (auto const why :
         {error::early_talker, error::cleartext_after_starttls, error::chunk_size_overflow,
          error::too_many_errors, error::too_many_commands, error::http_on_this_port,
          error::tls_on_this_port, error::timed_out, error::shutting_down})
        CHECK(ends_session(why));
    for (auto const why : {error::bare_lf, error::unknown_command, error::bad_sequence,
                           error::line_too_long, error::message_too_large, error::no_service,
                           error::too_many_recipients, error::bad_chunk_size, error::tls_required})
        CHECK_FALSE(ends_session(why));
}

TEST_CASE("the methods of HTTP are in capitals and nothing else", "[refusal]") {
    STATIC_REQUIRE(postel::is_http_method("GET"));
    STATIC_REQUIRE(postel::is_http_method("CONNECT"));
    STATIC_REQUIRE_FALSE(postel::is_http_method("get"));
    STATIC_REQUIRE_FALSE(postel::is_http_method("GETS"));
    STATIC_REQUIRE_FALSE(postel::is_http_method(""));
    for (auto const& row : postel::verb_table) CHECK_FALSE(postel::is_http_method(row.spelling));
}
