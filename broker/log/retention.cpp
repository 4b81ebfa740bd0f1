// What leaves a log: retention by time and size, DeleteRecords, and the files that go with it.
// A segment's files are renamed to `.deleted` at once and removed after file.delete.delay.ms:
// whoever reads one by a slice still has it.
#include "base/log.hpp"
#include "broker/log/partition_log.hpp"

namespace weir::broker::log {

io::disk_result<void> partition_log::doom(const segment& of, std::int64_t wall_ms) {
    for (const auto* extension : segment_files) {
        const auto path = of.path(extension);
        const auto exists = disk_.exists(path);
        if (!exists || !*exists) continue;
        const auto doomed = path + ".deleted";
        if (auto renamed = disk_.rename(path, doomed); !renamed) return renamed;
        doomed_.push_back({.path = doomed, .remove_at_ms = wall_ms + config_.file_delete_delay_ms});
    }
    return {};
}

io::disk_result<void> partition_log::remove_oldest_segment(std::int64_t wall_ms) {
    if (auto gone = doom(*segments_.front(), wall_ms); !gone) return gone;
    segments_.erase(segments_.begin());
    start_ = std::max(start_, segments_.front()->base_offset());
    return {};
}

// `excess`: bytes above retention.bytes that are still to go.
bool partition_log::expired(std::size_t index, std::int64_t wall_ms, std::uint64_t excess) {
    auto& candidate = *segments_[index];
    if (!config_.deletes) return false;
    if (config_.retention_bytes >= 0 && candidate.size() > 0 && candidate.size() <= excess) {
        return true;
    }
    if (config_.retention_ms < 0 || candidate.size() == 0) return false;
    const auto newest = candidate.max_timestamp();
    return newest >= 0 && wall_ms - newest > config_.retention_ms;
}

bool partition_log::housekeep(std::int64_t wall_ms, offset high_watermark) {
    if (offline_) return false;
    producers_.expire(wall_ms, config_.producer_id_expiration_ms);
    while (!doomed_.empty() && doomed_.front().remove_at_ms <= wall_ms) {
        if (auto removed = disk_.remove(doomed_.front().path); !removed) {
            base::log_warn("{}", removed.error().message);
        }
        doomed_.pop_front();
    }
    const auto before = start_;
    const auto limit =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, config_.retention_bytes));
    for (;;) {
        const auto size = size_bytes();
        const auto excess = size > limit ? size - limit : 0;
        const bool only = segments_.size() == 1;
        const offset next = only ? end_ : segments_[1]->base_offset();
        const bool below_start = !only && next <= start_;
        const bool goes = below_start || (next <= high_watermark && expired(0, wall_ms, excess));
        if (!goes) break;
        // The active segment is rolled first; records that came in meanwhile stay.
        if (only) {
            if (auto rolled = roll(wall_ms); !rolled) {
                failed(rolled.error());
                break;
            }
        }
        if (auto removed = remove_oldest_segment(wall_ms); !removed) {
            failed(removed.error());
            break;
        }
    }
    epochs_.truncate_from_start(start_);
    aborted_.truncate_from_start(start_);
    for (auto& each : segments_)
        each->release();
    return start_ > before;
}

error_code partition_log::delete_records(offset before, offset high_watermark) {
    if (offline_) return error_code::kafka_storage_error;
    if (before > high_watermark || before < offset(0)) return error_code::offset_out_of_range;
    start_ = std::max(start_, before);
    return error_code::none;
}

}  // namespace weir::broker::log
