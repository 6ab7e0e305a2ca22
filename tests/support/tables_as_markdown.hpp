#pragma once

#include <array>
#include <cstddef>
#include <postel/client_table.hpp>
#include <postel/server_table.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Prints docs/state-machines.md from server_table.hpp and client_table.hpp, and from nothing else:
// even the names are those of the enumerators.

namespace postel::test {

namespace detail {

// "[with auto Value = postel::server_state::hello; ..." in one compiler, "[Value = ...]" in another
template <auto Value>
constexpr std::string_view enumerator_name() {
    std::string_view text = __PRETTY_FUNCTION__;
    text.remove_prefix(text.find("Value = "));
    text = text.substr(0, text.find_first_of(";]"));
    return text.substr(text.rfind(':') + 1);
}

template <class Enum, std::size_t... I>
constexpr std::array<std::string_view, sizeof...(I)> enumerator_names(std::index_sequence<I...>) {
    return {enumerator_name<static_cast<Enum>(I)>()...};
}

template <class Enum, std::size_t Count>
inline constexpr auto names = enumerator_names<Enum>(std::make_index_sequence<Count>{});

static_assert(enumerator_name<server_state::hello>() == "hello");

}  // namespace detail

/// The name of an enumerator, as its header has it; its value is below `Count`.
template <class Enum, std::size_t Count = 32>
[[nodiscard]] std::string spelled(Enum value) {
    return std::string{detail::names<Enum, Count>[static_cast<std::size_t>(value)]};
}

class tables_as_markdown {
public:
    [[nodiscard]] static std::string print() {
        tables_as_markdown all;
        all.introduce();
        all.server();
        all.client();
        return all.out_;
    }

private:
    using row = std::vector<std::string>;

    void line(std::string_view text = {}) { out_.append(text).append("\n"); }
    void heading(std::string_view text) {
        line();
        line(text);
        line();
    }
    void cells(row const& of) {
        out_ += "|";
        for (auto const& cell : of) out_ += " " + cell + " |";
        out_ += "\n";
    }
    void table(row const& head) {
        cells(head);
        cells(row(head.size(), "---"));
    }
    void begin_diagram() {
        line("```mermaid");
        line("stateDiagram-v2");
    }
    void edge(std::string_view from, std::string_view to, std::string_view label = {}) {
        auto text = "    " + std::string(from) + " --> " + std::string(to);
        if (!label.empty()) text += ": " + std::string(label);
        line(text);
    }
    void end_diagram() { line("```"); }

    static void add_word(std::string& to, std::string_view word) {
        to.append(to.empty() ? "" : ", ").append(word);
    }
    static std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

    void introduce() {
        line("# State machines");
        line();
        line("This page is printed from `include/postel/server_table.hpp` and");
        line(
            "`include/postel/client_table.hpp`, the tables that drive both sessions. A test fails "
            "when");
        line(
            "it is stale; `tables_as_markdown` from the build folder prints it anew. Do not edit "
            "it.");
    }

    // ---- The server

    static constexpr std::size_t columns = static_cast<std::size_t>(server_column::quit) + 1;

    static server_column column(std::size_t c) { return static_cast<server_column>(c); }

    // The verbs of a column, in the order of the verb table.
    static std::string verbs_of(server_column c) {
        std::string all;
        for (auto const& v : verb_table)
            if (v.implemented && column_of(v.name) == c) add_word(all, v.spelling);
        if (column_of(verb::unknown) == c) add_word(all, "own verbs");
        return all;
    }

    void server() {
        heading("## Server");
        line(
            "A command leads to the state in its cell when it is accepted. An empty cell refuses "
            "it:");
        line("`503`, or `502` where the verb is not offered. A refused command never moves.");
        line();
        server_matrix();
        heading("### What is not a command");
        line("A 421, a lost connection or a failed handshake closes from anywhere.");
        line();
        table({"from", "when", "to"});
        for (auto const& a : server_arrows)
            cells({spelled(a.from), spelled(a.when), spelled(a.to)});
        heading("### Questions");
        line(
            "One that asks waits for an answer as long as it takes. One that tells may be "
            "answered");
        line("until `next()` is called, and then has the answer in the last column.");
        line();
        questions();
        heading("### Picture");
        line("Without the commands that stay where they are.");
        line();
        server_diagram();
    }

