// InitProducerId (key 22): a producer id for an idempotent producer, or the next epoch of a
// transactional id (KIP-98).
//   v3+   the client's own id and epoch, when it goes on after an error (KIP-360)
//   v4+   PRODUCER_FENCED; before it is INVALID_PRODUCER_EPOCH
// Not served: two-phase commit (v6, KIP-939).
#include "broker/api/request_context.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/protocol/messages/init_producer_id_request.hpp"
#include "broker/protocol/messages/init_producer_id_response.hpp"

namespace weir::broker::api {
namespace {

using namespace coordinator::transaction;
using response_type = protocol::init_producer_id_response;

response_type failed(error_code error) {
    response_type response;
    response.error_code = error;
    response.producer_id = no_producer_id;
    response.producer_epoch = no_producer_epoch;
    return response;
}

io::task<response_type> init_transactional(request_context& context,
                                           protocol::init_producer_id_request request) {
    auto& node = context.node;
    const auto& id = *request.transactional_id;
    if (id.empty()) co_return failed(error_code::invalid_request);
    const bool half_named =
        (request.producer_id == no_producer_id) != (request.producer_epoch == no_producer_epoch);
    if (half_named) co_return failed(error_code::invalid_request);
    init_wish wish{.transactional_id = id,
                   .timeout_ms = request.transaction_timeout_ms,
                   .expected = {.id = request.producer_id, .epoch = request.producer_epoch}};
    const auto spare = co_await spare_producer_id(node, id, true);
    if (!spare) co_return failed(spare.error());
    wish.fresh = *spare;
    auto step = [wish = std::move(wish)](transaction_core& core, request_token token, time_ms now,
                                         effects& out) { core.init(token, wish, now, out); };
    const auto answer = co_await ask_transaction(node, id, std::move(step));
    constexpr std::int16_t first_version_with_fenced = 4;
    const auto error = told_of(answer, context.version, first_version_with_fenced);
    if (error != error_code::none) co_return failed(error);
    response_type response;
    response.producer_id = answer->producer.id;
    response.producer_epoch = answer->producer.epoch;
    co_return response;
}

}  // namespace

io::task<protocol::init_producer_id_response> init_producer_id(
    request_context& context, protocol::init_producer_id_request request) {
    if (request.transactional_id) {
        auto initing = init_transactional(context, std::move(request));
        co_return co_await std::move(initing);
    }
    const auto fresh = co_await fresh_producer_id(context.node);
    if (!fresh) co_return failed(fresh.error());
    response_type response;
    response.producer_id = *fresh;
    response.producer_epoch = producer_epoch(0);
    co_return response;
}

}  // namespace weir::broker::api
