// Writing the markers of a decided transaction to its partitions (KIP-98).
#include <vector>

#include "base/log.hpp"
#include "broker/api/transaction_access.hpp"

namespace weir::broker::api {
namespace {

using coordinator::transaction::marker_work;

// How long a marker may take to become durable before it is written again.
constexpr auto commit_deadline = std::chrono::seconds(30);

// A newer epoch or coordinator has written there: the transaction is decided already.
bool is_late(error_code error) {
    return error == error_code::invalid_producer_epoch ||
           error == error_code::transaction_coordinator_fenced;
}

}  // namespace

appended_marker append_marker(const shard_ref& here, const topic_id& topic, partition_index index,
                              const log::marker_wish& wish) {
    const auto partition = here.replicas->find(topic, index);
    if (!partition) return {.error = error_code::kafka_storage_error};
    const auto error = partition->check_leader(no_leader_epoch);
    if (error != error_code::none) return {.error = error};
    const auto done = partition->append_marker(wish);
    if (!done) return {.error = done.error().code};
    here.replicas->appended(partition);
    if (partition->topic() == coordinator::offsets_topic) {
        here.groups->end_transaction(index, wish.producer, wish.marker.commits);
    }
    return {.where = partition, .end = done->last_offset + 1};
}

io::task<bool> write_markers(services& node, marker_work work, std::int32_t coordinator_epoch) {
    const log::marker_wish wish{
        .producer = work.producer.id,
        .epoch = work.producer.epoch,
        .marker = {.commits = work.commits, .coordinator_epoch = coordinator_epoch},
        .above_epoch = work.above_epoch};
    std::vector<std::pair<const shard_ref*, appended_marker>> written;
    bool all = true;
    for (const auto& each : work.partitions) {
        const auto* topic = node.image().topic(each.topic);
        // What was deleted needs no marker.
        if (!topic || !node.image().partition(topic->id, each.partition)) continue;
        const auto& target = node.shard_of(topic->id, each.partition);
        auto append = [&target, &wish, id = topic->id, index = each.partition] {
            return append_marker(target, id, index, wish);
        };
        auto outcome =
            co_await io::submit<decltype(append)>(node.shard, *target.shard, std::move(append));
        if (is_late(outcome.error)) {
            base::log_warn(
                "transaction {}: partition {}-{} has had a newer marker than that of "
                "producer {}, epoch {}",
                work.transactional_id, each.topic, each.partition, work.producer.id,
                work.producer.epoch);
            continue;
        }
        all = all && outcome.error == error_code::none;
        if (outcome.where) written.emplace_back(&target, std::move(outcome));
    }
    const auto deadline = node.shard.now() + commit_deadline;
    for (auto& [target, marker] : written) {
        auto waiting = marker.where->wait_committed(marker.end, deadline);
        const bool committed = co_await io::run_on(node.shard, *target->shard, std::move(waiting));
        all = (committed || marker.where->is_closed()) && all;
    }
    co_return all;
}

}  // namespace weir::broker::api
