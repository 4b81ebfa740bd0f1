// UpdateFeatures (key 57): levels of features up or down, all of a request or none (KIP-584).
//   v0    `allow_downgrade` is not heard, as in Kafka: there is no downgrade
//   v1+   safe and unsafe downgrade (metadata.version takes neither over a change of what is
//         stored); `validate_only`
//   v2    no result for each feature: an error is that of the whole request in every version
// A new level counts for every request that begins after the answer.
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/update_features_request.hpp"
#include "broker/protocol/messages/update_features_response.hpp"

namespace weir::broker::api {

io::task<protocol::update_features_response> update_features(
    request_context& context, protocol::update_features_request request) {
    auto& node = context.node;
    auto update = node.controller.update_features(std::move(request));
    co_return co_await io::run_on(node.shard, node.controller_shard, std::move(update));
}

}  // namespace weir::broker::api
