#include "cli/tools/entities/resources.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "broker/controller/core/controller_core.hpp"
#include "broker/protocol/messages/incremental_alter_configs_request.hpp"
#include "broker/protocol/messages/incremental_alter_configs_response.hpp"
#include "broker/protocol/messages/list_config_resources_request.hpp"
#include "broker/protocol/messages/list_config_resources_response.hpp"
#include "cli/tools/cluster_queries.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/scala_set.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::entities {
namespace {

using broker::error_code;
using broker::protocol::incremental_alter_configs_request;
using broker::protocol::incremental_alter_configs_response;
using broker::protocol::list_config_resources_request;
using broker::protocol::list_config_resources_response;

// A type of entity: its resources, and the source of what was set on one of them.
struct kind {
    std::string_view type;
    resource_kind resource;
    std::int8_t source;  // 0: every source counts
};
constexpr kind kinds[] = {
    {"topics", resource_kind::topic, 1},
    {"brokers", resource_kind::broker, 2},
    {"broker-loggers", resource_kind::broker_logger, 0},
    {"client-metrics", resource_kind::client_metrics, 7},
    {"groups", resource_kind::group, 8},
};
constexpr std::int8_t default_broker_source = 3;

constexpr std::string_view sources[] = {
    "UNKNOWN",
    "DYNAMIC_TOPIC_CONFIG",
    "DYNAMIC_BROKER_CONFIG",
    "DYNAMIC_DEFAULT_BROKER_CONFIG",
    "STATIC_BROKER_CONFIG",
    "DEFAULT_CONFIG",
    "DYNAMIC_BROKER_LOGGER_CONFIG",
    "DYNAMIC_CLIENT_METRICS_CONFIG",
    "DYNAMIC_GROUP_CONFIG",
};

const kind& kind_of(const entities& named) {
    return *std::ranges::find(kinds, named.type(), &kind::type);
}

std::string_view source_name(std::int8_t source) {
    const auto index = static_cast<std::size_t>(source);
    return index < std::size(sources) ? sources[index] : sources[0];
}

// What the Admin client answers with is what its future fails with.
template <class T>
tool_result<T> awaited(tool_result<T> result) {
    if (result) return result;
    return std::unexpected(in_future(result.error()));
}

bool is_timeout(const tool_error& error) {
    return error.exception == error_of(error_code::request_timed_out).exception;
}

tool_result<std::vector<std::string>> resources_with_configs(admin_client& client,
                                                             resource_kind of) {
    list_config_resources_request request;
    request.resource_types = {static_cast<std::int8_t>(of)};
    // Version 0 knows only client metrics.
    const bool old = of == resource_kind::client_metrics;
    const auto reply = client.call<list_config_resources_response>(
        request, {.call_name = "listConfigResources",
                  .versions = {.min = static_cast<std::int16_t>(old ? 0 : 1)}});
    if (!reply) return std::unexpected(reply.error());
    if ((*reply)->error_code != error_code::none) {
        return std::unexpected(error_of((*reply)->error_code));
    }
    std::vector<std::string> names;
    for (const auto& each : (*reply)->config_resources)
        names.push_back(each.resource_name);
    return names;
}

tool_result<std::vector<std::string>> all_topics(admin_client& client) {
    const auto topics = list_topics(client);
    if (!topics) return std::unexpected(topics.error());
    std::vector<std::string> names;
    for (const auto& each : *topics)
        names.push_back(each.name);
    java::sort_as_hash_map(names, [](const std::string& each) { return java::hash_of(each); });
    return names;
}

tool_result<std::vector<std::string>> all_brokers(admin_client& client) {
    const auto cluster = client.cluster();
    if (!cluster) return std::unexpected(cluster.error());
    std::vector<std::string> names;
    for (const auto& each : cluster->nodes)
        names.push_back(fmt::format("{}", each.id));
    return names;
}

// Groups that exist, and those that only have a configuration. A broker that cannot tell of the
// latter is none the worse.
tool_result<std::vector<std::string>> all_groups(admin_client& client) {
    const auto groups = list_groups(client);
    if (!groups) return std::unexpected(groups.error());
    std::vector<std::string> names;
    for (const auto& each : *groups)
        names.push_back(each.id);
    const auto configured = resources_with_configs(client, resource_kind::group);
    if (!configured && !is_unsupported_version(configured.error())) {
        return std::unexpected(configured.error());
    }
    for (const auto& each : configured.value_or(std::vector<std::string>{})) {
        if (std::ranges::find(names, each) == names.end()) names.push_back(each);
    }
    java::sort_as_scala_set(names);
    return names;
}

tool_result<std::vector<std::string>> all_names(admin_client& client, const entities& named) {
    switch (kind_of(named).resource) {
        case resource_kind::topic:
            return all_topics(client);
        case resource_kind::broker:
        case resource_kind::broker_logger:
            return all_brokers(client);
        case resource_kind::client_metrics:
            return resources_with_configs(client, resource_kind::client_metrics);
        case resource_kind::group:
            return all_groups(client);
    }
    return std::vector<std::string>{};
}

tool_result<void> check_topic_name(const entities& named, const std::string& name) {
    if (named.type() != "topics" || name.empty()) return {};
    const auto reason = broker::controller::invalid_topic_name(name);
    if (!reason) return {};
    return std::unexpected(client_error("InvalidTopicException", *reason));
}

// Whether there is anything to tell about an entity; a group may have a configuration before it
// exists, so where the broker does not list those, any name will do.
tool_result<bool> is_there(admin_client& client, const entities& named, const std::string& name) {
    if (named.type() == "brokers" && name.empty()) return true;
    const auto names = all_names(client, named);
    if (!names) return std::unexpected(names.error());
    if (std::ranges::find(*names, name) != names->end()) return true;
    if (named.type() != "groups") return false;
    const auto configured = resources_with_configs(client, resource_kind::group);
    return !configured;
}

tool_result<void> print(admin_client& client, const entities& named, const std::string& name,
                        bool all) {
    if (name.empty()) {
        fmt::print("Default configs for {} in the cluster are:\n", named.type());
    } else {
        fmt::print("{} configs for {} {} are:\n", all ? "All" : "Dynamic", named.singular(), name);
    }
    if (auto checked = check_topic_name(named, name); !checked) return checked;
    const auto& kind = kind_of(named);
    const bool of_default = kind.resource == resource_kind::broker && name.empty();
    const auto source = of_default ? default_broker_source : kind.source;
    auto found = describe_configs(client, {{.kind = kind.resource, .name = name}}, true);
    if (!found && is_timeout(found.error())) {
        // Kafka's tool loses patience before its client does.
        return std::unexpected(
            tool_error{.exception = "java.util.concurrent.TimeoutException", .message = ""});
    }
    if (!found) return std::unexpected(in_future(found.error()));
    if (found->empty()) return {};
    auto& entries = found->front().configs;
    std::ranges::sort(entries, {}, &described_configs_entry::name);
    for (const auto& each : entries) {
        if (!all && source != 0 && each.config_source != source) continue;
        std::vector<std::string> synonyms;
        for (const auto& synonym : each.synonyms) {
            synonyms.push_back(fmt::format("{}:{}={}", source_name(synonym.source), synonym.name,
                                           synonym.value.value_or("null")));
        }
        fmt::print("  {}={} sensitive={} synonyms={{{}}}\n", each.name, each.value.value_or("null"),
                   each.is_sensitive, fmt::join(synonyms, ", "));
    }
    return {};
}

// Loggers that are to be changed must be there.
tool_result<void> check_loggers(admin_client& client, const std::string& broker,
                                const changes& wanted) {
    const auto found =
        describe_configs(client, {{.kind = resource_kind::broker_logger, .name = broker}}, true);
    if (!found) return std::unexpected(in_future(found.error()));
    std::vector<std::string> absent;
    const auto check = [&](const std::string& name) {
        const bool there = !found->empty() && std::ranges::find(found->front().configs, name,
                                                                &described_configs_entry::name) !=
                                                  found->front().configs.end();
        if (!there) absent.push_back(name);
    };
    for (const auto& name : wanted.remove)
        check(name);
    for (const auto& [name, value] : wanted.add)
        check(name);
    if (absent.empty()) return {};
    return std::unexpected(
        client_error("InvalidConfigurationException",
                     fmt::format("Invalid broker logger(s): {}", fmt::join(absent, ","))));
}

}  // namespace

