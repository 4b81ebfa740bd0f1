// What a topic's settings mean for its logs. Plain values; may change while the log is open.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "broker/log/validator.hpp"

namespace weir::broker::log {

struct log_config {
    std::int64_t segment_bytes = 1024LL * 1024 * 1024;
    std::int64_t segment_ms = 604'800'000;
    std::int64_t segment_index_bytes = 10LL * 1024 * 1024;
    std::int32_t index_interval_bytes = 4096;
    std::int64_t retention_ms = 604'800'000;  // -1: no limit
    std::int64_t retention_bytes = -1;        // -1: no limit
    std::int64_t flush_messages = std::numeric_limits<std::int64_t>::max();
    std::int64_t file_delete_delay_ms = 60'000;
    std::int64_t producer_id_expiration_ms = 86'400'000;
    std::int32_t max_message_bytes = 1'048'588;
    bool compacted = false;  // cleanup.policy has compact
    bool deletes = true;     // cleanup.policy has delete
    double min_cleanable_dirty_ratio = 0.5;
    std::int64_t min_compaction_lag_ms = 0;
    std::int64_t max_compaction_lag_ms = std::numeric_limits<std::int64_t>::max();
    std::int64_t delete_retention_ms = 86'400'000;
    timestamp_type timestamps = timestamp_type::create_time;
    std::int64_t timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
    std::int64_t timestamp_after_max_ms = 3'600'000;
    std::optional<protocol::compression::codec> codec;
    int compression_level = 0;
};

}  // namespace weir::broker::log
