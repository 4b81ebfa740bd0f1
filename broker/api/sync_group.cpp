// SyncGroup (key 14): the leader hands in the assignment, every member gets its own.
//   v3+   static members;  v5 protocol type and name are checked (KIP-559)
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/sync_group_request.hpp"
#include "broker/protocol/messages/sync_group_response.hpp"

namespace weir::broker::api {

io::task<protocol::sync_group_response> sync_group(request_context& context,
                                                   protocol::sync_group_request request) {
    using namespace coordinator::group;
    const network::long_wait waiting(context.connection);
    auto failed = [](error_code error) {
        protocol::sync_group_response response;
        response.error_code = error;
        return response;
    };
    const auto group = request.group_id;
    auto step = [request = std::move(request)](group_core& core, request_token token, time_ms now,
                                               effects& out) {
        core.sync(token, request, now, out);
    };
    auto asking = ask_for<protocol::sync_group_response>(context.node, group, std::move(step),
                                                         std::move(failed));
    co_return co_await std::move(asking);
}

}  // namespace weir::broker::api
