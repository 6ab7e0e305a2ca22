#include <postel/server_session.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/server_driver.hpp"

using kind = postel::server_event_kind;
using postel::extension;
using postel::server_state;
using namespace postel::test;
using namespace std::string_literals;

// What is about one command or one reply; a hello, inquiries, limits, decisions, content, chunks,
// foreign peers and the end of a session have files of their own.

TEST_CASE("a whole session has these events and these replies however it is cut",
          "[server_session][S-5321-4.1.1.1-04][S-5321-4.3.1-01][S-5321-2.2.2-01][S-5321-2.4-04]"
          "[S-6152-2-01][S-6531-3.1-01][S-6531-3.7.1-01][S-5321-3.1-04][S-5321-7.5-01]"
          "[S-1870-3-01][S-5321-4.2-03]") {
    postel::server_options const options{.hostname = "mx.example", .max_message_size = 1000};
    std::string const wire =
        "EHLO c.example\r\nMAIL FROM:<s@c.example> SIZE=5 BODY=8BITMIME\r\nRCPT "
        "TO:<r@d.example>\r\n"
        "DATA\r\nhi\r\n.\r\nQUIT\r\n";
    for_every_cut(wire, [&](pieces const& stream) {
        auto const all = talk(options, stream);
        CHECK(lines_of(all.output) == std::vector<std::string>{
                                          "220 mx.example ESMTP",
                                          "250-mx.example",
                                          "250-PIPELINING",
                                          "250-SIZE 1000",
                                          "250-8BITMIME",
                                          "250-SMTPUTF8",
                                          "250 ENHANCEDSTATUSCODES",
                                          "250 2.1.0 sender ok",
                                          "250 2.1.5 recipient ok",
                                          "354 end data with <CR><LF>.<CR><LF>",
                                          "250 2.0.0 message accepted",
                                          "221 2.0.0 mx.example closing",
                                      });
        CHECK(all.events == std::vector<std::string>{"connected", "hello EHLO c.example",
                                                     "mail <s@c.example> SIZE=5 BODY=8BITMIME",
                                                     "recipient <r@d.example>", "data 1",
                                                     "content hi\\r\\n", "message_end 4",
                                                     "closed no error"});
    });
}

// ---- The greeting --------------------------------------------------------------------------

TEST_CASE("the EHLO reply lists what is obeyed, and what is not listed is not obeyed",
          "[server_session][S-5321-4.1.1.1-05][S-5321-4.2.4-02][S-5321-3.5.2-02][S-6531-3.1-02]"
          "[S-3030-3-01][S-3207-2-01][S-5321-2.2.2-02]") {
    struct row {
        extension what;
        std::string line;
        server_state from;
    };
    auto const given = GENERATE(values<row>({
        {extension::size, "MAIL FROM:<a@c.example> SIZE=1", server_state::ready},
        {extension::eight_bit_mime, "MAIL FROM:<a@c.example> BODY=8BITMIME", server_state::ready},
        {extension::smtputf8, "MAIL FROM:<a@c.example> SMTPUTF8", server_state::ready},
        {extension::dsn, "MAIL FROM:<a@c.example> RET=HDRS", server_state::ready},
        {extension::dsn, "RCPT TO:<a@c.example> NOTIFY=NEVER", server_state::mail},
        {extension::deliver_by, "MAIL FROM:<a@c.example> BY=100;N", server_state::ready},
        {extension::mt_priority, "MAIL FROM:<a@c.example> MT-PRIORITY=1", server_state::ready},
        {extension::expn, "EXPN list", server_state::ready},
        {extension::chunking, "BDAT 0", server_state::rcpt},
        {extension::starttls, "STARTTLS", server_state::ready},
        {extension::etrn, "ETRN d.example", server_state::ready},
    }));
    auto const keyword = std::string(postel::to_string(given.what));
    CAPTURE(keyword, given.line);
    auto options = everything_offered();
    options.offer = {extension::enhanced_status_codes, extension::eight_bit_mime};
    for (bool const offered : {false, true}) {
        if (offered)
            options.offer.add(given.what);
        else
            options.offer.remove(given.what);
        auto hello = driver_in(server_state::hello, options);
        hello.feed("EHLO c.example\r\n");
        bool listed = false;
        for (auto const& line : lines_of(hello.output))
            listed = listed || line.substr(4, keyword.size()) == keyword;
        CHECK(listed == offered);
        auto const code = reply_to(given.from, given.line, options).substr(0, 3);
        bool const obeyed = code != "555" && code != "502" && code != "500";
        CHECK(obeyed == offered);
    }
}

