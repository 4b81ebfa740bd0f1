// DeleteGroups (key 42): removes empty groups with their offsets (KIP-229).
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/delete_groups_request.hpp"
#include "broker/protocol/messages/delete_groups_response.hpp"

namespace weir::broker::api {

io::task<protocol::delete_groups_response> delete_groups(request_context& context,
                                                         protocol::delete_groups_request request) {
    using namespace coordinator::group;
    protocol::delete_groups_response response;
    for (const auto& group : request.groups_names) {
        auto step = [group](group_core& core, request_token token, time_ms, effects& out) {
            core.delete_group(token, group, out);
        };
        auto asking = ask_group(context.node, group, std::move(step));
        const auto answer = co_await std::move(asking);
        auto& result = response.results.emplace_back();
        result.group_id = group;
        result.error_code = answer ? std::get<error_code>(*answer) : answer.error();
    }
    co_return response;
}

}  // namespace weir::broker::api
