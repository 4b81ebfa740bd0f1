// dispatch: which request is sent when, tried again or given up: a state machine over what happens,
// of one put() after the other. Pure: time is in the event, randomness is a seed.
//
// - A lane has one request in flight at most, and goes to the next when that one is settled.
// - Retry-After holds back everything that is not in flight yet, also beyond the put().
// - What is settled as `again` takes the rest of its lane with it, so that nothing overtakes it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "connectors/http/batch_plan.hpp"
#include "connectors/http/retry_policy.hpp"

namespace weir::connectors::http {

// What became of an attempt.
enum class fate : std::uint8_t { done, refused, again };

struct verdict {
    fate what = fate::done;
    std::string reason;               // of refused and again
    bool answered = false;            // the server said something
    bool has_reached = false;         // there was a connection at least
    std::int64_t retry_after_ms = 0;  // what it asked for; 0: nothing
    bool at_once = false;             // of again: with other credentials, without a backoff
};

// How often a request failed before this put(), and since when; since_ms -1: it did not.
struct request_past {
    std::int64_t since_ms = -1;
    std::uint32_t failures = 0;
};

struct begun {
    std::span<const planned_request> requests;
    std::span<const request_past> pasts;  // by request
    std::uint32_t lanes = 0;
};
struct judged {
    std::uint32_t request = 0;
    verdict how;
};
// wake_at_ms() has come.
struct woken {};
// No request is sent any more: what waits is settled as `again`, what is in flight goes on.
struct stopping {};
// The same, and nothing in flight is waited for.
struct abandoned {};
// Nothing is sent before this time (on the same clock).
struct held_back {
    std::int64_t until_ms = 0;
};
using dispatch_event = std::variant<begun, judged, woken, stopping, abandoned, held_back>;

struct send_request {
    std::uint32_t request = 0;
};
struct settle_request {
    std::uint32_t request = 0;
    fate what = fate::done;
    std::string reason;
    request_past past;  // of again: to be given back when its records come again
};
using dispatch_effect = std::variant<send_request, settle_request>;

class dispatch {
  public:
    dispatch(retry_policy policy, std::uint64_t seed) : policy_(std::move(policy)), random_(seed) {}

    // The effects are to be carried out in this order; they live until the next call.
    std::span<const dispatch_effect> step(const dispatch_event& event, std::int64_t now_ms);

    bool is_settled() const { return left_ == 0; }
    std::uint32_t in_flight() const { return in_flight_; }
    // When to be woken; INT64_MAX: not by time.
    std::int64_t wake_at_ms() const;
    std::int64_t held_until_ms() const { return held_until_ms_; }

  private:
    enum class progress : std::uint8_t { ready, in_flight, waiting, finished };
    struct lane_state {
        std::vector<std::uint32_t> requests;  // in order
        std::size_t next = 0;
        progress now = progress::ready;
        std::int64_t ready_at_ms = 0;
        std::string reason;  // of the last failure
    };

    void on(const begun& event, std::int64_t now_ms);
    void on(const judged& event, std::int64_t now_ms);
    void on(const woken& event, std::int64_t now_ms);
    void on(const stopping& event, std::int64_t now_ms);
    void on(const abandoned& event, std::int64_t now_ms);
    void on(const held_back& event, std::int64_t now_ms);
    void failed(std::uint32_t request, lane_state& lane, const verdict& how, std::int64_t now_ms);
    void settle(lane_state& lane, fate what, std::string reason);
    void leave(lane_state& lane, const std::string& reason);
    void send_ready(std::int64_t now_ms);
    std::uint64_t next_random();

    retry_policy policy_;
    std::uint64_t random_;
    std::vector<lane_state> lanes_;
    std::vector<request_past> pasts_;
    std::vector<std::uint32_t> lane_of_;
    std::vector<dispatch_effect> effects_;
    std::int64_t held_until_ms_ = INT64_MIN;
    std::int64_t answered_at_ms_ = INT64_MIN;
    std::uint32_t left_ = 0;
    std::uint32_t in_flight_ = 0;
    bool sends_ = true;
};

}  // namespace weir::connectors::http
