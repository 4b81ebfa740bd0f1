// log_cleaner: compacts the logs of one shard, the dirtiest first (Kafka's LogCleaner). A pass
// blocks on the disk on a thread that the shards share; what it has made is put in place here.
// Owned by its shard.
//
// A log is due when more of it than min.cleanable.dirty.ratio is dirty, or when a record has waited
// for longer than max.compaction.lag.ms.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <utility>

#include "broker/io/blocking.hpp"
#include "broker/io/condition.hpp"
#include "broker/io/disk.hpp"
#include "broker/io/task_group.hpp"
#include "broker/log/cleaning/cleaning_pass.hpp"
#include "broker/replication/replica_manager.hpp"

namespace weir::broker::replication {

struct cleaner_options {
    io::duration backoff = std::chrono::seconds(15);  // while nothing is due
    std::size_t key_memory = 128UL * 1024 * 1024;     // for the keys of one pass
    // Read and written together.
    double bytes_per_second_max = std::numeric_limits<double>::max();
};

struct cleaner_counters {
    std::uint64_t passes = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t nanoseconds = 0;  // in steps of passes
    std::uint64_t uncleanable = 0;  // partitions with a damaged batch, left alone until the restart
};

class log_cleaner {
  public:
    // Done when the checkpoint files have what was true at the call; false when that failed.
    using checkpoint_writer = std::function<io::task<bool>()>;

    log_cleaner(io::shard& home, io::disk& disk, replica_manager& replicas,
                io::blocking_thread& thread, cleaner_options options, checkpoint_writer checkpoint);

    void start();
    // Gives up the pass under way at its next step, and comes back when it has ended.
    io::task<void> stop();

    const cleaner_counters& counters() const { return counters_; }
    // The largest share of a compacted log that is dirty, 0 to 1.
    double dirty_ratio_max();

  private:
    struct due_log {
        partition_ref target;
        double dirty_ratio = -1;
    };

    io::task<void> run();
    // visit(partition, need) for each compacted log.
    template <class Visit>
    void for_each_compacted(Visit visit);
    due_log dirtiest();
    enum class outcome : std::uint8_t { goes_on, done, failed };
    // One pass; true when it came to its end.
    io::task<bool> clean(partition_ref target);
    io::task<outcome> step(partition& target, log::cleaning::cleaning_pass& pass);
    io::task<void> slow_down(io::time_point begun, const log::cleaning::cleaning_counts& counts);
    void give_up(partition& target, const io::disk_error& why);
    bool may_go_on(const partition& target) const;

    io::shard& home_;
    io::disk& disk_;
    replica_manager& replicas_;
    io::blocking_thread& thread_;
    cleaner_options options_;
    checkpoint_writer checkpoint_;
    bool stopping_ = false;
    std::set<std::pair<topic_id, partition_index>> uncleanable_;
    cleaner_counters counters_;
    io::condition woken_;
    io::task_group tasks_;
};

}  // namespace weir::broker::replication
