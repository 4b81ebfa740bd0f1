// DescribeProducers (key 61): the producers that a partition's log remembers (KIP-664).
#include <set>
#include <utility>

#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/describe_producers_request.hpp"
#include "broker/protocol/messages/describe_producers_response.hpp"

namespace weir::broker::api {
namespace {

using answer_partition = protocol::describe_producers_response::partition_response;

// Runs on the partition's shard.
answer_partition describe(const replication::partition_ref& partition, partition_index index) {
    answer_partition answer;
    answer.partition_index = index;
    answer.error_code =
        partition ? partition->check_leader(no_leader_epoch) : error_code::kafka_storage_error;
    if (answer.error_code != error_code::none) return answer;
    for (const auto& each : partition->log().producers().producers()) {
        auto& told = answer.active_producers.emplace_back();
        told.producer_id = each.id;
        told.producer_epoch = each.epoch.value();
        told.last_sequence = each.last_sequence;
        told.last_timestamp = each.last_timestamp;
        told.coordinator_epoch = each.coordinator_epoch;
        told.current_txn_start_offset = each.open_since;
    }
    return answer;
}

}  // namespace

io::task<protocol::describe_producers_response> describe_producers(
    request_context& context, protocol::describe_producers_request request) {
    auto& node = context.node;
    protocol::describe_producers_response response;
    std::set<std::pair<std::string, partition_index>> asked;
    for (const auto& topic : request.topics) {
        auto& answers = response.topics.emplace_back();
        answers.name = topic.name;
        for (const auto index : topic.partition_indexes) {
            // One answer a partition, however often it is named.
            if (!asked.emplace(topic.name, index).second) continue;
            const auto* known = node.image().topic(topic.name);
            if (!known || !node.image().partition(known->id, index)) {
                auto& unknown = answers.partitions.emplace_back();
                unknown.partition_index = index;
                unknown.error_code = error_code::unknown_topic_or_partition;
                unknown.error_message = "This server does not host this topic-partition.";
                continue;
            }
            auto look = [index](const replication::partition_ref& partition) {
                return describe(partition, index);
            };
            answers.partitions.push_back(
                co_await on_partition(node, known->id, index, std::move(look)));
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
