#include <postel/date_time.hpp>
#include <string>

#include "fuzz/support/fuzz.hpp"

// Times as FUTURERELEASE and RRVS write them.

void postel::fuzz::check(std::string_view input) {
    auto const exact = parse_rfc3339(input);
    auto const rounded = parse_rfc3339(input, fraction::rounded_up);
    if (!exact) require(exact.fault().at <= input.size(), "the fault is in the text");
    if (exact) require(rounded == exact, "without a fraction there is nothing to round");
    if (!rounded) return;
    std::string text;
    write_rfc3339(text, *rounded);
    require(text.size() == 20, "a time has one length");
    require(parse_rfc3339(text) == rounded, "what was written is read as the same moment");
    std::string header;
    write_rfc5322(header, {*rounded, std::chrono::minutes{90}});
    require(header.size() == 30 || header.size() == 31, "a header's date has one length");
}
