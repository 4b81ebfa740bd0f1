// DescribeTopicPartitions (key 75, KIP-966): topics with their partitions, sorted, in pages of at
// most response_partition_limit partitions (and never more than 2000), with a cursor to go on.
#include <algorithm>

#include "broker/api/authorized_operations.hpp"
#include "broker/api/internal_topics.hpp"
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/describe_topic_partitions_request.hpp"
#include "broker/protocol/messages/describe_topic_partitions_response.hpp"

namespace weir::broker::api {
namespace {

using response_type = protocol::describe_topic_partitions_response;
using answer_topic = response_type::describe_topic_partitions_response_topic;
using answer_partition = response_type::describe_topic_partitions_response_partition;

constexpr std::int32_t page_max = 2000;  // max.request.partition.size.limit

answer_partition describe_partition(const controller::partition_image& partition,
                                    std::int32_t index) {
    answer_partition answer;
    answer.partition_index = partition_index(index);
    answer.leader_id = partition.leader;
    answer.leader_epoch = partition.leader_epoch;
    answer.replica_nodes = partition.replicas;
    answer.isr_nodes = partition.isr;
    answer.eligible_leader_replicas.emplace();
    answer.last_known_elr.emplace();
    if (partition.leader == no_node) answer.error_code = error_code::leader_not_available;
    return answer;
}

// The names asked for (all topics when none are), from the cursor's topic on, sorted.
std::vector<std::string> names_of(const request_context& context,
                                  const protocol::describe_topic_partitions_request& request) {
    std::vector<std::string> names;
    for (const auto& topic : request.topics)
        names.push_back(topic.name);
    if (request.topics.empty()) {
        for (const auto& topic : context.node.image().sorted_topics())
            names.push_back(topic->name);
    }
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    if (request.cursor) {
        std::erase_if(names, [&](const auto& name) { return name < request.cursor->topic_name; });
    }
    return names;
}

answer_topic answer_for(const request_context& context, const std::string& name) {
    answer_topic answer;
    answer.name = name;
    answer.topic_authorized_operations = topic_operations;
    const auto* topic = context.node.image().topic(name);
    if (!topic) {
        answer.error_code = controller::invalid_topic_name(name)
                                ? error_code::invalid_topic_exception
                                : error_code::unknown_topic_or_partition;
        return answer;
    }
    answer.topic_id = topic->id;
    answer.is_internal = is_internal_topic(name);
    return answer;
}

// The cursor's topic must be one of those that are asked for.
bool is_valid_cursor(const protocol::describe_topic_partitions_request& request) {
    if (!request.cursor) return true;
    if (request.cursor->partition_index < partition_index(0)) return false;
    const auto named = [&request](const auto& topic) {
        return topic.name == request.cursor->topic_name;
    };
    return request.topics.empty() || std::ranges::any_of(request.topics, named);
}

// A cursor that cannot be: every topic is answered with INVALID_REQUEST, as Kafka does.
response_type refuse_all(const protocol::describe_topic_partitions_request& request) {
    response_type response;
    for (const auto& topic : request.topics) {
        auto& answer = response.topics.emplace_back();
        answer.name = topic.name;
        answer.error_code = error_code::invalid_request;
    }
    return response;
}

}  // namespace

io::task<response_type> describe_topic_partitions(
    request_context& context, protocol::describe_topic_partitions_request request) {
    response_type response;
    if (!is_valid_cursor(request)) co_return refuse_all(request);
    auto room = std::clamp(request.response_partition_limit, 1, page_max);
    const auto stop_at = [&response](const std::string& name, std::int32_t index) {
        response_type::cursor next;
        next.topic_name = name;
        next.partition_index = partition_index(index);
        response.next_cursor = std::move(next);
    };
    for (const auto& name : names_of(context, request)) {
        if (room == 0) {
            stop_at(name, 0);
            break;
        }
        auto answer = answer_for(context, name);
        const auto* topic = context.node.image().topic(name);
        const auto count = topic ? static_cast<std::int32_t>(topic->partitions.size()) : 0;
        std::int32_t index = 0;
        if (request.cursor && request.cursor->topic_name == name) {
            index = std::max(0, request.cursor->partition_index.value());
        }
        for (; index < count && room > 0; ++index, --room) {
            const auto at = static_cast<std::size_t>(index);
            answer.partitions.push_back(describe_partition(topic->partitions[at], index));
        }
        response.topics.push_back(std::move(answer));
        if (index < count) {
            stop_at(name, index);
            break;
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
