// IncrementalAlterConfigs (key 44, KIP-339): sets, deletes, appends to or subtracts from options of
// topics, groups and brokers. A resource is changed as a whole or not at all.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "broker/api/describe_config.hpp"
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/incremental_alter_configs_request.hpp"
#include "broker/protocol/messages/incremental_alter_configs_response.hpp"
#include "config/group_config.hpp"

namespace weir::broker::api {
namespace {

using alter_resource = protocol::incremental_alter_configs_request::alter_configs_resource;
using controller::config_change;
using controller::failure;
using controller::resource_type;

enum class operation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

std::unexpected<failure> refuse(error_code code, std::string message) {
    return std::unexpected(failure{.code = code, .message = std::move(message)});
}

std::vector<std::string> items_of(const std::string& list) {
    std::vector<std::string> items;
    std::size_t at = 0;
    while (at < list.size()) {
        const auto comma = std::min(list.find(',', at), list.size());
        if (comma > at) items.push_back(list.substr(at, comma - at));
        at = comma + 1;
    }
    return items;
}

std::string joined(const std::vector<std::string>& items) {
    std::string list;
    for (const auto& each : items)
        list += (list.empty() ? "" : ",") + each;
    return list;
}

std::string edited(const std::string& current, const std::string& value, operation how) {
    auto items = items_of(current);
    for (const auto& each : items_of(value)) {
        std::erase(items, each);
        if (how == operation::append) items.push_back(each);
    }
    return joined(items);
}

std::span<const config::option> options_of(resource_type type) {
    if (type == resource_type::topic) return config::topic_options();
    return type == resource_type::group ? config::group_options() : config::broker_options();
}

// The option's value now: what APPEND and SUBTRACT start from.
std::string current_value(const services& node, const controller::config_resource& resource,
                          const config::option& of) {
    const auto layers = layers_of(node);
    if (resource.type == resource_type::broker) {
        return config::describe_broker_option(of, layers).value.value_or("");
    }
    const auto& own = node.image().configs(resource);
    const auto described = resource.type == resource_type::topic
                               ? config::describe_topic_option(of, own, layers)
                               : config::describe_group_option(of, own, layers);
    return described.value.value_or("");
}

std::expected<void, failure> check_resource(const services& node,
                                            const controller::config_resource& resource) {
    if (resource.type == resource_type::topic) {
        if (resource.name.empty()) {
            return refuse(error_code::invalid_request, "Default topic resources are not allowed.");
        }
        if (node.image().topic(resource.name)) return {};
        if (auto reason = controller::invalid_topic_name(resource.name)) {
            return refuse(error_code::invalid_topic_exception, std::move(*reason));
        }
        return refuse(error_code::unknown_topic_or_partition,
                      "The topic '" + resource.name + "' does not exist.");
    }
    if (resource.type == resource_type::group) {
        if (!resource.name.empty()) return {};
        return refuse(error_code::invalid_request, "Default group resources are not allowed.");
    }
    if (resource.type != resource_type::broker) {
        return refuse(error_code::invalid_request,
                      "Unknown resource type " + std::to_string(static_cast<int>(resource.type)));
    }
    const auto own = std::to_string(node.self.value());
    if (resource.name.empty() || resource.name == own) return {};
    return refuse(error_code::invalid_request,
                  is_number(resource.name)
                      ? "Unexpected broker id, expected " + own + ", but received " + resource.name
                      : "Node id must be an integer, but it is: " + resource.name);
}

std::expected<config_change, failure> plan_change(
    const services& node, const controller::config_resource& resource,
    const protocol::incremental_alter_configs_request::alterable_config& wanted) {
    const bool broker = resource.type == resource_type::broker;
    const auto* known = config::find_option(options_of(resource.type), wanted.name);
    const auto how = static_cast<operation>(wanted.config_operation);
    config_change change{.name = wanted.name, .value = std::nullopt};
    if (!broker && !known && how == operation::remove) return change;  // nothing to take away
    if (!broker && !known) {
        const auto* kind = resource.type == resource_type::topic ? "topic" : "group";
        return refuse(error_code::invalid_config,
                      fmt::format("Unknown {} config name: {}", kind, wanted.name));
    }
    if (broker && (!known || !is_dynamic_broker_option(wanted.name))) {
        return refuse(error_code::invalid_request,
                      "Cannot update these configs dynamically: [" + wanted.name + "]");
    }
    if (how == operation::remove) return change;
    if (!wanted.value) {
        return refuse(error_code::invalid_request, "Null value not supported for : " + wanted.name);
    }
    change.value = wanted.value;
    if (how == operation::append || how == operation::subtract) {
        if (known->type != config::option_type::list) {
            const std::string_view verb = how == operation::append ? "APPEND" : "SUBTRACT";
            return refuse(
                error_code::invalid_config,
                fmt::format("Can't {} to key {} because its type is not LIST.", verb, wanted.name));
        }
        change.value = edited(current_value(node, resource, *known), *wanted.value, how);
    } else if (how != operation::set) {
        return refuse(error_code::invalid_request, "Unknown operation for: " + wanted.name);
    }
    // Those of a group are checked together.
    if (resource.type == resource_type::group) return change;
    auto wrong = broker ? config::check_broker_config(*known, *change.value)
                        : config::check_topic_config(wanted.name, *change.value);
    if (wrong) {
        return refuse(broker ? error_code::invalid_request : error_code::invalid_config,
                      std::move(*wrong));
    }
    return change;
}

// What the group would have then.
std::optional<std::string> check_group(const services& node,
                                       const controller::config_resource& resource,
                                       const std::vector<config_change>& changes) {
    auto values = node.image().configs(resource);
    for (const auto& each : changes) {
        if (each.value) {
            values[each.name] = *each.value;
        } else {
            values.erase(each.name);
        }
    }
    return config::check_group_config(values, layers_of(node));
}

std::expected<std::vector<config_change>, failure> plan(const services& node,
                                                        const controller::config_resource& resource,
                                                        const alter_resource& wanted) {
    if (auto checked = check_resource(node, resource); !checked) {
        return std::unexpected(checked.error());
    }
    std::vector<config_change> changes;
    std::set<std::string> named;
    for (const auto& each : wanted.configs) {
        if (!named.insert(each.name).second) {
            return refuse(error_code::invalid_request, "Error due to duplicate config keys");
        }
        auto change = plan_change(node, resource, each);
        if (!change) return std::unexpected(change.error());
        changes.push_back(std::move(*change));
    }
    if (resource.type == resource_type::group) {
        auto wrong = check_group(node, resource, changes);
        if (wrong) return refuse(error_code::invalid_config, std::move(*wrong));
    }
    return changes;
}

}  // namespace

io::task<protocol::incremental_alter_configs_response> incremental_alter_configs(
    request_context& context, protocol::incremental_alter_configs_request request) {
    auto& node = context.node;
    protocol::incremental_alter_configs_response response;
    for (const auto& wanted : request.resources) {
        controller::config_resource resource{
            .type = static_cast<resource_type>(wanted.resource_type), .name = wanted.resource_name};
        auto changes = plan(node, resource, wanted);
        auto& answer = response.responses.emplace_back();
        answer.resource_type = wanted.resource_type;
        answer.resource_name = wanted.resource_name;
        answer.error_message.reset();
        if (!changes) {
            answer.error_code = changes.error().code;
            answer.error_message = changes.error().message;
        } else if (!request.validate_only) {
            auto change = node.controller.change_configs(resource, std::move(*changes));
            answer.error_code =
                co_await io::run_on(node.shard, node.controller_shard, std::move(change));
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
