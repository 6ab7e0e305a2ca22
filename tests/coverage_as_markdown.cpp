// Prints docs/rfc-coverage.md: each requirement, and the tests that carry its id as a tag.
//
//     coverage_as_markdown TESTS_DIR            prints the page
//     coverage_as_markdown TESTS_DIR --check F  exits 1 when F is not that page, or a tag or a
//                                               reason names no requirement
//     coverage_as_markdown TESTS_DIR --missing  prints the MUST rows without a test or a reason
//
// Reads TESTS_DIR/vectors/requirements.csv and elsewhere.csv, which says for a requirement that no
// test here can prove who keeps it.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::string read_file(fs::path const& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

using record = std::vector<std::string>;

// RFC 4180: fields in quotes may hold commas, line ends and doubled quotes.
std::vector<record> read_csv(fs::path const& path) {
    std::vector<record> records{{""}};
    bool quoted = false;
    auto const text = read_file(path);
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        auto& field = records.back().back();
        if (c == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"')
            field += text[++i];
        else if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            records.back().emplace_back();
        else if (c == '\n' && !quoted)
            records.push_back({""});
        else
            field += c;
    }
    records.erase(records.begin());  // the names of the columns
    std::erase_if(records, [](record const& r) { return r.size() == 1 && r.front().empty(); });
    return records;
}

struct requirement {
    std::string id, rfc, section, role, level, text;
};

std::vector<requirement> read_requirements(fs::path const& tests) {
    std::vector<requirement> all;
    for (auto const& r : read_csv(tests / "vectors/requirements.csv"))
        all.push_back({r[0], r[1], r[2], r[3], r[4], r[5]});
    return all;
}

bool is_tag(std::string_view text) {
    if (text.size() < 6 || std::string_view{"SCBR"}.find(text[0]) == text.npos || text[1] != '-')
        return false;
    return text.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") == text.npos;
}

// Which files carry [id].
std::map<std::string, std::set<std::string>> read_tags(fs::path const& tests) {
    std::map<std::string, std::set<std::string>> found;
    for (auto const& entry : fs::recursive_directory_iterator{tests}) {
        auto const ending = entry.path().extension();
        if (ending != ".cpp" && ending != ".py" && ending != ".txt") continue;
        auto const text = read_file(entry.path());
        for (auto at = text.find('['); at != text.npos; at = text.find('[', at + 1)) {
            auto const end = text.find(']', at);
            if (end == text.npos) break;
            auto const tag = text.substr(at + 1, end - at - 1);
            if (is_tag(tag)) found[tag].insert(fs::relative(entry.path(), tests).generic_string());
        }
    }
    return found;
}

struct coverage {
    std::vector<requirement> requirements;
    std::map<std::string, std::set<std::string>> tests;
    std::map<std::string, std::string> elsewhere;

    [[nodiscard]] bool proven(requirement const& r) const { return tests.count(r.id) != 0; }
    [[nodiscard]] bool explained(requirement const& r) const { return elsewhere.count(r.id) != 0; }
};

coverage read_coverage(fs::path const& tests) {
    coverage all{read_requirements(tests), read_tags(tests), {}};
    for (auto const& r : read_csv(tests / "vectors/elsewhere.csv")) all.elsewhere[r[0]] = r[1];
    return all;
}

// Tags and reasons that name no requirement, or a reason for what is proven.
int print_faults(coverage const& all) {
    std::set<std::string> ids;
    for (auto const& r : all.requirements) ids.insert(r.id);
    int faults = 0;
    auto const fault = [&](std::string const& id, char const* what) {
        std::fprintf(stderr, "%s: %s\n", id.c_str(), what);
        ++faults;
    };
    for (auto const& [id, files] : all.tests)
        if (ids.count(id) == 0) fault(id, "a tag in a test, and no requirement");
    for (auto const& [id, why] : all.elsewhere) {
        if (ids.count(id) == 0) fault(id, "a reason in elsewhere.csv, and no requirement");
        if (all.tests.count(id) != 0) fault(id, "a reason in elsewhere.csv, and a test");
    }
    return faults;
}

