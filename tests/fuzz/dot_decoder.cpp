#include <postel/dot_decoder.hpp>
#include <string>

#include "fuzz/support/fuzz.hpp"
#include "support/decode.hpp"

// The decoder against a reference that has all octets and knows no states.

namespace {

using namespace postel;

struct policies {
    line_ending_policy endings;
    nul_policy nul;
};

class plain_reference {
public:
    plain_reference(std::string_view wire, policies how) : wire_(wire), how_(how) {}

    test::decoded decode() {
        while (at_ < wire_.size() && all_.end == 0) next();
        if (all_.fault == error::none) all_.consumed = at_;
        return all_;
    }

private:
    [[nodiscard]] bool ahead(std::string_view what) const {
        return wire_.substr(at_, what.size()) == what;
    }
    void give(std::string_view text) {
        (all_.fault == error::none ? all_.text : all_.discarded) += text;
    }
    // The octet is read again, and passes then.
    void refuse(error why) {
        all_.fault = why;
        all_.consumed = at_;
        how_ = {line_ending_policy::pass, nul_policy::pass};
    }

    void next() {
        if (bare_cr()) return;
        bool const starts = at_ == line_;
        if (starts && ahead(".\r\n")) {
            at_ += 3;
            all_.end = at_;
            all_.done = all_.fault == error::none;
        } else if (starts && (wire_.substr(at_) == "." || wire_.substr(at_) == ".\r")) {
            at_ = wire_.size();  // cannot be told yet
        } else if (starts && ahead(".") && !ahead(".\r\n")) {
            ++at_;  // stuffed
        } else {
            octet();
        }
    }
    void octet() {
        char const c = wire_[at_];
        bool const after_cr = cr_ != 0 && cr_ == at_;
        if (c == '\0' && how_.nul == nul_policy::reject) return refuse(error::nul_octet);
        if (c == '\n' && !after_cr) {
            if (how_.endings == line_ending_policy::reject) return refuse(error::bare_lf);
            bool const normal = how_.endings == line_ending_policy::normalise;
            all_.altered = all_.altered || normal;
            give(normal ? "\r\n" : "\n");
            ++at_;
            return;
        }
        give({&c, 1});
        ++at_;
        if (c == '\r') cr_ = at_;
        if (c == '\n') line_ = at_;
    }
    // What stands behind a CR shows that it is bare.
    bool bare_cr() {
        if (cr_ == 0 || cr_ != at_ || ahead("\n")) return false;
        if (how_.endings == line_ending_policy::pass) return false;
        if (how_.endings == line_ending_policy::reject) {
            refuse(error::bare_cr);
            return true;
        }
        all_.altered = true;
        give("\n");
        cr_ = 0;
        return true;
    }

    std::string_view wire_;
    policies how_;
    test::decoded all_;
    std::size_t at_ = 0;
    std::size_t line_ = 0;  // where the last line began
    std::size_t cr_ = 0;    // behind the last CR
};

}  // namespace

void postel::fuzz::check(std::string_view input) {
    chooser how{input, 2};
    policies const chosen{static_cast<line_ending_policy>(how.below(3)),
                          static_cast<nul_policy>(how.below(2))};
    auto const wire = how.rest();
    auto const seed = 1 + how.below(256);
    auto const found = same_for_cuts(wire, seed, [&](test::pieces const& cut) {
        return test::decode(cut, dot_decoder{chosen.endings, chosen.nul});
    });
    require(found == plain_reference{wire, chosen}.decode(), "the reference reads the same");
}
