// metrics: the tasks of a worker as metric families, under the names that dashboards for Kafka
// Connect query.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.hpp"
#include "connect/worker/task_metrics.hpp"

namespace weir::connect::worker {

struct metered_task {
    std::int32_t task = 0;
    std::string_view status;
    std::shared_ptr<const task_metrics> metrics;
};

struct metered_component {
    std::string name;
    bool source = false;
    std::string_view status;
    std::vector<metered_task> tasks;
};

// Reads the counters; thread safe. Statuses are "RUNNING"; their labels "running", as exporters
// write them.
std::vector<base::metric_family> metric_families(const std::vector<metered_component>& all);

}  // namespace weir::connect::worker
