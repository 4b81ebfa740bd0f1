#include "broker/io/blocking.hpp"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace weir::broker::io {

struct blocking_thread::state {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::move_only_function<void()>> calls;
    bool stopping = false;
    std::thread thread;

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return stopping || !calls.empty(); });
            if (calls.empty()) return;
            auto call = std::move(calls.front());
            calls.pop_front();
            lock.unlock();
            call();
            call = nullptr;
            lock.lock();
        }
    }
};

blocking_thread::blocking_thread(const std::string& name) : state_(std::make_unique<state>()) {
    state_->thread = std::thread([this] { state_->run(); });
    // The kernel keeps 15 characters of a thread's name.
    ::pthread_setname_np(state_->thread.native_handle(), name.substr(0, 15).c_str());
}

blocking_thread::~blocking_thread() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->changed.notify_one();
    state_->thread.join();
}

void blocking_thread::post(std::move_only_function<void()> call) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->calls.push_back(std::move(call));
    }
    state_->changed.notify_one();
}

}  // namespace weir::broker::io
