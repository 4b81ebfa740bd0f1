// The files of kafka-delete-records: {"partitions": [{"topic": "t", "partition": 0, "offset": 1}],
// "version": 1}, and of kafka-leader-election: the same without offsets and version. Gateway to
// nlohmann-json.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/tools/leader_calls.hpp"

namespace weir::cli::tools {

// In the order of the file; a partition may be named again.
tool_result<std::vector<std::pair<topic_partition, std::int64_t>>> parse_offset_json(
    std::string_view text);

// In the order of the file; each partition once.
tool_result<std::vector<topic_partition>> parse_partition_json(std::string_view text);

}  // namespace weir::cli::tools
