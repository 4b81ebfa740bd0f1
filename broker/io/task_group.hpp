// task_group: owns the coroutines spawned into it; whoever owns the group cancels what they wait
// for and then joins. There is no detached coroutine in the broker. Shard-local.
#pragma once

#include "broker/io/condition.hpp"
#include "broker/io/task.hpp"

namespace weir::broker::io {

class task_group {
  public:
    explicit task_group(shard& on) : empty_(on) {}
    // The group must have been joined.
    ~task_group();

    // Starts `work` at once, on the current shard, and keeps it until it ends.
    void spawn(task<void> work);
    // Waits until everything spawned has ended. The owner makes it end first.
    task<void> join();
    std::size_t size() const { return running_; }

  private:
    std::size_t running_ = 0;
    condition empty_;
};

}  // namespace weir::broker::io
