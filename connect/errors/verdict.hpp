// verdict: what a component's error policy says about a record that cannot be processed. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "connect/pipeline/pipeline.hpp"

namespace weir::connect::errors {

enum class verdict : std::uint8_t { fail, skip, dead_letter };

inline verdict verdict_of(const pipeline::error_policy& policy) {
    if (!policy.dead_letter_topic.empty()) return verdict::dead_letter;
    return policy.tolerated == pipeline::tolerance::all ? verdict::skip : verdict::fail;
}

// The pauses between the tries of one operation that may heal, and when they are over.
class retry_schedule {
  public:
    explicit retry_schedule(const pipeline::error_policy& policy)
        : min_ms_(std::max<std::int64_t>(policy.retry_backoff_min.count(), 1)),
          max_ms_(std::max<std::int64_t>(policy.retry_backoff_max.count(), min_ms_)),
          for_ms_(policy.retry_for.count()) {}

    // The operation failed at `now_ms`; the pause before the next try.
    std::int64_t failed(std::int64_t now_ms) {
        if (tries_++ == 0) since_ms_ = now_ms;
        pause_ms_ = std::clamp(pause_ms_ * 2, min_ms_, max_ms_);
        return pause_ms_;
    }
    // Whether it has been tried for as long as the policy says; without a limit: never.
    bool is_over(std::int64_t now_ms) const {
        return for_ms_ > 0 && tries_ > 0 && now_ms - since_ms_ >= for_ms_;
    }
    void succeeded() {
        tries_ = 0;
        pause_ms_ = 0;
    }
    std::uint64_t tries() const { return tries_; }

  private:
    std::int64_t min_ms_;
    std::int64_t max_ms_;
    std::int64_t for_ms_;
    std::int64_t since_ms_ = 0;
    std::int64_t pause_ms_ = 0;
    std::uint64_t tries_ = 0;
};

}  // namespace weir::connect::errors
