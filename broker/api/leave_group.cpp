// LeaveGroup (key 13): members leave. v3+ several at once, static ones by instance id (KIP-345);
// v5 with a reason (KIP-800).
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/leave_group_request.hpp"
#include "broker/protocol/messages/leave_group_response.hpp"

namespace weir::broker::api {

io::task<protocol::leave_group_response> leave_group(request_context& context,
                                                     protocol::leave_group_request request) {
    using namespace coordinator::group;
    auto failed = [](error_code error) {
        protocol::leave_group_response response;
        response.error_code = error;
        return response;
    };
    const auto group = request.group_id;
    auto step = [request = std::move(request)](group_core& core, request_token token, time_ms now,
                                               effects& out) {
        core.leave(token, request, now, out);
    };
    auto asking = ask_for<protocol::leave_group_response>(context.node, group, std::move(step),
                                                          std::move(failed));
    co_return co_await std::move(asking);
}

}  // namespace weir::broker::api
