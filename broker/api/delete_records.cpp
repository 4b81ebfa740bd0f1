// DeleteRecords (key 21): moves the start of partitions; offset -1 is the high watermark. Refused
// on topics that are only compacted (POLICY_VIOLATION), above the high watermark
// OFFSET_OUT_OF_RANGE. Answered when the new starts are in the checkpoint: what was deleted does
// not come back after a crash.
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/delete_records_request.hpp"
#include "broker/protocol/messages/delete_records_response.hpp"

namespace weir::broker::api {
namespace {

using answer_partition = protocol::delete_records_response::delete_records_partition_result;
using asked_partition = protocol::delete_records_request::delete_records_partition;

// Runs on the partition's shard.
answer_partition delete_one(const replication::partition_ref& partition,
                            const asked_partition& asked) {
    answer_partition answer;
    answer.partition_index = asked.partition_index;
    if (!partition) {
        answer.error_code = error_code::kafka_storage_error;
        return answer;
    }
    answer.error_code = partition->check_leader(no_leader_epoch);
    if (answer.error_code != error_code::none) return answer;
    auto& log = partition->log();
    if (!log.config().deletes) {
        answer.low_watermark = no_offset;
        answer.error_code = error_code::policy_violation;
        return answer;
    }
    const auto high_watermark = partition->high_watermark();
    const auto before = asked.offset == no_offset ? high_watermark : asked.offset;
    answer.error_code = log.delete_records(before, high_watermark);
    answer.low_watermark = answer.error_code == error_code::none ? log.start_offset() : no_offset;
    return answer;
}

// Makes what was moved durable.
io::task<void> save_starts(services& node, protocol::delete_records_response& response) {
    auto saving = node.save_checkpoints();
    const bool saved = co_await io::run_on(node.shard, node.controller_shard, std::move(saving));
    for (auto& topic : response.topics) {
        for (auto& each : topic.partitions) {
            if (saved || each.error_code != error_code::none) continue;
            each.error_code = error_code::kafka_storage_error;
            each.low_watermark = no_offset;
        }
    }
}

}  // namespace

io::task<protocol::delete_records_response> delete_records(
    request_context& context, protocol::delete_records_request request) {
    auto& node = context.node;
    protocol::delete_records_response response;
    bool moved = false;
    for (const auto& topic : request.topics) {
        auto& answers = response.topics.emplace_back();
        answers.name = topic.name;
        for (const auto& asked : topic.partitions) {
            const auto* known = node.image().topic(topic.name);
            if (!known || !node.image().partition(known->id, asked.partition_index)) {
                answer_partition unknown;
                unknown.partition_index = asked.partition_index;
                unknown.low_watermark = no_offset;
                unknown.error_code = error_code::unknown_topic_or_partition;
                answers.partitions.push_back(std::move(unknown));
                continue;
            }
            auto remove = [&asked](const replication::partition_ref& partition) {
                return delete_one(partition, asked);
            };
            answers.partitions.push_back(
                co_await on_partition(node, known->id, asked.partition_index, std::move(remove)));
            moved = moved || answers.partitions.back().error_code == error_code::none;
        }
    }
    if (moved) {
        auto saving = save_starts(node, response);
        co_await std::move(saving);
    }
    co_return response;
}

}  // namespace weir::broker::api
