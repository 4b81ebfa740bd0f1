// FindCoordinator (key 10): who coordinates a group (type 0) or a transactional id (type 1). v4+
// asks for several keys (KIP-699). The first question makes the internal topic. Not served: share
// groups (type 2), which answer INVALID_REQUEST.
#include "broker/api/group_access.hpp"
#include "broker/api/internal_topics.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/protocol/messages/find_coordinator_request.hpp"
#include "broker/protocol/messages/find_coordinator_response.hpp"

namespace weir::broker::api {
namespace {

using coordinator_answer = protocol::find_coordinator_response::coordinator;

constexpr std::int8_t group_type = 0;
constexpr std::int8_t transaction_type = 1;

const char* topic_of(std::int8_t type) {
    return type == group_type ? coordinator::offsets_topic : coordinator::transactions_topic;
}

coordinator_answer find_one(const request_context& context, const std::string& key,
                            std::int8_t type) {
    const auto& node = context.node;
    coordinator_answer answer;
    answer.key = key;
    answer.node_id = no_node;
    answer.port = -1;
    if (type != group_type && type != transaction_type) {
        answer.error_code = error_code::invalid_request;
        answer.error_message =
            "This most likely occurs because of a request being malformed by the client library or "
            "the message was sent to an incompatible broker. See the broker logs for more details.";
        return answer;
    }
    const bool of_group = type == group_type;
    const auto index =
        of_group ? partition_of_group(node, key) : partition_of_transaction(node, key);
    const auto* topic = node.image().topic(topic_of(type));
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
    const bool served = request.key_type == group_type || request.key_type == transaction_type;
    if (served && !context.node.image().topic(topic_of(request.key_type))) {
        std::vector<std::string> names{topic_of(request.key_type)};
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
