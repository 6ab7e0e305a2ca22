#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <postel/base64.hpp>
#include <postel/date_time.hpp>
#include <postel/error.hpp>
#include <postel/extension.hpp>
#include <postel/peer_attribute.hpp>
#include <postel/sasl_mechanism.hpp>
#include <postel/verb.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/support/fuzz.hpp"
#include "support/transcript.hpp"

// Writes what fuzzers start from: the dictionary smtp.dict, made from the tables of the library and
// the words of the transcripts, and a folder of seeds for each target, made from the transcripts.
//
//     fuzz_inputs FOLDER TRANSCRIPT...

namespace {

using namespace postel;
using namespace std::string_view_literals;
using test::transcript;

// ---- The dictionary --------------------------------------------------------------------------

std::set<std::string> words_of(std::string_view text) {
    std::set<std::string> words;
    std::string word;
    for (char const c : text) {
        bool const letter = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        if (letter || (c == '=' && !word.empty())) word += c;
        if (letter) continue;
        if (word.size() > 1 && word.size() < 25 && word[0] >= 'A') words.insert(word);
        word.clear();
    }
    return words;
}

std::set<std::string> dictionary(std::vector<transcript> const& sessions) {
    std::set<std::string> words{"\r\n",
                                "\r\n.\r\n",
                                "\r\n..",
                                "\n.\n",
                                "<>",
                                "> ",
                                "@",
                                "[IPv6:",
                                "[192.0.2.1]",
                                " LAST\r\n",
                                "=2C",
                                "=3D",
                                "\x01"
                                "auth=Bearer ",
                                "n,,n=",
                                "+41",
                                "\\x{E9}",
                                "\xC3\xA9",
                                "PROXY TCP4 ",
                                "PROXY UNKNOWN",
                                "\r\n\r\n" + std::string{"\0\r\nQUIT\n", 8}};
    for (auto const& row : verb_table) words.emplace(row.spelling);
    for (auto const& row : extension_table) words.emplace(row.keyword);
    for (auto const& row : sasl_mechanism_table) words.emplace(row.spelling);
    for (auto const& row : peer_attribute_table) words.insert(std::string{row.spelling} + "=");
    for (auto const& row : error_table)
        if (row.code.valid()) words.insert(std::to_string(row.code.value));
    for (auto const& session : sessions)
        for (auto const& line : session.lines)
            if (line.kind == test::line_kind::client_octets) words.merge(words_of(line.text));
    words.erase("");
    return words;
}

void write_dictionary(std::filesystem::path const& file, std::set<std::string> const& words) {
    std::ofstream out{file, std::ios::binary};
    for (auto const& word : words) {
        out << '"';
        for (char const c : word) {
            char hex[5];
            std::snprintf(hex, sizeof hex, "\\x%02X", static_cast<unsigned char>(c));
            bool const plain = c > ' ' && c < '\x7F' && c != '"' && c != '\\';
            plain ? out << c : out << hex;
        }
        out << "\"\n";
    }
}

// ---- Seeds -----------------------------------------------------------------------------------

// For each target its seeds, behind the octets that choose.
class seeds {
public:
    void add(std::string const& target, std::string_view choices, std::string_view octets) {
        constexpr std::size_t longest = 2000;  // the transcripts themselves are played elsewhere
        if (octets.empty() || octets.size() > longest) return;
        all_[target].insert(std::string{choices} + std::string{octets});
    }
    void write(std::filesystem::path const& folder) const {
        for (auto const& [target, inputs] : all_) {
            std::filesystem::remove_all(folder / target);
            std::filesystem::create_directories(folder / target);
            int number = 0;
            for (auto const& input : inputs)
                std::ofstream{folder / target / std::to_string(++number), std::ios::binary}
                    << input;
        }
    }

private:
    std::map<std::string, std::set<std::string>> all_;
};

constexpr std::string_view zeros{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24};

std::string all_said(transcript const& session, test::line_kind by) {
    std::string octets;
    for (auto const& line : session.lines)
        if (line.kind == by) octets += line.text;
    return octets;
}

std::vector<std::string_view> lines_of(std::string_view octets) {
    std::vector<std::string_view> lines;
    for (auto line : fuzz::split(octets, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.push_back(line);
    }
    return lines;
}

void add_words(seeds& all, std::string_view line) {
    for (auto const word : fuzz::split(line, ' ')) {
        all.add("utf8", {}, word);
        auto const value = word.substr(std::min(word.size(), word.find('=') + 1));
        if (decode_base64(value)) all.add("base64", {}, value);
        if (word.find('=') != word.npos) all.add("xtext", {}, value);
        if (parse_rfc3339(value.substr(0, value.find(';')))) all.add("date_time", {}, value);
    }
    auto const open = line.find('<');
    if (open == line.npos) return;
    auto const close = std::min(line.rfind('>'), line.size() - 1);
    all.add("path", {}, line.substr(open, close - open + 1));
    all.add("path", {}, line.substr(open + 1, close - open - 1));
    all.add("parameters", "\0\0\0\1"sv, line.substr(close + 1));
}

// The octet that chooses a mechanism.
char number_of(std::string_view mechanism) {
    return static_cast<char>(find_sasl_mechanism(mechanism).value_or(sasl_mechanism::plain));
}

// What was said behind AUTH, one line a turn.
void add_auth(seeds& all, std::string_view client, std::string_view server) {
    std::string responses;
    std::string challenges;
    char mechanism = 0;
    for (auto const line : lines_of(client)) {
        auto const words = fuzz::split(line, ' ');
        bool const begins = words[0] == "AUTH" && words.size() > 1;
        auto const text = decode_base64(words.size() > 2 ? words[2] : words[0]);
        if (begins) mechanism = number_of(words[1]);
        if (text && (!begins || words.size() > 2)) responses += *text + "\n";
    }
    for (auto const line : lines_of(server))
        if (line.starts_with("334 "))
            if (auto const text = decode_base64(line.substr(4))) challenges += *text + "\n";
    if (client.find("AUTH ") == client.npos) return;
    std::string const choice(1, mechanism);
    all.add("sasl_client", choice + std::string{"\1\7", 2}, challenges);
    all.add("sasl_server", choice + std::string{"\7\1\1", 3}, responses);
    all.add("sasl_pair", choice + std::string{"\6\0\0\0", 4}, "other\nuser\npassword\nanother");
}

void add_server(seeds& all, std::string_view client) {
    auto const said = [&](std::string_view what) { return client.find(what) != client.npos; };
    std::string how{zeros.substr(0, 12)};
    how[3] =
        static_cast<char>((said("STARTTLS") || said("BURL") ? 2 : 0) | (said("LHLO") ? 0x80 : 0));
    all.add("server_session", how, client);
    all.add("line_reader", "\x3C\1"sv, client);
    if (client.starts_with("PROXY ") || client.starts_with("\r\n\r\n"))
        all.add("proxy", "\1\1"sv, client);
    for (auto const line : lines_of(client)) {
        all.add("command_line", "\0\0\0\1\1"sv, line);
        add_words(all, line);
    }
    auto const data = client.find("DATA\r\n");
    if (data == client.npos) return;
    auto const content = client.substr(data + 6);
    all.add("dot_decoder", "\0\0"sv, content);
    all.add("dot_encoder", "\0\0\1"sv, content.substr(0, content.find("\r\n.\r\n")));
    all.add("received_counter", "\1"sv, content);
    all.add("bdat", "\1\1\5\1\2\1\3\1\4\1\6\1\7\1\11\1"sv, content);
}

void add_client(seeds& all, std::string_view client, std::string_view server) {
    auto const said = [&](std::string_view what) { return client.find(what) != client.npos; };
    // One letter to one recipient, written in pieces of eight octets.
    std::string how{zeros.substr(0, 24)};
    how[3] = static_cast<char>((said("STARTTLS") ? 1 : 0) | 8 | 16 | (said("LHLO") ? 32 : 0));
    how[4] = said("MAIL FROM") ? 1 : 0;
    how[10] = 31;
    auto const auth = client.find("AUTH ");
    if (auth != client.npos) {
        auto const name = client.substr(auth + 5, client.find_first_of(" \r", auth + 5) - auth - 5);
        how[10] = number_of(name);
    }
    how[12] = 7;
    how[15] = 15;
    all.add("client_session", how, server);
    all.add("reply_reader", "\0\0\7\1"sv, server);
    std::string hello;
    for (auto const line : lines_of(server)) {
        if (line.size() < 4) continue;
        all.add("reply_writer", "\2\62\2\0\0\1\0\0"sv, line.substr(4));
        if (line.starts_with("250")) hello += std::string{line.substr(4)} + "\n";
    }
    if (!hello.empty()) all.add("capabilities", {}, hello.substr(0, hello.size() - 1));
}

}  // namespace

int main(int count, char** arguments) try {
    std::vector<transcript> sessions;
    for (int i = 2; i < count; ++i)
        for (auto& session :
             test::read_transcripts(arguments[i], test::read_whole_file(arguments[i])))
            sessions.push_back(std::move(session));
    if (sessions.empty()) return 1;
    std::filesystem::path const folder{arguments[1]};
    std::filesystem::create_directories(folder);
    seeds all;
    for (auto const& session : sessions) {
        auto const client = all_said(session, test::line_kind::client_octets);
        auto const server = all_said(session, test::line_kind::server_octets);
        add_server(all, client);
        add_client(all, client, server);
        add_auth(all, client, server);
    }
    all.write(folder / "seeds");
    write_dictionary(folder / "smtp.dict", dictionary(sessions));
    return 0;
} catch (std::exception const& why) {
    std::printf("%s\n", why.what());
    return 1;
}
