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

protocol::end_txn_response failed(error_code error, std::int16_t version) {
    constexpr std::int16_t first_version_with_fenced = 2;
    const bool renamed =
        error == error_code::producer_fenced && version < first_version_with_fenced;
    protocol::end_txn_response response;
    response.error_code = renamed ? error_code::invalid_producer_epoch : error;
    return response;
}

}  // namespace

io::task<protocol::end_txn_response> end_txn(request_context& context,
                                             protocol::end_txn_request request) {
    auto& node = context.node;
    constexpr std::int16_t first_version_with_epochs = 5;
    const bool with_epochs = context.version >= first_version_with_epochs;
    const auto id = request.transactional_id;
    end_wish wish{.transactional_id = id,
                  .producer = {.id = request.producer_id, .epoch = request.producer_epoch},
                  .commits = request.committed,
                  .client_version = with_epochs ? transactions_with_epochs : std::int16_t{0}};
    if (with_epochs) {
        bool wants_id = false;
        auto look = [&](const transaction_core& core) {
            wants_id = core.find(id) != nullptr && core.needs_producer_id(id);
        };
        const auto unread = co_await read_transaction(node, id, std::move(look));
        if (unread != error_code::none) co_return failed(unread, context.version);
        if (wants_id) {
            const auto fresh = co_await fresh_producer_id(node);
            if (!fresh) co_return failed(fresh.error(), context.version);
            wish.fresh = *fresh;
        }
    }
    auto step = [wish = std::move(wish)](transaction_core& core, request_token token, time_ms now,
                                         effects& out) { core.end(token, wish, now, out); };
    const auto answer = co_await ask_transaction(node, id, std::move(step));
    if (!answer) co_return failed(answer.error(), context.version);
    if (answer->error != error_code::none) co_return failed(answer->error, context.version);
    protocol::end_txn_response response;
    response.producer_id = answer->producer.id;
    response.producer_epoch = answer->producer.epoch;
    co_return response;
}

}  // namespace weir::broker::api