    void server_matrix() {
        row head{"state"};
        for (std::size_t c = 0; c < columns; ++c) head.push_back(verbs_of(column(c)));
        table(head);
        for_each_state([&](server_state from) {
            row next{"**" + spelled(from) + "**"};
            for (std::size_t c = 0; c < columns; ++c) {
                auto const to = after(from, column(c));
                next.push_back(to == server_state::none ? "" : spelled(to));
            }
            cells(next);
        });
    }

    void questions() {
        table({"question", "", "accepted", "by default"});
        for (auto const& q : question_table) {
            if (q.name == question::none) continue;
            auto by_default = q.asks ? "none" : written(q.by_default);
            if (by_default.empty()) by_default = "as accepted";
            cells({spelled(q.name), q.asks ? "asks" : "tells", written(q.accepted), by_default});
        }
    }

    static std::string written(reply const& what) {
        if (!what.code.valid()) return {};
        std::string octets;
        write_reply(octets, what, true);
        octets.resize(octets.size() - 2);
        if (octets.ends_with(' ')) octets.pop_back();
        return code(octets);
    }

    template <class Each>
    static void for_each_state(Each each) {
        for (std::size_t s = 0; reads_commands(static_cast<server_state>(s)); ++s)
            each(static_cast<server_state>(s));
    }

    void server_diagram() {
        begin_diagram();
        edge("[*]", spelled(server_state::greeting));
        for (auto const& a : server_arrows) edge(spelled(a.from), spelled(a.to), spelled(a.when));
        for_each_state([&](server_state from) {
            for (std::size_t t = 0; t < static_cast<std::size_t>(server_state::none); ++t) {
                auto const to = static_cast<server_state>(t);
                std::string by;
                for (std::size_t c = 0; c < columns; ++c)
                    if (to != from && after(from, column(c)) == to)
                        add_word(by, verbs_of(column(c)));
                if (!by.empty()) edge(spelled(from), spelled(to), by);
            }
        });
        edge(spelled(server_state::closed), "[*]");
        end_diagram();
    }

    // ---- The client

    static constexpr std::size_t steps = client_table.size();
    static constexpr std::array replies{"2yz", "3yz", "4yz", "5yz"};

    static client_step step(std::size_t s) { return static_cast<client_step>(s); }

    void client() {
        heading("## Client");
        line("Everything that draws a reply is a step. Its reply leads to an action by its first");
        line(
            "digit. An empty cell is a reply that cannot answer this step: the session fails. A "
            "421");
        line("ends it from anywhere.");
        line();
        client_matrix();
        heading("### Pipelining");
        line(
            "With PIPELINING, the step in the column may be sent behind the step in the row "
            "before");
        line("that one has its reply.");
        line();
        client_groups();
        heading("### Picture");
        client_diagram();
    }

    void client_matrix() {
        row head{"step", "sent", "in a group", "waits"};
        for (auto const* digit : replies) head.emplace_back(digit);
        table(head);
        for (auto const& r : client_table) {
            row next{"**" + spelled(r.step) + "**", std::string(r.name), spelled(r.place),
                     std::to_string((client_timeouts{}.*r.patience).count()) + " s"};
            for (auto const action : r.on)
                next.push_back(action == client_action::out_of_step ? "" : spelled(action));
            cells(next);
        }
    }

    void client_groups() {
        row head{"before"};
        for (std::size_t s = 0; s < steps; ++s) head.push_back(spelled(step(s)));
        table(head);
        for (std::size_t before = 0; before < steps; ++before) {
            row next{"**" + spelled(step(before)) + "**"};
            bool any = false;
            for (std::size_t s = 0; s < steps; ++s) {
                bool const may = may_follow(step(before), step(s));
                any = any || may;
                next.emplace_back(may ? "yes" : "");
            }
            if (any) cells(next);
        }
        line();
        line("What is not in the first column has to be answered before anything follows.");
    }

    void client_diagram() {
        begin_diagram();
        line("    direction LR");
        for (auto const& r : client_table)
            for (std::size_t i = 0; i < r.on.size(); ++i) {
                if (r.on[i] == client_action::out_of_step || seen_before(r, i)) continue;
                std::string by;
                for (std::size_t j = i; j < r.on.size(); ++j)
                    if (r.on[j] == r.on[i]) add_word(by, replies[j]);
                edge(spelled(r.step), spelled(r.on[i]), by);
            }
        end_diagram();
    }
    static bool seen_before(client_row const& r, std::size_t i) {
        for (std::size_t j = 0; j < i; ++j)
            if (r.on[j] == r.on[i]) return true;
        return false;
    }

    std::string out_;
};

}  // namespace postel::test
