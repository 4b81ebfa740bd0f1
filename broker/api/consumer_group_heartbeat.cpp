// ConsumerGroupHeartbeat (key 68): a member of a group of the consumer protocol (KIP-848) joins
// (epoch 0), goes on, leaves (-1) or goes away for a while (-2, static members).
//   v0    a member that joins without an id gets one
//   v1    members make their ids themselves (KIP-1082); subscriptions by regular expression
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/consumer_group_heartbeat_request.hpp"
#include "broker/protocol/messages/consumer_group_heartbeat_response.hpp"

namespace weir::broker::api {

io::task<protocol::consumer_group_heartbeat_response> consumer_group_heartbeat(
    request_context& context, protocol::consumer_group_heartbeat_request request) {
    using namespace coordinator::group;
    auto failed = [](error_code error) {
        protocol::consumer_group_heartbeat_response response;
        response.error_code = error;
        return response;
    };
    if (!serves_consumer_protocol(context.node)) {
        co_return failed(error_code::unsupported_version);
    }
    join_context joining{.client = identity_of(context),
                         .version = context.version,
                         .fresh_member_id = context.node.fresh_id_text()};
    const auto group = request.group_id;
    auto step = [request = std::move(request), joining = std::move(joining)](
                    group_core& core, request_token token, time_ms now, effects& out) {
        core.consumer_heartbeat(token, request, joining, now, out);
    };
    auto asking = ask_for<protocol::consumer_group_heartbeat_response>(
        context.node, group, std::move(step), std::move(failed));
    co_return co_await std::move(asking);
}

}  // namespace weir::broker::api
