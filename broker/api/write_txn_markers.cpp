// WriteTxnMarkers (key 27): ends transactions on this broker's partitions, for a coordinator on
// another broker and for `kafka-transactions.sh abort`.
//   v2    the transaction's version: with 2 a marker's epoch is above that of all its records
#include "broker/api/request_context.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/protocol/messages/write_txn_markers_request.hpp"
#include "broker/protocol/messages/write_txn_markers_response.hpp"

namespace weir::broker::api {
namespace {

using asked_marker = protocol::write_txn_markers_request::writable_txn_marker;

// Runs on the partition's shard.
io::task<error_code> mark(const shard_ref& here, topic_id topic, partition_index index,
                          log::marker_wish wish, io::time_point deadline) {
    const auto marker = append_marker(here, topic, index, wish);
    if (marker.error != error_code::none) co_return marker.error;
    auto waiting = marker.where->wait_committed(marker.end, deadline);
    co_return co_await std::move(waiting) ? error_code::none : error_code::request_timed_out;
}

}  // namespace

io::task<protocol::write_txn_markers_response> write_txn_markers(
    request_context& context, protocol::write_txn_markers_request request) {
    constexpr auto commit_deadline = std::chrono::seconds(30);
    auto& node = context.node;
    protocol::write_txn_markers_response response;
    for (const asked_marker& asked : request.markers) {
        auto& result = response.markers.emplace_back();
        result.producer_id = asked.producer_id;
        const log::marker_wish wish{
            .producer = asked.producer_id,
            .epoch = asked.producer_epoch,
            .marker = {.commits = asked.transaction_result,
                       .coordinator_epoch = asked.coordinator_epoch},
            .above_epoch = asked.transaction_version >= transactions_with_epochs};
        for (const auto& topic : asked.topics) {
            auto& answers = result.topics.emplace_back();
            answers.name = topic.name;
            const auto* known = node.image().topic(topic.name);
            for (const auto index : topic.partition_indexes) {
                auto& answer = answers.partitions.emplace_back();
                answer.partition_index = index;
                if (!known || !node.image().partition(known->id, index)) {
                    answer.error_code = error_code::unknown_topic_or_partition;
                    continue;
                }
                const auto& target = node.shard_of(known->id, index);
                auto marking =
                    mark(target, known->id, index, wish, node.shard.now() + commit_deadline);
                answer.error_code =
                    co_await io::run_on(node.shard, *target.shard, std::move(marking));
            }
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
