#include "cli/tools/cluster_queries.hpp"

#include <algorithm>
#include <charconv>

#include "broker/protocol/messages/describe_configs_request.hpp"
#include "broker/protocol/messages/describe_topic_partitions_request.hpp"
#include "broker/protocol/messages/describe_topic_partitions_response.hpp"
#include "broker/protocol/messages/list_groups_request.hpp"
#include "broker/protocol/messages/list_groups_response.hpp"
#include "broker/protocol/messages/metadata_request.hpp"
#include "broker/protocol/messages/metadata_response.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::protocol::describe_configs_request;
using broker::protocol::describe_configs_response;
using broker::protocol::describe_topic_partitions_request;
using broker::protocol::describe_topic_partitions_response;
using broker::protocol::list_groups_request;
using broker::protocol::list_groups_response;
using broker::protocol::metadata_request;
using broker::protocol::metadata_response;

topic_description described(const metadata_response::metadata_response_topic& topic) {
    topic_description result{
        .name = topic.name.value_or(""), .id = topic.topic_id, .is_internal = topic.is_internal};
    for (const auto& each : topic.partitions) {
        result.partitions.push_back({.index = each.partition_index.value(),
                                     .leader = each.leader_id,
                                     .replicas = each.replica_nodes,
                                     .isr = each.isr_nodes});
    }
    std::ranges::sort(result.partitions, {}, &partition_description::index);
    return result;
}

tool_result<metadata_response> ask_metadata(admin_client& client, const metadata_request& request,
                                            destination to) {
    auto reply = client.call<metadata_response>(request, to);
    if (!reply) return std::unexpected(reply.error());
    return std::move(reply->body);
}

// A broker older than DescribeTopicPartitions (KIP-966) is asked for its metadata instead.
tool_result<std::vector<topic_description>> describe_by_metadata(
    admin_client& client, const std::vector<std::string>& names) {
    metadata_request request;
    request.allow_auto_topic_creation = false;
    for (const auto& name : names)
        request.topics->emplace_back().name = name;
    auto reply = ask_metadata(client, request, {.call_name = "describeTopics"});
    if (!reply) return std::unexpected(reply.error());
    std::vector<topic_description> found;
    for (const auto& each : reply->topics) {
        if (each.error_code != error_code::none) {
            return std::unexpected(error_of(each.error_code));
        }
        found.push_back(described(each));
    }
    return found;
}

void add_page(const describe_topic_partitions_response& page,
              std::vector<topic_description>& into) {
    for (const auto& topic : page.topics) {
        if (into.empty() || into.back().name != topic.name) {
            into.push_back({.name = topic.name.value_or(""),
                            .id = topic.topic_id,
                            .is_internal = topic.is_internal});
        }
        for (const auto& each : topic.partitions) {
            into.back().partitions.push_back({.index = each.partition_index.value(),
                                              .leader = each.leader_id,
                                              .replicas = each.replica_nodes,
                                              .isr = each.isr_nodes,
                                              .eligible_leaders = each.eligible_leader_replicas,
                                              .last_known_eligible = each.last_known_elr});
        }
    }
}

// The node that alone can answer for a resource: brokers answer for themselves.
std::optional<broker::node_id> owner_of(const config_resource& resource) {
    const bool of_broker =
        resource.kind == resource_kind::broker || resource.kind == resource_kind::broker_logger;
    if (!of_broker || resource.name.empty()) return std::nullopt;
    std::int32_t id = 0;
    std::from_chars(resource.name.data(), resource.name.data() + resource.name.size(), id);
    return broker::node_id(id);
}

}  // namespace

std::string_view group_type(std::string_view name) {
    constexpr std::string_view types[] = {"Classic", "Consumer", "Share", "Streams"};
    const auto same = [&](std::string_view type) { return java::equals_ignoring_case(type, name); };
    const auto* found = std::ranges::find_if(types, same);
    return found == std::end(types) ? std::string_view{} : *found;
}

bool is_internal_topic(std::string_view name) {
    return name == "__consumer_offsets" || name == "__transaction_state" ||
           name == "__share_group_state";
}

tool_result<std::vector<topic_listing>> list_topics(admin_client& client) {
    metadata_request request;
    request.topics.reset();  // all of them
    const auto reply = ask_metadata(client, request, {.call_name = "listTopics"});
    if (!reply) return std::unexpected(reply.error());
    std::vector<topic_listing> topics;
    for (const auto& each : reply->topics)
        topics.push_back({each.name.value_or(""), each.topic_id, each.is_internal});
    std::ranges::sort(topics, {}, &topic_listing::name);
    return topics;
}

