#pragma once

#include <cstdint>
#include <postel/server_event.hpp>
#include <string>
#include <string_view>

namespace postel::test::worlds {

/// What holds for the events of every server session, whatever the client says and the application
/// decides. Shown every event and every answer, it notes the first law that is broken.
class server_law {
public:
    explicit server_law(bool lmtp) : lmtp_(lmtp) {}

    [[nodiscard]] std::string const& broken() const { return broken_; }
    /// Messages, in LMTP one for each recipient, that the application took.
    [[nodiscard]] std::uint32_t taken() const { return taken_; }
    /// `closed` was told.
    [[nodiscard]] bool over() const { return over_; }

    /// An event; the one before it is settled, by default with yes.
    void heard(server_event const& event) {
        // Content is open when next() is called again, unless the session ended before that.
        bool const too_late =
            asked_ == server_event_kind::data && event.kind() == server_event_kind::closed;
        settle(!too_late, too_late);
        if (over_) broke("an event behind closed");
        if ((event.kind() == server_event_kind::connected) == begun_)
            broke("a session that does not begin with connected, and once");
        begun_ = true;
        asked_ = event.kind();
        switch (event.kind()) {
            case server_event_kind::mail:
                if (sender_) broke("a sender inside a transaction");
                return;
            case server_event_kind::recipient:
                if (!sender_ || open_) broke("a recipient without a sender");
                return;
            case server_event_kind::data:
                if (recipients_ == 0 || open_) broke("content without a recipient");
                if (std::get<data>(event).recipients != recipients_)
                    broke("another number of recipients");
                octets_ = 0;
                return;
            case server_event_kind::content:
                if (!open_) broke("content outside a message");
                octets_ += std::get<content>(event).text.size();
                return;
            case server_event_kind::chunk_end:
                if (!open_) broke("the end of a chunk outside a message");
                if (std::get<chunk_end>(event).size != octets_) broke("octets miscounted");
                return;
            case server_event_kind::message_end: return end(std::get<message_end>(event));
            case server_event_kind::message_aborted:
                if (!open_) broke("no message to abort");
                return forget();
            case server_event_kind::reset: return forget();
            case server_event_kind::closed:
                if (open_) broke("closed, and a message neither ended nor aborted");
                over_ = true;
                return;
            default: return;
        }
    }
    /// What became of the last event: the application answered, or it was dropped by default. With
    /// 421 it closes the session.
    void settle(bool accepted, bool closes = false) {
        switch (asked_) {
            case server_event_kind::mail: sender_ = accepted; break;
            case server_event_kind::recipient: recipients_ += accepted ? 1 : 0; break;
            case server_event_kind::data: open_ = accepted; break;
            case server_event_kind::chunk_end:
                if (!accepted && !closes) forget();  // else it is told as aborted
                break;
            case server_event_kind::message_end:
                if (accepted) ++taken_;
                if (!lmtp_ || ended_ == recipients_) forget();
                break;
            default: break;
        }
        asked_ = server_event_kind::connected;
    }
    /// The session ended before the application answered.
    void unanswered() { settle(false, true); }

private:
    void broke(std::string_view law) {
        if (broken_.empty()) broken_ = law;
    }
    void end(message_end const& event) {
        bool const first = ended_ == 0;
        if (first && !open_) broke("the end of no message");
        if (!first && (!lmtp_ || ended_ >= recipients_)) broke("a message that ends twice");
        if (event.size != octets_) broke("octets miscounted");
        if (event.recipient != ended_) broke("the turn of another recipient");
        open_ = false;
        ++ended_;
    }
    void forget() {
        sender_ = open_ = false;
        recipients_ = ended_ = 0;
    }

    bool lmtp_;
    bool begun_ = false;
    bool over_ = false;
    bool sender_ = false;
    bool open_ = false;
    std::uint32_t recipients_ = 0;
    std::uint32_t ended_ = 0;
    std::uint32_t taken_ = 0;
    std::uint64_t octets_ = 0;
    server_event_kind asked_ = server_event_kind::connected;
    std::string broken_;
};

}  // namespace postel::test::worlds
