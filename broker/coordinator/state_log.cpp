#include "broker/coordinator/state_log.hpp"

#include "base/log.hpp"
#include "broker/log/batch_walker.hpp"
#include "broker/log/control_marker.hpp"
#include "broker/protocol/batch_builder.hpp"

namespace weir::broker::coordinator {
namespace {

// A batch of records is split when it would come near the size that topics take.
constexpr std::size_t batch_bytes_max = 512 * 1024;
constexpr std::uint32_t read_bytes = 4 * 1024 * 1024;

}  // namespace

state_log::state_log(io::shard& home, replication::replica_manager& replicas,
                     replication::partition_ref partition, std::function<void()> failed)
    : home_(home),
      replicas_(replicas),
      partition_(std::move(partition)),
      on_failure_(std::move(failed)),
      committed_(home) {
    partition_->watch(*this);
}

state_log::~state_log() {
    partition_->unwatch(*this);
}

error_code state_log::load(const visitor& each) {
    auto& log = partition_->log();
    base::bytes scratch;
    offset at = log.start_offset();
    while (at < log.end_offset()) {
        const auto slice = log.read(at, read_bytes, log.end_offset(), true);
        if (!slice) return slice.error();
        if (slice->length == 0) break;
        log::batch_walker walker(*slice->from, slice->position, slice->position + slice->length);
        while (const auto batch = walker.next_verified()) {
            const auto& header = batch->header;
            at = header.next_offset();
            if (header.is_control()) {
                const auto marker = log::marker_in(header);
                if (marker) each.marker(header.producer_id(), marker->commits);
                continue;
            }
            const auto payload = protocol::inflated_payload(header, log::inflated_floor, scratch);
            if (!payload) return error_code::corrupt_message;
            log_producer of;
            if (header.is_transactional()) {
                of = {.id = header.producer_id(), .epoch = header.producer_epoch()};
            }
            protocol::record_reader records(*payload, header.count());
            while (const auto record = records.next()) {
                if (record->key) each.record(of, *record->key, record->value);
            }
        }
        if (walker.failure()) return error_code::kafka_storage_error;
        if (walker.damage()) return error_code::corrupt_message;
    }
    return error_code::none;
}

bool state_log::is_fenced(const log_producer& producer) const {
    return partition_->log().producers().find(producer.id).epoch > producer.epoch;
}

void state_log::append(std::span<const log_record> records, const log_producer& of) {
    if (records.empty() || is_failed()) return;
    protocol::batch_builder builder;
    const auto now = home_.wall_ms();
    auto error = error_code::none;
    const auto write = [&] {
        auto batch = builder.finish({.producer_id = of.id,
                                     .producer_epoch = of.epoch,
                                     .transactional = of.id != no_producer_id});
        const auto done = partition_->append(batch, {.origin = log::append_origin::coordinator});
        if (!done) error = done.error().code;
    };
    for (const auto& record : records) {
        builder.add(now, record.key, record.value);
        if (builder.payload_size() >= batch_bytes_max) write();
        if (error != error_code::none) break;
    }
    if (error == error_code::none && !builder.empty()) write();
    replicas_.appended(partition_);
    if (error == error_code::none) return;
    base::log_error("coordinator {}-{}: append failed: {}", partition_->topic(),
                    partition_->index(), error);
    fail(error_code::not_coordinator);
}

void state_log::when_committed(work call) {
    if (is_failed()) return;
    const auto until = partition_->log().end_offset();
    if (until <= partition_->high_watermark()) return call();
    held_.push_back({.until = until, .call = std::move(call)});
}

io::task<error_code> state_log::committed() {
    const auto until = partition_->log().end_offset();
    while (partition_->high_watermark() < until && !is_failed())
        co_await committed_.wait();
    co_return failed_;
}

void state_log::partition_advanced() {
    if (partition_->is_closed()) return fail(error_code::coordinator_not_available);
    // Kafka's answer to a coordinator's storage error: the client looks for another one.
    if (partition_->log().is_offline()) return fail(error_code::not_coordinator);
    while (!held_.empty() && held_.front().until <= partition_->high_watermark()) {
        auto due = std::move(held_.front().call);
        held_.pop_front();
        due();
    }
    committed_.notify_all();
}

void state_log::fail(error_code error) {
    failed_ = error;
    held_.clear();
    committed_.notify_all();
    on_failure_();
}

}  // namespace weir::broker::coordinator
