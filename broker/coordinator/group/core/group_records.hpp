// The records of __consumer_offsets, as Kafka writes and reads them. Pure.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "broker/coordinator/group/core/group_types.hpp"
#include "broker/protocol/records/consumer_group_current_member_assignment_value.hpp"
#include "broker/protocol/records/consumer_group_member_metadata_value.hpp"
#include "broker/protocol/records/consumer_group_metadata_value.hpp"
#include "broker/protocol/records/consumer_group_regular_expression_value.hpp"
#include "broker/protocol/records/consumer_group_target_assignment_member_value.hpp"
#include "broker/protocol/records/consumer_group_target_assignment_metadata_value.hpp"
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

// A record that a group has once; no value is a tombstone, here as below.
template <class Value>
struct stored_of_group {
    std::string group;
    std::optional<Value> value;
};
// And one that it has for each member, or for each regular expression.
template <class Value>
struct stored_of_member {
    std::string group;
    std::string member;
    std::optional<Value> value;
};
struct stored_offset {
    std::string group;
    std::string topic;
    partition_index partition;
    std::optional<protocol::offset_commit_value> value;
};

using stored_classic = stored_of_group<protocol::group_metadata_value>;
using stored_epoch = stored_of_group<protocol::consumer_group_metadata_value>;
using stored_target_epoch =
    stored_of_group<protocol::consumer_group_target_assignment_metadata_value>;
using stored_metadata = stored_of_member<protocol::consumer_group_member_metadata_value>;
using stored_target = stored_of_member<protocol::consumer_group_target_assignment_member_value>;
using stored_current = stored_of_member<protocol::consumer_group_current_member_assignment_value>;
using stored_regex = stored_of_member<protocol::consumer_group_regular_expression_value>;

log_record to_record(const stored_epoch& stored);
log_record to_record(const stored_target_epoch& stored);
log_record to_record(const stored_metadata& stored);
log_record to_record(const stored_target& stored);
log_record to_record(const stored_current& stored);
log_record to_record(const stored_regex& stored);

using stored_record = std::variant<stored_classic, stored_offset, stored_epoch, stored_target_epoch,
                                   stored_metadata, stored_target, stored_current, stored_regex>;

// What a record says; nothing for types that no group here has, or damaged.
std::optional<stored_record> read_record(base::bytes_view key,
                                         const std::optional<base::bytes_view>& value);

}  // namespace weir::broker::coordinator::group
