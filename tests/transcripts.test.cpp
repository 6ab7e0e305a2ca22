#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/play_client.hpp"
#include "support/play_server.hpp"
#include "support/transcript.hpp"

using namespace postel::test;

namespace {

std::vector<std::string> files() {
    std::vector<std::string> names;
    for (auto const& entry : std::filesystem::directory_iterator{"transcripts"})
        if (entry.path().extension() == ".txt") names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<transcript> read(std::string const& file) {
    return read_transcripts(file, read_whole_file("transcripts/" + file));
}

template <class Script, class Play>
void play_in_every_manner(Script const& what, Play play) {
    CAPTURE(what.turns().front().line);
    for (bool const late : {false, true})
        for (std::size_t round = 0; round < what.rounds(); ++round) {
            auto const difference = play(what, manner{round, late});
            if (difference.empty()) continue;
            CAPTURE(round, late);
            FAIL_CHECK(difference);
            return;
        }
}

// Both machines say what the transcript says, however the octets are cut.
void check(std::string const& file) {
    CAPTURE(file);
    for (auto const& session : read(file)) {
        bool const server = session.is_for(role::server);
        bool const client = session.is_for(role::client);
        CAPTURE(session.lines.front().number);
        CHECK((server || client));
        if (server) play_in_every_manner(script{session, role::server}, play_server);
        if (client) play_in_every_manner(client_script{session}, play_client);
    }
}

}  // namespace

TEST_CASE("transcript: one message without pipelining",
          "[transcript][C-2920-3-01][S-5321-4.3.1-01]") {
    check("01-typical.txt");
}

TEST_CASE("transcript: a client that resets, and one that goes away", "[transcript]") {
    check("02-aborted.txt");
}

TEST_CASE("transcript: a message on two hops", "[transcript]") {
    check("03-relayed.txt");
}

TEST_CASE("transcript: questions about names and lists", "[transcript][S-5321-3.5.3-02]") {
    check("04-vrfy-expn.txt");
}

TEST_CASE("transcript: a pipelined envelope", "[transcript][S-2920-3.2-01][C-2920-3.1-02]") {
    check("05-pipelined.txt");
}

TEST_CASE("transcript: a pipelined envelope of which some is refused",
          "[transcript][S-2920-3.2-03][S-2920-3.2-09][C-2920-3.1-08][C-2920-3.1-09]") {
    check("06-pipelined-rcpt-rejected.txt");
}

TEST_CASE("transcript: nobody is left to receive the message",
          "[transcript][S-2920-3.2-03][C-2920-3.1-05][C-2920-3.1-06][C-2920-3.1-07]") {
    check("07-pipelined-all-rejected.txt");
}

TEST_CASE("transcript: the next envelope rides behind the final dot",
          "[transcript][C-2920-3.1-04]") {
    check("08-pipelined-two-messages.txt");
}

TEST_CASE("transcript: content in a chunk", "[transcript][S-3030-2-04]") {
    check("09-chunked.txt");
}

TEST_CASE("transcript: chunks that end anywhere", "[transcript][S-3030-2-05]") {
    check("10-chunked-pipelined.txt");
}

TEST_CASE("transcript: binary content", "[transcript][S-3030-3-02][S-3030-3-03][S-3030-2-05]") {
    check("11-binarymime.txt");
}

TEST_CASE("transcript: chunks that are refused",
          "[transcript][S-3030-2-01][S-3030-2-07][S-3030-2-08][S-3030-2-09][S-3030-2-10]") {
    check("12-bdat-failed.txt");
}

TEST_CASE("transcript: from cleartext to TLS", "[transcript][S-3207-4.2-01][S-3207-4.2-02]") {
    check("13-starttls.txt");
}

TEST_CASE("transcript: submission with TLS from the start",
          "[transcript][B-8314-3.3-01][S-8314-3.3-01][S-6409-7-01]") {
    check("14-submissions.txt");
}

TEST_CASE("transcript: a name and a password",
          "[transcript][S-4954-4-01][S-4954-4-07][S-4954-4-14]") {
    check("15-auth-plain.txt");
}

TEST_CASE("transcript: a name, and then a password", "[transcript]") {
    check("16-auth-login.txt");
}

TEST_CASE("transcript: a challenge before anything else", "[transcript]") {
    check("17-auth-cram-md5.txt");
}

TEST_CASE("transcript: AUTH that fails", "[transcript][S-4954-4-02][S-4954-4-03][S-4954-4-06]") {
    check("18-auth-failures.txt");
}

TEST_CASE("transcript: both sides prove that they know the password", "[transcript]") {
    check("19-auth-scram-sha-256.txt");
}

TEST_CASE("transcript: a proof bound to the channel", "[transcript]") {
    check("20-auth-scram-sha-256-plus.txt");
}

TEST_CASE("transcript: no password at all", "[transcript]") {
    check("21-auth-external-anonymous.txt");
}

TEST_CASE("transcript: what the sender wants to be told", "[transcript][S-5321-4.1.1.2-02]") {
    check("22-dsn.txt");
}

TEST_CASE("transcript: addresses in UTF-8",
          "[transcript][S-6531-3.1-03][S-6531-3.2-01][S-6531-3.5-01][S-6531-3.7.4.2-01]"
          "[C-6531-3.2-01][C-6531-3.4-01]") {
    check("23-smtputf8.txt");
}

TEST_CASE("transcript: tokens", "[transcript]") {
    check("24-auth-oauth.txt");
}

TEST_CASE("transcript: LMTP",
          "[transcript][S-2033-4.1-01][S-2033-4.1-02][S-2033-4.2-01][S-2033-4.2-02]"
          "[S-2033-4.2-03][S-2033-4.3-01][S-2033-4.3-02]") {
    check("25-lmtp.txt");
}

TEST_CASE("transcript: a server that stops", "[transcript][S-5321-3.8-03]") {
    check("26-shutdown-421.txt");
}

TEST_CASE("transcript: 8-bit content",
          "[transcript][S-6152-2-02][S-6152-3-01][C-6152-3-01][C-5321-2.4-01]") {
    check("27-8bitmime.txt");
}

TEST_CASE("transcript: the size of a message",
          "[transcript][S-1870-3-02][S-1870-6.1-01][S-1870-6.4-01][C-1870-7-01]"
          "[C-5321-4.5.3.1.10-01]") {
    check("28-size.txt");
}

TEST_CASE("transcript: TLS and AUTH come first", "[transcript][S-3207-4-03]") {
    check("29-submission-gates.txt");
}

TEST_CASE("transcript: a proxy speaks for the client", "[transcript]") {
    check("30-proxy-xclient-xforward.txt");
}

TEST_CASE("transcript: dots, and what looks like the end", "[transcript][S-SEC-BARE-01]") {
    check("31-dot-stuffing.txt");
}

TEST_CASE("transcript: announced limits", "[transcript]") {
    check("32-limits.txt");
}

TEST_CASE("transcript: hosts and domains that take no mail",
          "[transcript][S-7505-4.1-01][S-7505-4.1-02][C-7504-3-01][C-7504-4-01][S-5321bis-4.2-01]"
          "[S-7504-3-01]") {
    check("33-no-mail-521-556.txt");
}

TEST_CASE("transcript: TLS on every hop", "[transcript]") {
    check("34-requiretls.txt");
}

TEST_CASE("transcript: wrong commands and wrong places",
          "[transcript][S-SEC-NUL-01][S-5321-2.3.5-01][S-5321-3.8-01][S-5321-4.2.4-01]") {
    check("35-errors.txt");
}

TEST_CASE("transcript: a server that knows no EHLO", "[transcript][C-5321-3.2-01]") {
    check("36-helo-fallback.txt");
}

TEST_CASE("transcript: a node asks for its mail", "[transcript]") {
    check("37-etrn.txt");
}

TEST_CASE("transcript: whole messages in one group", "[transcript][S-3030-2-07]") {
    check("38-eager-bdat.txt");
}

TEST_CASE("transcript: soon, later, and never to strangers",
          "[transcript][S-2852-3-01][S-4865-4.2-01]") {
    check("39-scheduling-extensions.txt");
}

TEST_CASE("transcript: cleartext behind STARTTLS", "[transcript][B-3207-6-01]") {
    check("40-starttls-injection.txt");
}

TEST_CASE("no transcript is left unplayed", "[transcript]") {
    auto const source = read_whole_file("transcripts.test.cpp");
    CHECK(files().size() >= 20);
    for (auto const& file : files()) {
        CAPTURE(file);
        CHECK(source.find("check(\"" + file + "\")") != std::string::npos);
    }
}

TEST_CASE("each session is played for the client, or says why not", "[transcript]") {
    for (auto const& file : files())
        for (auto const& session : read(file)) {
            CAPTURE(file, session.lines.front().number);
            CHECK(session.is_for(role::client) == session.server_only.empty());
        }
    auto const marked = read_transcripts("text",
                                         "# server only: a reason\n"
                                         "s: connected\n"
                                         "\n"
                                         "s: connected\n");
    CHECK(marked.front().server_only == "a reason");
    CHECK(marked.back().server_only.empty());
}

// The tests above prove nothing if the players do not look.
TEST_CASE("a transcript that is wrong in one line is found out", "[transcript]") {
    std::string const good =
        "s: connected\n"
        "S: 220 mx.example.org ESMTP\n"
        "C: EHLO client.example\n"
        "s: hello EHLO client.example\n"
        "S: 250-mx.example.org\n"
        "S: 250-PIPELINING\n"
        "S: 250 ENHANCEDSTATUSCODES\n"
        "c: ready PIPELINING ENHANCEDSTATUSCODES\n"
        "C: MAIL FROM:<alice@client.example>\n"
        "C: RCPT TO:<bob@example.org>\n"
        "C: DATA\n"
        "s: mail <alice@client.example>\n"
        "S: 250 2.1.0 ok\n"
        "s: recipient <bob@example.org>\n"
        "S: 250 2.1.5 ok\n"
        "c: recipient 0: accepted, RCPT 250 2.1.5\n"
        "s: data 1\n"
        "S: 354 go ahead\n"
        "c: content_wanted\n"
        "C: Text.\n"
        "C: .\n"
        "C: QUIT\n"
        "s: content 7 octets\n"
        "s: message_end 7\n"
        "S: 250 2.0.0 taken\n"
        "c: message: accepted, content 250 2.0.0\n"
        "s: closed\n"
        "S: 221 2.0.0 bye\n"
        "c: disconnected\n"
        "T: close by server\n";
    auto const played = [](std::string const& text, role who) {
        auto const session = read_transcripts("text", text).front();
        return who == role::server ? play_server(script{session, who}, manner{})
                                   : play_client(client_script{session}, manner{});
    };
    REQUIRE(played(good, role::server).empty());
    REQUIRE(played(good, role::client).empty());

    struct row {
        role who;
        std::string_view right;
        std::string_view wrong;
        std::string_view found;
    };
    auto const rows = {
        row{role::server, "s: connected", "s: connected, and spoke first", "the event is"},
        row{role::server, "S: 250-PIPELINING\n", "S: 250-PIPELINING\nS: 250-VRFY\nS: 250-HELO\n",
            "the reply is"},
        row{role::server, "s: mail <alice@", "s: mail <bob@", "the event is"},
        row{role::server, "s: recipient <bob@example.org>\n", "", "the event is"},
        row{role::server, "s: content 7 octets", "s: content 8 octets", "the event is"},
        row{role::server, "S: 354 go ahead\n", "", "a reply too many"},
        row{role::server, "S: 221 2.0.0 bye\n", "S: 221 2.0.0 bye\nS: 250 2.0.0 ok\n", "no reply"},
        row{role::server, "S: 221 2.0.0 bye", "S: 221 2.0.1 bye", "the reply is"},
        row{role::server, "S: 221 2.0.0 bye", "S: 250 2.0.0 bye", "the reply is"},
        row{role::server, "s: closed\n", "s: closed\ns: closed\n", "no event"},
        row{role::server, "C: QUIT\n", "C: QUITS\n", "the event is"},
        row{role::server, "T: close by server", "T: close by nobody", "no such transport event"},
        row{role::client, "c: ready PIPELINING", "c: ready", "the event is"},
        row{role::client, "c: content_wanted\n", "", "the event is"},
        row{role::client, "C: DATA\n", "", "sent is"},
        row{role::client, "C: .\n", "C: ..\nC: .\nC: .\n", "sent is"},
        row{role::client, "S: 250 2.1.5 ok", "S: 450 4.1.5 ok", "the event is"},
        row{role::client, "c: disconnected\n", "", "the event is"},
        row{role::client, "S: 221 2.0.0 bye\nc: disconnected\nT: close by server\n",
            "S: 221 2.0.0 bye\nc: disconnected\nT: close by nobody\n", "no such transport event"},
    };
    for (auto const& [who, right, wrong, found] : rows) {
        auto text = good;
        text.replace(text.find(right), right.size(), wrong);
        CAPTURE(right, wrong);
        auto const difference = played(text, who);
        CAPTURE(difference);
        CHECK(difference.find(found) != std::string::npos);
    }
}

TEST_CASE("a client's AUTH, question or chunk that is wrong is found out", "[transcript]") {
    std::string const good =
        "T: TLS handshake\n"
        "S: 220 mx.example.org ESMTP\n"
        "C: EHLO client.example\n"
        "S: 250-mx.example.org\n"
        "S: 250-CHUNKING\n"
        "S: 250 AUTH LOGIN\n"
        "c: ready CHUNKING AUTH\n"
        "C: AUTH LOGIN\n"
        "S: 334 VXNlcm5hbWU6\n"
        "c: auth_challenge Username:\n"
        "C: *\n"
        "S: 501 as you like\n"
        "c: auth_result: permanent, AUTH 501, authentication cancelled\n"
        "C: VRFY bob\n"
        "S: 252 who knows\n"
        "c: inquiry_result 252\n"
        "C: MAIL FROM:<alice@client.example>\n"
        "S: 250 ok\n"
        "C: RCPT TO:<bob@example.org>\n"
        "S: 250 ok\n"
        "c: recipient 0: accepted, RCPT 250\n"
        "c: content_wanted\n"
        "C: BDAT 7 LAST\n"
        "C: Text.\n"
        "S: 250 taken\n"
        "c: message: accepted, BDAT LAST 250\n"
        "C: QUIT\n"
        "S: 221 bye\n"
        "c: disconnected\n"
        "T: close by server\n";
    auto const played = [](std::string const& text) {
        return play_client(client_script{read_transcripts("text", text).front()}, manner{});
    };
    REQUIRE(played(good).empty());
    struct row {
        std::string_view right;
        std::string_view wrong;
        std::string_view found;
    };
    for (auto const& [right, wrong, found] : {
             row{"C: AUTH LOGIN\n", "C: AUTH PLAIN\n", "the event is"},
             row{"Username:", "Password:", "the event is"},
             row{"C: *\n", "C: YWxpY2U=\nC: *\n", "sent is"},
             row{"cancelled", "credentials invalid", "the event is"},
             row{"C: VRFY bob\n", "C: VRFY bob\nC: NOOP\n", "sent is"},
             row{"inquiry_result 252", "inquiry_result 250", "the event is"},
             row{"BDAT 7 LAST\nC: Text.\n", "BDAT 7\nC: Text.\nC: BDAT 2 LAST\nC! \\n\\n\n",
                 "sent is"},
             row{"BDAT LAST 250", "BDAT 250", "the event is"},
         }) {
        auto text = good;
        text.replace(text.find(right), right.size(), wrong);
        CAPTURE(right, wrong);
        auto const difference = played(text);
        CAPTURE(difference);
        CHECK(difference.find(found) != std::string::npos);
    }
}

TEST_CASE("a transcript line of no known form names its file and number", "[transcript]") {
    struct row {
        std::string_view line;
        std::string_view why;
    };
    for (auto const& [line, why] : {
             row{"X: what", "no such kind"},
             row{"C", "a line starts with"},
             row{"Hello", "a line starts with"},
             row{"C:EHLO", "a space is missing"},
             row{"C! \\q", "unknown escape"},
             row{"C! \\", "unfinished escape"},
             row{"C! \\xG0", "without two digits"},
             row{"C! \\x0", "unfinished escape"},
             row{"C! \\{3 ab", "unfinished escape"},
             row{"C! \\{3}", "\\{n text}"},
         }) {
        CAPTURE(line);
        std::string said;
        try {
            (void)read_transcripts("f.txt", "# one\nC: NOOP\n" + std::string{line} + "\n");
        } catch (std::runtime_error const& e) {
            said = e.what();
        }
        CHECK(said.substr(0, 9) == "f.txt:3: ");
        CHECK(said.find(why) != std::string::npos);
    }
}

TEST_CASE("what a transcript escapes is read back as it was", "[transcript]") {
    for (std::string const& octets :
         {std::string{"plain"}, std::string{"a\\b\r\n"}, std::string{"\0\x7F\xFF", 3},
          std::string{"josé"}, std::string{"\xE9"}, std::string{"\\x41"}}) {
        CAPTURE(octets);
        CHECK(unescape(escape(octets)) == octets);
    }
    CHECK(escape("josé\r\n") == "josé\\r\\n");
    CHECK(escape("\xE9") == "\\xE9");
    CHECK(unescape("x\\{3 ab}\\x41") == "xabababA");
}
