// ListGroups (key 16): the groups that this broker coordinates. v4+ filtered by state (KIP-518), v5
// by type (KIP-848): "classic" or "consumer".
#include <algorithm>
#include <cctype>

#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/list_groups_request.hpp"
#include "broker/protocol/messages/list_groups_response.hpp"

namespace weir::broker::api {
namespace {

using coordinator::group::group_summary;

// Filters are compared without regard to case, as Kafka does.
bool passes(const std::vector<std::string>& filter, std::string_view value) {
    const auto same = [value](const std::string& wanted) {
        return std::ranges::equal(wanted, value, [](unsigned char a, unsigned char b) {
            return std::tolower(a) == std::tolower(b);
        });
    };
    return filter.empty() || std::ranges::any_of(filter, same);
}

// Runs on the coordinators' shard.
io::task<std::vector<group_summary>> list_here(coordinator::group_service& groups) {
    std::vector<group_summary> all;
    for (const auto& runtime : groups.all()) {
        auto read = [&all](const coordinator::group::group_core& core) {
            for (auto& each : core.list())
                all.push_back(std::move(each));
        };
        auto reading = runtime->read(std::move(read));
        (void)co_await std::move(reading);
    }
    co_return all;
}

}  // namespace

io::task<protocol::list_groups_response> list_groups(request_context& context,
                                                     protocol::list_groups_request request) {
    auto& node = context.node;
    protocol::list_groups_response response;
    for (const auto& target : node.shards) {
        auto listing = list_here(*target.groups);
        const auto found = co_await io::run_on(node.shard, *target.shard, std::move(listing));
        for (const auto& each : found) {
            if (!passes(request.states_filter, each.state)) continue;
            if (!passes(request.types_filter, each.type)) continue;
            auto& listed = response.groups.emplace_back();
            listed.group_id = each.id;
            listed.protocol_type = each.protocol_type;
            listed.group_state = each.state;
            listed.group_type = each.type;
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
