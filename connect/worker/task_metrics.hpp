// task_metrics: the counters of one task over all of its runs, and the samples of its connector.
// Written by the task's thread, read by anyone.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "connect/abi/plugin.h"
#include "connect/errors/error_counts.hpp"

namespace weir::connect::worker {

using counter = std::atomic<std::uint64_t>;

// One writer: no need for an atomic addition.
inline void add(counter& to, std::uint64_t count = 1) {
    to.store(to.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

struct partition_lag {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t lag = 0;
};

class task_metrics {
  public:
    // A source: polled, written; a sink: read, sent.
    counter records_in{0};
    counter records_out{0};
    counter records_active{0};  // of a source: not yet committed
    counter batches{0};
    counter batch_us{0};  // time in poll() or put()
    counter batch_us_max{0};
    counter batch_size_max{0};
    counter commits{0};
    counter commit_failures{0};
    counter commit_us{0};
    counter partitions{0};
    counter startups{0};  // of its connector's task
    counter startup_failures{0};
    counter running_us{0};
    counter paused_us{0};
    errors::error_counts errors;

    // A sample of the connector; beyond 10,000 of them, those that are not known yet are ignored.
    void set_sample(const weir_metric& sample);
    void clear_samples();
    // With these labels added.
    void add_samples(const base::metric_labels& labels,
                     std::map<std::string, base::metric_family>& into) const;

    void set_lags(std::vector<partition_lag> lags);
    std::vector<partition_lag> lags() const;

  private:
    struct sample {
        bool is_counter = false;
        std::string help;
        double value = 0;
    };
    using sample_key = std::pair<std::string, base::metric_labels>;

    mutable std::mutex mutex_;
    std::map<sample_key, sample> samples_;
    std::vector<partition_lag> lags_;
};

}  // namespace weir::connect::worker
