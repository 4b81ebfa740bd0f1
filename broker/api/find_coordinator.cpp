// FindCoordinator (key 10): who coordinates a group (type 0). v4+ asks for several keys (KIP-699).
// The first question makes __consumer_offsets. Not served: transactions (type 1) and share groups
// (type 2), which answer INVALID_REQUEST.
#include "broker/api/group_access.hpp"
#include "broker/api/internal_topics.hpp"
#include "broker/protocol/messages/find_coordinator_request.hpp"
#include "broker/protocol/messages/find_coordinator_response.hpp"

namespace weir::broker::api {
namespace {

using coordinator_answer = protocol::find_coordinator_response::coordinator;

coordinator_answer find_one(const request_context& context, const std::string& key,
                            std::int8_t type) {
    constexpr std::int8_t group_type = 0;
    const auto& node = context.node;
    coordinator_answer answer;
    answer.key = key;
    answer.node_id = no_node;
    answer.port = -1;
    if (type != group_type) {
        answer.error_code = error_code::invalid_request;
        answer.error_message =
            "This most likely occurs because of a request being malformed by the client library or "
            "the message was sent to an incompatible broker. See the broker logs for more details.";
        return answer;
    }
    const auto index = partition_of_group(node, key);
    const auto* topic = node.image().topic(coordinator::offsets_topic);
    const auto* partition = index ? node.image().partition(topic->id, *index) : nullptr;
    const auto broker =
        partition ? node.image().brokers().find(partition->leader) : node.image().brokers().end();
    if (broker == node.image().brokers().end()) {
        answer.error_code = error_code::coordinator_not_available;
        answer.error_message = "The coordinator is not available.";
        return answer;
    }
    for (const auto& endpoint : broker->second.endpoints) {
        if (endpoint.listener != context.connection.listener) continue;
        answer.node_id = broker->first;
        answer.host = endpoint.host;
        answer.port = endpoint.port;
    }
    return answer;
}

}  // namespace

io::task<protocol::find_coordinator_response> find_coordinator(
    request_context& context, protocol::find_coordinator_request request) {
    if (!context.node.image().topic(coordinator::offsets_topic) && request.key_type == 0) {
        std::vector<std::string> names{coordinator::offsets_topic};
        auto creation = create_missing_topics(context.node, std::move(names));
        co_await std::move(creation);
    }
    protocol::find_coordinator_response response;
    constexpr std::int16_t first_version_with_many = 4;
    if (context.version >= first_version_with_many) {
        for (const auto& key : request.coordinator_keys) {
            response.coordinators.push_back(find_one(context, key, request.key_type));
        }
        co_return response;
    }
    auto only = find_one(context, request.key, request.key_type);
    response.error_code = only.error_code;
    response.error_message = std::move(only.error_message);
    if (response.error_code == error_code::none) response.error_message = "NONE";
    response.node_id = only.node_id;
    response.host = std::move(only.host);
    response.port = only.port;
    co_return response;
}

}  // namespace weir::broker::api
