// What the pages of a running pipeline show and do. Called on the server's thread.
#include <fmt/format.h>

#include <algorithm>

#include "cli/pipeline/running.hpp"

namespace weir::cli {
namespace {

using connect::http::action_error;
using connect::http::action_result;
using connect::http::connector_action;
using connect::http::connector_view;
using connect::http::task_view;
using connect::pipeline::component;
using connect::pipeline::component_kind;
using connect::worker::component_id;
using connect::worker::component_status;

constexpr std::string_view version = "0.1.0";

// As Connect shows a configuration: one pair a key.
connect::http::text_pairs config_of(const component& of) {
    connect::http::text_pairs out = {{"name", of.name}, {"type", of.type}};
    if (of.kind == component_kind::source && !of.topic.empty()) out.emplace_back("topic", of.topic);
    if (of.kind == component_kind::sink) {
        out.emplace_back("topics", fmt::format("{}", fmt::join(of.from, ",")));
        out.emplace_back("tasks.max", std::to_string(of.tasks));
    }
    if (!of.errors.dead_letter_topic.empty()) {
        out.emplace_back("errors.deadletterqueue.topic.name", of.errors.dead_letter_topic);
    }
    for (auto& each : of.settings.shown())
        out.push_back(std::move(each));
    return out;
}

action_result result_of(const connect::worker::worker::outcome& done) {
    if (done) return std::nullopt;
    return action_error{.message = done.error()};
}

}  // namespace

connect::http::runtime running_pipeline::pages() {
    connect::http::runtime out;
    out.worker = [this] {
        return connect::http::worker_view{
            .version = std::string(version),
            .commit = {},
            .kafka_cluster_id = node_ != nullptr ? node_->cluster_id() : std::string()};
    };
    out.health = [] {
        return connect::http::health_view{.state = connect::http::health_state::healthy,
                                          .message = {}};
    };
    out.connectors = [this] { return views(); };
    out.plugins = [this] {
        const std::lock_guard lock(mutex_);
        return current_.plugins;
    };
    out.metrics.push_back([this] { return worker_->metrics(); });
    if (node_ != nullptr) out.metrics.push_back([this] { return node_->metrics(); });
    out.act = [this](const std::string& name, connector_action what,
                     connect::http::restart_options how) { return act(name, what, how); };
    out.restart_task = [this](const std::string& name, int task) -> action_result {
        const auto id = find(name);
        if (!id) return action_error{.status = 404, .message = "there is no such connector"};
        return result_of(worker_->restart_task(*id, task));
    };
    return out;
}

std::vector<connector_view> running_pipeline::views() const {
    const auto statuses = worker_->status();
    const std::lock_guard lock(mutex_);
    std::vector<connector_view> out;
    for (const auto& each : current_.what.components) {
        const auto found = std::ranges::find_if(statuses, [&](const auto& status) {
            return status.id.kind == each.kind && status.id.name == each.name;
        });
        out.push_back(view_of(each, found == statuses.end() ? nullptr : &*found));
    }
    return out;
}

connector_view running_pipeline::view_of(const component& of,
                                         const component_status* status) const {
    connector_view out;
    out.name = of.name;
    out.type = of.kind == component_kind::source ? "source" : "sink";
    out.worker_id = current_.what.http;
    out.config = config_of(of);
    if (status == nullptr) return out;
    out.state = connect::worker::core::state_name(status->state);
    for (const auto& each : status->tasks) {
        task_view task;
        task.id = each.task;
        task.state = connect::worker::core::state_name(each.state);
        task.worker_id = out.worker_id;
        // A connector's reason may have anything in it.
        task.trace = weir::config::without_secrets(each.reason, current_.secrets);
        task.config = out.config;
        out.tasks.push_back(std::move(task));
    }
    return out;
}

std::optional<component_id> running_pipeline::find(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    for (const auto& each : current_.what.components) {
        if (each.name == name) return component_id{.kind = each.kind, .name = name};
    }
    return std::nullopt;
}

action_result running_pipeline::act(const std::string& name, connector_action what,
                                    connect::http::restart_options how) {
    const auto id = find(name);
    if (!id) return action_error{.status = 404, .message = "there is no such connector"};
    switch (what) {
        case connector_action::pause:
            return result_of(worker_->pause(*id));
        case connector_action::resume:
            return result_of(worker_->resume(*id));
        case connector_action::stop:
            return result_of(worker_->stop(*id));
        case connector_action::restart:
            return result_of(worker_->restart(*id, how.only_failed));
    }
    return std::nullopt;
}

}  // namespace weir::cli
