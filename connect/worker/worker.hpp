// worker: runs the components of a pipeline: a thread for each task, supervised, with what /metrics
// and the REST API want to know of them. Knows the cluster as a Kafka client does.
//
// All functions may be called from any thread. A component is named by its kind and name.
//
// Connectors are told when a component is there for the first time, has changed, or has left the
// file (created, updated, deleted): the first two before the component's first task begins, tried
// again with it until they succeed; what they were told is remembered in data_dir/components.json.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "connect/pipeline/pipeline.hpp"
#include "connect/worker/core/supervision.hpp"
#include "connect/worker/worker_options.hpp"

namespace weir::connect::worker {

using core::task_state;

struct component_id {
    pipeline::component_kind kind = pipeline::component_kind::source;
    std::string name;

    auto operator<=>(const component_id&) const = default;
};

struct task_status {
    std::int32_t task = 0;
    task_state state = task_state::unassigned;
    // Why it is FAILED or RESTARTING, or what it has trouble with while it is RUNNING.
    std::string reason;
    std::uint64_t records_in = 0;   // polled, read
    std::uint64_t records_out = 0;  // written, sent
};

struct component_status {
    component_id id;
    std::string type;
    task_state state = task_state::unassigned;  // what was asked for: RUNNING, PAUSED, STOPPED
    std::vector<task_status> tasks;
};

// One that connectors were told of.
struct seen_id {
    component_id id;
    std::string type;
};

class worker {
  public:
    // The error: the memory of components cannot be read.
    static std::expected<std::unique_ptr<worker>, std::string> create(worker_options options);
    // Stops everything.
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    using outcome = std::expected<void, std::string>;

    // Starts a component; its connector outlives the worker. An error: it is there already, or its
    // connector is of another kind.
    outcome start(pipeline::component what, const weir_connector* connector);
    // Stops it, waits for that, and starts it as it is now.
    outcome update(pipeline::component what, const weir_connector* connector);
    // Stops it and waits, at most as long as a connector may take; the worker forgets it, its
    // positions and the connector's memory stay.
    outcome forget(const component_id& which);
    // Forgets it and tells its connector that it is gone. It need not be there: one that left the
    // file while nothing ran (see seen()) is named with its connector. Blocks as the hook does.
    outcome remove(const component_id& which, const weir_connector* connector);
    // Components that connectors were told of, started or not.
    std::vector<seen_id> seen() const;

    // As Connect's REST; each returns at once, status() tells when it is done.
    outcome pause(const component_id& which);
    outcome resume(const component_id& which);
    outcome stop(const component_id& which);
    outcome restart(const component_id& which, bool only_failed = false);
    outcome restart_task(const component_id& which, std::int32_t task);

    // Stops all, waits until all have ended or were given up.
    void stop_all();

    std::vector<component_status> status() const;
    // kafka_connect_* and the samples of the connectors.
    std::vector<base::metric_family> metrics() const;

  private:
    struct state;
    explicit worker(std::shared_ptr<state> state);
    std::shared_ptr<state> state_;
};

}  // namespace weir::connect::worker
