#pragma once

#include <postel/server_machine.hpp>

// Content in a server session, by DATA, BDAT or BURL, and what ends it.

namespace postel {

inline void server_session::begin_data() {
    state_ = target_;
    intake_.begin_data(options_->content_line_endings, options_->content_nul,
                       options_->limits.text_line);
    message_open_ = true;
    answered_ = 0;
}

// A chunk that the table refuses leads back to where it came from: a refused command never moves.
inline void server_session::begin_chunk(error refused) {
    target_ = state_;
    state_ = server_state::bdat;
    intake_.begin_chunk(refused);
    if (refused == error::none) message_open_ = true;
    answered_ = 0;
}

inline void server_session::read_content(maybe_event& told) {
    auto const step = intake_.next(window_.unread(), options_->max_message_size);
    window_.consume(step.consumed);
    if (intake_.ended() && transcript_ != nullptr) {
        transcript_->content(intake_.octets());
        if (!intake_.by_chunk()) show(".");
    }
    if (step.fault != error::none) abort_message(step.fault);
    if (!step.text.empty()) tell(content{step.text}, told);
}

inline void server_session::end_of_content(maybe_event& told) {
    if (intake_.fault() != error::none) return refuse_content(told);
    if (!intake_.is_last())
        return ask(question::chunk_end, server_state::more, chunk_end{intake_.octets()}, told);
    message_open_ = false;
    return ask(question::message_end, server_state::ready,
               message_end{intake_.octets(), answered_, intake_.altered()}, told);
}

inline void server_session::chunk_settled(bool accepted) {
    intake_.end_is_settled();
    if (!accepted) message_open_ = false;
    state_ = after(state_, accepted ? server_moment::chunk_end : server_moment::chunk_refused);
}

// BURL LAST ends the message, and LMTP has a reply to that for each recipient.   RFC 2033 4.2
inline bool server_session::burl_asks_recipients() const {
    return options_->lmtp && target_ == server_state::ready;
}

// BURL has fetched its content, or not; the octets never passed here.            RFC 4468 3
inline void server_session::burl_settled(bool accepted) {
    if (accepted && burl_asks_recipients()) {  // as behind a last chunk of no octets
        intake_.announce({0, true});
        return begin_chunk(error::none);
    }
    bool const last = target_ == server_state::ready;
    if (accepted && last) idle_commands_ = 0;
    message_open_ = accepted && !last;
    state_ = accepted ? target_ : server_state::ready;
    if (last) recipients_ = 0;  // else a LAST in the pipe has a reply for each      RFC 2033 4.3
}

inline void server_session::message_settled(bool accepted) {
    if (accepted) idle_commands_ = 0;
    if (++answered_ < final_replies()) return;  // LMTP: the next recipient's turn
    intake_.end_is_settled();
    recipients_ = 0;
    state_ = after(state_,
                   intake_.by_chunk() ? server_moment::last_chunk_end : server_moment::content_end);
}

// The end of content that was dropped: refused at the door by the table or by the application, or
// spoilt on its way.
inline void server_session::refuse_content(maybe_event& told) {
    auto const why = intake_.fault();
    // LMTP: the last chunk has a reply for each recipient, behind a chunk that failed too, and
    // none without a recipient.                                            RFC 2033 4.3
    bool const has_turn = why != error::hello_required && why != error::no_service &&
                          why != error::not_implemented && why != error::tls_required &&
                          why != error::authentication_required;
    auto replies = intake_.is_last() && has_turn ? final_replies() : 1;
    auto const how = intake_.by_chunk() ? server_moment::chunk_refused : server_moment::content_end;
    // What the application refused has failed: a chunk behind it, sent before that was known, must
    // not become a message without it.                                     RFC 3030 2
    bool const by_application = held_reply_ != nullptr;
    bool const stays = intake_.refused_at_the_door() && !by_application;
    state_ = stays ? target_ : after(state_, how);
    if (by_application) notices_ |= reset_notice;  // it has not been told whether DATA or BDAT came
    if (state_ == server_state::ready && intake_.is_last()) recipients_ = 0;
    intake_.end_is_settled();
    if (held_reply_) {
        auto const shown = shown_so_far();
        for (; replies != 0; --replies) output_.append(held_reply_->view());
        show_replies(shown);
        return held_reply_.reset();
    }
    for (; replies > 1; --replies) send(content_reply(why));
    return violate({why}, {}, replies == 0 ? reply{} : content_reply(why), told);
}

}  // namespace postel
