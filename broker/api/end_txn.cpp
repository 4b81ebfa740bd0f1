// EndTxn (key 26): commits or aborts a transaction (KIP-98).
//   v2+   PRODUCER_FENCED; before it is INVALID_PRODUCER_EPOCH
//   v5    transaction.version 2: the answer has the epoch of the next transaction (KIP-890)
#include "broker/api/request_context.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/protocol/messages/end_txn_request.hpp"
#include "broker/protocol/messages/end_txn_response.hpp"

namespace weir::broker::api {
namespace {

using namespace coordinator::transaction;

protocol::end_txn_response failed(error_code error) {
    protocol::end_txn_response response;
    response.error_code = error;
    return response;
}

}  // namespace

io::task<protocol::end_txn_response> end_txn(request_context& context,
                                             protocol::end_txn_request request) {
    auto& node = context.node;
    constexpr std::int16_t first_version_with_fenced = 2;
    constexpr std::int16_t first_version_with_epochs = 5;
    const bool with_epochs = context.version >= first_version_with_epochs;
    const auto id = request.transactional_id;
    end_wish wish{.transactional_id = id,
                  .producer = {.id = request.producer_id, .epoch = request.producer_epoch},
                  .commits = request.committed,
                  .client_version = client_version(with_epochs)};
    if (with_epochs) {
        const auto spare = co_await spare_producer_id(node, id, false);
        if (!spare) co_return failed(spare.error());
        wish.fresh = *spare;
    }
    auto step = [wish = std::move(wish)](transaction_core& core, request_token token, time_ms now,
                                         effects& out) { core.end(token, wish, now, out); };
    const auto answer = co_await ask_transaction(node, id, std::move(step));
    const auto error = told_of(answer, context.version, first_version_with_fenced);
    if (error != error_code::none) co_return failed(error);
    protocol::end_txn_response response;
    response.producer_id = answer->producer.id;
    response.producer_epoch = answer->producer.epoch;
    co_return response;
}

}  // namespace weir::broker::api
