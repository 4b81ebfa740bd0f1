// The records of __consumer_offsets, as Kafka writes and reads them. Pure.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "broker/coordinator/group/core/group_types.hpp"
#include "broker/protocol/records/group_metadata_value.hpp"
#include "broker/protocol/records/offset_commit_value.hpp"

namespace weir::broker::coordinator::group {

log_record group_metadata_record(const std::string& group,
                                 const protocol::group_metadata_value& value);
log_record group_tombstone(const std::string& group);
log_record offset_record(const std::string& group, const std::string& topic,
                         partition_index partition, const protocol::offset_commit_value& value);
log_record offset_tombstone(const std::string& group, const std::string& topic,
                            partition_index partition);

struct stored_group {
    std::string group;
    std::optional<protocol::group_metadata_value> value;  // nothing: deleted
};
struct stored_offset {
    std::string group;
    std::string topic;
    partition_index partition;
    std::optional<protocol::offset_commit_value> value;  // nothing: deleted
};

// What a record says; nothing for types that are not of the classic protocol, or damaged.
std::optional<std::variant<stored_group, stored_offset>> read_record(
    base::bytes_view key, const std::optional<base::bytes_view>& value);

}  // namespace weir::broker::coordinator::group
