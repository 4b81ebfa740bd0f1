// OffsetCommit (key 8): stores where a group stands. Answered when it is durable.
//   v2-4  a retention time, which is ignored as in Kafka since KIP-211
//   v7+   static members;  v10 topics by id (KIP-848)
//   v9+   members of the consumer protocol, with their epoch; a group that does not exist is
//         GROUP_ID_NOT_FOUND; before, ILLEGAL_GENERATION
#include <memory>
#include <utility>

#include "broker/api/group_access.hpp"
#include "broker/api/merge_topics.hpp"
#include "broker/protocol/messages/offset_commit_request.hpp"
#include "broker/protocol/messages/offset_commit_response.hpp"

namespace weir::broker::api {
namespace {

using request_topic = protocol::offset_commit_request::offset_commit_request_topic;
using response_topic = protocol::offset_commit_response::offset_commit_response_topic;

// Clients of older versions know a missing group as a generation that is over.
void tell_generation(protocol::offset_commit_response& response) {
    for (auto& topic : response.topics) {
        for (auto& each : topic.partitions) {
            if (each.error_code == error_code::group_id_not_found) {
                each.error_code = error_code::illegal_generation;
            }
        }
    }
}

}  // namespace

io::task<protocol::offset_commit_response> offset_commit(request_context& context,
                                                         protocol::offset_commit_request request) {
    using namespace coordinator::group;
    auto& node = context.node;
    const bool by_id = context.version >= 10;
    // Only topics that exist go to the coordinator, by name.
    auto topics = std::exchange(request.topics, {});
    const auto known = std::make_shared<protocol::offset_commit_request>(std::move(request));
    std::vector<response_topic> unknown;
    for (auto& topic : topics) {
        const auto* found =
            by_id ? node.image().topic(topic.topic_id) : node.image().topic(topic.name);
        if (!found) {
            unknown.push_back(
                all_refused<response_topic>(topic, by_id ? error_code::unknown_topic_id
                                                         : error_code::unknown_topic_or_partition));
            continue;
        }
        topic.name = found->name;
        request_topic absent = topic;
        std::erase_if(absent.partitions, [&](const auto& each) {
            return node.image().partition(found->id, each.partition_index) != nullptr;
        });
        std::erase_if(topic.partitions, [&](const auto& each) {
            return node.image().partition(found->id, each.partition_index) == nullptr;
        });
        if (!absent.partitions.empty()) {
            unknown.push_back(
                all_refused<response_topic>(absent, error_code::unknown_topic_or_partition));
        }
        if (!topic.partitions.empty()) known->topics.push_back(std::move(topic));
    }
    topics.clear();
    auto failed = [known](error_code error) {
        protocol::offset_commit_response response;
        for (const auto& topic : known->topics) {
            response.topics.push_back(all_refused<response_topic>(topic, error));
        }
        return response;
    };
    auto step = [known, version = context.version](group_core& core, request_token token,
                                                   time_ms now, effects& out) {
        core.commit(token, *known, version, now, out);
    };
    auto asking = ask_for<protocol::offset_commit_response>(node, known->group_id, std::move(step),
                                                            std::move(failed));
    auto response = co_await std::move(asking);
    if (context.version < 9) tell_generation(response);
    merge_topics(response.topics, std::move(unknown));
    co_return response;
}

}  // namespace weir::broker::api
