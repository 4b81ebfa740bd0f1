// From a transactional id to its coordinator: which partition, which shard; asking it; and writing
// markers for it.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "broker/api/request_context.hpp"
#include "broker/api/services.hpp"

namespace weir::broker::api {

// The partition of __transaction_state that a transactional id belongs to; nothing while that topic
// is missing.
std::expected<partition_index, error_code> partition_of_transaction(
    const services& node, const std::string& transactional_id);

// Runs a step of the id's coordinator on its shard, and gives the answer.
io::task<std::expected<coordinator::transaction::answer, error_code>> ask_transaction(
    services& node, std::string transactional_id, coordinator::transaction_runtime::step call);

// The version of the protocol that a client speaks that adds partitions by writing to them.
inline std::int16_t client_version(bool adds) {
    return adds ? coordinator::transaction::version_with_epochs : std::int16_t{0};
}

// Makes partitions part of a transaction, or with `verifies` asks whether they are: then the
// answer's `refused` are those that are not.
io::task<std::expected<coordinator::transaction::answer, error_code>> ask_to_add(
    services& node, coordinator::transaction::add_wish wish, bool verifies = false);

// A question to the coordinator of an id. It is asked again while the answer is
// CONCURRENT_TRANSACTIONS, for add.partitions.to.txn.retry.backoff.max.ms at most: each time when
// the producer's transaction before has ended. Clients that were told so at once would wait for
// long (KAFKA-18575).
using transaction_question =
    std::function<io::task<std::expected<coordinator::transaction::answer, error_code>>()>;
io::task<std::expected<coordinator::transaction::answer, error_code>> ask_patiently(
    request_context& context, std::string transactional_id, transaction_question question);

// What a client is told: PRODUCER_FENCED came with a version of each API; before it is
// INVALID_PRODUCER_EPOCH.
error_code told_of(const std::expected<coordinator::transaction::answer, error_code>& answer,
                   std::int16_t version, std::int16_t first_version_with_fenced);

// Reads from the id's coordinator on its shard.
io::task<error_code> read_transaction(
    services& node, std::string transactional_id,
    std::function<void(const coordinator::transaction::transaction_core&)> call);

// Appends a marker to each partition, then waits until all are committed, and tells the group
// coordinators among them. The error of each: UNKNOWN_TOPIC_OR_PARTITION when it is no more,
// REQUEST_TIMED_OUT, KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER, and those of
// partition_log::append_marker.
io::task<std::vector<error_code>> mark_partitions(
    services& node, const std::vector<coordinator::transaction::topic_partition>& partitions,
    log::marker_wish wish);

// The coordinator's marker_writer on this node.
io::task<bool> write_markers(services& node, coordinator::transaction::marker_work work,
                             std::int32_t coordinator_epoch);

// A fresh producer id out of blocks that the controller allocates.
io::task<std::expected<producer_id, error_code>> fresh_producer_id(services& node);
// The same when the id's next step needs one, else none. An id that is not known needs one only
// `for_unknown`.
io::task<std::expected<producer_id, error_code>> spare_producer_id(services& node,
                                                                   std::string transactional_id,
                                                                   bool for_unknown);

}  // namespace weir::broker::api
