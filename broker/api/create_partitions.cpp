// CreatePartitions (key 37): more partitions for existing topics; never fewer.
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/create_partitions_request.hpp"
#include "broker/protocol/messages/create_partitions_response.hpp"

namespace weir::broker::api {

io::task<protocol::create_partitions_response> create_partitions(
    request_context& context, protocol::create_partitions_request request) {
    auto& node = context.node;
    auto creation = node.controller.create_partitions(std::move(request));
    co_return co_await io::run_on(node.shard, node.controller_shard, std::move(creation));
}

}  // namespace weir::broker::api
