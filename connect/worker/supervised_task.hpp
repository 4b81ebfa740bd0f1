// supervised_task: a task as the worker sees it over all of its runs. Guarded by the worker's
// mutex.
#pragma once

#include "connect/worker/core/supervision.hpp"
#include "connect/worker/task_setup.hpp"
#include "connect/worker/worker.hpp"

namespace weir::connect::worker {

struct supervised_task {
    explicit supervised_task(task_setup of)
        : setup(std::move(of)),
          supervision({.backoff_min_ms = setup.options->restart_backoff_min.count(),
                       .backoff_max_ms = setup.options->restart_backoff_max.count(),
                       .end_timeout_ms = setup.options->stop_timeout.count()}) {}

    task_setup setup;  // without a control
    core::supervision supervision;
    std::shared_ptr<run_control> control;  // of the last run
    std::thread thread;                    // of it; left to itself when it is given up

    task_setup setup_of_run() const {
        auto out = setup;
        out.control = control;
        return out;
    }
    std::optional<core::time_ms> deadline() const { return supervision.deadline(); }

    task_status status() const {
        task_status out{.task = setup.task,
                        .state = supervision.state(),
                        .reason = supervision.reason(),
                        .records_in = setup.metrics->records_in,
                        .records_out = setup.metrics->records_out};
        if (out.reason.empty() && control && supervision.is_present()) {
            out.reason = control->trouble();
        }
        return out;
    }
};

}  // namespace weir::connect::worker
