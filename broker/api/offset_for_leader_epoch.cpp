// OffsetForLeaderEpoch (key 23): where the records of a leader epoch end (KIP-101, KIP-279): the
// largest epoch at or below the asked one. Consumers find out with it that a log was truncated.
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/offset_for_leader_epoch_request.hpp"
#include "broker/protocol/messages/offset_for_leader_epoch_response.hpp"

namespace weir::broker::api {
namespace {

using answer_partition = protocol::offset_for_leader_epoch_response::epoch_end_offset;
using asked_partition = protocol::offset_for_leader_epoch_request::offset_for_leader_partition;

// Runs on the partition's shard.
answer_partition answer_one(const replication::partition_ref& partition,
                            const asked_partition& asked) {
    answer_partition answer;
    answer.partition = asked.partition;
    if (!partition) {
        answer.error_code = error_code::kafka_storage_error;
        return answer;
    }
    answer.error_code = partition->check_leader(asked.current_leader_epoch);
    if (answer.error_code != error_code::none) return answer;
    const auto& log = partition->log();
    // The current epoch ends where the log does, even before its first record.
    const auto end = asked.leader_epoch == partition->leader_epoch()
                         ? log::epoch_end{.epoch = asked.leader_epoch, .end = log.end_offset()}
                         : log.epochs().end_of(asked.leader_epoch, log.end_offset());
    answer.leader_epoch = end.epoch;
    answer.end_offset = end.end;
    return answer;
}

}  // namespace

io::task<protocol::offset_for_leader_epoch_response> offset_for_leader_epoch(
    request_context& context, protocol::offset_for_leader_epoch_request request) {
    auto& node = context.node;
    protocol::offset_for_leader_epoch_response response;
    for (const auto& topic : request.topics) {
        auto& answers = response.topics.emplace_back();
        answers.topic = topic.topic;
        for (const auto& asked : topic.partitions) {
            const auto* known = node.image().topic(topic.topic);
            if (!known || !node.image().partition(known->id, asked.partition)) {
                answer_partition unknown;
                unknown.partition = asked.partition;
                unknown.error_code = error_code::unknown_topic_or_partition;
                answers.partitions.push_back(std::move(unknown));
                continue;
            }
            auto look = [&asked](const replication::partition_ref& partition) {
                return answer_one(partition, asked);
            };
            answers.partitions.push_back(
                co_await on_partition(node, known->id, asked.partition, std::move(look)));
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
