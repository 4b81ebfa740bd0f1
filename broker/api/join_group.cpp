// JoinGroup (key 11): a member enters a group, or comes back for the next generation. The answer
// comes when the join phase is over.
//   v1+   a rebalance timeout;  v4+ a new member is first told its id (KIP-394)
//   v5+   static members (KIP-345);  v9 SkipAssignment (KIP-814)
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/join_group_request.hpp"
#include "broker/protocol/messages/join_group_response.hpp"

namespace weir::broker::api {
namespace {

// "client-id-<uuid>", as Kafka's coordinator names members.
std::string fresh_member_id(const request_context& context,
                            const protocol::join_group_request& request) {
    const auto& prefix = request.group_instance_id ? *request.group_instance_id : context.client_id;
    return prefix + "-" + context.node.fresh_uuid_text();
}

}  // namespace

io::task<protocol::join_group_response> join_group(request_context& context,
                                                   protocol::join_group_request request) {
    using namespace coordinator::group;
    const network::long_wait waiting(context.connection);
    join_context joining{.client = identity_of(context),
                         .version = context.version,
                         .fresh_member_id = fresh_member_id(context, request)};
    auto failed = [member_id = request.member_id](error_code error) {
        protocol::join_group_response response;
        response.error_code = error;
        response.member_id = member_id;
        response.protocol_name.reset();
        return response;
    };
    const auto group = request.group_id;
    auto step = [request = std::move(request), joining = std::move(joining)](
                    group_core& core, request_token token, time_ms now, effects& out) {
        core.join(token, request, joining, now, out);
    };
    auto asking = ask_for<protocol::join_group_response>(context.node, group, std::move(step),
                                                         std::move(failed));
    auto response = co_await std::move(asking);
    // Before version 7 the name cannot be null.
    if (context.version < 7 && !response.protocol_name) response.protocol_name.emplace();
    co_return response;
}

}  // namespace weir::broker::api
