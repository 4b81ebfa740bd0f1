// task<T>: the coroutine type of the broker. Lazy: it runs when awaited or spawned (task_group).
// It runs on the shard that awaits it; nothing here is thread safe or needs to be.
//
// Rules (see STYLE in docs/ARCHITECTURE.md): no capturing lambda and no aggregate is created inside
// a co_await expression; name it on the line before and move it in.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/ensure.hpp"

namespace weir::broker::io {

template <class T>
class task;

namespace detail {

struct promise_base {
    std::coroutine_handle<> awaiting = std::noop_coroutine();

    std::suspend_always initial_suspend() noexcept { return {}; }
    struct done_awaiter {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
            return done.promise().awaiting;
        }
        void await_resume() noexcept {}
    };
    done_awaiter final_suspend() noexcept { return {}; }
    // Exceptions stop in the gateway file of the library that throws; one here is our defect.
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
};

template <class T>
struct promise : promise_base {
    std::optional<T> value;
    task<T> get_return_object();
    template <class U>
    void return_value(U&& result) {
        value.emplace(std::forward<U>(result));
    }
};

template <>
struct promise<void> : promise_base {
    task<void> get_return_object();
    void return_void() noexcept {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] task {
  public:
    using promise_type = detail::promise<T>;
    using handle_type = std::coroutine_handle<promise_type>;

    explicit task(handle_type handle) : handle_(handle) {}
    task(task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    task& operator=(task&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    task(const task&) = delete;
    task& operator=(const task&) = delete;
    ~task() {
        if (handle_) handle_.destroy();
    }

    auto operator co_await() && noexcept {
        struct awaiter {
            handle_type handle;
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
                handle.promise().awaiting = awaiting;
                return handle;
            }
            T await_resume() {
                if constexpr (!std::is_void_v<T>) {
                    ensure(handle.promise().value.has_value());
                    return std::move(*handle.promise().value);
                }
            }
        };
        ensure(handle_);
        return awaiter{handle_};
    }

  private:
    handle_type handle_;
};

template <class T>
task<T> detail::promise<T>::get_return_object() {
    return task<T>(std::coroutine_handle<promise<T>>::from_promise(*this));
}
inline task<void> detail::promise<void>::get_return_object() {
    return task<void>(std::coroutine_handle<promise<void>>::from_promise(*this));
}

}  // namespace weir::broker::io
