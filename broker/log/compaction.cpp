// What a log has to do with its cleaning (cleaning/README.md): it says what may be cleaned, and
// takes what was made of its segments.
#include <algorithm>

#include "base/log.hpp"
#include "broker/log/cleaning/cleaning_pass.hpp"
#include "broker/log/partition_log.hpp"

namespace weir::broker::log {

// The active segment is never clean; neither is what was not there at the last pass.
offset partition_log::dirty_from() const {
    const auto first = segments_.front()->base_offset();
    const auto known = std::min(first_dirty_.value_or(first), segments_.back()->base_offset());
    return std::max(known, first);
}

// How many segments, from the first on, may be cleaned: sealed ones, whose transactions are all
// decided, old enough (min.compaction.lag.ms).
std::size_t partition_log::cleanable_segments(std::int64_t wall_ms, offset high_watermark) {
    const auto stable = last_stable_offset(high_watermark);
    const auto newest = base::saturating_subtract(wall_ms, config_.min_compaction_lag_ms);
    std::size_t count = 0;
    for (; count + 1 < segments_.size(); ++count) {
        const auto end = end_of_segment(count);
        if (end > stable) break;
        const bool is_dirty = end > dirty_from();
        if (is_dirty && config_.min_compaction_lag_ms > 0 &&
            segments_[count]->max_timestamp() > newest) {
            break;
        }
    }
    return count;
}

cleaning::cleaning_need partition_log::cleaning_need(std::int64_t wall_ms, offset high_watermark) {
    cleaning::cleaning_need need;
    if (offline_ || !config_.compacted) return need;
    const auto from = dirty_from();
    const auto count = cleanable_segments(wall_ms, high_watermark);
    for (std::size_t index = 0; index < count; ++index) {
        auto& each = *segments_[index];
        const bool is_dirty = end_of_segment(index) > from;
        (is_dirty ? need.dirty_bytes : need.clean_bytes) += each.size();
        if (!is_dirty || need.overdue) continue;
        if (config_.max_compaction_lag_ms == std::numeric_limits<std::int64_t>::max()) continue;
        const auto age = base::saturating_subtract(wall_ms, each.first_timestamp());
        need.overdue = age > config_.max_compaction_lag_ms;
    }
    return need;
}

cleaning::cleaning_plan partition_log::plan_cleaning(std::int64_t wall_ms, offset high_watermark) {
    cleaning::cleaning_plan plan{.directory = directory_,
                                 .config = config_,
                                 .first_dirty = dirty_from(),
                                 .aborted = {aborted_.rows().begin(), aborted_.rows().end()},
                                 .wall_ms = wall_ms};
    std::ranges::sort(plan.aborted, {}, &aborted_transaction::first);
    const auto count = cleanable_segments(wall_ms, high_watermark);
    for (std::size_t index = 0; index < count; ++index) {
        plan.segments.push_back({.base = segments_[index]->base_offset(),
                                 .end = end_of_segment(index),
                                 .size = segments_[index]->size()});
    }
    for (const auto& each : producers_.producers())
        plan.producers[each.id] = {.epoch = each.epoch, .last_offset = each.last_offset};
    return plan;
}

io::disk_result<bool> partition_log::take_cleaned(cleaning::cleaned_group group,
                                                  std::int64_t wall_ms) {
    const auto base = [](const auto& each) { return each->base_offset(); };
    const auto first = std::ranges::find(segments_, group.bases.front(), base);
    const auto left = static_cast<std::size_t>(segments_.end() - first);
    // The segment behind the group is there, and begins where the group ends.
    const bool is_there =
        !offline_ && left > group.bases.size() &&
        std::ranges::equal(std::span(first, group.bases.size()), group.bases, {}, base) &&
        base(first[static_cast<std::ptrdiff_t>(group.bases.size())]) == group.end;
    if (!is_there) {
        if (auto removed = disk_.remove(group.made->path(cleaning::cleaned_extension)); !removed) {
            return std::unexpected(removed.error());
        }
        return false;
    }
    const auto index = static_cast<std::size_t>(first - segments_.begin());
    if (auto swapped = swap_in(index, std::move(group), wall_ms); !swapped) {
        // Half done: the next start finishes it.
        failed(swapped.error());
        return std::unexpected(swapped.error());
    }
    return true;
}

io::disk_result<void> partition_log::swap_in(std::size_t first, cleaning::cleaned_group group,
                                             std::int64_t wall_ms) {
    auto& made = *group.made;
    const auto swap = made.path(cleaning::swap_extension);
    if (auto done = disk_.rename(made.path(cleaning::cleaned_extension), swap); !done) return done;
    const auto begin = segments_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(group.bases.size());
    // Snapshots too: they may tell of transactions whose last traces were cleaned away.
    for (auto each = begin; each != end; ++each) {
        if (auto gone = doom(**each, wall_ms); !gone) return gone;
    }
    if (auto done = disk_.rename(swap, made.path(".log")); !done) return done;
    aborted_.erase(made.base_offset(), group.end);
    *begin = std::move(group.made);
    segments_.erase(std::next(begin), end);
    directory_synced_ = false;
    return segments_[first]->seal();
}

}  // namespace weir::broker::log
