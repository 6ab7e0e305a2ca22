#pragma once

#include <postel/client_machine.hpp>

// How a client session sends: what is due, whether the table lets it follow what is unanswered, and
// the content of a message by DATA or by BDAT.

namespace postel {

inline void client_session::pump() {
    pump_content();
    for (auto step = upcoming(); step != client_step::none && may_send(step); step = upcoming()) {
        if (room() == 0) return;
        if (step == client_step::mail && !admits_any(last())) return forgo(last());
        send(step);
    }
}

// Octets that may be added to the output. One at least, or nothing would ever be sent.
inline std::size_t client_session::room() const {
    auto const most = std::max(std::size_t{options_->limits.pending_output}, std::size_t{1});
    return most - std::min(most, output_.size() + payload_.size());
}

inline client_step client_session::upcoming() const {
    if (due_ == client_step::inquiry && reset_due_) return client_step::rset;
    if (due_ != client_step::none) return due_;
    if (phase_ != phase::serving || content_open_) return client_step::none;
    // BDAT can be refused half-way; what is sent then would be answered in the name of the first.
    if (under_way_ == 2 && !transactions_[0].complete) return client_step::none;
    if (under_way_ != 0 && last().sending != client_step::none)
        return reset_due_ ? client_step::rset : last().sending;
    if (quit_ && (under_way_ == 0 || last().complete)) return client_step::quit;
    return client_step::none;
}

inline bool client_session::may_send(client_step step) const {
    if (step == client_step::chunk && !content_open_ && !may_open_content(last())) return false;
    if (expected_.empty()) return true;
    if (step == client_step::mail && under_way_ == 2 && !overlap_) return false;
    if (!options_->pipelining || !capabilities_.offered.has(extension::pipelining)) return false;
    return may_follow(expected_.back(), step);
}

inline void client_session::send(client_step step) {
    auto const from = output_.size();
    switch (step) {
        case client_step::ehlo:
            write_command(output_, hello_command{options_->lmtp ? verb::lhlo : verb::ehlo,
                                                 options_->hostname});
            break;
        case client_step::helo:
            write_command(output_, hello_command{verb::helo, options_->hostname});
            break;
        case client_step::rset:
            write_command(output_, rset_command{});
            reset_due_ = false;
            break;
        case client_step::starttls: write_command(output_, starttls_command{}); break;
        case client_step::mail: send_mail(last()); break;
        case client_step::chunk: return open_content();  // BDAT comes with its octets
        case client_step::rcpt: send_rcpt(last()); break;
        case client_step::data:
            write_command(output_, data_command{});
            last().sending = client_step::none;
            break;
        case client_step::inquiry:
            output_.append(view(&occasional::scratch));
            output_.append(std::string_view{"\r\n"});
            release(&occasional::scratch);
            break;
        case client_step::quit:
            write_command(output_, quit_command{});
            phase_ = phase::leaving;
            break;
        default: break;
    }
    show('C', output_.view().substr(from));
    if (due_ == step) due_ = client_step::none;
    expected_.push(step);
}

// MAIL with the parameters that the server understands and the message needs.
inline void client_session::send_mail(transaction& message) {
    auto const& mail = *message.mail;
    detail::write_mail(output_, checked_address{mail.reverse_path},
                       parameters_for(mail, capabilities_, needs_smtputf8(mail)));
    message.sending = client_step::rcpt;
    while (!admits(message.mail->recipients[message.sent])) ++message.sent;
    message.rode = !expected_.empty() && expected_.back() == client_step::content;
    ++mails_;
}

inline void client_session::send_rcpt(transaction& message) {
    auto const& to = message.mail->recipients[message.sent];
    admit(to);
    detail::write_rcpt(output_, checked_address{to.mailbox}, to.parameters);
    do ++message.sent;
    while (message.sent != message.to && !admits(message.mail->recipients[message.sent]));
    if (message.sent != message.to) return;
    message.sending = message.chunked ? client_step::chunk : client_step::data;
}

// BDAT follows the replies to RCPT; in the eager form it follows RCPT.  RFC 3030 2, RFC 4468 3.2
inline bool client_session::may_open_content(transaction const& message) const {
    auto const size = message.mail->parameters.size;
    bool const eager = size && *size <= options_->eager_content && options_->eager_content != 0;
    // Behind AUTH only if its failure has nothing left to stop.
    bool const trusted = !authenticating_ || (options_->content_behind_auth &&
                                              message.to == message.mail->recipients.size());
    return expected_.empty() || (eager && trusted && !options_->lmtp);
}

inline void client_session::open_content() {
    auto how = options_->content;
    how.dots = !first().chunked;
    encoder_ = dot_encoder{how};
    if (declared_body() != body_type::seven_bit) encoder_.expect_eight_bit();
    content_open_ = true;
    if (first().chunked) first().sending = client_step::none;
}

inline void client_session::stop_content() {
    content_open_ = content_asked_ = finishing_ = false;
    piece_ = {};
}

inline void client_session::pump_content() {
    if (content_open_ && first().chunked) return pump_chunks();
    while (!piece_.empty() && room() != 0) {
        auto const step = encoder_.next(piece_.substr(0, room()));
        auto const why = step ? content_fault() : step.fault().code;
        if (why != error::none) return spoil_content(why);
        queue_run(step->text);
        piece_.remove_prefix(step->consumed);
    }
    if (content_open_ && piece_.empty() && finishing_) end_content();
}

inline void client_session::end_content() {
    auto const tail = encoder_.finish();
    auto const why = tail ? content_fault() : tail.fault().code;
    if (why != error::none) return spoil_content(why);
    output_.append(*tail);
    if (transcript_ != nullptr) transcript_->content(encoder_.octets());
    show('C', ".");
    expected_.push(client_step::content, options_->lmtp ? first().accepted : 1);
    first().over = options_->lmtp && first().accepted == 0;  // no recipient, no reply  RFC 2033 4.2
    completed();
}

// Content for the wire: a view, unless it is short, or there is one already that it does not go on.
inline void client_session::queue_run(std::string_view text) {
    bool const goes_on = !payload_.empty() && ahead_ == output_.size() &&
                         payload_.data() + payload_.size() == text.data();
    if (goes_on) {
        payload_ = {payload_.data(), payload_.size() + text.size()};
    } else if (payload_.empty() && text.size() > small_run) {
        ahead_ = static_cast<std::uint32_t>(output_.size());
        payload_ = text;
    } else {
        output_.append(text);
    }
}

// The end of the content is in the output.
inline void client_session::completed() {
    end_ahead_ = output_.size() + payload_.size();
    first().complete = true;
    stop_content();
    if (under_way_ == 1) queue_rest();
}

// Every run of content is a chunk of its own, and goes out from where it lies.   RFC 3030 2
inline void client_session::pump_chunks() {
    while (content_open_ && payload_.empty() && room() != 0 && may_send(client_step::chunk)) {
        if (piece_.empty() && !finishing_) return;
        std::string_view text;
        bool last = false;
        if (!next_chunk(text, last)) return;
        if (!text.empty() || last) send_chunk(text, last);
    }
}

// False: the content is at fault, and the session over.
inline bool client_session::next_chunk(std::string_view& text, bool& last) {
    if (first().mail->parameters.body == body_type::binary_mime) {
        text = std::exchange(piece_, {});
        last = finishing_;
        return true;
    }
    auto const step = encoder_.next(piece_);
    auto why = step ? content_fault() : step.fault().code;
    if (why == error::none) {
        text = step->text;
        piece_.remove_prefix(step->consumed);
        if (!piece_.empty() && options_->content.endings == line_ending_repair::convert)
            why = convert_piece(text);
    }
    if (why == error::none) {
        if (!finishing_ || !piece_.empty()) return true;
        auto const tail = encoder_.finish();  // CR LF where the last line has none
        why = tail ? error::none : tail.fault().code;
        last = tail && (text.empty() || tail->empty());
        if (tail && text.empty())
            text = *tail;
        else if (tail)
            piece_ = *tail;
    }
    if (why != error::none) spoil_content(why);
    return why == error::none;
}

// Every line end that is not the caller's would be a chunk of its own: they are put together.
inline error client_session::convert_piece(std::string_view& text) {
    auto const most = std::max(std::size_t{options_->limits.pending_output}, small_run);
    auto& converted = demand().converted;
    converted.append(text);
    while (!piece_.empty() && converted.size() < most) {
        auto const step = encoder_.next(piece_.substr(0, most - converted.size()));
        if (!step) return step.fault().code;
        converted.append(step->text);
        piece_.remove_prefix(step->consumed);
    }
    text = converted.view();
    return content_fault();
}

inline void client_session::send_chunk(std::string_view text, bool last) {
    auto const from = output_.size();
    write_command(output_, bdat_command{text.size(), last});
    show('C', output_.view().substr(from));
    if (transcript_ != nullptr) transcript_->content(text.size());
    queue_run(text);
    if (payload_.empty()) release(&occasional::converted);
    expected_.push(last ? client_step::last_chunk : client_step::chunk,
                   last && options_->lmtp ? first().accepted : 1);
    if (last) completed();
}

inline body_type client_session::declared_body() const {
    return transactions_[0].mail->parameters.body.value_or(body_type::seven_bit);
}

// What no server has to take.                             RFC 6152 3, RFC 5321 4.5.3.1.6
inline error client_session::content_fault() const {
    if (encoder_.has_eight_bit() && declared_body() == body_type::seven_bit)
        return error::eight_bit_content;
    return encoder_.has_long_line() ? error::text_line_too_long : error::none;
}

// Half of the message may be on its way and must never be taken for the whole: only the end of the
// connection says so.
inline void client_session::spoil_content(error why) {
    decide({outcome::permanent, why, client_step::content}, {});
    first().to = static_cast<std::uint32_t>(first().mail->recipients.size());
    break_off({why, outcome::transient, client_step::content});
}

}  // namespace postel
