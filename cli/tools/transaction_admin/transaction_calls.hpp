// What kafka-transactions asks a cluster. Answers and errors are those of Kafka's Admin client.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/protocol/messages/describe_producers_response.hpp"
#include "broker/protocol/messages/describe_transactions_response.hpp"
#include "broker/protocol/messages/list_transactions_request.hpp"
#include "broker/protocol/messages/list_transactions_response.hpp"
#include "cli/tools/leader_calls.hpp"

namespace weir::cli::tools {

using listed_transaction = broker::protocol::list_transactions_response::transaction_state;
using transaction_state = broker::protocol::describe_transactions_response::transaction_state;
using active_producer = broker::protocol::describe_producers_response::producer_state;

// The transactional ids of every broker that pass the filters of the request, by broker.
tool_result<std::map<broker::node_id, std::vector<listed_transaction>>> list_transactions(
    admin_client& client, const broker::protocol::list_transactions_request& request);

struct described_transaction {
    broker::node_id coordinator;
    transaction_state state;
};
tool_result<described_transaction> describe_transaction(admin_client& client,
                                                        const std::string& transactional_id);

// The partitions of a transaction, in the order of a HashSet.
std::vector<topic_partition> partitions_of(const transaction_state& state);

using producers_by_partition = std::map<topic_partition, std::vector<active_producer>>;
// Of each partition's leader, or of `node`; the error is that of the first that has one.
tool_result<producers_by_partition> describe_producers(
    admin_client& client, const std::vector<topic_partition>& partitions,
    std::optional<broker::node_id> node);

// A transaction on one partition, to be ended by a marker.
struct abort_spec {
    topic_partition where;
    broker::producer_id producer;
    broker::producer_epoch epoch;
    std::int32_t coordinator_epoch = 0;
};
std::string to_text(const abort_spec& spec);
tool_result<void> abort_transaction(admin_client& client, const abort_spec& spec);

// Ends the open transaction of an id by taking its epoch.
tool_result<void> fence_producer(admin_client& client, const std::string& transactional_id);

}  // namespace weir::cli::tools
