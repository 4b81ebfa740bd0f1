// Writing the markers of a decided transaction to its partitions (KIP-98).
#include <vector>

#include "base/log.hpp"
#include "broker/api/transaction_access.hpp"

namespace weir::broker::api {
namespace {

using coordinator::transaction::marker_work;
using coordinator::transaction::topic_partition;

// How long a marker may take to become durable.
constexpr auto commit_deadline = std::chrono::seconds(30);

struct appended_marker {
    error_code error = error_code::unknown_topic_or_partition;
    const shard_ref* here = nullptr;
    replication::partition_ref where;
    offset end;  // of the partition, with the marker
};

// Runs on the partition's shard.
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
    return {
        .error = error_code::none, .here = &here, .where = partition, .end = done->last_offset + 1};
}

// Runs on the partition's shard.
io::task<error_code> wait_for(const appended_marker& marker, io::time_point deadline) {
    auto waiting = marker.where->wait_committed(marker.end, deadline);
    const bool committed = co_await std::move(waiting);
    if (committed) co_return error_code::none;
    co_return marker.where->is_closed() ? error_code::unknown_topic_or_partition
                                        : error_code::request_timed_out;
}

// A newer epoch or coordinator has written there: the transaction is decided already.
bool is_late(error_code error) {
    return error == error_code::invalid_producer_epoch ||
           error == error_code::transaction_coordinator_fenced;
}

}  // namespace

io::task<std::vector<error_code>> mark_partitions(services& node,
                                                  const std::vector<topic_partition>& partitions,
                                                  log::marker_wish wish) {
    std::vector<appended_marker> markers(partitions.size());
    for (std::size_t at = 0; at < partitions.size(); ++at) {
        const auto& [name, index] = partitions[at];
        const auto* topic = node.image().topic(name);
        if (!topic || !node.image().partition(topic->id, index)) continue;
        const auto& target = node.shard_of(topic->id, index);
        auto append = [&target, &wish, id = topic->id, number = index] {
            return append_marker(target, id, number, wish);
        };
        markers[at] =
            co_await io::submit<decltype(append)>(node.shard, *target.shard, std::move(append));
    }
    const auto deadline = node.shard.now() + commit_deadline;
    std::vector<error_code> errors;
    for (const auto& each : markers) {
        auto error = each.error;
        if (error == error_code::none) {
            auto waiting = wait_for(each, deadline);
            error = co_await io::run_on(node.shard, *each.here->shard, std::move(waiting));
        }
        errors.push_back(error);
    }
    co_return errors;
}

io::task<bool> write_markers(services& node, marker_work work, std::int32_t coordinator_epoch) {
    const log::marker_wish wish{
        .producer = work.producer.id,
        .epoch = work.producer.epoch,
        .marker = {.commits = work.commits, .coordinator_epoch = coordinator_epoch},
        .above_epoch = work.above_epoch};
    auto marking = mark_partitions(node, work.partitions, wish);
    const auto errors = co_await std::move(marking);
    bool all = true;
    for (std::size_t at = 0; at < errors.size(); ++at) {
        const auto error = errors[at];
        // What was deleted needs no marker.
        if (error == error_code::none || error == error_code::unknown_topic_or_partition) continue;
        all = all && is_late(error);
        if (!is_late(error)) continue;
        base::log_warn(
            "transaction {}: partition {}-{} has had a newer marker than that of "
            "producer {}, epoch {}",
            work.transactional_id, work.partitions[at].topic, work.partitions[at].partition,
            work.producer.id, work.producer.epoch);
    }
    co_return all;
}

}  // namespace weir::broker::api
