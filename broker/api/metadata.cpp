// Metadata (key 3): brokers, the controller, and topics with their partitions' leaders.
//   v0       an empty list asks for all topics; v1+ null does
//   v4+      allow_auto_topic_creation: unknown topics are created when the broker allows it
//   v8-10    authorized operations of the cluster, v8+ of topics
//   v10+     topic ids in answers, v12+ in questions
// Not served: ACLs (every topic is visible).
#include <set>

#include "broker/api/authorized_operations.hpp"
#include "broker/api/internal_topics.hpp"
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/metadata_request.hpp"
#include "broker/protocol/messages/metadata_response.hpp"

namespace weir::broker::api {
namespace {

using answer_topic = protocol::metadata_response::metadata_response_topic;
using answer_partition = protocol::metadata_response::metadata_response_partition;

void describe_brokers(const request_context& context, protocol::metadata_response& response) {
    for (const auto& [id, broker] : context.node.image().brokers()) {
        if (broker.fenced) continue;
        for (const auto& endpoint : broker.endpoints) {
            if (endpoint.listener != context.connection.listener) continue;
            protocol::metadata_response::metadata_response_broker each;
            each.node_id = id;
            each.host = endpoint.host;
            each.port = endpoint.port;
            each.rack = broker.rack;
            response.brokers.push_back(std::move(each));
        }
    }
}

answer_topic describe_topic(const controller::topic_image& topic, bool operations) {
    answer_topic answer;
    answer.name = topic.name;
    answer.topic_id = topic.id;
    answer.is_internal = is_internal_topic(topic.name);
    answer.topic_authorized_operations = operations ? topic_operations : operations_not_asked;
    answer.partitions.reserve(topic.partitions.size());
    for (std::size_t index = 0; index < topic.partitions.size(); ++index) {
        const auto& partition = topic.partitions[index];
        answer_partition each;
        each.partition_index = partition_index(static_cast<std::int32_t>(index));
        each.leader_id = partition.leader;
        each.leader_epoch = partition.leader_epoch;
        each.replica_nodes = partition.replicas;
        each.isr_nodes = partition.isr;
        if (partition.leader == no_node) each.error_code = error_code::leader_not_available;
        answer.partitions.push_back(std::move(each));
    }
    return answer;
}

answer_topic unknown_topic(const protocol::metadata_request::metadata_request_topic& asked,
                           error_code error) {
    answer_topic answer;
    answer.error_code = error;
    answer.name = asked.name;
    answer.topic_id = asked.topic_id;
    answer.topic_authorized_operations = operations_not_asked;
    return answer;
}

}  // namespace

io::task<protocol::metadata_response> metadata(request_context& context,
                                               protocol::metadata_request request) {
    const bool all = !request.topics || (context.version == 0 && request.topics->empty());
    const bool may_create = context.node.config.auto_create_topics_enable &&
                            (context.version < 4 || request.allow_auto_topic_creation);
    std::map<std::string, error_code> refused;
    if (!all && may_create) {
        std::vector<std::string> missing;
        for (const auto& asked : *request.topics) {
            if (asked.name && !asked.name->empty() && !context.node.image().topic(*asked.name)) {
                missing.push_back(*asked.name);
            }
        }
        const bool creatable = missing.size() <= controller::partitions_per_request_max;
        if (creatable && !missing.empty()) {
            refused = co_await create_missing_topics(context.node, std::move(missing));
        }
    }

    protocol::metadata_response response;
    describe_brokers(context, response);
    const auto& image = context.node.image();
    response.cluster_id = context.node.cluster_id;
    response.controller_id = context.node.self;
    response.cluster_authorized_operations =
        request.include_cluster_authorized_operations ? cluster_operations : operations_not_asked;
    const bool operations = request.include_topic_authorized_operations;
    if (all) {
        for (const auto& topic : image.sorted_topics()) {
            response.topics.push_back(describe_topic(*topic, operations));
        }
        co_return response;
    }
    std::set<std::pair<topic_id, std::string_view>> told;
    for (const auto& asked : *request.topics) {
        const auto name = asked.name ? std::string_view(*asked.name) : std::string_view();
        const bool again = !told.emplace(asked.topic_id, name).second;
        if (again) continue;  // one answer a topic, however often it is named
        const bool by_id = !asked.topic_id.is_zero();
        const auto* topic = by_id        ? image.topic(asked.topic_id)
                            : asked.name ? image.topic(*asked.name)
                                         : nullptr;
        if (topic) {
            response.topics.push_back(describe_topic(*topic, operations));
        } else if (by_id) {
            response.topics.push_back(unknown_topic(asked, error_code::unknown_topic_id));
        } else {
            const auto found = refused.find(std::string(name));
            auto error =
                found == refused.end() ? error_code::unknown_topic_or_partition : found->second;
            if (controller::invalid_topic_name(name)) error = error_code::invalid_topic_exception;
            response.topics.push_back(unknown_topic(asked, error));
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
