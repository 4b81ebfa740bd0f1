// OffsetDelete (key 47): forgets offsets of topics that the group does not read (KIP-496).
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/offset_delete_request.hpp"
#include "broker/protocol/messages/offset_delete_response.hpp"

namespace weir::broker::api {

io::task<protocol::offset_delete_response> offset_delete(request_context& context,
                                                         protocol::offset_delete_request request) {
    using namespace coordinator::group;
    auto failed = [](error_code error) {
        protocol::offset_delete_response response;
        response.error_code = error;
        return response;
    };
    const auto group = request.group_id;
    auto step = [request = std::move(request)](group_core& core, request_token token, time_ms,
                                               effects& out) {
        core.delete_offsets(token, request, out);
    };
    auto asking = ask_for<protocol::offset_delete_response>(context.node, group, std::move(step),
                                                            std::move(failed));
    co_return co_await std::move(asking);
}

}  // namespace weir::broker::api
