// CreateTopics (key 19).
//   v4+   -1 asks for the broker's default partitions and replication factor (KIP-464)
//   v5+   the answer has partitions, replication factor and the topic's configs (KIP-525)
//   v7    the answer has the topic id
#include "broker/api/describe_config.hpp"
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/create_topics_request.hpp"
#include "broker/protocol/messages/create_topics_response.hpp"

namespace weir::broker::api {

io::task<protocol::create_topics_response> create_topics(request_context& context,
                                                         protocol::create_topics_request request) {
    auto& node = context.node;
    std::map<std::string, controller::config_values> overrides;
    for (const auto& topic : request.topics) {
        for (const auto& each : topic.configs) {
            if (each.value) overrides[topic.name].insert_or_assign(each.name, *each.value);
        }
    }
    auto creation = node.controller.create_topics(std::move(request));
    auto response = co_await io::run_on(node.shard, node.controller_shard, std::move(creation));
    for (auto& topic : response.topics) {
        if (topic.error_code != error_code::none) continue;
        topic.configs.emplace();
        for (const auto& each : describe_topic_config(node, overrides[topic.name])) {
            protocol::create_topics_response::creatable_topic_configs config;
            config.name = each.name;
            config.value = each.value;
            config.config_source = static_cast<std::int8_t>(each.source);
            config.is_sensitive = each.sensitive;
            topic.configs->push_back(std::move(config));
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
