// checkpointer: writes the checkpoint files every so often, and at once for who must know that what
// it did is in them. Requests that come while a write runs share the next one. Owned by one shard.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "broker/io/blocking.hpp"
#include "broker/io/condition.hpp"
#include "broker/io/disk.hpp"
#include "broker/io/task_group.hpp"
#include "broker/server/data_directory.hpp"

namespace weir::broker::server {

class checkpointer {
  public:
    // Reads the rows of all shards.
    using row_source = std::function<io::task<std::vector<checkpoint_row>>()>;

    checkpointer(io::shard& home, io::disk& disk, row_source rows);

    // Writes from now on, each time after `pause`.
    void start(io::duration pause);
    // Done when rows that were read after the call are in the files; false when that failed.
    io::task<bool> write();
    // No more writes of its own accord; comes back when none is under way.
    io::task<void> stop();

  private:
    void schedule();
    io::task<void> run_rounds();

    io::shard& home_;
    io::disk& disk_;
    row_source rows_;
    io::duration pause_{};
    std::unique_ptr<io::timer> timer_;
    std::uint64_t asked_ = 0;      // calls of write()
    std::uint64_t done_ = 0;       // those whose round is over
    std::uint64_t succeeded_ = 0;  // those that a round that went well has served
    bool running_ = false;
    io::condition round_over_;
    io::task_group tasks_;
    io::blocking_thread thread_;
};

}  // namespace weir::broker::server
