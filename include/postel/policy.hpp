#pragma once

namespace postel {

/// What a server tolerates beyond the grammar. Everything is off; each line names what it reopens.
struct lenience {
    /// `MAIL FROM: <a@b>`: a space behind the colon. RFC 5321 3.3 forbids it, old clients send it.
    /// Risk: none known beyond accepting what others refuse.
    bool space_after_colon = false;
    /// `MAIL FROM:a@b`: a path without "<" and ">". Risk: the end of the address is then a guess
    /// (the first space), and two programs can guess differently.
    bool path_without_brackets = false;
};

}  // namespace postel
