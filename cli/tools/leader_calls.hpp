// Requests that each partition's leader answers: the partitions are spread over their leaders, and
// those whose leader has moved or is not known yet are tried again, as Kafka's Admin client does.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/tools/admin_client.hpp"

namespace weir::cli::tools {

struct topic_partition {
    std::string topic;
    std::int32_t partition = 0;

    auto operator<=>(const topic_partition&) const = default;
};

// "topic-0", as Kafka prints it.
std::string to_text(const topic_partition& of);
// TopicPartition.hashCode.
std::int32_t hash_of(const topic_partition& of);

// For each partition what it came to: a number (an offset), or an error.
using partition_numbers = std::map<topic_partition, tool_result<std::int64_t>>;
using partition_answers =
    std::map<topic_partition, std::expected<std::int64_t, broker::error_code>>;

// Asks one node about some partitions that it leads.
using leader_question = std::function<tool_result<partition_answers>(
    broker::node_id leader, const std::vector<topic_partition>& partitions)>;

// A partition that does not exist is an error at once; Kafka's client waits for it to appear until
// its timeout is over.
partition_numbers ask_leaders(admin_client& client, const std::vector<topic_partition>& partitions,
                              const leader_question& question);

// Timestamps with a meaning of their own (ListOffsets).
inline constexpr std::int64_t latest_offset = -1;
inline constexpr std::int64_t earliest_offset = -2;
inline constexpr std::int64_t max_timestamp_offset = -3;
inline constexpr std::int64_t earliest_local_offset = -4;
inline constexpr std::int64_t latest_tiered_offset = -5;
inline constexpr std::int64_t earliest_pending_upload_offset = -6;

// The offset of each partition at its time; -1 where there is none.
partition_numbers list_offsets(admin_client& client,
                               const std::map<topic_partition, std::int64_t>& timestamps);

}  // namespace weir::cli::tools
