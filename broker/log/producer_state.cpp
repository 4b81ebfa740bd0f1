#include "broker/log/producer_state.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/arithmetic.hpp"
#include "base/crc32c.hpp"
#include "broker/protocol/records/producer_snapshot.hpp"

namespace weir::broker::log {
namespace {

constexpr std::int16_t snapshot_version = 1;
// The snapshot is a version and a checksum, then the rest, which the checksum covers.
constexpr std::size_t snapshot_prefix = 6;

std::int32_t after(std::int32_t sequence) {
    return sequence == std::numeric_limits<std::int32_t>::max() ? 0 : sequence + 1;
}

std::int32_t first_of(std::int32_t last_sequence, std::int32_t offset_delta) {
    constexpr std::int64_t sequences = std::int64_t{1} << 31;
    const auto first = (std::int64_t{last_sequence} - offset_delta) % sequences;
    return static_cast<std::int32_t>(first < 0 ? first + sequences : first);
}

}  // namespace

kafka_result<std::optional<known_batch>> producer_state::check(
    const protocol::batch_view& batch) const {
    if (!batch.has_producer() || batch.is_control()) return std::nullopt;
    const auto found = producers_.find(batch.producer_id());
    // No state (a new producer, or one that expired): any sequence begins.
    if (found == producers_.end()) return std::nullopt;
    const auto& known = found->second;
    const bool leaves_transaction = known.open_since != no_offset && !batch.is_transactional();
    if (leaves_transaction && batch.producer_epoch() >= known.epoch) {
        return std::unexpected(error_code::invalid_txn_state);
    }
    if (batch.producer_epoch() < known.epoch) {
        return std::unexpected(error_code::invalid_producer_epoch);
    }
    if (batch.producer_epoch() > known.epoch) {
        if (batch.base_sequence() <= 0) return std::nullopt;
        return std::unexpected(error_code::out_of_order_sequence_number);
    }
    // A coordinator's own records have none.
    if (batch.base_sequence() == protocol::no_sequence) return std::nullopt;
    for (std::size_t index = 0; index < known.count; ++index) {
        const auto& each = known.batches[index];
        const bool same = each.first_sequence == batch.base_sequence() &&
                          each.last_sequence == batch.last_sequence();
        if (same) return each;
    }
    if (known.count == 0 || batch.base_sequence() == after(known.last().last_sequence)) {
        return std::nullopt;
    }
    return std::unexpected(error_code::out_of_order_sequence_number);
}

producer_state::entry& producer_state::entry_of(const protocol::batch_view& batch) {
    auto& known = producers_[batch.producer_id()];
    if (known.epoch != batch.producer_epoch()) {
        known.epoch = batch.producer_epoch();
        known.count = 0;
    }
    return known;
}

void producer_state::apply(const protocol::batch_view& batch) {
    if (!batch.has_producer()) return;
    auto& known = entry_of(batch);
    if (known.count == batches_kept) {
        std::ranges::rotate(known.batches, known.batches.begin() + 1);
        --known.count;
    }
    known.batches[known.count++] = {.first_sequence = batch.base_sequence(),
                                    .last_sequence = batch.last_sequence(),
                                    .first_offset = batch.base_offset(),
                                    .last_offset = batch.last_offset(),
                                    .timestamp = batch.max_timestamp()};
    known.last_timestamp = batch.max_timestamp();
    if (!batch.is_transactional() || known.open_since != no_offset) return;
    known.open_since = batch.base_offset();
    open_.emplace(known.open_since, batch.producer_id());
}

error_code producer_state::check_marker(broker::producer_id producer, broker::producer_epoch epoch,
                                        std::int32_t coordinator_epoch, bool above_epoch) const {
    const auto found = producers_.find(producer);
    if (found == producers_.end()) return error_code::none;
    const auto& known = found->second;
    if (coordinator_epoch < known.coordinator_epoch) {
        return error_code::transaction_coordinator_fenced;
    }
    const bool late = above_epoch ? epoch <= known.epoch : epoch < known.epoch;
    return late ? error_code::invalid_producer_epoch : error_code::none;
}

offset producer_state::apply_marker(const protocol::batch_view& batch,
                                    const control_marker& marker) {
    auto& known = entry_of(batch);
    known.coordinator_epoch = marker.coordinator_epoch;
    ++known.transactions_ended;
    known.last_timestamp = batch.max_timestamp();
    const auto began = std::exchange(known.open_since, no_offset);
    open_.erase(began);
    return began;
}

known_producer producer_state::entry::told(broker::producer_id id) const {
    return {.id = id,
            .epoch = epoch,
            .last_sequence = count > 0 ? last().last_sequence : protocol::no_sequence,
            .last_offset = count > 0 ? last().last_offset : no_offset,
            .last_timestamp = last_timestamp,
            .coordinator_epoch = coordinator_epoch,
            .open_since = open_since,
            .transactions_ended = transactions_ended};
}

known_producer producer_state::find(broker::producer_id producer) const {
    const auto found = producers_.find(producer);
    return found == producers_.end() ? known_producer{.id = producer}
                                     : found->second.told(producer);
}

std::vector<known_producer> producer_state::producers() const {
    std::vector<known_producer> all;
    for (const auto& [id, known] : producers_)
        all.push_back(known.told(id));
    std::ranges::sort(all, {}, &known_producer::id);
    return all;
}

void producer_state::expire(std::int64_t now_ms, std::int64_t ttl_ms) {
    std::erase_if(producers_, [&](const auto& each) {
        if (each.second.open_since != no_offset) return false;
        return base::saturating_subtract(now_ms, each.second.last_timestamp) >= ttl_ms;
    });
}

void producer_state::clear() {
    producers_.clear();
    open_.clear();
}

base::bytes producer_state::snapshot() const {
    protocol::producer_snapshot out;
    for (const auto& [id, known] : producers_) {
        protocol::producer_snapshot::producer_entry each;
        each.producer_id = id;
        each.epoch = known.epoch.value();
        each.last_sequence = protocol::no_sequence;
        each.last_offset = no_offset;
        if (known.count > 0) {
            const auto& last = known.last();
            each.last_sequence = last.last_sequence;
            each.last_offset = last.last_offset;
            each.offset_delta = static_cast<std::int32_t>(last.last_offset - last.first_offset);
        }
        each.timestamp = known.last_timestamp;
        each.coordinator_epoch = known.coordinator_epoch;
        each.current_txn_first_offset = known.open_since;
        out.producer_entries.push_back(std::move(each));
    }
    std::ranges::sort(out.producer_entries, {}, [](const auto& each) { return each.producer_id; });
    protocol::writer body;
    body.put_int16(snapshot_version);
    out.encode(body, snapshot_version);
    base::bytes file = std::move(body).take_bytes();
    const auto crc = base::crc32c(base::bytes_view(file).subspan(snapshot_prefix));
    base::store_be(file.data() + 2, crc);
    return file;
}

bool producer_state::restore(base::bytes_view snapshot) {
    clear();
    if (snapshot.size() < snapshot_prefix) return false;
    base::bytes copy = base::to_bytes(snapshot);
    if (base::load_be<std::int16_t>(copy.data()) != snapshot_version) return false;
    const auto crc = base::load_be<std::uint32_t>(copy.data() + 2);
    if (base::crc32c(base::bytes_view(copy).subspan(snapshot_prefix)) != crc) return false;
    protocol::reader in(base::mutable_bytes(copy).subspan(2));
    const auto decoded = protocol::producer_snapshot::decode(in, snapshot_version);
    if (!decoded || in.left() > 0) return false;
    for (const auto& each : decoded->producer_entries) {
        entry known{.epoch = broker::producer_epoch(each.epoch),
                    .last_timestamp = each.timestamp,
                    .coordinator_epoch = each.coordinator_epoch,
                    .open_since = each.current_txn_first_offset};
        if (each.last_sequence >= 0) {
            known.count = 1;
            known.batches[0] = {.first_sequence = first_of(each.last_sequence, each.offset_delta),
                                .last_sequence = each.last_sequence,
                                .first_offset = each.last_offset - each.offset_delta,
                                .last_offset = each.last_offset,
                                .timestamp = each.timestamp};
        }
        producers_.insert_or_assign(each.producer_id, known);
        if (known.open_since != no_offset) open_.emplace(known.open_since, each.producer_id);
    }
    return true;
}

}  // namespace weir::broker::log
