#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <postel/version.hpp>
#include "support/catch.hpp"

namespace {

// The floor plan. A header includes only what stands above it in this list; a side room rests on
// floors 0 to 2 and on side rooms, and nothing but side rooms and the top rests on it.
enum class floor { ground, text, nouns, streams, machines, side, top };
constexpr std::string_view floor_names[]{"ground",   "text", "nouns", "streams",
                                         "machines", "side", "top"};

struct room {
    floor level;
    std::string_view header;
};

// clang-format off
constexpr std::array plan{
    room{floor::ground,   "version.hpp"},
    room{floor::ground,   "reply_code.hpp"},
    room{floor::ground,   "enhanced_status.hpp"},
    room{floor::ground,   "error.hpp"},
    room{floor::ground,   "result.hpp"},
    room{floor::ground,   "limits.hpp"},
    room{floor::ground,   "timeouts.hpp"},
    room{floor::ground,   "policy.hpp"},

    room{floor::text,     "ascii.hpp"},
    room{floor::text,     "detail/set_shapes.hpp"},
    room{floor::text,     "detail/runs_scalar.hpp"},
    room{floor::text,     "detail/runs_lanes.hpp"},
    room{floor::text,     "detail/runs_x86.hpp"},
    room{floor::text,     "detail/runs_neon.hpp"},
    room{floor::text,     "runs.hpp"},
    room{floor::text,     "word_index.hpp"},
    room{floor::text,     "cursor.hpp"},
    room{floor::text,     "sequence.hpp"},
    room{floor::text,     "decimal.hpp"},
    room{floor::text,     "detail/scan_scalar.hpp"},
    room{floor::text,     "detail/scan_lanes.hpp"},
    room{floor::text,     "detail/scan_swar.hpp"},
    room{floor::text,     "detail/scan_sse2.hpp"},
    room{floor::text,     "detail/scan_avx2.hpp"},
    room{floor::text,     "detail/scan_neon.hpp"},
    room{floor::text,     "scan.hpp"},
    room{floor::text,     "octet_buffer.hpp"},
    room{floor::text,     "base64.hpp"},
    room{floor::text,     "xtext.hpp"},
    room{floor::text,     "utf8.hpp"},
    room{floor::text,     "date_time.hpp"},

    room{floor::nouns,    "utf8_address.hpp"},
    room{floor::nouns,    "address_literal.hpp"},
    room{floor::nouns,    "domain.hpp"},
    room{floor::nouns,    "mailbox.hpp"},
    room{floor::nouns,    "path.hpp"},
    room{floor::nouns,    "extension.hpp"},
    room{floor::nouns,    "parameter.hpp"},
    room{floor::nouns,    "parameter_table.hpp"},
    room{floor::nouns,    "mail_parameters.hpp"},
    room{floor::nouns,    "rcpt_parameters.hpp"},
    room{floor::nouns,    "envelope.hpp"},
    room{floor::nouns,    "sasl_mechanism.hpp"},
    room{floor::nouns,    "credentials.hpp"},
    room{floor::nouns,    "peer_attribute.hpp"},
    room{floor::nouns,    "verb.hpp"},
    room{floor::nouns,    "command_line.hpp"},
    room{floor::nouns,    "command_types.hpp"},
    room{floor::nouns,    "command_parser.hpp"},
    room{floor::nouns,    "command_writer.hpp"},
    room{floor::nouns,    "command.hpp"},
    room{floor::nouns,    "reply.hpp"},
    room{floor::nouns,    "reply_view.hpp"},
    room{floor::nouns,    "replies.hpp"},
    room{floor::nouns,    "capability.hpp"},
    room{floor::nouns,    "envelope_check.hpp"},

    room{floor::streams,  "input_window.hpp"},
    room{floor::streams,  "line_reader.hpp"},
    room{floor::streams,  "reply_reader.hpp"},
    room{floor::streams,  "dot_decoder.hpp"},
    room{floor::streams,  "dot_encoder.hpp"},
    room{floor::streams,  "in_place_decoder.hpp"},
    room{floor::streams,  "chunk.hpp"},
    room{floor::streams,  "output_queue.hpp"},

    room{floor::machines, "transcript.hpp"},
    room{floor::machines, "server_options.hpp"},
    room{floor::machines, "client_options.hpp"},
    room{floor::machines, "server_table.hpp"},
    room{floor::machines, "tls_requested.hpp"},
    room{floor::machines, "server_event.hpp"},
    room{floor::machines, "content_intake.hpp"},
    room{floor::machines, "auth_dialog.hpp"},
    room{floor::machines, "refusal.hpp"},
    room{floor::machines, "server_machine.hpp"},
    room{floor::machines, "server_commands.hpp"},
    room{floor::machines, "server_auth.hpp"},
    room{floor::machines, "server_content.hpp"},
    room{floor::machines, "server_replies.hpp"},
    room{floor::machines, "server_session.hpp"},
    room{floor::machines, "client_table.hpp"},
    room{floor::machines, "expected_replies.hpp"},
    room{floor::machines, "client_event.hpp"},
    room{floor::machines, "client_machine.hpp"},
    room{floor::machines, "client_sending.hpp"},
    room{floor::machines, "client_opening.hpp"},
    room{floor::machines, "client_transaction.hpp"},
    room{floor::machines, "client_results.hpp"},
    room{floor::machines, "client_session.hpp"},

    room{floor::side,     "trace.hpp"},
    room{floor::side,     "received_counter.hpp"},
    room{floor::side,     "proxy_header.hpp"},
    room{floor::side,     "proxy_protocol.hpp"},
    room{floor::side,     "proxy_writer.hpp"},
    room{floor::side,     "format.hpp"},
    room{floor::side,     "sasl/secret.hpp"},
    room{floor::side,     "sasl/crypto.hpp"},
    room{floor::side,     "sasl/mechanism.hpp"},
    room{floor::side,     "sasl/plain.hpp"},
    room{floor::side,     "sasl/login.hpp"},
    room{floor::side,     "sasl/cram_md5.hpp"},
    room{floor::side,     "sasl/gs2.hpp"},
    room{floor::side,     "sasl/channel_bindings.hpp"},
    room{floor::side,     "sasl/scram_keys.hpp"},
    room{floor::side,     "sasl/scram_message.hpp"},
    room{floor::side,     "sasl/scram_client.hpp"},
    room{floor::side,     "sasl/scram_server.hpp"},
    room{floor::side,     "sasl/scram.hpp"},
    room{floor::side,     "sasl/external.hpp"},
    room{floor::side,     "sasl/anonymous.hpp"},
    room{floor::side,     "sasl/bearer.hpp"},
    room{floor::side,     "sasl/xoauth2.hpp"},
    room{floor::side,     "sasl/oauthbearer.hpp"},
    room{floor::side,     "sasl/openssl.hpp"},

    room{floor::top,      "server.hpp"},
    room{floor::top,      "client.hpp"},
    room{floor::top,      "postel.hpp"},
};
// clang-format on

std::filesystem::path const headers = "../include/postel";  // tests run in tests/

auto find_room(std::string_view header) {
    return std::find_if(plan.begin(), plan.end(),
                        [&](room const& r) { return r.header == header; });
}

bool may_rest_on(room const& upper, room const& lower) {
    if (&lower >= &upper) return false;
    if (lower.level == floor::side) return upper.level >= floor::side;
    return upper.level != floor::side || lower.level <= floor::nouns;
}

std::string read(std::filesystem::path const& file) {
    std::ifstream in{file, std::ios::binary};
    REQUIRE(in);
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// What stands behind `#include` in `text`, brackets or quotes included.
std::vector<std::string> includes(std::string_view text) {
    constexpr std::string_view directive = "#include ";
    std::vector<std::string> found;
    for (std::size_t at = 0; (at = text.find(directive, at)) != text.npos;) {
        at += directive.size();
        found.emplace_back(text.substr(at, text.find_first_of("\r\n", at) - at));
    }
    return found;
}

std::vector<std::string> headers_on_disk() {
    std::vector<std::string> found;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{headers})
        if (entry.is_regular_file())
            found.push_back(entry.path().lexically_relative(headers).generic_string());
    std::sort(found.begin(), found.end());
    return found;
}

/// Whether a name in the picture of the house means this header: "verb", "command*", "sasl/*".
bool names(std::string_view pattern, std::string_view header) {
    auto const name = header.substr(0, header.size() - 4);  // without .hpp
    auto const star = pattern.find('*');
    if (star == pattern.npos) return name == pattern;
    return name.size() >= pattern.size() - 1 && name.starts_with(pattern.substr(0, star)) &&
           name.ends_with(pattern.substr(star + 1));
}

/// The names in the picture of docs/design.md, floor by floor, without what is in parentheses.
std::map<std::string, std::vector<std::string>> house_in_design() {
    auto const page = read("../docs/design.md");
    auto const from = page.find("```\ntop ") + 4;
    std::istringstream lines{page.substr(from, page.find("```", from) - from)};
    std::map<std::string, std::vector<std::string>> house;
    std::string level;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        if (line.front() != ' ') words >> level;
        for (std::string word; words >> word;)
            if (word.front() == '(')
                std::getline(words, word, ')');
            else
                house[level].push_back(word);
    }
    return house;
}

}  // namespace

