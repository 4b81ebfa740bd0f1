#include "broker/coordinator/group_runtime.hpp"

#include "base/log.hpp"
#include "broker/log/batch_walker.hpp"
#include "broker/protocol/batch_builder.hpp"

namespace weir::broker::coordinator {
namespace {

// A batch of records is split when it would come near the size that topics take.
constexpr std::size_t batch_bytes_max = 512 * 1024;

// A record has to fit into a batch of its own.
group::core_options fitted(group::core_options options, const log::log_config& log) {
    constexpr std::int32_t around_a_record = 512;
    const auto room = std::max(0, log.max_message_bytes - around_a_record);
    options.record_bytes_max = std::min(options.record_bytes_max, static_cast<std::size_t>(room));
    return options;
}

}  // namespace

group_runtime::group_runtime(io::shard& home, replication::replica_manager& replicas,
                             replication::partition_ref partition,
                             const group::core_options& options)
    : home_(home),
      replicas_(replicas),
      partition_(std::move(partition)),
      core_(fitted(options, partition_->log().config())),
      committed_(home) {
    partition_->watch(*this);
}

group_runtime::~group_runtime() {
    partition_->unwatch(*this);
}

error_code group_runtime::load() {
    auto& log = partition_->log();
    base::bytes scratch;
    offset at = log.start_offset();
    while (at < log.end_offset()) {
        const auto slice = log.read(at, 4 * 1024 * 1024, log.end_offset(), true);
        if (!slice) return slice.error();
        if (slice->length == 0) break;
        log::batch_walker walker(*slice->from, slice->position, slice->position + slice->length);
        while (const auto batch = walker.next_verified()) {
            at = batch->header.next_offset();
            if (batch->header.is_control()) continue;
            const auto payload =
                protocol::inflated_payload(batch->header, log::inflated_floor, scratch);
            if (!payload) return error_code::corrupt_message;
            protocol::record_reader records(*payload, batch->header.count());
            while (const auto record = records.next()) {
                if (record->key) core_.load(*record->key, record->value);
            }
        }
        if (walker.failure()) return error_code::kafka_storage_error;
        if (walker.damage()) return error_code::corrupt_message;
    }
    core_.finish_load(home_.wall_ms());
    return error_code::none;
}

error_code group_runtime::append(const std::vector<group::log_record>& records) {
    protocol::batch_builder builder;
    const auto now = home_.wall_ms();
    const auto write = [&] {
        auto batch = builder.finish({});
        const auto done = partition_->append(batch, log::append_origin::coordinator, 13);
        return done ? error_code::none : done.error().code;
    };
    for (const auto& record : records) {
        builder.add(now, record.key, record.value);
        if (builder.payload_size() < batch_bytes_max) continue;
        if (const auto error = write(); error != error_code::none) return error;
    }
    const auto error = builder.empty() ? error_code::none : write();
    replicas_.appended(partition_);
    return error;
}

void group_runtime::carry_out(group::effects effects) {
    if (!effects.records.empty()) {
        const auto error = append(effects.records);
        if (error != error_code::none) {
            base::log_error("group coordinator {}-{}: append failed: {}", partition_->topic(),
                            partition_->index(), error);
            return fail(error_code::not_coordinator);
        }
    }
    const auto until = partition_->log().end_offset();
    for (auto& each : effects.replies) {
        if (until <= partition_->high_watermark()) {
            deliver(std::move(each));
        } else {
            held_.push_back({.until = until, .what = std::move(each)});
        }
    }
}

void group_runtime::deliver(group::reply what) {
    const auto found = waiters_.find(what.to);
    if (found == waiters_.end()) return;
    found->second->answer = std::move(what.what);
    found->second->changed.notify_all();
}

void group_runtime::partition_advanced() {
    if (partition_->is_closed()) return fail(error_code::coordinator_not_available);
    // Kafka's answer to a coordinator's storage error: the client looks for another one.
    if (partition_->log().is_offline()) return fail(error_code::not_coordinator);
    while (!held_.empty() && held_.front().until <= partition_->high_watermark()) {
        auto due = std::move(held_.front().what);
        held_.pop_front();
        deliver(std::move(due));
    }
    committed_.notify_all();
}

void group_runtime::fail(error_code error) {
    failed_ = error;
    held_.clear();
    for (auto& [token, each] : waiters_)
        each->changed.notify_all();
    committed_.notify_all();
}

io::task<std::expected<group::any_response, error_code>> group_runtime::ask(step call) {
    using outcome = std::expected<group::any_response, error_code>;
    if (is_failed()) co_return outcome(std::unexpected(failed_));
    const auto token = ++last_token_;
    auto& mine = *waiters_.emplace(token, std::make_unique<waiter>(home_)).first->second;
    group::effects effects;
    call(core_, token, home_.wall_ms(), effects);
    call = nullptr;  // what it holds of the request is needed no more
    carry_out(std::move(effects));
    while (!mine.answer && !is_failed())
        co_await mine.changed.wait();
    outcome result =
        mine.answer ? outcome(std::move(*mine.answer)) : outcome(std::unexpected(failed_));
    waiters_.erase(token);
    co_return result;
}

io::task<error_code> group_runtime::read(std::function<void(const group::group_core&)> call) {
    if (is_failed()) co_return failed_;
    call(core_);
    const auto until = partition_->log().end_offset();
    while (partition_->high_watermark() < until && !is_failed())
        co_await committed_.wait();
    co_return failed_;
}

void group_runtime::tick() {
    group::effects effects;
    core_.tick(home_.wall_ms(), effects);
    carry_out(std::move(effects));
}

void group_runtime::expire_offsets() {
    group::effects effects;
    core_.expire_offsets(home_.wall_ms(), effects);
    carry_out(std::move(effects));
}

void group_runtime::topics_deleted(const std::set<std::string>& topics) {
    group::effects effects;
    core_.topics_deleted(topics, effects);
    carry_out(std::move(effects));
}

}  // namespace weir::broker::coordinator