tool_result<void> describe_resources(admin_client& client, const entities& named, bool all) {
    std::vector<std::string> names = named.names;
    if (names.empty()) {
        auto found = awaited(all_names(client, named));
        if (!found) return std::unexpected(found.error());
        names = std::move(*found);
        if (named.type() == "brokers") names.emplace_back();
    } else if (!all) {
        const auto& name = names.front();
        if (auto checked = check_topic_name(named, name); !checked) return checked;
        const auto there = awaited(is_there(client, named, name));
        if (!there) return std::unexpected(there.error());
        if (!*there) {
            fmt::print("The {} '{}' doesn't exist and doesn't have dynamic config.\n",
                       named.singular(), name);
            return {};
        }
    }
    for (const auto& name : names) {
        if (auto printed = print(client, named, name, all); !printed) return printed;
    }
    return {};
}

tool_result<void> alter_resource(admin_client& client, const entities& named,
                                 const changes& wanted) {
    enum class operation : std::int8_t { set = 0, remove = 1 };
    const auto& kind = kind_of(named);
    const auto& name = named.names.front();
    if (kind.resource == resource_kind::broker_logger) {
        if (auto checked = check_loggers(client, name, wanted); !checked) return checked;
    }
    incremental_alter_configs_request request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = static_cast<std::int8_t>(kind.resource);
    resource.resource_name = name;
    for (const auto& [key, value] : wanted.add)
        resource.configs.push_back({.name = key,
                                    .config_operation = static_cast<std::int8_t>(operation::set),
                                    .value = value});
    for (const auto& key : wanted.remove)
        resource.configs.push_back({.name = key,
                                    .config_operation = static_cast<std::int8_t>(operation::remove),
                                    .value = ""});
    destination to{.call_name = "incrementalAlterConfigs"};
    const bool of_broker =
        kind.resource == resource_kind::broker || kind.resource == resource_kind::broker_logger;
    if (of_broker && !name.empty()) to.node = broker::node_id(java::parse_int(name).value_or(-1));
    const auto reply = client.call<incremental_alter_configs_response>(request, to);
    if (!reply && is_unsupported_version(reply.error())) {
        return std::unexpected(error_of(
            error_code::unsupported_version,
            "The INCREMENTAL_ALTER_CONFIGS API is not supported by the cluster. The API is "
            "supported starting from version 2.3.0. You may want to use an older version of this "
            "tool to interact with your cluster, or upgrade your brokers to version 2.3.0 or newer "
            "to avoid this error."));
    }
    if (!reply) return std::unexpected(in_future(reply.error()));
    for (const auto& each : (*reply)->responses) {
        if (each.error_code == error_code::none) continue;
        return std::unexpected(in_future(error_of(each.error_code, each.error_message)));
    }
    return {};
}

}  // namespace weir::cli::tools::entities