tool_result<std::vector<topic_description>> describe_topics(admin_client& client,
                                                            const std::vector<std::string>& names,
                                                            std::int32_t partitions_per_response) {
    describe_topic_partitions_request request;
    request.response_partition_limit = partitions_per_response;
    for (const auto& name : names)
        request.topics.push_back({.name = name});
    std::ranges::sort(request.topics, {}, &describe_topic_partitions_request::topic_request::name);
    std::vector<topic_description> found;
    for (;;) {
        const auto reply = client.call<describe_topic_partitions_response>(
            request, {.call_name = "describeTopics"});
        if (!reply && is_unsupported_version(reply.error())) {
            return describe_by_metadata(client, names);
        }
        if (!reply) return std::unexpected(reply.error());
        for (const auto& each : (*reply)->topics) {
            if (each.error_code != error_code::none) {
                return std::unexpected(error_of(each.error_code));
            }
        }
        add_page(**reply, found);
        const auto& next = (*reply)->next_cursor;
        if (!next) break;
        struct describe_topic_partitions_request::cursor from;
        from.topic_name = next->topic_name;
        from.partition_index = next->partition_index;
        request.cursor = from;
        std::erase_if(request.topics,
                      [&](const auto& topic) { return topic.name < next->topic_name; });
    }
    return found;
}

tool_result<topic_description> describe_topic(admin_client& client, broker::topic_id id) {
    constexpr std::int16_t ids_from = 12;  // Metadata takes topic ids from this version on
    metadata_request request;
    request.allow_auto_topic_creation = false;
    auto& wanted = request.topics->emplace_back();
    wanted.topic_id = id;
    wanted.name.reset();
    const auto reply = ask_metadata(
        client, request, {.call_name = "describeTopicsWithIds", .versions = {.min = ids_from}});
    if (!reply) return std::unexpected(reply.error());
    if (reply->topics.empty()) return std::unexpected(error_of(error_code::unknown_topic_id));
    const auto& topic = reply->topics.front();
    if (topic.error_code != error_code::none) return std::unexpected(error_of(topic.error_code));
    return described(topic);
}

tool_result<std::vector<listed_group>> list_groups(admin_client& client) {
    const auto cluster = client.cluster();
    if (!cluster) {
        return std::unexpected(tool_error{.exception = "org.apache.kafka.common.KafkaException",
                                          .message = "Failed to find brokers to send ListGroups",
                                          .cause = described(cluster.error())});
    }
    std::map<std::string, listed_group> by_id;
    for (const auto& node : cluster->nodes) {
        const auto reply = client.call<list_groups_response>(
            list_groups_request{}, {.call_name = "listGroups", .node = node.id});
        if (!reply) return std::unexpected(reply.error());
        if ((*reply)->error_code != error_code::none) {
            return std::unexpected(error_of((*reply)->error_code));
        }
        for (const auto& each : (*reply)->groups) {
            by_id.insert_or_assign(
                each.group_id, listed_group{each.group_id, std::string(group_type(each.group_type)),
                                            each.protocol_type});
        }
    }
    std::vector<listed_group> groups;
    for (auto& [id, group] : by_id)
        groups.push_back(std::move(group));
    java::sort_as_hash_map(groups, [](const listed_group& each) { return java::hash_of(each.id); });
    return groups;
}

tool_result<std::vector<described_configs>> describe_configs(
    admin_client& client, const std::vector<config_resource>& resources, bool with_synonyms) {
    // One request for all that any broker may answer, one for each broker's own.
    std::map<std::optional<broker::node_id>, describe_configs_request> requests;
    for (const auto& each : resources) {
        auto& request = requests[owner_of(each)];
        request.include_synonyms = with_synonyms;
        auto& wanted = request.resources.emplace_back();
        wanted.resource_type = static_cast<std::int8_t>(each.kind);
        wanted.resource_name = each.name;
        wanted.configuration_keys.reset();  // all
    }
    std::vector<described_configs> found;
    for (const auto& [node, request] : requests) {
        auto reply = client.call<describe_configs_response>(
            request, {.call_name = "describeConfigs", .node = node});
        if (!reply) return std::unexpected(reply.error());
        for (auto& each : (*reply)->results) {
            if (each.error_code != error_code::none) {
                return std::unexpected(error_of(each.error_code, each.error_message));
            }
            found.push_back(std::move(each));
        }
    }
    // As they were asked for.
    std::vector<described_configs> ordered;
    for (const auto& each : resources) {
        const auto same = [&](const described_configs& one) {
            return one.resource_type == static_cast<std::int8_t>(each.kind) &&
                   one.resource_name == each.name;
        };
        if (auto at = std::ranges::find_if(found, same); at != found.end()) ordered.push_back(*at);
    }
    return ordered;
}

}  // namespace weir::cli::tools
