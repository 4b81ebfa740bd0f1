// DescribeGroups (key 15): state, protocol and members of groups of the classic protocol.
//   v3+   authorized operations;  v4+ instance ids
//   v6    a group that does not exist is GROUP_ID_NOT_FOUND (KIP-1043); before, it is "Dead"
#include <set>

#include "broker/api/authorized_operations.hpp"
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/describe_groups_request.hpp"

namespace weir::broker::api {

io::task<protocol::describe_groups_response> describe_groups(
    request_context& context, protocol::describe_groups_request request) {
    using described_group = protocol::describe_groups_response::described_group;
    protocol::describe_groups_response response;
    std::set<std::string> asked;
    for (const auto& group : request.groups) {
        if (!asked.insert(group).second) continue;  // one answer a group, however often it is named
        std::expected<described_group, std::string> found;
        auto look = [&](const coordinator::group::group_core& core) {
            found = core.describe(group);
        };
        const auto error = co_await read_group(context.node, group, std::move(look));
        described_group answer;
        answer.group_id = group;
        if (error != error_code::none) {
            answer.error_code = error;
        } else if (found) {
            answer = std::move(*found);
        } else {
            answer.group_state = "Dead";
            if (context.version >= 6) {
                answer.error_code = error_code::group_id_not_found;
                answer.error_message = found.error();
            }
        }
        answer.authorized_operations =
            request.include_authorized_operations ? group_operations : operations_not_asked;
        response.groups.push_back(std::move(answer));
    }
    co_return response;
}

}  // namespace weir::broker::api