void print_summary(std::ostream& out, coverage const& all) {
    out << "| role | level | rows | proven by a test | kept elsewhere | open |\n"
           "| --- | --- | --- | --- | --- | --- |\n";
    for (std::string_view const role : {"server", "client", "both", "relay"})
        for (std::string_view const level : {"MUST", "SHOULD", "MAY"}) {
            int rows = 0, proven = 0, explained = 0;
            for (auto const& r : all.requirements) {
                if (r.role != role || r.level.rfind(level, 0) != 0) continue;
                ++rows;
                if (all.proven(r))
                    ++proven;
                else if (all.explained(r))
                    ++explained;
            }
            if (rows == 0) continue;
            out << "| " << role << " | " << level << " | " << rows << " | " << proven << " | "
                << explained << " | " << rows - proven - explained << " |\n";
        }
}

std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) text.insert(at, "\\");
    return text;
}

std::string proof(coverage const& all, requirement const& r) {
    if (all.explained(r)) return "*" + cell(all.elsewhere.at(r.id)) + "*";
    if (!all.proven(r)) return "open";
    std::string files;
    for (auto const& file : all.tests.at(r.id)) files += (files.empty() ? "" : ", ") + file;
    return files;
}

std::string page(coverage const& all) {
    std::ostringstream out;
    out << "# Requirements and their proofs\n\n"
           "Printed by `tests/coverage_as_markdown.cpp` from the tags of the tests; not edited by "
           "hand. A file in the last column\nhas a test that carries the id of the row as its tag "
           "(paths are below `tests/`). What is in italics is kept by\nsomebody else, and why. A "
           "`relay` row concerns programs around the library.\n\n";
    print_summary(out, all);
    std::string rfc;
    for (auto const& r : all.requirements) {
        if (r.rfc != rfc) {
            rfc = r.rfc;
            bool const number = rfc.find_first_not_of("0123456789") == rfc.npos;
            out << "\n## " << (number ? "RFC " : "") << rfc
                << "\n\n| id | role | level | requirement | proof |\n"
                   "| --- | --- | --- | --- | --- |\n";
        }
        out << "| " << r.id << " | " << r.role << " | " << r.level << " | " << cell(r.text) << " | "
            << proof(all, r) << " |\n";
    }
    return out.str();
}

int print_missing(coverage const& all) {
    for (auto const& r : all.requirements)
        if (r.level.rfind("MUST", 0) == 0 && r.role != "relay" && !all.proven(r) &&
            !all.explained(r))
            std::printf("%s (%s): %s\n", r.id.c_str(), r.role.c_str(), r.text.c_str());
    return 0;
}

// One line for whoever reads the log of a test run. Gives how many rows are open.
int print_open(coverage const& all) {
    std::size_t rows = 0;
    std::size_t proven = 0;
    std::size_t open = 0;
    for (auto const& r : all.requirements) {
        if (r.role == "relay" || r.level.rfind("MAY", 0) == 0) continue;
        ++rows;
        proven += all.proven(r) ? 1 : 0;
        open += all.proven(r) || all.explained(r) ? 0 : 1;
    }
    std::printf(
        "requirements: %zu of level MUST and SHOULD, %zu proven by a test, %zu explained, %zu "
        "open\n",
        rows, proven, rows - proven - open, open);
    return static_cast<int>(open);
}

int check(coverage const& all, fs::path const& file) {
    int faults = print_faults(all);
    if (read_file(file) != page(all)) {
        std::fprintf(stderr, "%s is stale: print it again\n", file.string().c_str());
        ++faults;
    }
    faults += print_open(all);
    return faults == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s TESTS_DIR [--check FILE | --missing]\n", argv[0]);
        return 64;
    }
    auto const all = read_coverage(argv[1]);
    std::string_view const what = argc > 2 ? argv[2] : "";
    if (what == "--missing") return print_missing(all);
    if (what == "--check" && argc > 3) return check(all, argv[3]);
    std::fputs(page(all).c_str(), stdout);
}
