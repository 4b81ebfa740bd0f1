// OffsetCommit (key 8): stores where a group stands. Answered when it is durable.
//   v2-4  a retention time, which is ignored as in Kafka since KIP-211
//   v7+   static members;  v10 topics by id (KIP-848)
#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/offset_commit_request.hpp"
#include "broker/protocol/messages/offset_commit_response.hpp"

namespace weir::broker::api {
namespace {

using request_topic = protocol::offset_commit_request::offset_commit_request_topic;
using response_topic = protocol::offset_commit_response::offset_commit_response_topic;

response_topic all_refused(const request_topic& topic, error_code error) {
    response_topic answer;
    answer.name = topic.name;
    answer.topic_id = topic.topic_id;
    for (const auto& each : topic.partitions) {
        auto& refused = answer.partitions.emplace_back();
        refused.partition_index = each.partition_index;
        refused.error_code = error;
    }
    return answer;
}

}  // namespace

io::task<protocol::offset_commit_response> offset_commit(request_context& context,
                                                         protocol::offset_commit_request request) {
    using namespace coordinator::group;
    auto& node = context.node;
    const bool by_id = context.version >= 10;
    // Only topics that exist go to the coordinator, by name.
    protocol::offset_commit_request known = request;
    known.topics.clear();
    std::vector<response_topic> unknown;
    for (auto& topic : request.topics) {
        const auto* found =
            by_id ? node.image().topic(topic.topic_id) : node.image().topic(topic.name);
        if (!found) {
            unknown.push_back(all_refused(topic, by_id ? error_code::unknown_topic_id
                                                       : error_code::unknown_topic_or_partition));
            continue;
        }
        topic.name = found->name;
        known.topics.push_back(topic);
    }
    const auto group = request.group_id;
    auto failed = [&known](error_code error) {
        protocol::offset_commit_response response;
        for (const auto& topic : known.topics) {
            response.topics.push_back(all_refused(topic, error));
        }
        return response;
    };
    auto step = [known](group_core& core, request_token token, time_ms now, effects& out) {
        core.commit(token, known, now, out);
    };
    auto asking =
        ask_for<protocol::offset_commit_response>(node, group, std::move(step), std::move(failed));
    auto response = co_await std::move(asking);
    for (auto& each : unknown)
        response.topics.push_back(std::move(each));
    co_return response;
}

}  // namespace weir::broker::api
