// What kafka-consumer-groups.sh asks and tells the coordinators of groups. Answers and errors are
// those of Kafka's Admin client: while a coordinator is moving or loading, it is asked again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/tools/admin_client.hpp"
#include "cli/tools/leader_calls.hpp"

namespace weir::cli::tools::group_admin {

struct listed_group {
    std::string id;
    std::string type;   // as the broker says it: "Classic"
    std::string state;  // "Stable"
};

// Empty sets: all of them.
struct list_filter {
    std::vector<std::string> states;
    std::vector<std::string> types;
};

// The groups of consumers, in the order in which Kafka's tool prints them.
tool_result<std::vector<listed_group>> list_groups(admin_client& client, const list_filter& filter);

struct group_member {
    std::string id;
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string host;
    std::vector<topic_partition> assignment;
    // Only groups of the consumer protocol (KIP-848) know these.
    std::vector<topic_partition> target;
    std::optional<std::int32_t> epoch;
    std::optional<bool> upgraded;
};

struct group_description {
    std::string id;
    cluster_node coordinator;
    std::string assignor;
    std::string state;
    std::vector<group_member> members;
    std::optional<std::int32_t> epoch;
    std::optional<std::int32_t> assignment_epoch;
};

tool_result<group_description> describe_group(admin_client& client, const std::string& group);

struct committed_offset {
    std::int64_t offset = 0;
    std::optional<std::int32_t> leader_epoch;
};

// Offsets by partition, in the order of Kafka's map.
using committed_offsets = std::vector<std::pair<topic_partition, committed_offset>>;
tool_result<committed_offsets> fetch_offsets(admin_client& client, const std::string& group);

// Partitions and offsets in an order that is kept.
using offset_list = std::vector<std::pair<topic_partition, std::int64_t>>;
tool_result<void> commit_offsets(admin_client& client, const std::string& group,
                                 const offset_list& offsets);

tool_result<void> delete_group(admin_client& client, const std::string& group);

// The error of the whole request, or what became of each partition.
using partition_codes = std::map<topic_partition, broker::error_code>;
tool_result<std::expected<partition_codes, broker::error_code>> delete_offsets(
    admin_client& client, const std::string& group, const std::vector<topic_partition>& which);

}  // namespace weir::cli::tools::group_admin
