#include "broker/io/task_group.hpp"

#include "base/ensure.hpp"

namespace weir::broker::io {
namespace {

// A coroutine that starts at once and frees itself when it ends.
struct root {
    struct promise_type {
        root get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
    };
};

root run(task<void> work, std::size_t& running, condition& empty) {
    ++running;
    co_await std::move(work);
    if (--running == 0) empty.notify_all();
}

}  // namespace

task_group::~task_group() {
    ensure(running_ == 0);
}

void task_group::spawn(task<void> work) {
    run(std::move(work), running_, empty_);
}

task<void> task_group::join() {
    while (running_ > 0)
        co_await empty_.wait();
}

}  // namespace weir::broker::io
