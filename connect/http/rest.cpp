#include "connect/http/rest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "connect/http/rest_json.hpp"

namespace weir::connect::http {
namespace {

using shared_runtime = std::shared_ptr<const runtime>;

response json_response(std::string body, int status = 200) {
    return {.status = status, .body = std::move(body)};
}

response empty_response(int status) {
    return {.status = status, .content_type = ""};
}

std::vector<connector_view> connectors_of(const runtime& from) {
    return from.connectors ? from.connectors() : std::vector<connector_view>{};
}

std::optional<connector_view> find_connector(const runtime& from, const std::string& name) {
    auto all = connectors_of(from);
    const auto found = std::ranges::find(all, name, &connector_view::name);
    if (found == all.end()) return std::nullopt;
    return std::move(*found);
}

const task_view* find_task(const connector_view& in, const std::string& text) {
    int number = -1;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return nullptr;
    const auto found = std::ranges::find(in.tasks, number, &task_view::id);
    return found == in.tasks.end() ? nullptr : &*found;
}

// What concerns one connector: its name is the first parameter; `missing` is Connect's sentence
// about one that is not there.
using connector_handler = response (*)(const connector_view&, const request&);
handler of_connector(const shared_runtime& from, std::string_view missing,
                     connector_handler answer) {
    return [from, missing, answer](const request& asked) {
        const auto& name = asked.parameters.front();
        const auto found = find_connector(*from, name);
        if (found) return answer(*found, asked);
        return error_response(404, fmt::format(fmt::runtime(missing), name));
    };
}

response answer_health(const runtime& from) {
    auto health = from.health ? from.health() : health_view{.state = health_state::healthy};
    // The words and the codes are those of Kafka's workers.
    int status = 500;
    const char* words =
        "Worker was unable to handle this request and may be unable to handle other requests.";
    if (health.state == health_state::healthy) {
        status = 200;
        words = "Worker has completed startup and is ready to handle requests.";
    } else if (health.state == health_state::starting) {
        status = 503;
        words = "Worker is still starting up.";
    }
    if (health.message.empty()) health.message = words;
    return json_response(json_of(health.state, health.message), status);
}

response answer_metrics(const runtime& from) {
    std::vector<base::metric_family> all;
    for (const auto& each : from.metrics) {
        auto some = each();
        std::ranges::move(some, std::back_inserter(all));
    }
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = base::metrics_page(all)};
}

response answer_plugins(const runtime& from) {
    return json_response(json_of(from.plugins ? from.plugins() : std::vector<plugin_view>{}));
}

handler action(const shared_runtime& from, connector_action what, int status) {
    return [from, what, status](const request& asked) {
        const auto& name = asked.parameters.front();
        if (!find_connector(*from, name)) {
            return error_response(404, fmt::format("Unknown connector {}", name));
        }
        if (!from->act) return error_response(501, "This worker does not take orders.");
        const restart_options how{.include_tasks = asked.asks("includeTasks", "true"),
                                  .only_failed = asked.asks("onlyFailed", "true")};
        if (const auto failed = from->act(name, what, how)) {
            return error_response(failed->status, failed->message);
        }
        if (what != connector_action::restart || (!how.include_tasks && !how.only_failed)) {
            return empty_response(status);
        }
        const auto after = find_connector(*from, name);
        return after ? json_response(status_json(*after), 202) : empty_response(202);
    };
}

response restart_task(const runtime& from, const request& asked) {
    const auto& name = asked.parameters[0];
    const auto found = find_connector(from, name);
    if (!found) return error_response(404, fmt::format("Unknown connector: {}", name));
    const auto* task = find_task(*found, asked.parameters[1]);
    if (task == nullptr) {
        return error_response(404, fmt::format("Unknown task: {}-{}", name, asked.parameters[1]));
    }
    if (!from.restart_task) return error_response(501, "This worker does not take orders.");
    if (const auto failed = from.restart_task(name, task->id)) {
        return error_response(failed->status, failed->message);
    }
    return empty_response(204);
}

response only_in_file(const request&) {
    return error_response(405,
                          "Connectors are made, changed and deleted in the pipeline file that "
                          "`weir run` was started with, not over REST.");
}

response answer_task_status(const connector_view& which, const request& asked) {
    const auto* task = find_task(which, asked.parameters[1]);
    if (task != nullptr) return json_response(status_json(*task));
    return error_response(
        404, fmt::format("No status found for task {}-{}", which.name, asked.parameters[1]));
}

void add_views(std::vector<route>& out, const shared_runtime& from) {
    constexpr std::string_view missing = "Connector {} not found";
    constexpr std::string_view no_status = "No status found for connector {}";
    out.push_back({"GET", "/", [from](const request&) {
                       return json_response(json_of(from->worker ? from->worker() : worker_view{}));
                   }});
    out.push_back({"GET", "/health", [from](const request&) { return answer_health(*from); }});
    out.push_back({"GET", "/metrics", [from](const request&) { return answer_metrics(*from); }});
    out.push_back({"GET", "/connectors", [from](const request& asked) {
                       const expansion expand{.status = asked.asks("expand", "status"),
                                              .info = asked.asks("expand", "info")};
                       return json_response(json_of(connectors_of(*from), expand));
                   }});
    out.push_back({"GET", "/connectors/{connector}",
                   of_connector(from, missing, [](const connector_view& which, const request&) {
                       return json_response(info_json(which));
                   })});
    out.push_back({"GET", "/connectors/{connector}/config",
                   of_connector(from, missing, [](const connector_view& which, const request&) {
                       return json_response(config_json(which.config));
                   })});
    out.push_back({"GET", "/connectors/{connector}/status",
                   of_connector(from, no_status, [](const connector_view& which, const request&) {
                       return json_response(status_json(which));
                   })});
    out.push_back({"GET", "/connectors/{connector}/tasks",
                   of_connector(from, missing, [](const connector_view& which, const request&) {
                       return json_response(tasks_json(which));
                   })});
    out.push_back({"GET", "/connectors/{connector}/tasks/{task}/status",
                   of_connector(from, no_status, answer_task_status)});
    out.push_back(
        {"GET", "/connector-plugins", [from](const request&) { return answer_plugins(*from); }});
}

void add_actions(std::vector<route>& out, const shared_runtime& from) {
    using enum connector_action;
    out.push_back({"PUT", "/connectors/{connector}/pause", action(from, pause, 202)});
    out.push_back({"PUT", "/connectors/{connector}/resume", action(from, resume, 202)});
    out.push_back({"PUT", "/connectors/{connector}/stop", action(from, stop, 204)});
    out.push_back({"POST", "/connectors/{connector}/restart", action(from, restart, 204)});
    out.push_back({"POST", "/connectors/{connector}/tasks/{task}/restart",
                   [from](const request& asked) { return restart_task(*from, asked); }});
    out.push_back({"POST", "/connectors", only_in_file});
    out.push_back({"DELETE", "/connectors/{connector}", only_in_file});
    out.push_back({"PUT", "/connectors/{connector}/config", only_in_file});
    out.push_back({"PATCH", "/connectors/{connector}/config", only_in_file});
}

}  // namespace

std::vector<route> rest_routes(runtime from) {
    const auto shared = std::make_shared<const runtime>(std::move(from));
    std::vector<route> out;
    add_views(out, shared);
    add_actions(out, shared);
    return out;
}

}  // namespace weir::connect::http
