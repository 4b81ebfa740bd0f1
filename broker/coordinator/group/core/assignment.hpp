// Partitions by topic id, as groups of the consumer protocol have them. Plain values. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "broker/protocol/ids.hpp"

namespace weir::broker::coordinator::group {

using partition_set = std::set<partition_index>;
// No topic is there without a partition.
using partition_map = std::map<topic_id, partition_set>;

// Partitions with the epoch of the target assignment that gave them.
using partition_epochs = std::map<partition_index, std::int32_t>;
using owned_partitions = std::map<topic_id, partition_epochs>;

}  // namespace weir::broker::coordinator::group
