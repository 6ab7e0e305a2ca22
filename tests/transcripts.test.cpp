#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
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

// Plays every transcript for a role in every manner, and counts them.
template <class Script, class Play>
std::size_t play_all(role who, Script make, Play play) {
    std::size_t played = 0;
    for (auto const& file : files()) {
        for (auto const& session : read(file)) {
            if (!session.is_for(who)) continue;
            ++played;
            auto const what = make(session);
            CAPTURE(file, what->turns().front().line);
            for (bool const late : {false, true})
                for (std::size_t round = 0; round < what->rounds(); ++round) {
                    auto const difference = play(*what, manner{round, late});
                    if (difference.empty()) continue;
                    CAPTURE(round, late);
                    FAIL_CHECK(difference);
                    break;
                }
        }
    }
    return played;
}

}  // namespace

TEST_CASE("a server says what the transcripts say, however the octets are cut", "[transcript]") {
    auto const played = play_all(
        role::server,
        [](transcript const& t) { return std::make_unique<script const>(t, role::server); },
        play_server);
    CHECK(played >= 30);
}

TEST_CASE("a client says what the transcripts say, however the octets are cut", "[transcript]") {
    auto const played = play_all(
        role::client, [](transcript const& t) { return std::make_unique<client_script const>(t); },
        play_client);
    CHECK(played >= 20);
}

TEST_CASE("every transcript is played for one of the roles", "[transcript]") {
    CHECK(files().size() >= 20);
    for (auto const& file : files())
        for (auto const& session : read(file)) {
            CAPTURE(file, session.lines.front().number);
            CHECK((session.is_for(role::server) || session.is_for(role::client)));
        }
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
