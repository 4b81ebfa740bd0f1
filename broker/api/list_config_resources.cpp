// ListConfigResources (key 74, KIP-1142): the resources that have options: topics, brokers, and
// groups with options of their own.
//   v0    only client metrics, of which there are none here
//   v1    by type; none named is all
#include <algorithm>
#include <set>

#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/list_config_resources_request.hpp"
#include "broker/protocol/messages/list_config_resources_response.hpp"

namespace weir::broker::api {
namespace {

using controller::resource_type;

constexpr resource_type listed_types[] = {resource_type::topic, resource_type::broker,
                                          resource_type::broker_logger,
                                          resource_type::client_metrics, resource_type::group};

std::vector<std::string> names_of(const services& node, resource_type type) {
    std::vector<std::string> names;
    if (type == resource_type::topic) {
        for (const auto& topic : node.image().sorted_topics())
            names.push_back(topic->name);
        return names;
    }
    if (type == resource_type::broker || type == resource_type::broker_logger) {
        for (const auto& [id, broker] : node.image().brokers())
            names.push_back(std::to_string(id.value()));
        return names;
    }
    return node.image().configured(type);
}

}  // namespace

io::task<protocol::list_config_resources_response> list_config_resources(
    request_context& context, protocol::list_config_resources_request request) {
    protocol::list_config_resources_response response;
    std::set<resource_type> wanted;
    for (const auto each : request.resource_types)
        wanted.insert(static_cast<resource_type>(each));
    const bool known = std::ranges::all_of(wanted, [](resource_type each) {
        return std::ranges::find(listed_types, each) != std::end(listed_types);
    });
    if (!known) {
        response.error_code = error_code::unsupported_version;
        co_return response;
    }
    if (context.version == 0) {
        wanted = {resource_type::client_metrics};
    } else if (wanted.empty()) {
        wanted.insert(std::begin(listed_types), std::end(listed_types));
    }
    for (const auto type : wanted) {
        for (auto& name : names_of(context.node, type)) {
            auto& listed = response.config_resources.emplace_back();
            listed.resource_name = std::move(name);
            listed.resource_type = static_cast<std::int8_t>(type);
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
