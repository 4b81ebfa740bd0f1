#include "broker/log/cleaning/batch_filter.hpp"

#include <algorithm>

#include "base/arithmetic.hpp"
#include "broker/log/validator.hpp"
#include "broker/protocol/batch_builder.hpp"

namespace weir::broker::log::cleaning {
namespace {

using protocol::batch_errc;
using protocol::batch_view;

// The same record in a batch with another base timestamp: length, attributes, timestamp, the rest.
void put_with_timestamp(base::bytes& out, base::bytes_view record, std::int64_t delta) {
    std::int64_t ignored = 0;
    protocol::take_varint(record, ignored);
    const auto attributes = record.front();
    record = record.subspan(1);
    protocol::take_varint(record, ignored);
    base::bytes time;
    protocol::put_varint(time, delta);
    protocol::put_varint(out, static_cast<std::int64_t>(1 + time.size() + record.size()));
    out.push_back(attributes);
    out.insert(out.end(), time.begin(), time.end());
    out.insert(out.end(), record.begin(), record.end());
}

}  // namespace

bool batch_filter::is_past_horizon(const batch_view& batch) const {
    return batch.has_delete_horizon() && rules_.wall_ms >= batch.base_timestamp();
}

bool batch_filter::stays(const batch_view& batch, const protocol::record_view& record) const {
    const auto at = batch.base_offset() + record.offset_delta;
    if (at >= rules_.map_end || batch.is_control()) return true;
    if (!record.key) return false;
    const auto newest = newest_.find(hash_(*record.key));
    if (newest != no_offset && newest > at) return false;
    return record.value || !is_past_horizon(batch);
}

std::expected<void, batch_errc> batch_filter::choose(const batch_view& batch) {
    kept_.clear();
    keeps_tombstone_ = false;
    const auto payload = protocol::inflated_payload(batch, inflated_ceiling, inflated_);
    if (!payload) return std::unexpected(payload.error());
    protocol::record_reader reader(*payload, batch.count());
    for (auto before = reader.rest();; before = reader.rest()) {
        const auto record = reader.next();
        if (!record) break;
        if (!stays(batch, *record)) continue;
        keeps_tombstone_ = keeps_tombstone_ || !record->value;
        kept_.push_back({.bytes = before.first(before.size() - reader.rest().size()),
                         .timestamp = record->timestamp_in(batch)});
    }
    if (reader.failed()) return std::unexpected(batch_errc::bad_record);
    return {};
}

base::bytes_view batch_filter::with_kept(const batch_view& batch, bool sets_horizon, int level) {
    protocol::retained_records what{.count = static_cast<std::int32_t>(kept_.size()),
                                    .max_timestamp = batch.max_timestamp()};
    if (sets_horizon) {
        what.delete_horizon_ms = base::saturating_add(rules_.wall_ms, rules_.delete_retention_ms);
    }
    payload_.clear();
    for (const auto& each : kept_) {
        if (sets_horizon) {
            const auto delta = base::wrapping_subtract(each.timestamp, *what.delete_horizon_ms);
            put_with_timestamp(payload_, each.bytes, delta);
        } else {
            payload_.insert(payload_.end(), each.bytes.begin(), each.bytes.end());
        }
    }
    if (!batch.is_log_append_time()) {
        what.max_timestamp =
            std::ranges::max_element(kept_, {}, &kept_record::timestamp)->timestamp;
    }
    const auto codec = batch.codec();
    if (codec != protocol::compression::codec::none) {
        payload_ = protocol::compression::deflate(codec, payload_, level);
    }
    made_ = protocol::with_retained(batch, codec, payload_, what);
    return made_;
}

base::bytes_view batch_filter::without_records(const batch_view& batch, bool must_stay) {
    if (!must_stay) return {};
    if (batch.count() == 0) return batch.bytes();
    made_ = protocol::with_retained(batch, protocol::compression::codec::none, {},
                                    {.count = 0, .max_timestamp = batch.max_timestamp()});
    return made_;
}

base::bytes_view batch_filter::marker(const batch_view& batch, const batch_standing& standing,
                                      int level) {
    if (!standing.bare_marker) return batch.bytes();
    if (is_past_horizon(batch)) return without_records(batch, standing.must_stay);
    if (batch.has_delete_horizon() || kept_.empty()) return batch.bytes();
    return with_kept(batch, true, level);
}

std::expected<base::bytes_view, batch_errc> batch_filter::apply(const batch_view& batch,
                                                                const batch_standing& standing,
                                                                int level) {
    if (standing.aborted) return without_records(batch, standing.must_stay);
    const bool is_dirty = batch.base_offset() >= rules_.map_end;
    if (is_dirty && !batch.is_control()) return batch.bytes();
    if (batch.count() == 0) return without_records(batch, standing.must_stay);
    if (const auto chosen = choose(batch); !chosen) return std::unexpected(chosen.error());
    if (batch.is_control()) return marker(batch, standing, level);
    if (kept_.empty()) return without_records(batch, standing.must_stay);
    const bool sets_horizon = keeps_tombstone_ && !batch.has_delete_horizon();
    const bool all_stay = kept_.size() == static_cast<std::size_t>(batch.count());
    if (all_stay && !sets_horizon) return batch.bytes();
    return with_kept(batch, sets_horizon, level);
}

}  // namespace weir::broker::log::cleaning
