// blocking_thread: a named thread for calls that block (fdatasync, removal of large files).
// Work is done in order of posting. Its destructor finishes what was posted, then joins.
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <string>

#include "broker/io/shard.hpp"

namespace weir::broker::io {

class blocking_thread {
  public:
    explicit blocking_thread(const std::string& name);
    ~blocking_thread();
    blocking_thread(const blocking_thread&) = delete;
    blocking_thread& operator=(const blocking_thread&) = delete;

    // Thread safe. `call` posts its outcome back to the shard that wants it.
    void post(std::move_only_function<void()> call);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

// co_await run_blocking(home, thread, call): runs `call()` on the thread and resumes on `home`.
template <class Call>
class run_blocking {
  public:
    run_blocking(shard& home, blocking_thread& on, Call call)
        : home_(home), on_(on), call_(std::move(call)) {}

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        on_.post([this, waiting] {
            call_();
            home_.post([waiting] { waiting.resume(); });
        });
    }
    void await_resume() const {}

  private:
    shard& home_;
    blocking_thread& on_;
    Call call_;
};

}  // namespace weir::broker::io
