// Questions about topics and configurations that several tools ask. Answers and errors are those of
// Kafka's Admin client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/protocol/messages/describe_configs_response.hpp"
#include "cli/tools/admin_client.hpp"

namespace weir::cli::tools {

struct topic_listing {
    std::string name;
    broker::topic_id id;
    bool is_internal = false;
};

struct partition_description {
    std::int32_t index = 0;
    broker::node_id leader = broker::no_node;
    std::vector<broker::node_id> replicas;
    std::vector<broker::node_id> isr;
    // Nothing when the broker did not tell (only DescribeTopicPartitions does).
    std::optional<std::vector<broker::node_id>> eligible_leaders;
    std::optional<std::vector<broker::node_id>> last_known_eligible;
};

struct topic_description {
    std::string name;
    broker::topic_id id;
    bool is_internal = false;
    std::vector<partition_description> partitions;  // by index
};

// The topics that Kafka keeps for itself, by name.
bool is_internal_topic(std::string_view name);

// All topics, by name.
tool_result<std::vector<topic_listing>> list_topics(admin_client& client);

// In the order of `names`; the error is that of the first topic that has one.
tool_result<std::vector<topic_description>> describe_topics(admin_client& client,
                                                            const std::vector<std::string>& names,
                                                            std::int32_t partitions_per_response);
tool_result<topic_description> describe_topic(admin_client& client, broker::topic_id id);

// The numbers of Kafka's ConfigResource types.
enum class resource_kind : std::int8_t {
    topic = 2,
    broker = 4,
    broker_logger = 8,
    client_metrics = 16,
    group = 32
};

struct config_resource {
    resource_kind kind = resource_kind::topic;
    std::string name;
};

using described_configs = broker::protocol::describe_configs_response::describe_configs_result;
using described_configs_entry =
    broker::protocol::describe_configs_response::describe_configs_resource_result;

struct listed_group {
    std::string id;
    std::string type;      // "Classic", "Consumer" ...; empty when the broker did not tell
    std::string protocol;  // its protocol type
};

// The type as Kafka prints it, whatever its case; empty when there is no such type.
std::string_view group_type(std::string_view name);

// The groups of all brokers, in the order in which Kafka's Admin client gives them.
tool_result<std::vector<listed_group>> list_groups(admin_client& client);

// One result for each resource, in their order; the error is that of the first that has one.
// Resources of brokers go to the broker that they name.
tool_result<std::vector<described_configs>> describe_configs(
    admin_client& client, const std::vector<config_resource>& resources,
    bool with_synonyms = false);

}  // namespace weir::cli::tools
