// condition: coroutines of one shard wait until something has changed, or a deadline has passed.
// Shard-local. A waiter checks its predicate again after it wakes.
#pragma once

#include <coroutine>
#include <list>
#include <memory>

#include "broker/io/shard.hpp"

namespace weir::broker::io {

class condition {
  public:
    explicit condition(shard& on) : shard_(on) {}
    condition(const condition&) = delete;
    condition& operator=(const condition&) = delete;
    // Nobody may wait any more.
    ~condition();

    class [[nodiscard]] awaiter {
      public:
        awaiter(condition& of, std::optional<time_point> deadline) : of_(of), deadline_(deadline) {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> waiting);
        bool await_resume() const { return notified_; }

      private:
        friend class condition;
        void wake(bool notified);

        condition& of_;
        std::optional<time_point> deadline_;
        std::coroutine_handle<> waiting_;
        std::unique_ptr<timer> timer_;
        std::list<awaiter*>::iterator place_;
        bool notified_ = false;
    };

    // co_await: true when notified, false when the deadline passed first.
    awaiter wait_until(time_point deadline) { return {*this, deadline}; }
    // co_await: until notified.
    awaiter wait() { return {*this, std::nullopt}; }
    // Wakes all that wait now; they run after the caller returns to the shard's loop.
    void notify_all();

  private:
    shard& shard_;
    std::list<awaiter*> waiters_;
};

}  // namespace weir::broker::io
