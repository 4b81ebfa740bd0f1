// task_setup: what one run of a task is made of. Shared by value: a run that is given up goes on
// using it when the worker is gone.
#pragma once

#include <memory>

#include "connect/kafka/client.hpp"
#include "connect/pipeline/pipeline.hpp"
#include "connect/worker/run_control.hpp"
#include "connect/worker/task_metrics.hpp"
#include "connect/worker/worker_options.hpp"

namespace weir::connect::worker {

struct task_setup {
    std::shared_ptr<const worker_options> options;
    std::shared_ptr<const pipeline::component> component;
    const weir_connector* connector = nullptr;
    std::int32_t task = 0;
    std::shared_ptr<task_metrics> metrics;
    std::shared_ptr<run_control> control;
};

// "source.applog-0": in log lines, client ids and thread names.
std::string task_name(const task_setup& of);
// The cluster, the settings of the user and a log; what the caller adds comes later and wins.
kafka::client_options client_options_of(const task_setup& of, const std::string& purpose);

run_end run_source(const task_setup& setup);
run_end run_sink(const task_setup& setup);

}  // namespace weir::connect::worker
