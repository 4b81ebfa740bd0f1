#include "broker/raft/metadata_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "broker/log/batch_walker.hpp"
#include "broker/protocol/batch_builder.hpp"
#include "broker/protocol/records/leader_change_message.hpp"

namespace weir::broker::raft {
namespace {

constexpr const char* directory = "__cluster_metadata-0";
constexpr std::int16_t leader_change_type = 2;  // the key of a LeaderChange control record

log::log_config metadata_log_config() {
    log::log_config config;
    config.deletes = false;
    config.retention_ms = -1;
    config.segment_ms = std::numeric_limits<std::int64_t>::max();
    config.max_message_bytes = 64 * 1024 * 1024;
    return config;
}

base::bytes leader_change_batch(node_id self, leader_epoch epoch, std::int64_t wall_ms) {
    protocol::writer key;
    key.put_int16(0);
    key.put_int16(leader_change_type);
    protocol::leader_change_message message;
    message.leader_id = self;
    protocol::leader_change_message::voter voter;
    voter.voter_id = self;
    message.voters.push_back(voter);
    message.granting_voters.push_back(voter);
    protocol::writer value;
    constexpr std::int16_t version = 0;
    message.version = version;
    message.encode(value, version);
    protocol::batch_builder builder;
    builder.add(wall_ms, key.buffer(), value.buffer());
    return builder.finish({.partition_leader_epoch = epoch, .control = true});
}

}  // namespace

metadata_log::metadata_log(io::disk& disk, io::shard& home, node_id self,
                           std::unique_ptr<log::batch_memory> memory,
                           std::unique_ptr<log::partition_log> log)
    : disk_(disk),
      home_(home),
      self_(self),
      memory_(std::move(memory)),
      log_(std::move(log)),
      epoch_(std::max(log_->epochs().latest(), leader_epoch(0))),
      high_watermark_(log_->end_offset()),
      progress_(home),
      sync_thread_("sync-metadata") {}

std::expected<std::unique_ptr<metadata_log>, std::string> metadata_log::open(
    io::disk& disk, io::shard& home, node_id self, offset recovery_point) {
    auto memory = std::make_unique<log::batch_memory>();
    log::open_options options{.directory = directory,
                              .config = metadata_log_config(),
                              .recovery_point = recovery_point,
                              .refuse_damage = true};
    auto log = log::partition_log::open(disk, *memory, std::move(options));
    if (!log) return std::unexpected(log.error().message);
    return std::unique_ptr<metadata_log>(
        new metadata_log(disk, home, self, std::move(memory), std::move(*log)));
}

std::expected<void, std::string> metadata_log::replay(const record_sink& each) {
    base::bytes scratch;
    offset at = log_->start_offset();
    while (at < log_->end_offset()) {
        const auto slice = log_->read(at, 1024 * 1024, log_->end_offset(), true);
        if (!slice || slice->length == 0) {
            return std::unexpected(fmt::format("{}: offset {} cannot be read", directory, at));
        }
        log::batch_walker walker(*slice->from, slice->position, slice->position + slice->length);
        while (const auto batch = walker.next_verified()) {
            at = batch->header.next_offset();
            if (batch->header.is_control()) continue;
            const auto payload =
                protocol::inflated_payload(batch->header, log::inflated_floor, scratch);
            if (!payload) return std::unexpected(fmt::format("{}: damaged batch", directory));
            protocol::record_reader records(*payload, batch->header.count());
            while (const auto record = records.next()) {
                const auto taken = each(record->value.value_or(base::bytes_view{}));
                if (!taken) return taken;
            }
            if (records.failed()) {
                return std::unexpected(fmt::format("{}: damaged record", directory));
            }
        }
        if (walker.failure()) return std::unexpected(walker.failure()->message);
        if (walker.damage()) return std::unexpected(walker.damage_text());
    }
    return {};
}

std::expected<void, std::string> metadata_log::write_quorum_state() {
    const auto text = fmt::format(R"({{"leaderId":{},"leaderEpoch":{},"votedId":{},)"
                                  R"("votedDirectoryId":"{}","data_version":1}})",
                                  self_, epoch_, self_, base::uuid{}.to_text());
    const auto path = fmt::format("{}/quorum-state", directory);
    if (auto saved = io::replace_file(disk_, path, base::as_bytes(text)); !saved) {
        return std::unexpected(saved.error().message);
    }
    return {};
}

std::expected<void, std::string> metadata_log::become_leader() {
    if (epoch_.value() == std::numeric_limits<std::int32_t>::max()) {
        return std::unexpected(fmt::format("{}: there is no epoch after {}", directory, epoch_));
    }
    ++epoch_;
    if (auto saved = write_quorum_state(); !saved) return saved;
    auto written = write(leader_change_batch(self_, epoch_, home_.wall_ms()));
    if (!written) return std::unexpected(written.error());
    const auto work = log_->take_flush_work();
    for (const auto& file : work.files) {
        if (auto synced = file->sync(); !synced) return std::unexpected(synced.error().message);
    }
    for (const auto* each : {directory, "."}) {
        if (auto synced = disk_.sync_directory(each); !synced) {
            return std::unexpected(synced.error().message);
        }
    }
    log_->flushed(work.up_to);
    high_watermark_ = log_->flushed_offset();
    return {};
}

std::expected<offset, std::string> metadata_log::write(base::bytes batch) {
    const log::append_context context{
        .epoch = epoch_, .wall_ms = home_.wall_ms(), .origin = log::append_origin::coordinator};
    const auto appended = log_->append_as_leader(batch, context);
    if (!appended) return std::unexpected(appended.error().message);
    return appended->last_offset;
}

io::task<std::expected<committed, std::string>> metadata_log::append(
    std::vector<base::bytes> values) {
    using outcome = std::expected<committed, std::string>;
    if (!failure_.empty()) co_return outcome(std::unexpected(failure_));
    protocol::batch_builder builder;
    const auto now = home_.wall_ms();
    for (const auto& value : values)
        builder.add(now, std::nullopt, value);
    auto batch = builder.finish({.partition_leader_epoch = epoch_});
    const auto written = write(std::move(batch));
    if (!written) {
        fail(written.error());
        co_return outcome(std::unexpected(failure_));
    }
    const committed done{.last_offset = *written, .epoch = epoch_};
    if (!syncing_) start_sync();
    while (high_watermark_ <= done.last_offset && failure_.empty())
        co_await progress_.wait();
    if (high_watermark_ <= done.last_offset) co_return outcome(std::unexpected(failure_));
    co_return outcome(done);
}

void metadata_log::start_sync() {
    auto work = log_->take_flush_work();
    if (work.empty()) {
        // The file could not even be opened: nobody may wait for its sync.
        if (log_->is_offline()) fail(log_->offline_reason()->message);
        progress_.notify_all();
        return;
    }
    syncing_ = true;
    sync_thread_.post([this, work = std::move(work)] {
        io::disk_result<void> outcome;
        for (const auto& file : work.files) {
            if (outcome) outcome = file->sync();
        }
        home_.post([this, up_to = work.up_to, outcome] { finish_sync(up_to, outcome); });
    });
}

void metadata_log::finish_sync(offset up_to, const io::disk_result<void>& outcome) {
    syncing_ = false;
    if (outcome) {
        log_->flushed(up_to);
        high_watermark_ = log_->flushed_offset();
        if (log_->needs_flush()) start_sync();
    } else {
        log_->failed(outcome.error());
        fail(outcome.error().message);
    }
    progress_.notify_all();
}

void metadata_log::fail(std::string reason) {
    if (is_offline()) return;
    failure_ = std::move(reason);
    base::log_error(
        "the metadata log is offline until the node starts again: topics and configs cannot be "
        "changed: {}",
        failure_);
}

io::task<void> metadata_log::stop() {
    while (syncing_)
        co_await progress_.wait();
    (void)log_->close();
}

}  // namespace weir::broker::raft
