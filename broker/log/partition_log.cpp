#include "broker/log/partition_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/log.hpp"
#include "broker/protocol/record_reader.hpp"

namespace weir::broker::log {
namespace {

using protocol::batch_view;

append_error storage_error(const io::disk_error& reason) {
    return {.code = error_code::kafka_storage_error, .message = reason.message};
}

}  // namespace

partition_log::partition_log(io::disk& disk, batch_memory& memory, open_options options)
    : disk_(disk),
      memory_(memory),
      directory_(std::move(options.directory)),
      config_(options.config),
      first_dirty_(options.first_dirty),
      start_(options.start_offset) {}

std::unique_ptr<partition_log> partition_log::offline(io::disk& disk, batch_memory& memory,
                                                      open_options options, io::disk_error reason) {
    const auto recovery_point = options.recovery_point;
    auto made = std::unique_ptr<partition_log>(new partition_log(disk, memory, std::move(options)));
    made->offline_ = std::move(reason);
    made->end_ = made->start_;
    made->flushed_ = made->flushing_ = recovery_point;
    return made;
}

std::expected<void, error_code> partition_log::check_online() const {
    if (offline_) return std::unexpected(error_code::kafka_storage_error);
    return {};
}

void partition_log::failed(const io::disk_error& error) {
    if (offline_) return;
    offline_ = error;
    base::log_error("partition {} goes offline: {}", directory_, error.message);
}

validation_rules partition_log::rules_for(const append_context& context) const {
    return {.max_message_bytes = config_.max_message_bytes,
            .compacted = config_.compacted,
            .timestamps = config_.timestamps,
            .timestamp_before_max_ms = config_.timestamp_before_max_ms,
            .timestamp_after_max_ms = config_.timestamp_after_max_ms,
            .codec = config_.codec,
            .compression_level = config_.compression_level,
            .wall_ms = context.wall_ms,
            .origin = context.origin,
            .produce_version = context.produce_version,
            .transactional = context.transactional};
}

std::expected<appended, append_error> partition_log::append_as_leader(
    base::mutable_bytes batch, const append_context& context) {
    if (offline_) return std::unexpected(storage_error(*offline_));
    auto outcome = append_checked(batch, context);
    memory_.release();
    return outcome;
}

std::expected<appended, append_error> partition_log::append_checked(base::mutable_bytes batch,
                                                                    const append_context& context) {
    const auto valid = validate_batch(batch, rules_for(context), memory_);
    if (!valid) return std::unexpected(valid.error());
    const base::mutable_bytes stored =
        memory_.recompressed.empty() ? batch : base::mutable_bytes(memory_.recompressed);
    // Parsed by validate_batch already; the view is over the bytes as they are stored.
    const auto view = *batch_view::parse(stored);
    const auto known = producers_.check(view);
    if (!known) {
        return std::unexpected(append_error{
            .code = known.error(),
            .message = fmt::format("Producer {} in partition {}: epoch {}, sequence {} does not "
                                   "follow what was written.",
                                   view.producer_id(), directory_, view.producer_epoch(),
                                   view.base_sequence())});
    }
    if (*known) {
        return appended{.base_offset = (*known)->first_offset,
                        .last_offset = (*known)->last_offset,
                        .log_append_time = valid->log_append_time,
                        .duplicate = true};
    }
    protocol::set_base_offset(stored, end_);
    protocol::set_leader_epoch(stored, context.epoch);
    if (auto written = write(view, context.wall_ms); !written) {
        failed(written.error());
        return std::unexpected(storage_error(written.error()));
    }
    return appended{.base_offset = view.base_offset(),
                    .last_offset = view.last_offset(),
                    .log_append_time = valid->log_append_time};
}

std::expected<appended, append_error> partition_log::append_marker(const marker_wish& wish,
                                                                   const append_context& context) {
    if (offline_) return std::unexpected(storage_error(*offline_));
    const auto refused = producers_.check_marker(wish.producer, wish.epoch,
                                                 wish.marker.coordinator_epoch, wish.above_epoch);
    if (refused != error_code::none) {
        return std::unexpected(append_error{
            .code = refused,
            .message =
                fmt::format("A marker of producer {}, epoch {}, coordinator epoch {} comes "
                            "too late in partition {}.",
                            wish.producer, wish.epoch, wish.marker.coordinator_epoch, directory_)});
    }
    auto batch = make_marker_batch(wish.producer, wish.epoch, wish.marker, context.wall_ms);
    protocol::set_base_offset(batch, end_);
    protocol::set_leader_epoch(batch, context.epoch);
    const auto view = *batch_view::parse(batch);
    if (auto written = write(view, context.wall_ms); !written) {
        failed(written.error());
        return std::unexpected(storage_error(written.error()));
    }
    return appended{.base_offset = view.base_offset(), .last_offset = view.last_offset()};
}

io::disk_result<void> partition_log::write(const batch_view& batch, std::int64_t wall_ms) {
    if (must_roll(batch, wall_ms)) {
        if (auto rolled = roll(wall_ms); !rolled) return rolled;
    }
    if (active_since_ms_ < 0) active_since_ms_ = wall_ms;
    if (epochs_.assign(batch.partition_leader_epoch(), batch.base_offset())) {
        if (auto saved = epochs_.save(disk_, directory_); !saved) return saved;
    }
    if (auto written = active().append(batch, config_.index_interval_bytes); !written) {
        return written;
    }
    note(batch, batch.is_control() ? marker_in(batch) : std::nullopt);
    end_ = batch.next_offset();
    return {};
}

// Takes note of a batch in the log: of its producer, and of the transaction that it begins or ends.
void partition_log::note(const batch_view& batch, const std::optional<control_marker>& marker) {
    if (!batch.is_control()) return producers_.apply(batch);
    if (!marker || !batch.has_producer()) return;
    const auto first = producers_.apply_marker(batch, *marker);
    if (first == no_offset) return;
    const auto last = batch.base_offset();
    unsettled_.emplace(first, last);
    if (marker->commits) return;
    const auto open = producers_.first_open();
    aborted_.add({.producer = batch.producer_id(),
                  .first = first,
                  .last = last,
                  .last_stable = open == no_offset ? last + 1 : open});
}

offset partition_log::last_stable_offset(offset high_watermark) {
    std::erase_if(unsettled_, [&](const auto& each) { return each.second < high_watermark; });
    auto stable = high_watermark;
    if (!unsettled_.empty()) stable = std::min(stable, unsettled_.begin()->first);
    if (producers_.first_open() != no_offset) stable = std::min(stable, producers_.first_open());
    // The records of a transaction may have been deleted while it was open.
    return std::max(stable, start_);
}

std::expected<std::vector<aborted_transaction>, error_code> partition_log::aborted_in(
    const log_slice& slice, offset from, offset bound) {
    if (aborted_.empty()) return std::vector<aborted_transaction>();
    const auto after = segment_of(from)->offset_above(slice.position + slice.length);
    if (!after) return std::unexpected(unreadable(after.error()));
    return aborted_.between(from, std::min(bound, after->value_or(bound)));
}

io::disk_result<std::shared_ptr<io::file>> partition_log::save_aborted(std::size_t segment) {
    const auto& of = *segments_[segment];
    const auto path = of.path(".txnindex");
    const auto saved = aborted_.save(disk_, path, of.base_offset(), end_of_segment(segment));
    if (!saved) return std::unexpected(saved.error());
    if (!*saved) return nullptr;
    return disk_.open(path, io::open_mode::read);
}

bool partition_log::must_roll(const batch_view& batch, std::int64_t wall_ms) {
    auto& current = active();
    if (current.size() == 0) return false;
    constexpr std::int64_t relative_max = std::numeric_limits<std::int32_t>::max();
    const bool too_large =
        static_cast<std::int64_t>(current.size() + batch.size()) > config_.segment_bytes;
    const bool too_far = batch.last_offset() - current.base_offset() > relative_max;
    if (too_large || too_far || current.index_is_full(config_.segment_index_bytes)) return true;
    // The age of a segment is counted in its records' time when they have one, as Kafka does.
    const auto first = current.first_timestamp();
    const auto age = first >= 0 && batch.max_timestamp() >= 0 ? batch.max_timestamp() - first
                                                              : wall_ms - active_since_ms_;
    // A segment must be sealed to be cleaned.
    return age > (config_.compacted ? std::min(config_.segment_ms, config_.max_compaction_lag_ms)
                                    : config_.segment_ms);
}

io::disk_result<void> partition_log::roll(std::int64_t wall_ms) {
    auto current = active().file();
    if (!current) return std::unexpected(current.error());
    if (end_ > flushed_) unsynced_.push_back(*current);
    if (auto sealed = active().seal(); !sealed) return sealed;
    auto aborted = save_aborted(segments_.size() - 1);
    if (!aborted) return std::unexpected(aborted.error());
    if (*aborted) unsynced_.push_back(std::move(*aborted));
    const auto snapshot = producers_.snapshot();
    const auto path = directory_ + "/" + offset_name(end_) + ".snapshot";
    if (auto saved = io::overwrite_file(disk_, path, snapshot); !saved) return saved;
    for (const auto& each : {active().path(".index"), active().path(".timeindex"), path}) {
        auto written = disk_.open(each, io::open_mode::read);
        if (!written) return std::unexpected(written.error());
        unsynced_.push_back(std::move(*written));
    }
    segments_.push_back(std::make_unique<segment>(disk_, directory_, end_, 0));
    active_since_ms_ = wall_ms;
    directory_synced_ = false;
    return {};
}

segment* partition_log::segment_of(offset at) {
    const auto above = std::ranges::upper_bound(
        segments_, at, {}, [](const auto& each) { return each->base_offset(); });
    return above == segments_.begin() ? segments_.front().get() : std::prev(above)->get();
}

// A read that fails is told to whoever asked, and once in the log: consumers ask again and again.
error_code partition_log::unreadable(const io::disk_error& error) {
    if (error.message != last_read_error_) base::log_error("{}", error.message);
    last_read_error_ = error.message;
    return error.code == EBADMSG ? error_code::corrupt_message : error_code::kafka_storage_error;
}

error_code partition_log::unreadable(const batch_walker& stopped) {
    if (stopped.failure()) return unreadable(*stopped.failure());
    return unreadable(io::disk_error{.code = EBADMSG, .message = stopped.damage_text()});
}

std::expected<log_slice, error_code> partition_log::read(offset from, std::uint32_t max_bytes,
                                                         offset bound, bool at_least_one) {
    if (auto online = check_online(); !online) return std::unexpected(online.error());
    if (from < start_ || from > end_) return std::unexpected(error_code::offset_out_of_range);
    const auto stop = std::min(bound, end_);
    for (auto* in = segment_of(from); from < stop;) {
        const auto begin = in->position_of(from);
        if (!begin) return std::unexpected(unreadable(begin.error()));
        const bool bound_inside = segment_of(stop) == in;
        const auto end =
            bound_inside && stop < end_ ? in->position_of(stop) : decltype(begin)(in->size());
        if (!end) return std::unexpected(unreadable(end.error()));
        if (*begin >= *end) {
            // Nothing left in this segment (a hole): the next one begins above.
            const auto here = std::ranges::find(segments_, in, &std::unique_ptr<segment>::get);
            const auto after = std::next(here);
            if (after == segments_.end()) break;
            in = after->get();
            from = in->base_offset();
            continue;
        }
        const auto file = in->file();
        if (!file) return std::unexpected(unreadable(file.error()));
        auto limit = *end;
        if (*end - *begin > max_bytes) {
            const auto cut = in->boundary_at(*begin + max_bytes, *begin);
            if (!cut) return std::unexpected(unreadable(cut.error()));
            limit = *cut;
        }
        if (limit <= *begin) {
            if (!at_least_one) break;
            batch_walker walker(**file, *begin, *end);
            const auto batch = walker.next();
            if (!batch) return std::unexpected(unreadable(walker));
            limit = batch->end();
        }
        return log_slice{.from = *file,
                         .position = *begin,
                         .length = static_cast<std::uint32_t>(limit - *begin)};
    }
    return log_slice{};
}

std::expected<time_answer, error_code> partition_log::search_time(segment& in,
                                                                  std::int64_t timestamp,
                                                                  offset bound) {
    const auto file = in.file();
    if (!file) return std::unexpected(unreadable(file.error()));
    const auto from = in.search_from(timestamp);
    if (!from) return std::unexpected(unreadable(from.error()));
    batch_walker walker(**file, *from, in.size());
    while (const auto batch = walker.next_verified()) {
        const auto& header = batch->header;
        if (header.base_offset() >= bound) break;
        if (header.max_timestamp() < timestamp || header.last_offset() < start_) continue;
        const auto inflated = protocol::inflated_payload(
            header, inflated_bound(config_.max_message_bytes), memory_.inflated);
        if (!inflated) return std::unexpected(error_code::corrupt_message);
        protocol::record_reader records(*inflated, header.count());
        while (const auto record = records.next()) {
            const auto at = header.base_offset() + record->offset_delta;
            const auto time =
                header.is_log_append_time() ? header.max_timestamp() : record->timestamp_in(header);
            if (time < timestamp || at < start_) continue;
            if (at >= bound) return time_answer{};
            return time_answer{
                .at = at, .timestamp = time, .epoch = header.partition_leader_epoch()};
        }
    }
    if (walker.failure() || walker.damage()) return std::unexpected(unreadable(walker));
    return time_answer{};
}

std::expected<time_answer, error_code> partition_log::offset_for_time(std::int64_t timestamp,
                                                                      offset bound) {
    if (auto online = check_online(); !online) return std::unexpected(online.error());
    for (auto& each : segments_) {
        if (each->base_offset() >= bound) break;
        if (each->max_timestamp() < timestamp) continue;
        const auto found = search_time(*each, timestamp, bound);
        memory_.release();
        if (!found || found->at != no_offset) return found;
    }
    return time_answer{};
}

std::expected<time_answer, error_code> partition_log::offset_of_max_time(offset bound) {
    if (auto online = check_online(); !online) return std::unexpected(online.error());
    segment* newest = nullptr;
    for (auto& each : segments_) {
        if (each->base_offset() >= bound || each->size() == 0) continue;
        if (!newest || each->max_timestamp() > newest->max_timestamp()) newest = each.get();
    }
    if (!newest) return time_answer{};
    auto found = search_time(*newest, newest->max_timestamp(), bound);
    memory_.release();
    return found;
}

std::uint64_t partition_log::size_bytes() const {
    std::uint64_t size = 0;
    for (const auto& each : segments_)
        size += each->size();
    return size;
}

flush_work partition_log::take_flush_work() {
    flush_work work{.up_to = end_};
    if (offline_ || end_ <= flushing_) return work;
    const auto current = active().file();
    if (!current) {
        failed(current.error());
        return work;
    }
    work.files = std::move(unsynced_);
    unsynced_.clear();
    if (active().size() > 0) work.files.push_back(*current);
    if (!directory_synced_) work.directories.push_back(directory_);
    directory_synced_ = true;
    flushing_ = end_;
    return work;
}

void partition_log::flushed(offset up_to) {
    if (!offline_) flushed_ = std::max(flushed_, up_to);
}

io::disk_result<void> partition_log::close() {
    if (offline_) return std::unexpected(*offline_);
    if (auto sealed = active().seal(); !sealed) return sealed;
    const auto aborted = save_aborted(segments_.size() - 1);
    if (!aborted) return std::unexpected(aborted.error());
    const auto snapshot = producers_.snapshot();
    const auto path = directory_ + "/" + offset_name(end_) + ".snapshot";
    return io::overwrite_file(disk_, path, snapshot);
}

}  // namespace weir::broker::log
