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

io::task<std::expected<answer, error_code>> ask_to_end(request_context& context,
                                                       const protocol::end_txn_request& request) {
    using outcome = std::expected<answer, error_code>;
    constexpr std::int16_t first_version_with_epochs = 5;
    const bool with_epochs = context.version >= first_version_with_epochs;
    const auto id = request.transactional_id;
    end_wish wish{.transactional_id = id,
                  .producer = {.id = request.producer_id, .epoch = request.producer_epoch},
                  .commits = request.committed,
                  .client_version = client_version(with_epochs)};
    if (with_epochs) {
        auto allocation = spare_producer_id(context.node, id, false);
        const auto spare = co_await std::move(allocation);
        if (!spare) co_return outcome(std::unexpected(spare.error()));
        wish.fresh = *spare;
    }
    auto step = [wish = std::move(wish)](transaction_core& core, request_token token, time_ms now,
                                         effects& out) { core.end(token, wish, now, out); };
    auto asking = ask_transaction(context.node, id, std::move(step));
    co_return co_await std::move(asking);
}

}  // namespace

// A client may end its next transaction before the markers of the one before are written.
io::task<protocol::end_txn_response> end_txn(request_context& context,
                                             protocol::end_txn_request request) {
    constexpr std::int16_t first_version_with_fenced = 2;
    const network::long_wait waiting(context.connection);
    transaction_question question = [&] { return ask_to_end(context, request); };
    auto asking = ask_patiently(context, request.transactional_id, std::move(question));
    const auto answer = co_await std::move(asking);
    const auto error = told_of(answer, context.version, first_version_with_fenced);
    protocol::end_txn_response response;
    response.error_code = error;
    if (error != error_code::none) co_return response;
    response.producer_id = answer->producer.id;
    response.producer_epoch = answer->producer.epoch;
    co_return response;
}

}  // namespace weir::broker::api
