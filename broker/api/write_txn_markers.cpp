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
using marker_result = protocol::write_txn_markers_response::writable_txn_marker_result;

std::vector<coordinator::topic_partition> partitions_of(const asked_marker& asked) {
    std::vector<coordinator::topic_partition> all;
    for (const auto& topic : asked.topics) {
        for (const auto index : topic.partition_indexes)
            all.push_back({.topic = topic.name, .partition = index});
    }
    return all;
}

// `errors`: of partitions_of(asked), in that order.
void tell(marker_result& result, const asked_marker& asked, const std::vector<error_code>& errors) {
    result.producer_id = asked.producer_id;
    auto error = errors.begin();
    for (const auto& topic : asked.topics) {
        auto& answers = result.topics.emplace_back();
        answers.name = topic.name;
        for (const auto index : topic.partition_indexes) {
            auto& answer = answers.partitions.emplace_back();
            answer.partition_index = index;
            answer.error_code = *error++;
        }
    }
}

}  // namespace

io::task<protocol::write_txn_markers_response> write_txn_markers(
    request_context& context, protocol::write_txn_markers_request request) {
    using coordinator::transaction::version_with_epochs;
    protocol::write_txn_markers_response response;
    for (const auto& asked : request.markers) {
        const auto partitions = partitions_of(asked);
        auto marking =
            mark_partitions(context.node, partitions,
                            {.producer = asked.producer_id,
                             .epoch = asked.producer_epoch,
                             .marker = {.commits = asked.transaction_result,
                                        .coordinator_epoch = asked.coordinator_epoch},
                             .above_epoch = asked.transaction_version >= version_with_epochs});
        const auto errors = co_await std::move(marking);
        tell(response.markers.emplace_back(), asked, errors);
    }
    co_return response;
}

}  // namespace weir::broker::api
