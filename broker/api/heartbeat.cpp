// Heartbeat (key 12): a member is alive; REBALANCE_IN_PROGRESS tells it to join again.
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/heartbeat_request.hpp"
#include "broker/protocol/messages/heartbeat_response.hpp"

namespace weir::broker::api {

io::task<protocol::heartbeat_response> heartbeat(request_context& context,
                                                 protocol::heartbeat_request request) {
    using namespace coordinator::group;
    auto failed = [](error_code error) {
        protocol::heartbeat_response response;
        response.error_code = error;
        return response;
    };
    const auto group = request.group_id;
    auto step = [request = std::move(request)](group_core& core, request_token token, time_ms now,
                                               effects& out) {
        core.heartbeat(token, request, now, out);
    };
    auto asking = ask_for<protocol::heartbeat_response>(context.node, group, std::move(step),
                                                        std::move(failed));
    co_return co_await std::move(asking);
}

}  // namespace weir::broker::api
