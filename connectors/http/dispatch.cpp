#include "connectors/http/dispatch.hpp"

#include <algorithm>
#include <utility>

namespace weir::connectors::http {

std::span<const dispatch_effect> dispatch::step(const dispatch_event& event, std::int64_t now_ms) {
    effects_.clear();
    std::visit([&](const auto& each) { on(each, now_ms); }, event);
    if (sends_) send_ready(now_ms);
    return effects_;
}

void dispatch::on(const begun& event, std::int64_t) {
    lanes_.assign(event.lanes, lane_state{});
    pasts_.assign(event.pasts.begin(), event.pasts.end());
    pasts_.resize(event.requests.size());
    lane_of_.resize(event.requests.size());
    left_ = static_cast<std::uint32_t>(event.requests.size());
    in_flight_ = 0;
    sends_ = true;
    for (std::uint32_t request = 0; request < left_; ++request) {
        lane_of_[request] = event.requests[request].lane;
        lanes_[lane_of_[request]].requests.push_back(request);
    }
    for (auto& lane : lanes_) {
        if (lane.requests.empty()) lane.now = progress::finished;
    }
}

void dispatch::on(const judged& event, std::int64_t now_ms) {
    auto& lane = lanes_[lane_of_[event.request]];
    // An answer to what was given up already says nothing any more.
    if (lane.now != progress::in_flight || lane.requests[lane.next] != event.request) return;
    --in_flight_;
    if (event.how.answered) answered_at_ms_ = now_ms;
    if (event.how.retry_after_ms > 0)
        held_until_ms_ = std::max(held_until_ms_, now_ms + event.how.retry_after_ms);
    if (event.how.what != fate::again) return settle(lane, event.how.what, event.how.reason);
    failed(event.request, lane, event.how, now_ms);
}

void dispatch::failed(std::uint32_t request, lane_state& lane, const verdict& how,
                      std::int64_t now_ms) {
    auto& past = pasts_[request];
    if (past.since_ms < 0) past.since_ms = now_ms;
    ++past.failures;
    lane.reason = how.reason;
    const bool is_over = now_ms - past.since_ms >= policy_.for_ms && !how.at_once;
    if (is_over) {
        // A server that answers others but not this request refuses it; one that cannot be reached
        // or answers nobody is away, and that is no fault of the records.
        const bool is_singled_out = how.has_reached && answered_at_ms_ >= past.since_ms;
        if (how.answered || is_singled_out) return settle(lane, fate::refused, how.reason);
        leave(lane, how.reason);
        return on(stopping{}, now_ms);
    }
    if (!sends_) return leave(lane, how.reason);
    lane.now = progress::waiting;
    lane.ready_at_ms =
        how.at_once ? now_ms : now_ms + policy_.backoff_ms(past.failures, next_random());
}

void dispatch::on(const woken&, std::int64_t) {}

void dispatch::on(const held_back& event, std::int64_t) {
    held_until_ms_ = std::max(held_until_ms_, event.until_ms);
}

void dispatch::on(const stopping&, std::int64_t) {
    sends_ = false;
    for (auto& lane : lanes_) {
        if (lane.now == progress::ready || lane.now == progress::waiting) leave(lane, lane.reason);
    }
}

void dispatch::on(const abandoned&, std::int64_t) {
    sends_ = false;
    in_flight_ = 0;
    for (auto& lane : lanes_) {
        if (lane.now != progress::finished) leave(lane, lane.reason);
    }
}

// The lane's request is over; the lane goes on with its next one.
void dispatch::settle(lane_state& lane, fate what, std::string reason) {
    const auto request = lane.requests[lane.next];
    effects_.emplace_back(settle_request{request, what, std::move(reason), {}});
    --left_;
    ++lane.next;
    lane.now = lane.next == lane.requests.size() ? progress::finished : progress::ready;
    lane.reason.clear();
    if (!sends_ && lane.now == progress::ready) leave(lane, {});
}

// What the lane still has comes again in another put().
void dispatch::leave(lane_state& lane, const std::string& reason) {
    const auto& why = reason.empty() ? std::string("not sent yet") : reason;
    for (; lane.next < lane.requests.size(); ++lane.next, --left_) {
        const auto request = lane.requests[lane.next];
        effects_.emplace_back(settle_request{request, fate::again, why, pasts_[request]});
    }
    lane.now = progress::finished;
}

void dispatch::send_ready(std::int64_t now_ms) {
    if (now_ms < held_until_ms_) return;
    for (auto& lane : lanes_) {
        const bool is_due = lane.now == progress::waiting && lane.ready_at_ms <= now_ms;
        if (lane.now != progress::ready && !is_due) continue;
        lane.now = progress::in_flight;
        ++in_flight_;
        effects_.emplace_back(send_request{lane.requests[lane.next]});
    }
}

std::int64_t dispatch::wake_at_ms() const {
    auto earliest = INT64_MAX;
    for (const auto& lane : lanes_) {
        if (lane.now == progress::ready) earliest = std::min(earliest, held_until_ms_);
        if (lane.now == progress::waiting)
            earliest = std::min(earliest, std::max(held_until_ms_, lane.ready_at_ms));
    }
    return earliest;
}

std::uint64_t dispatch::next_random() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_;
}

}  // namespace weir::connectors::http