TEST_CASE("SMTPUTF8 is not offered without 8BITMIME", "[server_session][S-6531-3.1-02]") {
    auto options = everything_offered();
    options.offer.remove(extension::eight_bit_mime);
    auto driver = driver_in(server_state::hello, options);
    driver.feed("EHLO c.example\r\nMAIL FROM:<a@c.example> SMTPUTF8\r\n");
    CHECK(driver.output.find("SMTPUTF8\r\n") == std::string::npos);
    CHECK(codes_of(driver.output) == "250 555");
}

// ---- The envelope --------------------------------------------------------------------------

TEST_CASE("the paths and parameters of MAIL and RCPT come as they were given",
          "[server_session][S-5321-4.1.1.2-02][S-5321-2.3.5-01][B-5321-2.3.11-01][B-5321-2.4-01]"
          "[B-5321-2.4-02][S-5321-3.3-03][S-5321-4.1.1.3-01][S-5321-4.1.1.3-03][S-5321-F.2-01]"
          "[S-5321-4.1.2-01][S-5321-4.5.1-02][S-6152-2-02][S-6531-3.2-01][S-6409-3.2-01]"
          "[S-6409-8.8-01]") {
    auto const ready = server_state::ready;
    auto const mail = server_state::mail;
    CHECK(event_of(ready, "MAIL FROM:<>") == "250 mail <>");
    CHECK(event_of(ready, "mAiL fRoM:<Smith@B.example> sIzE=10 bOdY=8bitmime") ==
          "250 mail <Smith@B.example> sIzE=10 bOdY=8bitmime");
    CHECK(event_of(ready, "MAIL FROM:<\"a b\\\"c\"@d.example>") ==
          "250 mail <\"a b\\\"c\"@d.example>");
    CHECK(event_of(ready, "MAIL FROM:<\xE7\x94\xA8@\xE4\xBE\x8B.example> SMTPUTF8") ==
          "250 mail <\\xE7\\x94\\xA8@\\xE4\\xBE\\x8B.example> SMTPUTF8");
    CHECK(event_of(mail, "RCPT TO:<PostMaster>") == "250 recipient <PostMaster>");
    CHECK(event_of(mail, "RCPT TO:<pOSTMASTER@d.example>") ==
          "250 recipient <pOSTMASTER@d.example>");
    CHECK(event_of(mail, "RCPT TO:<A.b+C@x.example>") == "250 recipient <A.b+C@x.example>");
    CHECK(event_of(mail, "RCPT TO:<@h1.example,@h2.example:u@d.example>") ==
          "250 recipient <@h1.example,@h2.example:u@d.example>");
    CHECK(event_of(mail, "RCPT TO:<u@[192.0.2.255]>") == "250 recipient <u@[192.0.2.255]>");
}

TEST_CASE("the mailbox behind a source route is what counts",
          "[server_session][S-5321-3.3-03][S-5321-4.1.1.3-01]") {
    auto const options = everything_offered();
    std::string domain;
    auto driver = driver_in(server_state::mail, options, [&](auto& session, auto const& event) {
        domain = std::get<postel::recipient>(event).forward_path.mailbox().domain();
        session.accept();
    });
    driver.feed("RCPT TO:<@good.example:user@evil.example>\r\n");
    CHECK(domain == "evil.example");
}

