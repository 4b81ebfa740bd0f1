#include "connect/http/rest_json.hpp"

#include <nlohmann/json.hpp>

namespace weir::connect::http {
namespace {

using json = nlohmann::ordered_json;

// Bytes that are not UTF-8 become U+FFFD: names and messages may hold anything.
std::string text_of(const json& what) {
    return what.dump(-1, ' ', false, json::error_handler_t::replace);
}

json to_json(const text_pairs& what) {
    auto out = json::object();
    for (const auto& [name, value] : what)
        out[name] = value;
    return out;
}

json to_json(const task_view& what) {
    json out{{"id", what.id}, {"state", what.state}, {"worker_id", what.worker_id}};
    if (!what.trace.empty()) out["trace"] = what.trace;
    return out;
}

json to_status(const connector_view& what) {
    json connector{{"state", what.state}, {"worker_id", what.worker_id}};
    if (!what.trace.empty()) connector["trace"] = what.trace;
    auto tasks = json::array();
    for (const auto& each : what.tasks)
        tasks.push_back(to_json(each));
    return {{"name", what.name}, {"connector", connector}, {"tasks", tasks}, {"type", what.type}};
}

json to_info(const connector_view& what) {
    auto tasks = json::array();
    for (const auto& each : what.tasks)
        tasks.push_back({{"connector", what.name}, {"task", each.id}});
    return {{"name", what.name},
            {"config", to_json(what.config)},
            {"tasks", tasks},
            {"type", what.type}};
}

}  // namespace

std::string json_of(const worker_view& what) {
    return text_of({{"version", what.version},
                    {"commit", what.commit},
                    {"kafka_cluster_id", what.kafka_cluster_id}});
}

std::string json_of(health_state state, const std::string& message) {
    const char* name = "unhealthy";
    if (state == health_state::healthy) name = "healthy";
    if (state == health_state::starting) name = "starting";
    return text_of({{"status", name}, {"message", message}});
}

std::string json_of(const std::vector<connector_view>& what, expansion expand) {
    const bool expanded = expand.status || expand.info;
    auto out = expanded ? json::object() : json::array();
    for (const auto& each : what) {
        if (!expanded) {
            out.push_back(each.name);
            continue;
        }
        auto shown = json::object();
        if (expand.status) shown["status"] = to_status(each);
        if (expand.info) shown["info"] = to_info(each);
        out[each.name] = std::move(shown);
    }
    return text_of(out);
}

std::string json_of(const std::vector<plugin_view>& what) {
    auto out = json::array();
    for (const auto& each : what)
        out.push_back({{"class", each.name}, {"type", each.type}, {"version", each.version}});
    return text_of(out);
}

std::string info_json(const connector_view& what) {
    return text_of(to_info(what));
}

std::string config_json(const text_pairs& what) {
    return text_of(to_json(what));
}

std::string status_json(const connector_view& what) {
    return text_of(to_status(what));
}

std::string tasks_json(const connector_view& what) {
    auto out = json::array();
    for (const auto& each : what.tasks) {
        out.push_back({{"id", {{"connector", what.name}, {"task", each.id}}},
                       {"config", to_json(each.config)}});
    }
    return text_of(out);
}

std::string status_json(const task_view& what) {
    return text_of(to_json(what));
}

}  // namespace weir::connect::http
