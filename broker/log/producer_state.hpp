// producer_state: what a partition remembers of idempotent producers (KIP-98): for each producer id
// the epoch and the last five batches, so that a repeated batch is answered with its first offset
// and a gap is refused. Pure; owned by its partition's shard.
// The table is saved beside a segment as Kafka's `.snapshot` file (FORMAT.md).
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <unordered_map>

#include "base/bytes.hpp"
#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::broker::log {

// A batch that was appended before.
struct known_batch {
    std::int32_t first_sequence = 0;
    std::int32_t last_sequence = 0;
    offset first_offset;
    offset last_offset;
    std::int64_t timestamp = -1;
};

class producer_state {
  public:
    // May `batch` be appended? Gives the batch it repeats, or nothing when it is new and fits.
    // OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH otherwise. Batches without a producer
    // always fit.
    kafka_result<std::optional<known_batch>> check(const protocol::batch_view& batch) const;
    // Remembers an appended batch, whose offsets are in its header.
    void apply(const protocol::batch_view& batch);

    // Forgets producers whose last batch is older than `ttl_ms` (producer.id.expiration.ms).
    void expire(std::int64_t now_ms, std::int64_t ttl_ms);
    std::size_t size() const { return producers_.size(); }
    void clear() { producers_.clear(); }

    // The `.snapshot` file of this table.
    base::bytes snapshot() const;
    // Replaces the table; false (and an empty table) when the bytes are damaged.
    bool restore(base::bytes_view snapshot);

  private:
    static constexpr std::size_t batches_kept = 5;

    struct entry {
        broker::producer_epoch epoch;
        std::uint8_t count = 0;
        std::array<known_batch, batches_kept> batches;  // oldest first, `count` of them
        const known_batch& last() const { return batches[count - 1U]; }
    };

    std::unordered_map<producer_id, entry> producers_;
};

}  // namespace weir::broker::log