TEST_CASE("every header has its place in the floor plan, and every place its header",
          "[structure]") {
    for (auto const& header : headers_on_disk()) {
        CAPTURE(header);
        CHECK(find_room(header) != plan.end());
    }
    for (auto const& room : plan) {
        CAPTURE(room.header);
        CHECK(std::filesystem::exists(headers / room.header));
    }
}

TEST_CASE("the picture of the house has every header on its floor and no other name",
          "[structure]") {
    auto const house = house_in_design();
    auto const stands = [](std::string_view name, room const& r, std::string_view level) {
        return floor_names[static_cast<std::size_t>(r.level)] == level && names(name, r.header);
    };
    for (auto const& [level, drawn] : house)
        for (auto const& name : drawn) {
            CAPTURE(level, name);
            CHECK(std::any_of(plan.begin(), plan.end(),
                              [&, &on = level](room const& r) { return stands(name, r, on); }));
        }
    for (auto const& room : plan) {
        CAPTURE(room.header);
        std::string const level{floor_names[static_cast<std::size_t>(room.level)]};
        REQUIRE(house.count(level) == 1);
        auto const& drawn = house.at(level);
        CHECK(std::any_of(drawn.begin(), drawn.end(),
                          [&](auto const& name) { return names(name, room.header); }));
    }
}

