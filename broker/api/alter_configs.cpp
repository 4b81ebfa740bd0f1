// AlterConfigs (key 33): the options of topics and brokers as a whole: what is not named goes back
// to its default. Older than IncrementalAlterConfigs (KIP-339), which carries it out; kafkajs,
// aiokafka and rust-rdkafka still ask for it.
#include <algorithm>

#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/alter_configs_request.hpp"
#include "broker/protocol/messages/alter_configs_response.hpp"
#include "broker/protocol/messages/incremental_alter_configs_request.hpp"
#include "broker/protocol/messages/incremental_alter_configs_response.hpp"

namespace weir::broker::api {

io::task<protocol::incremental_alter_configs_response> incremental_alter_configs(
    request_context& context, protocol::incremental_alter_configs_request request);

namespace {

using wanted_resource = protocol::alter_configs_request::alter_configs_resource;
using change_resource = protocol::incremental_alter_configs_request::alter_configs_resource;

constexpr std::int8_t set = 0;
constexpr std::int8_t remove = 1;

bool names(const wanted_resource& wanted, std::string_view name) {
    return std::ranges::any_of(wanted.configs,
                               [name](const auto& each) { return each.name == name; });
}

change_resource as_changes(const services& node, const wanted_resource& wanted) {
    change_resource changes;
    changes.resource_type = wanted.resource_type;
    changes.resource_name = wanted.resource_name;
    for (const auto& each : wanted.configs) {
        auto& change = changes.configs.emplace_back();
        change.name = each.name;
        change.config_operation = set;
        change.value = each.value;
    }
    const auto type = static_cast<controller::resource_type>(wanted.resource_type);
    for (const auto& [name, value] :
         node.image().configs({.type = type, .name = wanted.resource_name})) {
        if (names(wanted, name)) continue;
        auto& change = changes.configs.emplace_back();
        change.name = name;
        change.config_operation = remove;
        change.value.reset();
    }
    return changes;
}

}  // namespace

io::task<protocol::alter_configs_response> alter_configs(request_context& context,
                                                         protocol::alter_configs_request request) {
    protocol::incremental_alter_configs_request changes;
    changes.validate_only = request.validate_only;
    for (const auto& each : request.resources)
        changes.resources.push_back(as_changes(context.node, each));
    auto changing = incremental_alter_configs(context, std::move(changes));
    auto changed = co_await std::move(changing);
    protocol::alter_configs_response response;
    for (auto& each : changed.responses) {
        auto& answer = response.responses.emplace_back();
        answer.error_code = each.error_code;
        answer.error_message = std::move(each.error_message);
        answer.resource_type = each.resource_type;
        answer.resource_name = std::move(each.resource_name);
    }
    co_return response;
}

}  // namespace weir::broker::api
