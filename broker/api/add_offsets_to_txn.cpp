// AddOffsetsToTxn (key 25): a group's offsets become part of a producer's transaction (KIP-98): the
// partition of __consumer_offsets that the group belongs to. With version 2 TxnOffsetCommit does
// it.
//   v2+   PRODUCER_FENCED; before it is INVALID_PRODUCER_EPOCH
#include "broker/api/group_access.hpp"
#include "broker/api/request_context.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/protocol/messages/add_offsets_to_txn_request.hpp"
#include "broker/protocol/messages/add_offsets_to_txn_response.hpp"

namespace weir::broker::api {

io::task<protocol::add_offsets_to_txn_response> add_offsets_to_txn(
    request_context& context, protocol::add_offsets_to_txn_request request) {
    using namespace coordinator::transaction;
    constexpr std::int16_t first_version_with_fenced = 2;
    protocol::add_offsets_to_txn_response response;
    const auto index = partition_of_group(context.node, request.group_id);
    if (!index) {
        response.error_code = index.error();
        co_return response;
    }
    add_wish wish{.transactional_id = request.transactional_id,
                  .producer = {.id = request.producer_id, .epoch = request.producer_epoch},
                  .partitions = {{.topic = coordinator::offsets_topic, .partition = *index}}};
    const auto answer = co_await ask_to_add(context.node, std::move(wish));
    response.error_code = told_of(answer, context.version, first_version_with_fenced);
    co_return response;
}

}  // namespace weir::broker::api
