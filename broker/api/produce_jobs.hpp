// What Produce has to append on each shard, and making it part of a transaction first (KIP-890).
#pragma once

#include <cstdint>
#include <vector>

#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/produce_request.hpp"
#include "broker/protocol/messages/produce_response.hpp"

namespace weir::broker::api {

struct append_job {
    topic_id topic;
    partition_index index;
    base::mutable_bytes batch;
    std::size_t answer_topic = 0;
    std::size_t answer_partition = 0;
    // Of a batch whose partition had to join the transaction: how many transactions the producer
    // had ended there before. One more meanwhile, and the batch comes too late.
    std::optional<std::uint32_t> ended_before;
    // The outcome.
    replication::partition_ref appended_to;
    std::int64_t committed_at = -1;  // the high watermark that makes it committed

    protocol::produce_response::partition_produce_response& answer_in(
        protocol::produce_response& response) const {
        return response.responses[answer_topic].partition_responses[answer_partition];
    }
};

using shard_jobs = std::vector<append_job>;

// The partitions of transactional batches that are not in their producer's transaction yet: added
// to it (Produce v12+), or asked for whether they are (before). Those that cannot be are answered
// and their jobs dropped.
io::task<void> join_transaction(request_context& context, const protocol::produce_request& request,
                                std::vector<shard_jobs>& work,
                                protocol::produce_response& response);

}  // namespace weir::broker::api
