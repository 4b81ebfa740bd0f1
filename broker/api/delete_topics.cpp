// DeleteTopics (key 20): by name, and from v6 by id as well. The files go after
// file.delete.delay.ms.
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/delete_topics_request.hpp"
#include "broker/protocol/messages/delete_topics_response.hpp"

namespace weir::broker::api {

io::task<protocol::delete_topics_response> delete_topics(request_context& context,
                                                         protocol::delete_topics_request request) {
    auto& node = context.node;
    auto deletion = node.controller.delete_topics(std::move(request));
    co_return co_await io::run_on(node.shard, node.controller_shard, std::move(deletion));
}

}  // namespace weir::broker::api
