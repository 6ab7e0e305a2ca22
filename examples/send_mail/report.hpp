#pragma once

// What became of the messages: told recipient by recipient, and summed up in an exit code.

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <postel/client_event.hpp>
#include <postel/error.hpp>

#include "../support/program.hpp"
#include "options.hpp"

namespace send_mail {

class report {
public:
    explicit report(options const& what) : what_(what), taken_(what.to.size()) {}

    void note(postel::recipient_result const& r) {
        taken_[r.recipient] = r.what == postel::outcome::accepted;
        if (!taken_[r.recipient]) failed(r.recipient, {r.why, r.what, r.command, r.reply});
    }
    // Whoever of them was accepted before shares the fate of the message.
    void note(postel::message_result const& m) {
        for (auto i = m.recipient; i != m.recipient + m.recipients; ++i)
            if (taken_[i] && m.what != postel::outcome::accepted)
                failed(i, {m.why, m.what, m.command, m.reply});
        if (m.last) ++messages_;
    }
    // No further message goes out, for this reason; `detail` is what no reply says.
    void give_up(postel::failed const& why, std::string_view detail = {}) {
        for (; messages_ != what_.count; ++messages_)
            for (std::size_t i = 0; i < taken_.size(); ++i) failed(i, why, detail);
    }

    [[nodiscard]] support::exit_code summary() const {
        if (out_of_protocol_) return support::protocol_error;
        if (again_later_) return support::temporary;
        return refused_ ? support::unavailable : support::success;
    }

private:
    void failed(std::size_t recipient, postel::failed const& why, std::string_view detail = {}) {
        using postel::outcome;
        (is_protocol(why.why)             ? out_of_protocol_
         : why.what == outcome::permanent ? refused_
                                          : again_later_) = true;
        std::string line = "send_mail: ";
        if (what_.count > 1) line += fmt::format("message {}: ", messages_ + 1);
        line += fmt::format("<{}>: {}", what_.to[recipient], to_string(why.why));
        if (why.command != postel::client_step::none)
            line += fmt::format(", at {}", to_string(why.command));
        for (auto const text : why.reply.lines())
            line += fmt::format(": {} {}", why.reply.code().value, support::printable(text));
        if (!detail.empty()) line += fmt::format(": {}", support::printable(detail));
        if (why.what == outcome::unknown) line += "; the message may have been accepted";
        fmt::print(stderr, "{}\n", line);
    }

    // What came back is not SMTP, or not an answer to what was said.
    static bool is_protocol(postel::error why) {
        using enum postel::error;
        switch (why) {
            case bare_cr:
            case bare_lf:
            case nul_octet:
            case bad_base64:
            case bad_reply:
            case bad_sasl_message:
            case bad_server_signature:
            case iterations_out_of_range:
            case nonce_mismatch:
            case octets_behind_starttls:
            case reply_line_too_long:
            case reply_too_long:
            case reply_code_mismatch:
            case unexpected_reply:
            case reply_out_of_step: return true;
            default: return false;
        }
    }

    options const& what_;
    std::vector<bool> taken_;  // by the server, of the message whose results come in
    std::uint64_t messages_ = 0;
    bool out_of_protocol_ = false, again_later_ = false, refused_ = false;
};

}  // namespace send_mail
