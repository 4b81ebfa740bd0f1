#include "broker/replication/partition.hpp"

#include <algorithm>

namespace weir::broker::replication {

partition::partition(partition_options options, std::unique_ptr<log::partition_log> log,
                     io::shard& home)
    : options_(std::move(options)),
      log_(std::move(log)),
      home_(home),
      // What recovery found is all that this replica has, and it is synced.
      high_watermark_(log_->end_offset()),
      committed_(home) {}

void partition::become(node_id self, const controller::partition_image& image) {
    is_leader_ = image.leader == self;
    leader_epoch_ = image.leader_epoch;
    in_sync_replicas_ = static_cast<std::int32_t>(image.isr.size());
}

error_code partition::check_leader(broker::leader_epoch claimed) const {
    if (log_->is_offline()) return error_code::kafka_storage_error;
    if (claimed != no_leader_epoch && claimed < leader_epoch_) {
        return error_code::fenced_leader_epoch;
    }
    if (claimed != no_leader_epoch && claimed > leader_epoch_) {
        return error_code::unknown_leader_epoch;
    }
    return is_leader_ ? error_code::none : error_code::not_leader_or_follower;
}

log::append_context partition::context_of(const append_manner& manner) const {
    return {.epoch = leader_epoch_,
            .wall_ms = home_.wall_ms(),
            .origin = manner.origin,
            .produce_version = manner.produce_version,
            .transactional = manner.transactional};
}

partition::append_outcome partition::append(base::mutable_bytes batch,
                                            const append_manner& manner) {
    return told(log_->append_as_leader(batch, context_of(manner)));
}

partition::append_outcome partition::append_marker(const log::marker_wish& wish) {
    return told(log_->append_marker(wish, context_of({.origin = log::append_origin::coordinator})));
}

// Tells those who wait what an append has changed.
partition::append_outcome partition::told(append_outcome outcome) {
    if (outcome && !options_.durable_commit) advance();
    wake_if_failed();
    return outcome;
}

void partition::flushed(offset until) {
    log_->flushed(until);
    if (options_.durable_commit) advance();
}

void partition::flush_failed(const io::disk_error& error) {
    log_->failed(error);
    wake_if_failed();
}

void partition::wake_if_failed() {
    if (!log_->is_offline() || failure_told_) return;
    failure_told_ = true;
    wake();
}

void partition::advance() {
    const offset reached = options_.durable_commit ? log_->flushed_offset() : log_->end_offset();
    if (reached <= high_watermark_) return;
    high_watermark_ = reached;
    wake();
}

void partition::wake() {
    committed_.notify_all();
    for (auto* each : watchers_)
        each->partition_advanced();
}

io::task<bool> partition::wait_committed(offset until, io::time_point deadline) {
    while (high_watermark_ < until && !closed_ && !log_->is_offline()) {
        const bool notified = co_await committed_.wait_until(deadline);
        if (!notified) break;
    }
    co_return high_watermark_ >= until;
}

std::expected<fetched, error_code> partition::fetch(const fetch_wish& wish) {
    fetched answer{.high_watermark = high_watermark_,
                   .last_stable = last_stable_offset(),
                   .log_start = log_->start_offset()};
    if (log_->is_offline()) return std::unexpected(error_code::kafka_storage_error);
    if (wish.from < answer.log_start || wish.from > log_->end_offset()) {
        return std::unexpected(error_code::offset_out_of_range);
    }
    const auto bound = wish.committed_only ? answer.last_stable : high_watermark_;
    if (wish.from >= bound) return answer;
    auto slice = log_->read(wish.from, wish.max_bytes, bound, wish.at_least_one_batch);
    if (!slice) return std::unexpected(slice.error());
    if (wish.committed_only && slice->length > 0) {
        auto aborted = log_->aborted_in(*slice, wish.from, bound);
        if (!aborted) return std::unexpected(aborted.error());
        answer.aborted = std::move(*aborted);
    }
    answer.slice = std::move(*slice);
    return answer;
}

void partition::close() {
    closed_ = true;
    wake();
    watchers_.clear();
}

}  // namespace weir::broker::replication
