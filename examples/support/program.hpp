#pragma once

// What the programs here have in common around main().

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include <postel/address_literal.hpp>
#include <postel/domain.hpp>

namespace support {

/// Exit codes, as sysexits.h numbers them.
enum exit_code : int {
    success = 0,
    usage = 64,           ///< the command line is wrong
    bad_data = 65,        ///< the message cannot be sent by anybody
    no_input = 66,        ///< the message cannot be read
    unavailable = 69,     ///< permanent failure
    os_error = 71,        ///< the system refuses something, such as the port
    cannot_create = 73,   ///< the maildir cannot be used
    temporary = 75,       ///< try again later
    protocol_error = 76,  ///< the peer does not speak SMTP
};

/// The program cannot go on: thrown anywhere, told in one line, and the exit code.
struct fatal {
    exit_code code;
    std::string text;
};

inline std::string system_text(int error_number) {
    return std::strerror(error_number);
}

/// Text of the peer's, fit to be shown: what is not printable ASCII could steer a terminal.
inline std::string printable(std::string_view text) {
    std::string shown{text};
    for (char& c : shown)
        if (c < ' ' || c > '~') c = '?';
    return shown;
}

/// Tells what is wrong, in one line even if the user typed two.
inline exit_code complain(std::string const& program, exit_code code, std::string text) {
    for (char& c : text)
        if (c >= '\0' && c < ' ') c = ' ';
    fmt::print(stderr, "{}: {}\n", program, text);
    return code;
}

inline bool is_host_name(std::string_view name) {
    return postel::parse_domain(name) || postel::parse_address_literal(name);
}

/// The name of this machine, or a stand-in where it has none that fits the grammar of SMTP.
inline std::string host_name() {
    std::array<char, 256> name{};
    bool const known = gethostname(name.data(), name.size() - 1) == 0;
    return known && is_host_name(name.data()) ? name.data() : "localhost";
}

/// Digits and nothing else, for options that count something.
inline CLI::Validator const whole_number{
    [](std::string const& text) -> std::string {
        bool const digits = text.find_first_not_of("0123456789") == text.npos;
        return digits && !text.empty() && text.size() <= 18 ? "" : "not a count: " + text;
    },
    "", "whole number"};

/// Reads the command line, then runs the program. Every way out is one line and an exit code.
template <class Run>
int run(CLI::App& app, int argc, char** argv, Run program) {
    try {
        app.parse(argc, argv);
        return program();
    } catch (CLI::ParseError const& wrong) {
        if (wrong.get_exit_code() == 0) return app.exit(wrong);  // --help
        return complain(app.get_name(), usage, fmt::format("{}; --help explains", wrong.what()));
    } catch (fatal const& why) {
        return complain(app.get_name(), why.code, why.text);
    } catch (std::exception const& why) {
        return complain(app.get_name(), os_error, why.what());
    }
}

}  // namespace support
