// manual_shard: a shard without a thread: what was posted runs when the test says so, and time
// stands still until the test moves it. Other threads may post (the sync threads of the broker do).
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "broker/io/shard.hpp"
#include "broker/io/task_group.hpp"

namespace weir::test {

class manual_shard : public broker::io::shard {
  public:
    manual_shard();
    ~manual_shard() override;

    // Runs what was posted, and what that posts, until nothing is left.
    void run();
    // Runs what is posted until the condition holds, waiting for other threads; false when it does
    // not within ten seconds.
    bool run_until(const std::function<bool()>& condition);
    // Moves the time and runs what is due.
    void advance(broker::io::duration by);

    // Starts the task and runs; `done` tells whether it has ended.
    std::shared_ptr<bool> spawn(broker::io::task<void> work);
    // Runs a task to its end, waiting for other threads; its result.
    template <class T>
    std::optional<T> result_of(broker::io::task<T> work) {
        std::optional<T> result;
        const auto done = spawn(keep(std::move(work), result));
        run_until([&] { return *done; });
        return result;
    }

    void post(work call) override;
    bool is_current() const override { return true; }
    broker::io::time_point now() const override { return now_; }
    std::int64_t wall_ms() const override;
    std::unique_ptr<broker::io::timer> call_at(broker::io::time_point when, work call) override;

  private:
    class scheduled;
    using timers = std::multimap<broker::io::time_point, work>;

    template <class T>
    static broker::io::task<void> keep(broker::io::task<T> work, std::optional<T>& into) {
        into.emplace(co_await std::move(work));
    }
    static broker::io::task<void> mark(broker::io::task<void> work, std::shared_ptr<bool> done) {
        co_await std::move(work);
        *done = true;
    }
    bool run_one();

    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<work> queue_;
    timers timers_;
    broker::io::time_point now_{std::chrono::hours(1)};
    broker::io::task_group tasks_;
};

}  // namespace weir::test
