// From a transactional id to its coordinator: which partition, which shard; asking it; and writing
// markers for it.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "broker/api/services.hpp"

namespace weir::broker::api {

// From this transaction.version on every transaction has an epoch of its own (KIP-890).
inline constexpr std::int16_t transactions_with_epochs = 2;

// The partition of __transaction_state that a transactional id belongs to; nothing while that topic
// is missing.
std::expected<partition_index, error_code> partition_of_transaction(
    const services& node, const std::string& transactional_id);

// Runs a step of the id's coordinator on its shard, and gives the answer.
io::task<std::expected<coordinator::transaction::answer, error_code>> ask_transaction(
    services& node, std::string transactional_id, coordinator::transaction_runtime::step call);

// Reads from the id's coordinator on its shard.
io::task<error_code> read_transaction(
    services& node, std::string transactional_id,
    std::function<void(const coordinator::transaction::transaction_core&)> call);

// Appends a marker to a partition of this node and tells its group coordinator, if it has one.
// Runs on the partition's shard. Gives where the partition ends with it; KAFKA_STORAGE_ERROR,
// NOT_LEADER_OR_FOLLOWER, and the errors of partition_log::append_marker.
struct appended_marker {
    error_code error = error_code::none;
    replication::partition_ref where;
    offset end;
};
appended_marker append_marker(const shard_ref& here, const topic_id& topic, partition_index index,
                              const log::marker_wish& wish);

// The coordinator's marker_writer on this node.
io::task<bool> write_markers(services& node, coordinator::transaction::marker_work work,
                             std::int32_t coordinator_epoch);

// A fresh producer id out of blocks that the controller allocates.
io::task<std::expected<producer_id, error_code>> fresh_producer_id(services& node);

}  // namespace weir::broker::api
