#pragma once

// Which recipients are taken. A server that relayed would ask far more.

#include <fnmatch.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <postel/path.hpp>
#include <postel/replies.hpp>
#include <postel/reply.hpp>

#include "options.hpp"

namespace mail_server {

// The address without brackets and needless quotes, as it is shown and compared.
inline std::string address_of(postel::path const& path) {
    std::string text;
    if (path.has_mailbox())
        postel::write_mailbox(text, path.mailbox());
    else if (path.is_postmaster())
        text = "Postmaster";
    return text;
}

inline bool is_like(std::string const& address, std::vector<std::string> const& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](std::string const& pattern) {
        return ::fnmatch(pattern.c_str(), address.c_str(), FNM_CASEFOLD) == 0;
    });
}

// Code 0: the usual yes.
inline postel::reply judge_recipient(options const& o, std::string const& address) {
    if (is_like(address, o.refused)) return postel::replies::no_such_user;
    if (is_like(address, o.deferred)) return postel::replies::try_later;
    return {};
}

}  // namespace mail_server
