// runtime: what the REST interface shows and does, as functions that the program gives. It knows
// neither the worker nor the broker. The functions are called on the server's thread and answer
// from memory; secrets are not among what they give (component_settings::shown()).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "connect/http/message.hpp"

namespace weir::connect::http {

struct worker_view {
    std::string version;
    std::string commit;
    std::string kafka_cluster_id;
};

// Kafka's GET /health: whether the worker itself gets on. A task that failed does not make it
// unhealthy: GET /connectors/{c}/status tells of those.
enum class health_state : std::uint8_t { starting, healthy, unhealthy };
struct health_view {
    health_state state = health_state::starting;
    std::string message;  // empty: Kafka's words
};

struct task_view {
    int id = 0;
    std::string state = "UNASSIGNED";  // Connect's: RUNNING, PAUSED, FAILED, RESTARTING ...
    std::string worker_id;
    std::string trace;  // why it failed; empty: it has not
    text_pairs config;  // secrets hidden
};

struct connector_view {
    std::string name;
    std::string type = "source";  // or "sink"
    std::string state = "UNASSIGNED";
    std::string worker_id;
    std::string trace;
    text_pairs config;  // secrets hidden
    std::vector<task_view> tasks;
};

struct plugin_view {
    std::string name;  // the `type` of pipeline files
    std::string type;  // "source" or "sink"
    std::string version;
};

enum class connector_action : std::uint8_t { pause, resume, stop, restart };
struct restart_options {
    bool include_tasks = false;
    bool only_failed = false;
};

// What became of an action: nothing when it was taken on, or why not.
struct action_error {
    int status = 409;
    std::string message;
};
using action_result = std::optional<action_error>;

struct runtime {
    std::function<worker_view()> worker;
    std::function<health_view()> health;
    std::function<std::vector<connector_view>()> connectors;
    std::function<std::vector<plugin_view>()> plugins;
    // Families of one name must come from one of them.
    std::vector<std::function<std::vector<base::metric_family>()>> metrics;
    // Called for connectors and tasks that connectors() has.
    std::function<action_result(const std::string& connector, connector_action, restart_options)>
        act;
    std::function<action_result(const std::string& connector, int task)> restart_task;
};

}  // namespace weir::connect::http
