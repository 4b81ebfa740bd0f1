// run_control: how the worker speaks with the thread of one run of a task. Any thread may call
// anything.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "connect/worker/core/supervision.hpp"
#include "connect/worker/worker_options.hpp"

namespace weir::connect::worker {

// Why a run ended.
struct run_end {
    core::end_kind how = core::end_kind::asked;
    std::string reason;
};
inline run_end asked() {
    return {};
}
inline run_end may_heal(std::string reason) {
    return {core::end_kind::may_heal, std::move(reason)};
}
inline run_end cannot_heal(std::string reason) {
    return {core::end_kind::cannot_heal, std::move(reason)};
}

class run_control : public std::enable_shared_from_this<run_control> {
  public:
    // The worker's side. The connector is told from a thread of its own: one that does not return
    // from that holds up nobody but itself.
    void ask_end() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        changed_.notify_all();
        std::thread([self = shared_from_this()] { self->tell_connector(); }).detach();
    }
    void pause(bool paused) {
        {
            const std::lock_guard lock(mutex_);
            paused_ = paused;
        }
        changed_.notify_all();
    }
    void give_up() { given_up_ = true; }

    // The run's side.
    bool is_ending() const { return ending_ || given_up_; }
    bool is_paused() const { return paused_; }
    // Nobody waits for this run any more: it lets go of everything as it is.
    bool is_given_up() const { return given_up_; }
    // Waits for `at_most`, or until it is asked to end, to pause or to go on.
    void wait(milliseconds at_most) {
        std::unique_lock lock(mutex_);
        const bool paused = paused_;
        changed_.wait_for(lock, at_most, [&] { return ending_ || paused_ != paused; });
    }
    // What tells the connector that it is to end; called at once if it is. Null: from now on there
    // is nobody to tell, and no call is under way.
    void on_ask_end(std::function<void()> request_stop) {
        const std::lock_guard lock(connector_mutex_);
        request_stop_ = std::move(request_stop);
        if (ending_ && request_stop_) request_stop_();
    }

    // What a run that goes on has trouble with, for its status; empty: nothing.
    void set_trouble(std::string what) {
        const std::lock_guard lock(mutex_);
        trouble_ = std::move(what);
    }
    std::string trouble() const {
        const std::lock_guard lock(mutex_);
        return trouble_;
    }

    // Set before the run begins: it is at work.
    std::function<void()> on_began;

  private:
    void tell_connector() {
        const std::lock_guard lock(connector_mutex_);
        if (request_stop_) request_stop_();
    }

    mutable std::mutex mutex_;
    std::string trouble_;
    std::mutex connector_mutex_;
    std::condition_variable changed_;
    std::function<void()> request_stop_;
    std::atomic<bool> ending_{false};
    std::atomic<bool> paused_{false};
    std::atomic<bool> given_up_{false};
};

inline std::int64_t steady_ms() {
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}
inline std::int64_t wall_ms() {
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace weir::connect::worker