TEST_CASE("headers include only what stands below them", "[structure]") {
    std::size_t seen = 0;
    for (auto const& header : headers_on_disk()) {
        auto const upper = find_room(header);
        if (upper == plan.end()) continue;
        for (auto const& include : includes(read(headers / header))) {
            CAPTURE(header, include);
            CHECK(include.front() == '<');  // our own headers too: <postel/...>
            if (include.rfind("<postel/", 0) != 0) continue;
            ++seen;
            auto const lower = find_room(include.substr(8, include.find('>') - 8));
            REQUIRE(lower != plan.end());
            CHECK(may_rest_on(*upper, *lower));
        }
    }
    CHECK(seen > 0);
}

// A program that only parses does not pay for fmt. The session formats the texts of refusals.
TEST_CASE("nothing below the machines includes fmt, but for the ready-made replies",
          "[structure]") {
    for (auto const& header : headers_on_disk()) {
        auto const place = find_room(header);
        if (place == plan.end() || place->level >= floor::machines) continue;
        if (header == "replies.hpp") continue;
        for (auto const& include : includes(read(headers / header))) {
            CAPTURE(header, include);
            CHECK(include.rfind("<fmt/", 0) != 0);
        }
    }
}

TEST_CASE("only sasl/openssl.hpp includes OpenSSL", "[structure]") {
    for (auto const& header : headers_on_disk()) {
        if (header == "sasl/openssl.hpp") continue;
        for (auto const& include : includes(read(headers / header))) {
            CAPTURE(header, include);
            CHECK(include.rfind("<openssl/", 0) != 0);
        }
    }
}

TEST_CASE("a room does not rest on itself, on what is above it or on a side room", "[structure]") {
    auto const may = [](std::string_view upper, std::string_view lower) {
        return may_rest_on(*find_room(upper), *find_room(lower));
    };
    CHECK(may("mailbox.hpp", "domain.hpp"));
    CHECK_FALSE(may("domain.hpp", "mailbox.hpp"));
    CHECK_FALSE(may("domain.hpp", "domain.hpp"));
    CHECK(may("trace.hpp", "mailbox.hpp"));
    CHECK_FALSE(may("trace.hpp", "dot_decoder.hpp"));
    CHECK_FALSE(may("server_session.hpp", "trace.hpp"));
    CHECK(may("postel.hpp", "trace.hpp"));
}

TEST_CASE("the vcpkg port states the version of the headers", "[structure]") {
    auto const number = std::to_string(postel::version.major_number) + '.' +
                        std::to_string(postel::version.minor_number) + '.' +
                        std::to_string(postel::version.patch_number);
    CAPTURE(number);
    CHECK(read("../packaging/vcpkg/postel/vcpkg.json").find("\"version\": \"" + number + '"') !=
          std::string::npos);
}
