// DescribeQuorum (key 55, KIP-595): the metadata quorum: this node, leader and only voter.
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/describe_quorum_request.hpp"
#include "broker/protocol/messages/describe_quorum_response.hpp"

namespace weir::broker::api {
namespace {

constexpr std::string_view metadata_topic = "__cluster_metadata";

struct quorum_state {
    leader_epoch epoch;
    offset high_watermark;
};

}  // namespace

io::task<protocol::describe_quorum_response> describe_quorum(
    request_context& context, protocol::describe_quorum_request request) {
    auto& node = context.node;
    auto look = [&log = node.metadata_log] {
        return quorum_state{.epoch = log.epoch(), .high_watermark = log.high_watermark()};
    };
    auto looking = io::submit<decltype(look)>(node.shard, node.controller_shard, std::move(look));
    const auto state = co_await looking;
    protocol::describe_quorum_response response;
    response.error_message.emplace();
    for (const auto& asked : request.topics) {
        auto& topic = response.topics.emplace_back();
        topic.topic_name = asked.topic_name;
        for (const auto& each : asked.partitions) {
            auto& partition = topic.partitions.emplace_back();
            partition.partition_index = each.partition_index;
            partition.error_message.reset();
            const bool known =
                asked.topic_name == metadata_topic && each.partition_index == partition_index(0);
            if (!known) {
                partition.error_code = error_code::unknown_topic_or_partition;
                partition.error_message = "This server does not host this topic-partition.";
                continue;
            }
            partition.leader_id = node.self;
            partition.leader_epoch = state.epoch;
            partition.high_watermark = state.high_watermark;
            auto& voter = partition.current_voters.emplace_back();
            voter.replica_id = node.self;
            voter.log_end_offset = state.high_watermark;
            voter.last_fetch_timestamp = voter.last_caught_up_timestamp = node.shard.wall_ms();
        }
    }
    auto& self = response.nodes.emplace_back();
    self.node_id = node.self;
    for (const auto& each : node.config.controllers) {
        auto& listener = self.listeners.emplace_back();
        listener.name = each.name;
        listener.host = each.host;
        listener.port = each.port;
    }
    co_return response;
}

}  // namespace weir::broker::api
