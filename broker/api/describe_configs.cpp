// DescribeConfigs (key 32): the options of topics, groups and of this broker, with source, synonyms
// (v1+), type and documentation (v3+). Secrets have no value.
#include <algorithm>
#include <set>

#include "broker/api/describe_config.hpp"
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/describe_configs_request.hpp"
#include "broker/protocol/messages/describe_configs_response.hpp"

namespace weir::broker::api {
namespace {

using asked_resource = protocol::describe_configs_request::describe_configs_resource;
using answer_resource = protocol::describe_configs_response::describe_configs_result;
using controller::resource_type;

std::vector<described_config> options_of(const services& node, const asked_resource& asked,
                                         answer_resource& answer) {
    const auto type = static_cast<resource_type>(asked.resource_type);
    if (type == resource_type::topic) {
        if (node.image().topic(asked.resource_name)) {
            return describe_topic_config(
                node, node.image().configs({.type = type, .name = asked.resource_name}));
        }
        const auto invalid = controller::invalid_topic_name(asked.resource_name);
        answer.error_code =
            invalid ? error_code::invalid_topic_exception : error_code::unknown_topic_or_partition;
        answer.error_message = invalid.value_or("");
        return {};
    }
    if (type == resource_type::group) {
        if (!asked.resource_name.empty()) {
            return describe_group_config(
                node, node.image().configs({.type = type, .name = asked.resource_name}));
        }
        answer.error_code = error_code::invalid_request;
        answer.error_message = "Group name must not be empty";
        return {};
    }
    const auto own = std::to_string(node.self.value());
    if (type == resource_type::broker) {
        const bool known = asked.resource_name.empty() || asked.resource_name == own;
        if (known) return describe_broker_config(node, asked.resource_name);
        if (!is_number(asked.resource_name)) {
            answer.error_code = error_code::invalid_request;
            answer.error_message =
                "Broker id must be an integer, but it is: " + asked.resource_name;
            return {};
        }
        answer.error_code = error_code::invalid_request;
        answer.error_message = "Unexpected broker id, expected " + own +
                               " or empty string, but received " + asked.resource_name;
        return {};
    }
    // Log levels are a JVM's business; client metrics have nothing set.
    if (type == resource_type::client_metrics || type == resource_type::broker_logger) return {};
    answer.error_code = error_code::invalid_request;
    answer.error_message =
        "This most likely occurs because of a request being malformed by the client library or the "
        "message was sent to an incompatible broker. See the broker logs for more details.";
    return {};
}

}  // namespace

io::task<protocol::describe_configs_response> describe_configs(
    request_context& context, protocol::describe_configs_request request) {
    protocol::describe_configs_response response;
    std::set<std::pair<std::int8_t, std::string>> told;
    for (const auto& asked : request.resources) {
        const bool again = !told.emplace(asked.resource_type, asked.resource_name).second;
        if (again) continue;  // one answer a resource, however often it is named
        auto& answer = response.results.emplace_back();
        answer.resource_type = asked.resource_type;
        answer.resource_name = asked.resource_name;
        answer.error_message.emplace();
        for (auto& option : options_of(context.node, asked, answer)) {
            const auto& keys = asked.configuration_keys;
            const bool wanted =
                !keys || keys->empty() || std::ranges::find(*keys, option.name) != keys->end();
            if (!wanted) continue;
            auto& each = answer.configs.emplace_back();
            each.name = option.name;
            each.value = option.value;
            each.read_only = option.read_only;
            each.config_source = static_cast<std::int8_t>(option.source);
            each.is_sensitive = option.sensitive;
            each.config_type = option.type;
            each.documentation.reset();
            if (request.include_documentation) each.documentation = option.text;
            if (!request.include_synonyms) continue;
            for (const auto& synonym : option.synonyms) {
                auto& listed = each.synonyms.emplace_back();
                listed.name = synonym.name;
                listed.value = synonym.value;
                listed.source = static_cast<std::int8_t>(synonym.source);
            }
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