TEST_CASE("a bad argument of MAIL or RCPT draws its code and no event, and moves nothing",
          "[server_session][S-5321-2.4-02][B-5321-3.3-01][S-5321-4.1.2-03][S-5321-4.1.2-04]"
          "[S-5321-4.1.2-05][S-5321-4.1.2-06][S-5321-4.1.2-07][S-5321-4.1.2-08][S-5321-4.1.3-01]"
          "[S-5321-4.1.3-02][S-5321-4.1.4-07][S-5321-4.1.1.11-01][S-6152-3-01][S-6531-3.1-03]"
          "[S-6531-3.3-01][S-6531-3.5-01][B-5321-F.4-01][S-5321-2.2.2-02][S-6152-2-02]") {
    struct row {
        std::string line;
        std::string reply;
    };
    auto const given = GENERATE(values<row>({
        {"MAIL", "501 5.5.4"},
        {"MAIL TO:<a@b.example>", "501 5.5.4"},
        {"MAIL FROM: <a@b.example>", "501 5.1.7"},
        {"MAIL FROM:a@b.example", "501 5.1.7"},
        {"MAIL FROM:<a\x01@d.example>", "501 5.1.7"},
        {"MAIL FROM:<a@b_c.example>", "501 5.1.7"},
        {"MAIL FROM:<a..b@c.example>", "501 5.1.7"},
        {"MAIL FROM:<a.@c.example>", "501 5.1.7"},
        {"MAIL FROM:<@c.example>", "501 5.1.7"},
        {"MAIL FROM:<a@c.example", "501 5.1.7"},
        {"MAIL FROM:<\"\xED\xA0\x80\"@d.example> SMTPUTF8", "501 5.6.7"},
        {"MAIL FROM:<\xC3\xA9@b.example>", "550 5.6.7"},
        {"MAIL FROM:<a@b.example>SIZE=1", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> SIZE=1=2", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> BODY=FOO", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> BODY=7BIT BODY=8BITMIME", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> SMTPUTF8=1", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> NOSUCH", "555 5.5.4"},
        {"MAIL FROM:<a@b.example> FOO=1", "555 5.5.4"},
        {"RCPT TO:<a@-b.example>", "501 5.1.3"},
        {"RCPT TO:<u@[192.0.2.256]>", "501 5.1.3"},
        {"RCPT TO:<u@[1.2.3]>", "501 5.1.3"},
        {"RCPT TO:<u@[2001:db8::1]>", "501 5.1.3"},
        {"RCPT TO:<u@#12345>", "501 5.1.3"},
        {"RCPT TO:<>", "501 5.1.3"},
        {"RCPT TO:<\xC3\xA9@d.example>", "553 5.6.7"},
        {"RCPT TO:<u@d.example> FOO", "555 5.5.4"},
    }));
    CAPTURE(given.line);
    auto const options = everything_offered();
    auto const from = given.line[0] == 'M' ? server_state::ready : server_state::mail;
    auto driver = driver_in(from, options);
    driver.feed(given.line + "\r\n");
    CHECK(statuses_of(driver.output) == given.reply);
    CHECK(driver.events.size() == 1);
    CHECK(driver.count("violation") == 1);
    CHECK(name_of(driver.session.state()) == name_of(from));
}

TEST_CASE("an error says where in the line it is", "[server_session]") {
    auto const options = everything_offered();
    std::size_t at = 0;
    std::string line;
    auto driver = driver_in(server_state::ready, options, [&](auto&, auto const& event) {
        auto const& told = std::get<postel::violation>(event);
        at = told.at;
        line = told.line;
    });
    for_every_cut("MAIL FROM:<a@b.example> SIZE=x\r\n", [&](pieces const& stream) {
        driver.session = driver_in(server_state::ready, options).session;
        driver.feed(stream);
        CHECK(line == "MAIL FROM:<a@b.example> SIZE=x");
        CHECK(line.substr(at) == "x");
    });
}

TEST_CASE("a second MAIL inside a transaction changes nothing",
          "[server_session][S-5321-4.1.4-06][S-5321-3.3-04]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::mail, options);
    driver.feed("MAIL FROM:<c@d.example>\r\nRCPT TO:<u@v.example>\r\n");
    CHECK(codes_of(driver.output) == "503 250");
    CHECK(driver.count("mail") == 0);
    CHECK(reply_to(server_state::ready, "RCPT TO:<u@d.example>").substr(0, 4) == "503 ");
}

TEST_CASE("SMTPUTF8 on MAIL opens RCPT for its transaction alone",
          "[server_session][S-6531-3.5-01]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::ready, options);
    driver.feed(
        "MAIL FROM:<a@c.example> SMTPUTF8\r\nRCPT TO:<\xC3\xA9@d.example>\r\nRSET\r\n"
        "MAIL FROM:<a@c.example>\r\nRCPT TO:<\xC3\xA9@d.example>\r\n");
    CHECK(codes_of(driver.output) == "250 250 250 250 553");
}

TEST_CASE("lenience is off, and each switch does what it says", "[server_session][B-5321-3.3-01]") {
    auto options = everything_offered();
    options.tolerate.space_after_colon = true;
    CHECK(reply_to(server_state::ready, "MAIL FROM: <a@b.example>", options).substr(0, 3) == "250");
    CHECK(reply_to(server_state::ready, "MAIL FROM:a@b.example", options).substr(0, 3) == "501");
    options.tolerate.path_without_brackets = true;
    CHECK(reply_to(server_state::ready, "MAIL FROM:a@b.example", options).substr(0, 3) == "250");
}

// ---- The rest ------------------------------------------------------------------------------

TEST_CASE("RSET forgets the transaction and nothing else",
          "[server_session][S-5321-4.1.1.5-01][S-5321-4.1.1.5-02]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("RSET\r\nDATA\r\nMAIL FROM:<> SIZE=1\r\n");
    CHECK(codes_of(driver.output) == "250 503 250");
    CHECK(driver.events.front() == "reset");
    CHECK(reply_to(server_state::hello, "RSET") == "250 2.0.0 reset");
}

TEST_CASE("white space at the end of a command is tolerated", "[server_session][S-5321-4.1.1-01]") {
    CHECK(reply_to(server_state::ready, "NOOP \t") == "250 2.0.0 ok");
    CHECK(reply_to(server_state::rcpt, "DATA ").substr(0, 3) == "354");
    CHECK(reply_to(server_state::ready, "RSET\t ") == "250 2.0.0 reset");
    CHECK(reply_to(server_state::ready, "MAIL FROM:<a@b.example>  ").substr(0, 3) == "250");
    CHECK(reply_to(server_state::ready, "QUIT ").substr(0, 3) == "221");
}

TEST_CASE("RSET, DATA and QUIT refuse arguments, and the session goes on",
          "[server_session][S-5321-4.1.1-02]") {
    auto const options = everything_offered();
    auto driver = driver_in(server_state::rcpt, options);
    driver.feed("RSET x\r\nQUIT now\r\nDATA 1\r\nDATA\r\n");
    CHECK(statuses_of(driver.output) == "501 5.5.4 | 501 5.5.4 | 501 5.5.4 | 354 end d");
}

// ---- Enhanced status codes -----------------------------------------------------------------

TEST_CASE(
    "every reply but those to a greeting, a hello and DATA has a status of its class, exactly "
    "where the extension is offered",
    "[server_session][S-2034-4-01][S-2034-4-02][S-2034-4-03][S-2034-4-05][S-5321-4.2-02]") {
    auto options = everything_offered();
    auto const offered = GENERATE(true, false);
    if (!offered) options.offer.remove(extension::enhanced_status_codes);
    auto const helo = GENERATE(true, false);
    auto const hello = helo ? "HELO c.example\r\n"s : "EHLO c.example\r\n"s;
    std::string const wire =
        "EHLO\r\nEHLO -a\r\nLHLO c.example\r\n" + hello +
        "FOO\r\nTURN\r\nRCPT TO:<a@b.example>\r\nVRFY x\r\nEXPN x\r\nHELP\r\nNOOP\r\n\r\n\x01\r\n"
        "MAIL FROM:<a@>\r\nMAIL FROM:<a@b.example> X\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<>\r\n"
        "RCPT TO:<a@b.example>\r\nSTARTTLS\r\nBDAT x\r\nDATA\r\nx\ny\r\n.\r\nRSET\r\nQUIT\r\n";
    auto const all = talk(options, {wire});
    std::size_t reply = 0;
    for (auto const& line : lines_of(all.output)) {
        CAPTURE(line);
        REQUIRE(line.size() > 4);
        CHECK((line[0] >= '2' && line[0] <= '5'));
        bool const has = line.size() > 9 && line[5] == '.' && line[7] == '.' && line[9] == ' ';
        if (has) CHECK(line[4] == line[0]);
        bool const bare = reply < 5 || line.starts_with("354");  // the greeting and four hellos
        CHECK(has == (offered && !bare));
        if (line[3] == ' ') ++reply;
    }
    CHECK(reply == 25);
}

TEST_CASE("no greeting and no reply to a hello has a status, whoever refuses",
          "[server_session][S-2034-4-01]") {
    auto const options = everything_offered();
    postel::reply const no{550, {5, 7, 1}, "no"};
    CHECK(reply_to(server_state::ready, "EHLO c.example", options, refuse_on(kind::hello, no)) ==
          "550 no");
    CHECK(reply_to(server_state::ready, "HELO").substr(0, 12) == "501 argument");
    CHECK(reply_to(server_state::ready, "LHLO c.example").substr(0, 9) == "500 wrong");
    CHECK(reply_to(server_state::barred, "EHLO c.example").substr(0, 6) == "503 no");
    server_driver driver{options, refuse_on(kind::connected, {421, {4, 3, 2}, "later"})};
    driver.connect();
    CHECK(driver.output == "421 mx.example later\r\n");
}
