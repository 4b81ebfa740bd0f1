// ElectLeaders (key 43): partitions go back to their preferred leader (KIP-183), or to any replica
// that lives (KIP-460).
//   v0    preferred leaders only
//   v1+   the type of the election; an error of the whole request
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/elect_leaders_request.hpp"
#include "broker/protocol/messages/elect_leaders_response.hpp"

namespace weir::broker::api {

io::task<protocol::elect_leaders_response> elect_leaders(request_context& context,
                                                         protocol::elect_leaders_request request) {
    auto& node = context.node;
    auto election = node.controller.elect_leaders(std::move(request));
    co_return co_await io::run_on(node.shard, node.controller_shard, std::move(election));
}

}  // namespace weir::broker::api
