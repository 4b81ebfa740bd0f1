#include "broker/api/internal_topics.hpp"

#include <algorithm>

#include "broker/api/services.hpp"

namespace weir::broker::api {
namespace {

constexpr std::string_view offsets_topic = "__consumer_offsets";
constexpr std::string_view transactions_topic = "__transaction_state";

protocol::create_topics_request::creatable_topic with_defaults(const services& node,
                                                               const std::string& name) {
    protocol::create_topics_request::creatable_topic topic;
    topic.name = name;
    topic.num_partitions = -1;
    topic.replication_factor = -1;
    if (name != offsets_topic) return topic;
    const auto& config = node.config;
    const auto brokers = static_cast<std::int16_t>(node.image().brokers().size());
    topic.num_partitions = config.offsets_topic_num_partitions;
    // A small cluster has fewer brokers than the default asks for.
    topic.replication_factor = std::min(config.offsets_topic_replication_factor, brokers);
    const std::pair<const char*, std::string> settings[] = {
        {"cleanup.policy", "compact"},
        {"compression.type", "producer"},
        {"segment.bytes", std::to_string(config.offsets_topic_segment_bytes)},
    };
    for (const auto& [key, value] : settings) {
        protocol::create_topics_request::creatable_topic_config each;
        each.name = key;
        each.value = value;
        topic.configs.push_back(std::move(each));
    }
    return topic;
}

}  // namespace

bool is_internal_topic(std::string_view name) {
    return name == offsets_topic || name == transactions_topic;
}

io::task<std::map<std::string, error_code>> create_missing_topics(services& node,
                                                                  std::vector<std::string> names) {
    protocol::create_topics_request request;
    for (const auto& name : names) {
        if (name != transactions_topic) request.topics.push_back(with_defaults(node, name));
    }
    auto creation = node.controller.create_topics(std::move(request));
    const auto response =
        co_await io::run_on(node.shard, node.controller_shard, std::move(creation));
    std::map<std::string, error_code> refused;
    for (const auto& topic : response.topics) {
        const bool fine = topic.error_code == error_code::none ||
                          topic.error_code == error_code::topic_already_exists;
        if (!fine) refused.emplace(topic.name, topic.error_code);
    }
    co_return refused;
}

}  // namespace weir::broker::api
