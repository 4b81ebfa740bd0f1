// ListOffsets (key 2): where a partition begins, ends, or reaches a time.
//   -1 latest (the high watermark), -2 earliest, or a time: the first record at or after it
//   v2+   isolation level: read_committed sees what lies below the last stable offset (KIP-98)
//   v7+   -3 the record with the largest time (KIP-734)
//   v8+   -4 earliest local (KIP-405): without tiered storage the earliest
//   v9+   -5 last tiered, v11+ -6 earliest pending upload: nothing is tiered, answered with -1
#include <map>

#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/list_offsets_request.hpp"
#include "broker/protocol/messages/list_offsets_response.hpp"

namespace weir::broker::api {
namespace {

using answer_partition = protocol::list_offsets_response::list_offsets_partition_response;
using asked_partition = protocol::list_offsets_request::list_offsets_partition;

enum class special : std::int64_t {
    latest = -1,
    earliest = -2,
    max_timestamp = -3,
    earliest_local = -4,
    latest_tiered = -5,
    earliest_pending_upload = -6
};

// The first version that knows a special timestamp.
bool knows(std::int16_t version, std::int64_t timestamp) {
    switch (static_cast<special>(timestamp)) {
        case special::max_timestamp:
            return version >= 7;
        case special::earliest_local:
            return version >= 8;
        case special::latest_tiered:
            return version >= 9;
        case special::earliest_pending_upload:
            return version >= 11;
        default:
            return timestamp >= -2;
    }
}

void take(answer_partition& answer, const std::expected<log::time_answer, error_code>& found) {
    if (!found) {
        answer.error_code = found.error();
        return;
    }
    answer.offset = found->at;
    answer.timestamp = found->timestamp;
    answer.leader_epoch = found->epoch;
}

// Runs on the partition's shard.
answer_partition answer_one(const replication::partition_ref& partition,
                            const asked_partition& asked, std::int16_t version,
                            bool committed_only) {
    answer_partition answer;
    answer.partition_index = asked.partition_index;
    if (!partition) {
        answer.error_code = error_code::kafka_storage_error;
        return answer;
    }
    answer.error_code = partition->check_leader(asked.current_leader_epoch);
    if (answer.error_code != error_code::none) return answer;
    if (!knows(version, asked.timestamp)) {
        answer.error_code = error_code::unsupported_version;
        return answer;
    }
    auto& log = partition->log();
    const auto end = committed_only ? partition->last_stable_offset() : partition->high_watermark();
    switch (static_cast<special>(asked.timestamp)) {
        case special::latest:
            answer.offset = end;
            answer.leader_epoch = partition->leader_epoch();
            break;
        case special::earliest:
        case special::earliest_local:
            answer.offset = log.start_offset();
            // An empty log begins in the epoch of its leader.
            answer.leader_epoch = log.start_offset() == log.end_offset()
                                      ? partition->leader_epoch()
                                      : log.epochs().epoch_of(log.start_offset());
            break;
        case special::max_timestamp:
            take(answer, log.offset_of_max_time(end));
            break;
        case special::latest_tiered:
        case special::earliest_pending_upload:
            break;
        default:
            take(answer, log.offset_for_time(asked.timestamp, end));
            break;
    }
    return answer;
}

using named_partition = std::pair<std::string, partition_index>;

// Partitions that are asked for more than once, which is refused; with how often.
std::map<named_partition, int> repeated_partitions(const protocol::list_offsets_request& request) {
    std::map<named_partition, int> times;
    for (const auto& topic : request.topics) {
        for (const auto& asked : topic.partitions)
            ++times[{topic.name, asked.partition_index}];
    }
    std::erase_if(times, [](const auto& each) { return each.second == 1; });
    return times;
}

}  // namespace

io::task<protocol::list_offsets_response> list_offsets(request_context& context,
                                                       protocol::list_offsets_request request) {
    auto& node = context.node;
    protocol::list_offsets_response response;
    auto repeated = repeated_partitions(request);
    const bool committed_only = request.isolation_level == 1;
    for (const auto& topic : request.topics) {
        auto& answers = response.topics.emplace_back();
        answers.name = topic.name;
        for (const auto& asked : topic.partitions) {
            if (const auto found = repeated.find({topic.name, asked.partition_index});
                found != repeated.end()) {
                if (found->second == 0) continue;
                found->second = 0;  // told once
                answer_partition refused;
                refused.partition_index = asked.partition_index;
                refused.error_code = error_code::invalid_request;
                answers.partitions.push_back(std::move(refused));
                continue;
            }
            const auto* known = node.image().topic(topic.name);
            if (!known || !node.image().partition(known->id, asked.partition_index)) {
                answer_partition unknown;
                unknown.partition_index = asked.partition_index;
                unknown.error_code = error_code::unknown_topic_or_partition;
                answers.partitions.push_back(std::move(unknown));
                continue;
            }
            auto look = [&asked, version = context.version,
                         committed_only](const replication::partition_ref& partition) {
                return answer_one(partition, asked, version, committed_only);
            };
            answers.partitions.push_back(
                co_await on_partition(node, known->id, asked.partition_index, std::move(look)));
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
