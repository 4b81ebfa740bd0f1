// Produce (key 0): appends one batch a partition.
//   v3+   record batches of format 2 only (KIP-724)
//   v7    zstd;  v8+ record errors (KIP-467);  v10+ the current leader in errors (KIP-951)
//   v11   TRANSACTION_ABORTABLE;  v12+ adds its partitions to the transaction (KIP-890)
//   v13   topics by id (KIP-516)
// acks=0 answers nothing, an error closes the connection; acks=1 after the append; acks=all when
// the high watermark has passed the batch.
#include <vector>

#include "broker/api/internal_topics.hpp"
#include "broker/api/produce_jobs.hpp"
#include "broker/api/request_context.hpp"

namespace weir::broker::api {
namespace {

using answer_topic = protocol::produce_response::topic_produce_response;
using answer_partition = protocol::produce_response::partition_produce_response;

constexpr std::int16_t acks_all = -1;

void tell_leader(answer_partition& answer, const replication::partition& partition) {
    answer.current_leader.leader_epoch = partition.leader_epoch();
}

// The transaction has ended since the batch's partition joined it.
bool came_too_late(const replication::partition& partition, const append_job& job) {
    const auto batch = protocol::batch_view::parse(job.batch);
    if (!batch) return false;
    const auto known = partition.log().producers().find(batch->producer_id());
    return known.transactions_ended != *job.ended_before;
}

// Runs on the partition's shard.
void append_one(replication::replica_manager& replicas, append_job& job, std::int16_t acks,
                const replication::append_manner& manner, answer_partition& answer) {
    auto partition = replicas.find(job.topic, job.index);
    if (!partition) {
        answer.error_code = error_code::kafka_storage_error;
        return;
    }
    answer.error_code = partition->check_leader(no_leader_epoch);
    if (answer.error_code == error_code::kafka_storage_error) {
        answer.error_message = partition->log().offline_reason()->message;
        return;
    }
    if (answer.error_code != error_code::none) return tell_leader(answer, *partition);
    if (acks == acks_all && !partition->has_enough_replicas()) {
        answer.error_code = error_code::not_enough_replicas;
        return;
    }
    if (job.ended_before && came_too_late(*partition, job)) {
        answer.error_code = error_code::invalid_txn_state;
        answer.error_message = "The transaction has ended meanwhile.";
        return;
    }
    const auto outcome = partition->append(job.batch, manner);
    answer.log_start_offset = partition->log().start_offset();
    if (!outcome) {
        answer.error_code = outcome.error().code;
        answer.error_message = outcome.error().message;
        for (const auto& each : outcome.error().records) {
            protocol::produce_response::batch_index_and_error_message record;
            record.batch_index = each.index;
            record.batch_index_error_message = each.message;
            answer.record_errors.push_back(std::move(record));
        }
        return;
    }
    answer.base_offset = outcome->base_offset;
    answer.log_append_time_ms = outcome->log_append_time;
    job.committed_at = outcome->last_offset.value() + 1;
    job.appended_to = partition;
    if (!outcome->duplicate) replicas.appended(std::move(partition));
}

io::task<bool> wait_all(shard_jobs& jobs, io::time_point deadline,
                        protocol::produce_response& response) {
    for (auto& job : jobs) {
        if (!job.appended_to) continue;
        const bool committed =
            co_await job.appended_to->wait_committed(offset(job.committed_at), deadline);
        if (committed) continue;
        auto& answer = job.answer_in(response);
        const bool broken = job.appended_to->log().is_offline();
        answer.error_code = broken                         ? error_code::kafka_storage_error
                            : job.appended_to->is_closed() ? error_code::unknown_topic_or_partition
                                                           : error_code::request_timed_out;
        answer.base_offset = no_offset;
    }
    co_return true;
}

// Fills the response with a place for each partition, and sorts the work by shard.
std::vector<shard_jobs> plan(const request_context& context, protocol::produce_request& request,
                             protocol::produce_response& response) {
    const auto& node = context.node;
    std::vector<shard_jobs> work(node.shards.size());
    const bool by_id = context.version >= 13;
    const bool bad_acks = request.acks < -1 || request.acks > 1;
    for (auto& topic : request.topic_data) {
        const auto* known =
            by_id ? node.image().topic(topic.topic_id) : node.image().topic(topic.name);
        auto& answer = response.responses.emplace_back();
        answer.name = topic.name;
        answer.topic_id = topic.topic_id;
        for (auto& data : topic.partition_data) {
            auto& place = answer.partition_responses.emplace_back();
            place.index = data.index;
            place.base_offset = no_offset;
            const bool exists = known && node.image().partition(known->id, data.index);
            if (bad_acks) {
                place.error_code = error_code::invalid_required_acks;
            } else if (!exists) {
                place.error_code = by_id && !known ? error_code::unknown_topic_id
                                                   : error_code::unknown_topic_or_partition;
            } else if (is_internal_topic(known->name)) {
                place.error_code = error_code::invalid_topic_exception;
            } else if (!data.records.present) {
                place.error_code = error_code::invalid_record;
            } else {
                work[node.replicas.shard_of(known->id, data.index)].push_back(
                    {.topic = known->id,
                     .index = data.index,
                     .batch = data.records.memory,
                     .answer_topic = response.responses.size() - 1,
                     .answer_partition = answer.partition_responses.size() - 1});
            }
        }
    }
    return work;
}

bool any_error(const protocol::produce_response& response) {
    for (const auto& topic : response.responses) {
        for (const auto& partition : topic.partition_responses) {
            if (partition.error_code != error_code::none) return true;
        }
    }
    return false;
}

}  // namespace

io::task<protocol::produce_response> produce(request_context& context,
                                             protocol::produce_request request) {
    auto& node = context.node;
    protocol::produce_response response;
    auto work = plan(context, request, response);
    if (request.transactional_id) {
        auto joining = join_transaction(context, request, work, response);
        co_await std::move(joining);
    }
    const replication::append_manner manner{.produce_version = context.version,
                                            .transactional = request.transactional_id.has_value()};
    // All appends come before the first wait, in the order of the requests of this connection.
    for (std::size_t shard = 0; shard < work.size(); ++shard) {
        if (work[shard].empty()) continue;
        auto append_all = [&, shard] {
            for (auto& job : work[shard]) {
                append_one(*node.shards[shard].replicas, job, request.acks, manner,
                           job.answer_in(response));
            }
        };
        co_await io::submit(node.shard, *node.shards[shard].shard, std::move(append_all));
    }
    context.frame.release();  // the batches are in their files
    if (request.acks == acks_all) {
        const auto deadline =
            node.shard.now() + std::chrono::milliseconds(std::max(0, request.timeout_ms));
        for (std::size_t shard = 0; shard < work.size(); ++shard) {
            if (work[shard].empty()) continue;
            auto waiting = wait_all(work[shard], deadline, response);
            co_await io::run_on(node.shard, *node.shards[shard].shard, std::move(waiting));
        }
    }
    if (request.acks == 0) {
        context.no_reply = true;
        context.close = any_error(response);
    }
    co_return response;
}

}  // namespace weir::broker::api
