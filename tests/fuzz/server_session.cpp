#include <array>
#include <cstddef>
#include <postel/server_session.hpp>
#include <string_view>

#include "fuzz/support/fuzz.hpp"
#include "fuzz/support/grammar.hpp"
#include "fuzz/support/server_run.hpp"

// A server session, with any options, any client and any decisions.

namespace {

using namespace postel;

server_options options_of(fuzz::chooser& how) {
    server_options options{.hostname = "mx.example"};
    auto const flags = how.bits();
    auto const is_set = [flags](unsigned bit) { return (flags >> bit & 1) != 0; };
    if (!is_set(0)) options.offer = fuzz::every_extension();
    if (!is_set(1)) options.offer.remove(extension::burl).remove(extension::starttls);
    if (is_set(23)) options.offer.remove(extension::chunking);
    for (auto const& row : sasl_mechanism_table) options.mechanisms.add(row.name);
    options.auth_without_tls = !is_set(2);
    options.require_tls = is_set(3) && is_set(4);
    options.require_auth = is_set(5) && is_set(6);
    options.lmtp = is_set(7);
    options.refuse_early_talkers = is_set(8);
    options.tolerate = {is_set(9), is_set(10)};
    options.own_mail_parameters = fuzz::own_parameters;
    options.own_rcpt_parameters = fuzz::own_parameters;
    options.content_line_endings = static_cast<line_ending_policy>((flags >> 11 & 3) % 3);
    options.content_nul = static_cast<nul_policy>(flags >> 13 & 1);
    if (is_set(14)) options.max_message_size = 20;
    if (is_set(15)) options.limits.recipients = 2;
    if (is_set(16)) options.limits.errors = 2;
    if (is_set(17)) options.limits.idle_commands = 3;
    if (is_set(18)) options.limits.pending_output = 1;
    if (is_set(19)) options.limits.authentication_failures = 1;
    if (is_set(20)) options.announce = {1, 2, 3};
    if (is_set(21)) options.release = {std::chrono::seconds{60}, std::chrono::sys_seconds{}};
    if (is_set(22)) options.deliver_by_minimum = 100;
    return options;
}

// The octets may hold a BDAT, of which a server reads the chunk even if it does not offer CHUNKING.
bool may_hold_a_chunk(std::string_view octets) {
    for (std::size_t at = 0; at + 4 <= octets.size(); ++at)
        if (equal_ignoring_case(octets.substr(at, 4), "BDAT")) return true;
    return false;
}

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 12};
    auto const options = options_of(how);
    auto const seed = 1 + how.below(256);
    auto const last = how.below(6);
    bool const early = (last & 1) != 0;
    same_for_cuts(how.rest(), seed, [&](test::pieces const& cut) {
        server_run run{options, how};
        run.feed(cut, early);
        auto const& session = run.session;
        // A chunk may have ended between CR and LF.
        bool const between =
            how.rest().ends_with("\r\n") && session.wants_input() && !may_hold_a_chunk(how.rest());
        if (between && session.state() != server_state::auth)
            require(session.heap_octets() == 0, "an idle session owns no heap");
        return run.end(last % 3).log();
    });
}
