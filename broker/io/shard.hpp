// shard: one thread that owns some partitions, connections and coordinators. Everything that
// belongs to a shard runs on it, one piece at a time; other threads only post to it.
// io/asio/shard.hpp is the real one; a simulation has its own.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "broker/io/task.hpp"

namespace weir::broker::io {

// Monotonic time, for deadlines and durations. Never printed, never stored.
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

// A scheduled call; destroying it cancels the call. Shard-local.
class timer {
  public:
    virtual ~timer() = default;
};

class shard {
  public:
    using work = std::move_only_function<void()>;

    virtual ~shard() = default;

    // Runs `call` on this shard, later, in order of posting per posting thread. Thread safe.
    virtual void post(work call) = 0;
    // True when the caller runs on this shard's thread.
    virtual bool is_current() const = 0;
    // Monotonic now; cheap.
    virtual time_point now() const = 0;
    // Milliseconds since the Unix epoch: the time that goes into records.
    virtual std::int64_t wall_ms() const = 0;
    // Runs `call` on this shard at `when`, unless the timer is destroyed before. Shard only.
    virtual std::unique_ptr<timer> call_at(time_point when, work call) = 0;
};

// co_await sleep_until(shard, when): resumes at `when`. Must not be destroyed while suspended
// unless its coroutine is destroyed too.
class sleep_until {
  public:
    sleep_until(shard& on, time_point when) : shard_(on), when_(when) {}
    bool await_ready() const { return shard_.now() >= when_; }
    void await_suspend(std::coroutine_handle<> waiting) {
        timer_ = shard_.call_at(when_, [waiting] { waiting.resume(); });
    }
    void await_resume() const {}

  private:
    shard& shard_;
    time_point when_;
    std::unique_ptr<timer> timer_;
};

// co_await submit(home, target, call): runs `call()` on `target` and resumes on `home` with its
// result. On the same shard it is a plain call. Calls from one shard to another keep their order.
template <class Call>
class submit {
  public:
    using result_type = std::invoke_result_t<Call&>;

    submit(shard& home, shard& target, Call call)
        : home_(home), target_(target), call_(std::move(call)) {}

    bool await_ready() {
        if (&home_ != &target_) return false;
        run();
        return true;
    }
    void await_suspend(std::coroutine_handle<> waiting) {
        target_.post([this, waiting] {
            run();
            home_.post([waiting] { waiting.resume(); });
        });
    }
    result_type await_resume() {
        if constexpr (!std::is_void_v<result_type>) return std::move(*result_);
    }

  private:
    void run() {
        if constexpr (std::is_void_v<result_type>) {
            call_();
        } else {
            result_.emplace(call_());
        }
    }

    struct nothing {};
    shard& home_;
    shard& target_;
    Call call_;
    std::optional<std::conditional_t<std::is_void_v<result_type>, nothing, result_type>> result_;
};

// co_await hop(target): the coroutine goes on on `target`; nothing happens when it is there.
class hop {
  public:
    explicit hop(shard& target) : target_(target) {}
    bool await_ready() const { return target_.is_current(); }
    void await_suspend(std::coroutine_handle<> waiting) {
        target_.post([waiting] { waiting.resume(); });
    }
    void await_resume() const {}

  private:
    shard& target_;
};

// co_await next_turn(shard): whatever is ready on this shard runs first.
class next_turn {
  public:
    explicit next_turn(shard& on) : shard_(on) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        shard_.post([waiting] { waiting.resume(); });
    }
    void await_resume() const {}

  private:
    shard& shard_;
};

// Runs `work` on `target` and comes back to `home` with its result.
template <class T>
task<T> run_on(shard& home, shard& target, task<T> work) {
    co_await hop(target);
    T result = co_await std::move(work);
    co_await hop(home);
    co_return result;
}

}  // namespace weir::broker::io
