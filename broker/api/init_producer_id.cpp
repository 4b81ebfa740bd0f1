// InitProducerId (key 22): a producer id for an idempotent producer (KIP-98), out of blocks that
// the controller allocates. Not served: transactional ids (UNSUPPORTED_VERSION, which clients take
// as final), since transactions are not served.
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/init_producer_id_request.hpp"
#include "broker/protocol/messages/init_producer_id_response.hpp"

namespace weir::broker::api {

io::task<protocol::init_producer_id_response> init_producer_id(
    request_context& context, protocol::init_producer_id_request request) {
    auto& node = context.node;
    protocol::init_producer_id_response response;
    response.producer_id = no_producer_id;
    response.producer_epoch = no_producer_epoch;
    if (request.transactional_id) {
        response.error_code = request.transactional_id->empty() ? error_code::invalid_request
                                                                : error_code::unsupported_version;
        co_return response;
    }
    while (node.producer_ids.left == 0) {
        auto allocation = node.controller.allocate_producer_ids(node.self);
        const auto block =
            co_await io::run_on(node.shard, node.controller_shard, std::move(allocation));
        if (block.error != error_code::none) {
            response.error_code = block.error;
            co_return response;
        }
        // Another request may have brought a block meanwhile: the rest of the older one is lost,
        // which is allowed.
        node.producer_ids = {.next = block.first, .left = block.count};
    }
    response.producer_id = node.producer_ids.next;
    response.producer_epoch = producer_epoch(0);
    ++node.producer_ids.next;
    --node.producer_ids.left;
    co_return response;
}

}  // namespace weir::broker::api
