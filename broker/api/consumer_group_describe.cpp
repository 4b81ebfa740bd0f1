// ConsumerGroupDescribe (key 69): state, epochs, members and assignments of groups of the consumer
// protocol (KIP-848).
//   v1    which protocol a member uses (KIP-1099)
#include <set>

#include "broker/api/authorized_operations.hpp"
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/consumer_group_describe_request.hpp"
#include "broker/protocol/messages/consumer_group_describe_response.hpp"

namespace weir::broker::api {
namespace {

using described_group = protocol::consumer_group_describe_response::described_group;

io::task<described_group> describe_one(services& node, std::string group) {
    described_group refused;
    refused.group_id = group;
    if (group.empty()) {
        refused.error_code = error_code::invalid_group_id;
        co_return refused;
    }
    std::expected<described_group, std::string> found;
    auto look = [&](const coordinator::group::group_core& core) {
        found = core.describe_consumer(group);
    };
    const auto error = co_await read_group(node, group, std::move(look));
    if (error == error_code::none && found) co_return std::move(*found);
    refused.error_code = error == error_code::none ? error_code::group_id_not_found : error;
    if (error == error_code::none) refused.error_message = found.error();
    co_return refused;
}

}  // namespace

io::task<protocol::consumer_group_describe_response> consumer_group_describe(
    request_context& context, protocol::consumer_group_describe_request request) {
    protocol::consumer_group_describe_response response;
    std::set<std::string> asked;
    for (const auto& group : request.group_ids) {
        if (!asked.insert(group).second) continue;  // one answer a group, however often it is named
        if (!serves_consumer_protocol(context.node)) {
            auto& refused = response.groups.emplace_back();
            refused.group_id = group;
            refused.error_code = error_code::unsupported_version;
            continue;
        }
        auto describing = describe_one(context.node, group);
        auto answer = co_await std::move(describing);
        if (answer.error_code == error_code::none && request.include_authorized_operations) {
            answer.authorized_operations = group_operations;
        }
        response.groups.push_back(std::move(answer));
    }
    co_return response;
}

}  // namespace weir::broker::api
