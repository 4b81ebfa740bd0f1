#include "broker/log/cleaning/cleaning_pass.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "broker/log/validator.hpp"
#include "broker/protocol/record_reader.hpp"

namespace weir::broker::log::cleaning {
namespace {

using protocol::batch_view;

int level_for(const log_config& config, protocol::compression::codec codec) {
    return config.codec == codec ? config.compression_level : 0;
}

// How many of the segments become one: as many as fit into one, with its index.
std::size_t group_size(std::span<const sealed_segment> segments, const log_config& config) {
    constexpr std::int64_t relative_max = std::numeric_limits<std::int32_t>::max();
    constexpr std::int64_t index_entry_size = 8;
    const auto interval = std::max<std::int64_t>(1, config.index_interval_bytes);
    std::int64_t size = 0;
    std::size_t count = 0;
    for (const auto& each : segments) {
        size += static_cast<std::int64_t>(each.size);
        const bool fits = size <= config.segment_bytes &&
                          size / interval * index_entry_size <= config.segment_index_bytes &&
                          each.end - segments.front().base <= relative_max;
        if (!fits && count > 0) break;
        ++count;
    }
    return count;
}

}  // namespace

cleaning_pass::cleaning_pass(io::disk& disk, cleaning_plan plan, std::size_t key_memory)
    : disk_(disk),
      plan_(std::move(plan)),
      newest_(key_memory),
      map_end_(plan_.segments.back().end),
      transactions_(plan_.aborted) {
    const auto first =
        std::ranges::upper_bound(plan_.segments, plan_.first_dirty, {}, &sealed_segment::end);
    const std::span<const sealed_segment> dirty(first, plan_.segments.end());
    mapping_.emplace(disk_, plan_.directory, dirty);
}

io::disk_result<cleaning_progress> cleaning_pass::step(std::uint64_t bytes) {
    const auto until = counts_.bytes_read + bytes;
    auto outcome = cleaning_progress::more;
    while (outcome == cleaning_progress::more && counts_.bytes_read < until) {
        const auto gone_on = mapping_ ? map_more() : copy_more();
        if (!gone_on) return gone_on;
        outcome = *gone_on;
    }
    return outcome;
}

io::disk_result<cleaning_progress> cleaning_pass::map_more() {
    const auto batch = mapping_->next();
    if (!batch) return std::unexpected(batch.error());
    if (!*batch) {
        map_is_made(plan_.segments.back().end);
        return cleaning_progress::more;
    }
    counts_.bytes_read += (*batch)->size();
    const auto fits = map_batch(**batch);
    if (!fits) return std::unexpected(mapping_->damage(fits.error()));
    if (!*fits) map_is_made(map_end_);
    return cleaning_progress::more;
}

// False: the map is full, map_end_ is the first record that it has not.
std::expected<bool, protocol::batch_errc> cleaning_pass::map_batch(const batch_view& batch) {
    if (batch.is_control()) {
        (void)transactions_.is_bare(batch);
        return true;
    }
    if (transactions_.is_aborted(batch) || batch.last_offset() < plan_.first_dirty) return true;
    const auto payload = protocol::inflated_payload(batch, inflated_ceiling, inflated_);
    if (!payload) return std::unexpected(payload.error());
    protocol::record_reader records(*payload, batch.count());
    while (const auto record = records.next()) {
        const auto at = batch.base_offset() + record->offset_delta;
        if (!record->key || newest_.put(hash_(*record->key), at)) continue;
        map_end_ = at;
        return false;
    }
    if (records.failed()) return std::unexpected(protocol::batch_errc::bad_record);
    return true;
}

void cleaning_pass::map_is_made(offset end) {
    map_end_ = end;
    mapping_.reset();
    transactions_ = transaction_filter(plan_.aborted);
    const auto first_left =
        std::ranges::lower_bound(plan_.segments, map_end_, {}, &sealed_segment::base);
    to_copy_ = {plan_.segments.begin(), first_left};
    filter_.emplace(newest_, hash_,
                    filter_rules{.map_end = map_end_,
                                 .wall_ms = plan_.wall_ms,
                                 .delete_retention_ms = plan_.config.delete_retention_ms});
}

void cleaning_pass::begin_group() {
    const auto segments = to_copy_.first(group_size(to_copy_, plan_.config));
    to_copy_ = to_copy_.subspan(segments.size());
    group_.emplace(segments, segment_reader(disk_, plan_.directory, segments),
                   segment_writer(disk_, plan_.directory, segments.front().base,
                                  plan_.config.index_interval_bytes));
}

io::disk_result<cleaning_progress> cleaning_pass::copy_more() {
    if (!group_ && to_copy_.empty()) return cleaning_progress::done;
    if (!group_) begin_group();
    const auto batch = group_->reader.next();
    if (!batch) return std::unexpected(batch.error());
    if (!*batch) return finish_group();
    counts_.bytes_read += (*batch)->size();
    if (auto copied = copy_batch(**batch); !copied) return std::unexpected(copied.error());
    return cleaning_progress::more;
}

bool cleaning_pass::is_last_of_producer(const batch_view& batch) const {
    if (!batch.has_producer()) return false;
    const auto found = plan_.producers.find(batch.producer_id());
    if (found == plan_.producers.end()) return false;
    const auto& last = found->second;
    if (last.last_offset != no_offset) return batch.last_offset() == last.last_offset;
    return batch.is_control() && batch.producer_epoch() == last.epoch;
}

batch_standing cleaning_pass::standing_of(const batch_view& batch) {
    const bool closes_group = batch.next_offset() == group_->segments.back().end;
    batch_standing standing{.must_stay = closes_group || is_last_of_producer(batch)};
    if (!batch.is_control()) {
        standing.aborted = transactions_.is_aborted(batch);
    } else if (batch.is_transactional()) {
        standing.bare_marker = transactions_.is_bare(batch);
    }
    return standing;
}

io::disk_result<void> cleaning_pass::copy_batch(const batch_view& batch) {
    const auto level = level_for(plan_.config, batch.codec());
    const auto stays = filter_->apply(batch, standing_of(batch), level);
    if (!stays) return std::unexpected(group_->reader.damage(stays.error()));
    if (stays->empty()) return {};
    counts_.bytes_written += stays->size();
    return group_->writer.append(*batch_view::parse(*stays));
}

io::disk_result<cleaning_progress> cleaning_pass::finish_group() {
    const auto end = group_->segments.back().end;
    if (group_->writer.end() != end) {
        return std::unexpected(io::disk_error{
            .code = EBADMSG,
            .message =
                fmt::format("{}: the records before offset {} are missing", plan_.directory, end)});
    }
    auto made = group_->writer.finish();
    if (!made) return std::unexpected(made.error());
    made_ = {.bases = {}, .end = end, .made = std::move(*made)};
    for (const auto& each : group_->segments)
        made_.bases.push_back(each.base);
    group_.reset();
    return cleaning_progress::group;
}

}  // namespace weir::broker::log::cleaning
