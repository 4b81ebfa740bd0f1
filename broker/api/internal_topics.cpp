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
    const auto set = [&topic](const char* key, const std::string& value) {
        auto& config = topic.configs.emplace_back();
        config.name = key;
        config.value = value;
    };
    const auto& config = node.config;
    const auto brokers = static_cast<std::int16_t>(node.image().brokers().size());
    // A small cluster has fewer brokers than the defaults ask for.
    if (name == offsets_topic) {
        topic.num_partitions = config.offsets_topic_num_partitions;
        topic.replication_factor = std::min(config.offsets_topic_replication_factor, brokers);
        set("cleanup.policy", "compact");
        set("compression.type", "producer");
        set("segment.bytes", std::to_string(config.offsets_topic_segment_bytes));
    } else if (name == transactions_topic) {
        topic.num_partitions = config.transactions_topic_num_partitions;
        topic.replication_factor = std::min(config.transactions_topic_replication_factor, brokers);
        set("cleanup.policy", "compact");
        set("compression.type", "uncompressed");
        set("min.insync.replicas",
            std::to_string(
                std::min(config.transactions_topic_min_insync_replicas, topic.replication_factor)));
        set("segment.bytes", std::to_string(config.transactions_topic_segment_bytes));
        set("unclean.leader.election.enable", "false");
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
    for (const auto& name : names)
        request.topics.push_back(with_defaults(node, name));
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
