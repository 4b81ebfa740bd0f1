// commit_all: what OffsetCommit and TxnOffsetCommit have in common: a record, a place to keep it
// and an answer for each partition. Pure.
#pragma once

#include <string>

#include "broker/coordinator/group/core/group_core.hpp"

namespace weir::broker::coordinator::group {

// What a commit comes to in records: each has the names of its group and topic.
template <class Request>
std::size_t commit_bytes(const Request& request) {
    constexpr std::size_t fixed = 64;
    std::size_t bytes = 0;
    for (const auto& topic : request.topics) {
        for (const auto& each : topic.partitions) {
            bytes += fixed + request.group_id.size() + topic.name.size();
            if (each.committed_metadata) bytes += each.committed_metadata->size();
        }
    }
    return bytes;
}

// Answers each partition with `refused`; when there is nothing against it, appends its record and
// calls store(topic_partition, committed_offset).
template <class Response, class Request, class Store>
Response commit_all(const Request& request, error_code refused, const core_options& options,
                    time_ms now, effects& out, Store store) {
    if (refused == error_code::none && commit_bytes(request) > options.commit_bytes_max) {
        refused = error_code::invalid_commit_offset_size;
    }
    const auto metadata_max = static_cast<std::size_t>(options.offset_metadata_bytes_max);
    Response response;
    for (const auto& topic : request.topics) {
        auto& answers = response.topics.emplace_back();
        answers.name = topic.name;
        if constexpr (requires { topic.topic_id; }) answers.topic_id = topic.topic_id;
        for (const auto& each : topic.partitions) {
            auto& answer = answers.partitions.emplace_back();
            answer.partition_index = each.partition_index;
            answer.error_code = refused;
            committed_offset what{.at = each.committed_offset,
                                  .epoch = each.committed_leader_epoch,
                                  .metadata = each.committed_metadata.value_or(""),
                                  .committed_at = now};
            if (refused == error_code::none && what.metadata.size() > metadata_max) {
                answer.error_code = error_code::offset_metadata_too_large;
            }
            if (answer.error_code != error_code::none) continue;
            protocol::offset_commit_value value;
            value.offset = what.at.value();
            value.leader_epoch = what.epoch.value();
            value.metadata = what.metadata;
            value.commit_timestamp = now;
            out.records.push_back(
                offset_record(request.group_id, topic.name, each.partition_index, value));
            store({.topic = topic.name, .partition = each.partition_index}, std::move(what));
        }
    }
    return response;
}

}  // namespace weir::broker::coordinator::group
