#include "broker/io/condition.hpp"

#include "base/ensure.hpp"

namespace weir::broker::io {

condition::~condition() {
    ensure(waiters_.empty());
}

void condition::awaiter::await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    place_ = of_.waiters_.insert(of_.waiters_.end(), this);
    if (deadline_) timer_ = of_.shard_.call_at(*deadline_, [this] { wake(false); });
}

// Both ways of waking leave the list first, so only one of them happens.
void condition::awaiter::wake(bool notified) {
    of_.waiters_.erase(place_);
    notified_ = notified;
    if (!notified) return waiting_.resume();
    timer_.reset();
    of_.shard_.post([waiting = waiting_] { waiting.resume(); });
}

void condition::notify_all() {
    while (!waiters_.empty())
        waiters_.front()->wake(true);
}

}  // namespace weir::broker::io
